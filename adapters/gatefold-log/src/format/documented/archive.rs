//! The tables about archived segments.

use super::UUID;
use super::page::{Page, number};
use crate::format::BLOCK_BYTES;
use crate::format::archive::{ArchiveHeader, FRAME_BYTES, FrameRow, encode_table};

fn sample() -> ArchiveHeader {
    ArchiveHeader {
        uuid: *UUID,
        segment_bytes: 0x0003_1000,
        footer_at: 0x0003_0000,
        archive_bytes: 0x0102,
        archive_digest: [3; 32],
        segment_digest: [4; 32],
        table_sum: 0x0506,
    }
}

#[test]
fn an_archive_is_as_documented() {
    let bytes = sample().encode();
    let page = Page::read();
    page.check(
        "an archive's header",
        &bytes,
        &[
            ("magic `GFOLDARC`", b"GFOLDARC"),
            ("version, 1", &[1, 0]),
            ("zero", &[0; 2]),
            ("codec: 1 zstd", &[1, 0, 0, 0]),
            ("the log's uuid", UUID),
            ("bytes of the segment, to the end", &0x0003_1000_u64.to_le_bytes()),
            ("offset of the footer", &0x0003_0000_u64.to_le_bytes()),
            ("bytes of the segment in a frame, 65,536", &FRAME_BYTES.to_le_bytes()),
            ("bytes of the archive", &0x0102_u64.to_le_bytes()),
            ("BLAKE3 of the archive", &[3; 32]),
            ("BLAKE3 of the segment", &[4; 32]),
            ("CRC of the table", &0x0506_u32.to_le_bytes()),
            ("CRC of bytes 0..132", &crc32c::crc32c(&bytes[..132]).to_le_bytes()),
            ("zero", &[0; 3_960]),
        ],
    );
    let row = FrameRow { offset: 0x0102, length: 0x0304, sum: 0x0506 };
    page.check(
        "a row of an archive's table",
        &encode_table(&[row]),
        &[
            ("offset of the frame", &0x0102_u64.to_le_bytes()),
            ("length of the frame", &0x0304_u32.to_le_bytes()),
            ("CRC of the compressed bytes", &0x0506_u32.to_le_bytes()),
        ],
    );
}

#[test]
fn the_parts_of_an_archive_are_where_they_are_documented() {
    let rows = Page::read().rows("| from | size | part of an archive |");
    let block = i64::try_from(BLOCK_BYTES).unwrap();
    assert_eq!([number(&rows[0][1]), number(&rows[1][0])], [block, block]);
    assert_eq!([number(&rows[1][1]), number(&rows[2][0])], [block, 2 * block]);
    assert_eq!(rows[3][0], "8,192 + F");
    let header = sample();
    assert_eq!(header.frames_at(), 8_192 + header.footer_bytes());
    assert_eq!(rows[4][0], "end - 16 n");
    let longer = ArchiveHeader { archive_bytes: 1_000, ..header };
    assert_eq!(longer.table_at(), 1_000 - 16 * longer.frames());
}
