//! The log as its user holds it: the checks of an append, one group per append, and reading.

use core::fmt;
use std::ops::ControlFlow;
use std::path::Path;

use gatefold_core::record::disk::Disk;
use gatefold_core::record::{
    Append, AppendError, Appended, BATCH_BYTES_MAX, BATCH_EVENTS_MAX, Durability, EVENT_BYTES_MAX,
    Entry, Epoch, Log, Position, ReadError, Record, Stream, Version,
};

use crate::archive::Shelf;
use crate::commit::{CommitError, Committer};
use crate::error::OpenError;
use crate::format::frame::{CONTROL_EPOCH, CONTROL_STREAM, Frame};
use crate::format::group::Kind;
use crate::index::{Index, Presence};
use crate::open;
use crate::options::Options;
use crate::os_disk::OsDisk;
use crate::read::{self, LogReader, Until};
use crate::report::RecoveryReport;

/// A log in a directory of its own, written by this process alone.
///
/// Dropping it closes it; a log that is not closed loses nothing that was acknowledged.
pub struct EmbeddedLog<D: Disk = OsDisk> {
    committer: Committer<Shelf<D>>,
    index: Index,
    /// Why nothing more may be written, if so.
    poison: Option<String>,
    closed: bool,
    // Held as long as the log: other writers are kept out.
    _lock: D::Lock,
}

impl EmbeddedLog<OsDisk> {
    /// Opens the log in `directory`, or creates it there.
    ///
    /// # Errors
    /// As [`OpenError`] says.
    pub fn open(directory: &Path, options: Options) -> Result<(Self, RecoveryReport), OpenError> {
        let opened = OsDisk::create_root(directory).map_err(OpenError::from);
        let opened = opened.and_then(|disk| Self::open_on(disk, options));
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
    /// Opens the log on `disk`, or creates it there.
    ///
    /// # Errors
    /// As [`OpenError`] says.
    pub fn open_on(disk: D, options: Options) -> Result<(Self, RecoveryReport), OpenError> {
        let opened = open::open(Shelf::new(disk), options)?;
        let log = Self {
            committer: opened.committer,
            index: opened.index,
            poison: None,
            closed: false,
            _lock: opened.lock,
        };
        Ok((log, opened.report))
    }

    /// The epoch in force: this writer's, unless an append carried a higher one.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.index.statements.epoch
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
        if let Some(detail) = self.poison.clone() {
            return Err(AppendError::Poisoned { detail });
        }
        if std::mem::replace(&mut self.closed, true) {
            return Ok(());
        }
        self.commit(Kind::CleanClose, 0, &[])
    }

    fn commit(&mut self, kind: Kind, events: u32, body: &[u8]) -> Result<(), AppendError> {
        match self.committer.commit(kind, events, body) {
            Ok(()) => Ok(()),
            Err(CommitError::Full(detail)) => Err(AppendError::Full { detail }),
            Err(CommitError::Unknown(detail)) => {
                self.poison = Some(detail.clone());
                Err(AppendError::Indeterminate { detail })
            }
        }
    }

    /// The batch as a group's body: first what has to be stated, then the events.
    fn body_of(&self, append: &Append<'_>) -> Vec<u8> {
        let Append { stream, expected, epoch, records } = append;
        let mut body = Vec::new();
        if *epoch > self.epoch() {
            let payload = epoch.get().to_le_bytes();
            Frame::control(CONTROL_EPOCH, 0, &payload).encode(&mut body);
        }
        let number = self.index.number(stream).unwrap_or_else(|| {
            let number = self.index.statements.next_number();
            let name = stream.to_string();
            Frame::control(CONTROL_STREAM, number, name.as_bytes()).encode(&mut body);
            number
        });
        let (mut position, mut version) = (self.index.position, *expected);
        for record in *records {
            (position, version) = (position.next(), version.next());
            let frame = Frame {
                position: position.get(),
                version: version.get(),
                stream: number,
                tag: record.tag,
                schema: record.schema,
                id: record.id.raw(),
                at_ns: record.at.nanos(),
                control: false,
                payload: &record.body,
            };
            frame.encode(&mut body);
        }
        body
    }

    /// The checks of an append, in the order that [`Log`] documents.
    fn check(&self, append: &Append<'_>) -> Result<Option<Appended>, AppendError> {
        let Append { stream, expected, epoch, records } = *append;
        check_bounds(records)?;
        match self.index.presence(&stream, records) {
            Presence::Absent => (),
            Presence::Reused(id) => return Err(AppendError::IdReused { stream, id }),
            Presence::Whole(position, version) => {
                return Ok(Some(Appended { position, version, already: true }));
            }
        }
        if epoch < self.epoch() {
            return Err(AppendError::Fenced { stream, epoch, actual: self.epoch() });
        }
        let actual = self.index.version(&stream);
        if expected != actual {
            return Err(AppendError::WrongExpected { stream, expected, actual });
        }
        Ok(None)
    }
}

fn check_bounds(records: &[Record]) -> Result<(), AppendError> {
    let events = records.len();
    let bytes = records.iter().map(|record| record.body.len()).sum();
    let longest = records.iter().map(|record| record.body.len()).max().unwrap_or(0);
    let bound = if events == 0 {
        "a batch has at least one event"
    } else if events > BATCH_EVENTS_MAX {
        "a batch has at most 4,096 events"
    } else if longest > EVENT_BYTES_MAX {
        "an event has at most 65,536 bytes"
    } else if bytes > BATCH_BYTES_MAX {
        "a batch has at most 1,048,576 bytes"
    } else {
        return Ok(());
    };
    Err(AppendError::OutOfBounds { events, bytes, bound })
}

impl<D: Disk> Log for EmbeddedLog<D> {
    fn append(&mut self, append: &Append<'_>) -> Result<Appended, AppendError> {
        if let Some(detail) = self.poison.clone() {
            return Err(AppendError::Poisoned { detail });
        }
        if let Some(already) = self.check(append)? {
            return Ok(already);
        }
        let body = self.body_of(append);
        let events = u32::try_from(append.records.len()).unwrap_or(u32::MAX);
        self.commit(Kind::Events, events, &body)?;
        if let Err(detail) = self.index.apply(events, &body) {
            self.poison = Some(detail.to_owned());
            return Err(AppendError::Indeterminate { detail: detail.to_owned() });
        }
        let (position, version) = (self.index.position, self.index.version(&append.stream));
        assert!(position.get() == self.committer.cursor.position, "the index follows the disk");
        Ok(Appended { position, version, already: false })
    }

    fn read(
        &self,
        after: Position,
        visit: &mut dyn FnMut(&Entry<'_>) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        let Committer { disk, root, cursor, .. } = &self.committer;
        let until = Until { group: cursor.group, position: self.index.position };
        read::read(disk, root, &self.index.statements, until, after, visit)
    }

    fn head(&self) -> Position {
        self.index.position
    }

    fn version(&self, stream: &Stream) -> Version {
        self.index.version(stream)
    }

    fn epoch(&self) -> Epoch {
        Self::epoch(self)
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
        f.debug_struct("EmbeddedLog")
            .field("segment", &self.committer.active.name)
            .field("head", &self.index.position)
            .field("poison", &self.poison)
            .finish_non_exhaustive()
    }
}
