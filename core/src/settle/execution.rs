//! An execution: one fill as the broker reports it, and the identity by which it is counted once.

use bincode::{Decode, Encode};

use crate::vocabulary::{
    ExecutionId, Instrument, Money, OrderKey, Price, Quantity, Side, Timestamp,
};

/// One fill.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
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
