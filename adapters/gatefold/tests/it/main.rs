//! What users write is read, or refused with its place and its remedy.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that finds nothing fails, as it should"
)]

mod alpaca;
mod config;
mod config_databases;
mod database;
mod exits;
mod inbox;
mod limits;
mod snapshots;
mod wiring;
