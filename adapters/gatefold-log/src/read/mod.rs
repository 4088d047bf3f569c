//! Reading what is durable, by the writer and by other processes.
//!
//! `reader` is what a user holds, `look` finds out what is durable, `scan` goes from group to
//! group, `stream` skips what one account does not need, `subscription` waits for more.

mod footers;
mod groups;
mod heads;
mod look;
mod reader;
pub(crate) mod scan;
pub(crate) mod segments;
mod stream;
mod subscription;

use std::ops::ControlFlow;

use gatefold_core::record::disk::Disk;
use gatefold_core::record::{Entry, Position, ReadError};

use crate::format::group::Kind;
use crate::format::root::Root;
use crate::index::Statements;
use crate::open::contradiction;
use crate::recovery::walk::Sound;

pub(crate) use footers::footer_of;
pub use groups::Group;
pub use reader::LogReader;
use scan::{Place, Scan};
use segments::Segments;
pub use subscription::Subscription;

/// How much is checked of what is read.
///
/// With both, nothing is handed out whose checksums do not fit, that stands at another place than
/// it was written to, or that leaves a gap in the numbers of groups or positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// CRC-32C of every header and every body. A body's sum covers each event in it, so the
    /// events' own sums, which are there for reading one without its group, are not taken again.
    /// Finds every accident.
    Sums,
    /// The same, and the BLAKE3 chain from group to group: finds edits whose sums were made to
    /// fit, too. Costs two to three times as much.
    Chain,
}

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
    read_with(disk, root, statements, until, Check::Sums, after, visit)
}

/// The same, with as many checks as are asked for.
pub(crate) fn read_with<D: Disk>(
    disk: &D,
    root: &Root,
    statements: &Statements,
    until: Until,
    check: Check,
    after: Position,
    visit: &mut dyn FnMut(&Entry<'_>) -> ControlFlow<()>,
) -> Result<(), ReadError> {
    if after >= until.position {
        return Ok(());
    }
    let segments = Segments::list(disk)?;
    let mut place = Place::start_of(segments.of(after.next().get()));
    let scan = Scan { disk, root, segments: &segments, check, after: after.get(), until };
    scan.events(&mut place, &mut statements.clone(), visit)
}

/// The frames of a group; only groups of events have any.
pub(crate) fn frames_in<'s>(sound: &Sound<'s>) -> &'s [u8] {
    if sound.header.kind == Kind::Events { sound.body } else { &[] }
}

impl<D: Disk> Scan<'_, D> {
    /// Visits the events behind `after` in the groups from `place` on, and moves it behind every
    /// group that was read to its end.
    pub(crate) fn events(
        &self,
        place: &mut Place,
        statements: &mut Statements,
        visit: &mut dyn FnMut(&Entry<'_>) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        let after = self.after;
        let complete = self.run(place, &mut |sound| {
            let (first, events) = (sound.header.first_position, sound.header.events);
            let read = statements.read_numbered(first, events, frames_in(sound), |_, entry| {
                if entry.position.get() <= after { ControlFlow::Continue(()) } else { visit(entry) }
            });
            read.map_err(|detail| contradiction(sound, detail))
        })?;
        if complete { Ok(()) } else { Err(self.cut(place)) }
    }

    /// The log ends before what was durable.
    fn cut(&self, place: &Place) -> ReadError {
        let missing = place.cursor.map_or(self.after, |cursor| cursor.position);
        ReadError::Corrupt {
            place: format!("position {}", Position::new(missing).next()),
            detail: format!(
                "the log went on to position {} before and now ends here",
                self.until.position
            ),
        }
    }
}
