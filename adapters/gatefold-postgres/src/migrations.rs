//! The schema's history: every file of `migrations/`, embedded by the build, applied in order.

use refinery::{Runner, Target};

use crate::error::StoreError;
use crate::session::Session;

/// Whoever migrates holds this lock, so that two never do it at once.
const MIGRATION_LOCK: i64 = 0x6761_7465_666f_6c64;

/// One file of the folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migration {
    /// Its number.
    pub version: i32,
    /// What it is called.
    pub name: &'static str,
    /// What it says.
    pub sql: &'static str,
}

/// The folder as the build lists it: number, name, text. The build fails where a file is no
/// migration, has a number that another one has, or leaves a number out.
const LISTED: &[(i32, &str, &str)] = include!(concat!(env!("OUT_DIR"), "/migrations.rs"));

/// Every migration, in order.
pub const MIGRATIONS: &[Migration] = &listed();

const fn listed() -> [Migration; LISTED.len()] {
    let mut migrations = [Migration { version: 0, name: "", sql: "" }; LISTED.len()];
    let mut at = 0;
    while at < LISTED.len() {
        let (version, name, sql) = LISTED[at];
        migrations[at] = Migration { version, name, sql };
        at += 1;
    }
    migrations
}

/// A migration that was applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its number.
    pub version: i32,
    /// What it is called.
    pub name: String,
}

/// Why a schema could not be brought up to date. What was applied before stays applied; each file
/// is applied whole or not at all.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// **Handling:** as the [`StoreError`] says.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// **Handling:** use the build that knows that migration; never edit the history by hand.
    #[error("the schema of {address} cannot be migrated by this build: {reason}")]
    Refused {
        /// The database.
        address: String,
        /// Which migration, and what is wrong with it.
        reason: String,
    },
}

/// Applies what is missing, under a lock. Needs the role that owns the schema.
///
/// # Errors
/// As [`MigrationError`] says.
pub fn migrate(session: &mut Session) -> Result<Vec<Step>, MigrationError> {
    apply(session, Target::Latest)
}

/// Applies what is missing up to a number.
///
/// # Errors
/// As [`MigrationError`] says.
pub fn migrate_to(session: &mut Session, version: i32) -> Result<Vec<Step>, MigrationError> {
    apply(session, Target::Version(version))
}

fn apply(session: &mut Session, target: Target) -> Result<Vec<Step>, MigrationError> {
    let address = session.address().to_string();
    let refused = |reason: String| MigrationError::Refused { address: address.clone(), reason };
    let mut known = Vec::new();
    for migration in MIGRATIONS {
        known.push(runnable(migration).map_err(|error| refused(error.to_string()))?);
    }
    let runner =
        Runner::new(&known).set_abort_divergent(true).set_abort_missing(true).set_target(target);
    let applied = session.run("a migration", |client| {
        client.execute("SELECT pg_advisory_lock($1)", &[&MIGRATION_LOCK])?;
        let applied = runner.run(client);
        if applied.is_ok() {
            client.execute("SELECT pg_advisory_unlock($1)", &[&MIGRATION_LOCK])?;
        }
        Ok(applied)
    })?;
    let report = match applied {
        Ok(report) => report,
        Err(error) => {
            // The connection may be inside of what failed, and holds the lock.
            session.disconnect();
            return Err(refused(chain(&error)));
        }
    };
    let step = |it: &refinery::Migration| Step { version: it.version(), name: it.name().into() };
    Ok(report.applied_migrations().iter().map(step).collect())
}

fn runnable(migration: &Migration) -> Result<refinery::Migration, refinery::Error> {
    let Migration { version, name, sql } = migration;
    refinery::Migration::unapplied(&format!("V{version}__{name}"), sql)
}

/// What the database remembers of a migration's wording.
pub(crate) fn checksum(migration: &Migration) -> String {
    runnable(migration).map_or(String::new(), |it| it.checksum().to_string())
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text
}

#[cfg(test)]
#[path = "../build/list.rs"]
mod list;

#[cfg(test)]
mod tests {
    use super::{LISTED, list};

    fn refused(files: &[&str]) -> String {
        list::of(files.iter().map(ToString::to_string).collect()).unwrap_err()
    }

    #[test]
    fn a_file_that_would_be_missed_fails_the_build() {
        assert!(refused(&["V1__a.sql", "v2_b.sql"]).contains("`v2_b.sql` is no migration"));
        assert!(refused(&["V1__a.sql", "notes.txt"]).contains("`notes.txt` is no migration"));
        assert!(refused(&["V1__a.sql", "V02__b.sql"]).contains("`V02__b.sql`"));
        assert!(refused(&["V1__a.sql", "V3__c.sql"]).contains("no file has number 2"));
    }

    #[test]
    fn two_files_with_one_number_fail_the_build() {
        let said = refused(&["V1__a.sql", "V2__b.sql", "V2__c.sql"]);
        assert!(said.contains("`V2__c.sql` has a number that another file has"), "{said}");
    }

    #[test]
    fn every_file_of_the_folder_is_embedded_as_it_stands() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
        let mut files: Vec<_> =
            std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
        files.sort_by_key(|it| it.file_name().unwrap().len());
        let texts: Vec<_> = files.iter().map(|it| std::fs::read_to_string(it).unwrap()).collect();
        assert_eq!(LISTED.len(), files.len());
        for (_, name, sql) in LISTED {
            assert!(texts.iter().any(|text| text == sql), "{name}");
        }
    }
}
