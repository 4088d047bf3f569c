//! Why the log in a database cannot be opened, or its lease not be had.

use gatefold_core::record::ReadError;

use crate::error::StoreError;
use crate::schema::SchemaError;

/// Why the log cannot be opened. Nothing of it was changed.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// **Handling:** as the [`SchemaError`] says.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// **Handling:** as the [`StoreError`] says.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// **Handling:** as the [`ReadError`] says.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// **Handling:** turn the setting on, and restart the server.
    #[error(
        "{address} has {setting} = {value}: what it acknowledges may be lost, and no order may \
         rest on that; turn it on and restart the server"
    )]
    NotDurable {
        /// The database.
        address: String,
        /// The server's setting.
        setting: &'static str,
        /// What it is.
        value: String,
    },
    /// **Handling:** raise the limit on threads.
    #[error("a thread of the log could not be started: {0}")]
    NoThread(#[from] std::io::Error),
}

/// Why a lease was not given.
#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    /// **Handling:** as the [`StoreError`] says.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Somebody waited and gave up. **Handling:** stop the other writer, or wait until its lease
    /// runs out.
    #[error("account {account} is led by {holder}, whose lease runs for another {left_ms} ms")]
    Held {
        /// An account that another writer has.
        account: String,
        /// Who that is.
        holder: String,
        /// How long its lease runs.
        left_ms: u64,
    },
    /// **Handling:** write a lease of at least a tenth of a second, of which renewal and margin
    /// leave something.
    #[error("a lease of {ttl_ms} ms with {margin_ms} ms of margin leaves no time to renew it")]
    TooShort {
        /// How long it runs.
        ttl_ms: u64,
        /// How much of that is not used.
        margin_ms: u64,
    },
    /// **Handling:** raise the limit on threads.
    #[error("the thread that renews the lease could not be started: {0}")]
    NoThread(#[from] std::io::Error),
}
