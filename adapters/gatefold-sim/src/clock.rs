//! What time it is in a simulation is decided here: whatever its driver last said, never earlier.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use gatefold_core::vocabulary::Timestamp;

/// A handle to the simulation's time; clones share it. It begins at the earliest time there is.
#[derive(Clone, Debug)]
pub struct SimClock(Arc<AtomicI64>);

impl SimClock {
    /// A clock that shows `now`.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(now.nanos())))
    }

    /// The time it shows.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        Timestamp::from_nanos(self.0.load(Ordering::Acquire))
    }

    /// Moves it on to `now`; a time that has passed changes nothing.
    pub fn advance_to(&self, now: Timestamp) {
        self.0.fetch_max(now.nanos(), Ordering::AcqRel);
    }
}

impl Default for SimClock {
    fn default() -> Self {
        Self::at(Timestamp::from_nanos(i64::MIN))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_never_goes_back() {
        let clock = SimClock::at(Timestamp::from_nanos(7));
        let shared = clock.clone();
        shared.advance_to(Timestamp::from_nanos(9));
        shared.advance_to(Timestamp::from_nanos(8));
        assert_eq!(clock.now(), Timestamp::from_nanos(9));
    }
}
