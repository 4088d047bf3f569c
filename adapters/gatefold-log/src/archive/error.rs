//! Why segments were not archived, and what to do about it.

use std::path::Path;

use gatefold_core::record::disk::DiskError;

use crate::error::{Corruption, WalkError};

/// Why segments were not archived. The log holds all that it held.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The directory holds something else. **Handling:** name the log's own directory.
    #[error("{directory} cannot be archived ({detail}): name the directory of a log")]
    NotALog {
        /// The directory.
        directory: String,
        /// What was found or missing.
        detail: String,
    },
    /// Somebody archives this log now. **Handling:** wait for the other process.
    #[error("{directory} is being archived by {holder}: wait until that ends")]
    Busy {
        /// The directory.
        directory: String,
        /// The process, as far as can be known.
        holder: String,
    },
    /// A segment that was to be archived is damaged; it stays as it is. **Handling:** restore the
    /// log from a backup.
    #[error("the log is damaged: {0}; the segment was left as it is: restore it from a backup")]
    Damaged(Box<Corruption>),
    /// What was read back is not what was written; the plain segment stays. **Handling:** replace
    /// the disk.
    #[error(
        "{place} does not read back as it was written: the plain segment stays; check the disk"
    )]
    ReadBack {
        /// The archive's file.
        place: String,
    },
    /// There is no space for an archive beside its segment. **Handling:** free space, then run it
    /// again.
    #[error("no space to archive in {directory} ({detail}): free space, then run it again")]
    Full {
        /// The directory.
        directory: String,
        /// What the operating system said.
        detail: String,
    },
    /// The operating system refused something. **Handling:** repair the disk or the permissions,
    /// then run it again: it goes on where it stopped.
    #[error("{directory} cannot be archived ({detail}): repair that, then run it again")]
    Io {
        /// The directory.
        directory: String,
        /// What the operating system said.
        detail: String,
    },
}

impl From<DiskError> for ArchiveError {
    fn from(error: DiskError) -> Self {
        let (directory, detail) = (String::new(), error.to_string());
        match error {
            DiskError::NoSpace { .. } => Self::Full { directory, detail },
            DiskError::Locked { holder, .. } => Self::Busy { directory, holder },
            DiskError::NotFound { .. }
            | DiskError::AlreadyExists { .. }
            | DiskError::Failed { .. } => Self::Io { directory, detail },
        }
    }
}

impl From<WalkError> for ArchiveError {
    fn from(error: WalkError) -> Self {
        match error {
            WalkError::Corrupt(corruption) => Self::Damaged(Box::new(corruption)),
            WalkError::TooNew { place, detail } => {
                Self::Io { directory: String::new(), detail: format!("{place}: {detail}") }
            }
            WalkError::Disk(error) => error.into(),
        }
    }
}

impl ArchiveError {
    /// The same, naming the log's directory.
    pub(crate) fn at(self, path: &Path) -> Self {
        let directory = path.display().to_string();
        match self {
            Self::NotALog { detail, .. } => Self::NotALog { directory, detail },
            Self::Busy { holder, .. } => Self::Busy { directory, holder },
            Self::Full { detail, .. } => Self::Full { directory, detail },
            Self::Io { detail, .. } => Self::Io { directory, detail },
            Self::Damaged(mut corruption) => {
                corruption.segment = format!("{directory}/{}", corruption.segment);
                Self::Damaged(corruption)
            }
            Self::ReadBack { place } => Self::ReadBack { place: format!("{directory}/{place}") },
        }
    }
}
