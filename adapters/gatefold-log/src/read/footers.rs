//! Reading a finished segment's footer, without its groups.

use gatefold_core::record::disk::{Disk, DiskError};

use crate::format::bytes::{narrow, wide};
use crate::format::footer::{Footer, TAIL_BYTES, len_at_tail};
use crate::format::group::{GROUP_HEADER_BYTES, GroupHeader, Kind};
use crate::format::segment::SegmentHeader;
use crate::recovery::layout::Found;

/// A segment's footer and the header of its group, if the segment has one that can be used and
/// agrees with the segment's header.
///
/// Only this is checked: that the footer is sound. It says nothing about the groups before it.
pub(crate) fn footer_of<D: Disk>(
    disk: &D,
    found: &Found<D::File>,
    header: &SegmentHeader,
) -> Result<Option<(GroupHeader, Footer)>, DiskError> {
    let mut tail = [0; TAIL_BYTES];
    let Some(tail_at) = found.size.checked_sub(wide(TAIL_BYTES)) else {
        return Ok(None);
    };
    let count = disk.read_at(&found.file, tail_at, &mut tail)?;
    let Some(len) = len_at_tail(&tail[..count]) else {
        return Ok(None);
    };
    let Some(at) = found.size.checked_sub(len) else {
        return Ok(None);
    };
    let mut bytes = vec![0; narrow(len)];
    let count = disk.read_at(&found.file, at, &mut bytes)?;
    let Ok(group) = GroupHeader::decode(&bytes[..count]) else {
        return Ok(None);
    };
    let body_end = GROUP_HEADER_BYTES + narrow(u64::from(group.body_len));
    let Some(body) = bytes[..count].get(GROUP_HEADER_BYTES..body_end) else {
        return Ok(None);
    };
    let placed = group.salt == header.salt && group.offset == at && group.kind == Kind::Footer;
    if !placed || crc32c::crc32c(body) != group.body_sum {
        return Ok(None);
    }
    let Ok(Some(footer)) = Footer::decode(body) else {
        return Ok(None);
    };
    let number = header.first_group.checked_add(footer.groups);
    let agrees = number == Some(group.number)
        && footer.first_position == header.first_position
        && footer.last_position.checked_add(1) == Some(group.first_position)
        && group.events == 0;
    Ok(agrees.then_some((group, footer)))
}
