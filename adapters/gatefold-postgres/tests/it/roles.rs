//! The roles of `roles.sql`: each can do its work and nothing else.

use std::time::Duration;

use gatefold_core::record::Log as _;
use gatefold_postgres::{Address, InboxSettings, PostgresInbox, Projector, check_schema};
use throwaway_postgres::{Cluster, Database};

use crate::kit::{ask, migrated, run, session};
use crate::world::{Beside, World, account};

const ROLES: &str = include_str!("../../roles.sql");

fn refuse(database: &Database, role: &str, statements: &[&str]) {
    for sql in statements {
        let mut session = session(&database.url(role));
        let refused = session.run("a test", |client| client.batch_execute(sql));
        let refused = refused.expect_err(sql);
        assert_eq!(refused.cause(), "42501", "{role}: {sql}: {refused}");
    }
}

#[test]
fn each_role_does_its_work_and_nothing_else() {
    let cluster = Cluster::start().unwrap();
    let (database, mut owner) = migrated(&cluster, "day");
    run(
        &mut owner,
        "CREATE ROLE gatefold_dispatcher LOGIN; CREATE ROLE gatefold_report LOGIN; \
         CREATE ROLE gatefold_signals LOGIN",
    );
    run(&mut owner, ROLES);
    run(&mut owner, ROLES);
    let names = &["large", "tiny"];
    let mut world = World::new(names, 2);
    (0..200).for_each(|_| world.happen(names));

    let insert = "INSERT INTO dispatch_recommendations (account_name, strategy, symbol, action, \
                  quantity) VALUES ('large', 's', 'AAPL', 'buy_to_open', 1)";
    let mut signals = session(&database.url("gatefold_signals"));
    run(&mut signals, insert);
    let address = Address::parse(&database.url("gatefold_dispatcher")).unwrap();
    let settings = InboxSettings::new("one", vec![account("large")]);
    let read = Box::new(|line: &str| Err(line.to_owned()));
    let mut inbox = PostgresInbox::open(address.clone(), settings, read).unwrap();
    assert!(gatefold_core::advise::Inbox::next(&mut inbox).unwrap().is_some());
    let source = Box::new(Beside(world.log.clone(), "test"));
    let projector =
        Projector::start(address, source, Duration::from_secs(60), Box::new(|_| {})).unwrap();
    let standing = projector.finish(Duration::from_secs(60));
    assert_eq!(standing.position, world.log.head(), "{standing:?}");
    let mut report = session(&database.url("gatefold_report"));
    check_schema(&mut report).unwrap();
    for told in ["dispatch_executions", "gate_verdicts", "gate_decisions"] {
        assert_ne!(ask(&mut report, &format!("SELECT count(*) FROM {told}")), "0");
    }

    refuse(
        &database,
        "gatefold_dispatcher",
        &[
            "DROP TABLE dispatch_executions",
            "TRUNCATE dispatch_executions CASCADE",
            "DELETE FROM dispatch_executions",
            "DELETE FROM dispatch_recommendations",
            "ALTER TABLE account_state ADD COLUMN n int",
            "DROP TRIGGER dispatch_recommendations_told ON dispatch_recommendations",
            "CREATE TABLE public.mine (n int)",
            "UPDATE refinery_schema_history SET version = 9",
            insert,
        ],
    );
    refuse(
        &database,
        "gatefold_report",
        &[
            "UPDATE dispatch_recommendations SET status = 'EXECUTED'",
            "DELETE FROM active_positions",
            "DROP TABLE gate_decisions",
            "DROP VIEW gate_verdicts",
            "CREATE TABLE public.mine (n int)",
            insert,
        ],
    );
    refuse(
        &database,
        "gatefold_signals",
        &[
            "UPDATE dispatch_recommendations SET status = 'PENDING'",
            "INSERT INTO dispatch_recommendations (account_name, strategy, symbol, action, \
             quantity, status) VALUES ('large', 's', 'AAPL', 'buy_to_open', 1, 'EXECUTED')",
            "DELETE FROM dispatch_recommendations",
            "TABLE account_state",
        ],
    );
}
