//! How the core is driven in tests is decided here: one loop, one log, one market, one model.

pub(crate) mod chaos;
pub(crate) mod log;
mod market;
pub(crate) mod model;
pub(crate) mod samples;
pub(crate) mod story;
pub(crate) mod words;
mod world;

pub(crate) use world::{Policy, World};
