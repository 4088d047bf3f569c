//! When REST is asked again, and from which moment on.

use std::time::{Duration, Instant};

use gatefold_core::vocabulary::Timestamp;

use crate::events::Replay;
use crate::http::ANSWER;
use crate::stream::SILENCE;

/// How soon REST is asked again, and how long the broker is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// While something is known to be missing.
    pub missing: Duration,
    /// While orders are open.
    pub open: Duration,
    /// Otherwise, and for executions that nothing has announced.
    pub idle: Duration,
    /// So long an answer is waited for; after that nobody knows.
    pub answer: Duration,
    /// A stream on which nothing is heard for so long, though it is pinged, is made anew.
    pub silence: Duration,
}

impl Default for Pace {
    /// Fit for 200 requests a minute.
    fn default() -> Self {
        Self {
            missing: Duration::from_secs(1),
            open: Duration::from_secs(5),
            idle: Duration::from_secs(30),
            answer: ANSWER,
            silence: SILENCE,
        }
    }
}

/// When what was asked for last, and what is to be asked for next.
#[derive(Debug, Default)]
pub(crate) struct Due {
    pub(crate) everything: bool,
    pub(crate) next: Option<Instant>,
    pub(crate) failures: u32,
    pub(crate) fills_at: Option<Instant>,
    pub(crate) others_at: Option<Instant>,
    pub(crate) clock_at: Option<Instant>,
    /// Whether the broker replays events, once that was asked.
    pub(crate) replay: Option<Replay>,
    pub(crate) orders_since: Timestamp,
    pub(crate) fills_since: Timestamp,
    pub(crate) others_since: Timestamp,
}

impl Due {
    pub(crate) fn since(watermark: Timestamp) -> Self {
        Self {
            everything: true,
            orders_since: watermark,
            fills_since: watermark,
            others_since: watermark,
            ..Self::default()
        }
    }

    /// Everything may be missing.
    pub(crate) fn ask_everything(&mut self) {
        self.everything = true;
        self.next = None;
    }

    /// Something is missing.
    pub(crate) fn soon(&mut self) {
        self.next = None;
    }

    pub(crate) fn is_due(&self, now: Instant) -> bool {
        self.next.is_none_or(|next| next <= now)
    }
}
