//! The dispatcher's user can append by the function of the log, and in no other way.

use gatefold_postgres::{Lease, LeaseTerms, LogOptions, PostgresLog, PostgresReader};

use crate::kit::{migrated, run, session};
use crate::log::{account, append, event, synced};

const ROLES: &str = include_str!("../../../roles.sql");

#[test]
fn a_dispatcher_appends_through_the_function_alone_and_a_report_reads() {
    let cluster = synced();
    let (database, mut owner) = migrated(cluster, "rights1");
    run(
        &mut owner,
        "CREATE ROLE gatefold_dispatcher LOGIN; CREATE ROLE gatefold_report LOGIN; \
         CREATE ROLE gatefold_signals LOGIN",
    );
    run(&mut owner, ROLES);
    let of = |role: &str| gatefold_postgres::Address::parse(&database.url(role)).unwrap();
    let dispatcher = of("gatefold_dispatcher");
    let ids = [gatefold_core::vocabulary::AccountId::new("a").unwrap()];
    let terms = LeaseTerms::lasting(std::time::Duration::from_secs(60));
    let lease =
        Lease::take(&dispatcher, "first", &ids, terms, &mut |_| unreachable!("nobody leads"));
    let log = PostgresLog::open(dispatcher, LogOptions::default()).unwrap();
    let mut log = log.under(lease.unwrap()).unwrap();
    append(&mut log, account("a"), 0, &[event(1)]).unwrap();
    let reader = PostgresReader::open(of("gatefold_report")).unwrap();
    assert_eq!(reader.verify().unwrap().position.get(), 1);
    for (role, statement) in [
        ("gatefold_dispatcher", "INSERT INTO log_event SELECT * FROM log_event"),
        ("gatefold_dispatcher", "UPDATE log_event SET tag = 1"),
        ("gatefold_dispatcher", "DELETE FROM log_event"),
        ("gatefold_dispatcher", "TRUNCATE log_event"),
        ("gatefold_dispatcher", "DROP TABLE log_event"),
        ("gatefold_dispatcher", "ALTER TABLE log_event DISABLE TRIGGER log_event_immutable"),
        ("gatefold_dispatcher", "UPDATE log_stream SET version = 0"),
        ("gatefold_dispatcher", "UPDATE log_identity SET id = gen_random_uuid()"),
        ("gatefold_dispatcher", "DELETE FROM log_lease"),
        ("gatefold_report", "UPDATE log_lease SET held_until = now()"),
        (
            "gatefold_report",
            "SELECT log_append('{}','{}','{}','{}','{}','','{}','{}','{}','{}',\
                             '{}','{}','{}','{}')",
        ),
        ("gatefold_signals", "TABLE log_event"),
    ] {
        let mut session = session(&database.url(role));
        let refused = session.run("a test", |client| client.batch_execute(statement));
        assert_eq!(refused.expect_err(statement).cause(), "42501", "{role}: {statement}");
    }
}
