//! What one unit costs, and how a price is moved to a tick, is decided here.

use core::fmt;
use core::str::FromStr;

use crate::vocabulary::decimal::{self, NumberError};
use crate::vocabulary::wire::wire_checked;
use crate::vocabulary::{Money, Multiplier, Quantity, Ratio, Rounding};

const DECIMALS: u32 = 9;
const DOLLAR: i64 = 1_000_000_000;
const CENT: i64 = 10_000_000;

/// Dollars per unit in steps of 1e-9 dollars ("nanos"), never negative.
///
/// ```
/// use gatefold_core::vocabulary::{Money, Multiplier, Price, Quantity};
///
/// let limit: Price = "5.025".parse()?;
/// let cost = limit.times(Quantity::whole(2), Multiplier::HUNDRED);
/// assert_eq!(cost, Some(Money::dollars(1005)));
/// assert!(!limit.is_multiple_of(Price::cents(1)));
/// assert!("-5.00".parse::<Price>().is_err());
/// # Ok::<(), gatefold_core::vocabulary::NumberError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, bincode::Encode)]
pub struct Price(i64);

wire_checked!(Price: i64, Price::from_nanos, "a price is never negative");

impl Price {
    /// Free.
    pub const ZERO: Price = Price(0);
    /// The highest price that can be said, 9.2e9 dollars: a bound, not an offer.
    pub const MAX: Price = Price(i64::MAX);

    /// So many 1e-9 dollars; `None` if negative.
    #[inline]
    pub const fn from_nanos(nanos: i64) -> Option<Price> {
        if nanos < 0 { None } else { Some(Price(nanos)) }
    }

    /// The number of 1e-9 dollars.
    #[inline]
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// So many whole dollars.
    #[inline]
    pub const fn dollars(dollars: u32) -> Price {
        // u32::MAX dollars are 4.3e18 nanos: they fit.
        Price(decimal::widen(dollars).saturating_mul(DOLLAR))
    }

    /// So many cents.
    #[inline]
    pub const fn cents(cents: u32) -> Price {
        Price(decimal::widen(cents).saturating_mul(CENT))
    }

    /// The sum; `None` if it does not fit.
    #[inline]
    pub const fn checked_add(self, other: Price) -> Option<Price> {
        match self.0.checked_add(other.0) {
            Some(nanos) => Some(Price(nanos)),
            None => None,
        }
    }

    /// The difference; `None` below zero.
    #[inline]
    pub const fn checked_sub(self, other: Price) -> Option<Price> {
        Price::from_nanos(self.0.saturating_sub(other.0))
    }

    /// The difference, at least zero.
    #[inline]
    pub const fn saturating_sub(self, other: Price) -> Price {
        // The difference of two numbers that are not negative always fits.
        let nanos = self.0.wrapping_sub(other.0);
        if nanos < 0 { Price::ZERO } else { Price(nanos) }
    }

    /// Whether this is zero.
    #[inline]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// What is left above the grid of `tick`; `None` if it is zero. By a cent, which most ticks
    /// are, it is a multiplication instead of a division.
    #[inline]
    const fn beyond(self, tick: Price) -> Option<i64> {
        if tick.0 == CENT {
            const STEP: u64 = CENT.unsigned_abs();
            // Without a sign, so that the compiler does not take both for one division.
            return Some(self.0.cast_unsigned().wrapping_rem(STEP).cast_signed());
        }
        self.0.checked_rem(tick.0)
    }

    /// Whether this lies on the grid of `tick`; never, if the tick is zero.
    #[inline]
    pub const fn is_multiple_of(self, tick: Price) -> bool {
        matches!(self.beyond(tick), Some(0))
    }

    /// The price times a ratio, to a nano; `None` if it does not fit.
    #[inline]
    pub fn scale(self, ratio: Ratio, rounding: Rounding) -> Option<Price> {
        // A price is never negative: it has no sign to lose.
        let nanos = ratio.of_word(self.0.cast_unsigned(), rounding)?;
        i64::try_from(nanos).ok().map(Price)
    }

    /// The next price at or below this on the grid of `tick`; itself, if the tick is zero.
    #[inline]
    pub const fn floor_to(self, tick: Price) -> Price {
        match self.beyond(tick) {
            Some(beyond) => Price(self.0.saturating_sub(beyond)),
            None => self,
        }
    }

    /// The next price at or above this on the grid of `tick`; itself, if the tick is zero; `None`
    /// if it does not fit.
    #[inline]
    pub const fn ceil_to(self, tick: Price) -> Option<Price> {
        let floor = self.floor_to(tick);
        if floor.0 == self.0 { Some(self) } else { floor.checked_add(tick) }
    }

    /// The price half way to another, rounded down to a nano.
    #[inline]
    pub const fn midpoint(self, other: Price) -> Price {
        // Of two numbers that are not negative: what both have, and half of what one has.
        Price((self.0 & other.0).wrapping_add((self.0 ^ other.0) >> 1_u32))
    }

    /// What one contract of `multiplier` units costs at this price, at most the highest price.
    #[inline]
    pub fn of_contract(self, multiplier: Multiplier) -> Price {
        self.0.checked_mul(i64::from(multiplier.get())).map_or(Price::MAX, Price)
    }

    /// What `quantity` contracts of `multiplier` units each cost at this price: exact, or `None` if
    /// it does not fit.
    #[inline]
    pub fn times(self, quantity: Quantity, multiplier: Multiplier) -> Option<Money> {
        // Neither is negative, and the product of two such always fits: the wrap cannot happen.
        let units = u128::from(quantity.nanos().cast_unsigned());
        let wide = |nanos: i64| u128::from(nanos.cast_unsigned()).wrapping_mul(units).cast_signed();
        // Multiplied by the smaller number first, 128 bits need no check of their own.
        let attos = match self.0.checked_mul(i64::from(multiplier.get())) {
            Some(contract) => wide(contract),
            None => wide(self.0).checked_mul(i128::from(multiplier.get()))?,
        };
        Some(Money::from_attos(attos))
    }
}

impl FromStr for Price {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Price, NumberError> {
        decimal::parse_unsigned(text, DECIMALS).map(Price)
    }
}

impl fmt::Display for Price {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        decimal::print(formatter, i128::from(self.0), DECIMALS, 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scaled_price_is_that_of_wide_arithmetic() {
        for nanos in [0, 1, 999_999, 1_000_000, 5_999_999_999, i64::MAX / 2, i64::MAX] {
            for ppm in [0, 1, 999_999, 1_000_000, 1_030_000, u32::MAX] {
                let ratio = Ratio::from_ppm(ppm);
                let product = i128::from(nanos) * i128::from(ppm);
                let price = |it: i128| i64::try_from(it.div_euclid(1_000_000)).ok().map(Price);
                assert_eq!(Price(nanos).scale(ratio, Rounding::Down), price(product));
                assert_eq!(Price(nanos).scale(ratio, Rounding::Up), price(product + 999_999));
                let held = price(product + 999_999).map_or(i64::MAX, Price::nanos);
                let quantity = Quantity::from_nanos(nanos).unwrap();
                assert_eq!(quantity.scale(ratio, Rounding::Up).nanos(), held);
            }
        }
    }
}
