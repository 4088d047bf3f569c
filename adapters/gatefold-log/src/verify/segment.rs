//! Going through one segment, even if its header is damaged.

use std::collections::BTreeMap;

use gatefold_core::record::Position;
use gatefold_core::record::disk::{Disk, DiskError};
use gatefold_core::vocabulary::Timestamp;

use crate::error::{OpenError, WalkError};
use crate::format::bytes::{narrow, wide};
use crate::format::group::{GroupHeader, Kind};
use crate::format::root::Root;
use crate::format::segment::SegmentHeader;
use crate::format::{BLOCK, Digest};
use crate::open::read_root;
use crate::read::footer_of;
use crate::read::segments::Segments;
use crate::recovery::decide::Label;
use crate::recovery::layout::Found;
use crate::recovery::walk::Cursor;
use crate::verify::facts::{Depth, Facts};
use crate::verify::groups::{Groups, Meet, Met, next_whole};
use crate::verify::join::Seen;
use crate::verify::report::{Affected, Damage};
use crate::window::Window;

/// VerifyProgress is told about every so many bytes.
const STEP_BYTES: u64 = 1_048_576;
const FORMAT: &str = "FORMAT";

/// Where a segment stands.
pub(crate) struct Surroundings<'s> {
    pub segments: &'s Segments,
    pub index: usize,
    /// Nothing is in the newest segment.
    pub newest_empty: bool,
}

impl Surroundings<'_> {
    fn newest(&self) -> bool {
        self.index + 1 == self.segments.count()
    }

    /// A later segment holds groups.
    pub(crate) fn sealed(&self) -> bool {
        self.index + 1 + usize::from(self.newest_empty) < self.segments.count()
    }
}

/// Which log this is, and what is wrong with its file `FORMAT`: without that file most segments
/// must agree.
pub(crate) fn root_of<D: Disk>(
    disk: &D,
    segments: &Segments,
) -> Result<(Root, Option<Damage>), OpenError> {
    let detail = match read_root(disk) {
        Ok(Some(root)) => return Ok((root, None)),
        Ok(None) => "the file is missing".to_owned(),
        Err(OpenError::Corrupt(corruption)) => corruption.detail,
        Err(error) => return Err(error),
    };
    let mut votes: BTreeMap<[u8; 16], usize> = BTreeMap::new();
    for index in 0..segments.count() {
        let found = segments.open(disk, index)?;
        if let Some(Found { header: Ok(header), .. }) = found {
            *votes.entry(header.uuid).or_default() += 1;
        }
    }
    let winner = votes.into_iter().max_by_key(|(_, votes)| *votes);
    let uuid = winner.map_or([0; 16], |(uuid, _)| uuid);
    let first = Position::ZERO.next();
    let affected = Affected { streams: Vec::new(), complete: true };
    let label = Label::N;
    let segment = FORMAT.to_owned();
    let fault = Damage { segment, offset: 0, label, first, until: Some(first), detail, affected };
    Ok((Root { uuid, created: Timestamp::EPOCH }, Some(fault)))
}

/// A segment that can be gone through: its header, or one made up from its first whole group, and
/// where it begins.
pub(crate) struct Way {
    pub header: SegmentHeader,
    pub begins: Cursor,
    /// The digest that it begins with is known.
    pub chained: bool,
}

/// How a segment can be gone through; `None` if nothing in it can be read.
pub(crate) fn way_through<D: Disk>(
    disk: &D,
    found: &Found<D::File>,
) -> Result<Option<Way>, DiskError> {
    if let Ok(header) = &found.header {
        let begins = Cursor {
            group: header.first_group - 1,
            position: header.first_position - 1,
            digest: header.entering,
        };
        return Ok(Some(Way { header: header.clone(), begins, chained: true }));
    }
    let mut window = Window::new(disk, &found.file);
    let from = found.name.first_position;
    let group = next_whole(&mut window, BLOCK, found.size, &mut |header: &GroupHeader| {
        header.number > 0 && header.first_position >= from.max(1)
    })?;
    Ok(group.map(|group| {
        let (number, position) = (group.number - 1, group.first_position - 1);
        let header = SegmentHeader {
            uuid: [0; 16],
            number: 1,
            first_position: group.first_position,
            first_group: group.number,
            created_ns: 0,
            entering: Digest::default(),
            salt: group.salt,
            length: u32::try_from(found.size).unwrap_or(u32::MAX),
        };
        let begins = Cursor { group: number, position, digest: Digest::default() };
        Way { header, begins, chained: false }
    }))
}

/// Goes through one segment and notes what is in it.
pub(crate) fn go_through<D: Disk>(
    disk: &D,
    around: &Surroundings<'_>,
    depth: &Depth<'_>,
    more: &dyn Fn(u64),
) -> Result<Option<Seen>, WalkError> {
    let Some(found) = around.segments.open(disk, around.index)? else {
        return Ok(None);
    };
    let way = way_through(disk, &found)?;
    let mut facts = Facts::of(&found.path);
    let (mut followed, mut told) = (None, 0);
    let begins = way.as_ref().map(|way| way.begins);
    if let Some(Way { header, begins, chained }) = &way {
        let sealed = around.sealed();
        let groups = Groups::new(disk, &found, header, sealed, *begins, *chained);
        let meet: &mut Meet<'_> = &mut |met| match met {
            Met::Sound(group, body) => {
                if group.kind == Kind::Footer {
                    facts.footer(header.first_position, group, body);
                }
                facts.sound(group, body, depth);
            }
            Met::Unchained(group, body) => facts.unchained(group, body),
            Met::Damage(damage) => facts.damage(damage),
            Met::Way(at) if at >= told + STEP_BYTES || at == found.size => {
                more(at - told);
                told = at;
            }
            Met::Way(_) => (),
        };
        followed = Some(groups.follow(meet)?);
        // Where a place is damaged the whole differs, which says no more.
        if depth.deep.is_some() && found.header.is_ok() && !facts.is_damaged() {
            check_file(disk, &found, header, &mut facts)?;
        }
    }
    facts.end_run();
    Ok(Some(Seen {
        name: found.name,
        size: found.size,
        facts,
        followed,
        begins,
        sealed: around.sealed(),
        last: around.newest(),
        empty: around.newest() && around.newest_empty,
        header: found.header,
    }))
}

/// The file's bytes have the digest that its footer says.
fn check_file<D: Disk>(
    disk: &D,
    found: &Found<D::File>,
    header: &SegmentHeader,
    facts: &mut Facts,
) -> Result<(), DiskError> {
    let Some((group, footer)) = footer_of(disk, found, header)? else {
        return Ok(());
    };
    let mut hasher = blake3::Hasher::new();
    let mut window = Window::new(disk, &found.file);
    let mut at = 0;
    while at < group.offset {
        let piece = window.get(at, narrow(BLOCK.min(group.offset - at)))?;
        hasher.update(piece);
        at += wide(piece.len().max(1));
    }
    if *hasher.finalize().as_bytes() != footer.file_digest {
        let detail = "the footer's digest is not that of the file".to_owned();
        facts.wrong_footer(&group, detail);
    }
    Ok(())
}
