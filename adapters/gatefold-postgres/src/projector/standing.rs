//! How far behind the read models are, and when somebody must hear of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use gatefold_core::record::Position;
use parking_lot::Mutex;

use crate::projector::error::ProjectorError;

/// Where the read models stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The last event that is in the tables.
    pub position: Position,
    /// The last event of the log that was seen.
    pub head: Position,
    /// For how long they have not been level.
    pub behind_for: Duration,
    /// Failures in a row, and the last one in words.
    pub failures: Option<(u32, String)>,
}

impl Standing {
    /// How many events are not in the tables yet.
    #[must_use]
    pub fn lag(&self) -> u64 {
        self.head.get().saturating_sub(self.position.get())
    }
}

/// What somebody must hear of. Each is told once, until things are well again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Alert {
    /// The tables are behind for too long.
    Lagging {
        /// How many events.
        events: u64,
        /// For how long.
        behind_for: Duration,
    },
    /// A step failed. It is tried again by itself; no decision waits for it.
    Failing {
        /// The reason, in words.
        reason: String,
    },
    /// Level again.
    Recovered {
        /// At this event.
        position: Position,
    },
}

impl std::fmt::Display for Alert {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Lagging { events, behind_for } => write!(
                formatter,
                "the read models have been behind for {} s and lack {events} events",
                behind_for.as_secs()
            ),
            Self::Failing { reason } => {
                write!(formatter, "the read models cannot be written: {reason}")
            }
            Self::Recovered { position } => {
                write!(formatter, "the read models are level again, at position {position}")
            }
        }
    }
}

/// Keeps the standing and tells the alerts.
pub(super) struct Watch {
    standing: Arc<Mutex<Standing>>,
    lag_max: Duration,
    alert: Box<dyn Fn(&Alert) + Send>,
    behind_since: Option<Instant>,
    told_lag: bool,
    told_failure: Option<String>,
}

impl Watch {
    pub(super) fn new(
        standing: Arc<Mutex<Standing>>,
        lag_max: Duration,
        alert: Box<dyn Fn(&Alert) + Send>,
    ) -> Self {
        let (behind_since, told_lag, told_failure) = (None, false, None);
        Self { standing, lag_max, alert, behind_since, told_lag, told_failure }
    }

    pub(super) fn is_at(&mut self, position: Position, head: Position) {
        self.note_lag(position < head);
        {
            let mut standing = self.standing.lock();
            (standing.position, standing.head, standing.failures) = (position, head, None);
        }
        self.tell_lag();
        if position >= head && (self.told_lag || self.told_failure.is_some()) {
            (self.told_lag, self.told_failure) = (false, None);
            (self.alert)(&Alert::Recovered { position });
        }
    }

    pub(super) fn failed(&mut self, error: &ProjectorError, head: Position) {
        self.note_lag(true);
        let reason = error.to_string();
        {
            let mut standing = self.standing.lock();
            let before = standing.failures.as_ref().map_or(0, |(count, _)| *count);
            standing.head = standing.head.max(head);
            standing.failures = Some((before.saturating_add(1), reason.clone()));
        }
        if self.told_failure.as_ref() != Some(&reason) {
            self.told_failure = Some(reason.clone());
            (self.alert)(&Alert::Failing { reason });
        }
        self.tell_lag();
    }

    fn note_lag(&mut self, behind: bool) {
        if !behind {
            self.behind_since = None;
        } else if self.behind_since.is_none() {
            self.behind_since = Some(Instant::now());
        }
        let behind_for = self.behind_since.map_or(Duration::ZERO, |since| since.elapsed());
        self.standing.lock().behind_for = behind_for;
    }

    fn tell_lag(&mut self) {
        let Standing { behind_for, .. } = *self.standing.lock();
        if behind_for > self.lag_max && !self.told_lag {
            self.told_lag = true;
            let events = self.standing.lock().lag();
            (self.alert)(&Alert::Lagging { events, behind_for });
        }
    }
}
