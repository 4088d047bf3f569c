//! What time it is, and how far the broker's clock is from ours.

use std::sync::Arc;

use gatefold_core::vocabulary::{Span, Timestamp};

use crate::api::{Api, Unread};

/// Where the time comes from: the same as the engine's.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// How far the broker's clock is ahead of ours (behind, if negative), and how long asking took: the
/// answer is as uncertain as half of that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Drift {
    pub(crate) ahead: Span,
    pub(crate) took: Span,
    pub(crate) theirs: Timestamp,
    pub(crate) ours: Timestamp,
}

impl Drift {
    /// Whether the clocks differ by more than `most`, whatever the network did.
    pub(crate) fn exceeds(&self, most: Span) -> bool {
        let uncertain = Span::from_nanos(self.took.nanos().checked_div(2).unwrap_or(0));
        let size = Span::from_nanos(self.ahead.nanos().saturating_abs());
        size > most.saturating_add(uncertain)
    }
}

/// Asks for the broker's time.
pub(crate) fn measure(api: &Api, now: &Now) -> Result<Drift, Unread> {
    let before = now();
    let clock = api.clock()?;
    let after = now();
    let theirs = clock.timestamp.parse::<Timestamp>().map_err(|error| {
        Unread::Unavailable(format!("the broker's clock cannot be read: {error}"))
    })?;
    Ok(drift(before, theirs, after))
}

fn drift(before: Timestamp, theirs: Timestamp, after: Timestamp) -> Drift {
    let took = after.saturating_since(before);
    let half = Span::from_nanos(took.nanos().checked_div(2).unwrap_or(0));
    let ours = before.saturating_add(half);
    Drift { ahead: theirs.saturating_since(ours), took, theirs, ours }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_network_is_no_drift() {
        let at = |seconds: i64| Timestamp::from_nanos(seconds * 1_000_000_000);
        let slow = drift(at(100), at(103), at(110));
        assert_eq!(slow.ahead, Span::seconds(-2));
        assert!(!slow.exceeds(Span::seconds(1)), "10 s under way may hide 2 s");
        let skewed = drift(at(100), at(160), at(100));
        assert!(skewed.exceeds(Span::seconds(2)));
        assert!(drift(at(100), at(40), at(100)).exceeds(Span::seconds(2)), "behind, too");
    }
}
