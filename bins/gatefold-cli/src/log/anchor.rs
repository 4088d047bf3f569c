//! How a log's head is told in one line that can be kept elsewhere is decided here.

use anyhow::Result;
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

JSON: {anchor, uuid, position, group, digest}.";

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
    let anchor = books.reader().anchor();
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

/// Bytes as lower-case digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
