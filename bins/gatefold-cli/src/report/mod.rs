//! `gatefold report`: what happened since yesterday, on one page, and whether somebody must look.
//!
//! Where to read on: `window` (about which time), `gather` (one reading of the log), `database`
//! (what the tables say of themselves), `judge` (what is crossed), `tell` (the page).

mod causes;
mod database;
mod gather;
mod judge;
mod status;
mod tell;
mod window;

use anyhow::Result;
use clap::Args;
use gatefold::core::vocabulary::{Calendar, Ratio, Span, Timestamp};

use crate::answer::Answer;
use crate::args::{Form, Place};
use crate::books::{Books, Until};
use crate::report::gather::Gathered;
use crate::report::judge::Thresholds;
use crate::report::tell::Page;
use crate::report::window::{Since, Window};

/// How long the read models may lack an event where the configuration says nothing.
const MAX_LAG: Span = Span::seconds(10);

const HELP: &str = "\
Examples:
  gatefold report --since 24h --config gatefold.toml
  gatefold report --since 2026-02-03 --log gatefold-data/quickstart --json
  gatefold report --since 24h --config gatefold.toml > morning.txt || page-somebody

The page has the funnel of the recommendations that arrived, by status with shares; who refused;
executions by account and mode; what is open at the end; runs (an account's days); errors by cause
with samples; and, where the configuration names a database, whether its schema is the one that this
build expects, how far its tables are behind, and how much waits in its inbox. The database is only
read: the role gatefold_report is enough.

The log is the truth: everything but the database's own lines is read from it, up to --until.
A failure is a recommendation that FAILED, or input that was none. A position is created when
something is held that was not held before; rapidly, when more than --max-openings of one account
are within --openings-within.

Exit codes; of several thresholds the first in this order:
  0  nothing is crossed
  2  wrong usage, or the log or configuration cannot be read
  3  the share of failures is above --max-failure-rate
  4  positions were created too rapidly
  5  the tables lack an event that is older than --max-lag
  6  the schema is not the expected one, the tables follow another log, or the database cannot be
     asked

JSON: {log, position, since, until, funnel: {total, statuses: [{status, count, share}], accounts:
[{account, statuses: {STATUS: count}}]}, refusals: [{gate, code, count}], executions: [{account,
mode, count, bought, sold, notional, fees}], positions: [{account, counted, limit, exposure,
max_exposure, open: [{instrument, quantity, average_price, cost, mark, mark_feed, mark_quoted_at,
value, unrealized_pnl, plan}]}], runs: [{account, day, first, last, events, received, approved,
executions, notional}],
errors: [{kind, cause, count, first, last, samples: [{at, text}]}], database: {schema: {ok,
migration, differences}, read_models: {position, lacking, behind} | null, waiting} | null,
thresholds: {max_failure_rate, max_openings, openings_within, max_lag}, crossed: [{threshold,
account, observed, limit}]}.";

/// Tell what happened, and whether a threshold is crossed.
#[derive(Debug, Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Report {
    /// From when on: so long before the end (24h, 7d), a day of the exchange (2026-02-03), or a
    /// moment (2026-02-03T15:15:00Z)
    #[arg(long, value_name = "SPAN|DATE|TIME", default_value = "24h")]
    since: Since,
    /// The end, itself included [default: now]
    #[arg(long, value_name = "TIME")]
    until: Option<Timestamp>,
    /// The share of recommendations that may fail
    #[arg(long, value_name = "FRACTION", default_value = "0.05")]
    max_failure_rate: Ratio,
    /// So many positions may be created in one account ...
    #[arg(long, value_name = "COUNT", default_value_t = 5)]
    max_openings: u32,
    /// ... within this time
    #[arg(long, value_name = "SPAN", default_value = "15m")]
    openings_within: Span,
    /// How old an event may be that the tables lack [default: `max_lag` of [read_models], or 10s]
    #[arg(long, value_name = "SPAN")]
    max_lag: Option<Span>,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    form: Form,
}

pub(crate) fn run(args: &Report) -> Result<Answer> {
    let calendar = Calendar::nyse();
    let window = Window::of(args.since, args.until, &calendar)?;
    let books = Books::open(&args.place)?;
    let models = books.config.as_ref().and_then(|config| config.read_models);
    let thresholds = Thresholds {
        failure_rate: args.max_failure_rate,
        openings: args.max_openings,
        openings_within: args.openings_within,
        lag: args.max_lag.or(models.map(|models| models.max_lag)).unwrap_or(MAX_LAG),
    };
    let asked = database::ask(&books);
    let tables_at = asked.as_ref().and_then(|asked| asked.tables_at);
    let mut gathered = Gathered::beside(tables_at);
    let until = Some(Until::Time(window.until));
    let fold = books.fold_beside(until, &mut |entry, event, engine| {
        gathered.apply(&window, &calendar, engine, entry, event);
    })?;
    let beside = asked.map(|it| it.beside(&gathered, fold.position(), window.until));
    let page = Page::new(books.name.clone(), window, thresholds, &fold, gathered, beside);
    let out = if args.form.json { format!("{:#}\n", page.json()) } else { page.text() };
    Ok(Answer::report(out, page.code()))
}
