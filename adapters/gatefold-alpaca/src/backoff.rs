//! How long to wait before the next attempt: twice as long as before, up to a bound, and never the
//! same for two accounts.

use std::time::Duration;

/// Waits that grow with each failure.
#[derive(Debug)]
pub(crate) struct Backoff {
    first: Duration,
    most: Duration,
    steady: Duration,
    failures: u32,
}

impl Backoff {
    /// Waits from `first` to `most`; what held for `steady` has worked.
    pub(crate) fn new(first: Duration, most: Duration, steady: Duration) -> Self {
        Self { first, most, steady, failures: 0 }
    }

    /// It worked for so long. After a while the next failure is the first again; a broker that
    /// takes a connection and closes it at once is not asked again and again.
    pub(crate) fn lasted(&mut self, held: Duration) {
        if held >= self.steady {
            self.failures = 0;
        }
    }

    /// How long to wait after one more failure: between half and all of the doubled time, so that
    /// accounts that lost their streams together do not come back together.
    pub(crate) fn failed(&mut self, chance: &mut fastrand::Rng) -> Duration {
        let doubled = 1_u32.checked_shl(self.failures).unwrap_or(u32::MAX);
        let most = self.first.saturating_mul(doubled).min(self.most);
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
        let seconds = Duration::from_secs;
        let fresh = || Backoff::new(Duration::from_millis(500), seconds(60), seconds(10));
        let (mut backoff, mut chance) = (fresh(), fastrand::Rng::with_seed(7));
        let waits: Vec<u128> = (0..12).map(|_| backoff.failed(&mut chance).as_millis()).collect();
        for (wait, most) in waits.iter().zip([500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000]) {
            assert!((most / 2..=most).contains(wait), "{waits:?}");
        }
        assert!(waits.iter().all(|wait| *wait <= 60_000), "{waits:?}");
        let other: Vec<u128> = (0..12).map(|_| fresh().failed(&mut chance).as_millis()).collect();
        assert!(other.windows(2).any(|pair| pair[0] != pair[1]), "{other:?}");
        backoff.lasted(Duration::from_secs(9));
        assert!(backoff.failed(&mut chance).as_millis() >= 30_000, "it never held");
        backoff.lasted(Duration::from_secs(10));
        assert!(backoff.failed(&mut chance).as_millis() <= 500);
    }
}
