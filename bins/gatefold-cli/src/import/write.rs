//! How a plan becomes a log: written beside, folded and compared, and moved into place in one step,
//! so that an interrupted import leaves nothing; and how an import is recognized that was made
//! before.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use gatefold::core::decide::Gates;
use gatefold::core::engine::{Engine, Settings};
use gatefold::core::record::{
    Append, BATCH_BYTES_MAX, Position, Record, Stream, Version, codec, show_entry,
};
use gatefold::core::vocabulary::{Calendar, EventId};
use gatefold::log::{EmbeddedLog, LogReader, OpenError, Options};

use crate::import::plan::{Fact, Plan};

/// The most events of one append: few enough that its bytes are bounded.
const BATCH_EVENTS: usize = 1_024;

/// What a directory holds before an import.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Before {
    /// Nothing: the import makes the log.
    Nothing,
    /// All of this import, each fact at its position.
    All(Vec<Position>),
}

/// Looks whether an import was made already.
///
/// # Errors
/// Where the directory holds something else, or only a part of it.
pub(crate) fn look(dir: &Path, plan: &Plan) -> Result<Before> {
    if is_vacant(dir)? {
        return Ok(Before::Nothing);
    }
    let reader = LogReader::open(dir)?;
    let mut known: HashMap<EventId, (Position, u16, Vec<u8>)> = HashMap::new();
    reader.read(Position::ZERO, &mut |entry| {
        known.insert(entry.id, (entry.position, entry.tag, entry.body.to_vec()));
        ControlFlow::Continue(())
    })?;
    let mut positions = Vec::new();
    let mut missing = 0_usize;
    for (fact, from_row) in plan.facts.iter().zip(&plan.from_rows) {
        let Some((position, tag, body)) = known.get(&fact.id) else {
            missing += usize::from(*from_row);
            positions.push(Position::ZERO);
            continue;
        };
        let encoded = codec::encode(&fact.event)?;
        ensure!(
            !from_row || (encoded.tag, &encoded.body) == (*tag, body),
            "{}: event {position} was made of an old row that has changed since: an import goes \
             into a new log",
            dir.display()
        );
        positions.push(*position);
    }
    ensure!(
        missing == 0,
        "{} holds a log already, and {missing} of the {} facts of these rows are not in it: an \
         import goes into a new log; name an empty or a new directory",
        dir.display(),
        plan.from_rows.iter().filter(|it| **it).count()
    );
    Ok(Before::All(positions))
}

fn is_vacant(dir: &Path) -> Result<bool> {
    match fs::read_dir(dir) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", dir.display())),
    }
}

/// Writes the log beside and moves it into place.
pub(crate) fn write(dir: &Path, plan: &Plan) -> Result<()> {
    let beside = beside(dir)?;
    let parent = beside.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(parent).with_context(|| format!("{} cannot be made", parent.display()))?;
    let log = begin(&beside)?;
    append(&log, plan).context("the log could not be written; nothing was moved into place")?;
    log.close()?;
    verify(&beside, plan)?;
    fs::rename(&beside, dir)
        .with_context(|| format!("the finished log could not be moved to {}", dir.display()))?;
    File::open(parent)?.sync_all()?;
    Ok(())
}

/// Where the log is made: in the same file system, so that moving it is one step.
fn beside(dir: &Path) -> Result<PathBuf> {
    let Some(name) = dir.file_name() else {
        bail!("{} has no name of its own: name a new directory", dir.display());
    };
    let mut name = name.to_os_string();
    name.push(".importing");
    let parent = dir.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok(parent.join(name))
}

/// Opens an empty log there. What an interrupted import left is removed; what another one writes is
/// locked.
fn begin(beside: &Path) -> Result<EmbeddedLog> {
    if beside.exists() {
        // Held while it is removed, so that no other import takes it over in between.
        let _held = match EmbeddedLog::open(beside, Options::default()) {
            Ok((log, _)) => Some(log),
            Err(error @ OpenError::LockedByOther { .. }) => {
                return Err(error).context("another import is under way");
            }
            Err(
                OpenError::NotALog { .. }
                | OpenError::FormatTooNew { .. }
                | OpenError::Corrupt(_)
                | OpenError::Full { .. }
                | OpenError::Io { .. },
            ) => None,
        };
        fs::remove_dir_all(beside)
            .with_context(|| format!("{} cannot be removed", beside.display()))?;
    }
    Ok(EmbeddedLog::open(beside, Options::default())?.0)
}

fn append(log: &EmbeddedLog, plan: &Plan) -> Result<()> {
    let appender = log.handle();
    let epoch = log.epoch();
    let mut versions: HashMap<Stream, Version> = HashMap::new();
    let mut facts = plan.facts.iter().peekable();
    let mut last = None;
    while let Some(first) = facts.peek() {
        let stream = first.stream;
        let mut records = Vec::new();
        let mut bytes = 0;
        while let Some(fact) = facts.next_if(|it| {
            it.stream == stream && records.len() < BATCH_EVENTS && bytes < BATCH_BYTES_MAX / 2
        }) {
            let record = record(fact)?;
            bytes += record.body.len();
            records.push(record);
        }
        let version = versions.entry(stream).or_insert(Version::ZERO);
        let append = Append { stream, expected: *version, epoch, records: &records };
        last = Some(appender.submit(&append)?);
        *version = version.after(u64::try_from(records.len())?);
    }
    // Whoever waits for the last waits for all.
    if let Some(ticket) = last {
        ticket.wait()?;
    }
    Ok(())
}

fn record(fact: &Fact) -> Result<Record> {
    let encoded = codec::encode(&fact.event)?;
    let (id, at) = (fact.id, fact.at);
    Ok(Record { id, tag: encoded.tag, schema: encoded.schema, at, body: encoded.body })
}

/// Folds what was written: it must hold the plan's facts in their order, and make its positions.
fn verify(dir: &Path, plan: &Plan) -> Result<()> {
    let reader = LogReader::open(dir)?;
    let mut engine = Engine::new(Gates::standard(), Calendar::nyse(), Settings::default());
    let mut wanted = plan.facts.iter();
    let mut wrong = None;
    reader.read(Position::ZERO, &mut |entry| {
        let same = wanted.next().is_some_and(|fact| fact.id == entry.id && fact.at == entry.at);
        let folded = show_entry(entry, |event| engine.apply(entry, event));
        wrong = match folded {
            Err(error) => Some(error.to_string()),
            Ok(()) if !same => Some(format!("event {} is not the planned one", entry.position)),
            Ok(()) => None,
        };
        if wrong.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    if let Some(wrong) = wrong {
        bail!("the log that was written is not as planned ({wrong}); it was not moved into place");
    }
    ensure!(wanted.next().is_none(), "the log that was written lacks events");
    for account in engine.accounts() {
        for (instrument, book) in account.books() {
            let planned = plan.nets.get(&(account.id(), *instrument)).copied().unwrap_or_default();
            ensure!(
                book.position().net() == planned,
                "the log makes {} of {instrument} in {}, the plan {planned}: it was not moved into \
                 place",
                book.position().net(),
                account.id()
            );
        }
    }
    Ok(())
}
