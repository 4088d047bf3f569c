//! Ids from the segment itself: one frame by its place, or all of them.

use std::ops::ControlFlow;

use gatefold_core::record::Position;
use gatefold_core::record::disk::{Access, Disk};
use gatefold_core::vocabulary::EventId;

use crate::error::{Corruption, WalkError};
use crate::format::BLOCK_BYTES;
use crate::format::bytes::wide;
use crate::format::frame::{FRAME_HEADER_BYTES, Frame, frames, len_of};
use crate::format::group::{GROUP_HEADER_BYTES, GroupHeader};
use crate::format::segment::SegmentHeader;
use crate::ids::{Finished, IdAt, Known, KnownIds, key_of, known_of};
use crate::recovery::decide::Label;
use crate::recovery::layout::segment_path;
use crate::recovery::walk::{Cursor, SegmentWalk};

/// The event of a frame, if it has this id; a frame that is not sound is an error.
pub(crate) fn read_frame<D: Disk>(
    disk: &D,
    segment: &Finished,
    at: IdAt,
    id: EventId,
) -> Result<Option<Known>, WalkError> {
    let file = disk.open(&segment_path(segment.name), Access::Read)?;
    let damaged = || WalkError::from(damage(segment, u64::from(at.group)));
    let mut head = [0; GROUP_HEADER_BYTES];
    let count = disk.read_at(&file, u64::from(at.group), &mut head)?;
    let group = GroupHeader::decode(&head[..count]).map_err(|_| damaged())?;
    let inside = u64::from(at.frame) + wide(FRAME_HEADER_BYTES) <= u64::from(group.body_len);
    if group.salt != segment.salt || group.offset != u64::from(at.group) || !inside {
        return Err(damaged());
    }
    let offset = u64::from(at.group) + wide(GROUP_HEADER_BYTES) + u64::from(at.frame);
    let mut start = [0; FRAME_HEADER_BYTES];
    let count = disk.read_at(&file, offset, &mut start)?;
    let len = if count == start.len() { len_of(&start) } else { None };
    let mut bytes = vec![0; len.ok_or_else(damaged)?];
    let count = disk.read_at(&file, offset, &mut bytes)?;
    let frame = match frames(&bytes[..count]).next() {
        Some(Ok(frame)) if !frame.control => frame,
        Some(_) | None => return Err(damaged()),
    };
    Ok((frame.id == id.raw()).then(|| known_of(&frame)))
}

/// The event with this id in a finished segment, by reading all of it with every check.
pub(crate) fn find<D: Disk>(
    disk: &D,
    segment: &Finished,
    id: EventId,
) -> Result<Option<Known>, WalkError> {
    let mut found = None;
    each_frame(disk, segment, &mut |frame, _| {
        if frame.id == id.raw() {
            found = Some(known_of(frame));
        }
    })?;
    Ok(found)
}

/// All events of a finished segment, and where they are.
pub(crate) fn all<D: Disk>(
    disk: &D,
    segment: &Finished,
) -> Result<(KnownIds, Vec<IdAt>), WalkError> {
    let (mut known, mut entries) = (KnownIds::default(), Vec::new());
    each_frame(disk, segment, &mut |frame, at| {
        known.insert(EventId::from_raw(frame.id), known_of(frame));
        entries.push(at);
    })?;
    Ok((known, entries))
}

fn each_frame<D: Disk>(
    disk: &D,
    segment: &Finished,
    each: &mut dyn FnMut(&Frame<'_>, IdAt),
) -> Result<(), WalkError> {
    let path = segment_path(segment.name);
    let file = disk.open(&path, Access::Read)?;
    let size = disk.size(&file)?;
    let mut block = [0; BLOCK_BYTES];
    let count = disk.read_at(&file, 0, &mut block)?;
    let header = match SegmentHeader::decode(&block[..count]) {
        Ok(header) if header.salt == segment.salt => header,
        Ok(_) | Err(_) => return Err(damage(segment, 0).into()),
    };
    let mut cursor = Cursor {
        group: header.first_group - 1,
        position: header.first_position - 1,
        digest: header.entering,
    };
    let (file, path, header) = (&file, path.as_str(), &header);
    let walk = SegmentWalk { disk, file, path, header, size, sealed: true };
    let end = walk.run(&mut cursor, &mut |sound| {
        let group = u32::try_from(sound.header.offset).unwrap_or(u32::MAX);
        let mut at = 0;
        if sound.header.events == 0 {
            return Ok(ControlFlow::Continue(()));
        }
        for frame in frames(sound.frames()) {
            let frame = frame.map_err(|_| damage(segment, sound.header.offset))?;
            if !frame.control {
                let key = key_of(EventId::from_raw(frame.id));
                each(&frame, IdAt { key, group, frame: at });
            }
            at += frame.encoded_len();
        }
        Ok(ControlFlow::Continue(()))
    })?;
    if end.is_footer() && cursor.digest == segment.digest {
        Ok(())
    } else {
        Err(damage(segment, end.offset).into())
    }
}

fn damage(segment: &Finished, offset: u64) -> Corruption {
    Corruption {
        segment: segment_path(segment.name),
        offset,
        label: Label::L,
        first: Position::new(segment.name.first_position),
        until: None,
        detail: Label::L.detail().to_owned(),
    }
}
