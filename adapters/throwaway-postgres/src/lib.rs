//! A PostgreSQL cluster for one test: a real server in a temporary folder, reached over a free
//! port of 127.0.0.1 and a unix socket, gone when the test is.
//!
//! ```no_run
//! let cluster = throwaway_postgres::Cluster::start()?;
//! let database = cluster.database("day")?;
//! println!("{}", database.url("postgres"));
//! # Ok::<(), throwaway_postgres::ClusterError>(())
//! ```
//!
//! PostgreSQL refuses to run as root: then the server runs as `postgres`, or as `nobody`. A process
//! beside it stops the server and removes its folder however the test ends, also by a SIGKILL.
//! Knows nothing of gatefold, so every crate may use it in its tests.

mod cluster;
mod database;
mod error;
mod install;
mod parts;
mod system;

pub use cluster::{Cluster, Setting};
pub use database::Database;
pub use error::ClusterError;
pub use install::{Installation, PACKAGE, VERSION_MIN};
pub use parts::PARTS;
