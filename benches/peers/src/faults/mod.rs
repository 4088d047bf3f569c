//! What becomes of acknowledged events when a bit flips or a sync fails.

pub(crate) mod copy;
pub(crate) mod flip;
pub(crate) mod sync;

/// Acknowledged events of every log that is damaged.
pub(crate) const STORED: u64 = 1_000;
