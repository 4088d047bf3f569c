//! The log in a database, for several processes or machines: appended to under leases, read in one
//! order without a gap.
//!
//! Every append takes one lock, counts its streams up where version and lease are as the writer
//! believes, and takes the next positions; the lock is kept until the events are visible. So the
//! order of positions is the order of commits, and a reader never sees a number before the one
//! below it. That lock would cost one sync per append, so appends of one process that meet are
//! made durable together.
//!
//! Where to read on: `frame` (what is summed), `batch` (an append on its way), `judge` (what a
//! refused append is told), `line` (the connection that appends), `shared` (who appends for whom),
//! `postgres_log`; `checker` and `reader`, `subscription`; `lease`, `keeper`.

mod batch;
mod frame;
mod judge;
mod line;
mod shared;

mod checker;
mod page;
mod reader;
mod subscription;

mod bell;
mod error;
mod postgres_log;

mod holding;
mod keeper;
mod lease;

pub use error::{LeaseError, LogError};
pub use holding::{Holding, NotHeld};
pub use lease::{Held, Lease, LeaseTerms};
pub use postgres_log::{LogOptions, PostgresLog};
pub use reader::{LogAnchor, PostgresReader};
pub use subscription::PostgresSubscription;
