//! Which commands work on the log itself, rather than on what was folded from it, is decided here.

mod body;
mod facts;
mod json;
mod progress;
mod row;
mod scan;
mod words;

mod anchor;
mod cat;
mod export;
mod stats;

use anyhow::Result;
use clap::Subcommand;

use crate::answer::Answer;

const EXAMPLES: &str = "\
Examples:
  gatefold log cat --log gatefold-data/quickstart --account tiny
  gatefold log cat --log gatefold-data/quickstart --kind IntentRefused --json | head
  gatefold log export --log gatefold-data/quickstart --format parquet --out events.parquet

Every command reads beside a running dispatcher and changes nothing in the log.

Exit codes:
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
}

pub(crate) fn run(log: &Log) -> Result<Answer> {
    match &log.command {
        Command::Cat(args) => cat::run(args),
        Command::Stats(args) => stats::run(args),
        Command::Anchor(args) => anchor::run(args),
        Command::Export(args) => export::run(args),
    }
}
