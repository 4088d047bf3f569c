//! An archived segment's first block and the table of its compressed frames.

use crate::format::bytes::{array_at, narrow, put, u16_at, u32_at, u64_at, wide};
use crate::format::{BLOCK, BLOCK_BYTES, Digest};

const MAGIC: &[u8; 8] = b"GFOLDARC";
const MAJOR: u16 = 1;
const CODEC_ZSTD: u32 = 1;
const SUM_AT: usize = 132;
const HEADER_BYTES: usize = 136;
const ROW_BYTES: usize = 16;
/// Bytes of a segment that are compressed on their own, so that a place is read, and damage stays,
/// within one frame.
pub(crate) const FRAME_BYTES: u64 = 65_536;
/// The most bytes that a compressed frame may have: what does not shrink grows by little.
pub(crate) const PACKED_BYTES_MAX: u32 = 2 * 65_536;
/// A segment has at most 4 GiB, so that its frames can be counted before they are read.
const FRAMES_MAX: u64 = 65_536;
/// The largest footer: a group with the largest body.
const FOOTER_BYTES_MAX: u64 = 2 * 1_048_576 + BLOCK;

/// What an archived segment says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ArchiveHeader {
    /// The log it belongs to.
    pub uuid: [u8; 16],
    /// Bytes of the segment, from its header to the end of its footer.
    pub segment_bytes: u64,
    /// Where the footer begins in the segment.
    pub footer_at: u64,
    /// Bytes of the archive.
    pub archive_bytes: u64,
    /// BLAKE3 of the archive from its second block on.
    pub archive_digest: Digest,
    /// BLAKE3 of the segment.
    pub segment_digest: Digest,
    /// CRC-32C of the table.
    pub table_sum: u32,
}

/// One compressed frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FrameRow {
    /// Where its bytes begin in the archive.
    pub offset: u64,
    /// How many there are.
    pub length: u32,
    /// Their CRC-32C.
    pub sum: u32,
}

/// Why a block does not start an archive that this version can read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ArchiveFault {
    /// The bytes are not what was written.
    Damaged(&'static str),
    /// A later version wrote it.
    TooNew(String),
}

impl ArchiveHeader {
    /// Bytes of the footer.
    pub(crate) fn footer_bytes(&self) -> u64 {
        self.segment_bytes - self.footer_at
    }

    /// How many frames the groups between header and footer make.
    pub(crate) fn frames(&self) -> u64 {
        (self.footer_at - BLOCK).div_ceil(FRAME_BYTES)
    }

    /// Where the frames begin: behind the segment's header and footer.
    pub(crate) fn frames_at(&self) -> u64 {
        2 * BLOCK + self.footer_bytes()
    }

    /// Where the table begins: it ends with the archive.
    pub(crate) fn table_at(&self) -> u64 {
        self.archive_bytes.saturating_sub(self.table_bytes())
    }

    /// Bytes of the table.
    pub(crate) fn table_bytes(&self) -> u64 {
        self.frames() * wide(ROW_BYTES)
    }

    /// The block as it stands at the start of the archive.
    pub(crate) fn encode(&self) -> [u8; BLOCK_BYTES] {
        let mut block = [0; BLOCK_BYTES];
        put(&mut block, 0, MAGIC);
        put(&mut block, 8, &MAJOR.to_le_bytes());
        put(&mut block, 12, &CODEC_ZSTD.to_le_bytes());
        put(&mut block, 16, &self.uuid);
        put(&mut block, 32, &self.segment_bytes.to_le_bytes());
        put(&mut block, 40, &self.footer_at.to_le_bytes());
        put(&mut block, 48, &FRAME_BYTES.to_le_bytes());
        put(&mut block, 56, &self.archive_bytes.to_le_bytes());
        put(&mut block, 64, &self.archive_digest);
        put(&mut block, 96, &self.segment_digest);
        put(&mut block, 128, &self.table_sum.to_le_bytes());
        let sum = crc32c::crc32c(&block[..SUM_AT]);
        put(&mut block, SUM_AT, &sum.to_le_bytes());
        block
    }

    /// Reads the block back.
    pub(crate) fn decode(block: &[u8]) -> Result<Self, ArchiveFault> {
        if block.len() != BLOCK_BYTES || &block[..8] != MAGIC {
            return Err(ArchiveFault::Damaged("the magic number is not GFOLDARC"));
        }
        if crc32c::crc32c(&block[..SUM_AT]) != u32_at(block, SUM_AT) {
            return Err(ArchiveFault::Damaged("the header's checksum does not fit"));
        }
        let (major, codec, frame) = (u16_at(block, 8), u32_at(block, 12), u64_at(block, 48));
        if (major, codec, frame) != (MAJOR, CODEC_ZSTD, FRAME_BYTES) {
            let detail = format!("archive version {major}, codec {codec}, frames of {frame} bytes");
            return Err(ArchiveFault::TooNew(detail));
        }
        if u16_at(block, 10) != 0 || block[HEADER_BYTES..].iter().any(|byte| *byte != 0) {
            return Err(ArchiveFault::Damaged(
                "bytes of the header that no field has are not zero",
            ));
        }
        let header = Self {
            uuid: array_at(block, 16),
            segment_bytes: u64_at(block, 32),
            footer_at: u64_at(block, 40),
            archive_bytes: u64_at(block, 56),
            archive_digest: array_at(block, 64),
            segment_digest: array_at(block, 96),
            table_sum: u32_at(block, 128),
        };
        let (from, to) = (header.footer_at, header.segment_bytes);
        let placed = BLOCK <= from && from < to && to - from <= FOOTER_BYTES_MAX;
        let whole = from.is_multiple_of(BLOCK) && to.is_multiple_of(BLOCK);
        if placed && whole && header.frames() <= FRAMES_MAX {
            Ok(header)
        } else {
            Err(ArchiveFault::Damaged("the header's numbers are impossible"))
        }
    }
}

/// The table as it stands in the archive.
pub(crate) fn encode_table(rows: &[FrameRow]) -> Vec<u8> {
    let mut table = vec![0; rows.len() * ROW_BYTES];
    for (row, bytes) in rows.iter().zip(table.chunks_exact_mut(ROW_BYTES)) {
        put(bytes, 0, &row.offset.to_le_bytes());
        put(bytes, 8, &row.length.to_le_bytes());
        put(bytes, 12, &row.sum.to_le_bytes());
    }
    table
}

/// Reads the table back; the frames stand before it without a gap.
pub(crate) fn decode_table(header: &ArchiveHeader, table: &[u8]) -> Result<Vec<FrameRow>, String> {
    if wide(table.len()) != header.table_bytes() || crc32c::crc32c(table) != header.table_sum {
        return Err("the table's checksum does not fit".to_owned());
    }
    let mut rows = Vec::with_capacity(narrow(header.frames()));
    let mut at = header.frames_at();
    for bytes in table.chunks_exact(ROW_BYTES) {
        let row =
            FrameRow { offset: u64_at(bytes, 0), length: u32_at(bytes, 8), sum: u32_at(bytes, 12) };
        if row.offset != at || row.length > PACKED_BYTES_MAX {
            return Err(format!("frame {} does not stand where it should", rows.len()));
        }
        at += u64::from(row.length);
        rows.push(row);
    }
    if at == header.table_at() {
        Ok(rows)
    } else {
        Err(format!("the frames end at {at} and the table begins at {}", header.table_at()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> ArchiveHeader {
        ArchiveHeader {
            uuid: *b"0123456789abcdef",
            segment_bytes: 200_704,
            footer_at: 196_608,
            archive_bytes: 12_345,
            archive_digest: [3; 32],
            segment_digest: [4; 32],
            table_sum: 5,
        }
    }

    #[test]
    fn a_header_keeps_its_bytes_and_comes_back() {
        let block = sample().encode();
        let mut expected = Vec::new();
        expected.extend_from_slice(b"GFOLDARC");
        expected.extend_from_slice(&[1, 0, 0, 0, 1, 0, 0, 0]);
        expected.extend_from_slice(b"0123456789abcdef");
        expected.extend_from_slice(&[0, 16, 3, 0, 0, 0, 0, 0]);
        expected.extend_from_slice(&[0, 0, 3, 0, 0, 0, 0, 0]);
        expected.extend_from_slice(&[0, 0, 1, 0, 0, 0, 0, 0]);
        expected.extend_from_slice(&[0x39, 0x30, 0, 0, 0, 0, 0, 0]);
        expected.extend_from_slice(&[3; 32]);
        expected.extend_from_slice(&[4; 32]);
        expected.extend_from_slice(&[5, 0, 0, 0]);
        expected.extend_from_slice(&crc32c::crc32c(&expected).to_le_bytes());
        assert_eq!(block[..HEADER_BYTES], expected);
        assert_eq!(ArchiveHeader::decode(&block), Ok(sample()));
        assert_eq!((sample().frames(), sample().frames_at()), (3, 12_288));
        let largest = crate::format::group::padded_len(crate::format::GROUP_BODY_MAX);
        assert_eq!(FOOTER_BYTES_MAX, largest);
    }

    #[test]
    fn every_flipped_bit_of_a_header_is_seen() {
        for bit in 0..BLOCK_BYTES * 8 {
            let mut block = sample().encode();
            block[bit / 8] ^= 1 << (bit % 8);
            let decoded = ArchiveHeader::decode(&block);
            assert!(matches!(decoded, Err(ArchiveFault::Damaged(_))), "bit {bit}: {decoded:?}");
        }
    }

    #[test]
    fn a_later_version_is_named_as_such() {
        for at in [8, 12, 48] {
            let mut block = sample().encode();
            block[at] += 1;
            let sum = crc32c::crc32c(&block[..SUM_AT]);
            put(&mut block, SUM_AT, &sum.to_le_bytes());
            let decoded = ArchiveHeader::decode(&block);
            assert!(matches!(decoded, Err(ArchiveFault::TooNew(_))), "{decoded:?}");
        }
    }

    #[test]
    fn bytes_that_no_field_has_are_zero() {
        for at in [10, 11, HEADER_BYTES, BLOCK_BYTES - 1] {
            let mut block = sample().encode();
            block[at] = 1;
            let sum = crc32c::crc32c(&block[..SUM_AT]);
            put(&mut block, SUM_AT, &sum.to_le_bytes());
            let decoded = ArchiveHeader::decode(&block);
            assert!(matches!(decoded, Err(ArchiveFault::Damaged(_))), "{at}: {decoded:?}");
        }
    }

    #[test]
    fn a_table_comes_back_and_a_gap_in_it_is_seen() {
        let mut header = sample();
        let mut at = header.frames_at();
        let mut rows = Vec::new();
        for length in [100, 0, 131_072] {
            rows.push(FrameRow { offset: at, length, sum: 7 });
            at += u64::from(length);
        }
        header.archive_bytes = at + header.table_bytes();
        let mut decode = |rows: &[FrameRow]| {
            let table = encode_table(rows);
            header.table_sum = crc32c::crc32c(&table);
            decode_table(&header, &table)
        };
        assert_eq!(decode(&rows), Ok(rows.clone()));
        rows[2].offset += 1;
        assert!(decode(&rows).is_err(), "a gap");
        rows[2] = FrameRow { offset: rows[2].offset - 1, length: 131_071, sum: 7 };
        assert!(decode(&rows).is_err(), "bytes behind the last frame");
        assert!(decode(&rows[..2]).is_err(), "a frame is missing");
    }

    #[test]
    fn every_flipped_bit_of_a_table_is_seen() {
        let mut header = sample();
        let at = header.frames_at();
        let table =
            encode_table(&[100, 0, 131_072].map(|length| FrameRow { offset: at, length, sum: 7 }));
        header.archive_bytes = at + 300 + header.table_bytes();
        header.table_sum = crc32c::crc32c(&table);
        let seen = "the table's checksum does not fit";
        for bit in 0..table.len() * 8 {
            let mut flipped = table.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(decode_table(&header, &flipped), Err(seen.to_owned()), "bit {bit}");
        }
    }
}
