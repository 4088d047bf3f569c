//! Why a backup was not made, and what to do about it.

use core::fmt;
use std::path::Path;

use gatefold_core::record::disk::DiskError;

use crate::anchor::Anchor;
use crate::error::{Corruption, OpenError, WalkError};

/// Where a backup is not what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupDamage {
    /// File, and offset where it is known.
    pub place: String,
    /// What is wrong.
    pub detail: String,
}

impl fmt::Display for BackupDamage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.detail)
    }
}

impl From<WalkError> for BackupDamage {
    fn from(error: WalkError) -> Self {
        match error {
            WalkError::Corrupt(Corruption { segment, offset, label, detail, first, .. }) => Self {
                place: format!("{segment} at offset {offset}"),
                detail: format!("{detail} ({label}), from position {first} on"),
            },
            WalkError::TooNew { place, detail } => Self { place, detail },
            WalkError::Disk(error) => {
                Self { place: "a file".to_owned(), detail: error.to_string() }
            }
        }
    }
}

/// Why a backup was not made. The last finished backup, if there is one, can still be restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is no log to back up. **Handling:** name the directory of a log.
    #[error("{directory} is no log that can be backed up: {detail}")]
    NotALog {
        /// The directory.
        directory: String,
        /// What was found or missing.
        detail: String,
    },
    /// The target holds something that is not a backup. **Handling:** name an empty directory.
    #[error("{directory} holds {found} and is no backup: name an empty or a new directory")]
    NotABackup {
        /// The directory.
        directory: String,
        /// What was found there.
        found: String,
    },
    /// The target is a backup of another log. **Handling:** name another directory.
    #[error("{directory} is a backup of log {theirs}, this is log {ours}: name another directory")]
    OtherLog {
        /// The directory.
        directory: String,
        /// The log that it is a backup of.
        theirs: String,
        /// The log that was to be backed up.
        ours: String,
    },
    /// The log ends before what the backup holds. **Handling:** find out who rolled the log back;
    /// keep the backup, it holds more.
    #[error(
        "the log ends at position {} (group {}), its backup {directory} goes to position {} (group \
         {}): the log was rolled back; keep that backup and use another directory",
        head.position, head.group, backup.position, backup.group
    )]
    RolledBack {
        /// The backup's directory.
        directory: String,
        /// Where the log ends.
        head: Box<Anchor>,
        /// Where the backup ends.
        backup: Box<Anchor>,
    },
    /// The log has another history than the backup. **Handling:** find out which is true; keep
    /// both.
    #[error(
        "the log and its backup {directory} have different histories ({detail}): keep that backup \
         and use another directory"
    )]
    Differs {
        /// The backup's directory.
        directory: String,
        /// Where they differ.
        detail: String,
    },
    /// The log is damaged. **Handling:** restore it from the last backup.
    #[error("the log is damaged: {0}; nothing was backed up: restore it from the last backup")]
    Damaged(Box<Corruption>),
    /// What the backup holds is not what was written to it. **Handling:** run it with `deep`, else
    /// use another disk.
    #[error(
        "the backup {directory} is damaged, {damage}: copy it anew with --deep, or to elsewhere"
    )]
    TargetDamaged {
        /// The backup's directory.
        directory: String,
        /// Where and how.
        damage: BackupDamage,
    },
    /// There is no space for the backup. **Handling:** free space, then run it again: it goes on.
    #[error("no space in {directory} ({detail}): free space, then run it again")]
    Full {
        /// The backup's directory.
        directory: String,
        /// What the operating system said.
        detail: String,
    },
    /// The operating system refused something. **Handling:** repair the disk or the permissions,
    /// then run it again: it goes on.
    #[error("{directory} ({detail}): repair that, then run it again")]
    Io {
        /// The directory, the log's or the backup's.
        directory: String,
        /// What the operating system said.
        detail: String,
    },
}

/// What stands for the directories until they are known.
pub(crate) const FROM: &str = "<from>";
pub(crate) const TO: &str = "<to>";

impl BackupError {
    /// A fault of the log's disk.
    pub(crate) fn source(error: DiskError) -> Self {
        Self::Io { directory: FROM.to_owned(), detail: error.to_string() }
    }

    /// A fault of the backup's disk.
    pub(crate) fn target(error: DiskError) -> Self {
        let (directory, detail) = (TO.to_owned(), error.to_string());
        if matches!(error, DiskError::NoSpace { .. }) {
            Self::Full { directory, detail }
        } else {
            Self::Io { directory, detail }
        }
    }

    /// What is wrong with the log.
    pub(crate) fn log(error: WalkError) -> Self {
        match error {
            WalkError::Corrupt(corruption) => Self::Damaged(Box::new(corruption)),
            WalkError::TooNew { place, detail } => {
                Self::NotALog { directory: FROM.to_owned(), detail: format!("{place}: {detail}") }
            }
            WalkError::Disk(error) => Self::source(error),
        }
    }

    /// What is wrong with the log's root.
    pub(crate) fn root(error: OpenError) -> Self {
        match error {
            OpenError::Corrupt(corruption) => Self::Damaged(corruption),
            OpenError::LockedByOther { .. }
            | OpenError::NotALog { .. }
            | OpenError::FormatTooNew { .. }
            | OpenError::Full { .. }
            | OpenError::Io { .. } => Self::no_log(&error.to_string()),
        }
    }

    pub(crate) fn no_log(detail: &str) -> Self {
        Self::NotALog { directory: FROM.to_owned(), detail: detail.to_owned() }
    }

    pub(crate) fn not_a_backup(found: String) -> Self {
        Self::NotABackup { directory: TO.to_owned(), found }
    }

    pub(crate) fn other_log(theirs: String, ours: String) -> Self {
        Self::OtherLog { directory: TO.to_owned(), theirs, ours }
    }

    pub(crate) fn rolled_back(head: Anchor, backup: Anchor) -> Self {
        let (head, backup) = (Box::new(head), Box::new(backup));
        Self::RolledBack { directory: TO.to_owned(), head, backup }
    }

    pub(crate) fn differs(detail: String) -> Self {
        Self::Differs { directory: TO.to_owned(), detail }
    }

    pub(crate) fn target_damaged(damage: BackupDamage) -> Self {
        Self::TargetDamaged { directory: TO.to_owned(), damage }
    }

    /// The same, naming the directories.
    pub(crate) fn at(mut self, from: &Path, to: &Path) -> Self {
        let directory = match &mut self {
            Self::NotALog { directory, .. }
            | Self::NotABackup { directory, .. }
            | Self::OtherLog { directory, .. }
            | Self::RolledBack { directory, .. }
            | Self::Differs { directory, .. }
            | Self::TargetDamaged { directory, .. }
            | Self::Full { directory, .. }
            | Self::Io { directory, .. } => directory,
            Self::Damaged(corruption) => {
                corruption.segment = format!("{}/{}", from.display(), corruption.segment);
                return self;
            }
        };
        name(directory, from, to);
        self
    }
}

/// Puts a directory's name where something stands for it.
pub(crate) fn name(directory: &mut String, from: &Path, to: &Path) {
    match directory.as_str() {
        FROM => *directory = from.display().to_string(),
        TO => *directory = to.display().to_string(),
        _ => (),
    }
}
