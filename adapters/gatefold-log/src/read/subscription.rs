//! Waiting for what comes: a reader that looks again and again.

use std::ops::ControlFlow;
use std::thread;
use std::time::{Duration, Instant};

use gatefold_core::record::disk::Disk;
use gatefold_core::record::{Entry, Position, ReadError};

use crate::error::OpenError;
use crate::os_disk::OsDisk;
use crate::read::LogReader;
use crate::read::scan::Place;

/// The first pause between two looks; each one is twice as long as the one before, up to the last.
const PAUSE_MIN: Duration = Duration::from_millis(5);
const PAUSE_MAX: Duration = Duration::from_millis(40);

/// The events after a position, as they become durable, in order and without a gap, over every
/// roll to a new segment and every change of the writer.
///
/// It looks at the files, so the writer need not know of it and may be another process. A slow
/// subscriber holds nobody up.
pub struct Subscription<D: Disk = OsDisk> {
    reader: LogReader<D>,
    after: Position,
    /// Where to read on, once something was read.
    place: Option<Place>,
}

impl<D: Disk> Subscription<D> {
    pub(crate) fn new(reader: LogReader<D>, after: Position) -> Self {
        Self { reader, after, place: None }
    }

    /// Waits at most `timeout` until there are events, and calls `visit` for every one that is
    /// durable now. Returns how many were visited: 0 if none came in time.
    ///
    /// An event for which `visit` breaks counts as visited.
    ///
    /// # Errors
    /// As [`ReadError`] says. Events visited before the error were sound; the next call goes on
    /// behind them.
    pub fn next(
        &mut self,
        timeout: Duration,
        visit: &mut dyn FnMut(&Entry<'_>) -> ControlFlow<()>,
    ) -> Result<u64, ReadError> {
        let until = Instant::now() + timeout;
        let mut pause = PAUSE_MIN;
        loop {
            let seen = self.read_on(visit)?;
            if seen > 0 {
                return Ok(seen);
            }
            self.reader.refresh()?;
            if self.reader.head() > self.after {
                continue;
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(0);
            }
            thread::sleep(pause.min(left));
            pause = (2 * pause).min(PAUSE_MAX);
        }
    }

    /// The position of the last event visited.
    #[must_use]
    pub fn after(&self) -> Position {
        self.after
    }

    fn read_on(
        &mut self,
        visit: &mut dyn FnMut(&Entry<'_>) -> ControlFlow<()>,
    ) -> Result<u64, ReadError> {
        let Self { reader, after, place } = self;
        let (from, mut seen) = (*after, 0);
        reader.read_on(place, from, &mut |entry| {
            *after = entry.position;
            seen += 1;
            visit(entry)
        })?;
        Ok(seen)
    }
}

impl From<OpenError> for ReadError {
    fn from(error: OpenError) -> Self {
        let detail = error.to_string();
        match error {
            OpenError::Corrupt(corruption) => Self::Corrupt {
                place: format!("{} offset {}", corruption.segment, corruption.offset),
                detail,
            },
            OpenError::FormatTooNew { place, .. } => Self::Corrupt { place, detail },
            OpenError::LockedByOther { .. }
            | OpenError::NotALog { .. }
            | OpenError::Full { .. }
            | OpenError::Io { .. } => Self::Io { place: "the log's directory".to_owned(), detail },
        }
    }
}
