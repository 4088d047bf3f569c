//! A cluster, its databases, and questions to them.

use gatefold_postgres::{Address, Session, migrate};
use throwaway_postgres::{Cluster, Database};

pub(crate) fn session(url: &str) -> Session {
    Session::new(Address::parse(url).unwrap())
}

/// A session of the owner of an empty database.
pub(crate) fn owner(database: &Database) -> Session {
    session(&database.url("postgres"))
}

/// A database with the whole schema.
pub(crate) fn migrated(cluster: &Cluster, name: &str) -> (Database, Session) {
    let database = cluster.database(name).unwrap();
    let mut owner = owner(&database);
    migrate(&mut owner).unwrap();
    (database, owner)
}

pub(crate) fn run(session: &mut Session, sql: &str) {
    wake(session);
    session.run("a test", |client| client.batch_execute(sql)).unwrap();
}

/// Finds out whether the server was killed since a session was used last.
fn wake(session: &mut Session) {
    let _ = session.run("a test", |client| client.batch_execute(""));
}

/// The one value that a statement answers, as text.
pub(crate) fn ask(session: &mut Session, sql: &str) -> String {
    wake(session);
    let sql = format!("SELECT coalesce((SELECT it::text FROM ({sql}) AS t(it)), 'null')");
    session.run("a test", |client| client.query_one(&sql, &[])).unwrap().get(0)
}

/// The read models' tables, their keys first.
const TABLES: &[&str] = &[
    "projection_checkpoint",
    "account_state",
    "recommendation_fates",
    "failed_arrivals",
    "dispatch_executions",
    "active_positions",
    "position_events",
    "dispatcher_runs",
    "gate_sets",
    "gate_decisions",
    "gate_verdicts",
];

/// Every byte of the read models, in an order that does not depend on how they were written.
pub(crate) fn dump(session: &mut Session) -> String {
    let mut all = String::new();
    for table in TABLES {
        let rows = format!(
            "SELECT coalesce(string_agg(row, E'\\n' ORDER BY row), '') \
             FROM (SELECT it::text COLLATE \"C\" AS row FROM {table} AS it) AS rows"
        );
        all.push_str(&format!("== {table}\n{}\n", ask(session, &rows)));
    }
    all
}
