//! An order's life as the broker's evidence tells it: a state machine with no illegal transition.

use bincode::{Decode, Encode};

use crate::advise::{Effect, ExitTerms, OrderPrice};
use crate::decide::Split;
use crate::vocabulary::wire::wire_kind;
use crate::vocabulary::{
    BrokerOrderId, Instrument, Money, OrderKey, Price, Quantity, RecommendationId, Side,
    StrategyId, Timestamp,
};

wire_kind! {
    /// Where an order stands.
    OrderState {
        /// All gates passed; it is reserved and on its way to the broker.
        Approved = 1,
        /// It was sent and nothing is known of what became of it.
        Unknown = 2,
        /// The broker took it.
        Accepted = 3,
        /// A part of it is executed.
        PartiallyFilled = 4,
        /// A cancel was asked for; it counts in full until there is evidence.
        PendingCancel = 5,
        /// A replacement was asked for; the larger of both counts.
        PendingReplace = 6,
        /// All of it is executed.
        Filled = 7,
        /// It was canceled; what was filled stays filled.
        Canceled = 8,
        /// Its time ran out.
        Expired = 9,
        /// The broker refused it.
        Rejected = 10,
        /// Another order took its place in the same chain.
        Replaced = 11,
        /// The broker does not know it, looked up long and often enough.
        Absent = 12,
    }
}

impl OrderState {
    /// Whether an order in this state may still trade, so that it counts in full.
    #[must_use]
    pub const fn is_working(self) -> bool {
        match self {
            Self::Approved
            | Self::Unknown
            | Self::Accepted
            | Self::PartiallyFilled
            | Self::PendingCancel
            | Self::PendingReplace => true,
            Self::Filled
            | Self::Canceled
            | Self::Expired
            | Self::Rejected
            | Self::Replaced
            | Self::Absent => false,
        }
    }

    /// Whether evidence of `next` changes an order in this state. A terminal state is final but
    /// for executions, which are booked apart from it, and for an absent order that turns up.
    #[must_use]
    pub const fn may_become(self, next: Self) -> bool {
        match (self, next) {
            (Self::Absent, _) => next.to_byte() != Self::Absent.to_byte(),
            (
                Self::Filled | Self::Canceled | Self::Expired | Self::Rejected | Self::Replaced,
                _,
            )
            | (_, Self::Approved) => false,
            // A late acknowledgement does not take back what is known to be further on.
            (
                Self::PartiallyFilled | Self::PendingCancel | Self::PendingReplace,
                Self::Accepted,
            )
            | (Self::Accepted | Self::PartiallyFilled, Self::Unknown)
            | (Self::PendingCancel, Self::Unknown | Self::PartiallyFilled)
            | (Self::PendingReplace, Self::Unknown | Self::PartiallyFilled) => false,
            (now, next) => now.to_byte() != next.to_byte(),
        }
    }
}

/// One order of an account.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Order {
    /// The client order id.
    pub key: OrderKey,
    /// The advice it comes from.
    pub recommendation: RecommendationId,
    /// The strategy of that advice.
    pub strategy: StrategyId,
    /// What is traded.
    pub instrument: Instrument,
    /// Buy or sell.
    pub side: Side,
    /// Open or close.
    pub effect: Effect,
    /// Market, or a limit.
    pub terms: OrderPrice,
    /// The price it counts at while it works.
    pub price: Price,
    /// Shares or contracts ordered.
    pub quantity: Quantity,
    /// How much of that is executed.
    pub filled: Quantity,
    /// What is left of its closing and opening parts.
    pub leaves: Split,
    /// Where it stands.
    pub state: OrderState,
    /// The broker's own id, once known.
    pub broker_order_id: Option<BrokerOrderId>,
    /// When all gates passed.
    pub approved_at: Timestamp,
    /// Buying power it was approved against.
    pub requirement: Money,
    /// How the position it opens is to be closed.
    pub exits: ExitTerms,
    /// Look-ups that did not find it, and when the first of them was.
    pub absent: Option<(u32, Timestamp)>,
}

impl Order {
    /// What is not executed yet.
    #[must_use]
    pub fn unfilled(&self) -> Quantity {
        self.quantity.saturating_sub(self.filled)
    }

    /// Takes an executed quantity out of the leaves, closing part first.
    pub(crate) fn execute(&mut self, quantity: Quantity) {
        self.filled = self.filled.saturating_add(quantity);
        let closing = quantity.min(self.leaves.closing);
        self.leaves.closing = self.leaves.closing.saturating_sub(closing);
        let opening = quantity.saturating_sub(closing);
        self.leaves.opening = self.leaves.opening.saturating_sub(opening);
    }
}
