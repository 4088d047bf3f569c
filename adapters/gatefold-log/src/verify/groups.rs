//! The groups of one segment, sound and damaged, to its end: behind a damaged place the walk goes
//! on at the next sound group.

use gatefold_core::record::Position;
use gatefold_core::record::disk::Disk;

use crate::error::WalkError;
use crate::format::bytes::{narrow, wide};
use crate::format::group::{GROUP_HEADER_BYTES, GroupHeader, Kind};
use crate::format::segment::SegmentHeader;
use crate::format::{BLOCK, BLOCK_BYTES};
use crate::read::Check;
use crate::recovery::decide::{Decision, Header, Label, Numbers, Rest, Seen, decide};
use crate::recovery::layout::Found;
use crate::recovery::start::{Start, body_at};
use crate::recovery::walk::{Cursor, SegmentWalk};
use crate::verify::report::{Affected, Damage, TornTail};
use crate::window::Window;

/// What is met on the way through a segment.
pub(crate) enum Met<'m> {
    /// A group that passed every check.
    Sound(&'m GroupHeader, &'m [u8]),
    /// A group whose sums, place and numbers are right, but not its link to the one before.
    Unchained(&'m GroupHeader, &'m [u8]),
    /// A damaged place; comes before what is met behind it.
    Damage(Damage),
    /// This far in the file.
    Way(u64),
}

/// Called for everything that is met.
pub(crate) type Meet<'m> = dyn FnMut(Met<'_>) + 'm;

/// How far a segment could be followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Followed {
    /// Behind the last group known.
    pub cursor: Cursor,
    /// The digest is known, so that the next group's link can be checked.
    pub chained: bool,
    /// It ends with a footer.
    pub footer: bool,
    /// Nothing sound was found behind the last damage.
    pub lost: bool,
    pub torn: Option<TornTail>,
}

/// A segment on its way.
pub(crate) struct Groups<'g, D: Disk> {
    walk: SegmentWalk<'g, D>,
    window: Window<'g, D>,
    at: u64,
    followed: Followed,
}

impl<'g, D: Disk> Groups<'g, D> {
    /// The segment `found`, whose header says `header` and which begins behind `cursor`; whether
    /// the digest in it can be relied on says `chained`.
    pub(crate) fn new(
        disk: &'g D,
        found: &'g Found<D::File>,
        header: &'g SegmentHeader,
        sealed: bool,
        cursor: Cursor,
        chained: bool,
    ) -> Self {
        let (file, path, size) = (&found.file, found.path.as_str(), found.size);
        let walk = SegmentWalk { disk, file, path, header, size, sealed };
        let followed = Followed { cursor, chained, footer: false, lost: false, torn: None };
        Self { walk, window: Window::new(disk, file), at: BLOCK, followed }
    }

    /// Goes through the segment.
    pub(crate) fn follow(mut self, meet: &mut Meet<'_>) -> Result<Followed, WalkError> {
        while self.at + BLOCK <= self.walk.size {
            meet(Met::Way(self.at));
            if self.followed.footer {
                self.behind_footer(meet)?;
                break;
            }
            let check = if self.followed.chained { Check::Chain } else { Check::Sums };
            let start = Start { offset: self.at, check, after: 0 };
            let (at, cursor) = (self.at, self.followed.cursor);
            let mut found = self.walk.inspect(&mut self.window, at, &cursor, start)?;
            let mut until = None;
            if !found.seen.sound() {
                let behind = at + BLOCK;
                (found.seen.rest, until) = self.walk.rest(&mut self.window, behind, &cursor)?;
            }
            let label = decide(&found.seen);
            match (label.decision(), found.header) {
                (Decision::Accept, Some(header)) => {
                    meet(Met::Sound(&header, body_at(&mut self.window, at, &header)?));
                    self.pass(&header);
                }
                (Decision::End, _) => break,
                (Decision::Torn, header) => {
                    let claimed_events = header.map(|header| header.events);
                    let segment = self.walk.path.to_owned();
                    self.followed.torn = Some(TornTail { segment, offset: at, claimed_events });
                    break;
                }
                (Decision::Corrupt | Decision::Accept, header) => {
                    self.damage(label, &found.seen, header, until, meet)?;
                    if self.followed.lost {
                        break;
                    }
                }
            }
        }
        meet(Met::Way(self.walk.size));
        Ok(self.followed)
    }

    /// A group whose header can be relied on lies behind.
    fn pass(&mut self, header: &GroupHeader) {
        let cursor = &mut self.followed.cursor;
        cursor.group = header.number;
        cursor.position = cursor.position.saturating_add(u64::from(header.events));
        cursor.digest = header.digest;
        self.followed.chained = true;
        self.followed.footer = header.kind == Kind::Footer;
        self.at += header.padded_len();
    }

    /// Reports a damaged place and goes on behind it.
    fn damage(
        &mut self,
        label: Label,
        seen: &Seen,
        header: Option<GroupHeader>,
        until: Option<u64>,
        meet: &mut Meet<'_>,
    ) -> Result<(), WalkError> {
        let (at, cursor) = (self.at, self.followed.cursor);
        let mut damage = self.damage_at(label, &cursor);
        damage.detail = format!("{}: {}", damage.detail, seen.fault());
        let in_place = seen.salt && seen.offset && seen.numbers == Numbers::Expected;
        let reliable = header.filter(|_| seen.header == Header::Good && in_place);
        if let Some(header) = reliable {
            let events = u64::from(header.events);
            let whole = seen.body && seen.chain;
            let lost = if whole { 0 } else { events };
            damage.until = Some(damage.first.after(lost));
            meet(Met::Damage(damage));
            if seen.body {
                let body = body_at(&mut self.window, at, &header)?;
                meet(if whole { Met::Sound(&header, body) } else { Met::Unchained(&header, body) });
            }
            self.pass(&header);
            return Ok(());
        }
        let from = if seen.numbers == Numbers::Higher { at } else { at + BLOCK };
        match self.next_sound(from)? {
            Some(header) => {
                damage.until = Some(Position::new(header.first_position));
                self.at = header.offset;
                self.followed.cursor.group = header.number - 1;
                self.followed.cursor.position = header.first_position - 1;
                self.followed.chained = false;
            }
            None => {
                damage.until = until.map(Position::new);
                self.followed.lost = true;
            }
        }
        meet(Met::Damage(damage));
        Ok(())
    }

    fn damage_at(&self, label: Label, cursor: &Cursor) -> Damage {
        let corruption = self.walk.corrupt(self.at, label, cursor, None);
        Damage {
            segment: corruption.segment,
            offset: corruption.offset,
            label: corruption.label,
            first: corruption.first,
            until: corruption.until,
            detail: corruption.detail,
            affected: Affected::default(),
        }
    }

    /// Behind a footer nothing may follow.
    fn behind_footer(&mut self, meet: &mut Meet<'_>) -> Result<(), WalkError> {
        let cursor = self.followed.cursor;
        if self.walk.rest(&mut self.window, self.at, &cursor)?.0 != Rest::Zero {
            let mut damage = self.damage_at(Label::L, &cursor);
            damage.detail.push_str(": bytes behind the footer");
            damage.until = Some(damage.first);
            meet(Met::Damage(damage));
        }
        Ok(())
    }

    /// The header of the first group from `from` on that is later, whole and in its place.
    fn next_sound(&mut self, from: u64) -> Result<Option<GroupHeader>, WalkError> {
        let (salt, cursor) = (self.walk.header.salt, self.followed.cursor);
        let found = next_whole(&mut self.window, from, self.walk.size, &mut |header| {
            header.salt == salt
                && header.number > cursor.group
                && header.first_position > cursor.position
        });
        Ok(found?)
    }
}

/// The header of the first group from `from` on that stands where it says, has its body's sum, and
/// is wanted.
pub(crate) fn next_whole<D: Disk>(
    window: &mut Window<'_, D>,
    from: u64,
    size: u64,
    wanted: &mut dyn FnMut(&GroupHeader) -> bool,
) -> Result<Option<GroupHeader>, gatefold_core::record::disk::DiskError> {
    let mut at = from;
    while at + BLOCK <= size {
        if let Ok(header) = GroupHeader::decode(window.get(at, BLOCK_BYTES)?)
            && header.offset == at
            && wanted(&header)
        {
            let body_len = narrow(u64::from(header.body_len));
            let body = window.get(at + wide(GROUP_HEADER_BYTES), body_len)?;
            if body.len() == body_len && crc32c::crc32c(body) == header.body_sum {
                return Ok(Some(header));
            }
        }
        at += BLOCK;
    }
    Ok(None)
}

impl Seen {
    /// What about the place itself is not right, in words.
    const fn fault(&self) -> &'static str {
        match (self.header, self.numbers) {
            (Header::Zero, _) => "zeros",
            (Header::Bad, _) => "no group header with its checksum",
            (Header::Good, _) if !self.salt => "a group of another segment",
            (Header::Good, _) if !self.offset => "a group that belongs to another offset",
            (Header::Good, Numbers::Lower) => "a group that was there before",
            (Header::Good, Numbers::Higher) => "a group that is too far on",
            (Header::Good, Numbers::Expected) if !self.body => "the body's checksum does not fit",
            (Header::Good, Numbers::Expected) if !self.chain => {
                "the chain does not fit: this group or the one before it was changed"
            }
            (Header::Good, Numbers::Expected) if !self.padding => "bytes behind the group's body",
            (Header::Good, Numbers::Expected) => "nothing",
        }
    }
}
