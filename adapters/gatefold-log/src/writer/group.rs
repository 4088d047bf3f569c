//! The open group: the batches that go to the disk together, and what has to be known of them.

use std::time::Instant;

use gatefold_core::record::{Append, Stream};
use gatefold_core::vocabulary::EventId;

use crate::format::bytes::wide;
use crate::format::frame::{CONTROL_EPOCH, CONTROL_STREAM, FRAME_HEADER_BYTES, Frame, sum_at};
use crate::format::group::{GROUP_HEADER_BYTES, Kind};
use crate::ids::{Held, Known, KnownIds, make_room};
use crate::index::Index;
use crate::recovery::walk::Cursor;

/// A group is closed to further batches at this many bytes, or events.
const FULL_BYTES: usize = 1_048_576;
const FULL_EVENTS: usize = 4_096;
/// Bytes that a frame takes around its payload, at most.
const AROUND_BYTES: usize = FRAME_HEADER_BYTES + 8;

/// What one stream has in a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Touch {
    pub number: u32,
    pub stream: Stream,
    /// Versions and positions of its first and last event; zeros if it was only declared.
    pub versions: (u64, u64),
    pub positions: (u64, u64),
}

/// Batches that go to the disk together.
pub(crate) struct Group {
    pub kind: Kind,
    /// Room for the header, then the frames.
    pub bytes: Vec<u8>,
    pub events: u32,
    pub batches: u32,
    pub touches: Vec<Touch>,
    /// The events' ids and where their frames begin in the body.
    pub ids: Vec<(EventId, u32)>,
    /// Since when there may be a batch in it that nobody waits for.
    pub left: Option<Instant>,
    /// The epoch in force behind it.
    pub epoch: u64,
    /// How far the log is durable with it, or with the footer of the segment before it.
    pub after: Option<Cursor>,
    /// The segment that was finished before it.
    pub finished: Option<Held>,
}

impl Default for Group {
    fn default() -> Self {
        Self {
            kind: Kind::Events,
            bytes: vec![0; GROUP_HEADER_BYTES],
            events: 0,
            batches: 0,
            touches: Vec::new(),
            ids: Vec::new(),
            left: None,
            epoch: 0,
            after: None,
            finished: None,
        }
    }
}

impl Group {
    /// Nothing is in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.len() == GROUP_HEADER_BYTES
    }

    /// Makes it empty, keeping the space it has.
    pub(crate) fn reset(mut self) -> Self {
        self.bytes.clear();
        self.bytes.resize(GROUP_HEADER_BYTES, 0);
        self.touches.clear();
        self.ids.clear();
        Self { bytes: self.bytes, touches: self.touches, ids: self.ids, ..Self::default() }
    }

    /// Whether a batch may still come in. Any batch goes into an empty group.
    pub(crate) fn has_room(&self, append: &Append<'_>) -> bool {
        let records = append.records;
        let bytes: usize = records.iter().map(|it| it.body.len() + AROUND_BYTES).sum();
        let fits =
            self.bytes.len() + bytes <= FULL_BYTES && self.ids.len() + records.len() <= FULL_EVENTS;
        self.is_empty() || fits
    }

    /// Notes that there may be a batch in it that nobody waits for. Says whether that is new.
    pub(crate) fn leave(&mut self, now: Instant) -> bool {
        let newly = self.left.is_none() && !self.is_empty();
        if newly {
            self.left = Some(now);
        }
        newly
    }

    /// States an epoch from here on.
    pub(crate) fn state_epoch(&mut self, index: &mut Index, epoch: gatefold_core::record::Epoch) {
        let payload = epoch.get().to_le_bytes();
        Frame::control(CONTROL_EPOCH, 0, &payload).encode(&mut self.bytes);
        index.statements.epoch = epoch;
        (self.epoch, self.kind) = (epoch.get(), Kind::Events);
    }

    /// Takes a batch in, which passed all checks, and moves the index and the ids over it.
    pub(crate) fn push(&mut self, index: &mut Index, known: &mut KnownIds, append: &Append<'_>) {
        let Append { stream, epoch, records, .. } = append;
        if *epoch > index.statements.epoch {
            self.state_epoch(index, *epoch);
        }
        // Who seals may have begun it.
        (self.epoch, self.kind) = (index.statements.epoch.get(), Kind::Events);
        let number = index.number(stream).unwrap_or_else(|| {
            let number = index.declare(*stream);
            let name = stream.to_string();
            let declared = Frame::control(CONTROL_STREAM, number, name.as_bytes());
            declared.encode(&mut self.bytes);
            number
        });
        let (position, version) = (index.position.next(), index.version_of(number).next());
        let first = self.ids.len();
        for (step, record) in (0..).zip(*records) {
            let at = wide(self.bytes.len() - GROUP_HEADER_BYTES);
            self.ids.push((record.id, u32::try_from(at).unwrap_or(u32::MAX)));
            let (version, position) = (version.after(step), position.after(step));
            Frame::of(record, number, version, position).encode(&mut self.bytes);
        }
        // After all frames: an id goes to a far place in memory, and the next frame would wait.
        make_room(known, records.len());
        for (step, (id, at)) in (0..).zip(&self.ids[first..]) {
            let sum = sum_at(&self.bytes[GROUP_HEADER_BYTES..], *at);
            let (version, position) = (version.after(step), position.after(step));
            let there = known.insert(*id, Known { stream: number, version, position, sum });
            assert!(there.is_none(), "as many ids come off as went on");
        }
        index.advance(number, wide(records.len()));
        self.events += u32::try_from(records.len()).unwrap_or(u32::MAX);
        self.batches += 1;
        let versions = (version.get(), index.version_of(number).get());
        let positions = (position.get(), index.position.get());
        self.touch(Touch { number, stream: *stream, versions, positions });
    }

    fn touch(&mut self, touch: Touch) {
        // Few streams share a group, and the newest is the likeliest.
        match self.touches.iter_mut().rev().find(|known| known.number == touch.number) {
            Some(known) => {
                known.versions.1 = touch.versions.1;
                known.positions.1 = touch.positions.1;
            }
            None => self.touches.push(touch),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Otherwise batches that follow each other would put off the first for ever.
    #[test]
    fn the_first_batch_that_is_left_alone_counts() {
        let (mut group, now) = (Group::default(), Instant::now());
        assert!(!group.leave(now), "nothing is in it");
        group.bytes.push(1);
        assert!(group.leave(now) && !group.leave(now + Duration::from_secs(1)));
        assert_eq!(group.left, Some(now));
        assert_eq!(group.reset().left, None);
    }
}
