//! Why old tables cannot be read, and what to say instead.

use crate::error::StoreError;
use crate::legacy::shape::LegacyTable;

/// Why the tables of the old service cannot be read. Nothing was changed anywhere.
#[derive(Debug, thiserror::Error)]
pub enum LegacyError {
    /// **Handling:** as the [`StoreError`] says.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// **Handling:** name the schema or the table.
    #[error(
        "there is no table {} in {place}: name it with --name {table}=TABLE",
        names.join(" or ")
    )]
    NoTable {
        /// Which table is wanted.
        table: LegacyTable,
        /// The names that were looked for.
        names: Vec<String>,
        /// The database and its schema, or the folder.
        place: String,
    },
    /// **Handling:** name the column that holds it.
    #[error(
        "{found} has no column for `{field}` (looked for {}): \
         name it with --name {table}.{field}=COLUMN",
        names.join(", ")
    )]
    NoColumn {
        /// Which table.
        table: LegacyTable,
        /// What the table is called.
        found: String,
        /// What is wanted.
        field: &'static str,
        /// The names that were looked for.
        names: Vec<String>,
    },
    /// **Handling:** name the schema or the database of the old service.
    #[error(
        "{place} holds gatefold's own tables ({found} is one), made of a log already: \
         name the old service's schema with --schema, or its database"
    )]
    OurOwn {
        /// The database and its schema.
        place: String,
        /// The table that gives it away.
        found: String,
    },
    /// **Handling:** correct the name.
    #[error("`{text}` names nothing of the old tables: {remedy}")]
    Naming {
        /// What was given.
        text: String,
        /// What may be given.
        remedy: String,
    },
    /// **Handling:** repair the file or the path.
    #[error("{place} cannot be read: {reason}")]
    Unreadable {
        /// The file, and the line where it is one.
        place: String,
        /// What is wrong.
        reason: String,
    },
}
