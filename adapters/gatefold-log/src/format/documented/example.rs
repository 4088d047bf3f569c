//! The example of `docs/log-format.md`: a whole log that is small enough to be looked through.

use std::fmt::Write as _;
use std::ops::ControlFlow;

use gatefold_core::record::disk::{Access, Disk};
use gatefold_core::record::{Position, Stream};
use gatefold_core::vocabulary::Timestamp;
use gatefold_sim::disk::SimDisk;

use super::{UUID, page};
use crate::format::bytes::u32_at;
use crate::format::frame::{CONTROL_STREAM, Frame};
use crate::format::genesis;
use crate::format::group::{GroupPlan, Kind};
use crate::format::root::Root;
use crate::format::segment::SegmentHeader;
use crate::options::SEGMENT_BYTES_MIN;
use crate::read::LogReader;

const BEGINS: &str = "<!-- example begins -->\n";
const ENDS: &str = "<!-- example ends -->";
const SEGMENT: &str = "log/00000000000000000001.gfl";
const SALT: u64 = 0x0102_0304_0506_0708;
const AT_NS: i64 = 1_372_944_600_000_000_000;

fn format_file() -> String {
    Root { uuid: *UUID, created: Timestamp::from_nanos(AT_NS) }.encode()
}

/// The segment's header and its one group.
fn segment() -> (Vec<u8>, Vec<u8>) {
    let header = SegmentHeader {
        uuid: *UUID,
        number: 1,
        first_position: 1,
        first_group: 1,
        created_ns: AT_NS.cast_unsigned(),
        entering: genesis(UUID),
        salt: SALT,
        length: SEGMENT_BYTES_MIN,
    };
    let mut body = Vec::new();
    Frame::control(CONTROL_STREAM, 1, b"account:tiny").encode(&mut body);
    let event = Frame {
        position: 1,
        version: 1,
        stream: 1,
        tag: 3,
        schema: 2,
        id: 0x0123_4567_89ab_cdef_0011_2233_4455_6677,
        at_ns: AT_NS,
        control: false,
        payload: b"hello",
    };
    event.encode(&mut body);
    let plan = GroupPlan {
        salt: SALT,
        offset: 4_096,
        number: 1,
        first_position: 1,
        events: 1,
        kind: Kind::Events,
        committed_ns: AT_NS + 1,
        previous: &genesis(UUID),
    };
    (header.encode().to_vec(), plan.encode(&body).0)
}

/// Sixteen bytes a line with their offset in the file; zeros at the end are left out.
fn dump(text: &mut String, offset: usize, bytes: &[u8]) {
    let used = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    for (index, line) in bytes[..used].chunks(16).enumerate() {
        write!(text, "{:5} ", offset + index * 16).unwrap();
        for word in line.chunks(4) {
            text.push(' ');
            word.iter().for_each(|byte| write!(text, "{byte:02x}").unwrap());
        }
        text.push('\n');
    }
}

fn expected() -> String {
    let (header, group) = segment();
    let mut text = format!("```text\nFORMAT\n\n{}\n{SEGMENT}, its header\n\n", format_file());
    dump(&mut text, 0, &header);
    text.push_str("\nits group: header, then a statement at 4192 and an event at 4272\n\n");
    dump(&mut text, 4_096, &group);
    text.push_str("```\n");
    text
}

#[test]
fn the_example_is_what_is_written() {
    let page = std::fs::read_to_string(page::path()).unwrap();
    let (before, rest) = page.split_once(BEGINS).unwrap();
    let (example, behind) = rest.split_once(ENDS).unwrap();
    let (expected, body) = (expected(), u32_at(&segment().1, 44));
    let told = format!("4,192..4,{} (its length, {body}, is at 4,140)", 192 + body);
    assert!(behind.contains(&told), "what is said below the example: {told}");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(page::path(), format!("{before}{BEGINS}{expected}{ENDS}{behind}")).unwrap();
    } else {
        assert_eq!(example, expected, "UPDATE_EXPECT=1 writes the example anew");
    }
}

#[test]
fn the_example_is_a_log_with_the_event_it_says() {
    let disk = SimDisk::default();
    disk.create_dir("log").unwrap();
    let (header, group) = segment();
    for (path, bytes) in
        [("FORMAT", format_file().into_bytes()), (SEGMENT, [header, group.clone()].concat())]
    {
        disk.write_at(&disk.create(path).unwrap(), 0, &bytes).unwrap();
    }
    let file = disk.open(SEGMENT, Access::Write).unwrap();
    disk.set_len(&file, u64::from(SEGMENT_BYTES_MIN)).unwrap();
    let reader = LogReader::open_on(disk).unwrap();
    let mut events = Vec::new();
    let read = reader.read(Position::ZERO, &mut |it| {
        events.push((it.position.get(), it.stream, it.tag, it.schema, it.at, it.body.to_vec()));
        ControlFlow::Continue(())
    });
    read.unwrap();
    let tiny = Stream::Account("tiny".parse().unwrap());
    let at = Timestamp::from_nanos(AT_NS);
    assert_eq!(events, [(1, tiny, 3, 2, at, b"hello".to_vec())]);
    assert_eq!(reader.anchor().digest, group[64..96]);
}
