//! How a command that takes a while shows how far it is: where somebody watches, with rate and time
//! left.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};

/// Drawing each event would take longer than reading it.
const EVENTS_A_STEP: u64 = 1_024;

const TEMPLATE: &str =
    "{prefix} {wide_bar} {human_pos} of {human_len} events, {per_sec}, {eta} left";

const BYTES_TEMPLATE: &str =
    "{prefix} {wide_bar} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left";

/// A line on the terminal that goes away when the command ends.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Begins; `events` are to be read.
    pub(crate) fn begin(doing: &'static str, events: u64) -> Self {
        Self::drawn(TEMPLATE, doing, events)
    }

    /// Begins; bytes are to be read, and how many is told with the first.
    pub(crate) fn bytes(doing: &'static str) -> Self {
        Self::drawn(BYTES_TEMPLATE, doing, 0)
    }

    fn drawn(template: &str, doing: &'static str, length: u64) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let bar = ProgressBar::new(length);
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_prefix(doing);
        Self(bar)
    }

    /// So many bytes of so many are read. Threads may tell it out of order.
    pub(crate) fn bytes_at(&self, done: u64, total: u64) {
        self.0.set_length(total);
        self.0.set_position(done.max(self.0.position()));
    }

    /// So many events are read.
    pub(crate) fn at(&self, events: u64) {
        if events.is_multiple_of(EVENTS_A_STEP) {
            self.0.set_position(events);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
