//! Which commands work on the log itself, rather than on what was folded from it, is decided here.

mod body;
mod copies;
mod facts;
mod json;
mod progress;
mod row;
mod scan;
mod states;
mod words;

mod anchor;
mod archive;
mod backup;
mod cat;
mod export;
mod restore;
mod salvage;
mod snapshot;
mod stats;
mod tail;
mod verify;

use anyhow::Result;
use clap::Subcommand;

use crate::answer::Answer;
pub(crate) use crate::log::verify::UNVERIFIED;

const EXAMPLES: &str = "\
Examples:
  gatefold log cat --log gatefold-data/quickstart --account tiny
  gatefold log cat --log gatefold-data/quickstart --kind IntentRefused --json | head
  gatefold log export --log gatefold-data/quickstart --format parquet --out events.parquet
  gatefold log verify --deep --log gatefold-data/quickstart

Every command changes nothing in the log, and all but salvage read beside a running dispatcher.

Exit codes, of all but verify, which has its own:
  0  done
  1  the answer is no
  2  wrong usage, or the log cannot be read";

/// Read, copy and check the log itself
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Log {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print events in order, one a line
    Cat(cat::Args),
    /// Count events, bytes, groups and segments
    Stats(stats::Args),
    /// Print one line that says how far the log went, to be kept elsewhere
    Anchor(anchor::Args),
    /// Write events to a file for other programs: JSON Lines, CSV or Parquet
    Export(export::Args),
    /// Print events as they become durable, until interrupted
    Tail(tail::Args),
    /// Check every byte of a log and list every damaged place
    Verify(verify::Args),
    /// Keep the state of every account, so that the next start is quick
    Snapshot(snapshot::Args),
    /// Copy all that verifies of a damaged log into a new one
    Salvage(salvage::Args),
    /// Copy the log to another directory, or bring such a copy up to date
    Backup(backup::Args),
    /// Make a log of a backup, verified before and after
    Restore(restore::Args),
    /// Compress old finished segments; the log stays readable and verifiable
    Archive(archive::Args),
}

pub(crate) fn run(log: &Log) -> Result<Answer> {
    match &log.command {
        Command::Cat(args) => cat::run(args),
        Command::Stats(args) => stats::run(args),
        Command::Anchor(args) => anchor::run(args),
        Command::Export(args) => export::run(args),
        Command::Tail(args) => tail::run(args),
        Command::Verify(args) => Ok(verify::run(args)),
        Command::Snapshot(args) => snapshot::run(args),
        Command::Salvage(args) => salvage::run(args),
        Command::Backup(args) => backup::run(args),
        Command::Restore(args) => restore::run(args),
        Command::Archive(args) => archive::run(args),
    }
}
