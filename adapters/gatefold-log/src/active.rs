//! The segment that is written to: making it, writing a group, ending it.

use gatefold_core::record::disk::{Access, Disk, DiskError};

use crate::format::bytes::wide;
use crate::format::group::{GroupPlan, Kind};
use crate::format::root::Root;
use crate::format::segment::{SegmentHeader, SegmentName};
use crate::format::{BLOCK, BLOCK_BYTES, Digest};
use crate::ids::entries::Entries;
use crate::ids::{Finished, IdAt};
use crate::outside;
use crate::recovery::layout::{SEGMENTS, is_empty, segment_path};
use crate::recovery::walk::Cursor;
use crate::writer::contents::Contents;
use crate::writer::group::Group;

/// The segment that is written to.
pub(crate) struct Active<F> {
    pub name: SegmentName,
    pub file: F,
    pub header: SegmentHeader,
    /// Where the next group goes.
    pub offset: u64,
    /// The groups in it.
    pub contents: Contents,
    /// The events in it.
    pub entries: Entries,
}

impl<F: Send + Sync> Active<F> {
    /// A segment as it was made or found, without what is in it.
    pub(crate) fn new(name: SegmentName, file: F, header: SegmentHeader, offset: u64) -> Self {
        let contents = Contents::new(header.first_position);
        Self { name, file, header, offset, contents, entries: Entries::default() }
    }

    /// What names it once its footer has this digest.
    pub(crate) fn finished(&self, digest: Digest) -> Finished {
        Finished { name: self.name, salt: self.header.salt, digest }
    }

    /// Makes the next group of the segment of `group`, and says how far the log goes with it.
    pub(crate) fn ready(&self, cursor: &Cursor, group: &mut Group) -> Cursor {
        let plan = GroupPlan {
            salt: self.header.salt,
            offset: self.offset,
            number: cursor.group + 1,
            first_position: cursor.position + 1,
            events: group.events,
            kind: group.kind,
            committed_ns: outside::now_ns(),
            previous: &cursor.digest,
        };
        let digest = plan.seal(&mut group.bytes);
        Cursor { group: plan.number, position: cursor.position + u64::from(group.events), digest }
    }

    /// The group that ends the segment behind `cursor`; `digest` is of the file up to it.
    pub(crate) fn footer(&self, cursor: &Cursor, epoch: u64, digest: Digest) -> Group {
        let mut group = Group { kind: Kind::Footer, ..Group::default() };
        group.bytes.extend_from_slice(&self.contents.footer(cursor, epoch, digest).encode());
        group
    }

    /// Writes a group and waits until it is durable.
    pub(crate) fn write<D: Disk<File = F>>(
        &mut self,
        disk: &D,
        group: &Group,
    ) -> Result<(), DiskError> {
        assert!(self.offset.is_multiple_of(BLOCK), "a group starts on a block");
        disk.write_at(&self.file, self.offset, &group.bytes)?;
        disk.sync_data(&self.file)
    }

    /// Takes in a group that was written.
    pub(crate) fn push(&mut self, group: &Group) {
        let at = u32::try_from(self.offset).unwrap_or(u32::MAX);
        let entry =
            |(id, frame): &_| IdAt { key: crate::ids::key_of(*id), group: at, frame: *frame };
        self.entries.extend(group.ids.iter().map(entry));
        self.contents.push(&group.touches, self.offset);
        self.offset += wide(group.bytes.len());
    }

    /// Cuts a segment with a footer to what it holds.
    pub(crate) fn trim<D: Disk<File = F>>(&self, disk: &D, length: u64) -> Result<(), DiskError> {
        disk.set_len(&self.file, length)?;
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
    Ok(Active::new(name, file, header, BLOCK))
}
