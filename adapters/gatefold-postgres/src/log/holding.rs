//! Whether a lease is held, as whoever must not act without it asks.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// Why something that needs the lease must not be done now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotHeld {
    /// Another writer leads. **Handling:** stop; this process may neither append nor send.
    #[error("the lease was lost: {reason}")]
    Lost {
        /// What was observed.
        reason: String,
    },
    /// The lease could not be renewed in time, so that another writer may lead by now.
    /// **Handling:** do nothing that a second writer might do too; it may be renewed yet.
    #[error("the lease ran out {ago:?} ago by this machine's clock and was not renewed")]
    RanOut {
        /// Since when it must not be relied on.
        ago: Duration,
    },
}

/// What is known of a lease. Its clones know the same.
#[derive(Clone, Debug)]
pub struct Holding {
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    /// Until then by this machine's clock, its margin taken off.
    until: Instant,
    lost: Option<String>,
}

impl Holding {
    pub(crate) fn until(until: Instant) -> Self {
        Self { state: Arc::new(Mutex::new(State { until, lost: None })) }
    }

    /// Says yes only while no other writer can have the lease.
    ///
    /// # Errors
    /// [`NotHeld`], with the reason.
    pub fn check(&self) -> Result<(), NotHeld> {
        let state = self.state.lock();
        if let Some(reason) = &state.lost {
            return Err(NotHeld::Lost { reason: reason.clone() });
        }
        let now = Instant::now();
        if now < state.until {
            return Ok(());
        }
        Err(NotHeld::RanOut { ago: now.saturating_duration_since(state.until) })
    }

    pub(crate) fn renewed(&self, until: Instant) {
        let mut state = self.state.lock();
        state.until = state.until.max(until);
    }

    pub(crate) fn lost(&self, reason: String) {
        self.state.lock().lost.get_or_insert(reason);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_held_until_it_runs_out_and_never_again_once_it_was_lost() {
        let now = Instant::now();
        let holding = Holding::until(now);
        assert!(matches!(holding.check(), Err(NotHeld::RanOut { .. })));
        let later = now.checked_add(Duration::from_secs(60)).unwrap();
        holding.renewed(later);
        assert_eq!(holding.clone().check(), Ok(()));
        holding.renewed(now);
        assert_eq!(holding.check(), Ok(()), "a late answer takes nothing back");
        holding.lost("another has it".to_owned());
        holding.renewed(later);
        assert!(matches!(holding.clone().check(), Err(NotHeld::Lost { .. })));
    }
}
