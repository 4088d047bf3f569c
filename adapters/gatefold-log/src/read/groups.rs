//! Which groups a log consists of, for those who want to know how it was written.

use std::ops::ControlFlow;

use gatefold_core::record::disk::Disk;
use gatefold_core::record::{Position, ReadError};
use gatefold_core::vocabulary::Timestamp;

use crate::format::root::Root;
use crate::read::Check;
use crate::read::look::Known;
use crate::read::scan::{Place, Scan};
use crate::read::segments::Segments;

/// A durable group: what was synced at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group<'a> {
    /// The segment's file, relative to the log's directory.
    pub segment: &'a str,
    /// Where it begins in the segment, bytes.
    pub offset: u64,
    /// Its number in the log; the first is 1.
    pub number: u64,
    /// The position of its first event, or, without events, that of the next event.
    pub first: Position,
    /// Events in it; 0 for groups that seal, end or close.
    pub events: u32,
    /// Bytes that it takes up in the segment, filled up to whole blocks.
    pub bytes: u64,
    /// When it was committed by the wall clock, UTC; information only.
    pub committed_at: Timestamp,
}

/// Visits every durable group.
pub(crate) fn groups<D: Disk>(
    disk: &D,
    root: &Root,
    known: &Known,
    visit: &mut dyn FnMut(&Group<'_>) -> ControlFlow<()>,
) -> Result<(), ReadError> {
    let until = known.until;
    if until.group == 0 {
        return Ok(());
    }
    let segments = Segments::list(disk)?;
    let scan = Scan { disk, root, segments: &segments, check: Check::Sums, after: 0, until };
    let complete = scan.run(&mut Place::start_of(0), &mut |sound| {
        let header = sound.header;
        Ok(visit(&Group {
            segment: sound.segment,
            offset: header.offset,
            number: header.number,
            first: Position::new(header.first_position),
            events: header.events,
            bytes: header.padded_len(),
            committed_at: Timestamp::from_nanos(header.committed_ns),
        }))
    })?;
    if complete {
        return Ok(());
    }
    Err(ReadError::Corrupt {
        place: format!("group {}", until.group),
        detail: "the log went on to this group before and now ends sooner".to_owned(),
    })
}
