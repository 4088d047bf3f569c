//! Walking the groups of one segment: every sum, salt, offset, number and link of the chain is
//! checked on every walk.

use std::ops::{ControlFlow, Range};

use gatefold_core::record::Position;
use gatefold_core::record::disk::Disk;

use crate::error::{Corruption, WalkError};
use crate::format::bytes::narrow;
use crate::format::group::{
    GROUP_HEADER_BYTES, GroupFault, GroupHeader, Kind, chained_in_place, padded_len,
};
use crate::format::segment::SegmentHeader;
use crate::format::{BLOCK, BLOCK_BYTES, Digest, ZERO_BLOCK};
use crate::read::Check;
use crate::recovery::decide::{Decision, Header, Label, Numbers, Rest, Seen, decide};
use crate::recovery::ending::SegmentEnd;
use crate::recovery::start::{Start, body_at};
use crate::window::Window;

/// How far the log is known: the last group, the last event, and the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub group: u64,
    pub position: u64,
    pub digest: Digest,
}

/// A group that passed every check.
pub(crate) struct Sound<'a> {
    pub segment: &'a str,
    pub header: &'a GroupHeader,
    pub body: &'a [u8],
}

impl<'a> Sound<'a> {
    /// The group ends its segment.
    pub(crate) fn is_footer(&self) -> bool {
        self.header.kind == Kind::Footer
    }

    /// The group's frames. A footer's body is something else.
    pub(crate) fn frames(&self) -> &'a [u8] {
        if self.is_footer() { &[] } else { self.body }
    }
}

/// Called for each sound group, in order.
pub(crate) type Visit<'v> = dyn FnMut(&Sound<'_>) -> Result<ControlFlow<()>, WalkError> + 'v;

/// One segment to be walked.
pub(crate) struct SegmentWalk<'w, D: Disk> {
    pub disk: &'w D,
    pub file: &'w D::File,
    /// The file's path, for errors.
    pub path: &'w str,
    pub header: &'w SegmentHeader,
    pub size: u64,
    /// A later segment holds groups.
    pub sealed: bool,
}

/// What was found at one place.
pub(crate) struct Found {
    pub seen: Seen,
    pub header: Option<GroupHeader>,
}

impl<D: Disk> SegmentWalk<'_, D> {
    /// Walks from the first group on and moves `cursor` over every sound one.
    pub(crate) fn run(
        &self,
        cursor: &mut Cursor,
        visit: &mut Visit<'_>,
    ) -> Result<SegmentEnd, WalkError> {
        self.run_from(Start::FULL, cursor, visit)
    }

    /// Walks from the group at `start` on, the one that follows `cursor`.
    pub(crate) fn run_from(
        &self,
        start: Start,
        cursor: &mut Cursor,
        visit: &mut Visit<'_>,
    ) -> Result<SegmentEnd, WalkError> {
        self.run_to(start, self.size, cursor, visit)
    }

    /// The same where it is known that the segment holds nothing but zeros from `zeros_from` on,
    /// which are not read again.
    pub(crate) fn run_to(
        &self,
        start: Start,
        zeros_from: u64,
        cursor: &mut Cursor,
        visit: &mut Visit<'_>,
    ) -> Result<SegmentEnd, WalkError> {
        let mut window = Window::new(self.disk, self.file);
        let mut end = SegmentEnd { offset: start.offset, ..SegmentEnd::EMPTY };
        while end.offset + BLOCK <= self.size {
            if end.is_footer() {
                return self.after_footer(&mut window, zeros_from, cursor, end);
            }
            let at = end.offset;
            let mut found = self.inspect(&mut window, at, cursor, start)?;
            let mut until = None;
            if !found.seen.sound() {
                let behind = at + BLOCK..zeros_from;
                (found.seen.rest, until) = self.rest_in(&mut window, behind, cursor)?;
            }
            let label = decide(&found.seen);
            match (label.decision(), found.header) {
                (Decision::Accept, Some(header)) => {
                    cursor.group = header.number;
                    cursor.digest = header.digest;
                    let mut flow = ControlFlow::Continue(());
                    if !start.passes(&header) {
                        let body = body_at(&mut window, at, &header)?;
                        flow = visit(&Sound { segment: self.path, header: &header, body })?;
                    }
                    cursor.position += u64::from(header.events);
                    end.last = Some((at, header.padded_len()));
                    end.kind = Some(header.kind);
                    end.offset += header.padded_len();
                    if flow.is_break() {
                        return Ok(SegmentEnd { stopped: true, ..end });
                    }
                }
                (Decision::Torn, header) => {
                    let claimed_events = header.map(|header| header.events);
                    return Ok(SegmentEnd { torn: true, claimed_events, ..end });
                }
                (Decision::End, _) => return Ok(end),
                (Decision::Corrupt | Decision::Accept, _) => {
                    return Err(self.corrupt(at, label, cursor, until).into());
                }
            }
        }
        Ok(end)
    }

    /// After a footer nothing may follow.
    fn after_footer(
        &self,
        window: &mut Window<'_, D>,
        zeros_from: u64,
        cursor: &Cursor,
        end: SegmentEnd,
    ) -> Result<SegmentEnd, WalkError> {
        match self.rest_in(window, end.offset..zeros_from, cursor)? {
            (Rest::Zero, _) => Ok(end),
            (Rest::Noise | Rest::LaterGroup, until) => {
                Err(self.corrupt(end.offset, Label::L, cursor, until).into())
            }
        }
    }

    pub(crate) fn corrupt(
        &self,
        offset: u64,
        label: Label,
        at: &Cursor,
        until: Option<u64>,
    ) -> Corruption {
        Corruption {
            segment: self.path.to_owned(),
            offset,
            label,
            first: Position::new(at.position).next(),
            until: until.map(Position::new),
            detail: label.detail().to_owned(),
        }
    }

    /// What is at `at`, where the group after `cursor` should be.
    pub(crate) fn inspect(
        &self,
        window: &mut Window<'_, D>,
        at: u64,
        cursor: &Cursor,
        start: Start,
    ) -> Result<Found, WalkError> {
        let mut seen = Seen {
            header: Header::Bad,
            body: true,
            padding: true,
            salt: true,
            offset: true,
            numbers: Numbers::Expected,
            chain: true,
            rest: Rest::Zero,
            sealed: self.sealed,
        };
        let block = window.get(at, BLOCK_BYTES)?;
        if block == ZERO_BLOCK {
            seen.header = Header::Zero;
            return Ok(Found { seen, header: None });
        }
        let header = match GroupHeader::decode(block) {
            Ok(header) => header,
            Err(GroupFault::Damaged) => return Ok(Found { seen, header: None }),
            Err(GroupFault::TooNew(detail)) => {
                let place = format!("{} at offset {at}", self.path);
                return Err(WalkError::TooNew { place, detail });
            }
        };
        seen.header = Header::Good;
        seen.salt = header.salt == self.header.salt;
        seen.offset = header.offset == at;
        seen.numbers = numbers(&header, cursor);
        if start.passes(&header) {
            return Ok(Found { seen, header: Some(header) });
        }
        let body_end = GROUP_HEADER_BYTES + narrow(u64::from(header.body_len));
        let whole = window.get(at, narrow(padded_len(header.body_len)))?;
        seen.body = match whole.get(GROUP_HEADER_BYTES..body_end) {
            Some(body) => crc32c::crc32c(body) == header.body_sum,
            None => false,
        };
        if seen.body {
            let padding = &whole[body_end..];
            seen.padding = padding == &ZERO_BLOCK[..padding.len()];
            if start.check == Check::Chain {
                let group = window.get_mut(at, body_end)?;
                seen.chain = chained_in_place(&cursor.digest, group) == header.digest;
            }
        }
        Ok(Found { seen, header: Some(header) })
    }

    /// What comes from `offset` on, and the position that a later group found there begins with.
    pub(crate) fn rest(
        &self,
        window: &mut Window<'_, D>,
        offset: u64,
        cursor: &Cursor,
    ) -> Result<(Rest, Option<u64>), WalkError> {
        self.rest_in(window, offset..self.size, cursor)
    }

    /// The same where only zeros follow the range.
    fn rest_in(
        &self,
        window: &mut Window<'_, D>,
        Range { start, end }: Range<u64>,
        cursor: &Cursor,
    ) -> Result<(Rest, Option<u64>), WalkError> {
        let mut rest = Rest::Zero;
        let mut at = start;
        while at < end {
            let block = window.get(at, BLOCK_BYTES)?;
            if block != &ZERO_BLOCK[..block.len()] {
                rest = Rest::Noise;
                match GroupHeader::decode(block) {
                    Ok(header) if self.is_later(&header, at, cursor) => {
                        return Ok((Rest::LaterGroup, Some(header.first_position)));
                    }
                    Ok(_) | Err(GroupFault::Damaged) => (),
                    Err(GroupFault::TooNew(_)) => return Ok((Rest::LaterGroup, None)),
                }
            }
            at += BLOCK;
        }
        Ok((rest, None))
    }

    fn is_later(&self, header: &GroupHeader, at: u64, cursor: &Cursor) -> bool {
        let placed = header.salt == self.header.salt && header.offset == at;
        placed && header.number > cursor.group + 1
    }
}

fn numbers(header: &GroupHeader, cursor: &Cursor) -> Numbers {
    let found = (header.number, header.first_position);
    let expected = (cursor.group + 1, cursor.position + 1);
    if found.0 < expected.0 || found.1 < expected.1 {
        Numbers::Lower
    } else if found == expected {
        Numbers::Expected
    } else {
        Numbers::Higher
    }
}
