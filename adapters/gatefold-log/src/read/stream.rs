//! Reading one stream: segments without it are not read, others from near its first event on.

use std::ops::ControlFlow;

use gatefold_core::record::disk::Disk;
use gatefold_core::record::{Entry, ReadError, Stream, Version};

use crate::error::WalkError;
use crate::format::footer::{Footer, FooterStream};
use crate::format::group::{GROUP_HEADER_BYTES, GroupHeader};
use crate::format::root::Root;
use crate::format::segment::SegmentHeader;
use crate::open::contradiction;
use crate::read::look::Known;
use crate::read::segments::{Segments, start_of};
use crate::read::{Check, footer_of, frames_in};
use crate::recovery::layout::{Found, check_sequence, sequence_fault};
use crate::recovery::start::Start;
use crate::recovery::walk::{Cursor, SegmentWalk};

/// What is read of one segment.
enum Part {
    /// Nothing.
    None,
    /// From this group on.
    From(Start, Cursor),
}

/// Calls `visit` for the events of a stream from version `from` on.
pub(crate) fn read_stream<D: Disk>(
    disk: &D,
    root: &Root,
    known: &Known,
    stream: &Stream,
    from: Version,
    visit: &mut dyn FnMut(&Entry<'_>) -> ControlFlow<()>,
) -> Result<(), ReadError> {
    let last = known.heads.version(stream);
    let mut next = from.max(Version::new(1));
    let Some(number) = known.heads.number(stream).filter(|_| next <= last) else {
        return Ok(());
    };
    let segments = Segments::list(disk)?;
    let mut statements = known.heads.statements.clone();
    let mut broken = false;
    for index in 0..segments.count() {
        let Some(found) = segments.open(disk, index)? else { break };
        let fault = |detail| WalkError::from(sequence_fault(&found.path, 0, detail));
        let header = found.header.as_ref().map_err(|detail| fault(detail))?;
        let start = start_of(header, index, root);
        check_sequence(&found, header, index, root, &start).map_err(WalkError::from)?;
        let Part::From(start, mut cursor) = part(disk, &found, header, number, next, start)? else {
            continue;
        };
        let (file, path, size) = (&found.file, found.path.as_str(), found.size);
        let walk = SegmentWalk { disk, file, path, header, size, sealed: false };
        walk.run_from(start, &mut cursor, &mut |sound| {
            let (first, events) = (sound.header.first_position, sound.header.events);
            let mut gap = false;
            let read = statements.read_numbered(first, events, frames_in(sound), |of, entry| {
                if of != number || entry.version < next {
                    return ControlFlow::Continue(());
                }
                gap = entry.version != next;
                broken = gap || visit(entry).is_break() || next == last;
                next = next.next();
                if broken { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            let flow = read.map_err(|detail| contradiction(sound, detail))?;
            if gap {
                let detail = "an event's version does not follow the one before in its stream";
                return Err(contradiction(sound, detail));
            }
            let end = sound.header.number == known.until.group;
            Ok(if end { ControlFlow::Break(()) } else { flow })
        })?;
        if broken {
            return Ok(());
        }
    }
    Err(ReadError::Corrupt {
        place: format!("{stream} version {next}"),
        detail: format!("the stream went on to version {last} before and is not found now"),
    })
}

/// Which part of a segment holds events of the stream from version `next` on.
fn part<D: Disk>(
    disk: &D,
    found: &Found<D::File>,
    header: &SegmentHeader,
    number: u32,
    next: Version,
    start: Cursor,
) -> Result<Part, WalkError> {
    let whole = Part::From(Start { check: Check::Sums, ..Start::FULL }, start);
    let Some((_, Footer { streams: Some(streams), .. })) = footer_of(disk, found, header)? else {
        return Ok(whole);
    };
    let held = streams.iter().find(|it| it.number == number && it.versions.1 >= next.get());
    let Some(offset) = held.map(|held| offset_of(held, next)) else {
        return Ok(Part::None);
    };
    let mut block = [0; GROUP_HEADER_BYTES];
    let count = disk.read_at(&found.file, offset, &mut block)?;
    // A header that does not fit here is found by the walk from the segment's start.
    Ok(match GroupHeader::decode(&block[..count]) {
        Ok(group) if group.number > 0 && group.first_position > 0 => Part::From(
            Start { offset, check: Check::Sums, after: 0 },
            Cursor {
                group: group.number - 1,
                position: group.first_position - 1,
                digest: start.digest,
            },
        ),
        Ok(_) | Err(_) => whole,
    })
}

/// The last place that the footer names at or before a version.
fn offset_of(held: &FooterStream, next: Version) -> u64 {
    let behind = held.sparse.partition_point(|entry| entry.version <= next.get());
    let entry = held.sparse.get(behind.saturating_sub(1));
    entry.map_or(crate::format::BLOCK, |entry| u64::from(entry.offset))
}
