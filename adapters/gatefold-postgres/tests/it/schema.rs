//! A schema that differs in any part from what this build expects is refused at every start, by
//! name, before a row is touched.

use std::collections::BTreeSet;

use expect_test::expect_file;
use gatefold_postgres::{
    Address, EXPECTED, InboxSettings, PostgresInbox, SchemaError, Session, check_schema,
    describe_schema,
};
use throwaway_postgres::{Cluster, Database};

use crate::kit::{ask, migrated, owner, run};
use crate::world::account;

#[test]
fn the_expected_schema_is_what_the_migrations_make() {
    let cluster = Cluster::start().unwrap();
    let (_, mut owner) = migrated(&cluster, "day");
    let listed = "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class \
                  WHERE relnamespace = 'public'::regnamespace \
                      AND relkind NOT IN ('i', 'S', 't', 'c')";
    let tables = ask(&mut owner, listed);
    let tables: Vec<_> = tables.split(' ').collect();
    let described = describe_schema(&mut owner, &tables).unwrap();
    expect_file!["../../src/schema/expected.txt"].assert_eq(&described);
}

/// A statement that changes a part, and whether it takes the part away.
fn changes(part: &str, what: &str) -> Vec<String> {
    let (kind, name) = part.split_once(' ').unwrap();
    let (table, own) = name.split_once('.').unwrap_or((name, ""));
    let alter = format!("ALTER TABLE {table}");
    let own = format!("\"{own}\"");
    match kind {
        // A view's columns are what it says they are.
        "column" if EXPECTED.contains(&format!("\nview {table}: ")) => {
            vec![format!("{alter} RENAME COLUMN {own} TO gone")]
        }
        "table" => vec![
            format!("DROP TABLE {table} CASCADE"),
            format!("{alter} RENAME TO {table}_gone"),
            format!("{alter} ENABLE ROW LEVEL SECURITY"),
            format!("{alter} SET UNLOGGED"),
            format!("CREATE TABLE heir () INHERITS ({table})"),
        ],
        "column" => {
            let mut changes = vec![
                format!("{alter} DROP COLUMN {own} CASCADE"),
                format!("{alter} RENAME COLUMN {own} TO gone"),
                format!("{alter} ALTER COLUMN {own} SET NOT NULL"),
            ];
            match what.split(' ').next().unwrap() {
                "numeric" => {
                    changes.push(format!("{alter} ALTER {own} TYPE numeric(12,2)"));
                    changes.push(format!("{alter} ALTER {own} SET DEFAULT 0"));
                }
                "text" => {
                    changes.push(format!("{alter} ALTER {own} TYPE varchar(99)"));
                    changes.push(format!("{alter} ALTER {own} SET DEFAULT 'large'"));
                    changes.push(format!("{alter} ALTER {own} TYPE text COLLATE \"C\""));
                }
                _ => {}
            }
            if what.contains("not null") {
                changes[2] = format!("{alter} ALTER COLUMN {own} DROP NOT NULL");
            }
            changes
        }
        "constraint" => {
            let mut changes = vec![
                format!("{alter} DROP CONSTRAINT {own} CASCADE"),
                format!("{alter} RENAME CONSTRAINT {own} TO gone"),
            ];
            if what.starts_with("FOREIGN KEY") {
                changes.push(format!("{alter} DISABLE TRIGGER ALL"));
            }
            changes
        }
        "index" => {
            vec![format!("DROP INDEX {own} CASCADE"), format!("ALTER INDEX {own} RENAME TO gone")]
        }
        "view" => vec![
            format!("DROP VIEW {table}"),
            format!("ALTER VIEW {table} RENAME TO {table}_gone"),
            format!("DROP VIEW {table}; CREATE VIEW {table} AS SELECT account FROM gate_decisions"),
        ],
        "trigger" => {
            vec![format!("DROP TRIGGER {own} ON {table}"), format!("{alter} DISABLE TRIGGER {own}")]
        }
        "function" => vec![format!(
            "CREATE OR REPLACE FUNCTION {own}() RETURNS trigger LANGUAGE plpgsql \
             AS 'BEGIN RETURN NULL; END'"
        )],
        "routine" => vec![
            format!("DROP FUNCTION {name}"),
            format!("ALTER FUNCTION {name} RENAME TO gone"),
            format!("ALTER FUNCTION {name} SECURITY INVOKER"),
        ],
        other => panic!("{other}"),
    }
}

/// A copy of a database, for which nobody may be connected to it.
fn copy(
    admin: &mut Session,
    cluster: &Cluster,
    connected: &mut Session,
    of: &Database,
) -> Database {
    connected.disconnect();
    let others = format!("SELECT count(*) FROM pg_stat_activity WHERE datname = '{}'", of.name());
    while ask(admin, &others) != "0" {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    run(admin, "DROP DATABASE IF EXISTS copied");
    run(admin, &format!("CREATE DATABASE copied TEMPLATE {}", of.name()));
    cluster.existing("copied")
}

#[test]
fn any_part_that_is_dropped_renamed_or_changed_refuses_every_start_by_name() {
    let cluster = Cluster::start().unwrap();
    let (day, mut filled) = migrated(&cluster, "day");
    run(
        &mut filled,
        "INSERT INTO dispatch_recommendations (account_name, strategy, symbol, action, quantity) \
         SELECT 'large', 's', 'AAPL', 'buy_to_open', n FROM generate_series(1, 727) AS it(n)",
    );
    drop(filled);
    let mut admin = owner(&cluster.database("admin").unwrap());
    let mut session = owner(&day);
    let (mut tried, mut kinds) = (0, BTreeSet::new());
    for line in EXPECTED.lines() {
        let (part, what) = line.split_once(": ").unwrap();
        for (way, change) in changes(part, what).into_iter().enumerate() {
            // The transaction that the comparison ends takes the change back.
            let begun = format!("BEGIN; {change}");
            if let Err(failed) = session.run("a test", |client| client.batch_execute(&begun)) {
                // An index that a constraint is made of is changed with the constraint; what a
                // key holds down cannot be loosened.
                let bound = part.starts_with("index ") || change.contains("NOT NULL");
                let viewed = failed.to_string().contains("used by a view");
                assert!(bound || viewed || change.contains("UNLOGGED"), "{change}: {failed}");
                continue;
            }
            named(&check_schema(&mut session).unwrap_err(), part, &change);
            tried += 1;
            if kinds.insert((part.split(' ').next().unwrap(), way)) {
                let copied = copy(&mut admin, &cluster, &mut session, &day);
                run(&mut owner(&copied), &change);
                refused(&copied, part, &change);
            }
        }
    }
    check_schema(&mut session).unwrap();
    assert!(tried > 300, "{tried} changes");
}

fn named(error: &SchemaError, part: &str, change: &str) {
    let (SchemaError::Differs { differences, .. } | SchemaError::Behind { differences, .. }) =
        error
    else {
        panic!("{change}: {error}")
    };
    let named = differences.iter().any(|it| it.to_string().starts_with(part));
    assert!(named, "{change}: {error}");
}

/// The start of an inbox and of a check say what is wrong, and every recommendation is as it was.
fn refused(database: &Database, part: &str, change: &str) {
    let session = &mut owner(database);
    let address = Address::parse(&database.url("postgres")).unwrap();
    let settings = InboxSettings::new("test", vec![account("large")]);
    let read = Box::new(|_: &str| panic!("a row was read"));
    let Err(error) = PostgresInbox::open(address, settings, read) else {
        panic!("started in spite of {change}")
    };
    named(&error, part, change);
    let moved = "SELECT relname FROM pg_class WHERE relname LIKE 'dispatch_recommendations%' \
                 AND relkind = 'r'";
    let table = ask(session, moved);
    let touched = format!(
        "SELECT count(*) FROM {table} WHERE to_jsonb({table})->>'claimed_by' IS NOT NULL \
         OR to_jsonb({table})->>'status' <> 'PENDING' \
         OR to_jsonb({table})->>'received_at' IS NOT NULL"
    );
    if table != "null" {
        assert_eq!(ask(session, &touched), "0", "{change}");
    }
}

#[test]
fn what_is_not_ours_and_an_index_for_a_report_are_nobodys_business() {
    let cluster = Cluster::start().unwrap();
    let (_, mut owner) = migrated(&cluster, "day");
    run(&mut owner, "CREATE TABLE signals (n int); CREATE INDEX ON dispatch_executions (symbol)");
    check_schema(&mut owner).unwrap();
    for (extra, name) in [
        ("CREATE UNIQUE INDEX sole ON dispatch_executions (symbol)", "dispatch_executions.sole"),
        ("ALTER TABLE account_state ADD COLUMN extra int", "account_state.extra"),
        ("ALTER TABLE account_state ADD CONSTRAINT odd CHECK (cash > 0)", "account_state.odd"),
        (
            "CREATE RULE silent AS ON INSERT TO dispatch_executions DO INSTEAD NOTHING",
            "dispatch_executions.silent",
        ),
    ] {
        run(&mut owner, extra);
        let told = check_schema(&mut owner).unwrap_err().to_string();
        assert!(told.contains(&format!("{name} is there and must not be")), "{told}");
    }
}
