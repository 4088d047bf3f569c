//! From a file to an open log, market, inbox, engine and broker.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use gatefold::config::Config;
use gatefold::core::advise::Inbox;
use gatefold::core::engine::{Engine, Input};
use gatefold::core::record::{Entry, Event, Log, Writer};
use gatefold::core::vocabulary::{AccountId, Calendar, Money, Timestamp};
use gatefold::sim::{Replay, SimBroker, SimClock};
use gatefold::wiring::{
    open_broker, open_engine, open_inbox, open_log, open_market, read_engine, read_log,
};

use crate::config::GOOD;

const QUOTES: &str = "quoted_at,symbol,bid,bid_size,ask,ask_size
2026-02-03T17:29:09Z,MSFT260320P00400000,5.98,100,6.00,100
2026-02-03T17:30:19Z,CRM260320P00260000,6.68,100,6.70,100
";

/// A folder with the good configuration, two quotes and no advice.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("gatefold.toml"), GOOD).unwrap();
    fs::write(folder.path().join("advice.jsonl"), "\n").unwrap();
    fs::create_dir(folder.path().join("market")).unwrap();
    fs::write(folder.path().join("market/quotes.csv"), QUOTES).unwrap();
    folder
}

fn load(folder: &Path) -> Config {
    Config::load(folder.join("gatefold.toml")).unwrap()
}

fn broker(config: &Config, log: &dyn Log, market: &Replay) -> SimBroker {
    let clock = SimClock::at(Timestamp::EPOCH);
    open_broker(config, log, market.market(), clock, Calendar::nyse()).unwrap()
}

/// Opens the configured accounts, durably.
fn open_accounts(config: &Config, engine: &mut Engine, log: &mut dyn Log, market: &Replay) {
    let mut writer = Writer::new(log.epoch());
    for opening in config.openings() {
        let step = engine.step(Input::Open(opening), Timestamp::EPOCH, &market.market());
        for batch in step.batches {
            let durable = writer.commit(log, batch).unwrap();
            let _ = engine.step(Input::Durable(durable), Timestamp::EPOCH, &market.market());
        }
    }
}

#[test]
fn everything_opens_beside_its_configuration() {
    let folder = folder();
    let config = load(folder.path());
    let (log, report) = open_log(&config.log.dir).unwrap();
    assert!(report.created);
    assert!(folder.path().join("data/log").is_dir());
    let market = open_market(&config.market, &Calendar::nyse()).unwrap();
    assert_eq!(market.times().len(), 2);
    assert_eq!(open_inbox(&config).unwrap().next().unwrap(), None);
    assert_eq!(open_engine(&config, &log).unwrap().accounts().count(), 0);
    let broker = broker(&config, &log, &market);
    let account = broker.account(&AccountId::new("large").unwrap()).unwrap();
    assert_eq!(account.cash, Money::dollars(209_000));
}

#[test]
fn one_file_of_quotes_is_a_market() {
    let folder = folder();
    let text = GOOD.replace("dir = \"market\"", "quotes = \"market/quotes.csv\"");
    fs::write(folder.path().join("gatefold.toml"), text).unwrap();
    let market = open_market(&load(folder.path()).market, &Calendar::nyse()).unwrap();
    assert_eq!(market.changes().len(), 2);
}

#[test]
fn what_was_recorded_wins_over_what_is_configured_now() {
    let folder = folder();
    let config = load(folder.path());
    let market = open_market(&config.market, &Calendar::nyse()).unwrap();
    let (mut log, _) = open_log(&config.log.dir).unwrap();
    let mut engine = open_engine(&config, &log).unwrap();
    open_accounts(&config, &mut engine, &mut log, &market);
    drop(log);

    let richer = GOOD.replace("cash = \"209000\"", "cash = \"500000\"");
    fs::write(folder.path().join("gatefold.toml"), richer).unwrap();
    let config = load(folder.path());
    let (log, report) = open_log(&config.log.dir).unwrap();
    assert!(!report.created);
    let id = AccountId::new("large").unwrap();
    let account = broker(&config, &log, &market).account(&id).unwrap();
    assert_eq!(account.cash, Money::dollars(209_000));
    let beside = read_log(&config.log.dir).unwrap();
    let all = &mut |_: &Entry<'_>, _: &Event| ControlFlow::Continue(());
    let read = read_engine(&beside, config.settings(), all).unwrap();
    assert_eq!(read.account(&id).map(|it| it.cash()), Some(Money::dollars(209_000)));
    let none = &mut |_: &Entry<'_>, _: &Event| ControlFlow::Break(());
    let read = read_engine(&beside, config.settings(), none).unwrap();
    assert_eq!(read.accounts().count(), 0);
}
