//! What an amount of dollars is, and every place where an amount is rounded, is decided here.

use core::fmt;
use core::str::FromStr;

use crate::vocabulary::decimal::{self, NumberError};
use crate::vocabulary::run::wire_plain;
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

wire_plain!(Money: i128);

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
        // A branch that is never taken is cheaper than choosing between three numbers.
        match self.0.checked_add(other.0) {
            Some(attos) => Money(attos),
            None if other.0 < 0 => Money(i128::MIN),
            None => Money(i128::MAX),
        }
    }

    /// The difference, held at the ends of the range.
    #[inline]
    pub const fn saturating_sub(self, other: Money) -> Money {
        match self.0.checked_sub(other.0) {
            Some(attos) => Money(attos),
            None if other.0 < 0 => Money(i128::MAX),
            None => Money(i128::MIN),
        }
    }

    /// Adds an amount in place, held at the ends of the range.
    #[inline(always)]
    pub const fn increase(&mut self, by: Money) {
        // The sum goes back to where the first number was, whatever it is: that is one instruction
        // a word, and what does not fit is mended afterwards.
        let (attos, overflows) = self.0.overflowing_add(by.0);
        self.0 = attos;
        if overflows {
            self.hold(by.0 < 0);
        }
    }

    /// Subtracts an amount in place, held at the ends of the range.
    #[inline(always)]
    pub const fn decrease(&mut self, by: Money) {
        let (attos, overflows) = self.0.overflowing_sub(by.0);
        self.0 = attos;
        if overflows {
            self.hold(by.0 >= 0);
        }
    }

    #[cold]
    #[inline(never)]
    const fn hold(&mut self, low: bool) {
        self.0 = if low { i128::MIN } else { i128::MAX };
    }

    /// The amount with the other sign, held at the ends of the range.
    #[inline]
    pub const fn saturating_neg(self) -> Money {
        match self.0.checked_neg() {
            Some(attos) => Money(attos),
            None => Money(i128::MAX),
        }
    }

    /// The size without the sign, held at the end of the range.
    #[inline]
    pub const fn abs(self) -> Money {
        if self.0 < 0 { self.saturating_neg() } else { self }
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
        if let Some((estimate, rest)) = whole_micros(self.0) {
            let away = u64::from(rest > 0).wrapping_add(u64::from(rest > STEP));
            return estimate.wrapping_add(away).cast_signed();
        }
        let whole = quotient(self.0, MICRO);
        let rest = self.0.saturating_sub(whole.saturating_mul(MICRO));
        let away = whole.saturating_add(rest.signum());
        let end = if away < 0 { i64::MIN } else { i64::MAX };
        i64::try_from(away).unwrap_or(end)
    }

    /// Whole 1e-6 dollars, rounded toward zero and held at the ends of `i64`.
    #[inline]
    pub fn micros_toward(self) -> i64 {
        if let Some((estimate, rest)) = whole_micros(self.0) {
            return estimate.wrapping_add(u64::from(rest >= STEP)).cast_signed();
        }
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

    /// How often `each` fits into this as a whole, at most `u32::MAX`; never into a debt, and only
    /// what is positive fits at all.
    ///
    /// ```
    /// use gatefold_core::vocabulary::Money;
    ///
    /// assert_eq!(Money::dollars(1_999).holds(Money::dollars(1_000)), 1);
    /// assert_eq!(Money::dollars(-1_999).holds(Money::dollars(1_000)), 0);
    /// ```
    #[inline]
    pub fn holds(self, each: Money) -> u32 {
        if self.0 < 0 || each.0 <= 0 {
            return 0;
        }
        u32::try_from(quotient(self.0, each.0)).unwrap_or(u32::MAX)
    }

    /// The nearest whole cent; half a cent goes away from zero.
    #[inline]
    pub fn round_to_cents(self) -> Money {
        let whole = quotient(self.0, CENT);
        let rest = self.0.saturating_sub(whole.saturating_mul(CENT));
        let half = CENT.div_euclid(2);
        let step = if rest.saturating_abs() >= half { rest.signum() } else { 0 };
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
        if part.is_zero() || whole.is_zero() {
            return Money::ZERO;
        }
        if let Some(share) = whole_share(self.0, part, whole) {
            return Money(share);
        }
        let (part, whole) = (i128::from(part.nanos()), i128::from(whole.nanos()));
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

/// One micro-dollar in attos, in a word.
const STEP: u64 = 1_000_000_000_000;

/// The whole 1e-6 dollars in an amount or one less, and the rest beyond them, which is below two
/// steps; for amounts from zero to 2^102 attos (5e12 dollars): gates ask this of almost every
/// number they show, and 128 bits are divided ten times slower.
#[inline]
fn whole_micros(attos: i128) -> Option<(u64, u64)> {
    /// 2^103 divided by [`MICRO`], rounded down.
    const RECIPROCAL: u64 = 10_141_204_801_825_835_211;
    const WORD: u128 = 0xffff_ffff_ffff_ffff;
    let attos = attos.cast_unsigned();
    if attos >> 102_u32 != 0 {
        return None;
    }
    let (upper, low) = (u64::try_from(attos >> 64_u32).ok()?, u64::try_from(attos & WORD).ok()?);
    // Dropping 38 bits loses 0.28 at most and the reciprocal 0.5 at most, both downward: the
    // estimate is the quotient or one less, and the rest below two steps tells which.
    let high = (upper << 26_u32) | (low >> 38_u32);
    let estimate = u128::from(high).wrapping_mul(u128::from(RECIPROCAL)) >> 65_u32;
    let estimate = u64::try_from(estimate).ok()?;
    Some((estimate, low.wrapping_sub(estimate.wrapping_mul(STEP))))
}

/// The share that whole units have in whole units of an amount from zero to 2^95 attos (4e10
/// dollars): what is bought and sold in whole shares or contracts, which is almost all. 95 and 32
/// bits are multiplied without a check and divided in three steps of one word.
#[inline]
fn whole_share(attos: i128, part: Quantity, whole: Quantity) -> Option<i128> {
    const HIGH_MAX: u64 = 0x7fff_ffff;
    let high = u64::try_from(attos >> 64_u32).ok().filter(|high| *high <= HIGH_MAX)?;
    let low = u64::try_from(attos & i128::from(u64::MAX)).ok()?;
    let part = part.whole_units()?;
    let whole = u64::from(whole.whole_units()?);
    let product = u128::from(low).wrapping_mul(u128::from(part));
    let carry = u64::try_from(product >> 64_u32).ok()?;
    let high = high.wrapping_mul(u64::from(part)).wrapping_add(carry);
    let low = u64::try_from(product & u128::from(u64::MAX)).ok()?;
    // Each rest is below the divisor, which has 32 bits: with 32 more it fits a word.
    let divided = |it: u64| Some((it.checked_div(whole)?, it.checked_rem(whole)?));
    let (top, rest) = divided(high)?;
    let (middle, rest) = divided((rest << 32_u32) | (low >> 32_u32))?;
    let (bottom, _) = divided((rest << 32_u32) | (low & u64::from(u32::MAX)))?;
    let share = (u128::from(top) << 64_u32) | (u128::from(middle) << 32_u32) | u128::from(bottom);
    i128::try_from(share).ok()
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

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "a test wants an overflow to panic")]
mod tests {
    use super::*;

    /// Amounts around every step that the fast division decides by, and some at random.
    fn amounts() -> impl Iterator<Item = i128> {
        let powers = (0..127).map(|power| 1_i128 << power);
        let steps = (0..39).filter_map(|zeros| 10_i128.checked_pow(zeros));
        let mut state = 0x2545_f491_4f6c_dd1d_u128;
        let random = (0..200_000).map(move |n| {
            state = state.wrapping_mul(0xda94_2042_e4dd_58b5).wrapping_add(0x9e37_79b9_7f4a_7c15);
            let word = state ^ (state >> 64_u32) ^ (state << 64_u32);
            (word >> (1 + n % 127)).cast_signed()
        });
        let edges = powers.chain(steps).chain(random);
        edges.flat_map(|at| {
            let down = at - at % MICRO;
            [at, at - 1, at + 1, down, down - 1, down + 1]
        })
    }

    #[test]
    fn whole_micros_are_those_of_plain_division() {
        let mut quick = 0;
        for attos in amounts().flat_map(|at| [at, -at]) {
            let (whole, rest) = (attos / MICRO, attos % MICRO);
            let held =
                |it: i128| i64::try_from(it.clamp(i64::MIN.into(), i64::MAX.into())).unwrap();
            assert_eq!(Money(attos).micros_toward(), held(whole), "{attos}");
            assert_eq!(Money(attos).micros_away(), held(whole + rest.signum()), "{attos}");
            quick += i32::from(whole_micros(attos).is_some());
        }
        assert!(quick > 100_000, "the fast path was tried {quick} times");
    }

    #[test]
    fn a_whole_share_is_that_of_plain_division() {
        let units = [1, 2, 3, 7, 40, 100, 999_983, 2_147_483_647, 4_294_967_295];
        let (mut quick, mut plain) = (0, 0);
        for attos in amounts().flat_map(|at| [at, -at]) {
            for (part, whole) in units.iter().zip(units.iter().rev()) {
                let of = |(part, whole): (u32, u32)| {
                    let (parts, wholes) = (i128::from(part), i128::from(whole));
                    let (part, whole) = (Quantity::whole(part), Quantity::whole(whole));
                    let share = whole_share(attos, part, whole);
                    let exact = attos.checked_mul(parts).map(|it| it / wholes);
                    assert!(share.is_none() || share == exact, "{attos} {part} {whole}");
                    (share.is_some(), !(0..1 << 95_u32).contains(&attos))
                };
                for (taken, out_of_range) in [of((*part, *whole)), of((*whole, *part))] {
                    assert_ne!(taken, out_of_range, "{attos} {part} {whole}");
                    quick += i32::from(taken);
                    plain += i32::from(!taken);
                }
            }
        }
        assert!(quick > 1_000_000 && plain > 1_000_000, "{quick} and {plain}");
        let (half, one) = (Quantity::SMALLEST, Quantity::whole(1));
        assert_eq!(whole_share(10, half, one), None, "a fraction goes the long way");
        assert_eq!(whole_share(10, one, half), None);
    }

    #[test]
    fn a_share_is_that_of_plain_multiplication() {
        for attos in amounts().flat_map(|at| [at, -at]) {
            for ppm in [0, 1, 499_999, 1_000_000, 900_000_000, u32::MAX] {
                let product = attos.checked_mul(i128::from(ppm));
                let down = product.map(|it| Money(it.div_euclid(1_000_000)));
                let up = product
                    .and_then(|it| it.checked_add(999_999))
                    .map(|it| Money(it.div_euclid(1_000_000)));
                let ratio = Ratio::from_ppm(ppm);
                if down.is_some() && up.is_some() {
                    assert_eq!(Money(attos).scale(ratio, Rounding::Down), down, "{attos} {ppm}");
                    assert_eq!(Money(attos).scale(ratio, Rounding::Up), up, "{attos} {ppm}");
                }
            }
        }
    }

    #[test]
    fn sums_are_held_at_the_ends_of_the_range() {
        let (most, least) = (Money(i128::MAX), Money(i128::MIN));
        let one = Money(1);
        assert_eq!(most.saturating_add(one), most);
        assert_eq!(least.saturating_sub(one), least);
        assert_eq!(least.saturating_add(Money(-1)), least);
        assert_eq!(most.saturating_sub(Money(-1)), most);
        assert_eq!(Money::ZERO.saturating_sub(least), most);
        assert_eq!((least.saturating_neg(), least.abs()), (most, most));
        for at in [i128::MIN, i128::MIN + 1, -7, 0, 7, i128::MAX - 1, i128::MAX] {
            for by in [i128::MIN, -8, -1, 0, 1, 8, i128::MAX] {
                let (mut sum, mut rest) = (Money(at), Money(at));
                sum.increase(Money(by));
                rest.decrease(Money(by));
                assert_eq!(sum, Money(at.saturating_add(by)), "{at} + {by}");
                assert_eq!(rest, Money(at.saturating_sub(by)), "{at} - {by}");
            }
        }
        assert_eq!(Money(-5).abs(), Money(5));
    }
}
