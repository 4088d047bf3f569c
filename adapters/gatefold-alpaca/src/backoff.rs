//! How long to wait before the next attempt: twice as long as before, up to a bound, and never the
//! same for two accounts.

use std::time::Duration;

/// The first wait.
const FIRST: Duration = Duration::from_millis(500);
/// The longest wait.
const MOST: Duration = Duration::from_secs(60);
/// What held so long has worked; what was lost before is one more failure.
const STEADY: Duration = Duration::from_secs(10);

/// Waits that grow with each failure.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// It worked for so long. After a while the next failure is the first again; a broker that
    /// takes a connection and closes it at once is not asked again and again.
    pub(crate) fn lasted(&mut self, held: Duration) {
        if held >= STEADY {
            self.failures = 0;
        }
    }

    /// How long to wait after one more failure: between half and all of the doubled time, so that
    /// accounts that lost their streams together do not come back together.
    pub(crate) fn failed(&mut self, chance: &mut fastrand::Rng) -> Duration {
        let most =
            FIRST.saturating_mul(1_u32.checked_shl(self.failures).unwrap_or(u32::MAX)).min(MOST);
        self.failures = self.failures.saturating_add(1).min(16);
        let millis = u64::try_from(most.as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(chance.u64(millis / 2..=millis))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_minute_and_are_jittered() {
        let (mut backoff, mut chance) = (Backoff::default(), fastrand::Rng::with_seed(7));
        let waits: Vec<u128> = (0..12).map(|_| backoff.failed(&mut chance).as_millis()).collect();
        for (wait, most) in waits.iter().zip([500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000]) {
            assert!((most / 2..=most).contains(wait), "{waits:?}");
        }
        assert!(waits.iter().all(|wait| *wait <= 60_000), "{waits:?}");
        let other: Vec<u128> =
            (0..12).map(|_| Backoff::default().failed(&mut chance).as_millis()).collect();
        assert!(other.windows(2).any(|pair| pair[0] != pair[1]), "{other:?}");
        backoff.lasted(Duration::from_secs(9));
        assert!(backoff.failed(&mut chance).as_millis() >= 30_000, "it never held");
        backoff.lasted(Duration::from_secs(10));
        assert!(backoff.failed(&mut chance).as_millis() <= 500);
    }
}
