//! What others worked out from fills is compared here with what the fold makes of the same fills.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that overflows or finds nothing fails, as it should"
)]

mod books;
mod rows;

mod fifo_lots;
mod ibkr_statement;
mod lean_exercise_assignment;
mod lean_trade_builder;
mod nautilus_position;
mod option_lifecycle;
mod quantopian_backtest;
mod tastytrade;

mod any_history;
mod delivery;
mod split;
mod transfer;
