//! A log as text: a line for each event, as `docs/log-format.md` says, and a last one for the head.

use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::path::Path;

use gatefold_core::record::{Entry, Position};
use gatefold_log::{Check, LogReader};

/// One event as a line.
pub(crate) fn line(out: &mut String, entry: &Entry<'_>) {
    let Entry { position, stream, version, id, tag, schema, at, body } = entry;
    write!(
        out,
        r#"{{"position":{position},"stream":"{stream}","version":{version},"id":"{:032x}","#,
        id.raw()
    )
    .unwrap();
    write!(out, r#""time_ns":{},"tag":{tag},"schema":{schema},"body":"#, at.nanos()).unwrap();
    writeln!(out, r#""{}"}}"#, hex(body)).unwrap();
}

/// All events of a log, its chain checked.
pub(crate) fn events(reader: &LogReader) -> String {
    let mut out = String::new();
    let read = reader.read_with(Check::Chain, Position::ZERO, &mut |entry| {
        line(&mut out, entry);
        ControlFlow::Continue(())
    });
    read.unwrap();
    out
}

/// The whole log, with its head.
pub(crate) fn whole(directory: &Path) -> String {
    let reader = LogReader::open(directory).unwrap();
    let (mut out, anchor) = (events(&reader), reader.anchor());
    let (position, group) = (anchor.position, anchor.group);
    let digest = hex(&anchor.digest);
    writeln!(out, r#"{{"head":{{"position":{position},"group":{group},"digest":"{digest}"}}}}"#)
        .unwrap();
    out
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
