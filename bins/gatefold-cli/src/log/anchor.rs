//! How a log's head is told in one line that can be kept elsewhere is decided here.

use anyhow::Result;
use gatefold::logs::AnyReader;
use gatefold::postgres::{LogAnchor, PostgresReader};
use serde_json::json;

use crate::answer::Answer;
use crate::args::{Form, Place};
use crate::books::Books;

const HELP: &str = "\
Examples:
  gatefold log anchor --log gatefold-data/quickstart
  gatefold log anchor --log DIR >> /mnt/elsewhere/anchors.txt

The line names the log, the position and group of its last durable event, and the digest of the
chain there. The chain alone shows accidents and edits; a line that is kept where nobody who can
write the log can write also shows a history that was rewritten as a whole, or a directory that was
rolled back. `gatefold log verify --anchor LINE` compares.

Exit codes: 0 printed; 2 wrong usage, or the log cannot be read.

JSON: {anchor, uuid, position, group, digest}; a log in a database has no group.";

#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Args {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    form: Form,
}

pub(crate) fn run(args: &Args) -> Result<Answer> {
    let books = Books::open(&args.place)?;
    let anchor = match books.reader() {
        AnyReader::Directory(reader) => reader.anchor(),
        AnyReader::Postgres(reader) => return in_database(reader, args.form.json),
    };
    let line = anchor.to_string();
    if !args.form.json {
        return Ok(Answer::ok(format!("{line}\n")));
    }
    Ok(Answer::json(&json!({
        "anchor": line,
        "uuid": hex(&anchor.uuid),
        "position": anchor.position.get(),
        "group": anchor.group,
        "digest": hex(&anchor.digest),
    })))
}

/// The same of a log in a database, after every sum from its beginning on was checked.
fn in_database(reader: &PostgresReader, is_json: bool) -> Result<Answer> {
    let LogAnchor { log, position, digest } = reader.verify()?;
    let (digest, position) = (hex(&digest), position.get());
    let line = format!("gatefold-postgres-anchor {log:032x} {position} {digest}");
    if !is_json {
        return Ok(Answer::ok(format!("{line}\n")));
    }
    let uuid = format!("{log:032x}");
    Ok(Answer::json(&json!({
        "anchor": line, "uuid": uuid, "position": position, "digest": digest,
    })))
}

/// Bytes as lower-case digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
