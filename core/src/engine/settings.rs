//! How patient the engine is: times and counts that are no limits of an account.

use crate::vocabulary::Span;

/// The engine's patience. Every bound has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Least time between two recorded marks of one account.
    pub marks_every: Span,
    /// The broker's books are read this often.
    pub snapshot_every: Span,
    /// So many snapshots in a row must differ before it is a finding.
    pub mismatch_polls: u32,
    /// So many look-ups must miss an order before it is absent ...
    pub absent_polls: u32,
    /// ... over at least this time: the broker's read-after-write window.
    pub absent_for: Span,
    /// An order of unknown fate is looked up this often.
    pub look_up_every: Span,
    /// So many lost answers in a row halt entries until an operator lifts it.
    pub failures_max: u32,
    /// An exit order that is not executed after this time is canceled and priced anew.
    pub exit_patience: Span,
    /// So many exits in a row may come to nothing before somebody must look.
    pub exit_attempts: u32,
    /// The pause after the first failed exit; it doubles with each further one.
    pub exit_backoff: Span,
}

impl Default for Settings {
    /// Fit for a broker across a network.
    fn default() -> Self {
        Self {
            marks_every: Span::minutes(1),
            snapshot_every: Span::minutes(5),
            mismatch_polls: 3,
            absent_polls: 5,
            absent_for: Span::seconds(30),
            look_up_every: Span::seconds(5),
            failures_max: 5,
            exit_patience: Span::seconds(60),
            exit_attempts: 8,
            exit_backoff: Span::seconds(5),
        }
    }
}

impl Settings {
    /// Fit for a simulated broker in the same process: it answers look-ups at once and for good.
    #[must_use]
    pub fn simulated() -> Self {
        Self { absent_polls: 1, absent_for: Span::seconds(0), ..Self::default() }
    }
}
