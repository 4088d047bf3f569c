//! How a command that takes a while shows how far it is: where somebody watches, with rate and time
//! left.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};

/// Drawing each event would take longer than reading it.
const EVENTS_A_STEP: u64 = 1_024;

const TEMPLATE: &str =
    "{prefix} {wide_bar} {human_pos} of {human_len} events, {per_sec}, {eta} left";

/// A line on the terminal that goes away when the command ends.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Begins; `events` are to be read.
    pub(crate) fn begin(doing: &'static str, events: u64) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let bar = ProgressBar::new(events);
        if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
            bar.set_style(style);
        }
        bar.set_prefix(doing);
        Self(bar)
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
