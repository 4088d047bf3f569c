//! Whichever inbox a configuration names.

use std::time::Duration;

use gatefold_core::advise::{Arrival, Inbox, InboxError};
use gatefold_postgres::{PostgresInbox, Trouble};

use crate::inbox::JsonLines;

/// A configured inbox.
pub enum AnyInbox {
    /// A file.
    File(JsonLines),
    /// A table.
    Postgres(Box<PostgresInbox>),
}

impl AnyInbox {
    /// The same inbox followed as it grows, as a table is anyway. After `None` there may be more.
    #[must_use]
    pub fn growing(self) -> Self {
        match self {
            Self::File(inbox) => Self::File(inbox.growing()),
            Self::Postgres(inbox) => Self::Postgres(inbox),
        }
    }

    /// Waits until there may be something new, for so long at most, and says whether to look: the
    /// rows of a table are heard of when they are inserted, a file is looked at.
    ///
    /// # Errors
    /// [`InboxError`] when the table's connection is lost.
    pub fn wait(&mut self, within: Duration) -> Result<bool, InboxError> {
        match self {
            Self::File(_) => {
                std::thread::sleep(within);
                Ok(true)
            }
            Self::Postgres(inbox) => inbox.wait(within),
        }
    }

    /// What is wrong with the table's database, if the last look failed; a file has no troubles
    /// that pass.
    #[must_use]
    pub fn trouble(&self) -> Option<&Trouble> {
        match self {
            Self::File(_) => None,
            Self::Postgres(inbox) => inbox.trouble(),
        }
    }
}

impl Inbox for AnyInbox {
    fn next(&mut self) -> Result<Option<Arrival>, InboxError> {
        match self {
            Self::File(inbox) => inbox.next(),
            Self::Postgres(inbox) => inbox.next(),
        }
    }
}
