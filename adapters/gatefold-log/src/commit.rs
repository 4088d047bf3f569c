//! Putting one group on the disk: room, zeros ahead, write, sync, and the roll to a new segment.

use std::sync::Arc;

use gatefold_core::record::disk::{Disk, DiskError};

use crate::active::{self, Active};
use crate::format::BLOCK;
use crate::format::bytes::wide;
use crate::format::group::{GROUP_HEADER_BYTES, padded_len};
use crate::format::root::Root;
use crate::format::segment::{SegmentHeader, SegmentName};
use crate::ids::{Held, KnownIds};
use crate::options::Options;
use crate::recovery::layout::{SEGMENTS, segment_path};
use crate::recovery::walk::Cursor;
use crate::writer::ahead::Ahead;
use crate::writer::contents::Contents;
use crate::writer::file_hash::Behind;
use crate::writer::filling::SPARE;
use crate::writer::group::Group;

/// Why a group is not durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CommitError {
    /// Nothing of it was written, and the log can go on.
    Full(String),
    /// It may or may not be there; the log cannot go on.
    Unknown(String),
}

/// Where a log is written.
pub(crate) struct Place<D: Disk> {
    pub disk: D,
    pub root: Root,
    pub options: Options,
    pub ahead: Ahead<D::File>,
    pub behind: Behind,
}

/// The writing end of a log.
pub(crate) struct Committer<D: Disk> {
    pub active: Active<D::File>,
    /// How far the log is durable.
    pub cursor: Cursor,
    /// The epoch in force there.
    pub epoch: u64,
}

impl<D: Disk> Committer<D> {
    /// Writes one group and returns when it is durable.
    pub(crate) fn commit(
        &mut self,
        place: &Place<D>,
        group: &mut Group,
    ) -> Result<(), CommitError> {
        let body_len = group.bytes.len() - GROUP_HEADER_BYTES;
        let bytes = padded_len(u32::try_from(body_len).unwrap_or(u32::MAX));
        if self.needed(bytes, group) > u64::from(self.active.header.length) {
            self.roll(place, bytes, group)?;
        }
        let needed = self.needed(bytes, group);
        place.ahead.reserve(&place.disk, &self.active.file, needed).map_err(before)?;
        let after = self.active.ready(&self.cursor, group);
        assert!(self.cursor.group < after.group, "the log grows");
        self.active.write(&place.disk, group).map_err(unknown)?;
        place.behind.wrote(self.active.offset, &group.bytes);
        self.active.push(group);
        self.cursor = after;
        self.epoch = self.epoch.max(group.epoch);
        group.after = Some(after);
        Ok(())
    }

    /// Where the segment ends with a group of so many bytes and the footer behind it.
    fn needed(&self, bytes: u64, group: &Group) -> u64 {
        let Active { contents, offset, .. } = &self.active;
        offset + bytes + contents.footer_len(&group.touches, *offset)
    }

    /// Names the next segment, then ends this one. An empty next segment proves nothing; a footer
    /// proves that everything before it is durable.
    fn roll(&mut self, place: &Place<D>, bytes: u64, group: &mut Group) -> Result<(), CommitError> {
        let Place { disk, root, options, ahead, behind } = place;
        let Active { file, offset, .. } = &self.active;
        let digest = behind.end(disk, file, *offset).map_err(before)?;
        let mut footer = self.active.footer(&self.cursor, self.epoch, digest);
        let end = self.active.offset + wide(footer.bytes.len());
        ahead.reserve(disk, &self.active.file, end).map_err(before)?;
        let after = self.active.ready(&self.cursor, &mut footer);
        let first = Contents::new(after.position + 1).footer_len(&group.touches, BLOCK);
        let length = options.segment_len().max(BLOCK + bytes + first);
        let header = active::plan(root, self.active.header.number + 1, length, &after);
        let name = self.active.name.next(header.first_position);
        let (next, filled) = adopt(place, name, header).inspect_err(|_| ahead.put(None))?;
        self.active.write(disk, &footer).map_err(unknown)?;
        ahead.stop();
        self.active.trim(disk, end).map_err(unknown)?;
        ahead.begin(name, length, BLOCK, filled);
        behind.begin(name, &next.header);
        let ended = std::mem::replace(&mut self.active, next);
        let segment = ended.finished(after.digest);
        let (known, entries) = (KnownIds::default(), Arc::new(ended.entries.into_all()));
        group.finished = Some(Held { segment, known, entries, unwritten: false });
        self.cursor = after;
        group.after = Some(after);
        Ok(())
    }
}

/// Makes a segment of the spare; durable when this returns. Says up to where it is filled.
fn adopt<D: Disk>(
    place: &Place<D>,
    name: SegmentName,
    header: SegmentHeader,
) -> Result<(Active<D::File>, u64), CommitError> {
    let Place { disk, ahead, .. } = place;
    let length = u64::from(header.length);
    let spare = ahead.take(disk, length).map_err(before)?;
    if spare.length != length {
        disk.set_len(&spare.file, length).map_err(before)?;
    }
    disk.write_at(&spare.file, 0, &header.encode()).map_err(before)?;
    disk.sync_data(&spare.file).map_err(before)?;
    disk.rename(SPARE, &segment_path(name)).map_err(before)?;
    // There is a segment of this name now, which a log that goes on elsewhere would contradict.
    disk.sync_dir(SEGMENTS).map_err(unknown)?;
    Ok((Active::new(name, spare.file, header, BLOCK), spare.filled.min(length)))
}

/// A fault before anything of the group was written: lack of space leaves the log as it was.
fn before(error: DiskError) -> CommitError {
    match error {
        DiskError::NoSpace { .. } => CommitError::Full(error.to_string()),
        DiskError::NotFound { .. }
        | DiskError::AlreadyExists { .. }
        | DiskError::Locked { .. }
        | DiskError::Failed { .. } => unknown(error),
    }
}

fn unknown(error: DiskError) -> CommitError {
    CommitError::Unknown(error.to_string())
}
