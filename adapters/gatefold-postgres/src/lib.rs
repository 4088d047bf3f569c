//! PostgreSQL as a neighbor of the log: an inbox whose rows get their status back, read models that
//! follow the log, and a schema that is compared with this build's at every start.
//!
//! Beside an embedded log nothing here is read by a gate, and a database that is slow, full or gone
//! neither blocks nor changes a decision; it only lags, and says so. Where several processes or
//! machines serve accounts, the log itself may be here: then it is the truth, and nothing is
//! decided without it.
//!
//! | to | use |
//! |---|---|
//! | name a database without showing its password | [`Address`] |
//! | connect, over TLS where the wire is not this machine's | [`Session`] |
//! | bring a schema up to date | [`migrate`] |
//! | know that it is what this build expects | [`check_schema`] |
//! | take recommendations from a table | [`PostgresInbox`] |
//! | keep tables level with a log | [`Projector`], and [`rebuild`] to make them anew |
//! | keep the log itself in it | [`PostgresLog`] under a [`Lease`]; [`PostgresReader`] beside |
//!
//! Where to read on: `address` and `session`, then `migrations` and `schema`; `inbox`; `models`
//! (what the rows say), `projector` (when they are written), `rebuild`; `log`.

mod address;
mod error;
mod session;
mod tls;

mod migrations;

mod schema;

mod inbox;

mod models;

mod projector;

mod rebuild;

mod log;

pub use address::{Address, AddressError};
pub use error::StoreError;
pub use inbox::{InboxSettings, PostgresInbox, Reader, SOURCE, Trouble};
pub use log::{
    Held, Holding, Lease, LeaseError, LeaseTerms, LogAnchor, LogError, LogOptions, NotHeld,
    PostgresLog, PostgresReader, PostgresSubscription,
};
pub use migrations::{MIGRATIONS, Migration, MigrationError, Step, migrate, migrate_to};
pub use projector::{Alert, Projector, ProjectorError, Source, Standing, catch_up};
pub use rebuild::{Rebuilt, rebuild};
pub use schema::{
    Difference, EXPECTED, SchemaError, SchemaVersion, check_schema, describe_schema,
    expected_tables,
};
pub use session::Session;

/// The client that sessions hand out.
pub use postgres;
