//! What of a log is durable now, and how it lies in files: what a backup has to hold.

use std::ops::ControlFlow;
use std::thread;
use std::time::Duration;

use gatefold_core::record::Position;
use gatefold_core::record::disk::{Access, Disk, DiskError};

use crate::anchor::Anchor;
use crate::archive::{Shelf, ShelfFile};
use crate::error::WalkError;
use crate::format::BLOCK;
use crate::format::group::Kind;
use crate::format::root::Root;
use crate::open::LOCK;
use crate::recovery::layout::{Found, Layout, sequence_fault, survey};
use crate::recovery::walk::{Cursor, Sound};

/// A writer at work may change files between two looks, so that one look may show damage where
/// there is none: one that rolls every few milliseconds may finish the last segment between the
/// list of segments and their walk, several times in a row.
const LOOKS: u32 = 50;
const LOOK_PAUSE: Duration = Duration::from_millis(20);

/// A log whose durable part is known.
pub(crate) struct Source<F> {
    pub layout: Layout<ShelfFile<F>>,
    /// The segments that were walked, in order; the last one is where the log goes on.
    pub parts: Vec<Part>,
    pub head: Anchor,
    /// Bytes that are not a whole group follow, and nobody writes.
    pub torn: bool,
}

/// The durable part of one segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// Which segment.
    pub segment: usize,
    /// Where its last durable group ends.
    pub used: u64,
    /// That group is its footer.
    pub finished: bool,
    pub cursor: Cursor,
}

/// Why a log cannot be backed up.
pub(crate) enum SourceFault {
    Walk(Box<WalkError>),
    /// The log ends before a group that the backup holds.
    Behind {
        head: Box<Anchor>,
        backup: Box<Anchor>,
    },
    /// The log has another group where the backup holds one.
    Differs {
        backup: Box<Anchor>,
    },
}

impl From<WalkError> for SourceFault {
    fn from(error: WalkError) -> Self {
        Self::Walk(Box::new(error))
    }
}

impl From<DiskError> for SourceFault {
    fn from(error: DiskError) -> Self {
        Self::Walk(Box::new(error.into()))
    }
}

/// How many of the first segments need not be looked at, as the layout says.
pub(crate) type Settled<'s, F> =
    dyn FnMut(&Layout<ShelfFile<F>>) -> Result<usize, SourceFault> + 's;

/// Walks the log from the first segment that is not settled. Every tip, a place that a backup went
/// to, has to be on the way or before it.
pub(crate) fn look<D: Disk>(
    shelf: &Shelf<D>,
    root: &Root,
    tips: &[Anchor],
    settled: &mut Settled<'_, D::File>,
) -> Result<Source<D::File>, SourceFault> {
    let mut look = 1;
    loop {
        let live = shelf.is_locked(LOCK)?;
        match once(shelf, root, tips, settled, live) {
            Err(SourceFault::Walk(error)) if live && look < LOOKS && may_pass(&error) => {
                look += 1;
                thread::sleep(LOOK_PAUSE);
            }
            done => return done,
        }
    }
}

/// A missing file or damage may be the writer at work.
fn may_pass(error: &WalkError) -> bool {
    matches!(error, WalkError::Corrupt(_) | WalkError::Disk(DiskError::NotFound { .. }))
}

/// The walk's findings so far: a group counts once a later one is there.
struct Walk<'t> {
    tips: &'t [Anchor],
    parts: Vec<Part>,
    held: Option<Part>,
    differs: Option<Anchor>,
}

impl Walk<'_> {
    fn visit(&mut self, segment: usize, sound: &Sound<'_>) {
        let header = sound.header;
        let position = header.first_position - 1 + u64::from(header.events);
        let part = Part {
            segment,
            used: header.offset + header.padded_len(),
            finished: header.kind == Kind::Footer,
            cursor: Cursor { group: header.number, position, digest: header.digest },
        };
        if let Some(proven) = self.held.replace(part) {
            self.count(proven);
        }
    }

    fn count(&mut self, proven: Part) {
        let Cursor { group, digest, .. } = proven.cursor;
        let here = self.tips.iter().find(|tip| tip.group == group);
        if let Some(tip) = here.filter(|tip| tip.digest != digest) {
            self.differs = Some(*tip);
        }
        match self.parts.last_mut() {
            Some(last) if last.segment == proven.segment => *last = proven,
            Some(_) | None => self.parts.push(proven),
        }
    }

    /// A backup holds this very group already: it was durable when that was made.
    fn known(&self, part: &Part) -> bool {
        self.tips.iter().any(|tip| tip.group >= part.cursor.group)
    }
}

fn once<D: Disk>(
    shelf: &Shelf<D>,
    root: &Root,
    tips: &[Anchor],
    settled: &mut Settled<'_, D::File>,
    live: bool,
) -> Result<Source<D::File>, SourceFault> {
    let layout = survey(shelf, Access::Read)?;
    let first = settled(&layout)?.min(layout.last());
    let start = layout.start(first, root);
    let mut walk = Walk { tips, parts: Vec::new(), held: None, differs: None };
    let end = layout.walk(shelf, root, first, &mut |sound| {
        let segment = layout.segments.iter().position(|found| found.path == sound.segment);
        walk.visit(segment.unwrap_or(first), sound);
        Ok(ControlFlow::Continue(()))
    })?;
    let live = live || shelf.is_locked(LOCK)?;
    if let Some(last) = walk.held.take() {
        if !live {
            // Nobody writes: what is there stays there, once the disk has it.
            shelf.sync_data(&layout.segments[end.segment].file)?;
        }
        if !live || walk.known(&last) {
            walk.count(last);
        }
    }
    if let Some(backup) = walk.differs {
        return Err(SourceFault::Differs { backup: Box::new(backup) });
    }
    let mut parts = walk.parts;
    let cursor = parts.last().map_or(start, |part| part.cursor);
    if parts.last().is_none_or(|part| part.finished) {
        let segment = parts.last().map_or(first, |part| part.segment + 1);
        check_begin(layout.segments.get(segment), &cursor)?;
        parts.push(Part { segment, used: BLOCK, finished: false, cursor });
    }
    let Cursor { group, position, digest } = cursor;
    let head = Anchor { uuid: root.uuid, position: Position::new(position), group, digest };
    if let Some(backup) = tips.iter().find(|tip| tip.group > group) {
        return Err(SourceFault::Behind { head: Box::new(head), backup: Box::new(*backup) });
    }
    Ok(Source { layout, parts, head, torn: end.end.torn && !live })
}

/// The segment in which the log goes on, and in which nothing is yet, begins where it must.
fn check_begin<F>(found: Option<&Found<F>>, cursor: &Cursor) -> Result<(), WalkError> {
    let header = found.and_then(|found| found.header.as_ref().ok());
    let begins = header.map(|header| (header.first_group, header.entering));
    if begins == Some((cursor.group + 1, cursor.digest)) {
        return Ok(());
    }
    let path = found.map_or("log", |found| found.path.as_str());
    let detail = "it does not continue the chain of the segment before it";
    Err(sequence_fault(path, cursor.position, detail).into())
}
