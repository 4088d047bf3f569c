//! What an amount of dollars is, and every place where an amount is rounded, is decided here.

use core::fmt;
use core::str::FromStr;

use crate::vocabulary::decimal::{self, NumberError};
use crate::vocabulary::{Multiplier, Price, Quantity, Ratio, Rounding};

const DECIMALS: u32 = 18;
const DOLLAR: i128 = 1_000_000_000_000_000_000;
const CENT: i128 = 10_000_000_000_000_000;
const MICRO: i128 = 1_000_000_000_000;

/// US dollars in steps of 1e-18 ("attos"), signed.
///
/// The step is price step times quantity step, so price x quantity x multiplier is exact. The range
/// is about 1.7e20 dollars either way; a single fact (a fill, a cash figure) is bounded by
/// [`Money::MAX_FACT`], which leaves room for a hundred thousand of the largest before a sum
/// saturates.
///
/// ```
/// use gatefold_core::vocabulary::{Money, Quantity};
///
/// let fee: Money = "0.10".parse()?;
/// let part = fee.prorate(Quantity::whole(1), Quantity::whole(4));
/// assert_eq!(part.to_string(), "0.025");
/// assert_eq!(Money::dollars(-3).checked_add(fee), "-2.9".parse().ok());
/// assert!("1e3".parse::<Money>().is_err());
/// # Ok::<(), gatefold_core::vocabulary::NumberError>(())
/// ```
#[derive(
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Debug,
    Default,
    bincode::Encode,
    bincode::Decode,
)]
pub struct Money(i128);

impl Money {
    /// Nothing.
    pub const ZERO: Money = Money(0);
    /// The largest size a single recorded amount may have: 1e15 dollars.
    pub const MAX_FACT: Money = Money(1_000_000_000_000_000 * DOLLAR);

    /// So many 1e-18 dollars.
    #[inline]
    pub const fn from_attos(attos: i128) -> Money {
        Money(attos)
    }

    /// The number of 1e-18 dollars.
    #[inline]
    pub const fn attos(self) -> i128 {
        self.0
    }

    /// So many whole dollars.
    #[inline]
    pub const fn dollars(dollars: i64) -> Money {
        // i64::MAX dollars are 9.3e36 attos: they fit.
        Money(decimal::widen_signed(dollars).saturating_mul(DOLLAR))
    }

    /// So many cents.
    #[inline]
    pub const fn cents(cents: i64) -> Money {
        Money(decimal::widen_signed(cents).saturating_mul(CENT))
    }

    /// So many 1e-6 dollars.
    #[inline]
    pub const fn from_micros(micros: i64) -> Money {
        Money(decimal::widen_signed(micros).saturating_mul(MICRO))
    }

    /// The sum; `None` if it does not fit.
    #[inline]
    pub const fn checked_add(self, other: Money) -> Option<Money> {
        match self.0.checked_add(other.0) {
            Some(attos) => Some(Money(attos)),
            None => None,
        }
    }

    /// The difference; `None` if it does not fit.
    #[inline]
    pub const fn checked_sub(self, other: Money) -> Option<Money> {
        match self.0.checked_sub(other.0) {
            Some(attos) => Some(Money(attos)),
            None => None,
        }
    }

    /// The amount with the other sign; `None` if it does not fit.
    #[inline]
    pub const fn checked_neg(self) -> Option<Money> {
        match self.0.checked_neg() {
            Some(attos) => Some(Money(attos)),
            None => None,
        }
    }

    /// The sum, held at the ends of the range.
    #[inline]
    pub const fn saturating_add(self, other: Money) -> Money {
        Money(self.0.saturating_add(other.0))
    }

    /// The difference, held at the ends of the range.
    #[inline]
    pub const fn saturating_sub(self, other: Money) -> Money {
        Money(self.0.saturating_sub(other.0))
    }

    /// The amount with the other sign, held at the ends of the range.
    #[inline]
    pub const fn saturating_neg(self) -> Money {
        Money(self.0.saturating_neg())
    }

    /// The size without the sign, held at the end of the range.
    #[inline]
    pub const fn abs(self) -> Money {
        Money(self.0.saturating_abs())
    }

    /// Whether this is nothing.
    #[inline]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Whether this is below zero.
    #[inline]
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// Whether this is above zero.
    #[inline]
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// The amount times a ratio, to an atto; `None` if it does not fit.
    #[inline]
    pub fn scale(self, ratio: Ratio, rounding: Rounding) -> Option<Money> {
        ratio.of(self.0, rounding).map(Money)
    }

    /// Whole 1e-6 dollars, rounded away from zero and held at the ends of `i64`.
    #[inline]
    pub fn micros_away(self) -> i64 {
        let whole = quotient(self.0, MICRO);
        let rest = self.0.saturating_sub(whole.saturating_mul(MICRO));
        let away = whole.saturating_add(rest.signum());
        let end = if away < 0 { i64::MIN } else { i64::MAX };
        i64::try_from(away).unwrap_or(end)
    }

    /// Whole 1e-6 dollars, rounded toward zero and held at the ends of `i64`.
    #[inline]
    pub fn micros_toward(self) -> i64 {
        let end = if self.0 < 0 { i64::MIN } else { i64::MAX };
        i64::try_from(quotient(self.0, MICRO)).unwrap_or(end)
    }

    /// Which part of `whole` this is, rounded up to a millionth.
    ///
    /// `None` if this is negative, `whole` is not positive, the ratio is above 4294.967295 or this
    /// is above 1.7e14 dollars.
    #[inline]
    pub fn ratio_of(self, whole: Money) -> Option<Ratio> {
        if self.0 < 0 || whole.0 <= 0 {
            return None;
        }
        let parts = self.0.checked_mul(1_000_000)?;
        let down = quotient(parts, whole.0);
        let exact = down.checked_mul(whole.0)? == parts;
        let up = if exact { down } else { down.checked_add(1)? };
        u32::try_from(up).ok().map(Ratio::from_ppm)
    }

    /// The nearest whole cent; half a cent goes away from zero.
    #[inline]
    pub fn round_to_cents(self) -> Money {
        let whole = quotient(self.0, CENT);
        let rest = self.0.saturating_sub(whole.saturating_mul(CENT));
        let half = CENT.div_euclid(2);
        let step = if rest.saturating_abs() >= half {
            rest.signum()
        } else {
            0
        };
        Money(whole.saturating_add(step).saturating_mul(CENT))
    }

    /// The share of this amount that `part` has in `whole`, toward zero to an atto.
    ///
    /// All of it, exactly, if they are equal; zero if `whole` is zero; held at the ends of the
    /// range should `part` be so much larger than `whole` that the result does not fit.
    #[inline]
    pub fn prorate(self, part: Quantity, whole: Quantity) -> Money {
        if part == whole && !whole.is_zero() {
            return self;
        }
        let (part, whole) = (i128::from(part.nanos()), i128::from(whole.nanos()));
        if whole == 0 {
            return Money::ZERO;
        }
        if let Some(product) = self.0.checked_mul(part) {
            return Money(quotient(product, whole));
        }
        // Quotient and rest have the same sign, so both roundings go toward zero and the sum is
        // exact; the rest is smaller than a quantity, so its product with one always fits.
        let each = quotient(self.0, whole);
        let rest = self.0.saturating_sub(each.saturating_mul(whole));
        let fine = quotient(rest.saturating_mul(part), whole);
        Money(each.saturating_mul(part).saturating_add(fine))
    }

    /// The average price per unit of the underlying that `quantity` contracts cost, rounded half up
    /// to a nano.
    ///
    /// Zero if the quantity is zero or the amount negative; held at the highest price.
    #[inline]
    pub fn per_unit(self, quantity: Quantity, multiplier: Multiplier) -> Price {
        let units = i128::from(quantity.nanos()).saturating_mul(i128::from(multiplier.get()));
        if units == 0 || self.0 < 0 {
            return Price::ZERO;
        }
        let down = quotient(self.0, units);
        let rest = self.0.saturating_sub(down.saturating_mul(units));
        // rest >= units - rest is 2 x rest >= units without the overflow.
        let up = rest >= units.saturating_sub(rest);
        let nanos = if up { down.saturating_add(1) } else { down };
        let nanos = i64::try_from(nanos).unwrap_or(i64::MAX);
        Price::from_nanos(nanos).unwrap_or(Price::ZERO)
    }
}

/// Division toward zero by a divisor that the caller knows to be above zero; in 64 bits where both
/// fit, which is several times faster.
#[inline]
fn quotient(dividend: i128, divisor: i128) -> i128 {
    assert!(divisor > 0, "amounts are divided by positive numbers only");
    match (i64::try_from(dividend), i64::try_from(divisor)) {
        (Ok(small), Ok(divisor)) => i128::from(small.checked_div(divisor).unwrap_or(0)),
        (Ok(_), Err(_)) | (Err(_), Ok(_) | Err(_)) => dividend.checked_div(divisor).unwrap_or(0),
    }
}

impl FromStr for Money {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Money, NumberError> {
        decimal::parse(text, DECIMALS).map(Money)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        decimal::print(formatter, self.0, DECIMALS, 2)
    }
}
