//! What brokers answer and report about orders, executions and their books.

use alloc::string::String;
use alloc::vec::Vec;

use bincode::{Decode, Encode};

use crate::route::OrderState;
use crate::settle::Execution;
use crate::vocabulary::wire::wire_kind;
use crate::vocabulary::{BrokerOrderId, Instrument, Money, NetQuantity, OrderKey, Timestamp};

/// An order's state changed on the evidence of the broker or of its silence.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct OrderChanged {
    /// The order.
    pub key: OrderKey,
    /// What it became.
    pub state: OrderState,
    /// The broker's id, where this says it first.
    pub broker_order_id: Option<BrokerOrderId>,
    /// The broker's code and words, or what was observed.
    pub evidence: String,
    /// When the broker says it happened.
    pub at: Timestamp,
}

/// A cancel was asked for and the broker said no.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct CancelRefused {
    /// The order, which works on.
    pub key: OrderKey,
    /// The broker's words.
    pub evidence: String,
}

/// A look-up did not find an order.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct LookUpMissed {
    /// The order.
    pub key: OrderKey,
}

/// A fill was booked, once.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ExecutionBooked {
    /// The fill.
    pub execution: Execution,
}

/// The broker's books were read.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SnapshotTaken {
    /// When it was asked for. What happened since is not in it for sure.
    pub requested_at: Timestamp,
    /// Buying power left, US dollars.
    pub buying_power: Money,
    /// Cash, US dollars.
    pub cash: Money,
    /// What the broker holds for us.
    pub positions: Vec<(Instrument, NetQuantity)>,
    /// How many snapshots in a row have differed from our books, this one included.
    pub differing: u32,
}

/// Our books and the broker's differ.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct FindingRecorded {
    /// Which kind of difference.
    pub kind: FindingKind,
    /// What it is about, if one instrument.
    pub instrument: Option<Instrument>,
    /// The order it is about, if one.
    pub order: Option<OrderKey>,
    /// What we hold.
    pub ours: NetQuantity,
    /// What the broker holds.
    pub theirs: NetQuantity,
    /// What was observed.
    pub evidence: String,
}

wire_kind! {
    /// Kinds of difference between our books and the broker's.
    FindingKind {
        /// We hold it, the broker does not, and nothing explains it.
        Phantom = 1,
        /// The broker holds it and we do not.
        Missing = 2,
        /// Both hold it, in different quantity.
        QuantityDiffers = 3,
        /// An execution of an order that is not ours.
        ForeignExecution = 4,
        /// More was executed than was ordered.
        Overfill = 5,
        /// An order that bears our prefix and was never intended.
        UnknownOrder = 6,
        /// An order that was taken for absent turned up.
        LateArrival = 7,
        /// An execution too old to tell from a duplicate.
        TooOld = 8,
        /// All differences are gone.
        Resolved = 9,
        /// A report about an order of another account.
        WrongAccount = 10,
        /// An order under our id is for something that we did not order.
        IdCollision = 11,
        /// An activity of the account that cannot be booked by itself.
        UnknownActivity = 12,
        /// Two reports of the broker about the same execution contradict each other.
        Contradiction = 13,
    }
}

/// The link to the broker's order updates changed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct LinkChanged {
    /// Whether updates arrive.
    pub link: Link,
    /// What was observed.
    pub evidence: String,
}

wire_kind! {
    /// Whether order updates arrive.
    Link {
        /// They do.
        Up = 1,
        /// They do not.
        Down = 2,
    }
}
