//! What the simulated market and broker promise, on recorded data and before a real engine.
#![allow(clippy::unwrap_used, reason = "in a test a failure is told by its panic, in helpers too")]

mod kit;

mod contract;
mod files;
mod lookahead;
mod rebuild;
mod replay;
