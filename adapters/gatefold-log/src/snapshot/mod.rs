//! Snapshots of folded state, kept beside the log in `snap/`: a way to start in less time, and
//! never another answer.
//!
//! `save` writes them, whole or not at all; `load` offers those that fit the log; `fit` finds out
//! what the chain was where one was taken. Losing the directory loses nothing but time.

mod fit;
mod load;
mod save;

use core::fmt;
use std::path::Path;

use gatefold_core::record::disk::Disk;

use crate::error::OpenError;
use crate::format::Digest;
use crate::format::root::Root;
use crate::open::read_root;
use crate::os_disk::OsDisk;

pub use load::StoredSnapshot;
pub use save::{SavedSnapshot, SnapshotSaveError};

/// Where snapshots are kept, relative to the log's directory.
pub(crate) const SNAPSHOTS: &str = "snap";
/// Who holds it writes snapshots.
const LOCK: &str = "snap/LOCK";
/// So many snapshots of a stream are kept: if the newest is damaged, the one before serves.
const KEPT_PER_STREAM: usize = 2;

/// The snapshots of one log.
///
/// Works beside a writer: a snapshot is of what was durable, and takes no lock of the log.
pub struct Snapshots<D: Disk = OsDisk> {
    disk: D,
    root: Root,
    refused: Vec<RefusedSnapshot>,
    /// The chain after the group that was asked for last.
    known: Option<(Place, Option<Digest>)>,
}

/// A place in the log: a group, and the position of the last event up to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    group: u64,
    position: u64,
}

/// A snapshot that was left aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedSnapshot {
    /// The file, relative to the log's directory.
    pub file: String,
    /// Why.
    pub reason: String,
}

impl fmt::Display for RefusedSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, reason } = self;
        write!(f, "snapshot {file} is left aside, {reason}; the log is folded instead")
    }
}

impl Snapshots<OsDisk> {
    /// The snapshots of the log in `directory`.
    ///
    /// # Errors
    /// As [`OpenError`] says: there is no log.
    pub fn open(directory: &Path) -> Result<Self, OpenError> {
        Self::open_on(OsDisk::new(directory)).map_err(|error| error.at(directory))
    }
}

impl<D: Disk> Snapshots<D> {
    /// The snapshots of the log on `disk`.
    ///
    /// # Errors
    /// As [`OpenError`] says: there is no log.
    pub fn open_on(disk: D) -> Result<Self, OpenError> {
        let missing = || OpenError::NotALog {
            directory: String::new(),
            detail: "there is no file FORMAT".to_owned(),
        };
        let root = read_root(&disk)?.ok_or_else(missing)?;
        Ok(Self { disk, root, refused: Vec::new(), known: None })
    }

    /// The snapshots that were left aside since it was opened.
    #[must_use]
    pub fn refused(&self) -> &[RefusedSnapshot] {
        &self.refused
    }
}
