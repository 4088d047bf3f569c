//! Whichever inbox a configuration names.

use gatefold_core::advise::{Arrival, Inbox, InboxError};
use gatefold_postgres::PostgresInbox;

use crate::inbox::JsonLines;

/// A configured inbox.
pub enum AnyInbox {
    /// A file.
    File(JsonLines),
    /// A table.
    Postgres(Box<PostgresInbox>),
}

impl Inbox for AnyInbox {
    fn next(&mut self) -> Result<Option<Arrival>, InboxError> {
        match self {
            Self::File(inbox) => inbox.next(),
            Self::Postgres(inbox) => inbox.next(),
        }
    }
}
