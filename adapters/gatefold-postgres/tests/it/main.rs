//! PostgreSQL, real, in every test: a throw-away cluster that is killed, starved and lied to.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that finds nothing fails, as it should"
)]

mod kit;
mod world;

mod sessions;

mod migrations;
mod schema;

mod inbox;

mod answers;
mod batches;
mod killed;
mod projector;
mod rebuild;

mod log;

mod roles;

mod legacy;
