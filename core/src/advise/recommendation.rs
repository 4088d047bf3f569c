//! A recommendation: advice to trade something for one account, valid in itself once it exists.

use bincode::enc::Encoder;
use bincode::error::EncodeError;
use bincode::{Decode, Encode};

use crate::vocabulary::run;
use crate::vocabulary::wire::wire_kind;
use crate::vocabulary::{
    AccountId, Instrument, ModelVersion, Price, Quantity, Ratio, RecommendationId, Side, Span,
    StrategyId, Timestamp,
};

wire_kind! {
    /// Whether an order is meant to open exposure or to close what is held.
    Effect {
        /// Opens a position or adds to it.
        Open = 1,
        /// Reduces or ends a position; never opens one.
        Close = 2,
    }
}

wire_kind! {
    /// How long an order works, in the venue's terms.
    TimeInForce {
        /// Until the end of the regular session.
        Day = 1,
        /// Until canceled.
        Gtc = 2,
        /// What cannot be filled at once is canceled.
        Ioc = 3,
    }
}

wire_kind! {
    /// In which session an order may trade.
    Hours {
        /// The regular session only.
        Regular = 1,
        /// Also before the open and after the close (stocks, limit, day).
        Extended = 2,
    }
}

wire_kind! {
    /// Who gave the advice.
    Source {
        /// A signal engine or a person, through an inbox.
        External = 1,
        /// An exit rule of an open position.
        Exit = 2,
        /// A step of a close plan.
        ClosePlan = 3,
        /// An operator's command.
        Operator = 4,
    }
}

wire_kind! {
    /// Where a recommendation stands.
    Life {
        /// Received and not yet decided.
        Pending = 1,
        /// An environment gate deferred it; it is judged again until its time runs out.
        Deferred = 2,
        /// All gates passed; an order exists or is being sent.
        Approved = 3,
        /// A gate refused it ("skipped" in reports).
        Refused = 4,
        /// It could not be processed, for a reason of its own.
        Failed = 5,
        /// Its time to live ran out before it could be decided.
        Expired = 6,
        /// Its order has at least one execution at the broker.
        Executed = 7,
        /// Its order was executed in the shadow book.
        Simulated = 8,
        /// Its order ended at the broker without any execution.
        Unfilled = 9,
    }
}

/// At what price an order may trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Decode)]
pub enum OrderPrice {
    /// At the market, within the collar.
    Market,
    /// At this price or better.
    Limit(Price),
}

/// As it is decoded: the variant's place as four bytes, then what it holds.
impl Encode for OrderPrice {
    #[inline]
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        match self {
            Self::Market => run::encode(&0_u32, encoder),
            Self::Limit(price) => run::encode(&(1_u32, *price), encoder),
        }
    }
}

/// When a position that this advice opens is to be closed again. Levels, not order prices: they
/// may be off tick.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Encode, Decode)]
pub struct ExitTerms {
    /// Close when the position can be sold (bought back) no better than this.
    pub stop: Option<Price>,
    /// Close when the position can be sold (bought back) at this or better.
    pub target: Option<Price>,
    /// Close when the price fell this fraction from its best since entry.
    pub trail: Option<Ratio>,
    /// Close when the position has been held this long.
    pub hold_at_most: Option<Span>,
    /// Close this long before the close of the session (on an option's last day, or every day
    /// when `hold_at_most` is not set).
    pub out_before_close: Option<Span>,
}

impl ExitTerms {
    /// Whether no exit is asked for at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Advice to trade something for an account.
///
/// Invariant: `quantity` is not zero and a limit price is not zero ([`Recommendation::checked`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Recommendation {
    /// The adviser's id, unique within the account for ever.
    pub id: RecommendationId,
    /// The account it is for. There is no default.
    pub account: AccountId,
    /// The strategy it belongs to.
    pub strategy: StrategyId,
    /// Who gave it.
    pub source: Source,
    /// What to trade.
    pub instrument: Instrument,
    /// Buy or sell.
    pub side: Side,
    /// Open or close.
    pub effect: Effect,
    /// Shares or contracts.
    pub quantity: Quantity,
    /// At what price.
    pub price: OrderPrice,
    /// How long the order works.
    pub time_in_force: TimeInForce,
    /// In which session.
    pub hours: Hours,
    /// The adviser's confidence, 0 to 1.
    pub confidence: Option<Ratio>,
    /// The model whose scale `confidence` is on.
    pub model: Option<ModelVersion>,
    /// The price the advice was based on; the limit price where none is given.
    pub reference_price: Option<Price>,
    /// How the position is to be closed.
    pub exits: ExitTerms,
    /// When the advice was given.
    pub created_at: Timestamp,
    /// When the advice ends, if sooner than the account's time to live.
    pub valid_until: Option<Timestamp>,
}

/// Why a recommendation is not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecommendationError {
    /// **Handling:** correct the adviser; nothing can be traded with it.
    #[error("quantity is 0: a recommendation must say how many shares or contracts")]
    NoQuantity,
    /// **Handling:** correct the adviser, or send a market order without a limit price.
    #[error("limit price is 0: give a price above 0, or leave it out for a market order")]
    NoPrice,
    /// **Handling:** correct the adviser.
    #[error("valid_until {until} is before created_at {created}")]
    EndsBeforeStart {
        /// The end that was given.
        until: Timestamp,
        /// The start that was given.
        created: Timestamp,
    },
    /// **Handling:** correct the adviser: such an order cannot be expressed in money.
    #[error("quantity {quantity} at this price is more than a quadrillion dollars")]
    TooLarge {
        /// The quantity that was given.
        quantity: Quantity,
    },
    /// **Handling:** choose other ids: these are kept for the engine's own advice.
    #[error("id {id} begins with `exit-` or `close-`, which the engine keeps for its own advice")]
    ReservedId {
        /// The id that was given.
        id: RecommendationId,
    },
}

impl Recommendation {
    /// Whether the parts fit together.
    ///
    /// # Errors
    /// The first part that does not, as [`RecommendationError`] says.
    pub fn checked(self) -> Result<Self, RecommendationError> {
        if self.quantity.is_zero() {
            return Err(RecommendationError::NoQuantity);
        }
        if let OrderPrice::Limit(limit) = self.price {
            if limit.is_zero() {
                return Err(RecommendationError::NoPrice);
            }
            let notional = limit.times(self.quantity, self.instrument.multiplier());
            if notional.is_none_or(|it| it > crate::vocabulary::Money::MAX_FACT) {
                return Err(RecommendationError::TooLarge { quantity: self.quantity });
            }
        }
        if let Some(until) = self.valid_until
            && until < self.created_at
        {
            return Err(RecommendationError::EndsBeforeStart { until, created: self.created_at });
        }
        let id = self.id.as_str();
        let reserved = id.starts_with("exit-") || id.starts_with("close-");
        if reserved && matches!(self.source, Source::External | Source::Operator) {
            return Err(RecommendationError::ReservedId { id: self.id });
        }
        Ok(self)
    }

    /// Whether this advice means to reduce what is held.
    #[must_use]
    pub fn closes(&self) -> bool {
        self.effect == Effect::Close
    }
}

/// What an account remembers of a recommendation it received.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Advice {
    /// Where it stands.
    pub life: Life,
    /// How many orders were refused by the broker with evidence; the next order's attempt number.
    pub attempt: u16,
    /// The client order id of that attempt, derived once.
    pub key: crate::vocabulary::OrderKey,
    /// The code of the last deferral, 0 where there was none.
    pub deferral: u16,
    /// The version of the event that decided it last.
    pub decided: crate::record::Version,
}
