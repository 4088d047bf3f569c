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
    session.run("a test", |client| client.batch_execute(sql)).unwrap();
}

/// The one value that a statement answers, as text.
pub(crate) fn ask(session: &mut Session, sql: &str) -> String {
    let sql = format!("SELECT coalesce((SELECT it::text FROM ({sql}) AS t(it)), 'null')");
    session.run("a test", |client| client.query_one(&sql, &[])).unwrap().get(0)
}
