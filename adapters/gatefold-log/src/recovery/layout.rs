//! The segments of a log as files: which there are, in which order, and which may be unfinished.

use gatefold_core::record::Position;
use gatefold_core::record::disk::{Access, Disk, DiskError};

use crate::error::{Corruption, WalkError};
use crate::format::bytes::wide;
use crate::format::root::Root;
use crate::format::segment::{SegmentFault, SegmentHeader, SegmentName};
use crate::format::{BLOCK, BLOCK_BYTES, ZERO_BLOCK, genesis};
use crate::recovery::decide::Label;
use crate::recovery::ending::{Ending, SegmentEnd, ending};
use crate::recovery::start::Start;
use crate::recovery::walk::{Cursor, SegmentWalk, Visit};
use crate::window::Window;

/// The directory of segments.
pub(crate) const SEGMENTS: &str = "log";

/// A segment's path.
pub(crate) fn segment_path(name: SegmentName) -> String {
    format!("{SEGMENTS}/{name}")
}

/// A segment as it was found.
pub(crate) struct Found<F> {
    pub path: String,
    pub file: F,
    pub size: u64,
    pub name: SegmentName,
    /// The header, or what is wrong with it.
    pub header: Result<SegmentHeader, &'static str>,
}

/// All segments, in order.
pub(crate) struct Layout<F> {
    pub segments: Vec<Found<F>>,
    /// Nothing follows the header of the newest segment.
    pub newest_empty: bool,
}

/// What is known of a segment before it is walked.
#[derive(Clone, Copy)]
pub(crate) struct Hint {
    /// A group in it, and how far the log goes before that: the walk begins there.
    pub resume: Option<(u64, Cursor)>,
    /// From here on it holds nothing but zeros.
    pub zeros_from: Option<u64>,
}

impl Hint {
    /// Nothing.
    pub(crate) const NONE: Self = Self { resume: None, zeros_from: None };
}

/// How the walk of the whole log ended.
pub(crate) struct LogEnd {
    /// The segment that the walk ended in.
    pub segment: usize,
    pub end: SegmentEnd,
    pub cursor: Cursor,
}

/// Finds the segments, without reading their groups.
pub(crate) fn survey<D: Disk>(disk: &D, access: Access) -> Result<Layout<D::File>, WalkError> {
    let names = match disk.list(SEGMENTS) {
        Ok(names) => names,
        Err(DiskError::NotFound { .. }) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    let mut segments = Vec::new();
    let names = names.iter().filter_map(|name| SegmentName::parse(name));
    let mut names: Vec<SegmentName> = names.collect();
    names.sort_unstable();
    for name in names {
        segments.push(found(disk, access, name)?);
    }
    let newest_empty = match segments.last() {
        Some(newest) => is_empty(disk, &newest.file)?,
        None => return Err(sequence_fault(SEGMENTS, 0, "there is no segment").into()),
    };
    Ok(Layout { segments, newest_empty })
}

/// Opens a segment and reads its header.
pub(crate) fn found<D: Disk>(
    disk: &D,
    access: Access,
    name: SegmentName,
) -> Result<Found<D::File>, WalkError> {
    let path = segment_path(name);
    let file = disk.open(&path, access)?;
    let size = disk.size(&file)?;
    let mut block = [0; BLOCK_BYTES];
    let count = disk.read_at(&file, 0, &mut block)?;
    let header = match SegmentHeader::decode(&block[..count]) {
        Ok(header) => Ok(header),
        Err(SegmentFault::Damaged(detail)) => Err(detail),
        Err(SegmentFault::TooNew(detail)) => {
            return Err(WalkError::TooNew { place: path, detail });
        }
    };
    let path = disk.stored_at(&file).map_or(path, str::to_owned);
    Ok(Found { path, file, size, name, header })
}

/// Nothing but zeros follows the header.
pub(crate) fn is_empty<D: Disk>(disk: &D, file: &D::File) -> Result<bool, DiskError> {
    let mut window = Window::new(disk, file);
    let size = disk.size(file)?;
    let mut at = BLOCK;
    while at < size {
        let block = window.get(at, BLOCK_BYTES)?;
        if block != &ZERO_BLOCK[..block.len()] {
            return Ok(false);
        }
        at += wide(BLOCK_BYTES);
    }
    Ok(true)
}

/// A segment is not what the ones before it ask for.
pub(crate) fn sequence_fault(path: &str, position: u64, detail: &str) -> Corruption {
    Corruption {
        segment: path.to_owned(),
        offset: 0,
        label: Label::N,
        first: Position::new(position).next(),
        until: None,
        detail: format!("{}: {detail}", Label::N.detail()),
    }
}

impl<F: Send + Sync> Layout<F> {
    /// The last segment that may hold groups: the newest, or, while a roll to an empty newest one
    /// is not known to be finished, the one before it.
    pub(crate) fn last(&self) -> usize {
        let newest = self.segments.len().saturating_sub(1);
        if self.newest_empty { newest.saturating_sub(1) } else { newest }
    }

    /// Where the segment with this index says that it begins; the first one has no choice.
    pub(crate) fn start(&self, segment: usize, root: &Root) -> Cursor {
        let header = self.segments.get(segment).and_then(|found| found.header.as_ref().ok());
        match header {
            Some(header) if segment > 0 => Cursor {
                group: header.first_group - 1,
                position: header.first_position - 1,
                digest: header.entering,
            },
            Some(_) | None => Cursor { group: 0, position: 0, digest: genesis(&root.uuid) },
        }
    }

    /// Walks the segments from this index on and calls `visit` for each sound group.
    pub(crate) fn walk<D: Disk<File = F>>(
        &self,
        disk: &D,
        root: &Root,
        mut segment: usize,
        visit: &mut Visit<'_>,
    ) -> Result<LogEnd, WalkError> {
        let mut cursor = self.start(segment, root);
        loop {
            let end = self.walk_segment(disk, root, segment, &mut cursor, Hint::NONE, visit)?;
            if end.stopped || segment >= self.last() {
                return Ok(LogEnd { segment, end, cursor });
            }
            segment += 1;
        }
    }

    /// Walks the segment with this index, where the log goes on from `cursor`.
    pub(crate) fn walk_segment<D: Disk<File = F>>(
        &self,
        disk: &D,
        root: &Root,
        segment: usize,
        cursor: &mut Cursor,
        hint: Hint,
        visit: &mut Visit<'_>,
    ) -> Result<SegmentEnd, WalkError> {
        let found = &self.segments[segment];
        let only_empty = self.newest_empty && self.segments.len() == 1;
        let header = match &found.header {
            Ok(header) => header,
            Err(_) if only_empty => return Ok(SegmentEnd::EMPTY),
            Err(detail) => {
                return Err(sequence_fault(&found.path, cursor.position, detail).into());
            }
        };
        check_sequence(found, header, segment, root, cursor)?;
        let sealed = segment < self.last();
        let (file, path, size) = (&found.file, found.path.as_str(), found.size);
        let walk = SegmentWalk { disk, file, path, header, size, sealed };
        let mut start = Start::FULL;
        if let Some((offset, before)) = hint.resume {
            start.offset = offset;
            *cursor = before;
        }
        let zeros_from = hint.zeros_from.unwrap_or(size);
        let end = walk.run_to(start, zeros_from, cursor, visit)?;
        if !end.stopped {
            self.check_end(segment, header, &end, cursor)?;
        }
        Ok(end)
    }

    /// The footer of the segment with this index, if its sums are right and it joins the log up to
    /// `cursor` to the next segment's header; else only a walk can tell what is there.
    pub(crate) fn footer<D: Disk<File = F>>(
        &self,
        disk: &D,
        root: &Root,
        segment: usize,
        cursor: &Cursor,
    ) -> Result<Option<Ending>, WalkError> {
        let (found, next) = (&self.segments[segment], self.segments.get(segment + 1));
        let (Ok(header), Some(Ok(next))) = (&found.header, next.map(|next| &next.header)) else {
            return Ok(None);
        };
        check_sequence(found, header, segment, root, cursor)?;
        let ending = ending(disk, &found.file, found.size, header)?;
        Ok(ending.filter(|ending| {
            let Cursor { group, position, digest } = ending.after;
            (next.first_group, next.first_position) == (group + 1, position + 1)
                && next.entering == digest
                && next.uuid == root.uuid
                && found.size <= u64::from(u32::MAX)
        }))
    }

    /// A finished segment has a footer, an unfinished one its whole length, and after a footer
    /// there is another segment.
    fn check_end(
        &self,
        segment: usize,
        header: &SegmentHeader,
        end: &SegmentEnd,
        cursor: &Cursor,
    ) -> Result<(), Corruption> {
        let found = &self.segments[segment];
        let footer = end.is_footer();
        let fault = |detail| Err(sequence_fault(&found.path, cursor.position, detail));
        if footer && segment + 1 == self.segments.len() {
            return fault("the segment after it is missing");
        }
        if !footer && segment < self.last() {
            return fault("it has no footer although a later segment is in use");
        }
        let empty = self.newest_empty && segment + 1 == self.segments.len();
        if !footer && !empty && found.size != u64::from(header.length) {
            return fault("the file has another length than it was made with");
        }
        Ok(())
    }
}

/// The segment with this index continues what `cursor` says.
pub(crate) fn check_sequence<F>(
    found: &Found<F>,
    header: &SegmentHeader,
    index: usize,
    root: &Root,
    cursor: &Cursor,
) -> Result<(), Corruption> {
    let detail = if header.uuid != root.uuid {
        "the segment belongs to another log"
    } else if header.number != wide(index) + 1 {
        "a segment before it is missing or doubled"
    } else if header.first_position != found.name.first_position {
        "the file's name is not the position it begins with"
    } else if (header.first_position, header.first_group) != (cursor.position + 1, cursor.group + 1)
    {
        "it does not begin where the segment before it ends"
    } else if header.entering != cursor.digest {
        "it does not continue the chain of the segment before it"
    } else {
        return Ok(());
    };
    Err(sequence_fault(&found.path, cursor.position, detail))
}
