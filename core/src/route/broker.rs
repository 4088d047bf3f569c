//! What every broker must be able to do, and what its answers mean.

use alloc::string::String;
use alloc::vec::Vec;

use crate::decide::{Intent, TradingState};
use crate::record::Recorded;
use crate::record::event::FindingKind;
use crate::route::{OrderState, Severity};
use crate::settle::Execution;
use crate::vocabulary::wire::wire_kind;
use crate::vocabulary::{
    AccountId, BrokerOrderId, Instrument, Money, NetQuantity, OrderKey, Quantity, Side, Timestamp,
};

wire_kind! {
    /// Why a broker refused, as far as the engine must tell apart.
    RejectClass {
        /// For a reason of this order; another order may pass.
        Order = 1,
        /// Our credentials: nothing will pass until somebody acts.
        Authentication = 2,
        /// Too many requests; later it may pass.
        Rate = 3,
    }
}

/// What came of sending an order. A time-out is not a rejection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Submission {
    /// The broker has it.
    Accepted {
        /// The broker's id.
        broker_order_id: BrokerOrderId,
        /// When the broker says it took it.
        at: Timestamp,
    },
    /// The broker proved that it does not have it and will not.
    Rejected {
        /// Which kind of no.
        class: RejectClass,
        /// The broker's code and words.
        reason: String,
    },
    /// Nobody knows. It will be looked up, never sent again blindly.
    Unknown {
        /// What was observed.
        reason: String,
    },
}

/// What came of asking for a cancel. Only a report is evidence that it happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CancelAnswer {
    /// The broker will try.
    Requested,
    /// The broker says no, for example because the order is filled.
    Refused {
        /// The broker's words.
        reason: String,
    },
    /// Nobody knows.
    Unknown {
        /// What was observed.
        reason: String,
    },
}

/// What a look-up by client order id found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LookUp {
    /// The broker has it, and this is where it stands.
    Found(OrderReport),
    /// The broker does not know it - yet, or at all.
    Missing,
    /// The broker could not be asked.
    Unavailable {
        /// What was observed.
        reason: String,
    },
}

/// Where an order stands, as the broker says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderReport {
    /// The client order id.
    pub key: OrderKey,
    /// The broker's id.
    pub broker_order_id: BrokerOrderId,
    /// Its state.
    pub state: OrderState,
    /// Every execution of it that the broker tells of; known ones are recognized.
    pub executions: Vec<Execution>,
    /// The broker's words, for a rejection or cancel.
    pub reason: String,
    /// What the broker says was ordered, where it says so: an order under our id that is for
    /// something else is not ours.
    pub ordered: Option<Ordered>,
    /// When the broker says it happened.
    pub at: Timestamp,
}

/// What an order is for, as the broker says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ordered {
    /// What is traded.
    pub instrument: Instrument,
    /// Buy or sell.
    pub side: Side,
    /// Shares or contracts; `None` where a replacement may have changed them.
    pub quantity: Option<Quantity>,
}

/// What a broker says of its own accord.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// An order changed.
    Order(OrderReport),
    /// Something was traded.
    Execution(Execution),
    /// A position changed without a trade.
    Activity(crate::record::event::PositionAdjusted),
    /// Money moved without a trade.
    Cash(crate::record::event::CashMoved),
    /// Order updates began or ceased to arrive.
    Link(crate::record::event::LinkChanged),
    /// The broker's books were read without being asked for, as after a lost connection.
    Books(Snapshot),
    /// Something is not as it should be and no trade or order explains it: it is recorded, and the
    /// account is restricted.
    Difference(Deviation),
    /// A person must hear of this; nothing else follows from it.
    Alarm {
        /// How loud.
        severity: Severity,
        /// What happened and what to do.
        text: String,
    },
}

/// A finding of the broker adapter's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deviation {
    /// Which kind of difference.
    pub kind: FindingKind,
    /// What it is about, if one instrument.
    pub instrument: Option<Instrument>,
    /// The order it is about, if one of ours.
    pub order: Option<OrderKey>,
    /// What may still be done until somebody has looked.
    pub state: TradingState,
    /// What was observed, in the broker's words.
    pub evidence: String,
}

/// The broker's books of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// Buying power left.
    pub buying_power: Money,
    /// Cash.
    pub cash: Money,
    /// What it holds for us.
    pub positions: Vec<(Instrument, NetQuantity)>,
}

/// Why a broker could not be asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BrokerFault {
    /// **Handling:** nothing is known; ask again later.
    #[error("the broker could not be reached: {reason}")]
    Unreachable {
        /// What was observed.
        reason: String,
    },
    /// **Handling:** correct the account's configuration or keys; it does not trade until then.
    #[error("the broker refuses account {account}: {reason}")]
    Refused {
        /// Our name of the account.
        account: AccountId,
        /// The broker's words.
        reason: String,
    },
}

/// Where orders go. Every call may block; none is made while a lock is held.
pub trait Broker: Send + Sync {
    /// Sends an order. The proof is spent: one recorded intent, one call.
    fn submit(&self, order: Recorded<Intent>) -> Submission;

    /// Asks for the cancel of an order.
    fn cancel(
        &self,
        account: &AccountId,
        key: OrderKey,
        id: Option<&BrokerOrderId>,
    ) -> CancelAnswer;

    /// Finds out what became of an order, by our own id.
    fn look_up(&self, account: &AccountId, key: OrderKey) -> LookUp;

    /// Reads the books of an account.
    ///
    /// # Errors
    /// As [`BrokerFault`] says.
    fn snapshot(&self, account: &AccountId) -> Result<Snapshot, BrokerFault>;

    /// What has happened since it was asked last, oldest first.
    ///
    /// # Errors
    /// As [`BrokerFault`] says; what was not told is told next time.
    fn reports(&self, account: &AccountId) -> Result<Vec<Report>, BrokerFault>;
}
