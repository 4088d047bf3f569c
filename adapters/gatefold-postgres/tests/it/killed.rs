//! A day during which the database is killed again and again, at any moment: rows come in, are
//! decided, answered and told of; nothing is lost, nothing is there twice.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::{Duration, Instant};

use gatefold_core::advise::{Arrival, Inbox as _};
use gatefold_core::engine::Input;
use gatefold_core::record::{Event, Log as _, Position, Stream, replay};
use gatefold_core::vocabulary::RecommendationId;
use gatefold_postgres::{Address, InboxSettings, PostgresInbox, Projector, rebuild};
use throwaway_postgres::{Cluster, Database};

use crate::kit::{ask, dump, migrated, owner};
use crate::world::{Beside, Template, World, account};

const NAMES: &[&str] = &["large", "tiny", "paper"];
const LONG: Duration = Duration::from_secs(60);
/// The kills of an ordinary run; the campaign has more.
const KILLS: u32 = 8;

fn address(database: &Database) -> Address {
    Address::parse(&database.url("postgres")).unwrap()
}

/// A signal engine: it inserts rows until it is told to stop, each until the server says that it is
/// there. Answers how many there are.
fn advise(database: &Database, stop: &Arc<AtomicBool>) -> JoinHandle<u32> {
    let (mut session, stop) = (owner(database), Arc::clone(stop));
    spawn(move || {
        let mut count = 0;
        while !stop.load(Ordering::SeqCst) {
            // Every tenth row is nobody's.
            let name = if count % 10 == 9 { "nobody" } else { NAMES[count as usize % NAMES.len()] };
            let row = format!(
                "INSERT INTO dispatch_recommendations (account_name, recommendation_id, strategy, \
                 symbol, action, quantity) VALUES ('{name}', 's-{count}', 's', 'AAPL', \
                 'buy_to_open', 1) ON CONFLICT DO NOTHING"
            );
            while session.run("an insert", |client| client.batch_execute(&row)).is_err() {
                sleep(Duration::from_millis(2));
            }
            count += 1;
            sleep(Duration::from_millis(1));
        }
        count
    })
}

/// A dispatcher without a disk: what it decides is in its log at once. It looks for rows and
/// decides on, whether there is a database or not, until everything is answered.
fn dispatch(database: &Database, mut world: World, done: &Arc<AtomicBool>) -> JoinHandle<World> {
    let (address, done) = (address(database), Arc::clone(done));
    let names = NAMES.iter().map(|name| account(name)).collect();
    let mut settings = InboxSettings::new("one", names);
    settings.claim_rows = 16;
    let template: Template = world.template();
    let read = Box::new(move |line: &str| template.read(line));
    let mut inbox = PostgresInbox::open(address, settings, read).unwrap();
    spawn(move || {
        while !done.load(Ordering::SeqCst) {
            match inbox.next() {
                Ok(Some(Arrival::Recommendation(mut advice))) => {
                    advice.created_at = world.now();
                    world.put(Input::Arrival(Arrival::Recommendation(advice)));
                }
                Ok(Some(failed)) => world.put(Input::Arrival(failed)),
                Ok(None) => {
                    world.happen(NAMES);
                    let _ = inbox.wait(Duration::from_millis(2));
                }
                Err(_) => {
                    world.happen(NAMES);
                    sleep(Duration::from_millis(2));
                }
            }
        }
        world
    })
}

fn follow(database: &Database, world: &World) -> Projector {
    let source = Box::new(Beside(world.log.clone(), "test"));
    Projector::start(address(database), source, LONG, Box::new(|_| {})).unwrap()
}

fn until(what: &str, mut done: impl FnMut() -> bool) {
    let since = Instant::now();
    while !done() {
        assert!(since.elapsed() < LONG, "{what}");
        sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_day_of_a_database_that_is_killed_at_any_moment_loses_nothing_and_has_nothing_twice() {
    let kills: u32 = std::env::var("GATEFOLD_KILLS").map_or(KILLS, |it| it.parse().unwrap());
    let seed: u64 = std::env::var("GATEFOLD_SEED").map_or(11, |it| it.parse().unwrap());
    let mut cluster = Cluster::start().unwrap();
    let (database, mut owner) = migrated(&cluster, "day");
    let world = World::new(NAMES, seed);
    let log = world.log.clone();
    let mut projector = follow(&database, &world);
    let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let advising = advise(&database, &stop);
    let dispatching = dispatch(&database, world, &done);
    let since = Instant::now();
    let mut chance = seed;
    for kill in 1..=kills {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        // Up to a tenth of a second, to the microsecond: batches, claims and inserts are under way.
        sleep(Duration::from_micros((chance >> 33) % 100_000));
        cluster.kill();
        cluster.restart().unwrap();
        if kill % 5 == 0 {
            // The projector's process ends too, in the middle of it.
            let _ = projector.finish(Duration::ZERO);
            let source = Box::new(Beside(log.clone(), "test"));
            let quiet = Box::new(|_: &_| {});
            projector = Projector::start(address(&database), source, LONG, quiet).unwrap();
        }
        if kills > KILLS {
            tell(kill, kills, since);
        }
    }
    stop.store(true, Ordering::SeqCst);
    let advised = advising.join().unwrap();
    let unread = "SELECT count(*) FROM dispatch_recommendations WHERE received_at IS NULL";
    until("rows without an answer", || ask(&mut owner, unread) == "0");
    done.store(true, Ordering::SeqCst);
    let world = dispatching.join().unwrap();
    let standing = projector.finish(LONG);
    assert_eq!((standing.position, standing.lag()), (log.head(), 0), "{standing:?}");
    every_row_was_decided_once(&mut owner, &world, advised);
    let (anew, mut anew_owner) = migrated(&cluster, "anew");
    let source = Box::new(Beside(log.clone(), "test"));
    rebuild(&address(&anew), source, &mut |_, _| {}).unwrap();
    assert_eq!(dump(&mut owner), dump(&mut anew_owner));
    if let Some(file) = std::env::var_os("GATEFOLD_SUMMARY") {
        let (events, seconds) = (log.head(), since.elapsed().as_secs());
        let summary = format!(
            "{{\"kills\": {kills}, \"seed\": {seed}, \"rows\": {advised}, \"events\": {events}, \
             \"seconds\": {seconds}, \"lost\": 0, \"twice\": 0}}"
        );
        std::fs::write(file, summary).unwrap();
    }
}

/// Rate and time left, for who watches a campaign.
fn tell(kill: u32, kills: u32, since: Instant) {
    let each = since.elapsed() / kill;
    let left = (each * (kills - kill)).as_secs();
    if kill.is_multiple_of(10) || kill == kills {
        println!("killed {kill} of {kills} times, {} ms each, {left} s left", each.as_millis());
    }
}

fn every_row_was_decided_once(owner: &mut gatefold_postgres::Session, world: &World, advised: u32) {
    let (mut received, mut fills, mut failed) = (BTreeMap::new(), 0_u32, 0_u32);
    let count = |received: &mut BTreeMap<(Stream, RecommendationId), u32>, key| {
        *received.entry(key).or_default() += 1;
    };
    replay(&world.log, Position::ZERO, &mut |entry, event| {
        if let Event::RecommendationReceived(it) = event
            && it.recommendation.id.as_str().starts_with("s-")
        {
            count(&mut received, (entry.stream, it.recommendation.id));
        } else if let Event::ExecutionBooked(_) = event {
            fills += 1;
        } else if let Event::RecommendationFailed(it) = event
            && it.reason.contains("not configured")
        {
            failed += 1;
        }
        Ok(ControlFlow::Continue(()))
    })
    .unwrap();
    assert!(received.values().all(|times| *times == 1), "received twice");
    assert_eq!(received.len() as u32 + failed, advised, "rows and what the log has of them");
    assert!(failed > 0 && fills > 0, "{failed} failed, {fills} filled");
    for (question, expected) in [
        ("SELECT count(*) FROM dispatch_recommendations", advised),
        (
            "SELECT count(*) FROM dispatch_recommendations WHERE status = 'FAILED' \
          AND account_name = 'nobody' AND status_reason LIKE '%not configured%'",
            failed,
        ),
        (
            "SELECT count(*) FROM dispatch_recommendations AS row LEFT JOIN recommendation_fates AS it \
          ON it.account = row.account_name AND it.recommendation_id = row.recommendation_id \
          WHERE row.account_name <> 'nobody' AND (row.status, row.status_reason, row.received_at, \
          row.status_at) IS DISTINCT FROM (it.status, it.reason, it.received_at, it.decided_at)",
            0,
        ),
        ("SELECT count(*) FROM dispatch_executions", fills),
    ] {
        assert_eq!(ask(owner, question), expected.to_string(), "{question}");
    }
}
