//! How two schemas are compared, and how a difference is told.

use std::fmt;

use crate::migrations::{MIGRATIONS, checksum};
use crate::schema::Parts;
use crate::schema::read::Applied;

/// One part that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// It is not there.
    Missing {
        /// Its kind and name, as in `column dispatch_executions.price`.
        part: String,
        /// What it must be.
        expected: String,
    },
    /// It is there and must not be.
    Unexpected {
        /// Its kind and name.
        part: String,
        /// What it is.
        found: String,
    },
    /// It is something else.
    Changed {
        /// Its kind and name.
        part: String,
        /// What it must be.
        expected: String,
        /// What it is.
        found: String,
    },
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { part, expected } => {
                write!(formatter, "{part} is missing: it must be {expected}")
            }
            Self::Unexpected { part, found } => {
                write!(formatter, "{part} is there and must not be: it is {found}")
            }
            Self::Changed { part, expected, found } => {
                write!(formatter, "{part} is {found}: it must be {expected}")
            }
        }
    }
}

/// Every part in which two schemas differ, in order of name.
pub(super) fn compare(expected: &Parts, found: &Parts) -> Vec<Difference> {
    let mut differences = Vec::new();
    for (part, what) in expected {
        let (part, expected) = (part.clone(), what.clone());
        match found.get(&part) {
            None => differences.push(Difference::Missing { part, expected }),
            Some(found) if *found != expected => {
                differences.push(Difference::Changed { part, expected, found: found.clone() });
            }
            Some(_) => {}
        }
    }
    for (part, what) in found {
        // An index that constrains nothing changes no answer: somebody's report may need it.
        let harmless = part.starts_with("index ") && what.starts_with("CREATE INDEX");
        if !expected.contains_key(part) && !harmless {
            let (part, found) = (part.clone(), what.clone());
            differences.push(Difference::Unexpected { part, found });
        }
    }
    differences
}

/// Migrations that were applied in another wording, or left out.
pub(super) fn history(applied: &[Applied]) -> Vec<Difference> {
    let mut differences = Vec::new();
    for migration in MIGRATIONS {
        let part = format!("migration V{}__{}", migration.version, migration.name);
        let expected = checksum(migration);
        match applied.iter().find(|it| it.version == migration.version) {
            None => differences.push(Difference::Missing { part, expected }),
            Some(it) if it.checksum != expected || it.name != migration.name => {
                let found = format!("{} with checksum {}", it.name, it.checksum);
                differences.push(Difference::Changed { part, expected, found });
            }
            Some(_) => {}
        }
    }
    differences
}
