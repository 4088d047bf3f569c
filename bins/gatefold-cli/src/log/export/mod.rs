//! How a part of a log is written to a file for other programs is decided here: whole or not at
//! all, and never over a file that is there.

mod columns;
mod parquet;
mod text;

use std::fs::{self, File, Permissions};
use std::io::BufWriter;
use std::ops::ControlFlow;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use gatefold::core::record::{Entry, Event};
use serde_json::json;
use tempfile::NamedTempFile;

use crate::answer::Answer;
use crate::args::Place;
use crate::books::Books;
use crate::human::grouped;
use crate::log::export::columns::COLUMNS;
use crate::log::progress::Progress;
use crate::log::scan::{Filter, Scanned, scan};
use crate::table::{Side, Table};

const HELP: &str = "\
Examples:
  gatefold log export --log gatefold-data/quickstart --format parquet --out events.parquet
  gatefold log export --log DIR --format csv --out today.csv --since 2026-02-03T00:00:00Z
  gatefold log export --columns

Every format has the same columns (--columns lists them, docs/log-export.md explains them). Decimals
are exact: text in JSON Lines and CSV, decimal in Parquet. What is missing is null, in CSV nothing.

The file is written beside its place under another name, synced, and renamed when it is whole. A
file that is there is not overwritten without --force. The export ends with the last event that was
durable when it began.

Exit codes: 0 written; 1 the file is there already; 2 wrong usage, or the log cannot be read or the
file not be written: no file appears.

JSON: {out, format, events, bytes, first_position, last_position, head}. head is the position of the
log's last event when the export began.";

/// New files are as readable as the umask lets them be.
const FILE_MODE: u32 = 0o666;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One JSON object a line
    Jsonl,
    /// Comma-separated, with a heading
    Csv,
    /// Apache Parquet, compressed with zstd
    Parquet,
}

impl Format {
    fn name(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
            Self::Parquet => "parquet",
        }
    }
}

#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Args {
    /// What kind of file
    #[arg(long, value_enum, required_unless_present = "columns")]
    format: Option<Format>,
    /// The file to write
    #[arg(long, value_name = "FILE", required_unless_present = "columns")]
    out: Option<PathBuf>,
    /// Overwrite the file if it is there
    #[arg(long)]
    force: bool,
    /// List the columns and end
    #[arg(long, exclusive = true)]
    columns: bool,
    /// The directory of the log
    #[arg(long, value_name = "DIR", required_unless_present_any = ["columns", "config"])]
    log: Option<PathBuf>,
    /// A configuration file; its log is read
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    filter: Filter,
    /// Print the summary as one JSON object
    #[arg(long)]
    json: bool,
}

/// Where exported events go.
trait Sink {
    /// Takes one event.
    fn put(&mut self, entry: &Entry<'_>, event: &Event) -> Result<()>;

    /// Writes what is left.
    fn end(self: Box<Self>) -> Result<()>;
}

pub(crate) fn run(args: &Args) -> Result<Answer> {
    if args.columns {
        return Ok(Answer::ok(columns()));
    }
    let (Some(format), Some(out)) = (args.format, &args.out) else {
        bail!("give --format and --out, or --columns alone");
    };
    if !args.force && fs::symlink_metadata(out).is_ok() {
        return Ok(is_there(out));
    }
    let books = Books::open(&Place { log: args.log.clone(), config: args.config.clone() })?;
    let cannot = || format!("{} cannot be written", out.display());
    let file = beside(out).with_context(cannot)?;
    let scanned = write(&books, &args.filter, format, file.as_file())?;
    file.as_file().sync_all().with_context(cannot)?;
    let bytes = file.as_file().metadata().with_context(cannot)?.len();
    let put = if args.force { file.persist(out) } else { file.persist_noclobber(out) };
    match put {
        Err(lost) if !args.force && lost.error.kind() == std::io::ErrorKind::AlreadyExists => {
            return Ok(is_there(out));
        }
        put => put.with_context(cannot)?,
    };
    let head = books.reader().head().get();
    Ok(if args.json {
        Answer::json(&json!({
            "out": out.display().to_string(),
            "format": format.name(),
            "events": scanned.events,
            "bytes": bytes,
            "first_position": scanned.first.map(|it| it.get()),
            "last_position": scanned.last.map(|it| it.get()),
            "head": head,
        }))
    } else {
        Answer::ok(summary(out, format, &scanned, bytes, head))
    })
}

fn is_there(out: &Path) -> Answer {
    Answer::negative(format!(
        "{} is there already: name another file, or overwrite it with --force",
        out.display()
    ))
}

/// A file in the same folder, so that it can be renamed to its place. It is removed if it never is.
fn beside(out: &Path) -> std::io::Result<NamedTempFile> {
    let folder = match out.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) | None => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    let permissions = Permissions::from_mode(FILE_MODE);
    builder.prefix(".gatefold-export-").permissions(permissions).tempfile_in(folder)
}

fn write(books: &Books, filter: &Filter, format: Format, file: &File) -> Result<Scanned> {
    let out = BufWriter::new(file.try_clone()?);
    let mut sink: Box<dyn Sink> = match format {
        Format::Jsonl => Box::new(text::JsonLines::begin(out)),
        Format::Csv => Box::new(text::Csv::begin(out)?),
        Format::Parquet => Box::new(parquet::Parquet::begin(out)?),
    };
    let progress = Progress::begin("exporting", books.reader().head().get());
    let scanned = scan(books, filter, &mut |it| progress.at(it.get()), &mut |entry, event| {
        sink.put(entry, event).map(ControlFlow::Continue)
    })?;
    sink.end()?;
    Ok(scanned)
}

fn summary(out: &Path, format: Format, scanned: &Scanned, bytes: u64, head: u64) -> String {
    let count = |number: u64| grouped(&number.to_string());
    let places = match (scanned.first, scanned.last) {
        (Some(first), Some(last)) => format!(", positions {first} to {last} of {head}"),
        _ => String::new(),
    };
    format!(
        "{}: {} events as {}, {} bytes{places}\n",
        out.display(),
        count(scanned.events),
        format.name(),
        count(bytes)
    )
}

fn columns() -> String {
    let mut table = Table::new(&[
        ("column", Side::Left),
        ("JSON Lines, CSV", Side::Left),
        ("Parquet", Side::Left),
        ("", Side::Left),
    ]);
    for column in &COLUMNS {
        let (text, parquet) = (column.holds.text(), column.holds.parquet());
        table.row([column.name, text, parquet, column.meaning].map(str::to_owned));
    }
    table.render(0)
}
