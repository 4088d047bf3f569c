//! What may be asked, in which words, is decided here.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use gatefold::core::vocabulary::{
    AccountId, Instrument, Price, Ratio, RecommendationId, StrategyId, Timestamp,
};

use crate::books::Until;

const EXAMPLES: &str = "\
Examples:
  gatefold check docs/quickstart/gatefold.toml
  gatefold status --config docs/quickstart/gatefold.toml
  gatefold explain 5873 --account large --log gatefold-data/quickstart
  gatefold replay --log gatefold-data/quickstart --until 120
  gatefold headroom --account tiny ACME --limit 10.00 --bid 9.99 --ask 10.00 --log DIR
  gatefold docs gates > docs/gates.md

A log is read without a lock: every command may be used beside a running dispatcher. While it runs,
the newest group of events is shown once a later one proves it.

With --json a command prints one JSON object. Its field names are stable; amounts and prices are
decimal text (\"209000.00\"), times are UTC (\"2026-02-03T17:30:20Z\"), counts, versions and
positions are numbers.

Exit codes:
  0  the question is answered
  1  the answer is no: nothing of that name was found, or the check found something wrong
  2  wrong usage, or the log or configuration cannot be read";

/// Ask a gatefold log what an account holds, why it did what it did, and what it may do now.
#[derive(Debug, Parser)]
#[command(name = "gatefold", version, after_long_help = EXAMPLES, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show every account: state, money, positions, orders, use of limits
    Status(Status),
    /// Show why: every gate that judged a recommendation, and what came after
    Explain(Explain),
    /// Fold the log up to a position or time and show state and state hash
    Replay(Replay),
    /// Show how much more may be traded now, and which gate binds
    Headroom(Headroom),
    /// Check everything that can be known before trading
    Check(Check),
    /// Bring the schema of the configured database up to date
    Migrate(crate::database::Migrate),
    /// Bring the tables of the configured database level with the log
    Project(crate::database::Project),
    /// Turn the tables of the service that came before into a new log
    Import(crate::import::Import),
    /// Tell what happened, and whether a threshold is crossed
    Report(crate::report::Report),
    /// Read, copy and check the log itself
    Log(crate::log::Log),
    /// Print documents that are made of the program itself
    Docs(Docs),
}

/// Which log is read. With both, --log names the log and --config all the rest.
#[derive(Debug, Args)]
#[group(id = "place", required = true, multiple = true)]
pub(crate) struct Place {
    /// The directory of the log
    #[arg(long, value_name = "DIR", group = "place")]
    pub(crate) log: Option<PathBuf>,
    /// A configuration file; its log is read
    #[arg(long, value_name = "FILE", group = "place")]
    pub(crate) config: Option<PathBuf>,
}

/// How the answer is printed.
#[derive(Debug, Args)]
pub(crate) struct Form {
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

const STATUS_HELP: &str = "\
Examples:
  gatefold status --log gatefold-data/quickstart
  gatefold status --config docs/quickstart/gatefold.toml --account tiny --json

Exit codes: 0 shown; 1 no such account; 2 wrong usage, or the log cannot be read.

JSON: {log, position, at, failed_inputs, accounts: [{account, mode, state, states: [{scope, cause,
state}], equity, cash, realized_pnl, unrealized_pnl, day_pnl, fees, buying_power, limits: [{name,
used, limit}], recommendations: {OUTCOME: count}, own_recommendations, positions: [{instrument,
quantity, average_price, cost, mark, mark_feed, mark_quoted_at, value, unrealized_pnl, plan}],
orders: [{key, recommendation, instrument, side, effect, quantity, filled, price, state,
approved_at}], version, last_event_at, last_snapshot_at, link, link_since}]}";

#[derive(Debug, Args)]
#[command(after_long_help = STATUS_HELP)]
pub(crate) struct Status {
    /// Only this account
    #[arg(long)]
    pub(crate) account: Option<AccountId>,
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) form: Form,
}

const EXPLAIN_HELP: &str = "\
Examples:
  gatefold explain 5873 --log gatefold-data/quickstart
  gatefold explain 5873 --account large --config docs/quickstart/gatefold.toml --json

The table shows every gate in the order of the gate set that was in force, which is the order of
reasons: the first refusal (or, where none refused, the first deferral) is the headline.
  pass     within the limit            refuse   beyond it, or the information is missing
  not set  no limit is configured      defer    not now: judged again until the advice ends
  exempt   the gate does not guard this kind of order

Exit codes: 0 explained; 1 not received, the nearest ids are named; 2 wrong usage, or the log cannot
be read.

JSON: {recommendation, accounts: [{account, life, received, advice, decisions: [{outcome, order,
held_by, at, version, position, gate, code, meaning, quantity, order_price, notional, quote, gates:
[{gate, outcome, code, meaning, unit, observed, limit}], rests_on: [{name, version, position, at,
event}]}], after: [{version, position, at, event, text}]}], failed: [{source, line, text, reason,
position, at}], nearest}. A number is null where there is none: no bound, or never.";

#[derive(Debug, Args)]
#[command(after_long_help = EXPLAIN_HELP)]
pub(crate) struct Explain {
    /// The recommendation's id
    pub(crate) recommendation: RecommendationId,
    /// Only in this account; ids are unique in an account and may be in several
    #[arg(long)]
    pub(crate) account: Option<AccountId>,
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) form: Form,
}

const REPLAY_HELP: &str = "\
Examples:
  gatefold replay --log gatefold-data/quickstart
  gatefold replay --log gatefold-data/quickstart --account tiny --until 2015-12-24T16:00:00Z

The state hash is a digest of everything folded: equal histories give equal hashes on any machine.

Exit codes: 0 shown; 1 no such account; 2 wrong usage, or the log cannot be read.

JSON: {log, position, at, accounts: [{account, version, state_hash, cash, equity, realized_pnl,
positions: [{instrument, quantity, average_price, cost, mark, mark_feed, mark_quoted_at, value,
unrealized_pnl, plan}], orders: [{key, recommendation, instrument, side, effect, quantity, filled,
price, state, approved_at}]}]}";

#[derive(Debug, Args)]
#[command(after_long_help = REPLAY_HELP)]
pub(crate) struct Replay {
    /// Fold up to this log position (120) or time (2026-02-03T17:30:00Z), itself included
    #[arg(long, value_name = "POSITION|TIME")]
    pub(crate) until: Option<Until>,
    /// Only this account
    #[arg(long)]
    pub(crate) account: Option<AccountId>,
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Way {
    Buy,
    Sell,
}

const HEADROOM_HELP: &str = "\
Examples:
  gatefold headroom --account tiny ACME --limit 10.00 --bid 9.99 --ask 10.00 --log DIR
  gatefold headroom --account large MSFT260320P00400000 --config gatefold.toml

The gates themselves are asked, with every quantity that matters, on the account's folded state. A
gate that refuses whatever the quantity (a closed session, an old quote) binds at 0.

The quote is the one given with --bid and --ask, taken as of the moment asked about; without them,
that of the market which --config names, as it was then. Selling opens a short position unless
--close is given.

Exit codes: 0 at least one lot would pass; 1 none would, or no such account; 2 wrong usage, or the
log or market cannot be read.

JSON: {account, instrument, side, effect, order_price, at, quote, quote_from, quantity, binding:
{gate, outcome, code, meaning, unit, observed, limit} | null}";

#[derive(Debug, Args)]
#[command(after_long_help = HEADROOM_HELP)]
pub(crate) struct Headroom {
    /// The instrument: ACME, or an option as MSFT260320P00400000
    pub(crate) instrument: Instrument,
    /// The account
    #[arg(long)]
    pub(crate) account: AccountId,
    /// Buy or sell
    #[arg(long, value_enum, default_value = "buy")]
    pub(crate) side: Way,
    /// Ask for an order that closes what is held
    #[arg(long)]
    pub(crate) close: bool,
    /// Ask for a limit order at this price instead of a market order
    #[arg(long, value_name = "PRICE")]
    pub(crate) limit: Option<Price>,
    /// The best bid to judge by
    #[arg(long, value_name = "PRICE", requires = "ask")]
    pub(crate) bid: Option<Price>,
    /// The best ask to judge by
    #[arg(long, value_name = "PRICE", requires = "bid")]
    pub(crate) ask: Option<Price>,
    /// Ask as of this time; the log is folded up to it [default: the last recorded time]
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<Timestamp>,
    /// The strategy whose thresholds apply
    #[arg(long, default_value = "manual")]
    pub(crate) strategy: StrategyId,
    /// The confidence that the advice would have
    #[arg(long, default_value = "1")]
    pub(crate) confidence: Ratio,
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) form: Form,
}

const CHECK_HELP: &str = "\
Example:
  gatefold check docs/quickstart/gatefold.toml

Checked are the configuration and its limits, every line of the inbox, the market's files, the
calendar's coverage of both, and whether the log can be written and fits the configuration. Nothing
is changed.

Exit codes: 0 everything is in order; 1 something is not; 2 the configuration cannot be read.

JSON: {config, ok, checks: [{check, ok, text, details: [text]}]}";

#[derive(Debug, Args)]
#[command(after_long_help = CHECK_HELP)]
pub(crate) struct Check {
    /// The configuration file
    pub(crate) config: PathBuf,
    #[command(flatten)]
    pub(crate) form: Form,
}

#[derive(Debug, Args)]
pub(crate) struct Docs {
    #[command(subcommand)]
    pub(crate) page: Page,
}

#[derive(Clone, Copy, Debug, Subcommand)]
pub(crate) enum Page {
    /// The page about the gates, as Markdown (docs/gates.md)
    Gates,
}
