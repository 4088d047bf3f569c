//! What a shard and a replay promise, over a log in memory and a broker made by hand.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod kit;

mod pressure;
mod replay;
mod shard;
