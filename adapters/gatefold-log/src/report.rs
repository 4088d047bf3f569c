//! What opening a log found, so that nothing is cut in silence.

use core::fmt;

use gatefold_core::record::{Epoch, Position};

use crate::recovery::resume::CHECKPOINT;

/// What opening a log found and did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecoveryReport {
    /// The log did not exist and was created.
    pub created: bool,
    /// The last writer closed the log.
    pub clean: bool,
    /// The position of the last event.
    pub head: Position,
    /// Segments of the log.
    pub segments: u64,
    /// Segments of which every group was read and checked: the last one, and what has no footer
    /// that can be used; the last one only from the checkpoint on, if the opening was
    /// [`resumed`](Self::resumed). Of the others header and footer were checked.
    pub walked: u64,
    /// Groups of the log.
    pub groups: u64,
    /// Finished segments whose file of event ids was missing or stale, or had a damaged header, and
    /// was made again. What is damaged behind the header is found, and made again, when an id is
    /// asked for.
    pub rebuilt: u64,
    /// The epoch that this writer took.
    pub epoch: Epoch,
    /// The tail that was cut off, if one was.
    pub torn: Option<Torn>,
    /// The newest segment had not been finished and was made again; no event was in it.
    pub recreated: bool,
    /// The newest segment was not walked from its start, but from the group at which snapshots were
    /// saved last: what comes before it was checked then, and is checked again by whoever reads it.
    pub resumed: bool,
    /// Why what was saved with the snapshots could not be gone on from. The segment was walked
    /// from its start instead.
    pub left_aside: Option<String>,
}

/// A tail that was not a whole group: cut from the log, kept in quarantine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Torn {
    /// The segment's file, relative to the log's directory.
    pub segment: String,
    /// Where the tail began.
    pub offset: u64,
    /// How many bytes were cut.
    pub bytes: u64,
    /// How many events the group's own header claims, if that much can be read.
    pub claimed_events: Option<u32>,
    /// Whether the cut bytes could have been an acknowledged group that was damaged later, rather
    /// than a group whose write was interrupted. The bytes cannot tell.
    pub maybe_acknowledged: bool,
    /// Where the cut bytes are kept, relative to the log's directory.
    pub kept_as: String,
}

impl fmt::Display for RecoveryReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match (self.created, self.clean) {
            (true, _) => "created",
            (false, true) => "closed cleanly",
            (false, false) => "not closed by its last writer",
        };
        write!(f, "{state}, {} events", self.head)?;
        if self.rebuilt > 0 {
            write!(f, ", {} files of event ids made again", self.rebuilt)?;
        }
        if let Some(reason) = &self.left_aside {
            write!(f, ", {CHECKPOINT} is left aside, {reason}")?;
        }
        if let Some(torn) = &self.torn {
            write!(f, ", {} torn bytes moved to {}", torn.bytes, torn.kept_as)?;
            if torn.maybe_acknowledged {
                f.write_str(" (they may have been acknowledged)")?;
            }
        }
        Ok(())
    }
}
