//! What a share of something is, and which way an inexact result goes, is decided here.

use core::fmt;
use core::str::FromStr;

use crate::vocabulary::decimal::{self, NumberError};
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
        const ONE: i128 = 1_000_000;
        let parts = i128::from(self.0);
        // Whole millions and the rest apart: only a result that does not fit can overflow.
        let (millions, rest) = match i64::try_from(units) {
            Ok(small) => (
                i128::from(small.div_euclid(1_000_000)),
                i128::from(small.rem_euclid(1_000_000)),
            ),
            Err(_) => (units.div_euclid(ONE), units.rem_euclid(ONE)),
        };
        let fine = rest.checked_mul(parts)?;
        let fine = match rounding {
            Rounding::Down => fine.div_euclid(ONE),
            Rounding::Up => fine.checked_add(999_999)?.div_euclid(ONE),
        };
        millions.checked_mul(parts)?.checked_add(fine)
    }
}

impl FromStr for Ratio {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Ratio, NumberError> {
        let ppm = decimal::parse_unsigned(text, Ratio::DECIMALS)?;
        let ppm = u32::try_from(ppm);
        ppm.map(Ratio).map_err(|_| NumberError::OutOfRange {
            text: decimal::clip(text),
        })
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        decimal::print(formatter, i128::from(self.0), Ratio::DECIMALS, 0)
    }
}
