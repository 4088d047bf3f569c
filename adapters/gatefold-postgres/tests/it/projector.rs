//! The tables follow the log exactly once, whatever happens to the database; nothing waits for
//! them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use gatefold_core::record::{Log as _, Position};
use gatefold_postgres::{Address, Alert, Projector, rebuild};
use parking_lot::Mutex;
use throwaway_postgres::{Cluster, Database};

use crate::kit::{ask, dump, migrated, run};
use crate::world::{Beside, World};

const NAMES: &[&str] = &["large", "tiny", "paper"];
const LONG: Duration = Duration::from_secs(60);

type Told = Arc<Mutex<Vec<Alert>>>;

fn follow(database: &Database, world: &World, lag_max: Duration) -> (Projector, Told) {
    let told = Told::default();
    let alerts = Arc::clone(&told);
    let address = Address::parse(&database.url("postgres")).unwrap();
    let source = Box::new(Beside(world.log.clone(), "test"));
    let alert = Box::new(move |alert: &Alert| alerts.lock().push(alert.clone()));
    (Projector::start(address, source, lag_max, alert).unwrap(), told)
}

/// What a rebuild from nothing makes of a log, in a database of its own.
fn rebuilt(cluster: &Cluster, name: &str, world: &World) -> String {
    let (database, mut owner) = migrated(cluster, name);
    let address = Address::parse(&database.url("postgres")).unwrap();
    let source = Box::new(Beside(world.log.clone(), "test"));
    let done = rebuild(&address, source, &mut |_, _| {}).unwrap();
    assert_eq!(done.position, world.log.head());
    dump(&mut owner)
}

fn until(what: &str, mut done: impl FnMut() -> bool) {
    let since = Instant::now();
    while !done() {
        assert!(since.elapsed() < LONG, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn the_tables_say_what_the_engine_holds() {
    let cluster = Cluster::start().unwrap();
    let (database, mut owner) = migrated(&cluster, "day");
    let mut world = World::new(NAMES, 7);
    (0..400).for_each(|_| world.happen(NAMES));
    let (projector, told) = follow(&database, &world, LONG);
    let standing = projector.finish(LONG);
    assert_eq!((standing.position, standing.lag()), (world.log.head(), 0));
    assert_eq!(*told.lock(), []);
    for name in NAMES {
        let state = world.state(name);
        let row = format!(
            "SELECT concat_ws(' ', version, cash, equity, gross_exposure, realized_pnl, \
             unrealized_pnl, day_pnl, orders_today) FROM account_state WHERE account = '{name}'"
        );
        let day = state.day().unwrap();
        let expected = format!(
            "{} {} {} {} {} {} {} {}",
            state.version(),
            state.cash(),
            state.equity(),
            state.totals().gross,
            state.realized_pnl(),
            state.unrealized_pnl(),
            state.day_pnl().unwrap(),
            day.entries + day.exits
        );
        assert_eq!(ask(&mut owner, &row), expected, "{name}");
        let held = state.books().filter(|(_, book)| !book.position().net().is_zero());
        let mut held: Vec<_> = held
            .map(|(instrument, book)| {
                let source = book.last_mark().and_then(|mark| mark.source);
                let feed = source.map_or("none", |source| source.feed.name());
                format!("{instrument} {} {feed}", book.position().net())
            })
            .collect();
        held.sort();
        let rows = format!(
            "SELECT string_agg(symbol || ' ' || quantity || ' ' || coalesce(mark_feed, 'none'), \
             ',' ORDER BY symbol COLLATE \"C\") FROM active_positions WHERE account = '{name}'"
        );
        let held = if held.is_empty() { "null".to_owned() } else { held.join(",") };
        assert_eq!(ask(&mut owner, &rows), held, "{name}");
    }
    for (question, least) in [
        ("SELECT count(*) FROM dispatch_executions", 30),
        ("SELECT count(*) FROM position_events WHERE kind = 'CLOSED'", 3),
        ("SELECT count(*) FROM gate_verdicts WHERE outcome = 'Refuse'", 10),
        ("SELECT count(*) FROM dispatch_executions WHERE recommendation_id IS NOT NULL", 30),
        ("SELECT count(*) FROM recommendation_fates WHERE status = 'SKIPPED'", 10),
        ("SELECT count(*) FROM recommendation_fates WHERE status = 'SIMULATED'", 5),
        ("SELECT count(*) FROM recommendation_fates WHERE status = 'EXECUTED'", 5),
        ("SELECT count(*) FROM failed_arrivals", 10),
        ("SELECT sum(received) FROM dispatcher_runs", 100),
    ] {
        let count: u32 = ask(&mut owner, question).parse().unwrap();
        assert!(count >= least, "{question}: {count}");
    }
}

#[test]
fn a_database_that_is_gone_holds_nobody_up_and_its_lag_is_told_once() {
    let mut cluster = Cluster::start().unwrap();
    let (database, mut owner) = migrated(&cluster, "day");
    let mut world = World::new(NAMES, 3);
    cluster.stop();
    let (projector, told) = follow(&database, &world, Duration::from_millis(200));
    (0..100).for_each(|_| world.happen(NAMES));
    until("no alert", || told.lock().iter().any(|it| matches!(it, Alert::Lagging { .. })));
    let standing = projector.standing();
    assert_eq!(standing.position, Position::ZERO);
    let (count, reason) = standing.failures.unwrap();
    assert!(count > 0 && reason.contains("start the server"), "{reason}");
    assert!(standing.behind_for >= Duration::from_millis(200));
    cluster.restart().unwrap();
    until("not level", || {
        projector.standing().lag() == 0 && {
            told.lock().iter().any(|it| matches!(it, Alert::Recovered { .. }))
        }
    });
    let lagging = told.lock().iter().filter(|it| matches!(it, Alert::Lagging { .. })).count();
    assert_eq!(lagging, 1);
    let position = projector.finish(LONG).position;
    assert_eq!(position, world.log.head());
    let checkpoint = ask(&mut owner, "SELECT position FROM projection_checkpoint");
    assert_eq!(checkpoint, position.to_string());
}

#[test]
fn tables_of_another_log_and_of_a_longer_one_are_not_written_to() {
    let cluster = Cluster::start().unwrap();
    let (database, mut owner) = migrated(&cluster, "day");
    let world = World::new(NAMES, 3);
    for (set, words) in [
        ("INSERT INTO projection_checkpoint VALUES ('read_models', 'other', 0)", "those of log"),
        ("UPDATE projection_checkpoint SET log = 'test', position = 99999", "the log ends at"),
    ] {
        run(&mut owner, set);
        let before = dump(&mut owner);
        let (projector, told) = follow(&database, &world, LONG);
        until(words, || told.lock().iter().any(|it| it.to_string().contains(words)));
        let _ = projector.finish(Duration::ZERO);
        assert_eq!(dump(&mut owner), before);
    }
}

#[test]
fn a_schema_that_changes_under_way_stops_the_tables_and_not_the_log() {
    let cluster = Cluster::start().unwrap();
    let (database, mut owner) = migrated(&cluster, "day");
    let mut world = World::new(NAMES, 5);
    let (projector, told) = follow(&database, &world, LONG);
    until("not level", || projector.standing().position == world.log.head());
    run(&mut owner, "ALTER TABLE account_state RENAME cash TO money");
    (0..50).for_each(|_| world.happen(NAMES));
    let named = "column account_state.cash is missing";
    until(named, || told.lock().iter().any(|it| it.to_string().contains(named)));
    run(&mut owner, "ALTER TABLE account_state RENAME money TO cash");
    assert_eq!(projector.finish(LONG).position, world.log.head());
    assert_eq!(dump(&mut owner), rebuilt(&cluster, "anew", &world));
}

#[test]
fn a_rebuild_beside_a_running_projector_changes_no_byte_and_stops_nothing() {
    let cluster = Cluster::start().unwrap();
    let (database, mut owner) = migrated(&cluster, "day");
    let mut world = World::new(NAMES, 13);
    (0..200).for_each(|_| world.happen(NAMES));
    let (projector, _) = follow(&database, &world, LONG);
    let address = Address::parse(&database.url("postgres")).unwrap();
    let done = Arc::new(AtomicBool::new(false));
    let rebuilding = {
        let (done, log) = (Arc::clone(&done), world.log.clone());
        std::thread::spawn(move || {
            for _ in 0..4 {
                let source = Box::new(Beside(log.clone(), "test"));
                rebuild(&address, source, &mut |_, _| {}).unwrap();
            }
            done.store(true, Ordering::SeqCst);
        })
    };
    while !done.load(Ordering::SeqCst) {
        world.happen(NAMES);
        std::thread::sleep(Duration::from_millis(2));
    }
    rebuilding.join().unwrap();
    let standing = projector.finish(LONG);
    assert_eq!(standing.position, world.log.head(), "{standing:?}");
    assert_eq!(dump(&mut owner), rebuilt(&cluster, "anew", &world));
    gatefold_postgres::check_schema(&mut owner).unwrap();
}
