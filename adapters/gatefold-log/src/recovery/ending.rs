//! How a segment ends: where a walk of it ended, and the footer of a finished one, found from the
//! last bytes of the file.

use gatefold_core::record::disk::{Disk, DiskError};

use crate::format::BLOCK;
use crate::format::bytes::{narrow, wide};
use crate::format::footer::{Footer, TAIL_BYTES, len_at_tail};
use crate::format::group::{GROUP_HEADER_BYTES, GroupHeader, Kind};
use crate::format::segment::SegmentHeader;
use crate::recovery::walk::Cursor;

/// How the walk of a segment ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SegmentEnd {
    /// Where the next group would begin.
    pub offset: u64,
    /// Where the last group began and how long it is, if there is one.
    pub last: Option<(u64, u64)>,
    /// What the last group is for.
    pub kind: Option<Kind>,
    /// What follows has to go to quarantine.
    pub torn: bool,
    /// Events that a torn group claims to hold.
    pub claimed_events: Option<u32>,
    /// The visitor wanted no more.
    pub stopped: bool,
}

impl SegmentEnd {
    /// The end of a segment in which nothing is.
    pub(crate) const EMPTY: Self = Self {
        offset: BLOCK,
        last: None,
        kind: None,
        torn: false,
        claimed_events: None,
        stopped: false,
    };

    /// The segment is finished.
    pub(crate) fn is_footer(&self) -> bool {
        self.kind == Some(Kind::Footer)
    }
}

/// A footer whose sums are right and which fits its segment's header.
pub(crate) struct Ending {
    pub footer: Footer,
    /// How far the log goes with the footer's group.
    pub after: Cursor,
    /// Where the segment ends.
    pub end: SegmentEnd,
}

/// The ending of a segment; `None` if there is none that can be used.
///
/// That the footer continues the chain cannot be seen from it alone: the next segment's header
/// has to repeat its digest.
pub(crate) fn ending<D: Disk>(
    disk: &D,
    file: &D::File,
    size: u64,
    header: &SegmentHeader,
) -> Result<Option<Ending>, DiskError> {
    if size < 2 * BLOCK || !size.is_multiple_of(BLOCK) {
        return Ok(None);
    }
    let mut tail = [0; TAIL_BYTES];
    let count = disk.read_at(file, size - wide(TAIL_BYTES), &mut tail)?;
    let len = match len_at_tail(&tail[..count]) {
        Some(len) if len + BLOCK <= size => len,
        Some(_) | None => return Ok(None),
    };
    let mut bytes = vec![0; narrow(len)];
    let count = disk.read_at(file, size - len, &mut bytes)?;
    Ok(if count == bytes.len() { decode(&bytes, size - len, header) } else { None })
}

fn decode(bytes: &[u8], offset: u64, segment: &SegmentHeader) -> Option<Ending> {
    let header = GroupHeader::decode(bytes).ok()?;
    let body = &bytes[GROUP_HEADER_BYTES..];
    let placed = header.salt == segment.salt && header.offset == offset;
    let whole = wide(body.len()) == u64::from(header.body_len)
        && crc32c::crc32c(body) == header.body_sum
        && header.kind == Kind::Footer
        && header.events == 0;
    if !placed || !whole {
        return None;
    }
    let footer = Footer::decode(body).ok()??;
    let counted = footer.first_position == segment.first_position
        && header.first_position == footer.last_position + 1
        && header.number == segment.first_group + footer.groups;
    let end = SegmentEnd {
        offset: offset + wide(bytes.len()),
        last: Some((offset, wide(bytes.len()))),
        kind: Some(Kind::Footer),
        ..SegmentEnd::EMPTY
    };
    let after =
        Cursor { group: header.number, position: footer.last_position, digest: header.digest };
    // Streams that were left out are only found by a walk.
    (counted && footer.streams.is_some()).then_some(Ending { footer, after, end })
}
