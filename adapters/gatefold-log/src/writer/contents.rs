//! What is in the segment that is written to, gathered group by group for its footer.

use std::collections::BTreeMap;

use crate::format::Digest;
use crate::format::footer::{self, Footer, FooterStream, SPARSE_BYTES, SPARSE_STEP, Sparse};
use crate::recovery::walk::Cursor;
use crate::writer::group::Touch;

/// What is in the segment that is written to.
#[derive(Clone, Debug)]
pub(crate) struct Contents {
    first_position: u64,
    groups: u64,
    streams: BTreeMap<u32, FooterStream>,
    /// Bytes that the streams take in the footer.
    bytes: u64,
}

impl Contents {
    /// Of an empty segment that begins with this position.
    pub(crate) fn new(first_position: u64) -> Self {
        Self { first_position, groups: 0, streams: BTreeMap::new(), bytes: 0 }
    }

    /// As a footer that was kept says.
    pub(crate) fn of(footer: &Footer) -> Self {
        let streams = footer.streams.iter().flatten();
        let bytes = streams.clone().map(|it| footer::stream_len(it.name.len(), it.sparse.len()));
        Self {
            first_position: footer.first_position,
            groups: footer.groups,
            bytes: bytes.sum(),
            streams: streams.map(|it| (it.number, it.clone())).collect(),
        }
    }

    /// The length of the footer's group if a group with these streams comes before it.
    pub(crate) fn footer_len(&self, touches: &[Touch], offset: u64) -> u64 {
        let more = touches.iter().map(|touch| match self.streams.get(&touch.number) {
            None => footer::stream_len(touch.stream.to_string().len(), 1),
            Some(known) if wants_entry(known, touch, offset) => SPARSE_BYTES,
            Some(_) => 0,
        });
        footer::group_len(self.bytes + more.sum::<u64>())
    }

    /// Takes in a group at this offset.
    pub(crate) fn push(&mut self, touches: &[Touch], offset: u64) {
        self.groups += 1;
        for touch in touches {
            let known = self.streams.entry(touch.number).or_insert_with(|| {
                let name = touch.stream.to_string().into_bytes();
                self.bytes += footer::stream_len(name.len(), 0);
                let (number, none) = (touch.number, (0, 0));
                FooterStream { number, name, versions: none, positions: none, sparse: Vec::new() }
            });
            if touch.versions.1 == 0 {
                continue;
            }
            if wants_entry(known, touch, offset) {
                let offset = u32::try_from(offset).unwrap_or(u32::MAX);
                self.bytes += SPARSE_BYTES;
                known.sparse.push(Sparse { version: touch.versions.0, offset });
            }
            if known.versions == (0, 0) {
                (known.versions, known.positions) = (touch.versions, touch.positions);
            }
            known.versions.1 = touch.versions.1;
            known.positions.1 = touch.positions.1;
        }
    }

    /// The footer behind `cursor`.
    pub(crate) fn footer(&self, cursor: &Cursor, epoch: u64, file_digest: Digest) -> Footer {
        Footer {
            first_position: self.first_position,
            last_position: cursor.position,
            groups: self.groups,
            epoch,
            file_digest,
            streams: Some(self.streams.values().cloned().collect()),
        }
    }
}

/// Whether a stream gets a sparse entry for a group at this offset.
fn wants_entry(known: &FooterStream, touch: &Touch, offset: u64) -> bool {
    let far = |last: &Sparse| u64::from(last.offset) + SPARSE_STEP <= offset;
    touch.versions.1 > 0 && known.sparse.last().is_none_or(far)
}
