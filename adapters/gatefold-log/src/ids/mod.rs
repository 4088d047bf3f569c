//! Every event's id, so that a repeated append is recognized: in memory for the segment that is
//! written to, in one file for each finished segment.

pub(crate) mod bloom;
pub(crate) mod entries;
pub(crate) mod file;
mod kept;
pub(crate) mod prefix;
pub(crate) mod scan;

use std::sync::Arc;

use gatefold_core::record::disk::Disk;
use gatefold_core::record::{Position, Record, Version};
use gatefold_core::vocabulary::EventId;
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use crate::error::WalkError;
use crate::format::Digest;
use crate::format::frame::Frame;
use crate::format::segment::SegmentName;
use file::IdFile;
use prefix::Prefix;

/// Where an event stands, and the checksum of its frame there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub stream: u32,
    pub version: Version,
    pub position: Position,
    pub sum: u32,
}

/// Events by their ids.
pub(crate) type KnownIds = IndexMap<EventId, Known, FxBuildHasher>;

/// A table grows eightfold, but by no more ids than this.
const GROWTH: usize = 7;
const GROWTH_MAX: usize = 262_144;

/// Makes room for some more. Each growth puts in again what is there, far apart in memory and while
/// somebody waits: there are few.
pub(crate) fn make_room(known: &mut KnownIds, more: usize) {
    if known.len() + more > known.capacity() {
        known.reserve(more.max((GROWTH * known.len()).min(GROWTH_MAX)));
    }
}

/// Where the frame with an id is in its segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct IdAt {
    /// The low half of the id.
    pub key: u64,
    /// The offset of its group in the file.
    pub group: u32,
    /// The offset of its frame in the group's body.
    pub frame: u32,
}

/// The low half of an id, which id files are sorted by.
pub(crate) fn key_of(id: EventId) -> u64 {
    u64::try_from(id.raw() & u128::from(u64::MAX)).unwrap_or(0)
}

/// A finished segment, as an id file names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Finished {
    pub name: SegmentName,
    pub salt: u64,
    /// The digest of its footer.
    pub digest: Digest,
}

/// The ids of a finished segment.
pub(crate) enum Sealed {
    /// In memory, because their file is not written yet or cannot be.
    Held(Held),
    /// In their file.
    Filed(IdFile),
    /// Of the segment that is written to, up to the checkpoint that the log was opened from.
    Prefix(Prefix),
}

/// The ids of a finished segment in memory.
pub(crate) struct Held {
    pub segment: Finished,
    pub known: KnownIds,
    pub entries: Arc<Vec<IdAt>>,
    /// Writing the file failed: it is not tried again before the next opening.
    pub unwritten: bool,
}

/// All finished segments, the newest last.
pub(crate) type SealedList = Arc<Vec<Arc<Sealed>>>;

/// Where the events of a batch stand that finished segments hold.
pub(crate) fn in_sealed<D: Disk>(
    disk: &D,
    sealed: &[Arc<Sealed>],
    records: &[Record],
) -> Result<KnownIds, WalkError> {
    let mut found = KnownIds::default();
    for record in records {
        for segment in sealed.iter().rev() {
            let known = match segment.as_ref() {
                Sealed::Held(held) => held.known.get(&record.id).copied(),
                Sealed::Filed(file) => file.find(disk, record.id)?,
                Sealed::Prefix(prefix) => prefix.find(disk, record.id)?,
            };
            if let Some(known) = known {
                found.insert(record.id, known);
                break;
            }
        }
    }
    Ok(found)
}

/// What is known of a sound event's frame.
pub(crate) fn known_of(frame: &Frame<'_>) -> Known {
    Known {
        stream: frame.stream,
        version: Version::new(frame.version),
        position: Position::new(frame.position),
        sum: frame.sum(),
    }
}

/// The checksum of the frame that a record has if it stands where the log knows one with its id:
/// tells a repetition from a clash of ids, which is a caller's bug.
fn sum_there(record: &Record, known: &Known) -> u32 {
    Frame::of(record, known.stream, known.version, known.position).sum()
}

/// Whether a batch is in the log already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    /// No event of it is.
    Absent,
    /// All of it, in order and with the same content; the last event stands here.
    Whole(Position, Version),
    /// This id is, but not as part of the same batch.
    Reused(EventId),
}

/// Judges a batch for a stream by what is known of its ids.
pub(crate) fn presence(
    stream: Option<u32>,
    records: &[Record],
    known: &dyn Fn(EventId) -> Option<Known>,
) -> Presence {
    let mut last: Option<Known> = None;
    let mut whole = true;
    let mut reused = None;
    for record in records {
        let Some(known) = known(record.id) else {
            whole = false;
            continue;
        };
        reused = reused.or(Some(record.id));
        let follows = last.is_none_or(|last| last.version.next() == known.version);
        let same = stream == Some(known.stream) && sum_there(record, &known) == known.sum;
        if !(follows && same) && whole {
            reused = Some(record.id);
            whole = false;
        }
        last = Some(known);
    }
    match (last, reused.or_else(|| repeated(records))) {
        (Some(last), _) if whole => Presence::Whole(last.position, last.version),
        (_, Some(id)) => Presence::Reused(id),
        (_, None) => Presence::Absent,
    }
}

/// An id that is twice in one batch.
fn repeated(records: &[Record]) -> Option<EventId> {
    if records.len() < 2 {
        return None;
    }
    let mut ids: Vec<EventId> = records.iter().map(|record| record.id).collect();
    ids.sort_unstable();
    ids.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A table that grew with every doubling would put all in again each time.
    #[test]
    fn a_table_grows_seldom_and_has_no_room_for_many_times_what_it_holds() {
        let (mut known, mut grown) = (KnownIds::default(), 0);
        for batch in 0..300_u64 {
            let before = known.capacity();
            make_room(&mut known, 100);
            grown += u32::from(known.capacity() > before);
            let (len, capacity) = (known.len(), known.capacity());
            assert!(len + 100 <= capacity && capacity <= 16 * (len + 100), "{capacity} for {len}");
            for number in batch * 100..(batch + 1) * 100 {
                let (version, position) = (Version::new(number), Position::new(number));
                let place = Known { stream: 1, version, position, sum: 0 };
                known.insert(EventId::from_raw(u128::from(number)), place);
            }
        }
        assert!(grown <= 4, "{grown}");
    }
}
