//! How fast orders are sent: a token bucket for entries and a reserve of its own for exits.

use bincode::{Decode, Encode};

use crate::decide::limits::Limits;
use crate::vocabulary::Timestamp;

/// One order's worth of a bucket.
const TOKEN: i64 = 1_000_000_000;

/// Two token buckets, refilled by event time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Pace {
    entries: Bucket,
    exits: Bucket,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
struct Bucket {
    /// Billionths of an order that were used and are not refilled yet.
    used: i64,
    at: Timestamp,
}

impl Default for Pace {
    fn default() -> Self {
        let full = Bucket { used: 0, at: Timestamp::EPOCH };
        Self { entries: full, exits: full }
    }
}

impl Bucket {
    #[inline]
    fn used_at(&self, per_second: u32, now: Timestamp) -> i64 {
        let passed = now.saturating_since(self.at).nanos().max(0);
        let refilled = passed.saturating_mul(i64::from(per_second));
        self.used.saturating_sub(refilled).max(0)
    }

    fn take(&mut self, per_second: u32, now: Timestamp) {
        self.used = self.used_at(per_second, now).saturating_add(TOKEN);
        self.at = self.at.max(now);
    }
}

impl Pace {
    /// Whole orders of this kind that may be sent at once now.
    #[inline]
    #[must_use]
    pub fn available(&self, closes: bool, limits: &Limits, now: Timestamp) -> i64 {
        let (bucket, burst) = match closes {
            true => (&self.exits, limits.exit_burst),
            false => (&self.entries, limits.order_burst),
        };
        let capacity = i64::from(burst).saturating_mul(TOKEN);
        let left = capacity.saturating_sub(bucket.used_at(limits.orders_per_second, now));
        left.checked_div_euclid(TOKEN).unwrap_or(0).max(0)
    }

    pub(crate) fn take(&mut self, closes: bool, limits: &Limits, now: Timestamp) {
        let bucket = if closes { &mut self.exits } else { &mut self.entries };
        bucket.take(limits.orders_per_second, now);
    }
}
