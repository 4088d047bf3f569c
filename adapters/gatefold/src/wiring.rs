//! Which adapter stands for what a configuration names is decided here, once for all programs.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use gatefold_core::advise::InboxError;
use gatefold_core::decide::Gates;
use gatefold_core::engine::{Engine, Settings};
use gatefold_core::record::{Entry, Event, Log, Position, ReplayError, Stream, replay, show_entry};
use gatefold_core::vocabulary::Calendar;
use gatefold_log::{EmbeddedLog, LogReader, OpenError, Options, RecoveryReport};
use gatefold_sim::broker::{Fills, SimSettings};
use gatefold_sim::{
    MarketError, MarketFiles, MarketFilter, Replay, ReplayMarket, SimBroker, SimClock,
};

use crate::config::{BrokerPlace, Config, InboxKind, LogKind, MarketPlace, PartialFills, Quotes};
use crate::databases;
use crate::inbox::{AnyInbox, JsonLines};

/// Opens a log for writing, or creates it.
///
/// # Errors
/// As [`OpenError`] says: in use by another process, or damaged.
pub fn open_log(dir: &Path) -> Result<(EmbeddedLog, RecoveryReport), OpenError> {
    EmbeddedLog::open(dir, Options::default())
}

/// Opens a log for reading, beside a writer or without one.
///
/// # Errors
/// As [`OpenError`] says.
pub fn read_log(dir: &Path) -> Result<LogReader, OpenError> {
    EmbeddedLog::open_read_only(dir)
}

/// The engine that a log makes: all built-in gates, the exchange's calendar. Of a log that several
/// processes write to, only the configured accounts: the others are led by others.
///
/// # Errors
/// As [`ReplayError`] says; nothing is skipped.
pub fn open_engine(config: &Config, log: &dyn Log) -> Result<Engine, ReplayError> {
    let (gates, calendar) = (Gates::standard(), Calendar::nyse());
    if config.log.kind == LogKind::Directory {
        return Engine::replay(log, gates, calendar, config.settings());
    }
    let mut engine = Engine::new(gates, calendar, config.settings());
    replay(log, Position::ZERO, &mut |entry, event| {
        let is_ours = match entry.stream {
            Stream::System => true,
            Stream::Account(id) => config.accounts.iter().any(|account| account.id == id),
        };
        if is_ours {
            engine.apply(entry, event)?;
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(engine)
}

/// The engine that a log makes as far as it is wanted: `wanted` sees each event before it is
/// folded, and ends the reading with a break. Works beside the process that writes the log.
///
/// # Errors
/// As [`ReplayError`] says; nothing is skipped.
pub fn read_engine(
    log: &LogReader,
    settings: Settings,
    wanted: &mut dyn FnMut(&Entry<'_>, &Event) -> ControlFlow<()>,
) -> Result<Engine, ReplayError> {
    let mut engine = Engine::new(Gates::standard(), Calendar::nyse(), settings);
    let mut fold = |entry: &Entry<'_>| {
        show_entry(entry, |event| {
            let flow = wanted(entry, event);
            if flow.is_continue() {
                engine.apply(entry, event)?;
            }
            Ok(flow)
        })
    };
    let mut failed = None;
    log.read(Position::ZERO, &mut |entry| {
        fold(entry).unwrap_or_else(|error| {
            failed = Some(error);
            ControlFlow::Break(())
        })
    })?;
    failed.map_or(Ok(engine), Err)
}

/// Opens the inbox, with the configured exits for advice that names none.
///
/// # Errors
/// [`InboxError`] when the file cannot be opened, or the database is not as it must be.
pub fn open_inbox(config: &Config) -> Result<AnyInbox, InboxError> {
    match config.inbox.kind {
        InboxKind::File => {
            let inbox = JsonLines::open(&config.inbox.path, &config.inbox.name)?;
            Ok(AnyInbox::File(inbox.with_exits(config.exits)))
        }
        InboxKind::Postgres => {
            let inbox = databases::open_inbox(config).map_err(|error| InboxError {
                name: config.inbox.name.clone(),
                reason: error.to_string(),
            })?;
            Ok(AnyInbox::Postgres(Box::new(inbox)))
        }
    }
}

/// Reads the recorded market.
///
/// # Errors
/// As [`MarketError`] says; the first thing that is wrong with the files.
pub fn open_market(market: &MarketPlace, calendar: &Calendar) -> Result<Replay, MarketError> {
    let (dir, dates) = match &market.quotes {
        Quotes::Bars { dir, dates } => (dir.as_path(), dates.as_slice()),
        Quotes::Ticks { file } => match file.parent() {
            None => (file.as_path(), [].as_slice()),
            Some(dir) if dir.as_os_str().is_empty() => (Path::new("."), [].as_slice()),
            Some(dir) => (dir, [].as_slice()),
        },
        // Nothing of it is recorded.
        Quotes::Latest => return Ok(Replay::of(Vec::new())),
    };
    let dates: BTreeSet<_> = dates.iter().copied().collect();
    let dates = (!dates.is_empty()).then_some(dates);
    MarketFiles::open(dir)?.load(&MarketFilter { dates, instruments: None }, calendar)
}

/// The simulated broker as a log left it, with every configured account open.
///
/// # Errors
/// As [`ReplayError`] says.
pub fn open_broker(
    config: &Config,
    log: &dyn Log,
    market: ReplayMarket,
    clock: SimClock,
    calendar: Calendar,
) -> Result<SimBroker, ReplayError> {
    let broker = SimBroker::new(Arc::new(market), clock, calendar, settings(&config.broker));
    replay(log, Position::ZERO, &mut |entry, event| {
        if let Stream::Account(account) = entry.stream {
            broker.observe(&account, entry.at, event);
        }
        Ok(ControlFlow::Continue(()))
    })?;
    // After the log: what an account opened with is what was recorded, not what is configured now.
    for account in &config.accounts {
        broker.open(account.id, account.cash);
    }
    Ok(broker)
}

fn settings(broker: &BrokerPlace) -> SimSettings {
    let fills = match broker.partial_fills {
        PartialFills::Off => Fills::Full,
        PartialFills::Seeded => Fills::Seeded(broker.seed),
    };
    let (fee_per_contract, fee_per_share) = (broker.fee_per_contract, broker.fee_per_share);
    SimSettings { fills, fee_per_contract, fee_per_share, ..SimSettings::default() }
}
