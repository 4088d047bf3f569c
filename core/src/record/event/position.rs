//! What happens to positions: valued, closed by rules, adjusted without a trade.

use alloc::string::String;
use alloc::vec::Vec;

use bincode::de::Decoder;
use bincode::enc::Encoder;
use bincode::error::{DecodeError, EncodeError};
use bincode::{Decode, Encode};

use crate::decide::Feed;
use crate::unwind::{ExitPlan, ExitRule};
use crate::vocabulary::run::{self, wire_run};
use crate::vocabulary::wire::wire_kind;
use crate::vocabulary::{
    Actor, ExecutionId, Instrument, Money, NetQuantity, OrderKey, Price, Quantity,
    RecommendationId, Timestamp,
};

/// The quote that a mark was taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarkSource {
    /// Where it came from.
    pub feed: Feed,
    /// The exchange's time of it.
    pub at: Timestamp,
}

wire_run!(MarkSource { feed: Feed, at: Timestamp });

/// A price that values a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarkSeen {
    /// What it values.
    pub instrument: Instrument,
    /// The valuation price.
    pub price: Price,
    /// Best bid; 0 where there was none.
    pub bid: Price,
    /// Best ask; 0 where there was none.
    pub ask: Price,
    /// When it was taken.
    pub at: Timestamp,
    /// The quote that it was taken from; `None` in version 1, which did not record that.
    pub source: Option<MarkSource>,
}

/// In the order of the fields; the prices and the time are one run.
impl Encode for MarkSeen {
    #[inline]
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        self.instrument.encode(encoder)?;
        run::encode(&(self.price, self.bid, self.ask, self.at), encoder)?;
        run::encode_option(self.source, encoder)
    }
}

impl<Context> Decode<Context> for MarkSeen {
    #[inline]
    fn decode<D: Decoder<Context = Context>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let instrument = Decode::decode(decoder)?;
        let (price, bid, ask, at) = run::decode(decoder)?;
        let source = run::decode_option(decoder)?;
        Ok(Self { instrument, price, bid, ask, at, source })
    }
}

bincode::impl_borrow_decode!(MarkSeen);

/// Positions were valued.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct MarksObserved {
    /// Only what moved.
    pub marks: Vec<MarkSeen>,
}

/// An exit plan was attached to a position, or changed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ExitPlanSet {
    /// The position's instrument.
    pub instrument: Instrument,
    /// The plan.
    pub plan: ExitPlan,
}

/// An exit rule asked for the close of a position.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ExitTriggered {
    /// The position's instrument.
    pub instrument: Instrument,
    /// Which rule.
    pub rule: ExitRule,
    /// The level or time that was crossed, in the rule's unit (billionths of a dollar, or UTC
    /// nanoseconds).
    pub level: i64,
    /// The price or time that crossed it.
    pub observed: i64,
    /// The exit's own recommendation.
    pub recommendation: RecommendationId,
}

/// An exit came to nothing and will be tried again, or not.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ExitFailed {
    /// The position's instrument.
    pub instrument: Instrument,
    /// Failures in a row.
    pub failures: u32,
    /// When the next attempt may be made; `None`: no more by itself, somebody must look.
    pub retry_at: Option<Timestamp>,
    /// Why it came to nothing.
    pub reason: String,
}

/// A close plan began: holders are being canceled so that a part can be sold.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ClosePlanned {
    /// The position's instrument.
    pub instrument: Instrument,
    /// What is to be closed.
    pub quantity: Quantity,
    /// The orders that hold it and are being canceled.
    pub holders: Vec<OrderKey>,
    /// Who asked.
    pub actor: Actor,
}

/// A position has been without its resting exit order.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Unprotected {
    /// The position's instrument.
    pub instrument: Instrument,
    /// Since when.
    pub since: Timestamp,
    /// How long it lasted, nanoseconds; `None` while it lasts.
    pub lasted_nanos: Option<i64>,
    /// Why.
    pub reason: String,
}

/// A position changed by something that is not a trade.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct PositionAdjusted {
    /// What happened.
    pub adjustment: Adjustment,
    /// The broker's id of the activity; the same activity is booked once.
    pub activity: ExecutionId,
    /// The evidence, in the broker's words.
    pub note: String,
}

/// What changes a position without a trade.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Adjustment {
    /// A stock split: `new` shares for `old`.
    Split {
        /// The stock.
        instrument: Instrument,
        /// New shares ...
        new: u32,
        /// ... for as many old ones.
        old: u32,
    },
    /// An option expired worthless.
    Expired {
        /// The contract.
        instrument: Instrument,
        /// How many contracts.
        quantity: Quantity,
    },
    /// A long option was exercised, or a short one assigned: the contracts end at no value and
    /// the shares change hands at the strike, in one event.
    Delivered {
        /// The contract.
        instrument: Instrument,
        /// How many contracts.
        quantity: Quantity,
        /// Where the premium goes.
        premium: PremiumRule,
    },
    /// Shares or contracts came in or went out without a price of ours.
    Transferred {
        /// What.
        instrument: Instrument,
        /// Signed.
        quantity: NetQuantity,
        /// What they cost, as the sender says.
        cost: Money,
    },
}

impl Adjustment {
    /// The instrument it is about.
    #[must_use]
    pub fn instrument(&self) -> &Instrument {
        match self {
            Self::Split { instrument, .. }
            | Self::Expired { instrument, .. }
            | Self::Delivered { instrument, .. }
            | Self::Transferred { instrument, .. } => instrument,
        }
    }
}

wire_kind! {
    /// Where the premium of an exercised or assigned option goes.
    PremiumRule {
        /// Into the cost or proceeds of the shares (what US brokers' statements and tax lots do).
        IntoShares = 1,
        /// Realized on the option; the shares enter at the strike.
        Realized = 2,
    }
}
