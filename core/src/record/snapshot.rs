//! Snapshots: folded state kept beside a log, so that starting need not fold everything again.
//!
//! A snapshot never changes an answer, only the time to it. The log stays the only truth: a
//! snapshot that is damaged, of another log, of another history or of another reducer is left
//! aside, with a word about it, and the log is folded instead.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::record::stream::{Position, Stream, Version};

/// The most bytes that the state in one snapshot may have. A larger one is not kept: the log is
/// folded instead.
pub const STATE_BYTES_MAX: usize = 268_435_456;

/// What folded events into the state that a snapshot holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Reducer {
    /// Which fold it was.
    pub id: [u8; 4],
    /// Which version of it.
    pub version: u32,
}

/// The fold of this build.
///
/// **Raise the version** whenever the bytes of a state change (a field is added, removed, moved or
/// written in another way) and whenever the same events fold to another state. Snapshots of the
/// version before are then left aside and the log is folded; nothing else is to be done. A golden
/// test fails when the state of a sample account changes and this does not.
pub const REDUCER: Reducer = Reducer { id: *b"gfld", version: 3 };

impl fmt::Display for Reducer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} version {}", self.id.escape_ascii(), self.version)
    }
}

/// The folded state of one stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Whose state it is.
    pub stream: Stream,
    /// How many events of the stream are folded into it.
    pub version: Version,
    /// Up to where the log was folded: behind this position nothing is in it.
    pub position: Position,
    /// What folded it.
    pub reducer: Reducer,
    /// The state.
    pub bytes: Vec<u8>,
}

/// Why a snapshot is not used, or not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// **Handling:** none; the log is folded, and the next snapshot is this build's.
    #[error("it was folded by {found}, and this build folds with {REDUCER}")]
    OtherReducer {
        /// What folded it.
        found: Reducer,
    },
    /// **Handling:** none; the log is folded. Was the log restored from an older backup?
    #[error("it was taken at position {position}, and the log ends at position {head}")]
    Ahead {
        /// Where it was taken.
        position: Position,
        /// Where the log ends.
        head: Position,
    },
    /// **Handling:** none; the log is folded. The file was renamed, or it is a bug: report it.
    #[error("its state is {found}, and it says that it is {expected}")]
    Mislabeled {
        /// What the state is.
        found: String,
        /// What the snapshot says.
        expected: String,
    },
    /// **Handling:** none; the log is folded. The bytes changed after they were written.
    #[error("its state cannot be read: {detail}")]
    Damaged {
        /// What the decoder said.
        detail: String,
    },
    /// **Handling:** none; the log is folded at every start. The account remembers too much.
    #[error("the state has {bytes} bytes, and a snapshot holds {STATE_BYTES_MAX} at most")]
    TooLarge {
        /// How many it has.
        bytes: usize,
    },
}

impl Snapshot {
    /// Whether this build may use it on a log that ends at `head`.
    ///
    /// # Errors
    /// [`SnapshotError::OtherReducer`] and [`SnapshotError::Ahead`].
    pub fn check(&self, head: Position) -> Result<(), SnapshotError> {
        if self.reducer != REDUCER {
            return Err(SnapshotError::OtherReducer { found: self.reducer });
        }
        if self.position > head {
            return Err(SnapshotError::Ahead { position: self.position, head });
        }
        Ok(())
    }
}

/// Where snapshots of one log are kept.
pub trait SnapshotStore {
    /// Offers the snapshots of a stream that fit the log, the newest first, until `accept` takes
    /// one. The store remembers which were refused and why, so that a person can be told.
    ///
    /// To fit is to be of the same log and of the same history up to where it was taken.
    fn offer(
        &mut self,
        stream: &Stream,
        accept: &mut dyn FnMut(&Snapshot) -> Result<(), SnapshotError>,
    );
}
