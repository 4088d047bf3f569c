//! Whether a database has the schema that this build was made for: compared at every start, before
//! anything is read or written.

mod difference;
mod read;

use std::collections::BTreeMap;

use crate::error::StoreError;
use crate::migrations::MIGRATIONS;
use crate::schema::difference::compare;
use crate::schema::read::{applied, live};
use crate::session::Session;

pub use difference::Difference;

/// The table in which it is written which migrations were applied.
const HISTORY: &str = "table refinery_schema_history";

/// The schema that the migrations of this build make, one part a line.
pub const EXPECTED: &str = include_str!("expected.txt");

/// One table, view, column, constraint, index, trigger or function: its kind and name, and what it
/// is.
pub(crate) type Parts = BTreeMap<String, String>;

/// A schema that is as it must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SchemaVersion {
    /// The number of its last migration.
    pub version: i32,
}

/// Why a database cannot be used. Nothing of it was changed and no recommendation was touched.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// **Handling:** as the [`StoreError`] says.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// **Handling:** run `gatefold migrate` with the role that owns the schema.
    #[error(
        "{address} is at migration {found} of {expected}: run `gatefold migrate`; \
         until then nothing is read or written{}",
        listed(differences)
    )]
    Behind {
        /// The database.
        address: String,
        /// Its last migration; 0 where there is none.
        found: i32,
        /// This build's last migration.
        expected: i32,
        /// What is missing.
        differences: Vec<Difference>,
    },
    /// **Handling:** run the build that made it, or a newer one.
    #[error(
        "{address} is at migration {found} and this build knows {expected} only: \
         run a newer build; an old one may not write into a newer schema"
    )]
    Newer {
        /// The database.
        address: String,
        /// Its last migration.
        found: i32,
        /// This build's last migration.
        expected: i32,
    },
    /// **Handling:** undo by hand what somebody did by hand; the migrations did not do it.
    #[error(
        "the schema of {address} is not what its migrations made: undo it by hand{}",
        listed(differences)
    )]
    Differs {
        /// The database.
        address: String,
        /// All that differs; never empty.
        differences: Vec<Difference>,
    },
}

fn listed(differences: &[Difference]) -> String {
    differences.iter().map(|difference| format!("\n  {difference}")).collect()
}

/// Compares the live schema with what this build expects: every table and view, column with its
/// type, nullability and default, every constraint, index, trigger and function of ours.
///
/// Tables that are not ours and further indexes that constrain nothing are passed over.
///
/// # Errors
/// [`SchemaError`] with every difference by name.
pub fn check_schema(session: &mut Session) -> Result<SchemaVersion, SchemaError> {
    let address = session.address().to_string();
    let expected = parse(EXPECTED);
    let (history, found) = session.run("the comparison of its schema", |client| {
        let mut transaction = client.build_transaction().read_only(true).start()?;
        let found = live(&mut transaction, &tables(&expected))?;
        let history = if is_whole(HISTORY, &expected, &found) {
            Some(applied(&mut transaction)?)
        } else {
            None
        };
        Ok((history, found))
    })?;
    let mut differences = compare(&expected, &found);
    let Some(history) = history.or_else(|| (!found.contains_key(HISTORY)).then(Vec::new)) else {
        // Which migrations were applied cannot be read.
        return Err(SchemaError::Differs { address, differences });
    };
    let newest = MIGRATIONS.last().map_or(0, |it| it.version);
    let version = history.iter().map(|it| it.version).max().unwrap_or(0);
    if version > newest {
        return Err(SchemaError::Newer { address, found: version, expected: newest });
    }
    if version < newest {
        return Err(SchemaError::Behind { address, found: version, expected: newest, differences });
    }
    differences.extend(difference::history(&history));
    if differences.is_empty() {
        return Ok(SchemaVersion { version });
    }
    Err(SchemaError::Differs { address, differences })
}

/// Whether a table is there with every column that it must have.
fn is_whole(table: &str, expected: &Parts, found: &Parts) -> bool {
    let column = format!("{}.", table.replacen("table ", "column ", 1));
    let columns = expected.iter().filter(|(name, _)| name.starts_with(&column));
    found.contains_key(table)
        && columns.into_iter().all(|(name, what)| found.get(name) == Some(what))
}

/// The live schema in the form of [`EXPECTED`]: what a build is told to expect.
///
/// # Errors
/// As [`StoreError`] says.
pub fn describe_schema(session: &mut Session, tables: &[&str]) -> Result<String, StoreError> {
    let tables: Vec<String> = tables.iter().map(ToString::to_string).collect();
    let parts = session.run("the reading of its schema", |client| {
        let mut transaction = client.build_transaction().read_only(true).start()?;
        live(&mut transaction, &tables)
    })?;
    Ok(parts.iter().map(|(name, what)| format!("{name}: {what}\n")).collect())
}

/// The tables and views that are ours.
#[must_use]
pub fn expected_tables() -> Vec<String> {
    tables(&parse(EXPECTED))
}

fn tables(parts: &Parts) -> Vec<String> {
    let own = |name: &String| {
        let (kind, name) = name.split_once(' ')?;
        matches!(kind, "table" | "view").then(|| name.to_owned())
    };
    parts.keys().filter_map(own).collect()
}

fn parse(text: &str) -> Parts {
    let lines = text.lines().filter_map(|line| line.split_once(": "));
    lines.map(|(name, what)| (name.to_owned(), what.to_owned())).collect()
}
