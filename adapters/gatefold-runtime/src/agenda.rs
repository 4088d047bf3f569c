//! In which order recorded advice arrives: by the time it was given, file order within that; a
//! line that could not be read arrives with its neighbor.

use std::collections::VecDeque;

use gatefold_core::advise::{Arrival, Inbox, InboxError};
use gatefold_core::vocabulary::Timestamp;

/// So many arrivals may a replay hold.
pub const ARRIVALS_MAX: usize = 10_000_000;

/// The arrivals of a replay, in order.
#[derive(Debug, Default)]
pub struct Agenda {
    arrivals: VecDeque<(Timestamp, Arrival)>,
}

impl Agenda {
    /// Reads an inbox to its end.
    ///
    /// # Errors
    /// [`InboxError`] when the inbox fails, or holds more than [`ARRIVALS_MAX`].
    pub fn read(inbox: &mut dyn Inbox) -> Result<Self, InboxError> {
        let mut arrivals: Vec<(Timestamp, Arrival)> = Vec::new();
        let mut last = None;
        while let Some(arrival) = inbox.next()? {
            if let Arrival::Recommendation(advice) = &arrival {
                if last.is_none() {
                    // Bad lines at the head have no neighbor before them.
                    arrivals.iter_mut().for_each(|(at, _)| *at = advice.created_at);
                }
                last = Some(advice.created_at);
            }
            arrivals.push((last.unwrap_or(Timestamp::EPOCH), arrival));
            if arrivals.len() > ARRIVALS_MAX {
                let (name, reason) = ("replay".to_owned(), format!("over {ARRIVALS_MAX} lines"));
                return Err(InboxError { name, reason });
            }
        }
        arrivals.sort_by_key(|(at, _)| *at);
        Ok(Self { arrivals: arrivals.into() })
    }

    /// When the next one arrives.
    #[must_use]
    pub fn next_time(&self) -> Option<Timestamp> {
        self.arrivals.front().map(|(at, _)| *at)
    }

    /// The next one, if it has arrived by `now`.
    pub fn due(&mut self, now: Timestamp) -> Option<Arrival> {
        let due = self.next_time().is_some_and(|at| at <= now);
        if due { self.arrivals.pop_front().map(|(_, arrival)| arrival) } else { None }
    }

    /// How many are left.
    #[must_use]
    pub fn len(&self) -> usize {
        self.arrivals.len()
    }

    /// Whether none is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.arrivals.is_empty()
    }
}
