//! Why a backup was not restored, and what to do about it.

use std::path::Path;

use gatefold_core::record::disk::DiskError;

use crate::anchor::Anchor;
use crate::backup::error::{BackupDamage, FROM, TO, name};
use crate::backup::restore::Expected;

/// Why a backup was not restored. There is no log in the target.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// There is no finished backup. **Handling:** name the directory of a backup.
    #[error("{directory} is no finished backup ({detail}): name the directory of one")]
    NotABackup {
        /// The directory.
        directory: String,
        /// What was found or missing.
        detail: String,
    },
    /// The target holds something. **Handling:** name an empty directory.
    #[error("{directory} holds {found}: restore to an empty or a new directory")]
    NotEmpty {
        /// The directory.
        directory: String,
        /// What was found there.
        found: String,
    },
    /// The backup ends elsewhere than expected. **Handling:** find the backup that fits, or find
    /// out who changed the line or the backup.
    #[error(
        "the backup ends at {found}, expected was {expected}: it is not the one that is asked for"
    )]
    OtherHead {
        /// Where the backup ends.
        found: Box<Anchor>,
        /// What was expected.
        expected: Box<Expected>,
    },
    /// The backup has changed since it was made. **Handling:** use another backup; what is sound of
    /// this one can be salvaged.
    #[error("the backup {directory} is damaged, {damage}: use another backup, or salvage this one")]
    Damaged {
        /// The backup's directory.
        directory: String,
        /// Where and how.
        damage: BackupDamage,
    },
    /// What was restored does not read back as it was written. **Handling:** restore to another
    /// disk.
    #[error("{directory} does not hold what was written, {damage}: restore to another disk")]
    ReadBack {
        /// The target.
        directory: String,
        /// Where and how.
        damage: BackupDamage,
    },
    /// There is no space for the log. **Handling:** free space, then run it again.
    #[error("no space in {directory} ({detail}): free space, then run it again")]
    Full {
        /// The target.
        directory: String,
        /// What the operating system said.
        detail: String,
    },
    /// The operating system refused something. **Handling:** repair the disk or the permissions,
    /// then run it again.
    #[error("{directory} ({detail}): repair that, then run it again")]
    Io {
        /// The directory, the backup's or the target.
        directory: String,
        /// What the operating system said.
        detail: String,
    },
}

impl RestoreError {
    /// A fault of the backup's disk.
    pub(crate) fn source(error: DiskError) -> Self {
        Self::Io { directory: FROM.to_owned(), detail: error.to_string() }
    }

    /// A fault of the target's disk.
    pub(crate) fn target(error: DiskError) -> Self {
        let (directory, detail) = (TO.to_owned(), error.to_string());
        if matches!(error, DiskError::NoSpace { .. }) {
            Self::Full { directory, detail }
        } else {
            Self::Io { directory, detail }
        }
    }

    pub(crate) fn no_backup(detail: String) -> Self {
        Self::NotABackup { directory: FROM.to_owned(), detail }
    }

    pub(crate) fn not_empty(found: String) -> Self {
        Self::NotEmpty { directory: TO.to_owned(), found }
    }

    pub(crate) fn damaged(damage: BackupDamage) -> Self {
        Self::Damaged { directory: FROM.to_owned(), damage }
    }

    pub(crate) fn read_back(damage: BackupDamage) -> Self {
        Self::ReadBack { directory: TO.to_owned(), damage }
    }

    /// The same, naming the directories.
    pub(crate) fn at(mut self, from: &Path, to: &Path) -> Self {
        match &mut self {
            Self::NotABackup { directory, .. }
            | Self::NotEmpty { directory, .. }
            | Self::Damaged { directory, .. }
            | Self::ReadBack { directory, .. }
            | Self::Full { directory, .. }
            | Self::Io { directory, .. } => name(directory, from, to),
            Self::OtherHead { .. } => (),
        }
        self
    }
}
