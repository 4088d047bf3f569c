//! What can be wrong with a log's directory, and what to do about it.

use core::fmt;
use std::path::Path;

use gatefold_core::record::disk::DiskError;
use gatefold_core::record::{Position, ReadError};

use crate::recovery::decide::Label;

/// Where acknowledged bytes are not what they were, and which events are affected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Corruption {
    /// The segment's file, relative to the log's directory.
    pub segment: String,
    /// Offset of the first byte that cannot be trusted.
    pub offset: u64,
    /// Which rule of recovery said so.
    pub label: Label,
    /// The first position that is affected; everything before it is sound.
    pub first: Position,
    /// The first position after it that a later sound group begins with, if there is one.
    pub until: Option<Position>,
    /// What is wrong.
    pub detail: String,
}

impl fmt::Display for Corruption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { segment, offset, label, first, until, detail } = self;
        write!(
            f,
            "{segment} at offset {offset} ({label}): {detail}; affected from position {first}"
        )?;
        match until {
            Some(until) => write!(f, ", sound groups go on from position {until}"),
            None => f.write_str(" on"),
        }
    }
}

/// Why a log could not be opened. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process writes this log. **Handling:** stop that process; reading needs no lock.
    #[error("{directory} is written by {holder}: stop it first, or open the log for reading only")]
    LockedByOther {
        /// The log's directory.
        directory: String,
        /// The process, as far as can be known.
        holder: String,
    },
    /// The directory holds something else. **Handling:** name another directory.
    #[error("{directory} is not a gatefold log ({detail}): name an empty or a new directory")]
    NotALog {
        /// The directory.
        directory: String,
        /// What was found or missing.
        detail: String,
    },
    /// A later version wrote it. **Handling:** use that version, or a later one.
    #[error("{place} was written by a later version ({detail}): use that version of gatefold")]
    FormatTooNew {
        /// File and offset.
        place: String,
        /// What this version does not know.
        detail: String,
    },
    /// Acknowledged bytes have changed. **Handling:** restore from a backup; the log is never
    /// shortened by itself.
    #[error("the log is damaged: {0}; nothing was changed: restore it from a backup")]
    Corrupt(Box<Corruption>),
    /// There is no space for the writer's first entry. **Handling:** free space, then try again.
    #[error("the log cannot be opened for writing, the disk is full ({detail}): free space")]
    Full {
        /// Where and what the operating system said.
        detail: String,
    },
    /// The operating system refused something. **Handling:** repair the disk or the permissions,
    /// then open again: opening is safe to repeat.
    #[error("the log cannot be opened ({detail}): repair the disk or the permissions, then retry")]
    Io {
        /// File and what the operating system said.
        detail: String,
    },
}

impl OpenError {
    /// The same, naming the log's directory.
    pub(crate) fn at(self, path: &Path) -> Self {
        let directory = path.display().to_string();
        match self {
            Self::LockedByOther { holder, .. } => Self::LockedByOther { directory, holder },
            Self::NotALog { detail, .. } => Self::NotALog { directory, detail },
            Self::FormatTooNew { place, detail } => {
                Self::FormatTooNew { place: format!("{directory}/{place}"), detail }
            }
            Self::Corrupt(mut corruption) => {
                corruption.segment = format!("{directory}/{}", corruption.segment);
                Self::Corrupt(corruption)
            }
            Self::Full { detail } => Self::Full { detail: format!("in {directory}: {detail}") },
            Self::Io { detail } => Self::Io { detail: format!("in {directory}: {detail}") },
        }
    }
}

/// What can go wrong while the bytes of a log are walked.
#[derive(Debug)]
pub(crate) enum WalkError {
    Corrupt(Corruption),
    TooNew { place: String, detail: String },
    Disk(DiskError),
}

impl From<DiskError> for WalkError {
    fn from(error: DiskError) -> Self {
        Self::Disk(error)
    }
}

impl From<Corruption> for WalkError {
    fn from(corruption: Corruption) -> Self {
        Self::Corrupt(corruption)
    }
}

impl From<DiskError> for OpenError {
    fn from(error: DiskError) -> Self {
        let detail = error.to_string();
        match error {
            DiskError::NoSpace { .. } => Self::Full { detail },
            DiskError::Locked { path, holder } => Self::LockedByOther { directory: path, holder },
            DiskError::NotFound { .. }
            | DiskError::AlreadyExists { .. }
            | DiskError::Failed { .. } => Self::Io { detail },
        }
    }
}

impl From<WalkError> for OpenError {
    fn from(error: WalkError) -> Self {
        match error {
            WalkError::Corrupt(corruption) => Self::Corrupt(Box::new(corruption)),
            WalkError::TooNew { place, detail } => Self::FormatTooNew { place, detail },
            WalkError::Disk(error) => Self::from(error),
        }
    }
}

impl From<WalkError> for ReadError {
    fn from(error: WalkError) -> Self {
        match error {
            WalkError::Corrupt(corruption) => Self::Corrupt {
                place: format!("{} offset {}", corruption.segment, corruption.offset),
                detail: corruption.to_string(),
            },
            WalkError::TooNew { place, detail } => Self::Corrupt { place, detail },
            WalkError::Disk(error) => {
                Self::Io { place: "the log's directory".to_owned(), detail: error.to_string() }
            }
        }
    }
}
