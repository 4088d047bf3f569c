//! A segment's first block: which log, which part of it, and what came before.

use core::fmt;

use crate::format::bytes::{array_at, put, rounded_up, u16_at, u32_at, u64_at};
use crate::format::{BLOCK, BLOCK_BYTES, Digest, FLAGS_REQUIRED, MAJOR, MINOR, NUMBER_MAX};

const MAGIC: &[u8; 8] = b"GFOLDSEG";
const SUM_AT: usize = 124;
const HEADER_BYTES: usize = 128;

/// What a segment says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    /// The log it belongs to.
    pub uuid: [u8; 16],
    /// Its number in the log; the first is 1.
    pub number: u64,
    /// The position that the first event in it has.
    pub first_position: u64,
    /// The number that the first group in it has.
    pub first_group: u64,
    /// When it was created, nanoseconds since 1970; information only.
    pub created_ns: u64,
    /// The chain's digest after the last group before this segment.
    pub entering: Digest,
    /// Random; every group of the segment repeats it.
    pub salt: u64,
    /// The file's length in bytes until it is sealed.
    pub length: u32,
}

/// Why a block is not a segment header that this version can use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SegmentFault {
    /// The bytes are not what was written.
    Damaged(&'static str),
    /// A later version wrote it.
    TooNew(String),
}

impl SegmentHeader {
    /// The block as it stands at the start of the file.
    pub(crate) fn encode(&self) -> [u8; BLOCK_BYTES] {
        assert!(self.number > 0, "segments are numbered from 1");
        let mut block = [0; BLOCK_BYTES];
        put(&mut block, 0, MAGIC);
        put(&mut block, 8, &MAJOR.to_le_bytes());
        put(&mut block, 10, &MINOR.to_le_bytes());
        put(&mut block, 12, &0_u32.to_le_bytes());
        put(&mut block, 16, &self.uuid);
        put(&mut block, 32, &self.number.to_le_bytes());
        put(&mut block, 40, &self.first_position.to_le_bytes());
        put(&mut block, 48, &self.first_group.to_le_bytes());
        put(&mut block, 56, &self.created_ns.to_le_bytes());
        put(&mut block, 64, &self.entering);
        put(&mut block, 96, &self.salt.to_le_bytes());
        put(&mut block, 104, &u32_of(BLOCK).to_le_bytes());
        put(&mut block, 108, &self.length.to_le_bytes());
        let sum = crc32c::crc32c(&block[..SUM_AT]);
        put(&mut block, SUM_AT, &sum.to_le_bytes());
        block
    }

    /// Reads the block back.
    pub(crate) fn decode(block: &[u8]) -> Result<Self, SegmentFault> {
        if block.len() != BLOCK_BYTES {
            return Err(SegmentFault::Damaged("the file is shorter than its header"));
        }
        if &block[..8] != MAGIC {
            return Err(SegmentFault::Damaged("the magic number is not GFOLDSEG"));
        }
        if crc32c::crc32c(&block[..SUM_AT]) != u32_at(block, SUM_AT) {
            return Err(SegmentFault::Damaged("the header's checksum does not fit"));
        }
        let major = u16_at(block, 8);
        let required = u32_at(block, 12) & FLAGS_REQUIRED;
        if major > MAJOR || required != 0 {
            let detail = format!("version {major} with required flags {required:#x}");
            return Err(SegmentFault::TooNew(detail));
        }
        if block[HEADER_BYTES..].iter().any(|byte| *byte != 0) {
            return Err(SegmentFault::Damaged("bytes after the header are not zero"));
        }
        let header = Self {
            uuid: array_at(block, 16),
            number: u64_at(block, 32),
            first_position: u64_at(block, 40),
            first_group: u64_at(block, 48),
            created_ns: u64_at(block, 56),
            entering: array_at(block, 64),
            salt: u64_at(block, 96),
            length: u32_at(block, 108),
        };
        let length = u64::from(header.length);
        let sized = u64::from(u32_at(block, 104)) == BLOCK && rounded_up(length, BLOCK) == length;
        let numbers = [header.number, header.first_position, header.first_group];
        let counted = numbers.iter().all(|number| (1..=NUMBER_MAX).contains(number));
        if sized && counted && length > BLOCK {
            Ok(header)
        } else {
            Err(SegmentFault::Damaged("the header's numbers are impossible"))
        }
    }
}

/// A segment's file name: the position that the first event in it has and, where a segment before
/// it has the same because no event is in that one, which turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SegmentName {
    pub first_position: u64,
    /// 0 for the first segment that begins there.
    pub turn: u64,
}

impl SegmentName {
    /// The first segment that begins at a position.
    pub(crate) const fn first(first_position: u64) -> Self {
        Self { first_position, turn: 0 }
    }

    /// The name of the segment behind this one if it begins at `first_position`.
    pub(crate) const fn next(self, first_position: u64) -> Self {
        if first_position == self.first_position {
            Self { first_position, turn: self.turn + 1 }
        } else {
            Self::first(first_position)
        }
    }

    /// Reads a file name back, if it is a segment's.
    pub(crate) fn parse(file_name: &str) -> Option<Self> {
        let name = Self::parse_stem(file_name.strip_suffix(".gfl")?)?;
        (name.to_string() == file_name).then_some(name)
    }

    /// Reads the name of an archived segment back.
    pub(crate) fn parse_archived(file_name: &str) -> Option<Self> {
        let name = Self::parse_stem(file_name.strip_suffix(".gfz")?)?;
        (name.archived() == file_name).then_some(name)
    }

    /// The file name of the segment once it is archived.
    pub(crate) fn archived(self) -> String {
        self.to_string().replace(".gfl", ".gfz")
    }

    fn parse_stem(digits: &str) -> Option<Self> {
        let (position, turn) = digits.split_once('-').unwrap_or((digits, "0"));
        Some(Self { first_position: position.parse().ok()?, turn: turn.parse().ok()? })
    }
}

impl fmt::Display for SegmentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:020}", self.first_position)?;
        if self.turn > 0 {
            write!(f, "-{}", self.turn)?;
        }
        f.write_str(".gfl")
    }
}

/// A block size or file length that is known to be small.
fn u32_of(length: u64) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> SegmentHeader {
        SegmentHeader {
            uuid: *b"0123456789abcdef",
            number: 2,
            first_position: 41,
            first_group: 7,
            created_ns: 1_700_000_000_000_000_000,
            entering: [9; 32],
            salt: 0x0102_0304_0506_0708,
            length: 65_536,
        }
    }

    #[test]
    fn a_header_comes_back() {
        assert_eq!(SegmentHeader::decode(&sample().encode()), Ok(sample()));
    }

    #[test]
    fn every_flipped_bit_of_a_header_is_seen() {
        for bit in 0..BLOCK_BYTES * 8 {
            let mut block = sample().encode();
            block[bit / 8] ^= 1 << (bit % 8);
            let decoded = SegmentHeader::decode(&block);
            assert!(matches!(decoded, Err(SegmentFault::Damaged(_))), "bit {bit}: {decoded:?}");
        }
    }

    #[test]
    fn a_later_version_is_named_as_such() {
        for (at, value) in [(8, 2_u8), (14, 1)] {
            let mut block = sample().encode();
            block[at] = value;
            let sum = crc32c::crc32c(&block[..SUM_AT]);
            put(&mut block, SUM_AT, &sum.to_le_bytes());
            let decoded = SegmentHeader::decode(&block);
            assert!(matches!(decoded, Err(SegmentFault::TooNew(_))), "{decoded:?}");
        }
    }

    #[test]
    fn a_name_comes_back_and_nothing_else_is_one() {
        let first = SegmentName::first(41);
        assert_eq!(first.to_string(), "00000000000000000041.gfl");
        assert_eq!(first.next(41).to_string(), "00000000000000000041-1.gfl");
        assert_eq!(first.next(41).next(44), SegmentName::first(44));
        for name in [first, first.next(41), first.next(41).next(41)] {
            assert_eq!(SegmentName::parse(&name.to_string()), Some(name));
            assert_eq!(SegmentName::parse_archived(&name.archived()), Some(name));
        }
        for other in ["41", "41.gfl", "00000000000000000041-0.gfl", "+0000000000000000041.gfl"] {
            assert_eq!(SegmentName::parse(other), None, "{other}");
        }
    }
}
