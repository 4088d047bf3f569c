//! When REST is asked again, and from which moment on.

use std::time::Instant;

use gatefold_core::vocabulary::Timestamp;

use crate::events::Replay;

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
