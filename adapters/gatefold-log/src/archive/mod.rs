//! Archiving: finished segments that are old go to compressed files, from which the log is read and
//! verified as before.
//!
//! A segment is checked, compressed, synced, read back and compared before its plain file goes. A
//! crash at any point leaves the segment plain, archived, or both; where there are both, the plain
//! one counts and the next run finishes.

mod error;
#[cfg(test)]
mod golden;
mod pack;
pub(crate) mod packed;
mod shelf;

use std::ops::ControlFlow;
use std::path::Path;

use gatefold_core::record::disk::{Access, Disk, DiskError};
use gatefold_core::vocabulary::Timestamp;

use crate::backup::BACKUP_MARKS;
use crate::error::WalkError;
use crate::format::bytes::wide;
use crate::format::root::Root;
use crate::open::read_root;
use crate::os_disk::OsDisk;
use crate::progress::{Doing, Progress};
use crate::recovery::layout::{Layout, SEGMENTS, segment_path, sequence_fault, survey};
use crate::recovery::walk::SegmentWalk;
pub use error::ArchiveError;
use pack::{Sealed, holds, pack};
use packed::Packed;
pub(crate) use shelf::{Shelf, ShelfFile, archive_path};

/// The directory of archived segments.
pub(crate) const ARCHIVE: &str = "archive";
const LOCK: &str = "archive/LOCK";
/// What an unfinished file's name ends with.
pub(crate) const UNFINISHED: &str = ".part";

/// Which finished segments are archived. The segment with the newest group, and the one after it,
/// never are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArchiveWhich {
    /// All but this many of the newest finished ones.
    AllBut(u64),
    /// Those that were finished before this time, UTC.
    FinishedBefore(Timestamp),
}

/// One segment that was archived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchivedSegment {
    /// The archive's file, relative to the log's directory.
    pub path: String,
    /// Bytes that the plain file took.
    pub plain_bytes: u64,
    /// Bytes that the archive takes.
    pub archive_bytes: u64,
}

/// What archiving did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ArchiveReport {
    /// The segments that are archived now and were not before, in order.
    pub archived: Vec<ArchivedSegment>,
    /// Segments that had been archived before.
    pub before: u64,
    /// Segments that stay plain.
    pub plain: u64,
}

/// Archives old segments of the log in `directory`. A writer and readers may be at work meanwhile.
///
/// # Errors
/// As [`ArchiveError`] says; what was archived before the error stays so.
pub fn archive(
    directory: &Path,
    which: ArchiveWhich,
    watch: &mut dyn FnMut(Progress),
) -> Result<ArchiveReport, ArchiveError> {
    archive_on(OsDisk::new(directory), which, watch).map_err(|error| error.at(directory))
}

/// The same on any disk.
///
/// # Errors
/// As [`ArchiveError`] says.
pub fn archive_on<D: Disk>(
    disk: D,
    which: ArchiveWhich,
    watch: &mut dyn FnMut(Progress),
) -> Result<ArchiveReport, ArchiveError> {
    let root = root_of(&disk)?;
    disk.create_dir(ARCHIVE)?;
    disk.sync_dir("")?;
    let _lock = disk.lock(LOCK)?;
    for name in disk.list(ARCHIVE)?.iter().filter(|name| name.ends_with(UNFINISHED)) {
        disk.remove(&format!("{ARCHIVE}/{name}"))?;
    }
    let shelf = Shelf::new(disk);
    let layout = survey(&shelf, Access::Read)?;
    let chosen = chosen(&layout, which);
    let mut report = ArchiveReport::default();
    let is_plain = |index: &usize| matches!(layout.segments[*index].file, ShelfFile::Plain(_));
    report.before = wide((0..layout.segments.len()).filter(|index| !is_plain(index)).count());
    let chosen: Vec<usize> = (0..chosen).filter(is_plain).collect();
    let total = chosen.iter().map(|index| layout.segments[*index].size).sum();
    let mut done = 0;
    watch(Progress { doing: Doing::Copying, done, total });
    for index in chosen {
        report.archived.push(one(&shelf, &root, &layout, index)?);
        done += layout.segments[index].size;
        watch(Progress { doing: Doing::Copying, done, total });
    }
    report.plain = wide(layout.segments.len()) - report.before - wide(report.archived.len());
    Ok(report)
}

fn root_of<D: Disk>(disk: &D) -> Result<Root, ArchiveError> {
    let not = |detail: String| ArchiveError::NotALog { directory: String::new(), detail };
    let names = disk.list("")?;
    if let Some(mark) = names.iter().find(|name| BACKUP_MARKS.contains(&name.as_str())) {
        return Err(not(format!("its file {mark} says that it is a backup")));
    }
    let root = read_root(disk).map_err(|error| not(error.to_string()))?;
    root.ok_or_else(|| not("there is no file FORMAT".to_owned()))
}

/// How many segments, from the first on, are to be archived.
fn chosen<F: Send + Sync>(layout: &Layout<F>, which: ArchiveWhich) -> usize {
    // Opening writes the last group again, so its segment has to stay as it is.
    let finished = layout.last();
    match which {
        ArchiveWhich::AllBut(kept) => {
            finished.saturating_sub(usize::try_from(kept).unwrap_or(usize::MAX))
        }
        ArchiveWhich::FinishedBefore(time) => {
            // A segment was finished when the next one was made.
            let next = layout.segments.iter().skip(1).take(finished);
            let made = next.map_while(|found| found.header.as_ref().ok());
            let before = u64::try_from(time.nanos()).unwrap_or(0);
            made.take_while(|header| header.created_ns < before).count()
        }
    }
}

/// Archives one segment, or finishes that, and takes the plain file away.
fn one<D: Disk>(
    shelf: &Shelf<D>,
    root: &Root,
    layout: &Layout<ShelfFile<D::File>>,
    index: usize,
) -> Result<ArchivedSegment, ArchiveError> {
    let found = &layout.segments[index];
    let (footer_at, bytes) = checked(shelf, root, layout, index)?;
    let disk = shelf.plain();
    let sealed = Sealed { file: found.file.stored(), uuid: root.uuid, footer_at, bytes };
    let path = archive_path(found.name);
    let there = match Packed::open(disk, path.clone()) {
        Ok(packed) => holds(disk, &packed, &sealed)?,
        Err(DiskError::NotFound { .. }) => false,
        Err(error) => return Err(error.into()),
    };
    if !there {
        let unfinished = format!("{path}{UNFINISHED}");
        let packed = pack(disk, &sealed, &unfinished);
        if let Err(error) = packed {
            // Only the next run would do it otherwise; the first error is the one to tell.
            let _ = disk.remove(&unfinished);
            return Err(error.into());
        }
        disk.rename(&unfinished, &path)?;
    }
    disk.sync_dir(ARCHIVE)?;
    let packed = Packed::open(disk, path.clone())?;
    if !holds(disk, &packed, &sealed)? {
        return Err(ArchiveError::ReadBack { place: path });
    }
    let archive_bytes = disk.size(packed.file())?;
    disk.remove(&segment_path(found.name))?;
    disk.sync_dir(SEGMENTS)?;
    Ok(ArchivedSegment { path, plain_bytes: found.size, archive_bytes })
}

/// Passes a segment through every check of the log; returns where its footer begins and ends.
fn checked<D: Disk>(
    shelf: &Shelf<D>,
    root: &Root,
    layout: &Layout<ShelfFile<D::File>>,
    index: usize,
) -> Result<(u64, u64), WalkError> {
    let found = &layout.segments[index];
    let mut cursor = layout.start(index, root);
    let fault = |detail| Err(sequence_fault(&found.path, cursor.position, detail).into());
    let header = match &found.header {
        Ok(header) if header.uuid == root.uuid => header,
        Ok(_) => return fault("the segment belongs to another log"),
        Err(detail) => return fault(detail),
    };
    let (file, path, size) = (&found.file, found.path.as_str(), found.size);
    let walk = SegmentWalk { disk: shelf, file, path, header, size, sealed: true };
    let end = walk.run(&mut cursor, &mut |_| Ok(ControlFlow::Continue(())))?;
    let next = layout.segments.get(index + 1).and_then(|next| next.header.as_ref().ok());
    let joins = next.is_some_and(|next| {
        let begins = (next.first_group, next.first_position, next.entering);
        begins == (cursor.group + 1, cursor.position + 1, cursor.digest)
    });
    match end.last {
        Some((at, len)) if end.is_footer() && joins => Ok((at, at + len)),
        Some(_) | None => {
            let detail = "it does not end where the next segment begins";
            Err(sequence_fault(&found.path, cursor.position, detail).into())
        }
    }
}
