//! How the events of a log are printed, one a line, is decided here.

use std::io::{self, Write};
use std::ops::ControlFlow;

use anyhow::{Context, Result};
use gatefold::core::record::{Entry, Stream};

use crate::answer::{Answer, OK};
use crate::args::Place;
use crate::books::{Books, event_name};
use crate::log::scan::{Filter, scan};

/// So many positions are aligned without a jump.
const POSITION_COLUMNS_MIN: usize = 6;
/// The longest name of a kind of event.
const KIND_COLUMNS: usize = 22;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    filter: Filter,
    #[command(flatten)]
    place: Place,
}

pub(crate) fn run(args: &Args) -> Result<Answer> {
    let books = Books::open(&args.place)?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    scan(&books, &args.filter, &mut |_| {}, &mut |entry, _| {
        told(writeln!(out, "{}", head(entry)))
    })?;
    let _ = told(out.flush())?;
    Ok(Answer::report(String::new(), OK))
}

/// Whoever closes the pipe early has read enough.
fn told(written: io::Result<()>) -> Result<ControlFlow<()>> {
    match written {
        Ok(()) => Ok(ControlFlow::Continue(())),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ControlFlow::Break(())),
        Err(error) => Err(error).context("standard output cannot be written"),
    }
}

fn head(entry: &Entry<'_>) -> String {
    let stream = match entry.stream {
        Stream::System => "-".to_owned(),
        Stream::Account(account) => account.to_string(),
    };
    format!(
        "{:>POSITION_COLUMNS_MIN$}  {}  {stream:<12}  {:>6}  {:<KIND_COLUMNS$}",
        entry.position.get(),
        entry.at,
        entry.version.get(),
        event_name(entry.tag)
    )
}
