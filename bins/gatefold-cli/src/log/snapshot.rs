//! How snapshots of all accounts are written, and how it is told, is decided here.

use anyhow::{Context, Result};
use gatefold::log::SavedSnapshot;
use gatefold::snapshots;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::args::{Form, Place};
use crate::books::{Books, directory};
use crate::human::grouped;
use crate::log::progress::Progress;
use crate::table::{Side, Table};

const HELP: &str = "\
Examples:
  gatefold log snapshot --log gatefold-data/quickstart
  gatefold log snapshot --config docs/quickstart/gatefold.toml --json

Folds the whole log and keeps the state of every account in snap/, so that the next start folds only
what comes after. A dispatcher does the same when it stops, and may be writing meanwhile. The two
newest snapshots of each account are kept. Deleting them costs time and nothing else: a snapshot is
used only where it fits the log, and the log is folded where it does not.

`gatefold log verify --snapshots` folds the log and compares.

Exit codes: 0 written; 2 wrong usage, or the log cannot be read, or nothing can be written.

JSON: {log, position, group, snapshots: [{stream, version, file, bytes}]}.";

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
    let (dir, _) = directory(&args.place)?;
    let anchor = books.files()?.anchor();
    let progress = Progress::begin("folding", anchor.position.get());
    let fold = books.fold(None, &mut |entry, _| progress.at(entry.position.get()))?;
    drop(progress);
    let saved = snapshots::save(&dir, books.files()?, &fold.engine)
        .with_context(|| format!("no snapshots of {} were written", dir.display()))?;
    let dir = dir.display();
    if args.form.json {
        return Ok(Answer::json(&json!({
            "log": dir.to_string(),
            "position": anchor.position.get(),
            "group": anchor.group,
            "snapshots": saved.iter().map(one).collect::<Vec<_>>(),
        })));
    }
    let count = saved.len();
    let heading = format!("log {dir}: {count} snapshots at position {}\n", anchor.position);
    Ok(Answer::ok(heading + &table(&saved)))
}

fn one(saved: &SavedSnapshot) -> Value {
    let SavedSnapshot { file, stream, version, bytes } = saved;
    let (stream, version) = (stream.to_string(), version.get());
    json!({ "stream": stream, "version": version, "file": file, "bytes": bytes })
}

fn table(saved: &[SavedSnapshot]) -> String {
    let mut table = Table::new(&[
        ("stream", Side::Left),
        ("version", Side::Right),
        ("bytes", Side::Right),
        ("file", Side::Left),
    ]);
    for SavedSnapshot { file, stream, version, bytes } in saved {
        let n = |number: u64| grouped(&number.to_string());
        table.row([stream.to_string(), n(version.get()), n(*bytes), file.clone()]);
    }
    table.render(2)
}
