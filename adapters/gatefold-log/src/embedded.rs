//! The log as its owner holds it: opening, one writer's view, and closing.

use core::fmt;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use gatefold_core::record::disk::Disk;
use gatefold_core::record::{
    Append, AppendError, Appended, Durability, Entry, Epoch, Log, Position, ReadError, Stream,
    Version,
};

use crate::error::OpenError;
use crate::open;
use crate::options::Options;
use crate::os_disk::OsDisk;
use crate::read::LogReader;
use crate::report::RecoveryReport;
use crate::writer::Appender;
use crate::writer::keeper::Keeper;
use crate::writer::shared::Shared;

/// A log in a directory of its own, written by this process alone.
///
/// [`handle`](Self::handle) gives handles for many threads. Dropping the log closes it, and ends
/// them; a log that is not closed loses nothing that was acknowledged.
pub struct EmbeddedLog<D: Disk = OsDisk> {
    shared: Arc<Shared<D>>,
    keeper: Option<Keeper>,
    // Held as long as the log: other writers are kept out.
    _lock: D::Lock,
}

impl EmbeddedLog<OsDisk> {
    /// Opens the log in `directory`, or creates it there. A thread of its own prepares space ahead
    /// and seals the newest event when the log is idle.
    ///
    /// # Errors
    /// As [`OpenError`] says.
    pub fn open(directory: &Path, options: Options) -> Result<(Self, RecoveryReport), OpenError> {
        let opened = OsDisk::create_root(directory).map_err(OpenError::from);
        let opened = opened.and_then(|disk| Self::open_kept_on(disk, options));
        opened.map_err(|error| error.at(directory))
    }

    /// Opens the log in `directory` for reading, beside a writer or without one.
    ///
    /// # Errors
    /// As [`OpenError`] says.
    pub fn open_read_only(directory: &Path) -> Result<LogReader, OpenError> {
        LogReader::open(directory)
    }
}

impl<D: Disk> EmbeddedLog<D> {
    /// Opens the log on `disk`, or creates it there, without a thread: what it would do is done in
    /// line, and [`seal_idle`](Self::seal_idle) when it is called. The same appends then do the
    /// same to the disk.
    ///
    /// # Errors
    /// As [`OpenError`] says.
    pub fn open_on(disk: D, options: Options) -> Result<(Self, RecoveryReport), OpenError> {
        Self::opened(disk, options, false)
    }

    /// Opens the log on `disk`, or creates it there, with a thread as
    /// [`open`](EmbeddedLog::open) has it.
    ///
    /// # Errors
    /// As [`OpenError`] says.
    pub fn open_kept_on(disk: D, options: Options) -> Result<(Self, RecoveryReport), OpenError>
    where
        D: 'static,
    {
        let (mut log, report) = Self::opened(disk, options, true)?;
        let keeper = Keeper::start(&log.shared);
        let failed = |error| OpenError::Io { detail: format!("cannot start a thread: {error}") };
        log.keeper = Some(keeper.map_err(failed)?);
        Ok((log, report))
    }

    fn opened(disk: D, options: Options, kept: bool) -> Result<(Self, RecoveryReport), OpenError> {
        let opened = open::open(disk, options, kept)?;
        let log = Self { shared: Arc::new(opened.shared), keeper: None, _lock: opened.lock };
        Ok((log, opened.report))
    }

    /// A handle for any number of threads.
    #[must_use]
    pub fn handle(&self) -> Appender<D> {
        Appender::new(Arc::clone(&self.shared))
    }

    /// The epoch in force: this writer's, unless an append carried a higher one.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.shared.epoch()
    }

    /// The position of the last durable event, the number of the last durable group, and the
    /// chain's digest there.
    #[must_use]
    pub fn digest(&self) -> (Position, u64, [u8; 32]) {
        self.shared.digest()
    }

    /// Writes a small group behind the newest event, if there is none yet, so that readers in other
    /// processes see that event. A log with a thread does so by itself.
    ///
    /// Returns whether one was written.
    ///
    /// # Errors
    /// As an append.
    pub fn seal_idle(&self) -> Result<bool, AppendError> {
        self.shared.seal_idle()
    }

    /// Ends the log so that the next opening knows that nothing is missing.
    ///
    /// # Errors
    /// [`AppendError::Poisoned`] after an earlier failure, else as an append. What was
    /// acknowledged is durable in any case.
    pub fn close(mut self) -> Result<(), AppendError> {
        self.end()
    }

    fn end(&mut self) -> Result<(), AppendError> {
        if let Some(keeper) = &mut self.keeper {
            keeper.stop(&self.shared.bell);
        }
        self.shared.close()
    }
}

impl<D: Disk> Log for EmbeddedLog<D> {
    fn append(&mut self, append: &Append<'_>) -> Result<Appended, AppendError> {
        self.shared.append(append)
    }

    fn read(
        &self,
        after: Position,
        visit: &mut dyn FnMut(&Entry<'_>) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        self.shared.read(after, visit)
    }

    fn head(&self) -> Position {
        self.shared.digest().0
    }

    fn version(&self, stream: &Stream) -> Version {
        self.shared.version(stream)
    }

    fn epoch(&self) -> Epoch {
        self.shared.epoch()
    }

    fn durability(&self) -> Durability {
        Durability::Sync
    }
}

impl<D: Disk> Drop for EmbeddedLog<D> {
    fn drop(&mut self) {
        // Whoever wants to know whether closing succeeded calls `close`.
        let _ = self.end();
    }
}

impl<D: Disk> fmt::Debug for EmbeddedLog<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (head, group, _) = self.digest();
        f.debug_struct("EmbeddedLog")
            .field("head", &head)
            .field("group", &group)
            .finish_non_exhaustive()
    }
}
