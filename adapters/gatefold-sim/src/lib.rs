//! A broker, a market, a log and a disk that leave nothing behind: what gatefold runs on without
//! the world, and the faults to test it with.
//!
//! | to | use |
//! |---|---|
//! | read recorded quotes | [`MarketFiles`], and [`Replay`] to let them become known one by one |
//! | know what is quoted now | [`ReplayMarket`], a `MarketData` |
//! | trade against that | [`SimBroker`], a `Broker`, with the time of a [`SimClock`] |
//! | keep events | [`memory_log::MemoryLog`] |
//! | build another broker of the same parts | [`broker::Ledger`], [`broker::matching`], [`broker::expiry`] |
//! | lose power | [`disk::SimDisk`] |
//!
//! Everything here is a function of its input: the same quotes, calls and seeds give the same
//! fills, ids and reports.

mod clock;

pub mod broker;
pub mod market;

pub mod disk;
pub mod memory_log;

pub use gatefold_core as core;

pub use broker::SimBroker;
pub use clock::SimClock;
pub use market::{MarketError, MarketFiles, MarketFilter, QuoteChange, Replay, ReplayMarket};
