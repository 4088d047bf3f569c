//! Everything that Alpaca's adapter promises, against recorded bodies and over real sockets.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod desk;

mod contract;
mod guard;
mod market;
mod recorded;
mod trading;
