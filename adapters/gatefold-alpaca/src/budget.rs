//! How many requests an account may still make, and for what the last of them are kept.
//!
//! One bucket per account. It fills at the broker's rate and is corrected downward by what the
//! broker says is left. The less urgent a request is, the more it leaves behind: reads leave half a
//! bucket's reserve, entries leave enough to close and cancel everything.

use std::time::{Duration, Instant};

/// For what a request is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Urgency {
    /// Cancels, closes, and finding out what became of an order: may take the last token.
    Exit,
    /// Orders that open.
    Entry,
    /// Reads that can wait.
    Read,
}

/// Requests a minute, until the broker says another number.
const PER_MINUTE: u32 = 200;
/// No wait for the broker's reset is longer than its own window.
const RESET_MAX: Duration = Duration::from_secs(60);

/// The bucket of one account.
#[derive(Debug)]
pub(crate) struct Budget {
    per_minute: u32,
    /// In thousandths of a request.
    tokens_milli: u64,
    filled_at: Instant,
    /// The broker refused: nothing goes out before this.
    closed_until: Option<Instant>,
}

/// What a reply said of the limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LimitHeaders {
    /// Requests a window.
    pub(crate) limit: Option<u32>,
    /// What is left of them.
    pub(crate) remaining: Option<u32>,
    /// How long until the window ends, by the broker's own clock.
    pub(crate) resets_in: Option<Duration>,
}

impl Budget {
    pub(crate) fn new(now: Instant) -> Self {
        let tokens_milli = u64::from(PER_MINUTE).saturating_mul(1_000);
        Self { per_minute: PER_MINUTE, tokens_milli, filled_at: now, closed_until: None }
    }

    /// Takes one request out of the bucket, or says how long to wait for it.
    pub(crate) fn take(&mut self, urgency: Urgency, now: Instant) -> Result<(), Duration> {
        self.fill(now);
        if let Some(until) = self.closed_until {
            if now < until {
                return Err(until.duration_since(now));
            }
            // A new window: full, but for what the next reply says.
            self.closed_until = None;
            self.tokens_milli = u64::from(self.per_minute).saturating_mul(1_000);
            self.filled_at = now;
        }
        let needed = self.reserve(urgency).saturating_add(1_000);
        if let Some(short) = needed.checked_sub(self.tokens_milli).filter(|short| *short > 0) {
            // A minute gives `per_minute` thousand thousandths.
            let per_minute = u64::from(self.per_minute.max(1)).saturating_mul(1_000);
            let millis = short.saturating_mul(60_000).div_ceil(per_minute);
            return Err(Duration::from_millis(millis.max(1)));
        }
        self.tokens_milli = self.tokens_milli.saturating_sub(1_000);
        Ok(())
    }

    /// Learns from a reply.
    pub(crate) fn learn(&mut self, status: u16, headers: LimitHeaders, now: Instant) {
        self.fill(now);
        if let Some(limit) = headers.limit.filter(|it| *it > 0 && *it != self.per_minute) {
            // Another bucket than was thought: full, but for what is said next.
            self.per_minute = limit;
            self.tokens_milli = u64::from(limit).saturating_mul(1_000);
        }
        if let Some(left) = headers.remaining {
            let left = u64::from(left).saturating_mul(1_000);
            self.tokens_milli = self.tokens_milli.min(left);
        }
        if status == 429 {
            let wait = headers.resets_in.unwrap_or(RESET_MAX).clamp(RESET_MIN, RESET_MAX);
            self.tokens_milli = 0;
            self.closed_until = Some(now.checked_add(wait).unwrap_or(now));
        }
    }

    /// Until when nothing goes out, if the broker said so.
    pub(crate) fn closed_for(&self, now: Instant) -> Option<Duration> {
        self.closed_until.and_then(|until| until.checked_duration_since(now))
    }

    fn fill(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.filled_at);
        let millis = u64::try_from(passed.as_millis()).unwrap_or(u64::MAX);
        let gained = millis.saturating_mul(u64::from(self.per_minute)) / 60;
        if gained > 0 {
            let full = u64::from(self.per_minute).saturating_mul(1_000);
            self.tokens_milli = self.tokens_milli.saturating_add(gained).min(full);
            self.filled_at = now;
        }
    }

    fn reserve(&self, urgency: Urgency) -> u64 {
        let full = u64::from(self.per_minute).saturating_mul(1_000);
        match urgency {
            Urgency::Exit => 0,
            Urgency::Entry => full / 5,
            Urgency::Read => full / 3,
        }
    }
}

/// A broker that says "now" after a 429 is not asked in the same moment.
const RESET_MIN: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests {
    use super::*;

    fn drained(urgency: Urgency, start: Instant) -> (Budget, u32) {
        let mut budget = Budget::new(start);
        let mut taken = 0;
        while budget.take(urgency, start).is_ok() {
            taken += 1;
        }
        (budget, taken)
    }

    #[test]
    fn reads_leave_entries_and_entries_leave_exits() {
        let start = Instant::now();
        let (mut budget, reads) = drained(Urgency::Read, start);
        assert_eq!(reads, 133);
        assert!(budget.take(Urgency::Entry, start).is_ok());
        let (mut budget, entries) = drained(Urgency::Entry, start);
        assert_eq!(entries, 160);
        for _ in 0..40 {
            assert_eq!(budget.take(Urgency::Exit, start), Ok(()));
        }
        assert_eq!(budget.take(Urgency::Exit, start), Err(Duration::from_millis(300)));
        assert!(budget.take(Urgency::Exit, start + Duration::from_millis(300)).is_ok());
    }

    #[test]
    fn the_broker_knows_better_what_is_left() {
        let start = Instant::now();
        let mut budget = Budget::new(start);
        let left = LimitHeaders { limit: Some(200), remaining: Some(1), resets_in: None };
        budget.learn(200, left, start);
        assert!(budget.take(Urgency::Entry, start).is_err());
        assert_eq!(budget.take(Urgency::Exit, start), Ok(()));
        assert!(budget.take(Urgency::Exit, start).is_err());
    }

    #[test]
    fn another_limit_is_another_bucket() {
        let start = Instant::now();
        let mut budget = Budget::new(start);
        let more = LimitHeaders { limit: Some(10_000), remaining: Some(9_999), resets_in: None };
        budget.learn(200, more, start);
        for _ in 0..6_000 {
            assert_eq!(budget.take(Urgency::Read, start), Ok(()));
        }
    }

    #[test]
    fn after_a_429_nothing_goes_out_before_the_reset() {
        let start = Instant::now();
        let mut budget = Budget::new(start);
        let resets_in = Some(Duration::from_secs(7));
        budget.learn(429, LimitHeaders { resets_in, ..LimitHeaders::default() }, start);
        assert_eq!(budget.take(Urgency::Exit, start), Err(Duration::from_secs(7)));
        let later = start + Duration::from_secs(7);
        assert_eq!(budget.take(Urgency::Read, later), Ok(()), "the window is a new one");
        // A reset in another age of the broker's clock is held to its window.
        let resets_in = Some(Duration::from_secs(1_000_000));
        budget.learn(429, LimitHeaders { resets_in, ..LimitHeaders::default() }, later);
        assert_eq!(budget.closed_for(later), Some(Duration::from_secs(60)));
    }
}
