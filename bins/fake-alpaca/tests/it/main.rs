//! The fake over real sockets: what clients of the real Alpaca see.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

mod harness;

mod orders;
mod refusals;

mod options;

mod faults;
mod stream;

mod books;
mod reads;
mod serve;
