//! The few effects of opening for writing: a torn tail goes to quarantine, an interrupted roll is
//! finished, and what was found is made durable before anybody relies on it. Nothing else changes.

use gatefold_core::record::disk::{Disk, DiskError};

use crate::active::{self, Active};
use crate::error::{OpenError, WalkError};
use crate::format::bytes::{narrow, wide};
use crate::format::group::Kind;
use crate::format::root::Root;
use crate::format::segment::SegmentHeader;
use crate::format::{BLOCK, BLOCK_BYTES, ZERO_BLOCK};
use crate::ids::Finished;
use crate::options::Options;
use crate::recovery::decide::Label;
use crate::recovery::ending::SegmentEnd;
use crate::recovery::gather::Gathered;
use crate::recovery::layout::{Found, Layout, LogEnd, SEGMENTS};
use crate::recovery::walk::Cursor;
use crate::report::Torn;
use crate::window::Window;
use crate::writer::file_hash::FileHash;
use crate::writer::filling::STEP_BYTES;

/// The directory of cut tails.
pub(crate) const QUARANTINE: &str = "quarantine";
/// A tail is copied in pieces of this many bytes.
const PIECE_BYTES: usize = 1_048_576;

/// A log ready to be written to.
pub(crate) struct Mended<F> {
    pub active: Active<F>,
    /// Up to here zeros were written to its file and synced.
    pub filled: u64,
    pub cursor: Cursor,
    pub torn: Option<Torn>,
    pub recreated: bool,
    /// The segment that was finished here.
    pub finished: Option<Finished>,
}

/// Brings a walked log into the state in which a writer leaves it.
pub(crate) fn mend<D: Disk>(
    disk: &D,
    root: &Root,
    options: Options,
    mut layout: Layout<D::File>,
    gathered: &mut Gathered,
) -> Result<Mended<D::File>, OpenError> {
    disk.sync_dir("")?;
    disk.sync_dir(SEGMENTS)?;
    let LogEnd { segment, end, mut cursor } = gathered.end;
    let count = wide(layout.segments.len());
    let newest = layout.segments.pop();
    let torn_in = layout.segments.get(segment).or(newest.as_ref());
    let torn = match torn_in {
        Some(found) if end.torn => Some(quarantine(disk, found, &end)?),
        Some(_) | None => None,
    };
    let mut filled = end.offset;
    if let Some(found) = torn_in {
        if wide(segment) + 1 == count && whole(found) {
            filled = found.size.min(end.offset + STEP_BYTES).max(filled);
        }
        assure(disk, found, &end, filled)?;
    }
    let newest = newest.ok_or_else(|| OpenError::Io { detail: "no segment".to_owned() })?;
    if wide(segment) + 1 == count
        && let (true, Ok(header)) = (whole(&newest), newest.header.clone())
    {
        let Found { name, file, .. } = newest;
        let mut active = Active::new(name, file, header, end.offset);
        active.contents = gathered.tail.contents.clone();
        active.entries = std::mem::take(&mut gathered.tail.entries);
        return Ok(Mended { active, filled, cursor, torn, recreated: false, finished: None });
    }
    let mut finished = None;
    match layout.segments.pop() {
        Some(previous) if !end.is_footer() => {
            let (after, segment) = finish(disk, previous, gathered)?;
            (cursor, finished) = (after, Some(segment));
        }
        // Its footer was written and the zeros behind it were not cut: it would hide the footer
        // from every opening to come.
        Some(previous) if previous.size > end.offset => {
            disk.set_len(&previous.file, end.offset)?;
            disk.sync_data(&previous.file)?;
        }
        Some(_) | None => (),
    }
    let (active, recreated) = settle_newest(disk, root, options, newest, count, &cursor)?;
    let filled = active.offset;
    Ok(Mended { active, filled, cursor, torn, recreated, finished })
}

/// The file is as long as its header says.
fn whole<F>(found: &Found<F>) -> bool {
    found.header.as_ref().is_ok_and(|header| u64::from(header.length) == found.size)
}

/// Writes the footer that an interrupted roll did not write.
fn finish<D: Disk>(
    disk: &D,
    previous: Found<D::File>,
    gathered: &Gathered,
) -> Result<(Cursor, Finished), OpenError> {
    let Gathered { index, tail, end, .. } = gathered;
    let Found { name, file, header, .. } = previous;
    let header = header.map_err(|detail| OpenError::Io { detail: detail.to_owned() })?;
    let mut active = Active::new(name, file, header, end.end.offset);
    active.contents = tail.contents.clone();
    let mut hash = FileHash::of(&active.header);
    hash.catch_up(disk, &active.file, active.offset)?;
    let mut footer = active.footer(&end.cursor, index.statements.epoch.get(), hash.digest());
    let after = active.ready(&end.cursor, &mut footer);
    active.write(disk, &footer)?;
    active.trim(disk, end.end.offset + wide(footer.bytes.len()))?;
    Ok((after, active.finished(after.digest)))
}

/// Uses the empty newest segment if it continues the log as it is, else makes it again. It does
/// only if the footer before it is the one that was written after it was made, durably.
fn settle_newest<D: Disk>(
    disk: &D,
    root: &Root,
    options: Options,
    newest: Found<D::File>,
    number: u64,
    cursor: &Cursor,
) -> Result<(Active<D::File>, bool), OpenError> {
    if newest.name.first_position != cursor.position + 1 {
        return Err(WalkError::from(crate::error::Corruption {
            segment: newest.path,
            offset: 0,
            label: Label::N,
            first: gatefold_core::record::Position::new(cursor.position).next(),
            until: None,
            detail: "an empty segment whose name is not the next position".to_owned(),
        })
        .into());
    }
    let header = active::plan(root, number, options.segment_len(), cursor);
    match &newest.header {
        Ok(found) if whole(&newest) && same_place(found, &header) => {
            let header = found.clone();
            let Found { name, file, .. } = newest;
            Ok((Active::new(name, file, header, BLOCK), false))
        }
        Ok(_) | Err(_) => Ok((active::make(disk, newest.name, header)?, true)),
    }
}

/// Both headers stand at the same place of the same log.
fn same_place(one: &SegmentHeader, other: &SegmentHeader) -> bool {
    let place = |header: &SegmentHeader| {
        (header.uuid, header.number, header.first_position, header.first_group, header.entering)
    };
    place(one) == place(other)
}

/// Writes the last group and the header again, byte for byte, then zeros behind the group up to
/// `filled`, and syncs.
///
/// After a failed sync the system may show bytes that are not on the disk, and a second sync says
/// nothing about them. Writing them again makes the next sync answer for them. The zeros are the
/// space for the first groups to come: one sync less than if they had to take it.
fn assure<D: Disk>(
    disk: &D,
    found: &Found<D::File>,
    end: &SegmentEnd,
    filled: u64,
) -> Result<(), DiskError> {
    let ranges = [found.header.is_ok().then_some((0, BLOCK)), end.last];
    for (offset, len) in ranges.into_iter().flatten() {
        let mut bytes = vec![0; narrow(len)];
        let count = disk.read_at(&found.file, offset, &mut bytes)?;
        disk.write_at(&found.file, offset, &bytes[..count])?;
    }
    if filled > end.offset {
        disk.write_at(&found.file, end.offset, &vec![0; narrow(filled - end.offset)])?;
    }
    disk.sync_data(&found.file)
}

/// Copies what follows the last sound group to quarantine, then zeroes it; [`assure`] syncs that.
fn quarantine<D: Disk>(
    disk: &D,
    found: &Found<D::File>,
    end: &SegmentEnd,
) -> Result<Torn, OpenError> {
    disk.create_dir(QUARANTINE)?;
    disk.sync_dir("")?;
    let until = last_written(disk, found, end.offset)?;
    let (copy, kept_as) = fresh(disk, &found.path, end.offset)?;
    let mut at = end.offset;
    while at < until {
        let mut piece = vec![0; PIECE_BYTES.min(narrow(until - at))];
        let count = disk.read_at(&found.file, at, &mut piece)?;
        disk.write_at(&copy, at - end.offset, &piece[..count])?;
        at += wide(piece.len());
    }
    disk.sync_data(&copy)?;
    disk.sync_dir(QUARANTINE)?;
    let mut at = end.offset;
    while at < until {
        let piece = vec![0; PIECE_BYTES.min(narrow(until - at))];
        disk.write_at(&found.file, at, &piece)?;
        at += wide(piece.len());
    }
    Ok(Torn {
        segment: found.path.clone(),
        offset: end.offset,
        bytes: until - end.offset,
        claimed_events: end.claimed_events,
        // Behind a clean close or a footer stands nothing that was ever acknowledged.
        maybe_acknowledged: !matches!(end.kind, Some(Kind::CleanClose | Kind::Footer)),
        kept_as,
    })
}

/// The end of the last block that is not zero.
fn last_written<D: Disk>(disk: &D, found: &Found<D::File>, from: u64) -> Result<u64, DiskError> {
    let mut window = Window::new(disk, &found.file);
    let (mut at, mut until) = (from, from);
    while at < found.size {
        let block = window.get(at, BLOCK_BYTES)?;
        if block != &ZERO_BLOCK[..block.len()] {
            until = at + wide(block.len());
        }
        at += BLOCK;
    }
    Ok(until)
}

/// A new file in quarantine: an earlier one is never written over.
fn fresh<D: Disk>(disk: &D, segment: &str, offset: u64) -> Result<(D::File, String), DiskError> {
    let name = segment.rsplit('/').next().unwrap_or(segment);
    let mut attempt = 0_u64;
    loop {
        let path = format!("{QUARANTINE}/{name}-{offset}-{attempt}");
        match disk.create(&path) {
            Err(DiskError::AlreadyExists { .. }) => attempt += 1,
            created => return created.map(|file| (file, path)),
        }
    }
}
