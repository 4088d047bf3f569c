//! What can be said on the command line is decided here.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use fake_alpaca::core::vocabulary::{Date, Span, Timestamp};

/// A local Alpaca: trading API, market data and order stream over recorded market data.
///
/// Clients of the real Alpaca work with it unchanged: they are given another address and the keys
/// that it prints. It listens on loopback only, keeps nothing, and breaks on demand in the ways in
/// which the real one does.
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve until SIGTERM, SIGINT, or the end of standard input.
    ///
    /// Prints one line of JSON when it is ready: `base_url`, `stream_url`, `live_url`,
    /// `live_stream_url`, `data_url`, and for each account `name`, `environment`, `key_id`,
    /// `secret_key` and `account_number`. Nothing else is printed to standard output.
    ///
    /// EXIT STATUS: 0 after a stop that was asked for; 1 where it cannot start, with the reason and
    /// the remedy on standard error; 2 for a wrong command line.
    #[command(after_long_help = EXAMPLES)]
    Serve(Box<Serve>),
}

const EXAMPLES: &str = "\
EXAMPLES:
  One paper account over a recorded day, on any free port:
      fake-alpaca serve --market docs/quickstart/market

  A clock that runs sixty times as fast as the wall's:
      fake-alpaca serve --market docs/quickstart/market --pace 60

  An accounts file (every key but `name` may be left out):
      [[accounts]]
      name = \"main\"
      environment = \"paper\"      # or \"live\"
      cash = \"25000\"
      options_level = 2
      subscribed = false         # quotes of \"iex\" and \"indicative\", not of \"sip\" and \"opra\"
      replays_events = true      # answers GET /v2/events/trades?since=TIME&until=TIME

  A faults file: the answer to the second order is lost, and one stream event in twenty is late:
      [[rules]]
      what = \"timeout_after\"
      on = \"submit\"
      skip = 1
      times = 1

      [[rules]]
      what = \"event_late\"
      per_mille = 50

CONTROL, without keys, on any of its addresses:
  GET  /_fake/ledger    the true books: orders, fills, positions, cash, realized
  GET  /_fake/clock     the time, and when something can happen next
  POST /_fake/clock     {\"to\": TIME}, {\"by\": \"5m\"}, or {} for the next moment
  GET  /_fake/faults    the rules, and how often each was met
  POST /_fake/faults    a whole new set of rules, in the shape of the file, as JSON
  POST /_fake/cut       cuts every stream
  POST /_fake/cash      {\"account\": NAME, \"amount\": \"-25\", \"activity\": \"FEE\"}:
                        money without a trade; with an activity it has a row in the history";

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Where to listen: a loopback address; port 0 takes any that is free. With another port the
    /// live site and market data take the two ports after it.
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS")]
    pub(crate) listen: SocketAddr,

    /// Recorded quotes: a folder as `gatefold check` knows it, or one file of quotes.
    #[arg(long, value_name = "DIR")]
    pub(crate) market: PathBuf,

    /// Only this date of the market data; may be given several times.
    #[arg(long = "date", value_name = "DATE")]
    pub(crate) dates: Vec<Date>,

    /// Accounts (TOML). Without it: one paper account named main with 100,000 dollars.
    #[arg(long, value_name = "FILE")]
    pub(crate) accounts: Option<PathBuf>,

    /// The recording's time, which stands still unless it is told to move or has a pace, or the
    /// machine's, in which the recording's first day is shown as today.
    #[arg(long, value_enum, default_value_t = ClockChoice::Replay)]
    pub(crate) clock: ClockChoice,

    /// Where the replay's clock begins; a minute after the first opening if absent.
    #[arg(long, value_name = "TIME")]
    pub(crate) start: Option<Timestamp>,

    /// Seconds of the replay in a second; 0: it moves only when it is told to.
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub(crate) pace: u32,

    /// What goes wrong (TOML). Without it: nothing.
    #[arg(long, value_name = "FILE")]
    pub(crate) faults: Option<PathBuf>,

    /// Ids, keys, and everything left to chance follow from it.
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(crate) seed: u64,

    /// Fill a part of one order in ten first, as paper trading does.
    #[arg(long)]
    pub(crate) random_partial_fills: bool,

    /// Take good-till-canceled, stop and stop-limit orders for options too: sources about Alpaca
    /// disagree.
    #[arg(long)]
    pub(crate) wide_option_orders: bool,

    /// Leave long options alone on their last day, even those that could not be exercised.
    #[arg(long)]
    pub(crate) no_expiry_interventions: bool,

    /// Trade this stock in whole shares only; may be given several times.
    #[arg(long = "whole-shares", value_name = "SYMBOL")]
    pub(crate) whole_shares: Vec<String>,

    /// Let `GET /v2/clock` tell a time so far ahead of the market's: 90s.
    #[arg(long, value_name = "SPAN")]
    pub(crate) skew: Option<Span>,

    /// Answer the handshakes of more streams than this with 429.
    #[arg(long, value_name = "N")]
    pub(crate) streams_max: Option<usize>,

    /// Stop when standard input ends, so that no server outlives the program that started it.
    #[arg(long)]
    pub(crate) until_stdin_closes: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ClockChoice {
    Replay,
    Wall,
}
