//! What the chain was at a place of the log, found without reading what comes before it.

use std::ops::ControlFlow;

use gatefold_core::record::Position;
use gatefold_core::record::disk::Disk;

use crate::error::WalkError;
use crate::format::root::Root;
use crate::format::{Digest, genesis};
use crate::read::scan::{Place as At, Scan};
use crate::read::segments::{Segments, start_of};
use crate::read::{Check, Until};
use crate::snapshot::Place;

/// The chain's digest after a group, if the log has this group there.
///
/// The groups before it in its segment are passed by: only their headers are checked. Whether what
/// was written is still there is for opening and verifying to say; this only tells one history from
/// another, and the digests of two histories differ.
pub(super) fn digest_after<D: Disk>(
    disk: &D,
    root: &Root,
    place: Place,
) -> Result<Option<Digest>, WalkError> {
    let Place { group, position } = place;
    if group == 0 {
        return Ok((position == 0).then(|| genesis(&root.uuid)));
    }
    let segments = Segments::list(disk)?;
    let mut index = segments.of(position.saturating_add(1));
    loop {
        let Some(found) = segments.open(disk, index)? else {
            return Ok(None);
        };
        let start = found.header.as_ref().ok().map(|header| start_of(header, index, root));
        match start {
            Some(start) if start.group == group => {
                return Ok((start.position == position).then_some(start.digest));
            }
            Some(start) if start.group < group => break,
            // A segment that was made ahead of need, or begun after the group.
            Some(_) | None if index > 0 => index -= 1,
            Some(_) | None => return Ok(None),
        }
    }
    let until = Until { group, position: Position::new(position) };
    // The group that holds the position is looked at, those before it are not.
    let after = position.saturating_sub(1);
    let scan = Scan { disk, root, segments: &segments, check: Check::Sums, after, until };
    let mut digest = None;
    scan.run(&mut At::start_of(index), &mut |sound| {
        let header = sound.header;
        if header.number < group {
            return Ok(ControlFlow::Continue(()));
        }
        let last = header.first_position - 1 + u64::from(header.events);
        digest = (header.number == group && last == position).then_some(header.digest);
        Ok(ControlFlow::Break(()))
    })?;
    Ok(digest)
}
