//! In which words the state of a recommendation is reported: those of the inbox's table.

use gatefold::core::advise::Life;
use gatefold::core::record::event::Mode;

/// Where a recommendation stands, for those who gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Status {
    Executed,
    Simulated,
    Skipped,
    Failed,
    Expired,
    Pending,
}

impl Status {
    pub(crate) const ALL: [Self; 6] = [
        Self::Executed,
        Self::Simulated,
        Self::Skipped,
        Self::Failed,
        Self::Expired,
        Self::Pending,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Executed => "EXECUTED",
            Self::Simulated => "SIMULATED",
            Self::Skipped => "SKIPPED",
            Self::Failed => "FAILED",
            Self::Expired => "EXPIRED",
            Self::Pending => "PENDING",
        }
    }

    pub(crate) const fn of(life: Life, mode: Mode) -> Self {
        match (life, mode) {
            (Life::Pending | Life::Deferred | Life::Approved, _) => Self::Pending,
            (Life::Refused, _) => Self::Skipped,
            // An order that came to nothing at the broker was tried and failed.
            (Life::Failed | Life::Unfilled, _) => Self::Failed,
            (Life::Expired, _) => Self::Expired,
            (Life::Simulated, _) | (Life::Executed, Mode::Simulated) => Self::Simulated,
            (Life::Executed, Mode::Paper | Mode::Live) => Self::Executed,
        }
    }
}
