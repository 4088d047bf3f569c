//! What a replay moves through time: a recorded market and whatever lives off it.

use gatefold_core::vocabulary::Timestamp;

/// Recorded time that can be moved forward.
pub trait Stage: Send {
    /// When something happens next; `None` after the last of it.
    fn next_time(&self) -> Option<Timestamp>;

    /// Lets everything happen that is known by `now`, also what follows from it.
    fn advance_to(&mut self, now: Timestamp);

    /// Makes everything known that was known by `now`, without letting anything follow from it:
    /// what did follow is in the log already.
    fn catch_up(&mut self, now: Timestamp);
}
