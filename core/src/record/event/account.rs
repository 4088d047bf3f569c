//! What happens to an account as a whole: opened, limited, restricted, rolled into a new day.

use alloc::string::String;
use alloc::vec::Vec;

use bincode::{Decode, Encode};

use crate::decide::{Cause, Limits, Scope, TradingState};
use crate::settle::CostMethod;
use crate::vocabulary::wire::wire_kind;
use crate::vocabulary::{AccountId, Actor, Date, ExecutionId, Instrument, Money, Price};

wire_kind! {
    /// Against what an account trades.
    Mode {
        /// A simulated broker; nothing leaves the process.
        Simulated = 1,
        /// A broker's paper account.
        Paper = 2,
        /// Real money.
        Live = 3,
    }
}

/// An account came into being.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct AccountOpened {
    /// Its name.
    pub account: AccountId,
    /// Against what it trades.
    pub mode: Mode,
    /// Cash it starts with, US dollars.
    pub cash: Money,
    /// How cost leaves a position.
    pub cost_method: CostMethod,
}

/// The list of gates that decisions from here on are judged by.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct GateSetDeclared {
    /// Their names, in order of reasons.
    pub gates: Vec<String>,
}

/// Limits came into force.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct LimitsSet {
    /// All of them.
    pub limits: Limits,
    /// Who set them.
    pub actor: Actor,
    /// Why.
    pub reason: String,
}

/// A trading state came into force.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct StateSet {
    /// For what.
    pub scope: Scope,
    /// Which.
    pub state: TradingState,
    /// By which cause; each holds a cell of its own.
    pub cause: Cause,
    /// Who set it.
    pub actor: Actor,
    /// Why, with the numbers where a gate set it.
    pub reason: String,
}

/// A trading day began.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct DayRolled {
    /// The exchange's date.
    pub date: Date,
    /// Equity it opened with, US dollars.
    pub opening_equity: Money,
    /// The mark each position was carried in at.
    pub marks: Vec<(Instrument, Price)>,
}

/// Money came in or went out that no trade explains.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct CashMoved {
    /// What for.
    pub kind: CashKind,
    /// Signed: in is positive, US dollars.
    pub amount: Money,
    /// The broker's id of the activity; the same activity is booked once. `None` for what an
    /// operator books.
    pub activity: Option<ExecutionId>,
    /// The evidence, in the broker's words.
    pub note: String,
}

wire_kind! {
    /// What cash moved for.
    CashKind {
        /// Paid in or out by the owner. Changes the base of day loss and drawdown.
        Deposit = 1,
        /// A fee that belongs to no execution.
        Fee = 2,
        /// A dividend or interest.
        Income = 3,
    }
}
