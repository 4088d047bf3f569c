//! Putting one group on the disk: room, zeros ahead, write, sync, and the roll to a new segment.

use gatefold_core::record::disk::{Disk, DiskError};

use crate::active::{self, Active};
use crate::format::BLOCK;
use crate::format::group::{Kind, padded_len};
use crate::format::root::Root;
use crate::format::segment::SegmentName;
use crate::options::Options;
use crate::recovery::layout::{SEGMENTS, segment_path};
use crate::recovery::walk::Cursor;

/// Why a group is not durable.
#[derive(Debug)]
pub(crate) enum CommitError {
    /// Nothing of it was written, and the log can go on.
    Full(String),
    /// It may or may not be there; the log cannot go on.
    Unknown(String),
}

/// The writing end of a log.
pub(crate) struct Committer<D: Disk> {
    pub disk: D,
    pub root: Root,
    pub options: Options,
    pub active: Active<D::File>,
    /// How far the log is durable.
    pub cursor: Cursor,
}

impl<D: Disk> Committer<D> {
    /// Writes one group and returns when it is durable.
    pub(crate) fn commit(
        &mut self,
        kind: Kind,
        events: u32,
        body: &[u8],
    ) -> Result<(), CommitError> {
        let body_len = u32::try_from(body.len()).unwrap_or(u32::MAX);
        let bytes = padded_len(body_len);
        if !self.active.has_room(bytes) {
            self.roll(bytes)?;
        }
        self.active.fill(&self.disk, bytes).map_err(before)?;
        let ready = self.active.ready(&self.cursor, kind, events, body);
        self.active.write(&self.disk, &ready).map_err(unknown)?;
        assert!(self.cursor.group < ready.after.group, "the log grows");
        self.cursor = ready.after;
        Ok(())
    }

    /// Makes the next segment, then ends this one. An empty next segment proves nothing; a footer
    /// proves that everything before it is durable.
    fn roll(&mut self, bytes: u64) -> Result<(), CommitError> {
        self.active.fill(&self.disk, 0).map_err(before)?;
        let footer = self.active.ready(&self.cursor, Kind::Footer, 0, &[]);
        let number = self.active.header.number + 1;
        let length = self.options.segment_len().max(bytes + 2 * BLOCK);
        let header = active::plan(&self.root, number, length, &footer.after);
        let name = self.active.name.next(header.first_position);
        self.reuse_unused(name).map_err(before)?;
        let next = active::make(&self.disk, name, header).map_err(before)?;
        self.active.write(&self.disk, &footer).map_err(unknown)?;
        self.active.trim(&self.disk).map_err(unknown)?;
        self.active = next;
        self.cursor = footer.after;
        Ok(())
    }

    /// Gives a segment that an earlier roll began and found no space for the name that is needed
    /// now: the log may have moved on since, and a segment with a position that is past would
    /// stand between two others.
    fn reuse_unused(&self, name: SegmentName) -> Result<(), DiskError> {
        let names = self.disk.list(SEGMENTS)?;
        let mut names = names.iter().filter_map(|name| SegmentName::parse(name));
        match names.find(|found| *found > self.active.name && *found != name) {
            Some(unused) => self.disk.rename(&segment_path(unused), &segment_path(name)),
            None => Ok(()),
        }
    }
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
