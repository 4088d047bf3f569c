//! What a share of something is, and which way an inexact result goes, is decided here.

use core::fmt;
use core::str::FromStr;

use crate::vocabulary::decimal::{self, NumberError};
use crate::vocabulary::run::wire_plain;
use crate::vocabulary::wire::wire_enum;

/// Which way a result goes that lies between two units.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Rounding {
    /// To the next lower unit (for a negative amount that is away from zero).
    Down,
    /// To the next higher unit (for a negative amount that is toward zero).
    Up,
}

wire_enum!(Rounding { Down = 1, Up = 2 });

/// A share, percentage or factor in parts per million: 0 to 4294.967295.
///
/// ```
/// use gatefold_core::vocabulary::Ratio;
///
/// let threshold: Ratio = "0.72".parse()?;
/// assert_eq!(threshold.ppm(), 720_000);
/// assert_eq!(threshold.to_string(), "0.72");
/// assert!("-0.72".parse::<Ratio>().is_err());
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
pub struct Ratio(u32);

wire_plain!(Ratio: u32);

impl Ratio {
    const DECIMALS: u32 = 6;

    /// Nothing.
    pub const ZERO: Ratio = Ratio(0);
    /// The whole: 100 %.
    pub const ONE: Ratio = Ratio(1_000_000);

    /// So many parts per million.
    #[inline]
    pub const fn from_ppm(ppm: u32) -> Ratio {
        Ratio(ppm)
    }

    /// Parts per million.
    #[inline]
    pub const fn ppm(self) -> u32 {
        self.0
    }

    /// `units` times this ratio, in the same units; `None` if that does not fit.
    #[inline]
    pub(crate) fn of(self, units: i128, rounding: Rounding) -> Option<i128> {
        self.of_parted(&Parted::new(units), rounding)
    }

    /// The same for an amount that several ratios are asked of.
    #[inline]
    fn of_parted(self, units: &Parted, rounding: Rounding) -> Option<i128> {
        let fine = self.fine(units.rest, rounding);
        let whole = units.millions.checked_mul(i128::from(self.0))?;
        whole.checked_add(i128::from(fine))
    }

    /// The same in 64 bits.
    #[inline]
    pub(crate) fn of_word(self, units: u64, rounding: Rounding) -> Option<u64> {
        // To divide once what was raised costs half of dividing and asking for the rest.
        let raised = match rounding {
            Rounding::Down => 0,
            Rounding::Up => ONE.wrapping_sub(1),
        };
        let parts = units.checked_mul(u64::from(self.0));
        if let Some(parts) = parts.and_then(|parts| parts.checked_add(raised)) {
            return Some(parts.div_euclid(ONE));
        }
        let fine = self.fine(units.rem_euclid(ONE), rounding);
        let whole = units.div_euclid(ONE).checked_mul(u64::from(self.0))?;
        whole.checked_add(fine)
    }

    /// The ratio of less than a million units.
    #[inline]
    fn fine(self, rest: u64, rounding: Rounding) -> u64 {
        // Below 1e6 x 2^32, which is 2^52.
        let parts = rest.saturating_mul(u64::from(self.0));
        match rounding {
            Rounding::Down => parts.div_euclid(ONE),
            Rounding::Up => parts.div_ceil(ONE),
        }
    }
}

const ONE: u64 = 1_000_000;

/// An amount as whole millions of its units and the rest, which is at least zero: in this form a
/// ratio of it costs two multiplications, and only a result that does not fit can overflow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Parted {
    millions: i128,
    rest: u64,
}

impl Parted {
    /// Parts an amount.
    #[inline]
    fn new(units: i128) -> Parted {
        const WIDE: i128 = 1_000_000;
        if let Some(parted) = Parted::quick(units) {
            return parted;
        }
        let rest = u64::try_from(units.rem_euclid(WIDE)).unwrap_or(0);
        Parted { millions: units.div_euclid(WIDE), rest }
    }

    /// Long division by 5^6 in two words of 48 bits, for amounts from zero to 2^116: several times
    /// faster than 128 bits by 128.
    #[inline]
    fn quick(units: i128) -> Option<Parted> {
        const FIVES: u64 = 15_625;
        const WORD: u128 = 0xffff_ffff_ffff;
        let units = u128::try_from(units).ok()?;
        let high = u64::try_from(units >> 54_u32).ok()?;
        let low = u64::try_from((units >> 6_u32) & WORD).ok()?;
        let odd = u64::try_from(units & 63).ok()?;
        let above = (high.rem_euclid(FIVES) << 48_u32) | low;
        let millions =
            (u128::from(high.div_euclid(FIVES)) << 48_u32) | u128::from(above.div_euclid(FIVES));
        let rest = (above.rem_euclid(FIVES) << 6_u32) | odd;
        Some(Parted { millions: i128::try_from(millions).ok()?, rest })
    }
}

impl FromStr for Ratio {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Ratio, NumberError> {
        let ppm = decimal::parse_unsigned(text, Ratio::DECIMALS)?;
        let ppm = u32::try_from(ppm);
        ppm.map(Ratio).map_err(|_| NumberError::OutOfRange { text: decimal::clip(text) })
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        decimal::print(formatter, i128::from(self.0), Ratio::DECIMALS, 0)
    }
}
