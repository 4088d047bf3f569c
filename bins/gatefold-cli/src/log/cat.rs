//! How the events of a log are printed, one a line, is decided here.

use std::io::{self, Write};
use std::ops::ControlFlow;

use anyhow::{Context, Result};
use gatefold::core::record::{Entry, Event};

use crate::answer::{Answer, OK};
use crate::args::Place;
use crate::books::{Books, event_name};
use crate::log::row::{self, Width};
use crate::log::scan::{Filter, scan};
use crate::log::{json, words};

const HELP: &str = "\
Examples:
  gatefold log cat --log gatefold-data/quickstart --account tiny --kind IntentRefused
  gatefold log cat --log gatefold-data/quickstart --recommendation 5873
  gatefold log cat --config docs/quickstart/gatefold.toml --since 2015-12-23T15:00:00Z --json

Without --json a line is: position, time, account (- for none), version in the account, kind, then
recommendation, order and trade as far as the event names them, and what it says.

With --json a line is an object: {position, account (null for none), version, event_id, time, kind,
schema, body: {the event's fields}}. Amounts, prices and quantities are decimal text, times are UTC
with nine decimals, counts are numbers. The numbers of a verdict are whole: billionths of a dollar
or share, millionths of a dollar of exposure, nanoseconds, parts per million, as the gate counts.

Exit codes: 0 printed, also where nothing was wanted; 2 wrong usage, or the log cannot be read: what
was printed before is sound.";

/// The longest name of a kind of event.
const KIND_COLUMNS: usize = 22;
/// Most accounts have a name that is shorter; longer ones push the rest of the line.
const ACCOUNT_COLUMNS: usize = 10;

#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Args {
    #[command(flatten)]
    filter: Filter,
    #[command(flatten)]
    place: Place,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<Answer> {
    let books = Books::open(&args.place)?;
    let columns = books.reader().head().to_string().len();
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut text = String::new();
    scan(&books, &args.filter, &mut |_| {}, &mut |entry, event| {
        text.clear();
        if args.json {
            row::line(&mut text, entry, event, Width::Plain);
        } else {
            text.push_str(&for_people(entry, event, columns));
        }
        told(out.write_all(text.as_bytes()))
    })?;
    let _ = told(out.flush())?;
    Ok(Answer::report(String::new(), OK))
}

/// Whoever closes the pipe early has read enough.
pub(crate) fn told(written: io::Result<()>) -> Result<ControlFlow<()>> {
    match written {
        Ok(()) => Ok(ControlFlow::Continue(())),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ControlFlow::Break(())),
        Err(error) => Err(error).context("standard output cannot be written"),
    }
}

/// A line that people read; positions and versions take so many columns.
pub(crate) fn for_people(entry: &Entry<'_>, event: &Event, columns: usize) -> String {
    let account = row::account(entry).map_or_else(|| "-".to_owned(), |it| it.to_string());
    let line = format!(
        "{:>columns$}  {}  {account:<ACCOUNT_COLUMNS$}  {:>columns$}  {:<KIND_COLUMNS$}  {}",
        entry.position.get(),
        json::time(entry.at),
        entry.version.get(),
        event_name(entry.tag),
        words::words(event)
    );
    format!("{}\n", line.trim_end())
}
