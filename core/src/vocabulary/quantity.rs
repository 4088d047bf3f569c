//! How many units are traded or held, and how many one contract stands for, is decided here.

use core::fmt;
use core::str::FromStr;

use crate::vocabulary::decimal::{self, NumberError};
use crate::vocabulary::wire::wire_checked;
use crate::vocabulary::{Ratio, Rounding};

const DECIMALS: u32 = 9;
const ONE: i64 = 1_000_000_000;

/// A number of shares or contracts in units of 1e-9, never negative.
///
/// ```
/// use gatefold_core::vocabulary::Quantity;
///
/// let shares: Quantity = "0.5".parse()?;
/// assert_eq!(shares.checked_add(Quantity::whole(12)), "12.5".parse().ok());
/// assert_eq!(Quantity::whole(12).to_string(), "12");
/// assert!("-1".parse::<Quantity>().is_err());
/// # Ok::<(), gatefold_core::vocabulary::NumberError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, bincode::Encode)]
pub struct Quantity(i64);

wire_checked!(Quantity: i64, Quantity::from_nanos, "a quantity is never negative");

impl Quantity {
    /// Nothing.
    pub const ZERO: Quantity = Quantity(0);
    /// The least that is something: one 1e-9 unit.
    pub const SMALLEST: Quantity = Quantity(1);
    /// The most that can be said.
    pub const MAX: Quantity = Quantity(i64::MAX);

    /// So many 1e-9 units; `None` if negative.
    #[inline]
    pub const fn from_nanos(nanos: i64) -> Option<Quantity> {
        if nanos < 0 { None } else { Some(Quantity(nanos)) }
    }

    /// The number of 1e-9 units.
    #[inline]
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// So many whole units.
    #[inline]
    pub const fn whole(units: u32) -> Quantity {
        // u32::MAX whole units are 4.3e18 nanos: they fit.
        Quantity(decimal::widen(units).saturating_mul(ONE))
    }

    /// The sum; `None` if it does not fit.
    #[inline]
    pub const fn checked_add(self, other: Quantity) -> Option<Quantity> {
        match self.0.checked_add(other.0) {
            Some(nanos) => Some(Quantity(nanos)),
            None => None,
        }
    }

    /// The difference; `None` below zero.
    #[inline]
    pub const fn checked_sub(self, other: Quantity) -> Option<Quantity> {
        Quantity::from_nanos(self.0.saturating_sub(other.0))
    }

    /// The sum, at most the largest quantity.
    #[inline]
    pub const fn saturating_add(self, other: Quantity) -> Quantity {
        Quantity(self.0.saturating_add(other.0))
    }

    /// The difference, at least zero.
    #[inline]
    pub const fn saturating_sub(self, other: Quantity) -> Quantity {
        // Neither is negative: the difference always fits.
        let nanos = self.0.wrapping_sub(other.0);
        if nanos < 0 { Quantity::ZERO } else { Quantity(nanos) }
    }

    /// How many units of the underlying so many contracts stand for, at most the largest quantity.
    #[inline]
    pub const fn saturating_times(self, multiplier: Multiplier) -> Quantity {
        Quantity(self.0.saturating_mul(decimal::widen(multiplier.0)))
    }

    /// The quantity times a ratio, to a nano, at most the largest quantity.
    #[inline]
    pub fn scale(self, ratio: Ratio, rounding: Rounding) -> Quantity {
        // A quantity is never negative: it has no sign to lose.
        let nanos = ratio.of_word(self.0.cast_unsigned(), rounding);
        Quantity(nanos.and_then(|nanos| i64::try_from(nanos).ok()).unwrap_or(i64::MAX))
    }

    /// The most whole lots in this; itself, if a lot is zero.
    #[inline]
    pub const fn floor_to(self, lot: Quantity) -> Quantity {
        match self.beyond(lot) {
            Some(beyond) => Quantity(self.0.saturating_sub(beyond)),
            None => self,
        }
    }

    /// How many whole units this is; `None` if it is not whole or above `u32::MAX`.
    #[inline]
    pub(crate) fn whole_units(self) -> Option<u32> {
        let nanos = u64::try_from(self.0).ok()?;
        let units = nanos.checked_div(ONE.unsigned_abs())?;
        let whole = units.wrapping_mul(ONE.unsigned_abs()) == nanos;
        if whole { u32::try_from(units).ok() } else { None }
    }

    /// Whether this is nothing.
    #[inline]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// What is left above the grid of `lot`; `None` if it is zero. By one, which most lots are, it
    /// is a multiplication instead of a division.
    #[inline]
    const fn beyond(self, lot: Quantity) -> Option<i64> {
        if lot.0 == ONE {
            const STEP: u64 = ONE.unsigned_abs();
            // Without a sign, so that the compiler does not take both for one division.
            return Some(self.0.cast_unsigned().wrapping_rem(STEP).cast_signed());
        }
        self.0.checked_rem(lot.0)
    }

    /// Whether this is a whole number of lots; never, if a lot is zero.
    #[inline]
    pub const fn is_multiple_of(self, lot: Quantity) -> bool {
        matches!(self.beyond(lot), Some(0))
    }
}

impl FromStr for Quantity {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Quantity, NumberError> {
        decimal::parse_unsigned(text, DECIMALS).map(Quantity)
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        decimal::print(formatter, i128::from(self.0), DECIMALS, 0)
    }
}

/// A position's quantity in units of 1e-9: above zero long, below zero short.
///
/// ```
/// use gatefold_core::vocabulary::{NetQuantity, Quantity};
///
/// let short = NetQuantity::short(Quantity::whole(3));
/// assert_eq!(short.to_string(), "-3");
/// assert_eq!(short.magnitude(), Quantity::whole(3));
/// // The one number without a positive twin is not a quantity.
/// assert_eq!(NetQuantity::from_nanos(i64::MIN).nanos(), -i64::MAX);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, bincode::Encode)]
pub struct NetQuantity(i64);

wire_checked!(NetQuantity: i64, NetQuantity::exact, "a net quantity has a magnitude");

impl NetQuantity {
    /// Nothing held.
    pub const ZERO: NetQuantity = NetQuantity(0);

    /// So many 1e-9 units, negative for short. `i64::MIN` becomes `-i64::MAX`, so that a magnitude
    /// always exists.
    #[inline]
    pub const fn from_nanos(nanos: i64) -> NetQuantity {
        if nanos == i64::MIN { NetQuantity(-i64::MAX) } else { NetQuantity(nanos) }
    }

    const fn exact(nanos: i64) -> Option<NetQuantity> {
        if nanos == i64::MIN { None } else { Some(NetQuantity(nanos)) }
    }

    /// The number of 1e-9 units, negative for short.
    #[inline]
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// So much held.
    #[inline]
    pub const fn long(quantity: Quantity) -> NetQuantity {
        NetQuantity(quantity.0)
    }

    /// So much owed.
    #[inline]
    pub const fn short(quantity: Quantity) -> NetQuantity {
        // No quantity is the one number that has no twin; the same holds below.
        NetQuantity(quantity.0.wrapping_neg())
    }

    /// The size without the direction.
    #[inline]
    pub const fn magnitude(self) -> Quantity {
        Quantity(self.0.wrapping_abs())
    }

    /// Whether nothing is held.
    #[inline]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Whether something is held.
    #[inline]
    pub const fn is_long(self) -> bool {
        self.0 > 0
    }

    /// Whether something is owed.
    #[inline]
    pub const fn is_short(self) -> bool {
        self.0 < 0
    }

    /// The sum, held at the ends of the range.
    #[inline]
    pub const fn saturating_add(self, other: NetQuantity) -> NetQuantity {
        match self.0.checked_add(other.0) {
            Some(nanos) => NetQuantity::from_nanos(nanos),
            None if other.0 < 0 => NetQuantity(-i64::MAX),
            None => NetQuantity(i64::MAX),
        }
    }

    /// What a change in the other direction leaves.
    #[inline]
    pub(crate) const fn less(self, change: NetQuantity) -> NetQuantity {
        // Of two numbers with different signs the sum always fits.
        NetQuantity(self.0.wrapping_add(change.0))
    }

    /// The same size in the other direction.
    #[inline]
    pub const fn saturating_neg(self) -> NetQuantity {
        NetQuantity(self.0.wrapping_neg())
    }
}

impl fmt::Display for NetQuantity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        decimal::print(formatter, i128::from(self.0), DECIMALS, 0)
    }
}

/// How many units of the underlying one contract stands for: 1 to 10 000.
///
/// ```
/// use gatefold_core::vocabulary::Multiplier;
///
/// assert_eq!(Multiplier::new(100), Some(Multiplier::HUNDRED));
/// assert_eq!(Multiplier::new(0), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, bincode::Encode)]
pub struct Multiplier(u32);

wire_checked!(Multiplier: u32, Multiplier::new, "a multiplier is 1 to 10000");

impl Multiplier {
    /// A share.
    pub const ONE: Multiplier = Multiplier(1);
    /// A standard option contract.
    pub const HUNDRED: Multiplier = Multiplier(100);

    /// So many units per contract; `None` outside 1 to 10 000.
    #[inline]
    pub const fn new(units: u32) -> Option<Multiplier> {
        if units == 0 || units > 10_000 { None } else { Some(Multiplier(units)) }
    }

    /// Units per contract.
    #[inline]
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl fmt::Display for Multiplier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, formatter)
    }
}
