//! Dollars as gates compare them: whole micro-dollars. What is observed is rounded away from zero
//! and what it may be toward zero, so that rounding can refuse a millionth of a dollar early and
//! never pass late, and a recorded verdict follows from its own two numbers.

use core::hint::cold_path;

use bincode::Encode;
use bincode::enc::Encoder;
use bincode::error::EncodeError;

use crate::decide::aggregates::Day;
use crate::decide::limits::Limits;
use crate::vocabulary::{Money, Ratio};

/// No limit reaches the end of the range, where an amount that does not fit is held: such an
/// amount is beyond every limit.
const LIMIT_MAX: i64 = i64::MAX - 1;

/// The limits of an account that are amounts. Worked out when the limits or the day change, not
/// at every order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Thresholds {
    pub(crate) exposure: i64,
    pub(crate) order_notional: i64,
    pub(crate) close_notional: i64,
    pub(crate) net_exposure: Option<i64>,
    pub(crate) premium: Option<i64>,
    /// The day loss at which entries halt; `None` before the day was opened.
    pub(crate) day_loss: Option<i64>,
}

impl Thresholds {
    pub(crate) fn of(limits: &Limits, day: Option<&Day>) -> Self {
        Self {
            exposure: as_limit(limits.max_exposure),
            order_notional: as_limit(limits.max_order_notional),
            close_notional: as_limit(limits.max_close_notional),
            net_exposure: limits.max_net_exposure.map(as_limit),
            premium: limits.max_premium.map(as_limit),
            day_loss: day.and_then(|day| day.loss_limit(limits)).map(as_limit),
        }
    }
}

/// Derived from what is encoded already.
impl Encode for Thresholds {
    fn encode<E: Encoder>(&self, _encoder: &mut E) -> Result<(), EncodeError> {
        Ok(())
    }
}

/// An amount that something may be at most.
#[inline]
pub(crate) fn as_limit(money: Money) -> i64 {
    money.micros_toward().min(LIMIT_MAX)
}

/// An amount parted so that a share of it costs two multiplications.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parted {
    millions: u64,
    rest: u64,
}

impl Parted {
    const MILLION: u64 = 1_000_000;
    /// A billion dollars: of less, every share fits without a look.
    const MILLIONS_SMALL: u64 = (1 << 30_u32) - 1;

    /// Parts an amount; of nothing or less every share is nothing.
    #[inline]
    pub(crate) fn of(money: Money) -> Self {
        let micros = u64::try_from(money.micros_toward()).unwrap_or(0);
        Self { millions: micros.div_euclid(Self::MILLION), rest: micros.rem_euclid(Self::MILLION) }
    }

    /// A share of it as a limit, rounded down.
    #[inline]
    pub(crate) fn share(&self, share: Ratio) -> i64 {
        let ppm = u64::from(share.ppm());
        // The rest is below 2^20 and the parts below 2^32.
        let fine = self.rest.wrapping_mul(ppm).div_euclid(Self::MILLION);
        if self.millions <= Self::MILLIONS_SMALL {
            // Below 2^62 and 2^32: neither a bound nor a carry is near.
            return self.millions.wrapping_mul(ppm).wrapping_add(fine).cast_signed();
        }
        cold_path();
        let whole = self.millions.checked_mul(ppm).and_then(|it| it.checked_add(fine));
        whole.and_then(|it| i64::try_from(it).ok()).map_or(LIMIT_MAX, |it| it.min(LIMIT_MAX))
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "a test wants an overflow to panic")]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_that_of_wide_arithmetic() {
        let (small, beyond) = ((1 << 30_u32) * 1_000_000 - 1, (1 << 30_u32) * 1_000_000);
        let sizes = [0, 1, 999_999, 1_000_000, 123_456_789_012, small, beyond];
        for micros in sizes.into_iter().chain([i64::MAX / 2, i64::MAX]) {
            for ppm in [0, 1, 499_999, 1_000_000, 900_000_000, u32::MAX] {
                let wide = i128::from(micros) * i128::from(ppm) / 1_000_000;
                let expected = i64::try_from(wide).unwrap_or(i64::MAX).min(LIMIT_MAX);
                let parted = Parted::of(Money::from_micros(micros));
                assert_eq!(parted.share(Ratio::from_ppm(ppm)), expected, "{micros} {ppm}");
            }
        }
        let lost = Parted::of(Money::dollars(-5));
        assert_eq!(lost.share(Ratio::ONE), 0, "a share of a loss allows nothing");
    }

    #[test]
    fn what_does_not_fit_is_beyond_every_limit() {
        let most = Money::from_attos(i128::MAX);
        assert!(most.micros_away() > as_limit(most));
        assert!(most.micros_away() > Parted::of(most).share(Ratio::from_ppm(u32::MAX)));
    }
}
