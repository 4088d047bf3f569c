//! `gatefold import`: the tables of the service that came before become the first events of a new
//! log, and every row is accounted for.
//!
//! Where to read on: `owners` (whose a row is), then `advice`, `trades` and `positions` (what
//! becomes of it), `plan` (the events in their order), `write` (all of them or none).

mod accounts;
mod advice;
mod csv_files;
mod held;
mod openings;
mod owners;
mod plan;
mod positions;
mod tell;
mod trades;
mod values;
mod write;

#[cfg(test)]
mod tests;

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use gatefold::config::Config;
use gatefold::core::record::Position;
use gatefold::databases;
use gatefold::postgres::{Address, LegacyTables, Naming, Session, read_legacy};

use crate::answer::{Answer, NEGATIVE, OK};
use crate::args::{Form, Place};
use crate::books::{Books, directory};
use crate::import::accounts::{Accounts, Decisions, Known};
use crate::import::owners::Old;
use crate::import::plan::Plan;
use crate::import::tell::{Outcome, Told};
use crate::import::write::Before;

const HELP: &str = "\
Examples:
  gatefold import csv docs/incident/legacy --legacy --dry-run \\
      --config docs/incident/legacy/paper.toml
  OLD='host=db user=reader dbname=old' gatefold import postgres --legacy --url-env OLD \\
      --config gatefold.toml --account large-default=large

The old tables are recommendations, dispatch_executions and active_positions, with or without their
account columns. They are only read, all three at one moment. Where a table or a column is called
otherwise, --name says so: --name positions=held, --name executions.price=fill. The fields are
  recommendations  id, account, symbol, ticker, action, quantity, status, created_at, limit_price,
                   confidence, strategy, stop_price, target_price, reason, status_at
  executions       id, recommendation, account, symbol, ticker, action, quantity, price, mode,
                   executed_at, notional, fee, broker_order
  positions        id, account, symbol, ticker, quantity, side, execution, entry_price, cost,
                   strategy, stop_price, target_price, status, opened_at, closed_at, exit_price

Every row ends in exactly one line of the report:
  adopted        as these events; an open position rests on its executions and adds its exit plan
  dropped        and why
  contradictory  two statements that cannot both hold: somebody must decide

Nothing is guessed. A row that names no account takes that of the row it belongs to (an execution
that of its recommendation, a position that of its execution, a recommendation that of all its
executions); without one it is dropped, as are rows of accounts that are neither configured nor
mapped: there is no default account. While rows are contradictory nothing is written, unless
--without-contradictory leaves them out.

  dropped because               contradictory because
  duplicate     stands there twice      same-id            one id, two different rows
  phantom       no execution made it    no-recommendation  its recommendation is not there
  unknown-account                       arithmetic         its numbers do not multiply
  simulated     never at the broker     status             status and executions differ
  unreadable    no advice or trade      other-account, other-symbol, other-mode
  follows       of what is not adopted  look-alike         all but its id is as another's
  decided       by --decisions          quantity           rows and executions do not add up
                                        no-exit            closed at no price

A file of --decisions is CSV, `table,id,decision`: drop, adopt (the report says what that would do),
or account=NAME. TABLE is recommendations, executions or positions.

A recommendation becomes a received one that is settled: EXECUTED, SIMULATED, SKIPPED (Refused) or
EXPIRED; what was PENDING ends as Expired, so that nothing imported can still trade. One that FAILED
is recorded as failed input with its reason. An account is opened with the cash that the
configuration gives it: what it had before its first imported execution.

The log is written beside and moved into place when it is whole: an interrupted import leaves
nothing. Events have ids that are derived from those of the rows: importing the same again writes
nothing.

Exit codes:
  0  imported, imported before, or (with --dry-run) ready to be
  1  rows are contradictory, or none is adopted: nothing was written
  2  wrong usage, or the tables, the configuration or the log cannot be read or written

JSON: {log, outcome, events, tables: {TABLE: {table, rows, adopted, dropped, contradictory}}, notes,
rows: [{table, id, account, verdict, class, events, text, adopt}]}; outcome is written, already,
dry-run, undecided or nothing.";

/// Turn the tables of the service that came before into a new log.
#[derive(Debug, Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Import {
    #[command(subcommand)]
    source: Source,
}

/// Where the old tables are.
#[derive(Debug, Subcommand)]
enum Source {
    /// In a PostgreSQL database
    #[command(after_long_help = HELP)]
    Postgres(FromPostgres),
    /// In a folder of CSV files, as COPY ... TO ... CSV HEADER writes them
    #[command(after_long_help = HELP)]
    Csv(FromCsv),
}

#[derive(Debug, Args)]
struct FromPostgres {
    /// The environment variable that holds the old database's connection string [default: the
    /// configured database]
    #[arg(long, value_name = "NAME", conflicts_with = "url_file")]
    url_env: Option<String>,
    /// A file (0600) that holds it
    #[arg(long, value_name = "FILE")]
    url_file: Option<PathBuf>,
    /// The schema that holds the tables
    #[arg(long, value_name = "NAME", default_value = "public")]
    schema: String,
    #[command(flatten)]
    terms: Terms,
}

#[derive(Debug, Args)]
struct FromCsv {
    /// The folder of the files
    folder: PathBuf,
    #[command(flatten)]
    terms: Terms,
}

/// What holds wherever the tables are.
#[derive(Debug, Args)]
struct Terms {
    /// The tables are those of the service that came before; there are no others to import
    #[arg(long, required = true)]
    legacy: bool,
    /// Rows of account OLD belong to the configured account NEW
    #[arg(long = "account", value_name = "OLD=NEW")]
    accounts: Vec<String>,
    /// What somebody decided about rows: a CSV file, `table,id,decision`
    #[arg(long, value_name = "FILE")]
    decisions: Option<PathBuf>,
    /// A table or column is called otherwise: TABLE=NAME or TABLE.FIELD=COLUMN
    #[arg(long = "name", value_name = "WHAT=NAME")]
    names: Vec<String>,
    /// Leave contradictory rows out and write the rest
    #[arg(long)]
    without_contradictory: bool,
    /// Tell what would be done and write nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    form: Form,
}

pub(crate) fn run(args: &Import) -> Result<Answer> {
    let terms = match &args.source {
        Source::Postgres(from) => &from.terms,
        Source::Csv(from) => &from.terms,
    };
    assert!(terms.legacy, "asked for on the command line");
    let (dir, config) = directory(&terms.place)?;
    let mut accounts = known(terms, config.as_ref())?;
    accounts.map(&terms.accounts)?;
    let mut naming = Naming::default();
    for name in &terms.names {
        naming.add(name)?;
    }
    let tables = match &args.source {
        Source::Postgres(from) => {
            let address = address(from, config.as_ref())?;
            read_legacy(&mut Session::new(address), &from.schema, &naming)?
        }
        Source::Csv(from) => csv_files::read(&from.folder, &naming)?,
    };
    let decisions = match &terms.decisions {
        Some(file) => Decisions::read(file, &accounts)?,
        None => Decisions::default(),
    };
    let old = Old::new(&tables, &accounts, &decisions);
    if let Some(astray) = decisions.astray(|table, id| !old.of_id(table, id).is_empty()) {
        bail!("a decision is about {astray}, and there is no such row");
    }
    carry_out(terms, &dir, &tables, &old.plan())
}

fn carry_out(
    terms: &Terms,
    dir: &std::path::Path,
    tables: &LegacyTables,
    plan: &Plan,
) -> Result<Answer> {
    let before = write::look(dir, plan)?;
    let held = plan.undecided() > 0 && !terms.without_contradictory;
    let (positions, outcome) = match before {
        Before::All(positions) => (positions, Outcome::Already),
        Before::Nothing => {
            let outcome = match (plan.facts.is_empty(), held, terms.dry_run) {
                (true, false, _) => Outcome::Nothing,
                (_, _, true) => Outcome::Dry,
                (_, true, false) => Outcome::Undecided,
                (false, false, false) => {
                    write::write(dir, plan)?;
                    Outcome::Written
                }
            };
            let numbers = (1..).take(plan.facts.len());
            (numbers.map(Position::new).collect(), outcome)
        }
    };
    let log = dir.display().to_string();
    let told = Told { tables, plan, positions: &positions, outcome, log };
    let code = match outcome {
        Outcome::Written | Outcome::Already => OK,
        Outcome::Undecided | Outcome::Nothing => NEGATIVE,
        Outcome::Dry if held => NEGATIVE,
        Outcome::Dry => OK,
    };
    let out = if terms.form.json { format!("{:#}\n", told.json()) } else { told.text() };
    Ok(Answer::report(out, code))
}

/// The configured accounts; without a configuration those that the log opened.
fn known(terms: &Terms, config: Option<&Config>) -> Result<Accounts> {
    let mut accounts = Accounts::default();
    let Some(config) = config else {
        let help = "only an import that was made before can be looked at with --log alone: \
                    accounts are named by --config";
        let fold = Books::open(&terms.place).context(help)?.fold(None, &mut |_, _| {})?;
        for account in fold.engine.accounts() {
            accounts.known.insert(account.id(), Known { mode: account.mode(), opening: None });
        }
        return Ok(accounts);
    };
    for opening in config.openings() {
        let known = Known { mode: opening.mode, opening: Some(opening.clone()) };
        accounts.known.insert(opening.account, known);
    }
    Ok(accounts)
}

fn address(from: &FromPostgres, config: Option<&Config>) -> Result<Address> {
    match (&from.url_env, &from.url_file, config) {
        (Some(name), _, _) => Ok(Address::from_env(name)?),
        (None, Some(file), _) => Ok(Address::from_file(file)?),
        (None, None, Some(config)) => Ok(databases::address(config)?),
        (None, None, None) => bail!("name the old database with --url-env or --url-file"),
    }
}
