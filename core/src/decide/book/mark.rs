//! What a book knows of its instrument's last price.

use bincode::{Decode, Encode};

use crate::record::event::MarkSource;
use crate::vocabulary::{Price, Timestamp};

/// A recorded price that values a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Mark {
    /// The price.
    pub price: Price,
    /// Best bid when it was taken; 0 where there was none.
    pub bid: Price,
    /// Best ask when it was taken; 0 where there was none.
    pub ask: Price,
    /// When it was taken.
    pub at: Timestamp,
    /// The quote that it was taken from; `None` where that was not recorded, or where it is the
    /// price at which the position came in.
    pub source: Option<MarkSource>,
}

impl Mark {
    /// What something came in at, until it is quoted.
    pub(super) fn of_trade(price: Price, at: Timestamp) -> Self {
        Self { price, bid: Price::ZERO, ask: Price::ZERO, at, source: None }
    }
}
