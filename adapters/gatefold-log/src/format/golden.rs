//! The bytes of a header, a group and its frames as they are for ever: a change here is a new
//! version of the format.

use std::fmt::Write as _;

use expect_test::{Expect, expect};

use crate::format::footer::{Footer, FooterStream, Sparse};
use crate::format::frame::{CONTROL_EPOCH, CONTROL_STREAM, Frame};
use crate::format::genesis;
use crate::format::group::{GroupPlan, Kind};
use crate::format::segment::SegmentHeader;

const UUID: &[u8; 16] = b"0123456789abcdef";

/// Sixteen bytes a line with their offset; zeros at the end are left out.
fn check(bytes: &[u8], expect: &Expect) {
    let used = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let mut text = format!("{} bytes\n", bytes.len());
    for (index, line) in bytes[..used].chunks(16).enumerate() {
        write!(text, "{:4}", index * 16).unwrap();
        for word in line.chunks(4) {
            text.push(' ');
            for byte in word {
                write!(text, "{byte:02x}").unwrap();
            }
        }
        text.push('\n');
    }
    expect.assert_eq(&text);
}

#[test]
fn a_segment_header_keeps_its_bytes() {
    let header = SegmentHeader {
        uuid: *UUID,
        number: 2,
        first_position: 41,
        first_group: 7,
        created_ns: 1_700_000_000_000_000_000,
        entering: genesis(UUID),
        salt: 0x0102_0304_0506_0708,
        length: 67_108_864,
    };
    check(
        &header.encode(),
        &expect![[r#"
        4096 bytes
           0 47464f4c 44534547 01000000 00000000
          16 30313233 34353637 38396162 63646566
          32 02000000 00000000 29000000 00000000
          48 07000000 00000000 00002a36 fe9c9717
          64 24c878cd 705df07a 7be7574a 7af72436
          80 34e4451f 10ba0b26 0c6ef517 1e53860c
          96 08070605 04030201 00100000 00000004
         112 00000000 00000000 00000000 ab81a228
    "#]],
    );
}

#[test]
fn a_group_and_its_frames_keep_their_bytes() {
    let mut body = Vec::new();
    Frame::control(CONTROL_EPOCH, 0, &3_u64.to_le_bytes()).encode(&mut body);
    Frame::control(CONTROL_STREAM, 1, b"account:large").encode(&mut body);
    let event = Frame {
        position: 41,
        version: 1,
        stream: 1,
        tag: 3,
        schema: 2,
        id: 0x0123_4567_89ab_cdef_0011_2233_4455_6677,
        at_ns: 1_372_944_600_000_000_000,
        control: false,
        payload: b"hello",
    };
    event.encode(&mut body);
    let plan = GroupPlan {
        salt: 0x0102_0304_0506_0708,
        offset: 4_096,
        number: 7,
        first_position: 41,
        events: 1,
        kind: Kind::Events,
        committed_ns: 1_372_944_600_000_000_001,
        previous: &genesis(UUID),
    };
    check(
        &plan.encode(&body).0,
        &expect![[r#"
        4096 bytes
           0 47525031 c5624cf7 08070605 04030201
          16 00100000 00000000 07000000 00000000
          32 29000000 00000000 01000000 e0000000
          48 2f2a0c39 01000000 01704aeb d6ad0d13
          64 51296497 570abfb1 b1e57658 e3e47987
          80 85e5ad51 0f145d06 2f60c3ca 1147966a
          96 48000000 07648be6 00000000 00000000
         112 00000000 00000000 00000000 02000000
         128 00000000 00000000 00000000 00000000
         144 00000000 00000000 00000100 08000000
         160 03000000 00000000 50000000 7b18ec28
         176 00000000 00000000 00000000 00000000
         192 01000000 01000000 00000000 00000000
         208 00000000 00000000 00000000 00000000
         224 00000100 0d000000 6163636f 756e743a
         240 6c617267 65000000 48000000 17efd2e8
         256 29000000 00000000 01000000 00000000
         272 01000000 03000200 77665544 33221100
         288 efcdab89 67452301 00704aeb d6ad0d13
         304 00000000 05000000 68656c6c 6f
    "#]],
    );
}

#[test]
fn a_footer_keeps_its_bytes() {
    let stream = FooterStream {
        number: 1,
        name: b"account:large".to_vec(),
        versions: (5, 9),
        positions: (41, 47),
        sparse: vec![Sparse { version: 5, offset: 4_096 }, Sparse { version: 8, offset: 77_824 }],
    };
    let footer = Footer {
        first_position: 41,
        last_position: 47,
        groups: 6,
        epoch: 3,
        file_digest: genesis(UUID),
        streams: Some(vec![stream]),
    };
    let body = footer.encode();
    let tail = body.len() - 16;
    check(
        &body[..tail],
        &expect![[r#"
        3984 bytes
           0 47464654 01000000 29000000 00000000
          16 2f000000 00000000 06000000 00000000
          32 03000000 00000000 24c878cd 705df07a
          48 7be7574a 7af72436 34e4451f 10ba0b26
          64 0c6ef517 1e53860c 01000000 00000000
          80 01000000 0d000000 05000000 00000000
          96 09000000 00000000 29000000 00000000
         112 2f000000 00000000 02000000 00000000
         128 6163636f 756e743a 6c617267 65000000
         144 05000000 00000000 00100000 00000000
         160 08000000 00000000 003001
    "#]],
    );
    check(
        &body[tail..],
        &expect![[r#"
        16 bytes
           0 00100000 00000000 47464654 454e4431
    "#]],
    );
}
