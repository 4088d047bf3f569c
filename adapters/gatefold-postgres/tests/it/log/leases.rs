//! One writer at a time, whoever is late, stopped or killed.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use gatefold_core::record::{AppendError, Log as _, Stream};
use gatefold_core::vocabulary::AccountId;
use gatefold_postgres::{Held, Lease, LeaseError, LeaseTerms, NotHeld, PostgresLog};
use throwaway_postgres::Database;

use crate::kit::{ask, owner, run};
use crate::log::{account, address, append, empty_log, event, open, own_synced, synced};

const SHORT: Duration = Duration::from_millis(400);
const LONG: Duration = Duration::from_secs(60);

fn ids(names: &[&str]) -> Vec<AccountId> {
    names.iter().map(|it| AccountId::new(it).unwrap()).collect()
}

fn lead(database: &Database, holder: &str, names: &[&str], ttl: Duration) -> PostgresLog {
    let terms = LeaseTerms::lasting(ttl);
    let lease = Lease::take(&address(database), holder, &ids(names), terms, &mut |held| {
        assert!(held.left <= LONG, "{held:?}");
        ControlFlow::Continue(())
    });
    open(database).under(lease.unwrap()).unwrap()
}

fn refused(database: &Database, names: &[&str]) -> LeaseError {
    let (ids, terms) = (ids(names), LeaseTerms::lasting(LONG));
    let asked =
        Lease::take(&address(database), "second", &ids, terms, &mut |_| ControlFlow::Break(()));
    asked.unwrap_err()
}

/// Takes over as from a process that stands still: its lease runs out, however it is renewed.
fn take_over(database: &Database) -> PostgresLog {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut session = owner(database);
            let old = "UPDATE log_lease SET held_until = clock_timestamp() - interval '1 s' \
                       WHERE holder = 'first'";
            while !over.load(Ordering::Relaxed) {
                run(&mut session, old);
            }
        });
        let second = lead(database, "second", &["a"], LONG);
        over.store(true, Ordering::Relaxed);
        second
    })
}

#[test]
fn a_second_writer_waits_and_leads_once_the_first_has_given_up() {
    let cluster = synced();
    let (database, _) = empty_log(cluster, "leases1");
    let mut first = lead(&database, "first", &["a", "b"], LONG);
    append(&mut first, account("a"), 0, &[event(1)]).unwrap();
    for names in [["a", "z"], ["z", "b"]] {
        let LeaseError::Held { account, holder, left_ms } = refused(&database, &names) else {
            panic!("the lease of {names:?} was given twice")
        };
        assert!(names.contains(&account.as_str()));
        assert_eq!(holder, "first");
        assert!((50_000..=60_000).contains(&left_ms), "{left_ms}");
    }
    let other = lead(&database, "other", &["z"], LONG);
    assert!(other.epoch() > first.epoch());
    let waiting = thread::spawn(move || {
        let since = Instant::now();
        (lead(&database, "second", &["a"], LONG), since.elapsed(), database)
    });
    thread::sleep(Duration::from_millis(300));
    drop(first);
    let (mut second, waited, _database) = waiting.join().unwrap();
    assert!(waited < Duration::from_secs(20), "a lease that is given back is free at once");
    assert!(second.epoch() > other.epoch());
    assert_eq!(second.version(&account("a")).get(), 1, "what was appended before is seen");
    append(&mut second, account("a"), 1, &[event(2)]).unwrap();
}

#[test]
fn who_was_taken_over_from_can_neither_append_nor_send() {
    let cluster = synced();
    let (database, _) = empty_log(cluster, "leases2");
    let mut first = lead(&database, "first", &["a"], SHORT);
    let holding = first.holding().unwrap();
    append(&mut first, account("a"), 0, &[event(1)]).unwrap();
    assert_eq!(holding.check(), Ok(()));
    // Renewed for longer than it runs.
    thread::sleep(SHORT * 3);
    assert_eq!(holding.check(), Ok(()));
    let mut second = take_over(&database);
    let late = append(&mut first, account("a"), 1, &[event(2)]);
    let Err(AppendError::Fenced { epoch, actual, .. }) = late else { panic!("{late:?}") };
    assert_eq!((epoch, actual), (first.epoch(), second.epoch()));
    let late = append(&mut first, Stream::System, 0, &[event(3)]);
    assert!(matches!(late, Err(AppendError::Fenced { .. })), "{late:?}");
    // A repetition of what it appended while it led is not an append.
    assert!(append(&mut first, account("a"), 0, &[event(1)]).unwrap().already);
    append(&mut second, account("a"), 1, &[event(4)]).unwrap();
    let since = Instant::now();
    while holding.check().is_ok() {
        assert!(since.elapsed() < Duration::from_secs(10), "it does not learn of its loss");
        thread::sleep(Duration::from_millis(5));
    }
    thread::sleep(SHORT);
    let said = holding.check().unwrap_err();
    assert!(matches!(said, NotHeld::Lost { .. }), "{said}");
    assert!(append(&mut first, account("a"), 2, &[event(5)]).is_err());
    assert_eq!(second.holding().unwrap().check(), Ok(()));
}

#[test]
fn a_lease_that_cannot_be_renewed_is_not_relied_on_and_may_be_renewed_yet() {
    let mut cluster = own_synced();
    let (database, _) = empty_log(&cluster, "leases3");
    let mut log = lead(&database, "first", &["a"], SHORT);
    let holding = log.holding().unwrap();
    cluster.kill();
    thread::sleep(SHORT);
    let said = holding.check().unwrap_err();
    assert!(matches!(said, NotHeld::RanOut { .. }), "{said}");
    cluster.restart().unwrap();
    let since = Instant::now();
    while holding.check().is_err() {
        assert!(since.elapsed() < Duration::from_secs(20), "{:?}", holding.check());
        thread::sleep(Duration::from_millis(5));
    }
    append(&mut log, account("a"), 0, &[event(1)]).unwrap();
}

#[test]
fn who_never_had_a_lease_appends_to_no_account_that_is_led() {
    let cluster = synced();
    let (database, mut tool) = empty_log(cluster, "leases4");
    append(&mut tool, account("a"), 0, &[event(1)]).unwrap();
    let leader = lead(&database, "first", &["a"], LONG);
    assert!(leader.epoch() > tool.epoch());
    for late in [&mut tool, &mut open(&database)] {
        let refused = append(late, account("a"), 1, &[event(2)]);
        assert!(matches!(refused, Err(AppendError::Fenced { .. })), "{refused:?}");
        let expected = late.version(&account("free")).get();
        append(late, account("free"), expected, &[event(9 + expected)]).unwrap();
    }
    drop(leader);
    let refused = append(&mut open(&database), account("a"), 1, &[event(2)]);
    assert!(matches!(refused, Err(AppendError::Fenced { .. })), "not even after it: {refused:?}");
}

#[test]
fn leaders_of_different_accounts_share_what_belongs_to_none() {
    let cluster = synced();
    let (database, _) = empty_log(cluster, "leases5");
    let mut first = lead(&database, "first", &["a"], LONG);
    let mut second = lead(&database, "second", &["b"], LONG);
    append(&mut second, Stream::System, 0, &[event(1)]).unwrap();
    append(&mut first, Stream::System, 1, &[event(2)]).unwrap();
    append(&mut second, Stream::System, 2, &[event(3)]).unwrap();
    let late = append(&mut first, Stream::System, 2, &[event(4)]);
    assert!(matches!(late, Err(AppendError::WrongExpected { .. })), "{late:?}");
    append(&mut first, account("a"), 0, &[event(5)]).unwrap();
    let other = append(&mut first, account("b"), 0, &[event(6)]);
    assert!(matches!(other, Err(AppendError::Fenced { .. })), "{other:?}");
}

/// Many who want one lease: at every moment at most one may send, and epochs rise.
#[test]
fn of_many_who_want_it_one_has_it_at_a_time() {
    let cluster = synced();
    let (database, _) = empty_log(cluster, "leases6");
    let mut appended = 0;
    thread::scope(|scope| {
        let contender = |number: u64| {
            let database = &database;
            scope.spawn(move || {
                let mut appended = 0;
                for _ in 0..5 {
                    let mut log = lead(database, &format!("c{number}"), &["a"], LONG);
                    let version = log.version(&account("a")).get();
                    append(&mut log, account("a"), version, &[event(version + 1)]).unwrap();
                    assert_eq!(log.holding().unwrap().check(), Ok(()));
                    appended += 1;
                }
                appended
            })
        };
        let contenders: Vec<_> = (0..4).map(contender).collect();
        appended = contenders.into_iter().map(|it| it.join().unwrap()).sum();
    });
    let mut session = owner(&database);
    assert_eq!(appended, 20);
    assert_eq!(ask(&mut session, "SELECT count(*) FROM log_event"), "20");
    let ordered = "SELECT count(*) FROM (SELECT epoch < lag(epoch) OVER (ORDER BY position) AS it \
                   FROM log_event) AS t WHERE it";
    assert_eq!(ask(&mut session, ordered), "0", "an epoch fell");
}

#[test]
fn terms_that_leave_no_time_are_refused() {
    let cluster = synced();
    let (database, _) = empty_log(cluster, "leases7");
    let mut terms = LeaseTerms::lasting(LONG);
    terms.margin = LONG;
    for terms in [terms, LeaseTerms::lasting(Duration::from_millis(20))] {
        let asked = Lease::take(&address(&database), "first", &ids(&["a"]), terms, &mut |held| {
            let Held { account, .. } = held;
            panic!("{account} is led by nobody")
        });
        assert!(matches!(asked, Err(LeaseError::TooShort { .. })), "{asked:?}");
    }
}
