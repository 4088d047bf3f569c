//! The segment that is written to: making it, filling it with zeros ahead, ending it.

use gatefold_core::record::disk::{Access, Disk, DiskError};

use crate::format::bytes::{narrow, wide};
use crate::format::group::{GroupPlan, Kind};
use crate::format::root::Root;
use crate::format::segment::{SegmentHeader, SegmentName};
use crate::format::{BLOCK, BLOCK_BYTES};
use crate::options::FILL_BYTES;
use crate::outside;
use crate::recovery::layout::{SEGMENTS, is_empty, segment_path};
use crate::recovery::walk::Cursor;

/// The segment that is written to.
pub(crate) struct Active<F> {
    pub name: SegmentName,
    pub file: F,
    pub header: SegmentHeader,
    /// Where the next group goes.
    pub offset: u64,
    /// Up to here the file was filled with zeros, durably, since it was opened.
    pub filled: u64,
}

/// A group ready to be written, and how far the log is known once it is durable.
pub(crate) struct Ready {
    pub bytes: Vec<u8>,
    pub after: Cursor,
}

impl<F: Send + Sync> Active<F> {
    /// Whether a group of this many bytes and a footer behind it fit.
    pub(crate) fn has_room(&self, bytes: u64) -> bool {
        self.offset + bytes + BLOCK <= u64::from(self.header.length)
    }

    /// The next group of this segment.
    pub(crate) fn ready(&self, cursor: &Cursor, kind: Kind, events: u32, body: &[u8]) -> Ready {
        let plan = GroupPlan {
            salt: self.header.salt,
            offset: self.offset,
            number: cursor.group + 1,
            first_position: cursor.position + 1,
            events,
            kind,
            committed_ns: outside::now_ns(),
            previous: &cursor.digest,
            body,
        };
        let (bytes, digest) = plan.encode();
        let position = cursor.position + u64::from(events);
        let after = Cursor { group: plan.number, position, digest };
        Ready { bytes, after }
    }

    /// Sees to it that the next `bytes` and a footer's block are filled with zeros, durably: a
    /// group then needs no new space, and its sync no change of metadata.
    pub(crate) fn fill<D: Disk<File = F>>(
        &mut self,
        disk: &D,
        bytes: u64,
    ) -> Result<(), DiskError> {
        let needed = self.offset + bytes + BLOCK;
        assert!(needed <= u64::from(self.header.length), "the caller has checked for room");
        if needed <= self.filled {
            return Ok(());
        }
        let to = needed.max(self.filled + FILL_BYTES).min(u64::from(self.header.length));
        disk.write_at(&self.file, self.filled, &vec![0; narrow(to - self.filled)])?;
        disk.sync_data(&self.file)?;
        self.filled = to;
        Ok(())
    }

    /// Writes a group, which [`fill`](Self::fill) made room for, and waits until it is durable.
    pub(crate) fn write<D: Disk<File = F>>(
        &mut self,
        disk: &D,
        ready: &Ready,
    ) -> Result<(), DiskError> {
        assert!(self.offset.is_multiple_of(BLOCK), "a group starts on a block");
        disk.write_at(&self.file, self.offset, &ready.bytes)?;
        disk.sync_data(&self.file)?;
        self.offset += wide(ready.bytes.len());
        Ok(())
    }

    /// Cuts a segment with a footer to what it holds.
    pub(crate) fn trim<D: Disk<File = F>>(&self, disk: &D) -> Result<(), DiskError> {
        disk.set_len(&self.file, self.offset)?;
        disk.sync_data(&self.file)
    }
}

/// The header of the segment after `cursor`.
pub(crate) fn plan(root: &Root, number: u64, length: u64, cursor: &Cursor) -> SegmentHeader {
    SegmentHeader {
        uuid: root.uuid,
        number,
        first_position: cursor.position + 1,
        first_group: cursor.group + 1,
        created_ns: u64::try_from(outside::now_ns()).unwrap_or(0),
        entering: cursor.digest,
        salt: outside::random(),
        length: u32::try_from(length).unwrap_or(u32::MAX),
    }
}

/// Makes a segment, or makes one again that holds nothing. Durable when this returns.
pub(crate) fn make<D: Disk>(
    disk: &D,
    name: SegmentName,
    header: SegmentHeader,
) -> Result<Active<D::File>, DiskError> {
    assert!(name.first_position == header.first_position, "a segment is named by its start");
    let path = segment_path(name);
    let file = match disk.create(&path) {
        Err(DiskError::AlreadyExists { .. }) => disk.open(&path, Access::Write)?,
        created => created?,
    };
    if !is_empty(disk, &file)? {
        let detail = "there are groups where a new segment should be made".to_owned();
        return Err(DiskError::Failed { path, detail });
    }
    disk.set_len(&file, 0)?;
    disk.set_len(&file, u64::from(header.length))?;
    let block: [u8; BLOCK_BYTES] = header.encode();
    disk.write_at(&file, 0, &block)?;
    disk.sync_data(&file)?;
    disk.sync_dir(SEGMENTS)?;
    Ok(Active { name, file, header, offset: BLOCK, filled: BLOCK })
}
