//! Whatever happens between a decision and its status, the status is written back: from the log, by
//! whoever starts next.

use std::ops::ControlFlow;

use gatefold_core::advise::{Arrival, Inbox as _};
use gatefold_core::engine::Input;
use gatefold_core::record::{Entry, Log as _, Position, ReadError};
use gatefold_postgres::{
    Address, InboxSettings, PostgresInbox, SOURCE, Session, Source, catch_up, rebuild,
};
use gatefold_sim::memory_log::MemoryLog;
use throwaway_postgres::{Cluster, Database};

use crate::kit::{ask, dump, migrated, run};
use crate::world::{Beside, World, account};

const NAMES: &[&str] = &["large", "tiny", "paper"];

/// How many rows say something else than what became of them.
const UNEQUAL: &str = "SELECT count(*) FROM recommendation_fates AS fate \
    JOIN dispatch_recommendations AS row ON row.account_name = fate.account \
        AND row.recommendation_id = fate.recommendation_id \
    WHERE (row.status, row.status_reason, row.received_at, row.status_at) \
        IS DISTINCT FROM (fate.status, fate.reason, fate.received_at, fate.decided_at)";

fn address(database: &Database) -> Address {
    Address::parse(&database.url("postgres")).unwrap()
}

/// The rows that recommendations of a [`World`] came from.
fn insert(from: u32, to: u32) -> String {
    format!(
        "INSERT INTO dispatch_recommendations (account_name, recommendation_id, strategy, \
         symbol, action, quantity) SELECT account, 'r-' || n, 's', 'AAPL', 'buy_to_open', 1 \
         FROM generate_series({from}, {to}) AS it(n), \
         unnest(ARRAY['large', 'tiny', 'paper']) AS names(account)"
    )
}

/// Claims every row, as a dispatcher does; answers how many came.
fn claim(database: &Database) -> usize {
    let names = NAMES.iter().map(|name| account(name)).collect();
    let read = Box::new(|line: &str| Err(line.to_owned()));
    let mut inbox =
        PostgresInbox::open(address(database), InboxSettings::new("one", names), read).unwrap();
    std::iter::from_fn(|| inbox.next().unwrap()).count()
}

/// A log as far as a position.
struct Until(MemoryLog, Position);

impl Source for Until {
    fn identity(&self) -> String {
        "test".to_owned()
    }

    fn refresh(&mut self) -> Result<Position, ReadError> {
        Ok(self.1)
    }

    fn read(
        &self,
        after: Position,
        visit: &mut dyn FnMut(&Entry<'_>) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        gatefold_core::record::Log::read(&self.0, after, &mut |entry| {
            if entry.position > self.1 { ControlFlow::Break(()) } else { visit(entry) }
        })
    }
}

fn statuses(owner: &mut Session) -> String {
    let told = "SELECT string_agg(DISTINCT status, ' ' ORDER BY status) \
                FROM dispatch_recommendations WHERE received_at IS NOT NULL AND status <> 'PENDING'";
    ask(owner, told)
}

/// A day whose decisions are all in the log. When the process died, the tables were at some event,
/// and no status after it was written.
fn died_at(cluster: &Cluster, name: &str, share: u64) -> (Database, Session, World) {
    let (database, mut owner) = migrated(cluster, name);
    let mut world = World::new(NAMES, 9);
    run(&mut owner, &insert(1, 120));
    assert_eq!(claim(&database), 360);
    world.expire("tiny");
    (0..400).for_each(|_| world.happen(NAMES));
    let until = Position::new(world.log.head().get() * share / 10);
    if share > 0 {
        let source = Box::new(Until(world.log.clone(), until));
        assert_eq!(catch_up(address(&database), source).unwrap(), until);
    }
    (database, owner, world)
}

#[test]
fn statuses_that_a_crash_kept_back_are_written_by_the_next_start() {
    let cluster = Cluster::start().unwrap();
    for share in [0, 3, 7] {
        let name = format!("day{share}");
        let (database, mut owner, world) = died_at(&cluster, &name, share);
        // Started again, it is given the rows that have no answer, and the log knows them.
        let again = claim(&database);
        assert!(again > 0 && (share == 0) == (again == 360), "{again} came again");
        let source = Box::new(Beside(world.log.clone(), "test"));
        catch_up(address(&database), source).unwrap();
        assert_eq!(ask(&mut owner, UNEQUAL), "0");
        assert_eq!(statuses(&mut owner), "EXECUTED EXPIRED FAILED SIMULATED SKIPPED");
    }
}

#[test]
fn a_rebuild_passes_over_no_status() {
    let cluster = Cluster::start().unwrap();
    for share in [0, 3, 7] {
        let name = format!("day{share}");
        let (database, mut owner, world) = died_at(&cluster, &name, share);
        let source = Box::new(Beside(world.log.clone(), "test"));
        rebuild(&address(&database), source, &mut |_, _| {}).unwrap();
        let before = dump(&mut owner);
        assert_eq!(ask(&mut owner, UNEQUAL), "0", "{share} tenths");
        assert_eq!(statuses(&mut owner), "EXECUTED EXPIRED FAILED SIMULATED SKIPPED");
        assert_eq!(dump(&mut owner), before);
    }
}

#[test]
fn a_row_that_failed_before_a_rebuild_is_failed_when_it_comes_again() {
    let cluster = Cluster::start().unwrap();
    let (database, mut owner) = migrated(&cluster, "day");
    let mut world = World::new(NAMES, 9);
    run(&mut owner, &insert(1, 2));
    let read = Box::new(|line: &str| Err(format!("no advice: {line}")));
    let settings = InboxSettings::new("one", vec![account("large")]);
    let mut inbox = PostgresInbox::open(address(&database), settings.clone(), read).unwrap();
    while let Some(arrival) = inbox.next().unwrap() {
        let Arrival::Failed { source, .. } = &arrival else { panic!() };
        assert_eq!(source, SOURCE);
        world.put(Input::Arrival(arrival));
    }
    drop(inbox);
    let source = Box::new(Beside(world.log.clone(), "test"));
    rebuild(&address(&database), source, &mut |_, _| {}).unwrap();
    let failed = "SELECT count(*) FROM dispatch_recommendations WHERE status = 'FAILED' \
                  AND received_at IS NOT NULL";
    assert_eq!(ask(&mut owner, failed), "0");
    // Another row with the same number is another row.
    run(&mut owner, "UPDATE dispatch_recommendations SET symbol = 'MSFT' WHERE id = 2");
    assert_eq!(claim(&database), 1);
    assert_eq!(ask(&mut owner, failed), "5");
    assert_eq!(
        world.log.head().get(),
        ask(
            &mut owner,
            "SELECT max(position) FROM \
        projection_checkpoint"
        )
        .parse::<u64>()
        .unwrap()
    );
}

#[test]
fn the_rows_of_the_inbox_get_their_answers() {
    let cluster = Cluster::start().unwrap();
    let (database, mut owner) = migrated(&cluster, "day");
    let mut world = World::new(NAMES, 9);
    (0..300).for_each(|_| world.happen(NAMES));
    // The first half is there before the answers.
    run(&mut owner, &insert(1, 60));
    catch_up(address(&database), Box::new(Beside(world.log.clone(), "test"))).unwrap();
    assert_eq!(ask(&mut owner, UNEQUAL), "0");
    let answered = "SELECT count(*) FROM dispatch_recommendations WHERE received_at IS NOT NULL";
    assert_eq!(ask(&mut owner, answered), "60");
    // Rows that come after their decision are answered when they would be claimed.
    run(&mut owner, &insert(61, 90));
    let left = claim(&database);
    assert_eq!(ask(&mut owner, UNEQUAL), "0");
    assert_eq!(ask(&mut owner, answered), "90");
    assert_eq!(left, 270 - 90);
}
