//! What the commands that copy a log share: where it is, how far they are, and how bytes are told.

use std::io::IsTerminal;
use std::path::PathBuf;

use anyhow::Result;
use gatefold::log::{Doing, Progress};
use indicatif::{ProgressBar, ProgressStyle};

use crate::args::Place;

const TEMPLATE: &str = "{prefix} {wide_bar} {binary_bytes} of {binary_total_bytes}, \
     {binary_bytes_per_sec}, {eta} left";

/// The directory of the log that the arguments name.
pub(crate) fn directory(place: &Place) -> Result<PathBuf> {
    match &place.log {
        Some(dir) => Ok(dir.clone()),
        None => Ok(crate::books::directory(place)?.0),
    }
}

/// A line on the terminal, if somebody watches, that goes away when the command ends.
pub(crate) struct Line {
    bar: ProgressBar,
    doing: Option<Doing>,
}

impl Line {
    pub(crate) fn begin() -> Self {
        let hidden = !std::io::stderr().is_terminal();
        let bar = if hidden { ProgressBar::hidden() } else { ProgressBar::new(0) };
        if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
            bar.set_style(style);
        }
        Self { bar, doing: None }
    }

    /// Shows how far the work is.
    pub(crate) fn show(&mut self, progress: Progress) {
        if self.doing.replace(progress.doing) != Some(progress.doing) {
            self.bar.reset();
            self.bar.set_prefix(match progress.doing {
                Doing::Checking => "checking",
                Doing::Copying => "copying",
                Doing::Verifying => "verifying",
            });
        }
        self.bar.set_length(progress.total);
        self.bar.set_position(progress.done);
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Bytes as people read them.
pub(crate) fn size(bytes: u64) -> String {
    indicatif::BinaryBytes(bytes).to_string()
}

/// A count and its noun.
pub(crate) fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}
