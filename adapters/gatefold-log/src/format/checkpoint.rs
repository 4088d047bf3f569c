//! `index/checkpoint.gfc`: what a walk of the newest segment found up to one group, so that the
//! next opening goes on from there. A cache: without it the segment is walked from its start.

use crate::format::bytes::{array_at, narrow, put, u32_at, u64_at, wide};
use crate::format::footer::Footer;
use crate::format::{BLOCK, Digest};
use crate::ids::IdAt;

const MAGIC: &[u8; 8] = b"GFCKPT01";
const HEADER_BYTES: usize = 160;
const ENTRY_BYTES: usize = 16;
const SUM_BYTES: usize = 32;
/// No segment has so many events that its checkpoint is longer.
pub(crate) const FILE_BYTES_MAX: u64 = 536_870_912;

/// The newest segment up to one of its groups, which was checked with all before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Checkpoint {
    pub uuid: [u8; 16],
    /// The segment's salt.
    pub salt: u64,
    /// Where the group begins, and its number.
    pub offset: u64,
    pub group: u64,
    /// The last position and the chain before the group.
    pub position_before: u64,
    pub digest_before: Digest,
    /// The chain after it.
    pub digest: Digest,
    /// What a footer behind the group would say, but for the file's digest.
    pub footer: Footer,
    /// The ids of all events, sorted.
    pub entries: Vec<IdAt>,
}

impl Checkpoint {
    /// The whole file.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let footer = self.footer.encode();
        let mut bytes = vec![0; HEADER_BYTES];
        put(&mut bytes, 0, MAGIC);
        put(&mut bytes, 8, &self.uuid);
        put(&mut bytes, 24, &self.salt.to_le_bytes());
        put(&mut bytes, 32, &self.offset.to_le_bytes());
        put(&mut bytes, 40, &self.group.to_le_bytes());
        put(&mut bytes, 48, &self.position_before.to_le_bytes());
        put(&mut bytes, 56, &self.digest_before);
        put(&mut bytes, 88, &self.digest);
        put(&mut bytes, 120, &wide(footer.len()).to_le_bytes());
        put(&mut bytes, 128, &wide(self.entries.len()).to_le_bytes());
        bytes.extend_from_slice(&footer);
        for entry in &self.entries {
            bytes.extend_from_slice(&entry.key.to_le_bytes());
            bytes.extend_from_slice(&entry.group.to_le_bytes());
            bytes.extend_from_slice(&entry.frame.to_le_bytes());
        }
        let sum = blake3::hash(&bytes);
        bytes.extend_from_slice(sum.as_bytes());
        bytes
    }

    /// Reads a file back.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, &'static str> {
        if bytes.len() < HEADER_BYTES + SUM_BYTES || &bytes[..8] != MAGIC {
            return Err("it does not begin as a checkpoint of this version");
        }
        let (summed, sum) = bytes.split_at(bytes.len() - SUM_BYTES);
        if blake3::hash(summed).as_bytes() != sum {
            return Err("its bytes changed after they were written");
        }
        let (head, rest) = summed.split_at(HEADER_BYTES);
        let (footer_len, entries) = (narrow(u64_at(head, 120)), narrow(u64_at(head, 128)));
        let lengths = entries.checked_mul(ENTRY_BYTES).and_then(|it| it.checked_add(footer_len));
        if lengths != Some(rest.len()) || head[136..] != [0; 24] {
            return Err("its lengths contradict each other");
        }
        let (footer, table) = rest.split_at(footer_len);
        let footer = match Footer::decode(footer) {
            Ok(Some(footer)) if footer.streams.is_some() => footer,
            Ok(_) | Err(_) => return Err("what it says of the segment is impossible"),
        };
        let (offset, group, position_before) =
            (u64_at(head, 32), u64_at(head, 40), u64_at(head, 48));
        let possible = offset >= BLOCK
            && offset.is_multiple_of(BLOCK)
            && group > 0
            && position_before.wrapping_add(1) >= footer.first_position
            && position_before <= footer.last_position;
        if !possible {
            return Err("the place that it names is impossible");
        }
        let entry = |bytes: &[u8]| IdAt {
            key: u64_at(bytes, 0),
            group: u32_at(bytes, 8),
            frame: u32_at(bytes, 12),
        };
        let entries: Vec<IdAt> = table.chunks_exact(ENTRY_BYTES).map(entry).collect();
        if !entries.is_sorted() {
            return Err("its ids are out of order");
        }
        Ok(Self {
            uuid: array_at(head, 8),
            salt: u64_at(head, 24),
            offset,
            group,
            position_before,
            digest_before: array_at(head, 56),
            digest: array_at(head, 88),
            footer,
            entries,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::footer::{FooterStream, Sparse};

    fn sample() -> Checkpoint {
        let stream = FooterStream {
            number: 1,
            name: b"account:large".to_vec(),
            versions: (3, 4),
            positions: (7, 8),
            sparse: vec![Sparse { version: 3, offset: 4_096 }],
        };
        let footer = Footer {
            first_position: 7,
            last_position: 8,
            groups: 2,
            epoch: 5,
            file_digest: [0; 32],
            streams: Some(vec![stream]),
        };
        let at = |key| IdAt { key, group: 4_096, frame: 80 };
        Checkpoint {
            uuid: *b"0123456789abcdef",
            salt: 11,
            offset: 8_192,
            group: 9,
            position_before: 7,
            digest_before: [1; 32],
            digest: [2; 32],
            footer,
            entries: vec![at(1), at(2)],
        }
    }

    #[test]
    fn a_checkpoint_comes_back() {
        assert_eq!(Checkpoint::decode(&sample().encode()), Ok(sample()));
    }

    #[test]
    fn no_flipped_bit_and_no_prefix_is_a_checkpoint() {
        let bytes = sample().encode();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(Checkpoint::decode(&flipped).is_err(), "bit {bit}");
        }
        for len in 0..bytes.len() {
            assert!(Checkpoint::decode(&bytes[..len]).is_err(), "{len}");
        }
    }

    #[test]
    fn lengths_that_contradict_each_other_allocate_nothing() {
        let mut bytes = sample().encode();
        put(&mut bytes, 128, &u64::MAX.to_le_bytes());
        let end = bytes.len() - SUM_BYTES;
        let sum = blake3::hash(&bytes[..end]);
        put(&mut bytes, end, sum.as_bytes());
        assert_eq!(Checkpoint::decode(&bytes), Err("its lengths contradict each other"));
    }
}
