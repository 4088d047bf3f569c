//! A run from configuration to report.

use std::io::{IsTerminal as _, Write as _};
use std::ops::ControlFlow;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use anyhow::{Context as _, bail};
use gatefold::config::{Config, LogKind};
use gatefold::core::engine::Engine;
use gatefold::core::record::{Log, Position, replay};
use gatefold::core::route::Broker;
use gatefold::core::view::{Projection as _, Report};
use gatefold::core::vocabulary::{AccountId, Calendar, Timestamp};
use gatefold::logs::{self, Opened};
use gatefold::postgres::{Held, Lease};
use gatefold::runtime::{Agenda, Ending, Options, Parts, Progress, Replay, ReplayClock, Shard};
use gatefold::sim::SimClock;
use gatefold::snapshots::{self, SnapshotFault, Started, start_engine};
use gatefold::stage::SimStage;
use gatefold::wiring;
use indicatif::{ProgressBar, ProgressStyle};

use crate::arguments::Run;
use crate::signals::Stop;
use crate::voice::{Counts, Voice};
use crate::{json, read_models, text};

const WRONG_CONFIGURATION: u8 = 2;

/// Everything that a report is made of.
pub(crate) struct Outcome {
    pub(crate) engine: Engine,
    pub(crate) report: Report,
    pub(crate) events: u64,
    pub(crate) log: String,
    /// So many snapshots were left for the next start.
    pub(crate) snapshots: usize,
    pub(crate) arrivals: usize,
    pub(crate) already: usize,
    pub(crate) played: usize,
    pub(crate) ending: Ending,
}

pub(crate) fn run(arguments: &Run) -> ExitCode {
    let mut config = match Config::load(&arguments.config) {
        Ok(config) => config,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(WRONG_CONFIGURATION);
        }
    };
    if let Some(dir) = &arguments.log {
        if config.log.kind == LogKind::Postgres {
            eprintln!("error: --log DIR beside [log] kind = \"postgres\": remove one of the two");
            return ExitCode::from(WRONG_CONFIGURATION);
        }
        config.log.dir.clone_from(dir);
    }
    let finished = Stop::on_signals().and_then(|stop| {
        let outcome = match &config.alpaca {
            Some(place) => crate::live::trade(&config, place, arguments, &stop)?,
            None => play(&config, arguments, &stop)?,
        };
        print(&outcome, arguments)?;
        Ok(match outcome.ending {
            Ending::Done => ExitCode::SUCCESS,
            Ending::Interrupted => ExitCode::from(stop.exit_code()),
        })
    });
    finished.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

fn print(outcome: &Outcome, arguments: &Run) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    if arguments.json {
        serde_json::to_writer_pretty(&mut out, &json::of(outcome))?;
        writeln!(out)?;
    } else {
        write!(out, "{}", text::of(outcome))?;
    }
    Ok(())
}

/// Replays the configured market and inbox over the log.
fn play(config: &Config, arguments: &Run, stop: &Stop) -> anyhow::Result<Outcome> {
    let dir = logs::place(config);
    read_models::check(config)?;
    let lease = lead(config, stop)?;
    let mut agenda = Agenda::read(&mut wiring::open_inbox(config)?)?;
    let arrivals = agenda.len();
    let calendar = Calendar::nyse();
    let market = wiring::open_market(&config.market, &calendar)?;
    let Opened { log, recovered, holding } =
        logs::open(config, lease).with_context(|| format!("log {dir}"))?;
    if let Some(torn) = recovered.and_then(|it| it.torn) {
        tracing::warn!("the log ended in the middle of a write that nobody was told of: {torn:?}");
    }
    let Started { engine, folded_from, refused } =
        start_engine(config, log.as_ref()).with_context(|| format!("log {dir}"))?;
    for refused in refused {
        tracing::warn!("{refused}");
    }
    tracing::info!("the log was folded from position {folded_from} on");
    let projector = read_models::start(config)?;
    let resume_at = engine.last_at();
    let prices = market.market();
    let sim_clock = SimClock::default();
    let broker =
        wiring::open_broker(config, log.as_ref(), prices.clone(), sim_clock.clone(), calendar)?;
    let broker = Arc::new(broker);
    let mut stage = SimStage { market, broker: Arc::clone(&broker), clock: sim_clock };
    let clock = ReplayClock::default();
    let counts = Arc::new(Counts::default());
    let led = logs::leading(Arc::clone(&broker) as Arc<dyn Broker>, holding.as_ref());
    let brokers = accounts(config, &engine).into_iter().map(|it| (it, Arc::clone(&led))).collect();
    let parts = Parts {
        engine,
        log,
        brokers,
        market: Arc::new(prices),
        clock: Arc::new(clock.clone()),
        listener: Box::new(Voice { counts: Arc::clone(&counts) }),
    };
    let shard = Shard::start(parts, Options::lockstep())?;
    let bar = progress_bar(arguments, arrivals);
    let replayed = Replay {
        stage: &mut stage,
        agenda: &mut agenda,
        clock: &clock,
        openings: config.openings(),
        resume_at,
        until: config.market.until,
        stop: &stop.asked,
    }
    .run(&shard, &mut |progress| show(&bar, arrivals, progress));
    bar.finish_and_clear();
    let stopped = shard.stop();
    let projected = read_models::Finish(projector);
    if let Some(fault) = stopped.fault {
        bail!("{fault}\nthe log is {dir}; run the same command again to continue from it");
    }
    let ending = replayed?;
    let (Some(engine), Some(log)) = (stopped.engine, stopped.log) else {
        bail!("the shard left neither engine nor log; run the same command again");
    };
    let already = counts.already_decided.load(Ordering::Relaxed)
        + counts.already_failed.load(Ordering::Relaxed);
    let (report, events) = (report(log.as_ref())?, log.head().get());
    // Closed, so that a reader sees all of it.
    drop(log);
    drop(projected);
    Ok(Outcome {
        report,
        events,
        snapshots: leave_snapshots(config, &engine),
        engine,
        log: dir,
        arrivals,
        already,
        played: arrivals.saturating_sub(agenda.len()),
        ending,
    })
}

/// Waits until no other process leads one of the configured accounts, and leads them.
pub(crate) fn lead(config: &Config, stop: &Stop) -> anyhow::Result<Option<Lease>> {
    let mut told: Option<String> = None;
    let lease = logs::lead(config, &mut |held| {
        let Held { account, holder, left } = held;
        if told.as_ref() != Some(holder) {
            tracing::warn!("standing by: {account} is led by {holder}, for another {left:?}");
            told = Some(holder.clone());
        }
        let is_over = stop.asked.load(Ordering::SeqCst);
        if is_over { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    let lease = lease.with_context(|| format!("log {}", logs::place(config)))?;
    if let Some(lease) = &lease {
        tracing::info!("this process leads, in epoch {}", lease.epoch());
    }
    Ok(lease)
}

/// Leaves snapshots for the next start and says how many. Without them it only takes longer.
pub(crate) fn leave_snapshots(config: &Config, engine: &Engine) -> usize {
    if !config.log.snapshots {
        return 0;
    }
    let reader = wiring::read_log(&config.log.dir).map_err(SnapshotFault::from);
    match reader.and_then(|reader| snapshots::save(&config.log.dir, &reader, engine)) {
        Ok(saved) => saved.len(),
        Err(fault) => {
            tracing::warn!("no snapshots were left, the next start takes longer: {fault}");
            0
        }
    }
}

/// Every account that the configuration or the log knows.
pub(crate) fn accounts(config: &Config, engine: &Engine) -> Vec<AccountId> {
    let mut accounts: Vec<AccountId> = config.accounts.iter().map(|it| it.id).collect();
    for account in engine.accounts() {
        if !accounts.contains(&account.id()) {
            accounts.push(account.id());
        }
    }
    accounts
}

pub(crate) fn report(log: &dyn Log) -> anyhow::Result<Report> {
    let mut report = Report::default();
    replay(log, Position::ZERO, &mut |entry, event| {
        report.apply(entry, event);
        Ok(std::ops::ControlFlow::Continue(()))
    })?;
    Ok(report)
}

/// A bar where a person watches; nothing else.
fn progress_bar(arguments: &Run, arrivals: usize) -> ProgressBar {
    if arguments.quiet || arguments.json || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template(
        "{msg:>20} [{bar:40}] {pos}/{len} recommendations, {elapsed} passed, {eta} left",
    );
    let bar = ProgressBar::new(u64::try_from(arrivals).unwrap_or(u64::MAX));
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn show(bar: &ProgressBar, arrivals: usize, progress: Progress) {
    let done = arrivals.saturating_sub(progress.arrivals_left);
    bar.set_position(u64::try_from(done).unwrap_or(u64::MAX));
    bar.set_message(minute(progress.now));
}

fn minute(now: Timestamp) -> String {
    now.to_string().chars().take(16).collect()
}
