//! What time it is, is asked here: of the system in live operation, of the driver in a replay.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use gatefold_core::vocabulary::Timestamp;

/// Where the engine's time comes from.
pub trait Clock: Send + Sync {
    /// The time now, UTC. It may stand still; the engine takes a step back for no step.
    fn now(&self) -> Timestamp;
}

/// The computer's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let nanos = since.map_or(0, |since| since.as_nanos());
        Timestamp::from_nanos(i64::try_from(nanos).unwrap_or(i64::MAX))
    }
}

/// A clock that stands still until it is set. Its clones show the same time.
#[derive(Clone, Debug, Default)]
pub struct ReplayClock {
    nanos: Arc<AtomicI64>,
}

impl ReplayClock {
    /// A clock that shows `now`.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self { nanos: Arc::new(AtomicI64::new(now.nanos())) }
    }

    /// Sets it forward; an earlier time changes nothing, since time never goes back.
    pub fn advance_to(&self, now: Timestamp) {
        self.nanos.fetch_max(now.nanos(), Ordering::SeqCst);
    }
}

impl Clock for ReplayClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_nanos(self.nanos.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replay_clock_goes_forward_only() {
        let clock = ReplayClock::at(Timestamp::from_nanos(5));
        let shown = clock.clone();
        clock.advance_to(Timestamp::from_nanos(9));
        clock.advance_to(Timestamp::from_nanos(7));
        assert_eq!(shown.now(), Timestamp::from_nanos(9));
    }

    #[test]
    fn the_system_clock_is_past_2025() {
        let start: Timestamp = "2025-01-01T00:00:00Z".parse().unwrap();
        assert!(SystemClock.now() > start);
    }
}
