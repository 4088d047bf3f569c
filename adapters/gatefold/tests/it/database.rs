//! A day whose recommendations are rows of a table: decided by the log, answered in the table, and
//! told by read models that equal a rebuild.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use gatefold::config::{Config, InboxKind, UrlPlace};
use gatefold::core::advise::{Arrival, Inbox};
use gatefold::core::decide::TradingState;
use gatefold::core::engine::{Command, Input};
use gatefold::core::route::Broker;
use gatefold::core::vocabulary::Calendar;
use gatefold::inbox::JsonLines;
use gatefold::postgres::{Address, Session};
use gatefold::runtime::{Agenda, Options, Parts, Replay, ReplayClock, Shard, Silent};
use gatefold::sim::SimClock;
use gatefold::stage::SimStage;
use gatefold::{databases, feed, wiring};
use throwaway_postgres::{Cluster, Database};

const DATABASE: &str = "\n[postgres]\nurl_file = \"postgres.url\"\n\n[read_models]\n\
                        kind = \"postgres\"\n";

fn quickstart() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/quickstart")
}

/// The quickstart's day with a database beside it, its recommendations as rows.
fn configured(folder: &Path, database: &Database, inbox: &str) -> Config {
    use std::os::unix::fs::PermissionsExt;
    let url = folder.join("postgres.url");
    std::fs::write(&url, database.url("postgres")).unwrap();
    std::fs::set_permissions(&url, PermissionsExt::from_mode(0o600)).unwrap();
    let text = std::fs::read_to_string(quickstart().join("gatefold.toml")).unwrap();
    let (before, rest) = text.split_once("[inbox]").unwrap();
    let (_, after) = rest.split_once("\n[").unwrap();
    let text = format!("{before}{inbox}\n[{after}{DATABASE}");
    let mut config = Config::parse(&text, &quickstart().join("gatefold.toml")).unwrap();
    config.log.dir = folder.join("log");
    config.postgres.as_mut().unwrap().url = UrlPlace::File(url);
    config
}

fn ask(session: &mut Session, sql: &str) -> i64 {
    session.run("a test", |client| client.query_one(sql, &[])).unwrap().get(0)
}

/// Puts the quickstart's lines into the table, but for those that no table would take.
fn insert(session: &mut Session) -> i64 {
    let lines = std::fs::read_to_string(quickstart().join("recommendations.jsonl")).unwrap();
    let mut inserted = 0;
    for line in lines.lines().filter(|line| line.starts_with('{')) {
        let row = "INSERT INTO dispatch_recommendations (account_name, recommendation_id, \
                   strategy, symbol, action, quantity, limit_price, confidence, stop_price, \
                   target_price, created_at) \
                   SELECT it->>'account', it->>'recommendation_id', it->>'strategy', \
                   it->>'symbol', it->>'action', (it->>'quantity')::numeric, \
                   (it->>'limit_price')::numeric, (it->>'confidence')::numeric, \
                   (it->>'stop_price')::numeric, (it->>'target_price')::numeric, \
                   (it->>'created_at')::timestamptz FROM (SELECT $1::text::jsonb) AS t(it) \
                   ON CONFLICT DO NOTHING";
        let done = session.run("a test", |client| client.execute(row, &[&line]));
        inserted += i64::try_from(done.unwrap_or(0)).unwrap();
    }
    inserted
}

/// Plays the configured day as the dispatcher does.
fn play(config: &Config) {
    let mut agenda = Agenda::read(&mut wiring::open_inbox(config).unwrap()).unwrap();
    let calendar = Calendar::nyse();
    let market = wiring::open_market(&config.market, &calendar).unwrap();
    let (log, _) = wiring::open_log(&config.log.dir).unwrap();
    let engine = wiring::open_engine(config, &log).unwrap();
    let projector = databases::start_projector(config, Box::new(|_| {})).unwrap().unwrap();
    let (resume_at, prices, sim_clock) = (engine.last_at(), market.market(), SimClock::default());
    let broker =
        wiring::open_broker(config, &log, prices.clone(), sim_clock.clone(), calendar).unwrap();
    let broker = Arc::new(broker);
    let mut stage = SimStage { market, broker: Arc::clone(&broker), clock: sim_clock };
    let clock = ReplayClock::default();
    let broker = |id| (id, Arc::clone(&broker) as Arc<dyn Broker>);
    let parts = Parts {
        engine,
        log: Box::new(log),
        brokers: config.accounts.iter().map(|account| broker(account.id)).collect(),
        market: Arc::new(prices),
        clock: Arc::new(clock.clone()),
        listener: Box::new(Silent),
    };
    let shard = Shard::start(parts, Options::lockstep()).unwrap();
    Replay {
        stage: &mut stage,
        agenda: &mut agenda,
        clock: &clock,
        openings: config.openings(),
        resume_at,
        until: config.market.until,
        stop: &AtomicBool::new(false),
    }
    .run(&shard, &mut |_| {})
    .unwrap();
    let stopped = shard.stop();
    assert!(stopped.fault.is_none(), "{:?}", stopped.fault);
    drop(stopped);
    let standing = projector.finish(Duration::from_secs(60));
    assert_eq!((standing.lag(), standing.failures), (0, None));
}

#[test]
fn a_day_of_rows_is_decided_once_and_answered() {
    let cluster = Cluster::start().unwrap();
    let database = cluster.database("day").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let config = configured(folder.path(), &database, "[inbox]\nkind = \"postgres\"\n");
    assert_eq!(config.inbox.kind, InboxKind::Postgres);
    // Before the migrations nothing starts.
    let refused = wiring::open_inbox(&config).err().unwrap();
    assert!(refused.reason.contains("gatefold migrate"), "{refused}");
    assert!(databases::check_start(&config).is_err());
    assert!(!databases::migrate(&config).unwrap().is_empty());
    assert!(databases::check_start(&config).unwrap().is_none());
    let mut session = Session::new(Address::parse(&database.url("postgres")).unwrap());
    let rows = insert(&mut session);
    assert!(rows >= 10, "{rows} rows");
    let stranger = "INSERT INTO dispatch_recommendations (account_name, strategy, symbol, action, \
                    quantity) VALUES ('large-default', 's', 'AAPL', 'buy_to_open', 1)";
    session.run("a test", |client| client.execute(stranger, &[])).unwrap();
    play(&config);
    let strangers = "SELECT count(*) FROM dispatch_recommendations WHERE status = 'FAILED' \
                     AND status_reason LIKE '%large-default% is not configured%'";
    assert_eq!(ask(&mut session, strangers), 1);
    let traded = "SELECT count(*) FROM dispatch_recommendations WHERE status = 'SIMULATED'";
    let executed = ask(&mut session, "SELECT count(*) FROM dispatch_executions");
    assert!(ask(&mut session, traded) > 0 && executed > 0);
    let open = "SELECT count(*) FROM dispatch_recommendations WHERE received_at IS NULL";
    assert_eq!(ask(&mut session, open), 0);
    // Delivered again, nothing is traded again.
    session
        .run("a test", |client| {
            client.batch_execute(
                "UPDATE dispatch_recommendations SET status = 'PENDING', received_at = NULL, \
                 claimed_until = NULL",
            )
        })
        .unwrap();
    play(&config);
    assert_eq!(ask(&mut session, "SELECT count(*) FROM dispatch_executions"), executed);
    let head = wiring::read_log(&config.log.dir).unwrap().head();
    assert_eq!(databases::rebuild(&config, &mut |_, _| {}).unwrap().position, head);
    assert_eq!(ask(&mut session, "SELECT count(*) FROM dispatch_executions"), executed);
}

#[test]
fn a_database_that_only_read_models_need_may_be_away_at_the_start_and_no_wrong_one_may() {
    let mut cluster = Cluster::start().unwrap();
    let database = cluster.database("day").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let inbox = "[inbox]\nformat = \"jsonl\"\npath = \"recommendations.jsonl\"\n";
    let config = configured(folder.path(), &database, inbox);
    assert!(databases::check_start(&config).unwrap_err().to_string().contains("gatefold migrate"));
    databases::migrate(&config).unwrap();
    cluster.stop();
    assert!(databases::check_start(&config).unwrap().is_some());
    let mut file = config.clone();
    file.inbox.kind = InboxKind::Postgres;
    assert!(databases::check_start(&file).is_err());
    assert!(JsonLines::open(&config.inbox.path, "x").unwrap().next().unwrap().is_some());
}

#[test]
fn equal_failures_halt_entries_once_and_burn_nothing() {
    let cluster = Cluster::start().unwrap();
    let database = cluster.database("day").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let config = configured(folder.path(), &database, "[inbox]\nkind = \"postgres\"\n");
    databases::migrate(&config).unwrap();
    let mut inbox = databases::open_inbox(&config).unwrap();
    let mut session = Session::new(Address::parse(&database.url("postgres")).unwrap());
    let rows = insert(&mut session);
    let broken = "ALTER TABLE dispatch_recommendations RENAME account_name TO account";
    session.run("a test", |client| client.batch_execute(broken)).unwrap();
    let accounts: Vec<_> = config.accounts.iter().map(|account| account.id).collect();
    let mut sent = Vec::new();
    let mut rounds = Vec::new();
    for _ in 0..8 {
        let mut send = |input| {
            sent.push(input);
            Ok(())
        };
        rounds.push(feed::pump(&mut inbox, &accounts, &mut send).unwrap());
    }
    assert_eq!(rounds.iter().filter(|round| round.paused.is_some()).count(), 1);
    assert_eq!(sent.len(), accounts.len());
    for input in &sent {
        let Input::Command(Command::SetState { state, reason, .. }) = input else { panic!() };
        assert_eq!(*state, TradingState::EntriesHalted);
        assert!(reason.contains("account_name"), "{reason}");
    }
    let mended = "ALTER TABLE dispatch_recommendations RENAME account TO account_name";
    session.run("a test", |client| client.batch_execute(mended)).unwrap();
    sent.clear();
    let mut send = |input| {
        sent.push(input);
        Ok(())
    };
    let round = feed::pump(&mut inbox, &accounts, &mut send).unwrap();
    assert_eq!(i64::try_from(round.arrivals).unwrap(), rows);
    assert!(sent.iter().all(|it| matches!(it, Input::Arrival(Arrival::Recommendation(_)))));
}
