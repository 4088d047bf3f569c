//! How the core is driven in tests is decided here: one loop, one log, one market, one model.

mod log;
mod market;
pub(crate) mod model;
pub(crate) mod story;
mod words;
mod world;

pub(crate) use log::MemoryLog;
pub(crate) use world::{Policy, Sent, World};
