//! What may be said on the command line, and the manual that `--help` prints.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Recommendations in, orders out, positions managed.
#[derive(Debug, Parser)]
#[command(name = "gatefold-dispatcher", version, long_about = LONG)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const LONG: &str = "\
Recommendations in, orders out, positions managed.

Every recommendation is judged by every gate on the state of its own account; what passes is
recorded in the log before it is sent. The log is the only truth: stopped or killed at any moment,
the dispatcher goes on from it when it is run again, and never trades a recommendation twice.";

const RUN: &str = "\
Runs what CONFIG.toml describes: accounts with their limits, an inbox, a market, a broker and a log.

A recorded market is replayed as fast as possible and in lockstep: the same input gives the same
log. At the end (and after a Ctrl-C) a report is printed: per account what became of the
recommendations, which gates refused, orders, fills, positions with their exit plans, profit and
loss, and exposure against limits.

With [broker] kind = \"alpaca\" the accounts are examined first: keys, account number, blocks, clock
and calendar. Then the inbox is followed as it grows, until a Ctrl-C or the configured end. Real
money needs allow_live = true in the configuration and --allow-live here.

Running it again does not trade again: what was decided is read back from the log.";

const RUN_AFTER: &str = "\
Examples:
  gatefold-dispatcher run docs/quickstart/gatefold.toml
  gatefold-dispatcher run docs/incident/gatefold.toml --json | jq '.accounts[].exposure'
  gatefold-dispatcher run gatefold.toml --log /var/lib/gatefold -v --log-format json

Exit codes:
  0    everything was processed
  1    it could not go on: the log, the market or a broker failed; the message says what to do
  2    the command line or the configuration is wrong; nothing was started
  130  stopped by SIGINT (Ctrl-C); running it again continues
  143  stopped by SIGTERM; running it again continues

Environment:
  RUST_LOG   which log lines are written to standard error, as in `gatefold_dispatcher=debug`";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run what a configuration describes
    #[command(long_about = RUN, after_long_help = RUN_AFTER)]
    Run(Run),
}

#[derive(Debug, Args)]
pub(crate) struct Run {
    /// The configuration: accounts, limits, inbox, market, broker, log
    #[arg(value_name = "CONFIG.toml")]
    pub(crate) config: PathBuf,
    /// Keep the log in this directory instead of the configured one
    #[arg(long, value_name = "DIR")]
    pub(crate) log: Option<PathBuf>,
    /// Trade real money in the accounts that the configuration says are live
    #[arg(long)]
    pub(crate) allow_live: bool,
    /// Print the report as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    /// How log lines on standard error are written
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = LogFormat::Human)]
    pub(crate) log_format: LogFormat,
    /// Log every decision and fill (-v), or everything (-vv)
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Show no progress bar
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people
    Human,
    /// One JSON object a line
    Json,
}
