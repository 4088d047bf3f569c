//! A log as its reader holds it: without a lock, beside a writer or after one.

use std::ops::ControlFlow;
use std::path::Path;
use std::thread;
use std::time::Duration;

use gatefold_core::record::disk::{Disk, DiskError};
use gatefold_core::record::{Entry, Position, ReadError, Stream, Version};

use crate::anchor::Anchor;
use crate::error::{OpenError, WalkError};
use crate::format::root::Root;
use crate::open::{LOCK, read_root};
use crate::os_disk::OsDisk;
use crate::read::look::Known;
use crate::read::scan::{Place, Scan};
use crate::read::segments::Segments;
use crate::read::{Check, Group, Subscription, groups, read_with, stream};

/// A writer at work may change files between two looks of a reader, so that one look may show
/// damage where there is none.
pub(crate) const LOOKS: u32 = 5;
pub(crate) const LOOK_PAUSE: Duration = Duration::from_millis(20);

/// A log open for reading only: takes no lock, changes nothing, and sees what was durable when it
/// was opened or [refreshed](LogReader::refresh).
///
/// While a writer is at work the newest group counts as durable once a later one is there, so a
/// reader may be one append behind.
///
/// Opening takes finished segments at their footers' word and checks the rest, the chain included;
/// every read checks what it reads.
pub struct LogReader<D: Disk = OsDisk> {
    disk: D,
    root: Root,
    known: Known,
}

impl LogReader<OsDisk> {
    /// Opens the log in `directory` for reading.
    ///
    /// # Errors
    /// As [`OpenError`] says.
    pub fn open(directory: &Path) -> Result<Self, OpenError> {
        Self::open_on(OsDisk::new(directory)).map_err(|error| error.at(directory))
    }
}

impl<D: Disk> LogReader<D> {
    /// Opens the log on `disk` for reading.
    ///
    /// # Errors
    /// As [`OpenError`] says.
    pub fn open_on(disk: D) -> Result<Self, OpenError> {
        let missing = || OpenError::NotALog {
            directory: String::new(),
            detail: "there is no file FORMAT".to_owned(),
        };
        let root = read_root(&disk)?.ok_or_else(missing)?;
        let known = Known::nothing(&root);
        let mut reader = Self { disk, root, known };
        reader.refresh()?;
        Ok(reader)
    }

    /// Takes in what became durable since, and walks only that.
    ///
    /// # Errors
    /// As [`OpenError`] says; the reader then sees what it saw before.
    pub fn refresh(&mut self) -> Result<(), OpenError> {
        let mut look = 1;
        loop {
            let live = self.disk.is_locked(LOCK)?;
            match self.known.look(&self.disk, &self.root, live) {
                Ok(Some(known)) => {
                    self.known = known;
                    return Ok(());
                }
                Ok(None) => return Ok(()),
                // A missing file or damage may be the writer at work: look again.
                Err(WalkError::Corrupt(_) | WalkError::Disk(DiskError::NotFound { .. }))
                    if live && look < LOOKS =>
                {
                    look += 1;
                    thread::sleep(LOOK_PAUSE);
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Calls `visit` for each durable event after position `after`, in order of position, checking
    /// [`Check::Sums`].
    ///
    /// # Errors
    /// As [`ReadError`] says. Events visited before the error were sound.
    pub fn read(
        &self,
        after: Position,
        visit: &mut dyn FnMut(&Entry<'_>) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        self.read_with(Check::Sums, after, visit)
    }

    /// The same with as many checks as are asked for. Groups of which nothing is visited are
    /// passed by unread.
    ///
    /// # Errors
    /// As [`ReadError`] says. Events visited before the error were sound.
    pub fn read_with(
        &self,
        check: Check,
        after: Position,
        visit: &mut dyn FnMut(&Entry<'_>) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        let Known { heads, until, .. } = &self.known;
        read_with(&self.disk, &self.root, &heads.statements, *until, check, after, visit)
    }

    /// Calls `visit` for each durable event of one stream from version `from` on, in order.
    /// Finished segments in which it has none are not read.
    ///
    /// # Errors
    /// As [`ReadError`] says. Events visited before the error were sound, and none was left out.
    pub fn read_stream(
        &self,
        stream: &Stream,
        from: Version,
        visit: &mut dyn FnMut(&Entry<'_>) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        stream::read_stream(&self.disk, &self.root, &self.known, stream, from, visit)
    }

    /// Calls `visit` for each durable group, in order, those without events included.
    ///
    /// # Errors
    /// As [`ReadError`] says. Groups visited before the error were sound.
    pub fn groups(
        &self,
        visit: &mut dyn FnMut(&Group<'_>) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        groups::groups(&self.disk, &self.root, &self.known, visit)
    }

    /// Waits for what comes: the events after `after`, those that are there already first.
    #[must_use]
    pub fn subscribe(self, after: Position) -> Subscription<D> {
        Subscription::new(self, after)
    }

    /// The position of the last durable event.
    #[must_use]
    pub fn head(&self) -> Position {
        self.known.until.position
    }

    /// How far the log is durable and what its chain is there.
    #[must_use]
    pub fn anchor(&self) -> Anchor {
        let Known { until, digest, .. } = self.known;
        Anchor { uuid: self.root.uuid, position: until.position, group: until.group, digest }
    }

    /// The version of the last durable event of a stream.
    #[must_use]
    pub fn version(&self, stream: &Stream) -> Version {
        self.known.heads.version(stream)
    }

    /// The streams that were declared, in order of their first event.
    pub fn streams(&self) -> impl Iterator<Item = Stream> {
        self.known.heads.statements.declared().map(|(_, stream)| stream)
    }

    /// The log ends in bytes that are not a whole group; opening it for writing moves them to
    /// quarantine.
    #[must_use]
    pub fn has_torn_tail(&self) -> bool {
        self.known.torn
    }

    /// Reads on from `place`, where it stays for the next time.
    pub(crate) fn read_on(
        &self,
        place: &mut Option<Place>,
        after: Position,
        visit: &mut dyn FnMut(&Entry<'_>) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        let Self { disk, root, known } = self;
        if after >= known.until.position {
            return Ok(());
        }
        let segments = Segments::list(disk)?;
        let start = || Place::start_of(segments.of(after.next().get()));
        let place = place.get_or_insert_with(start);
        let (check, after, until) = (Check::Sums, after.get(), known.until);
        let scan = Scan { disk, root, segments: &segments, check, after, until };
        scan.events(place, &mut known.heads.statements.clone(), visit)
    }
}
