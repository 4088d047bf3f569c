//! Why the read models are not level with the log.

use gatefold_core::record::{Position, ReadError, ReplayError};

use crate::error::StoreError;
use crate::schema::SchemaError;

/// Why a step forward was not made. Nothing was half written, and no decision was held up.
#[derive(Debug, thiserror::Error)]
pub enum ProjectorError {
    /// **Handling:** as the [`StoreError`] says; tried again by itself.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// **Handling:** as the [`SchemaError`] says; tried again by itself.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// **Handling:** as the [`ReadError`] says; verify the log.
    #[error(transparent)]
    Log(#[from] ReadError),
    /// **Handling:** as the [`ReplayError`] says; verify the log.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// **Handling:** give each log a database of its own, or rebuild from this one.
    #[error(
        "the read models are those of log {theirs}, this is log {ours}: \
         use another database, or `gatefold project --rebuild`"
    )]
    OtherLog {
        /// The log that the tables are of.
        theirs: String,
        /// The log that was to be followed.
        ours: String,
    },
    /// **Handling:** the log was restored from a backup, or the database is of another one: look
    /// which, then rebuild.
    #[error(
        "the read models are at position {checkpoint} and the log ends at {head}: \
         see why it became shorter, then `gatefold project --rebuild`"
    )]
    Ahead {
        /// Where the tables are.
        checkpoint: Position,
        /// Where the log ends.
        head: Position,
    },
    /// **Handling:** raise the limit on threads or memory, or report the bug that ended it.
    #[error("the thread that folds the log for the read models is not there: {reason}")]
    Thread {
        /// What was observed.
        reason: String,
    },
}
