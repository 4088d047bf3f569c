//! An inbox that is a table: rows are claimed, delivered at least once, and answered by the log.

pub(crate) mod answers;
mod claim;
mod postgres_inbox;
mod trouble;

pub use postgres_inbox::{InboxSettings, PostgresInbox, Reader};
pub use trouble::Trouble;

/// Under which name rows that are no advice are recorded as failed; their line is the row's id.
pub const SOURCE: &str = "postgres:dispatch_recommendations";
