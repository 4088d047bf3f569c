//! An execution: one fill as the broker reports it, and the identity by which it is counted once.

use bincode::de::Decoder;
use bincode::enc::Encoder;
use bincode::error::{DecodeError, EncodeError};
use bincode::{Decode, Encode};

use crate::vocabulary::run;
use crate::vocabulary::{
    ExecutionId, Instrument, Money, OrderKey, Price, Quantity, Side, Timestamp,
};

/// One fill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Execution {
    /// The broker's id of this fill; unique within the account.
    pub id: ExecutionId,
    /// Our order, or `None` for a trade that was not ours.
    pub order: Option<OrderKey>,
    /// What was traded.
    pub instrument: Instrument,
    /// Bought or sold.
    pub side: Side,
    /// Shares or contracts.
    pub quantity: Quantity,
    /// Price per share.
    pub price: Price,
    /// Commission and fees paid for it, US dollars.
    pub fee: Money,
    /// The broker's time of the fill.
    pub at: Timestamp,
}

/// Why a reported execution is not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExecutionError {
    /// **Handling:** the adapter must skip the report and alert: nothing was traded.
    #[error("execution {id} has quantity 0")]
    NoQuantity {
        /// The execution.
        id: ExecutionId,
    },
    /// **Handling:** the adapter must refuse the report and alert: it cannot be booked.
    #[error("execution {id} is worth more than a quadrillion dollars")]
    TooLarge {
        /// The execution.
        id: ExecutionId,
    },
}

impl Execution {
    /// Whether it can be booked at all. Adapters call this on every report they parse.
    ///
    /// # Errors
    /// As [`ExecutionError`] says.
    pub fn checked(self) -> Result<Self, ExecutionError> {
        if self.quantity.is_zero() {
            return Err(ExecutionError::NoQuantity { id: self.id });
        }
        let value = self.price.times(self.quantity, self.instrument.multiplier());
        if value.is_none_or(|it| it > Money::MAX_FACT) || self.fee.abs() > Money::MAX_FACT {
            return Err(ExecutionError::TooLarge { id: self.id });
        }
        Ok(self)
    }

    /// What it was worth, without fees.
    #[inline]
    #[must_use]
    pub fn value(&self) -> Money {
        let value = self.price.times(self.quantity, self.instrument.multiplier());
        value.unwrap_or(Money::MAX_FACT)
    }
}

/// In the order of the fields; those from the side on are one run.
impl Encode for Execution {
    #[inline]
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        self.id.encode(encoder)?;
        run::encode_option(self.order, encoder)?;
        self.instrument.encode(encoder)?;
        run::encode(&(self.side, self.quantity, self.price, self.fee, self.at), encoder)
    }
}

impl<Context> Decode<Context> for Execution {
    #[inline]
    fn decode<D: Decoder<Context = Context>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let id = Decode::decode(decoder)?;
        let order = run::decode_option(decoder)?;
        let instrument = Decode::decode(decoder)?;
        let (side, quantity, price, fee, at) = run::decode(decoder)?;
        Ok(Self { id, order, instrument, side, quantity, price, fee, at })
    }
}

bincode::impl_borrow_decode!(Execution);
