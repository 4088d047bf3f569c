//! Reading what is durable, with every check, by the writer and by other processes.

use std::ops::ControlFlow;
use std::path::Path;
use std::thread;
use std::time::Duration;

use gatefold_core::record::disk::{Access, Disk, DiskError};
use gatefold_core::record::{Entry, Position, ReadError, Stream, Version};

use crate::error::{Corruption, OpenError, WalkError};
use crate::format::root::Root;
use crate::index::{Index, Statements};
use crate::open::{LOCK, contradiction, read_root};
use crate::os_disk::OsDisk;
use crate::recovery::decide::Label;
use crate::recovery::layout::{LogEnd, survey};

/// A writer at work may change files between two looks of a reader, so that one look may show
/// damage where there is none.
const LOOKS: u32 = 5;
const LOOK_PAUSE: Duration = Duration::from_millis(20);

/// How far a log may be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Until {
    pub group: u64,
    pub position: Position,
}

/// Calls `visit` for the events after `after`, up to a group that is known to be durable.
pub(crate) fn read<D: Disk>(
    disk: &D,
    root: &Root,
    statements: &Statements,
    until: Until,
    after: Position,
    visit: &mut dyn FnMut(&Entry<'_>) -> ControlFlow<()>,
) -> Result<(), ReadError> {
    if after >= until.position {
        return Ok(());
    }
    let layout = survey(disk, Access::Read)?;
    let mut statements = statements.clone();
    let mut broken = false;
    let start = layout.segment_of(after.next().get());
    let walked = layout.walk(disk, root, start, &mut |sound| {
        let header = sound.header;
        let mut each = |entry: &Entry<'_>| {
            if entry.position <= after { ControlFlow::Continue(()) } else { visit(entry) }
        };
        let read = statements.read(header.first_position, header.events, sound.frames(), &mut each);
        broken = read.map_err(|detail| contradiction(sound, detail))?.is_break();
        let enough = broken || header.number == until.group;
        Ok(if enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    if broken || walked.cursor.group == until.group { Ok(()) } else { Err(cut(&walked, until)) }
}

/// The log ends before what was durable.
fn cut(walked: &LogEnd, until: Until) -> ReadError {
    let missing = Position::new(walked.cursor.position).next();
    ReadError::Corrupt {
        place: format!("position {missing}"),
        detail: format!("the log went on to position {} before and now ends here", until.position),
    }
}

/// A log open for reading only: takes no lock, changes nothing, and sees what was durable when it
/// was opened or [refreshed](LogReader::refresh).
///
/// While a writer is at work the newest group counts as durable once a later one is there, so a
/// reader may be one append behind.
pub struct LogReader<D: Disk = OsDisk> {
    disk: D,
    root: Root,
    index: Index,
    until: Until,
    torn: bool,
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
        let root = match read_root(&disk) {
            Ok(root) => root.ok_or_else(missing)?,
            Err(error) => return Err(error),
        };
        let until = Until { group: 0, position: Position::ZERO };
        let mut reader = Self { disk, root, index: Index::default(), until, torn: false };
        reader.refresh()?;
        Ok(reader)
    }

    /// Takes in what became durable since.
    ///
    /// # Errors
    /// As [`OpenError`] says; the reader then sees what it saw before.
    pub fn refresh(&mut self) -> Result<(), OpenError> {
        let mut look = 1;
        loop {
            let live = self.disk.is_locked(LOCK)?;
            match self.look(live) {
                Ok(()) => return Ok(()),
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

    fn look(&mut self, live: bool) -> Result<(), WalkError> {
        let layout = survey(&self.disk, Access::Read)?;
        let mut index = Index::default();
        let mut until = Until { group: 0, position: Position::ZERO };
        let mut held: Option<Held> = None;
        let walked = layout.walk(&self.disk, &self.root, 0, &mut |sound| {
            let next = Held {
                segment: sound.segment.to_owned(),
                offset: sound.header.offset,
                number: sound.header.number,
                events: sound.header.events,
                body: sound.frames().to_vec(),
            };
            if let Some(proven) = held.replace(next) {
                proven.apply(&mut index, &mut until)?;
            }
            Ok(ControlFlow::Continue(()))
        })?;
        let live = live || self.disk.is_locked(LOCK)?;
        if let (false, Some(last)) = (live, held) {
            // Nobody writes: what is there stays there, once the disk has it.
            if let Some(found) = layout.segments.get(walked.segment) {
                self.disk.sync_data(&found.file)?;
            }
            last.apply(&mut index, &mut until)?;
        }
        (self.index, self.until, self.torn) = (index, until, walked.end.torn && !live);
        Ok(())
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
        read(&self.disk, &self.root, &self.index.statements, self.until, after, visit)
    }

    /// The position of the last durable event.
    #[must_use]
    pub fn head(&self) -> Position {
        self.until.position
    }

    /// The version of the last durable event of a stream.
    #[must_use]
    pub fn version(&self, stream: &Stream) -> Version {
        self.index.version(stream)
    }

    /// The log ends in bytes that are not a whole group; opening it for writing moves them to
    /// quarantine.
    #[must_use]
    pub fn has_torn_tail(&self) -> bool {
        self.torn
    }
}

/// A group that waits for its proof.
struct Held {
    segment: String,
    offset: u64,
    number: u64,
    events: u32,
    body: Vec<u8>,
}

impl Held {
    fn apply(&self, index: &mut Index, until: &mut Until) -> Result<(), WalkError> {
        let applied = index.apply(self.events, &self.body);
        applied.map_err(|detail| Corruption {
            segment: self.segment.clone(),
            offset: self.offset,
            label: Label::P,
            first: index.position.next(),
            until: None,
            detail: format!("{}: {detail}", Label::P.detail()),
        })?;
        *until = Until { group: self.number, position: index.position };
        Ok(())
    }
}
