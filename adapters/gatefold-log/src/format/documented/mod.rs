//! Whether `docs/log-format.md` says what the encoders do: each of its tables, and its example.

mod archive;
mod example;
mod ids;
mod page;

use gatefold_core::record::{BATCH_BYTES_MAX, BATCH_EVENTS_MAX, EVENT_BYTES_MAX};

use crate::format::footer::{Footer, FooterStream, SPARSE_STEP, Sparse};
use crate::format::frame::{CONTROL_EPOCH, CONTROL_STREAM, Frame};
use crate::format::group::{GroupHeader, GroupPlan, Kind};
use crate::format::segment::SegmentHeader;
use crate::format::{BLOCK, GROUP_BODY_MAX};
use crate::options::{SEGMENT_BYTES_DEFAULT, SEGMENT_BYTES_MAX, SEGMENT_BYTES_MIN};
use crate::recovery::decide::Label;
use page::{Page, number};

const UUID: &[u8; 16] = b"0123456789abcdef";

#[test]
fn a_segment_header_is_as_documented() {
    let header = SegmentHeader {
        uuid: *UUID,
        number: 0x0102,
        first_position: 0x0304,
        first_group: 0x0506,
        created_ns: 0x0708,
        entering: [9; 32],
        salt: 0x0a0b,
        length: 0x000c_0000,
    };
    let bytes = header.encode();
    Page::read().check(
        "a segment's header",
        &bytes,
        &[
            ("magic `GFOLDSEG`", b"GFOLDSEG"),
            ("major version, 1", &[1, 0]),
            ("minor version, 0", &[0, 0]),
            ("flags", &[0; 4]),
            ("the log's uuid", UUID),
            ("segment number", &0x0102_u64.to_le_bytes()),
            ("first position", &0x0304_u64.to_le_bytes()),
            ("first group number", &0x0506_u64.to_le_bytes()),
            ("created", &0x0708_u64.to_le_bytes()),
            ("chain digest entering", &[9; 32]),
            ("salt", &0x0a0b_u64.to_le_bytes()),
            ("block size", &4_096_u32.to_le_bytes()),
            ("length", &0x000c_0000_u32.to_le_bytes()),
            ("reserved", &[0; 12]),
            ("CRC of bytes 0..124", &crc32c::crc32c(&bytes[..124]).to_le_bytes()),
            ("zero", &[0; 3_968]),
        ],
    );
}

#[test]
fn a_group_is_as_documented() {
    let plan = GroupPlan {
        salt: 0x0102,
        offset: 8_192,
        number: 0x0304,
        first_position: 0x0506,
        events: 0x0708,
        kind: Kind::CleanClose,
        committed_ns: -9,
        previous: &[7; 32],
    };
    let (bytes, _) = plan.encode(b"some body");
    let chained = [&[7; 32], &bytes[8..64], b"some body"].concat();
    Page::read().check(
        "a group",
        &bytes,
        &[
            ("magic `GRP1`", b"GRP1"),
            ("CRC of bytes 8..96", &crc32c::crc32c(&bytes[8..96]).to_le_bytes()),
            ("the segment's salt", &0x0102_u64.to_le_bytes()),
            ("its own offset", &8_192_u64.to_le_bytes()),
            ("group number", &0x0304_u64.to_le_bytes()),
            ("position", &0x0506_u64.to_le_bytes()),
            ("events", &0x0708_u32.to_le_bytes()),
            ("body length", &9_u32.to_le_bytes()),
            ("CRC of the body", &crc32c::crc32c(b"some body").to_le_bytes()),
            ("kind", &[4]),
            ("codec: 0", &[0]),
            ("flags: 0", &[0; 2]),
            ("committed", &(-9_i64).to_le_bytes()),
            ("digest: BLAKE3(digest before, bytes 8..64, body)", blake3::hash(&chained).as_bytes()),
            ("body, then zero", &[b"some body".as_slice(), &[0; 4_096 - 96 - 9]].concat()),
        ],
    );
}

#[test]
fn kinds_of_groups_and_statements_are_as_documented() {
    let page = Page::read();
    let kinds = [Kind::Events, Kind::IdleSeal, Kind::Footer, Kind::CleanClose];
    let words = ["events", "idle seal", "footer", "clean close"];
    let rows = page.rows("| kind | it is | body |");
    assert_eq!(rows.len(), kinds.len());
    for ((row, kind), word) in rows.iter().zip(kinds).zip(words) {
        let plan = GroupPlan {
            salt: 1,
            offset: 4_096,
            number: 1,
            first_position: 1,
            events: 0,
            kind,
            committed_ns: 0,
            previous: &[0; 32],
        };
        let (bytes, _) = plan.encode(&[]);
        assert_eq!((number(&row[0]), row[1].starts_with(word)), (i64::from(bytes[52]), true));
        assert_eq!(GroupHeader::decode(&bytes).unwrap().kind, kind);
    }
    let rows = page.rows("| statement | payload | it says |");
    let statements: Vec<i64> = rows.iter().map(|row| number(&row[0])).collect();
    assert_eq!(statements, [i64::from(CONTROL_STREAM), i64::from(CONTROL_EPOCH)]);
}

#[test]
fn a_frame_is_as_documented() {
    let frame = Frame {
        position: 0x0102,
        version: 0x0304,
        stream: 0x0506,
        tag: 0x0708,
        schema: 0x090a,
        id: 0x0b0c,
        at_ns: -13,
        control: false,
        payload: b"hello",
    };
    let mut bytes = Vec::new();
    frame.encode(&mut bytes);
    let sum = crc32c::crc32c(&[&bytes[..4], &bytes[8..]].concat());
    let expected: [(&str, &[u8]); 13] = [
        ("length of the frame", &72_u32.to_le_bytes()),
        ("CRC of bytes 0..4 and 8..length", &sum.to_le_bytes()),
        ("position", &0x0102_u64.to_le_bytes()),
        ("version in the stream", &0x0304_u64.to_le_bytes()),
        ("stream number", &0x0506_u32.to_le_bytes()),
        ("event tag", &0x0708_u16.to_le_bytes()),
        ("schema", &0x090a_u16.to_le_bytes()),
        ("event id", &0x0b0c_u128.to_le_bytes()),
        ("event time", &(-13_i64).to_le_bytes()),
        ("metadata length: 0", &[0; 2]),
        ("flags: bit 0", &[0; 2]),
        ("payload length", &5_u32.to_le_bytes()),
        ("payload, then zero", b"hello\0\0\0"),
    ];
    Page::read().check("a frame", &bytes, &expected);
    let mut statement = Vec::new();
    Frame::control(CONTROL_EPOCH, 0, &[0; 8]).encode(&mut statement);
    let row = &Page::read().rows("| offset | size | field of a frame |")[11];
    assert_eq!((number(&row[0]), &statement[58..60]), (60, &[1, 0][..]), "bit 0 of 58..60");
}

fn sample_stream() -> FooterStream {
    FooterStream {
        number: 0x0102,
        name: b"account:large".to_vec(),
        versions: (3, 0x0405),
        positions: (6, 0x0708),
        sparse: vec![Sparse { version: 3, offset: 4_096 }, Sparse { version: 9, offset: 77_824 }],
    }
}

#[test]
fn a_footer_is_as_documented() {
    let footer = Footer {
        first_position: 5,
        last_position: 0x0708,
        groups: 0x0a0b,
        epoch: 0x0c0d,
        file_digest: [14; 32],
        streams: Some(vec![sample_stream()]),
    };
    let body = footer.encode();
    assert_eq!(body.len(), 4_000);
    let page = Page::read();
    let (streams, tail) = (&body[80..3_984], body.len() - 16);
    page.check(
        "a footer",
        &body,
        &[
            ("magic `GFFT`", b"GFFT"),
            ("version, 1", &1_u32.to_le_bytes()),
            ("position of the segment's first", &5_u64.to_le_bytes()),
            ("position of its last", &0x0708_u64.to_le_bytes()),
            ("groups before", &0x0a0b_u64.to_le_bytes()),
            ("epoch in force", &0x0c0d_u64.to_le_bytes()),
            ("BLAKE3 of the file's bytes before", &[14; 32]),
            ("streams", &1_u32.to_le_bytes()),
            ("flags: bit 0", &0_u32.to_le_bytes()),
            ("each stream", streams),
            ("padded length", &4_096_u64.to_le_bytes()),
            ("magic `GFFTEND1`", b"GFFTEND1"),
        ],
    );
    page.check(
        "a stream in a footer",
        &streams[..64 + 32],
        &[
            ("number", &0x0102_u32.to_le_bytes()),
            ("length of the name", &13_u16.to_le_bytes()),
            ("zero", &[0; 2]),
            ("version of its first", &3_u64.to_le_bytes()),
            ("version of its last", &0x0405_u64.to_le_bytes()),
            ("position of its first", &6_u64.to_le_bytes()),
            ("position of its last", &0x0708_u64.to_le_bytes()),
            ("sparse entries", &2_u32.to_le_bytes()),
            ("zero", &[0; 4]),
            ("name, zero to a multiple of 8", &streams[48..96]),
        ],
    );
    assert_eq!(&streams[48..64], b"account:large\0\0\0");
    page.check(
        "a sparse entry",
        &streams[80..96],
        &[
            ("the stream's first version", &9_u64.to_le_bytes()),
            ("offset of the group", &77_824_u32.to_le_bytes()),
            ("zero", &[0; 4]),
        ],
    );
    assert_eq!(&body[tail + 8..], b"GFFTEND1");
    let omitted = Footer { streams: None, ..footer };
    assert_eq!(&omitted.encode()[72..80], &[0, 0, 0, 0, 1, 0, 0, 0], "flags: bit 0");
}

#[test]
fn bounds_are_as_documented() {
    let bound = |bytes: usize| i64::try_from(bytes).unwrap();
    let expected = [
        ("block", BLOCK.cast_signed()),
        ("body of a group", i64::from(GROUP_BODY_MAX)),
        ("events in a batch", bound(BATCH_EVENTS_MAX)),
        ("body of an event", bound(EVENT_BYTES_MAX)),
        ("bodies of a batch", bound(BATCH_BYTES_MAX)),
        ("length of a segment, bytes at least", i64::from(SEGMENT_BYTES_MIN)),
        ("length of a segment as configured", i64::from(SEGMENT_BYTES_MAX)),
        ("length of a segment by default", i64::from(SEGMENT_BYTES_DEFAULT)),
        ("sparse entries", SPARSE_STEP.cast_signed()),
        ("number of a group", crate::format::NUMBER_MAX.cast_signed()),
    ];
    let rows = Page::read().rows("| bound | value |");
    assert_eq!(rows.len(), expected.len());
    for (row, (word, value)) in rows.iter().zip(expected) {
        assert!(row[0].starts_with(word), "{row:?} for {word}");
        assert_eq!(number(&row[1]), value, "{word}");
    }
    assert_eq!(crc32c::crc32c(b"123456789"), 0xe306_9283, "as under Notation");
}

#[test]
fn every_label_of_recovery_is_documented() {
    use Label::{A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P};
    let labels = [A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P].map(|label| label.to_string());
    let rows = Page::read().rows("| label | found | decision |");
    let documented: Vec<&String> = rows.iter().map(|row| &row[0]).collect();
    assert_eq!(documented, labels.iter().collect::<Vec<_>>());
}
