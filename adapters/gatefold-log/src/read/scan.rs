//! From group to group, over the borders of segments, up to what is known to be durable.

use std::ops::ControlFlow;

use gatefold_core::record::disk::Disk;

use crate::error::WalkError;
use crate::format::BLOCK;
use crate::format::group::Kind;
use crate::format::root::Root;
use crate::read::segments::{Segments, start_of};
use crate::read::{Check, Until};
use crate::recovery::layout::{check_sequence, sequence_fault};
use crate::recovery::start::Start;
use crate::recovery::walk::{Cursor, SegmentWalk, Sound, Visit};

/// A place between two groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub segment: usize,
    pub offset: u64,
    /// What is known up to here; `None` at the start of a segment whose header is to be believed.
    pub cursor: Option<Cursor>,
}

impl Place {
    /// The start of a segment, as its header says.
    pub(crate) const fn start_of(segment: usize) -> Self {
        Self { segment, offset: BLOCK, cursor: None }
    }

    /// Behind a sound group.
    pub(crate) fn behind(segment: usize, sound: &Sound<'_>) -> Self {
        let header = sound.header;
        let cursor = Cursor {
            group: header.number,
            position: header.first_position - 1 + u64::from(header.events),
            digest: header.digest,
        };
        if header.kind == Kind::Footer {
            return Self { segment: segment + 1, offset: BLOCK, cursor: Some(cursor) };
        }
        Self { segment, offset: header.offset + header.padded_len(), cursor: Some(cursor) }
    }
}

/// What is read, and how far.
pub(crate) struct Scan<'s, D: Disk> {
    pub disk: &'s D,
    pub root: &'s Root,
    pub segments: &'s Segments,
    pub check: Check,
    /// Groups that hold nothing behind this position are passed by.
    pub after: u64,
    pub until: Until,
}

impl<D: Disk> Scan<'_, D> {
    /// Visits the groups from `place` on and moves it behind every one that the visitor did not
    /// break in. True if the last group was reached, or the visitor broke.
    pub(crate) fn run(&self, place: &mut Place, visit: &mut Visit<'_>) -> Result<bool, WalkError> {
        let Self { disk, root, segments, check, after, until } = *self;
        let mut next = segments.open(disk, place.segment)?;
        while let Some(found) = next {
            let segment = place.segment;
            next = segments.open(disk, segment + 1)?;
            let known = place.cursor.map_or(0, |cursor| cursor.position);
            let fault = |detail| sequence_fault(&found.path, known, detail);
            let header = found.header.as_ref().map_err(|detail| fault(detail))?;
            let mut cursor = place.cursor.unwrap_or_else(|| start_of(header, segment, root));
            if place.offset == BLOCK {
                check_sequence(&found, header, segment, root, &cursor)?;
            }
            let behind = next.as_ref().and_then(|next| next.header.as_ref().ok());
            let sealed = behind.is_some_and(|behind| behind.first_group <= until.group);
            let (file, path, size) = (&found.file, found.path.as_str(), found.size);
            let walk = SegmentWalk { disk, file, path, header, size, sealed };
            let start = Start { offset: place.offset, check, after };
            let end = walk.run_from(start, &mut cursor, &mut |sound| {
                let flow = visit(sound)?;
                if flow.is_break() {
                    return Ok(flow);
                }
                *place = Place::behind(segment, sound);
                let last = sound.header.number == until.group;
                Ok(if last { ControlFlow::Break(()) } else { flow })
            })?;
            if end.stopped {
                return Ok(true);
            }
            *place = Place { segment, offset: end.offset, cursor: Some(cursor) };
            if !end.is_footer() {
                let missing = "it has no footer although a later segment is in use";
                return if sealed { Err(fault(missing).into()) } else { Ok(false) };
            }
            *place = Place { segment: segment + 1, offset: BLOCK, cursor: Some(cursor) };
        }
        Ok(false)
    }
}
