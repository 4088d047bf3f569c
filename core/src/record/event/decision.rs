//! What happens to advice: received, judged, and what it came to.

use alloc::string::String;
use alloc::vec::Vec;

use bincode::de::Decoder;
use bincode::enc::Encoder;
use bincode::error::{DecodeError, EncodeError};
use bincode::{Decode, Encode};

use crate::advise::{Effect, Life, OrderPrice, Recommendation};
use crate::decide::{Quote, Split, Verdicts};
use crate::record::stream::Version;
use crate::vocabulary::run::{self, wire_run};
use crate::vocabulary::{
    Instrument, Money, OrderKey, Price, Quantity, RecommendationId, Side, StrategyId,
};

/// Advice arrived.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct RecommendationReceived {
    /// What it says.
    pub recommendation: Recommendation,
}

/// The versions of the events that a decision rests on; 0 where there was none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Grounds {
    /// The limits in force.
    pub limits: Version,
    /// The last change of trading state.
    pub state: Version,
    /// The day's opening.
    pub day: Version,
    /// The last marks.
    pub marks: Version,
    /// The last comparison with the broker.
    pub snapshot: Version,
    /// The last execution.
    pub execution: Version,
    /// The gate list.
    pub gates: Version,
}

wire_run!(Grounds {
    limits: Version,
    state: Version,
    day: Version,
    marks: Version,
    snapshot: Version,
    execution: Version,
    gates: Version,
});

/// What the gates saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The account's version that all of it was read from.
    pub as_of: Version,
    /// The events it rests on.
    pub grounds: Grounds,
    /// The quote of the instrument.
    pub quote: Option<Quote>,
    /// The quantity after normalization.
    pub quantity: Quantity,
    /// The price it was judged by.
    pub price: Option<Price>,
    /// |quantity| x price x multiplier.
    pub notional: Option<Money>,
    /// Every gate's verdict.
    pub verdicts: Verdicts,
}

/// In the order of the fields.
impl Encode for Judgement {
    #[inline]
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        run::encode(&(self.as_of, self.grounds), encoder)?;
        run::encode_option(self.quote, encoder)?;
        run::encode(&self.quantity, encoder)?;
        run::encode_option(self.price, encoder)?;
        run::encode_option(self.notional, encoder)?;
        self.verdicts.encode(encoder)
    }
}

impl<Context> Decode<Context> for Judgement {
    #[inline]
    fn decode<D: Decoder<Context = Context>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let (as_of, grounds) = run::decode(decoder)?;
        let quote = run::decode_option(decoder)?;
        let quantity = run::decode(decoder)?;
        let price = run::decode_option(decoder)?;
        let notional = run::decode_option(decoder)?;
        let verdicts = Verdicts::new();
        let mut judgement = Self { as_of, grounds, quote, quantity, price, notional, verdicts };
        // A kilobyte, read where it will stand.
        judgement.verdicts.read(decoder)?;
        Ok(judgement)
    }
}

bincode::impl_borrow_decode!(Judgement);

/// All gates passed: this order is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntentApproved {
    /// The advice.
    pub recommendation: RecommendationId,
    /// The client order id.
    pub key: OrderKey,
    /// The attempt in that id.
    pub attempt: u16,
    /// The strategy it counts for.
    pub strategy: StrategyId,
    /// What is traded.
    pub instrument: Instrument,
    /// Buy or sell.
    pub side: Side,
    /// Open or close.
    pub effect: Effect,
    /// Shares or contracts.
    pub quantity: Quantity,
    /// Market or limit.
    pub terms: OrderPrice,
    /// The price it counts at.
    pub price: Price,
    /// How it falls into closing and opening.
    pub split: Split,
    /// The buying power it holds.
    pub requirement: Money,
    /// What the gates saw.
    pub judgement: Judgement,
}

/// In the order of the fields.
impl Encode for IntentApproved {
    #[inline]
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        self.recommendation.encode(encoder)?;
        run::encode(&(self.key, self.attempt), encoder)?;
        self.strategy.encode(encoder)?;
        self.instrument.encode(encoder)?;
        run::encode(&(self.side, self.effect, self.quantity), encoder)?;
        self.terms.encode(encoder)?;
        run::encode(&(self.price, self.split, self.requirement), encoder)?;
        self.judgement.encode(encoder)
    }
}

impl<Context> Decode<Context> for IntentApproved {
    #[inline]
    fn decode<D: Decoder<Context = Context>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let recommendation = Decode::decode(decoder)?;
        let (key, attempt) = run::decode(decoder)?;
        let strategy = Decode::decode(decoder)?;
        let instrument = Decode::decode(decoder)?;
        let (side, effect, quantity) = run::decode(decoder)?;
        let terms = Decode::decode(decoder)?;
        let (price, split, requirement) = run::decode(decoder)?;
        let judgement = Decode::decode(decoder)?;
        Ok(Self {
            recommendation,
            key,
            attempt,
            strategy,
            instrument,
            side,
            effect,
            quantity,
            terms,
            price,
            split,
            requirement,
            judgement,
        })
    }
}

bincode::impl_borrow_decode!(IntentApproved);

/// A gate refused.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct IntentRefused {
    /// The advice.
    pub recommendation: RecommendationId,
    /// Working orders that hold what it wanted to close.
    pub holders: Vec<OrderKey>,
    /// What the gates saw.
    pub judgement: Judgement,
}

/// A gate about the environment said: not now.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct IntentDeferred {
    /// The advice.
    pub recommendation: RecommendationId,
    /// What the gates saw.
    pub judgement: Judgement,
}

/// Advice ended without an order.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct RecommendationExpired {
    /// The advice.
    pub recommendation: RecommendationId,
    /// Its age when it ended, nanoseconds.
    pub age_nanos: i64,
}

/// Input that could not be processed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct RecommendationFailed {
    /// Where it came from, a file's name or a channel's.
    pub source: String,
    /// Its line or place there.
    pub line: u64,
    /// What it said, word for word as far as the bound allows.
    pub text: String,
    /// Why it failed.
    pub reason: String,
}

/// Advice changed its state without a decision of its own.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct RecommendationSettled {
    /// The advice.
    pub recommendation: RecommendationId,
    /// What became of it.
    pub life: Life,
}
