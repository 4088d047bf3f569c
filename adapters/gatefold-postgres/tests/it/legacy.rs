//! The tables of the old service, of whatever types and with or without their account columns.

use gatefold_postgres::{LegacyError, LegacyTable, LegacyTables, Naming, migrate, read_legacy};
use throwaway_postgres::Cluster;

use crate::kit::{owner, run, session};

const OLD: &str = "
    CREATE TABLE recommendations (
        recommendation_id bigint, ticker varchar(12), symbol text, action text, quantity integer,
        limit_price numeric(12, 4), status varchar(12), failure_reason text, account_name text,
        created_at timestamptz, updated_at timestamp);
    INSERT INTO recommendations VALUES
        (5872, 'CRM', 'CRM260320P00260000', 'buy_to_open', 10, 6.7, 'FAILED', 'why', NULL,
            '2026-02-03 12:30:20-05', NULL),
        (5871, 'MSFT', 'MSFT260320P00400000', 'buy_to_open', 12, 6, 'EXECUTED', NULL, 'large',
            '2026-02-03 17:29:10.25+00', '2026-02-03 17:29:12');
    CREATE TABLE dispatch_executions (
        execution_id integer, recommendation_id bigint, symbol text, side text, qty real,
        fill_price double precision, mode text, filled_at timestamptz);
    INSERT INTO dispatch_executions VALUES
        (1, 5871, 'MSFT260320P00400000', 'BUY', 12, 6.05, 'ALPACA_PAPER', '2026-02-03 17:29:12+00');
    CREATE TABLE active_positions (
        id integer, symbol text, quantity numeric, \"entry price\" numeric, odd json)";

fn text(tables: &LegacyTables, table: LegacyTable, at: usize, field: &str) -> Option<String> {
    tables.rows(table)[at].get(field).map(str::to_owned)
}

#[test]
fn rows_are_read_as_text_whatever_their_columns_are() {
    let cluster = Cluster::start().unwrap();
    let database = cluster.database("old").unwrap();
    run(&mut owner(&database), OLD);
    // A reader without any other right is enough.
    run(
        &mut owner(&database),
        "CREATE ROLE reader LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader",
    );
    let mut reader = session(&database.url("reader"));
    let tables = read_legacy(&mut reader, "public", &Naming::default()).unwrap();
    let advice = LegacyTable::Recommendations;
    // In the order of ids, not in that of arrival.
    let told = |at, field: &str| text(&tables, advice, at, field).unwrap_or_default();
    assert_eq!((told(0, "id"), told(1, "id")), ("5871".to_owned(), "5872".to_owned()));
    assert_eq!(told(0, "created_at"), "2026-02-03T17:29:10.250000Z");
    assert_eq!(told(0, "status_at"), "2026-02-03T17:29:12.000000Z");
    assert_eq!(told(1, "created_at"), "2026-02-03T17:30:20.000000Z");
    assert_eq!((told(0, "limit_price").as_str(), told(1, "account").as_str()), ("6.0000", ""));
    let trade = |field: &str| text(&tables, LegacyTable::Executions, 0, field);
    assert_eq!(trade("price").as_deref(), Some("6.05"));
    assert_eq!(trade("action").as_deref(), Some("BUY"));
    assert_eq!(trade("account"), None);
    assert!(tables.rows(LegacyTable::Positions).is_empty());
    assert_eq!(
        tables.notes,
        [
            "recommendations.updated_at has no time zone and is read as UTC",
            "dispatch_executions has no account column",
            "active_positions has no account column",
            "columns of active_positions that are not read: entry price, odd",
        ]
    );
    let mut naming = Naming::default();
    naming.add("positions.entry_price=entry price").unwrap();
    let tables = read_legacy(&mut reader, "public", &naming).unwrap();
    assert_eq!(tables.notes[3], "columns of active_positions that are not read: odd");
}

#[test]
fn what_is_missing_is_named_and_our_own_tables_are_refused() {
    let cluster = Cluster::start().unwrap();
    let database = cluster.database("old").unwrap();
    let mut owner = owner(&database);
    let refuse = |owner: &mut _, naming: &Naming| {
        read_legacy(owner, "public", naming).unwrap_err().to_string()
    };
    let none = refuse(&mut owner, &Naming::default());
    assert!(none.contains("no table recommendations or dispatch_recommendations"), "{none}");
    run(&mut owner, OLD);
    run(&mut owner, "ALTER TABLE dispatch_executions RENAME fill_price TO per_share");
    let column = refuse(&mut owner, &Naming::default());
    assert!(column.contains("--name executions.price=COLUMN"), "{column}");
    let mut naming = Naming::default();
    naming.add("executions.price=per_share").unwrap();
    read_legacy(&mut owner, "public", &naming).unwrap();
    naming.add("positions=held").unwrap();
    assert!(refuse(&mut owner, &naming).contains("no table held in schema public"));
    for odd in ["positions", "orders=x", "positions.nothing=x"] {
        assert!(matches!(naming.add(odd), Err(LegacyError::Naming { .. })), "{odd}");
    }
    let ours = cluster.database("ours").unwrap();
    let mut ours = crate::kit::owner(&ours);
    migrate(&mut ours).unwrap();
    let refused = refuse(&mut ours, &Naming::default());
    assert!(refused.contains("gatefold's own tables"), "{refused}");
}
