//! What time it is, and how far the broker's clock is from ours.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::thread::JoinHandle;

use gatefold_core::vocabulary::{Span, Timestamp};

use crate::api::{Api, Unread};
use crate::keys::Keys;
use crate::pace::Pace;

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

/// The broker's clock as a clock: for a broker on this computer whose time is not ours, such as one
/// that replays a day.
pub struct BrokerClock {
    shared: Arc<Shown>,
    reader: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shown {
    nanos: AtomicI64,
    stop: AtomicBool,
}

impl BrokerClock {
    /// Reads the broker's clock from now on.
    ///
    /// # Errors
    /// What was observed, where it cannot be read at once.
    pub fn start(trading: &str, keys: &Keys, pace: &Pace) -> Result<Self, String> {
        let api = Api::new(trading, keys, pace);
        let every = pace.clock;
        let shared = Arc::new(Shown::default());
        shared.read(&api).map_err(|error| format!("the broker's clock: {error}"))?;
        let shown = Arc::clone(&shared);
        let reader = std::thread::Builder::new()
            .name("clock".to_owned())
            .spawn(move || {
                while !shown.stop.load(Ordering::SeqCst) {
                    // While it cannot be read it stands still, and nothing is decided on a guess.
                    let _ = shown.read(&api);
                    std::thread::sleep(every);
                }
            })
            .map_err(|error| error.to_string())?;
        Ok(Self { shared, reader: Some(reader) })
    }

    /// What it showed last. It never goes back.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        Timestamp::from_nanos(self.shared.nanos.load(Ordering::SeqCst))
    }
}

impl Shown {
    fn read(&self, api: &Api) -> Result<(), Unread> {
        let shown: Result<Timestamp, _> = api.clock()?.timestamp.parse();
        if let Ok(shown) = shown {
            self.nanos.fetch_max(shown.nanos(), Ordering::SeqCst);
        }
        Ok(())
    }
}

impl Drop for BrokerClock {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
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
