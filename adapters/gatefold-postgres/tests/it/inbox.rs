//! Rows become arrivals, once per claim; what is not about a row leaves it pending.

use std::collections::BTreeSet;
use std::time::Duration;

use gatefold_core::advise::{Arrival, Inbox as _};
use gatefold_postgres::{Address, InboxSettings, PostgresInbox, SOURCE, Session};
use throwaway_postgres::{Cluster, Database};

use crate::kit::{ask, migrated, run};
use crate::world::account;

const LONG: Duration = Duration::from_secs(60);

/// An inbox whose reader refuses every line with the line itself, so that a test sees it.
fn inbox(database: &Database, name: &str) -> PostgresInbox {
    polling(database, name, Duration::from_millis(300))
}

fn polling(database: &Database, name: &str, poll_every: Duration) -> PostgresInbox {
    let address = Address::parse(&database.url("postgres")).unwrap();
    let mut settings = InboxSettings::new(name, vec![account("large"), account("tiny")]);
    settings.claim_rows = 7;
    settings.failures_max = 3;
    settings.poll_every = poll_every;
    let read = Box::new(|line: &str| Err(format!("seen {line}")));
    PostgresInbox::open(address, settings, read).unwrap()
}

fn insert(session: &mut Session, account: &str, count: u32) {
    run(
        session,
        &format!(
            "INSERT INTO dispatch_recommendations (account_name, strategy, symbol, action, \
             quantity, limit_price, valid_until) SELECT '{account}', 's', 'AAPL', 'buy_to_open', \
             n + 0.10, 12.50, '2026-02-03T18:00:00.25+01:00' FROM generate_series(1, {count}) n"
        ),
    );
}

fn all(inbox: &mut PostgresInbox) -> Vec<(u64, String, String)> {
    let mut seen = Vec::new();
    while let Some(arrival) = inbox.next().unwrap() {
        let Arrival::Failed { source, line, text, reason } = arrival else { panic!() };
        assert_eq!(source, SOURCE);
        seen.push((line, text, reason));
    }
    seen
}

#[test]
fn a_row_is_read_digit_by_digit_and_an_unknown_account_is_never_read() {
    let cluster = Cluster::start().unwrap();
    let (database, mut owner) = migrated(&cluster, "day");
    insert(&mut owner, "large", 1);
    insert(&mut owner, "large-default", 1);
    insert(&mut owner, "", 1);
    let seen = all(&mut inbox(&database, "one"));
    assert_eq!(seen.len(), 3);
    for part in [
        "\"quantity\": \"1.10\"",
        "\"limit_price\": \"12.50\"",
        "\"recommendation_id\": \"1\"",
        "\"valid_until\": \"2026-02-03T17:00:00.250000Z\"",
    ] {
        assert!(seen[0].2.contains(part), "{part} in {}", seen[0].2);
    }
    for (line, account) in [(2, "large-default"), (3, "")] {
        let (id, text, reason) = &seen[line - 1];
        assert_eq!(*id, line as u64);
        assert!(text.contains("\"account\""));
        assert!(reason.contains(&format!("account_name {account:?} is not configured")));
        assert!(reason.contains("no default account") && !reason.contains("seen"), "{reason}");
    }
    // Delivery decides nothing: only the log does.
    let pending = "SELECT count(*) FROM dispatch_recommendations WHERE status = 'PENDING'";
    assert_eq!(ask(&mut owner, pending), "3");
}

#[test]
fn a_row_without_an_account_cannot_be_inserted_and_none_can_be_inserted_twice() {
    let cluster = Cluster::start().unwrap();
    let (_, mut owner) = migrated(&cluster, "day");
    for (columns, values, code) in [
        ("strategy", "'s'", "23502"),
        ("account_name, strategy", "NULL, 's'", "23502"),
        ("account_name, strategy, status", "'large', 's', 'DONE'", "23514"),
        ("account_name, strategy, id", "'large', 's', -4", "23514"),
    ] {
        let sql = format!(
            "INSERT INTO dispatch_recommendations ({columns}, symbol, action, quantity) \
             VALUES ({values}, 'AAPL', 'buy_to_open', 1)"
        );
        let failed = owner.run("a test", |client| client.batch_execute(&sql)).unwrap_err();
        assert_eq!(failed.cause(), code, "{failed}");
    }
    let again = "INSERT INTO dispatch_recommendations (account_name, recommendation_id, strategy, \
                 symbol, action, quantity) VALUES ('large', 'r-1', 's', 'AAPL', 'buy_to_open', 1)";
    run(&mut owner, again);
    let failed = owner.run("a test", |client| client.batch_execute(again)).unwrap_err();
    assert_eq!(failed.cause(), "23505");
}

#[test]
fn two_dispatchers_claim_every_row_once_and_a_claim_that_ran_out_comes_again() {
    let cluster = Cluster::start().unwrap();
    let (database, mut owner) = migrated(&cluster, "day");
    insert(&mut owner, "large", 300);
    let seen: Vec<Vec<u64>> = std::thread::scope(|scope| {
        let one = |name: &'static str| {
            let database = database.clone();
            move || all(&mut inbox(&database, name)).iter().map(|it| it.0).collect::<Vec<_>>()
        };
        let threads = [scope.spawn(one("one")), scope.spawn(one("two"))];
        threads.into_iter().map(|it| it.join().unwrap()).collect()
    });
    let unique: BTreeSet<u64> = seen.iter().flatten().copied().collect();
    assert_eq!((unique.len(), seen[0].len() + seen[1].len()), (300, 300));
    assert!(all(&mut inbox(&database, "three")).is_empty());
    run(&mut owner, "UPDATE dispatch_recommendations SET claimed_until = now() WHERE id <= 20");
    assert_eq!(all(&mut inbox(&database, "three")).len(), 20);
    // Started again under its name, a dispatcher gets what it held.
    assert_eq!(all(&mut inbox(&database, "three")).len(), 20);
    run(&mut owner, "UPDATE dispatch_recommendations SET received_at = now()");
    assert!(all(&mut inbox(&database, "three")).is_empty());
}

#[test]
fn a_row_is_heard_of_when_it_is_inserted_and_found_when_no_notice_comes() {
    let cluster = Cluster::start().unwrap();
    let (database, mut owner) = migrated(&cluster, "day");
    // It looks so seldom that only a notice can be why it wakes.
    let mut hearing = polling(&database, "one", LONG * 60);
    assert_eq!(hearing.next().unwrap(), None);
    insert(&mut owner, "large", 2);
    assert!(hearing.wait(LONG).unwrap());
    assert_eq!(all(&mut hearing).len(), 2);
    let mut inbox = inbox(&database, "two");
    assert_eq!(inbox.next().unwrap(), None);
    run(&mut owner, "ALTER TABLE dispatch_recommendations DISABLE TRIGGER USER");
    run(
        &mut owner,
        "INSERT INTO dispatch_recommendations (account_name, recommendation_id, strategy, symbol, \
         action, quantity) VALUES ('large', 'quiet', 's', 'AAPL', 'buy_to_open', 1)",
    );
    // Nothing is heard, and it is time to look all the same.
    assert!(!inbox.wait(Duration::from_millis(1)).unwrap());
    assert!(inbox.wait(LONG).unwrap());
    assert_eq!(all(&mut inbox).len(), 1);
}

#[test]
fn a_database_that_fails_burns_nothing_pauses_after_some_equal_failures_and_comes_back() {
    let mut cluster = Cluster::start().unwrap();
    let (database, mut owner) = migrated(&cluster, "day");
    insert(&mut owner, "large", 727);
    let mut inbox = inbox(&database, "one");
    assert!(inbox.next().unwrap().is_some());
    // The missing column of the old service: every claim fails, and no row learns of it.
    run(&mut owner, "ALTER TABLE dispatch_recommendations RENAME account_name TO account");
    while inbox.trouble().is_none() {
        let _ = inbox.next();
    }
    for count in 2..6 {
        assert!(inbox.next().unwrap_err().reason.contains("account_name"));
        let trouble = inbox.trouble().unwrap();
        assert_eq!((trouble.count, trouble.cause.as_str()), (count, "42703"));
        assert_eq!(trouble.must_pause(), count == 3);
    }
    cluster.kill();
    let _ = inbox.next();
    let lost = inbox.trouble().unwrap().clone();
    assert_eq!(lost.count, 1, "another cause is counted anew: {lost:?}");
    cluster.restart().unwrap();
    run(&mut owner, "ALTER TABLE dispatch_recommendations RENAME account TO account_name");
    let pending = "SELECT count(*) FROM dispatch_recommendations WHERE status = 'PENDING'";
    assert_eq!(ask(&mut owner, pending), "727");
    run(&mut owner, "UPDATE dispatch_recommendations SET claimed_until = NULL");
    assert_eq!(all(&mut inbox).len(), 727);
    assert!(inbox.trouble().is_none());
}
