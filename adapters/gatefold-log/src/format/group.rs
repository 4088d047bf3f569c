//! A group: the unit of sync, of atomicity and of the hash chain.

use crate::format::bytes::{
    array_at, i64_at, narrow, put, rounded_up, u16_at, u32_at, u64_at, wide,
};
use crate::format::{BLOCK, Digest, GROUP_BODY_MAX, NUMBER_MAX};

const MAGIC: &[u8; 4] = b"GRP1";
/// Bytes before a group's body.
pub(crate) const GROUP_HEADER_BYTES: usize = 96;
const SUMMED_FROM: usize = 8;
const DIGEST_AT: usize = 64;
/// The body is not compressed or encrypted.
const CODEC_PLAIN: u8 = 0;

/// What a group is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Holds frames.
    Events,
    /// Proves that the group before it is durable; empty.
    IdleSeal,
    /// Ends a segment.
    Footer,
    /// Says that the writer closed the log; empty.
    CleanClose,
}

impl Kind {
    const fn code(self) -> u8 {
        match self {
            Self::Events => 1,
            Self::IdleSeal => 2,
            Self::Footer => 3,
            Self::CleanClose => 4,
        }
    }

    const fn of(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::Events),
            2 => Some(Self::IdleSeal),
            3 => Some(Self::Footer),
            4 => Some(Self::CleanClose),
            0 | 5..=u8::MAX => None,
        }
    }
}

/// Where a group stands and what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GroupHeader {
    /// The salt of its segment.
    pub salt: u64,
    /// Its own offset in the file.
    pub offset: u64,
    /// Its number in the log; the first is 1.
    pub number: u64,
    /// The position that the first event in it has, or the next event will have.
    pub first_position: u64,
    /// Events in it, not counting control frames.
    pub events: u32,
    /// Bytes of its body.
    pub body_len: u32,
    /// CRC-32C of the body.
    pub body_sum: u32,
    /// What it is for.
    pub kind: Kind,
    /// When it was committed by the wall clock, nanoseconds since 1970; information only.
    pub committed_ns: i64,
    /// The chain's digest after this group.
    pub digest: Digest,
}

/// Why a block does not start a group that this version can read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum GroupFault {
    /// The bytes are not a group header.
    Damaged,
    /// A later version wrote it.
    TooNew(String),
}

/// What the writer decides about a group; the rest follows.
pub(crate) struct GroupPlan<'a> {
    pub salt: u64,
    pub offset: u64,
    pub number: u64,
    pub first_position: u64,
    pub events: u32,
    pub kind: Kind,
    pub committed_ns: i64,
    pub previous: &'a Digest,
}

impl GroupPlan<'_> {
    /// The group's bytes, zero-padded to whole blocks, and the digest after it.
    #[cfg(test)]
    pub(crate) fn encode(&self, body: &[u8]) -> (Vec<u8>, Digest) {
        let mut bytes = [&[0; GROUP_HEADER_BYTES], body].concat();
        let digest = self.seal(&mut bytes);
        (bytes, digest)
    }

    /// Makes a group of `bytes`, which hold room for the header and then the body: fills the
    /// header in, adds zeros to whole blocks, and returns the digest after it.
    pub(crate) fn seal(&self, bytes: &mut Vec<u8>) -> Digest {
        let body_len = bytes.len() - GROUP_HEADER_BYTES;
        let body_len = u32::try_from(body_len).unwrap_or(u32::MAX);
        assert!(body_len <= GROUP_BODY_MAX, "a batch fits into a group");
        assert!(self.offset.is_multiple_of(BLOCK), "a group starts on a block");
        let (header, body) = bytes.split_at_mut(GROUP_HEADER_BYTES);
        put(header, 0, MAGIC);
        put(header, 8, &self.salt.to_le_bytes());
        put(header, 16, &self.offset.to_le_bytes());
        put(header, 24, &self.number.to_le_bytes());
        put(header, 32, &self.first_position.to_le_bytes());
        put(header, 40, &self.events.to_le_bytes());
        put(header, 44, &body_len.to_le_bytes());
        put(header, 48, &crc32c::crc32c(body).to_le_bytes());
        put(header, 52, &[self.kind.code(), CODEC_PLAIN, 0, 0]);
        put(header, 56, &self.committed_ns.to_le_bytes());
        let digest = chained_in_place(self.previous, bytes);
        let header = &mut bytes[..GROUP_HEADER_BYTES];
        put(header, DIGEST_AT, &digest);
        let sum = crc32c::crc32c(&header[SUMMED_FROM..]);
        put(header, 4, &sum.to_le_bytes());
        bytes.resize(narrow(padded_len(body_len)), 0);
        digest
    }
}

impl GroupHeader {
    /// Reads a header whose sums are right; says nothing about its place or its body.
    pub(crate) fn decode(block: &[u8]) -> Result<Self, GroupFault> {
        if block.len() < GROUP_HEADER_BYTES || &block[..4] != MAGIC {
            return Err(GroupFault::Damaged);
        }
        if crc32c::crc32c(&block[SUMMED_FROM..GROUP_HEADER_BYTES]) != u32_at(block, 4) {
            return Err(GroupFault::Damaged);
        }
        let body_len = u32_at(block, 44);
        let flags = u16_at(block, 54);
        let (Some(kind), CODEC_PLAIN, 0) = (Kind::of(block[52]), block[53], flags) else {
            let (kind, codec) = (block[52], block[53]);
            let detail = format!("a group of kind {kind}, codec {codec}, flags {flags:#x}");
            return Err(GroupFault::TooNew(detail));
        };
        let (number, first_position) = (u64_at(block, 24), u64_at(block, 32));
        if number > NUMBER_MAX || first_position > NUMBER_MAX {
            return Err(GroupFault::Damaged);
        }
        if body_len > GROUP_BODY_MAX {
            return Err(GroupFault::Damaged);
        }
        Ok(Self {
            salt: u64_at(block, 8),
            offset: u64_at(block, 16),
            number,
            first_position,
            events: u32_at(block, 40),
            body_len,
            body_sum: u32_at(block, 48),
            kind,
            committed_ns: i64_at(block, 56),
            digest: array_at(block, DIGEST_AT),
        })
    }

    /// Bytes from this group's start to the next one's.
    pub(crate) fn padded_len(&self) -> u64 {
        padded_len(self.body_len)
    }
}

/// Bytes that a group with such a body takes, in whole blocks.
pub(crate) fn padded_len(body_len: u32) -> u64 {
    rounded_up(wide(GROUP_HEADER_BYTES) + u64::from(body_len), BLOCK)
}

/// The chain's digest after a group with this header and body.
#[cfg(test)]
pub(crate) fn chained(previous: &Digest, header: &[u8], body: &[u8]) -> Digest {
    let mut hasher = blake3::Hasher::new();
    hasher.update(previous);
    hasher.update(&header[SUMMED_FROM..DIGEST_AT]);
    hasher.update(body);
    *hasher.finalize().as_bytes()
}

/// The same for a group as it stands in memory, header and body without padding. The hash runs
/// twice as fast over one piece, and what it runs over is just as long as what stands there: so it
/// is put there for the moment. The bytes are as before when this returns.
pub(crate) fn chained_in_place(previous: &Digest, group: &mut [u8]) -> Digest {
    const PREVIOUS_AT: usize = SUMMED_FROM;
    const HEADER_AT: usize = PREVIOUS_AT + 32;
    let kept: [u8; GROUP_HEADER_BYTES] = array_at(group, 0);
    put(group, PREVIOUS_AT, previous);
    put(group, HEADER_AT, &kept[SUMMED_FROM..DIGEST_AT]);
    let digest = blake3::hash(&group[PREVIOUS_AT..]);
    put(group, 0, &kept);
    *digest.as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_comes_back() {
        let plan = GroupPlan {
            salt: 5,
            offset: 8_192,
            number: 3,
            first_position: 9,
            events: 2,
            kind: Kind::Events,
            committed_ns: -1,
            previous: &[7; 32],
        };
        let (bytes, digest) = plan.encode(&[1; 5_000]);
        assert_eq!(bytes.len(), 8_192);
        let header = GroupHeader::decode(&bytes).unwrap();
        assert_eq!(header.digest, digest);
        assert_eq!(header.padded_len(), 8_192);
        assert_eq!((header.number, header.first_position, header.events), (3, 9, 2));
        assert_eq!(header.body_sum, crc32c::crc32c(&[1; 5_000]));
        assert_eq!(chained(&[7; 32], &bytes[..96], &bytes[96..5_096]), digest);
        let mut again = bytes.clone();
        assert_eq!(chained_in_place(&[7; 32], &mut again[..5_096]), digest);
        assert_eq!(again, bytes);
    }

    #[test]
    fn an_unknown_kind_is_a_later_version_and_not_damage() {
        let plan = GroupPlan {
            salt: 5,
            offset: 4_096,
            number: 1,
            first_position: 1,
            events: 0,
            kind: Kind::IdleSeal,
            committed_ns: 0,
            previous: &[0; 32],
        };
        let (mut bytes, _) = plan.encode(&[]);
        bytes[52] = 77;
        assert_eq!(GroupHeader::decode(&bytes), Err(GroupFault::Damaged));
        let sum = crc32c::crc32c(&bytes[8..96]);
        put(&mut bytes, 4, &sum.to_le_bytes());
        assert!(matches!(GroupHeader::decode(&bytes), Err(GroupFault::TooNew(_))));
    }
}
