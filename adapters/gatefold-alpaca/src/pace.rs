//! How long is waited for what, in one place: everything that repeats or gives up, by the clock on
//! the wall.
//!
//! The times are fit for Alpaca. A broker on this computer may replay a day faster than it was; all
//! of them shrink together then, down to what a computer needs for an answer.

use std::time::Duration;

use gatefold_core::vocabulary::Span;

use crate::backoff::Backoff;

/// How soon REST is asked again, and how long anything is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// REST is asked so soon while something is known to be missing.
    pub missing: Duration,
    /// REST is asked so soon while orders are open.
    pub open: Duration,
    /// REST is asked so soon otherwise.
    pub idle: Duration,
    /// Activities besides fills are asked for this often.
    pub others: Duration,
    /// A locked account is examined again this often: what the broker blocked it may release.
    pub examine: Duration,
    /// So long an answer is waited for; after that nobody knows.
    pub answer: Duration,
    /// A read that fails is made once more after this.
    pub again: Duration,
    /// The stream is pinged this often.
    pub ping: Duration,
    /// A stream on which nothing was heard for so long is dead.
    pub silence: Duration,
    /// The first wait before a lost stream is connected again; each further one is twice as long.
    pub back_off: Duration,
    /// The longest of these waits.
    pub back_off_most: Duration,
    /// A stream that held for so long has worked: the next wait is the first again.
    pub steady: Duration,
    /// Quotes are read this often.
    pub quotes: Duration,
    /// The broker's clock is read this often where it counts.
    pub clock: Duration,
    /// Seconds of the broker's clock in one of ours.
    pub speed: u32,
}

impl Default for Pace {
    /// Fit for 200 requests a minute.
    fn default() -> Self {
        Self {
            missing: Duration::from_secs(1),
            open: Duration::from_secs(5),
            idle: Duration::from_secs(30),
            others: Duration::from_secs(300),
            examine: Duration::from_secs(60),
            answer: Duration::from_secs(15),
            again: Duration::from_millis(250),
            ping: Duration::from_secs(10),
            silence: Duration::from_secs(25),
            back_off: Duration::from_millis(500),
            back_off_most: Duration::from_secs(60),
            steady: Duration::from_secs(10),
            quotes: Duration::from_secs(1),
            clock: Duration::from_millis(250),
            speed: 1,
        }
    }
}

/// Nothing repeats sooner: asking takes time, however fast a day is replayed.
const REPEAT_MIN: Duration = Duration::from_millis(40);
/// Nothing is given up sooner.
const GIVE_UP_MIN: Duration = Duration::from_millis(1_500);
/// What the broker tells in two ways may be so far apart.
const APART: Duration = Duration::from_millis(250);

impl Pace {
    /// For a broker on this computer whose clock goes `speed` times as fast as ours.
    #[must_use]
    pub fn at_speed(speed: u32) -> Self {
        let speed = speed.max(1);
        let real = Self::default();
        let repeat = |every: Duration| every.min(REPEAT_MIN.max(every / speed));
        let give_up = |after: Duration| after.min(GIVE_UP_MIN.max(after / speed));
        Self {
            missing: repeat(real.missing),
            open: repeat(real.open),
            idle: repeat(real.idle),
            others: repeat(real.others),
            examine: repeat(real.examine),
            answer: give_up(real.answer),
            again: repeat(real.again),
            ping: repeat(real.ping),
            silence: give_up(real.silence),
            back_off: repeat(real.back_off),
            back_off_most: give_up(real.back_off_most),
            steady: repeat(real.steady),
            quotes: repeat(real.quotes),
            clock: repeat(real.clock),
            speed,
        }
    }

    /// The waits before a lost stream is connected again.
    pub(crate) fn waits(&self) -> Backoff {
        Backoff::new(self.back_off, self.back_off_most, self.steady)
    }

    /// A time by the broker's clock, but no less than what two ways of telling may be apart.
    pub(crate) fn apart(&self, span: Span) -> Span {
        let millis = i64::try_from(APART.as_millis()).unwrap_or(i64::MAX);
        let least = Span::millis(millis.saturating_mul(i64::from(self.speed)));
        span.max(least)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_the_speed_of_the_world_nothing_is_shorter() {
        assert_eq!(Pace::at_speed(1), Pace::default());
        assert_eq!(Pace::at_speed(0), Pace::default());
        assert_eq!(Pace::default().apart(Span::seconds(10)), Span::seconds(10));
    }

    #[test]
    fn a_replayed_day_shortens_everything_down_to_what_a_computer_needs() {
        let fast = Pace::at_speed(20);
        assert_eq!(fast.idle, Duration::from_millis(1_500));
        assert_eq!(fast.open, Duration::from_millis(250));
        assert_eq!((fast.missing, fast.clock), (Duration::from_millis(50), REPEAT_MIN));
        assert_eq!((fast.answer, fast.silence), (GIVE_UP_MIN, GIVE_UP_MIN));
        assert_eq!(fast.back_off_most, Duration::from_secs(3));
        assert_eq!(Pace::at_speed(600).apart(Span::seconds(10)), Span::seconds(150));
    }
}
