//! The segments of a log by their names, opened one at a time.

use gatefold_core::record::disk::{Access, Disk, DiskError};

use crate::error::WalkError;
use crate::format::root::Root;
use crate::format::segment::{SegmentHeader, SegmentName};
use crate::format::{BLOCK, BLOCK_BYTES, ZERO_BLOCK, genesis};
use crate::recovery::layout::{Found, SEGMENTS, found, is_empty, segment_path, sequence_fault};
use crate::recovery::walk::Cursor;

/// Which segments there are, in order.
pub(crate) struct Segments {
    names: Vec<SegmentName>,
}

impl Segments {
    /// Finds them, without opening any; there is at least one.
    pub(crate) fn list<D: Disk>(disk: &D) -> Result<Self, WalkError> {
        let names = match disk.list(SEGMENTS) {
            Ok(names) => names,
            Err(DiskError::NotFound { .. }) => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        let names = names.iter().filter_map(|name| SegmentName::parse(name));
        let mut names: Vec<SegmentName> = names.collect();
        names.sort_unstable();
        if names.is_empty() {
            return Err(sequence_fault(SEGMENTS, 0, "there is no segment").into());
        }
        Ok(Self { names })
    }

    pub(crate) fn count(&self) -> usize {
        self.names.len()
    }

    pub(crate) fn names(&self) -> &[SegmentName] {
        &self.names
    }

    /// The path of the segment that the event at `position` would be in.
    pub(crate) fn path_of(&self, position: u64) -> String {
        let name = self.names.get(self.of(position)).copied();
        name.map_or_else(|| SEGMENTS.to_owned(), segment_path)
    }

    /// The length of all files.
    pub(crate) fn bytes<D: Disk>(&self, disk: &D) -> Result<u64, DiskError> {
        let size = |name: &SegmentName| {
            let file = disk.open(&segment_path(*name), Access::Read)?;
            disk.size(&file)
        };
        self.names.iter().map(size).sum()
    }

    /// The segment that the event at `position` would be in.
    pub(crate) fn of(&self, position: u64) -> usize {
        let behind = self.names.partition_point(|name| name.first_position <= position);
        behind.saturating_sub(1)
    }

    /// Opens a segment and reads its header; `None` behind the last.
    pub(crate) fn open<D: Disk>(
        &self,
        disk: &D,
        index: usize,
    ) -> Result<Option<Found<D::File>>, WalkError> {
        match self.names.get(index) {
            Some(name) => found(disk, Access::Read, *name).map(Some),
            None => Ok(None),
        }
    }

    /// Nothing was written behind the newest segment's header. Beside a writer, whose writes are
    /// seen from their first byte on, the first block tells.
    pub(crate) fn newest_is_empty<D: Disk>(&self, disk: &D, live: bool) -> Result<bool, WalkError> {
        let Some(newest) = self.open(disk, self.names.len() - 1)? else {
            return Ok(false);
        };
        let mut block = [0; BLOCK_BYTES];
        let count = disk.read_at(&newest.file, BLOCK, &mut block)?;
        if block[..count] != ZERO_BLOCK[..count] {
            return Ok(false);
        }
        Ok(live || is_empty(disk, &newest.file)?)
    }
}

/// Where the segment with this index says that it begins; the first one has no choice.
pub(crate) fn start_of(header: &SegmentHeader, index: usize, root: &Root) -> Cursor {
    if index == 0 {
        return Cursor { group: 0, position: 0, digest: genesis(&root.uuid) };
    }
    Cursor {
        group: header.first_group - 1,
        position: header.first_position - 1,
        digest: header.entering,
    }
}
