//! Writing from many threads: an append takes its place under a lock, and one of those who wait
//! puts the group on the disk for all of them.
//!
//! [`turns`] decides who, [`books`] holds what they share, [`shared`] is an append from end to
//! end, [`keeper`] does in the background what nobody has to wait for.

pub(crate) mod ahead;
mod appender;
pub(crate) mod books;
pub(crate) mod contents;
pub(crate) mod file_hash;
pub(crate) mod filling;
pub(crate) mod group;
pub(crate) mod keeper;
pub(crate) mod shared;
pub(crate) mod turns;

pub use appender::{Appender, Ticket};

/// What the hand-over is built of; its model test puts other things in their place.
mod sync {
    pub(crate) use std::sync::{Condvar, Mutex, MutexGuard};
    pub(crate) use std::thread::yield_now;
}
