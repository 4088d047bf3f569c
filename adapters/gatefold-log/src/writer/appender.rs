//! Handles for many threads, and tickets for batches on their way.

use core::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

use gatefold_core::record::disk::Disk;
use gatefold_core::record::{
    Append, AppendError, Appended, Entry, Epoch, Position, ReadError, Stream, Version,
};

use crate::archive::Shelf;
use crate::os_disk::OsDisk;
use crate::writer::shared::{Placed, Shared};

/// A handle to an open log for any number of threads; its clones share the log.
///
/// Appends that come at the same time share one group, and so one sync. Closing the log ends all
/// handles: further appends are refused.
pub struct Appender<D: Disk = OsDisk> {
    shared: Arc<Shared<Shelf<D>>>,
}

impl<D: Disk> Clone for Appender<D> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<D: Disk> fmt::Debug for Appender<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Appender").field("head", &self.head()).finish_non_exhaustive()
    }
}

impl<D: Disk> Appender<D> {
    pub(crate) fn new(shared: Arc<Shared<Shelf<D>>>) -> Self {
        Self { shared }
    }

    /// Appends all records of one decision, or none, and returns when they are durable.
    ///
    /// # Errors
    /// As [`AppendError`] says. The checks see batches of other threads that are not durable yet.
    pub fn append(&self, append: &Append<'_>) -> Result<Appended, AppendError> {
        self.shared.append(append)
    }

    /// Checks a batch and gives it its place, without waiting until it is durable.
    ///
    /// A batch is on its way at the latest when somebody waits for it or for a later one, or when
    /// the log is closed; the log's own thread sees to it, within milliseconds if it is at nothing
    /// else.
    ///
    /// # Errors
    /// As [`AppendError`] says, as far as it can be known now.
    pub fn submit(&self, append: &Append<'_>) -> Result<Ticket<D>, AppendError> {
        let placed = self.shared.place(append)?;
        self.shared.leave();
        Ok(Ticket { shared: Arc::clone(&self.shared), placed })
    }

    /// Calls `visit` for each durable event after position `after`, in order of position.
    ///
    /// # Errors
    /// As [`ReadError`] says. Events visited before the error were sound.
    pub fn read(
        &self,
        after: Position,
        visit: &mut dyn FnMut(&Entry<'_>) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        self.shared.read(after, visit)
    }

    /// The position of the last durable event.
    #[must_use]
    pub fn head(&self) -> Position {
        self.shared.digest().0
    }

    /// The position of the last durable event, the number of the last durable group, and the
    /// chain's digest there.
    #[must_use]
    pub fn digest(&self) -> (Position, u64, [u8; 32]) {
        self.shared.digest()
    }

    /// The version of the last durable event of a stream.
    #[must_use]
    pub fn version(&self, stream: &Stream) -> Version {
        self.shared.version(stream)
    }

    /// The epoch in force.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.shared.epoch()
    }
}

/// A batch that has its place in the log and may not be durable yet.
///
/// Dropping it takes nothing back: the batch becomes durable with its group, and nobody is told.
#[must_use = "nothing may rely on a batch before its ticket was waited for"]
pub struct Ticket<D: Disk = OsDisk> {
    shared: Arc<Shared<Shelf<D>>>,
    placed: Placed,
}

impl<D: Disk> Ticket<D> {
    /// Returns when the batch is durable.
    ///
    /// # Errors
    /// [`AppendError::Full`], [`AppendError::Indeterminate`].
    pub fn wait(self) -> Result<Appended, AppendError> {
        self.shared.wait(self.placed)
    }
}

impl<D: Disk> fmt::Debug for Ticket<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ticket").field("placed", &self.placed.appended).finish_non_exhaustive()
    }
}
