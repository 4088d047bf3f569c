//! Everything that can be put into the engine, and what comes out.

use alloc::string::String;
use alloc::vec::Vec;

use crate::advise::{Arrival, Life};
use crate::decide::{Limits, Scope, TradingState};
use crate::record::event::{CashMoved, Mode};
use crate::record::{Batch, Durable};
use crate::route::{BrokerFault, CancelAnswer, Effect, LookUp, Report, Snapshot, Submission};
use crate::settle::CostMethod;
use crate::vocabulary::{
    AccountId, Actor, Instrument, Money, OrderKey, Quantity, RecommendationId,
};

/// Everything that can happen to the engine.
#[derive(Debug)]
pub enum Input {
    /// An account named by the configuration: it is opened, or its changed limits are set.
    Open(Opening),
    /// Something came from an inbox.
    Arrival(Arrival),
    /// What came of sending an order.
    Submitted {
        /// Its account.
        account: AccountId,
        /// The order.
        key: OrderKey,
        /// What the broker answered.
        answer: Submission,
    },
    /// What came of asking for a cancel.
    CancelAnswered {
        /// Its account.
        account: AccountId,
        /// The order.
        key: OrderKey,
        /// What the broker answered.
        answer: CancelAnswer,
    },
    /// What a look-up found.
    LookedUp {
        /// Its account.
        account: AccountId,
        /// The order.
        key: OrderKey,
        /// What the broker answered.
        answer: LookUp,
    },
    /// What came of reading the broker's books.
    SnapshotTaken {
        /// Of this account.
        account: AccountId,
        /// What the broker answered.
        answer: Result<Snapshot, BrokerFault>,
    },
    /// The broker said something of its own accord.
    Reported {
        /// Of this account.
        account: AccountId,
        /// What it said.
        report: Report,
    },
    /// An operator commands.
    Command(Command),
    /// Time passed.
    Tick,
    /// Once, after replay: what was in flight is of unknown fate now.
    Resume,
    /// A batch is durable.
    Durable(Durable),
}

/// An account as the configuration names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// Its name.
    pub account: AccountId,
    /// Against what it trades.
    pub mode: Mode,
    /// Cash it starts with, if it is new.
    pub cash: Money,
    /// How cost leaves a position.
    pub cost_method: CostMethod,
    /// Its limits.
    pub limits: Limits,
    /// Who sets them.
    pub actor: Actor,
    /// Why.
    pub reason: String,
}

/// What an operator may command. Every command is recorded with who and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Sets what may still be done. A global state goes into every account.
    SetState {
        /// Of which account; `None` only with [`Scope::Global`].
        account: Option<AccountId>,
        /// For what.
        scope: Scope,
        /// Which state.
        state: TradingState,
        /// Who.
        actor: Actor,
        /// Why.
        reason: String,
    },
    /// Sets limits.
    SetLimits {
        /// Of which account.
        account: AccountId,
        /// All of them.
        limits: Limits,
        /// Who.
        actor: Actor,
        /// Why.
        reason: String,
    },
    /// Closes a part of a position, freeing it from resting orders first.
    Close {
        /// Of which account.
        account: AccountId,
        /// Which position.
        instrument: Instrument,
        /// How much of it.
        quantity: Quantity,
        /// Who.
        actor: Actor,
    },
    /// Asks for the cancel of an order.
    CancelOrder {
        /// Of which account.
        account: AccountId,
        /// Which order.
        key: OrderKey,
        /// Who.
        actor: Actor,
    },
    /// Books money that came in or went out.
    MoveCash {
        /// Of which account.
        account: AccountId,
        /// What moved.
        cash: CashMoved,
    },
}

/// What the caller should hear of although nothing was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The recommendation was received before; this is where it stands.
    AlreadyDecided {
        /// Its account.
        account: AccountId,
        /// The recommendation.
        recommendation: RecommendationId,
        /// Where it stands.
        life: Life,
    },
    /// The same bad input was recorded before.
    AlreadyFailed {
        /// Where it came from.
        source: String,
        /// Its line.
        line: u64,
    },
    /// Advice for an account that is not configured; recorded as failed.
    UnknownAccount {
        /// The account it names.
        account: AccountId,
        /// The recommendation.
        recommendation: RecommendationId,
    },
    /// An answer, report or command for an account that is not here; nothing was done.
    NoSuchAccount {
        /// The account it names.
        account: AccountId,
    },
    /// The configuration contradicts the log; the account must not trade.
    Conflict {
        /// The account.
        account: AccountId,
        /// Both sides, and what to do.
        reason: String,
    },
    /// A command that names no account and needs one; nothing was done.
    Unaddressed {
        /// What was commanded, and what is missing.
        reason: String,
    },
    /// A command that cannot be carried out; nothing was done.
    Refused {
        /// The account.
        account: AccountId,
        /// Why, and what to do.
        reason: String,
    },
}

/// What a step asks for.
#[derive(Debug, Default)]
#[must_use = "the batches of a step must be committed, in order"]
pub struct Step {
    /// To be made durable, in order; their orders and effects wait for that.
    pub batches: Vec<Batch>,
    /// To be done now.
    pub effects: Vec<Effect>,
    /// To be told.
    pub notices: Vec<Notice>,
}
