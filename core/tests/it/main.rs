//! What the core promises is tested here, from outside, in one binary.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that overflows or finds nothing fails, as it should"
)]

mod harness;

mod backlog;
mod calendar;
mod canonical;
mod example_3;
mod gates;
mod golden;
mod headroom;
mod incident;
mod numbers;
mod proofs;
mod properties;
mod scenarios;
mod snapshots;
mod symbols;
mod upcasts;
