//! What comes from outside the log's bytes: the wall clock and chance. Neither decides anything.

use std::hash::{BuildHasher as _, RandomState};
use std::time::{SystemTime, UNIX_EPOCH};

/// The wall clock, nanoseconds since 1970; 0 if it stands before that.
pub(crate) fn now_ns() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}

/// A number that no other segment has: the standard library seeds its hashers from the operating
/// system's randomness.
pub(crate) fn random() -> u64 {
    RandomState::new().hash_one((now_ns(), std::process::id()))
}

/// An identity that no other log has.
pub(crate) fn random_uuid() -> [u8; 16] {
    let (high, low) = (u128::from(random()), u128::from(random()));
    (high << 64 | low).to_be_bytes()
}
