//! The contract of each trait as one suite: an adapter calls it from a test with a function that
//! opens an instance of it.
//!
//! A broken promise panics with the promise's name, so a suite is called from a `#[test]` as is.

// A suite is a test: a panic is how it reports.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod broker;
mod draw;
mod events;
mod log;
mod restart;

pub use broker::{Filling, Held, Order, Trouble, Venue, broker_contract};
pub use log::log_contract;
pub use restart::log_restart_contract;
