//! Finding out what is durable: only what is new since the last look is walked.

use std::ops::ControlFlow;

use gatefold_core::record::Position;
use gatefold_core::record::disk::Disk;

use crate::error::{Corruption, WalkError};
use crate::format::group::Kind;
use crate::format::root::Root;
use crate::format::{BLOCK, BLOCK_BYTES, Digest, ZERO_BLOCK, genesis};
use crate::open::LOCK;
use crate::read::heads::Heads;
use crate::read::scan::Place;
use crate::read::segments::{Segments, start_of};
use crate::read::{Check, Until, footer_of, frames_in};
use crate::recovery::decide::Label;
use crate::recovery::ending::SegmentEnd;
use crate::recovery::layout::{Found, check_sequence, sequence_fault};
use crate::recovery::start::Start;
use crate::recovery::walk::{Cursor, SegmentWalk, Sound};

/// What a look found.
#[derive(Clone)]
pub(crate) struct Known {
    pub heads: Heads,
    pub until: Until,
    /// The chain's digest after the group `until`.
    pub digest: Digest,
    /// The log ends in bytes that are no whole group, and nobody is writing them.
    pub torn: bool,
    /// Behind the group `until`.
    place: Place,
    /// Behind every group seen: where the next one will be.
    ahead: Place,
    /// Somebody was writing.
    live: bool,
}

/// A look at the log on its way.
struct Look<'l, D: Disk> {
    disk: &'l D,
    root: &'l Root,
    segments: Segments,
    /// Nothing is in the newest segment.
    newest_empty: bool,
    known: Known,
    held: Held,
}

/// A sound group that waits for its proof.
#[derive(Default)]
struct Held {
    frames: Vec<u8>,
    group: Option<(Corruption, u32, Until, Digest, Place)>,
}

impl Known {
    /// Nothing.
    pub(crate) fn nothing(root: &Root) -> Self {
        let start = Place::start_of(0);
        Self {
            heads: Heads::default(),
            until: Until { group: 0, position: Position::ZERO },
            digest: genesis(&root.uuid),
            torn: false,
            place: start,
            ahead: start,
            live: false,
        }
    }

    /// What is known after another look; `None` if nothing has changed. `live`: somebody is
    /// writing.
    pub(crate) fn look<D: Disk>(
        &self,
        disk: &D,
        root: &Root,
        live: bool,
    ) -> Result<Option<Self>, WalkError> {
        let segments = Segments::list(disk)?;
        if self.until.group > 0 && self.is_current(disk, &segments, live)? {
            return Ok(None);
        }
        let newest_empty = segments.newest_is_empty(disk, live)?;
        let held = Held::default();
        let known = self.clone();
        let look = Look { disk, root, segments, newest_empty, known, held };
        look.run(live).map(Some)
    }

    /// Nothing was written where the next group will be.
    fn is_current<D: Disk>(
        &self,
        disk: &D,
        segments: &Segments,
        live: bool,
    ) -> Result<bool, WalkError> {
        let unproven = self.ahead != self.place;
        if live != self.live && unproven {
            return Ok(false);
        }
        let Some(found) = segments.open(disk, self.ahead.segment)? else {
            return Ok(true);
        };
        let mut block = [0; BLOCK_BYTES];
        let count = disk.read_at(&found.file, self.ahead.offset, &mut block)?;
        Ok(block[..count] == ZERO_BLOCK[..count] && !self.torn)
    }
}

impl<D: Disk> Look<'_, D> {
    fn run(mut self, live: bool) -> Result<Known, WalkError> {
        let (segment, end) = self.follow()?;
        let live = live || self.disk.is_locked(LOCK)?;
        if !live && self.held.group.is_some() {
            // Nobody writes: what is there stays there, once the disk has it.
            if let Some(found) = self.segments.open(self.disk, segment)? {
                self.disk.sync_data(&found.file)?;
            }
            self.held.prove(&mut self.known)?;
        }
        self.known.torn = end.torn && !live;
        self.known.live = live;
        Ok(self.known)
    }

    /// Walks what is new and returns where and how it ended.
    fn follow(&mut self) -> Result<(usize, SegmentEnd), WalkError> {
        let mut place = self.known.place;
        let newest = self.segments.count() - 1;
        let mut ended = (place.segment, SegmentEnd { offset: place.offset, ..SegmentEnd::EMPTY });
        loop {
            let Some(found) = self.segments.open(self.disk, place.segment)? else {
                return Ok(ended);
            };
            let only_empty = newest == 0 && self.newest_empty;
            if place.segment == newest && self.newest_empty && newest > 0 {
                self.known.ahead = place;
                return Ok(ended);
            }
            let known = place.cursor.map_or(0, |cursor| cursor.position);
            let fault = |detail| WalkError::from(sequence_fault(&found.path, known, detail));
            let header = match &found.header {
                Ok(header) => header,
                Err(_) if only_empty => return Ok((0, SegmentEnd::EMPTY)),
                Err(detail) => return Err(fault(detail)),
            };
            let start = || start_of(header, place.segment, self.root);
            let mut cursor = place.cursor.unwrap_or_else(start);
            if place.offset == BLOCK {
                check_sequence(&found, header, place.segment, self.root, &cursor)?;
                if let Some(behind) = self.by_footer(&found, place.segment)? {
                    place = behind;
                    continue;
                }
            }
            let end = self.walk(&found, place, &mut cursor)?;
            let (segment, size) = (place.segment, found.size);
            ended = (segment, end);
            self.known.ahead = Place { segment, offset: end.offset, cursor: Some(cursor) };
            if end.is_footer() {
                if segment == newest {
                    return Err(fault("the segment after it is missing"));
                }
                place = Place { segment: segment + 1, offset: BLOCK, cursor: Some(cursor) };
            } else if self.is_sealed(segment) {
                return Err(fault("it has no footer although a later segment is in use"));
            } else if !only_empty && size != u64::from(header.length) {
                return Err(fault("the file has another length than it was made with"));
            } else {
                return Ok(ended);
            }
        }
    }

    fn is_sealed(&self, segment: usize) -> bool {
        segment + 1 + usize::from(self.newest_empty) < self.segments.count()
    }

    fn walk(
        &mut self,
        found: &Found<D::File>,
        place: Place,
        cursor: &mut Cursor,
    ) -> Result<SegmentEnd, WalkError> {
        let sealed = self.is_sealed(place.segment);
        let header = match &found.header {
            Ok(header) => header,
            Err(detail) => return Err(sequence_fault(&found.path, 0, detail).into()),
        };
        let (file, path, size) = (&found.file, found.path.as_str(), found.size);
        let walk = SegmentWalk { disk: self.disk, file, path, header, size, sealed };
        let start = Start { offset: place.offset, check: Check::Chain, after: 0 };
        let (known, held) = (&mut self.known, &mut self.held);
        walk.run_from(start, cursor, &mut |sound| {
            held.prove(known)?;
            held.hold(place.segment, sound);
            Ok(ControlFlow::Continue(()))
        })
    }

    /// Takes a finished segment in by its footer if groups in the next one prove it.
    fn by_footer(
        &mut self,
        found: &Found<D::File>,
        segment: usize,
    ) -> Result<Option<Place>, WalkError> {
        let next = self.segments.open(self.disk, segment + 1)?;
        let (Ok(header), Some(next), true) = (&found.header, next, self.is_sealed(segment)) else {
            return Ok(None);
        };
        let Some((group, footer)) = footer_of(self.disk, found, header)? else {
            return Ok(None);
        };
        let joins = next.header.as_ref().is_ok_and(|next| {
            next.entering == group.digest
                && next.first_group == group.number + 1
                && next.first_position == group.first_position
        });
        if !joins {
            return Ok(None);
        }
        // The group that waits is in the segment before, which this one proves.
        self.held.prove(&mut self.known)?;
        let Some(heads) = self.known.heads.after_segment(&footer) else {
            return Ok(None);
        };
        let position = Position::new(footer.last_position);
        let cursor =
            Cursor { group: group.number, position: footer.last_position, digest: group.digest };
        let place = Place { segment: segment + 1, offset: BLOCK, cursor: Some(cursor) };
        let until = Until { group: group.number, position };
        let (digest, ahead) = (group.digest, place);
        let Known { torn, live, .. } = self.known;
        self.known = Known { heads, until, digest, torn, place, ahead, live };
        Ok(Some(place))
    }
}

impl Held {
    /// Waits with a group until the next one proves it.
    fn hold(&mut self, segment: usize, sound: &Sound<'_>) {
        let header = sound.header;
        self.frames.clear();
        self.frames.extend_from_slice(frames_in(sound));
        let place = Place::behind(segment, sound);
        let last = header.first_position - 1 + u64::from(header.events);
        let until = Until { group: header.number, position: Position::new(last) };
        let fault = Corruption {
            segment: sound.segment.to_owned(),
            offset: header.offset,
            label: Label::P,
            first: Position::new(header.first_position),
            until: None,
            detail: Label::P.detail().to_owned(),
        };
        assert!(header.kind == Kind::Events || self.frames.is_empty(), "only events have frames");
        self.group = Some((fault, header.events, until, header.digest, place));
    }

    /// The group that waits is durable.
    fn prove(&mut self, known: &mut Known) -> Result<(), Corruption> {
        let Some((mut fault, events, until, digest, place)) = self.group.take() else {
            return Ok(());
        };
        let applied = known.heads.apply(fault.first.get(), events, &self.frames);
        applied.map_err(|detail| {
            fault.detail = format!("{}: {detail}", fault.detail);
            fault
        })?;
        (known.until, known.digest, known.place) = (until, digest, place);
        Ok(())
    }
}
