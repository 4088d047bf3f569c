//! Writing snapshots: each is there whole under its name, or not there.

use gatefold_core::record::disk::{Access, Disk, DiskError};
use gatefold_core::record::snapshot::Snapshot;
use gatefold_core::record::{Stream, Version};

use crate::anchor::Anchor;
use crate::archive::Shelf;
use crate::error::WalkError;
use crate::format::bytes::wide;
use crate::format::snapshot::{SnapshotHeader, SnapshotName, key};
use crate::recovery::resume;
use crate::snapshot::load::{names, path};
use crate::snapshot::{KEPT_PER_STREAM, LOCK, SNAPSHOTS, Snapshots};

/// While it is written, a file has this behind its name.
const UNFINISHED: &str = ".new";

/// A snapshot that was written and is durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedSnapshot {
    /// The file, relative to the log's directory.
    pub file: String,
    /// Whose state it holds.
    pub stream: Stream,
    /// How many events of the stream are folded into it.
    pub version: Version,
    /// Bytes of the file.
    pub bytes: u64,
}

/// Why snapshots were not written. The log is as it was, and so are the snapshots before.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotSaveError {
    /// **Handling:** a bug in the caller: take the anchor and the snapshots from one reader.
    #[error("the snapshots were not taken where the anchor is ({detail})")]
    Elsewhere {
        /// What contradicts what.
        detail: String,
    },
    /// **Handling:** none is needed; somebody else is writing snapshots now.
    #[error("snapshots are being written by {holder} already")]
    Busy {
        /// Who, as far as can be known.
        holder: String,
    },
    /// **Handling:** free space; until then starting takes longer.
    #[error("there is no space for snapshots ({detail}): free space")]
    Full {
        /// What was tried, and what the operating system said.
        detail: String,
    },
    /// **Handling:** repair the disk or the permissions; until then starting takes longer.
    #[error("snapshots cannot be written ({detail}): repair the disk or the permissions")]
    Io {
        /// What was tried, and what the operating system said.
        detail: String,
    },
}

impl From<DiskError> for SnapshotSaveError {
    fn from(error: DiskError) -> Self {
        let detail = error.to_string();
        match error {
            DiskError::NoSpace { .. } => Self::Full { detail },
            DiskError::Locked { holder, .. } => Self::Busy { holder },
            DiskError::NotFound { .. }
            | DiskError::AlreadyExists { .. }
            | DiskError::Failed { .. } => Self::Io { detail },
        }
    }
}

impl<D: Disk> Snapshots<D> {
    /// Writes snapshots that were all taken where the log was at `at`, and keeps the two newest of
    /// each stream. The first is written last: it is the one that names the others.
    ///
    /// # Errors
    /// As [`SnapshotSaveError`] says.
    pub fn save(
        &self,
        at: &Anchor,
        snapshots: &[Snapshot],
    ) -> Result<Vec<SavedSnapshot>, SnapshotSaveError> {
        if at.uuid != self.root.uuid {
            return Err(SnapshotSaveError::Elsewhere { detail: "another log".to_owned() });
        }
        if let Some(other) = snapshots.iter().find(|it| it.position != at.position) {
            let detail = format!("position {} and {}", other.position, at.position);
            return Err(SnapshotSaveError::Elsewhere { detail });
        }
        self.disk.create_dir(SNAPSHOTS)?;
        self.disk.sync_dir("")?;
        let _lock = self.disk.lock(LOCK)?;
        let saved: Result<Vec<_>, DiskError> =
            snapshots.iter().rev().map(|snapshot| self.write(at, snapshot)).collect();
        let mut saved = saved?;
        // The new ones are durable before the old ones go.
        self.disk.sync_dir(SNAPSHOTS)?;
        self.tidy(snapshots)?;
        self.leave_checkpoint(at)?;
        saved.reverse();
        Ok(saved)
    }

    /// So that the next opening need not walk what is before the snapshots.
    fn leave_checkpoint(&self, at: &Anchor) -> Result<(), SnapshotSaveError> {
        match resume::leave(&Shelf::new(&self.disk), &self.disk, &self.root, at) {
            Ok(_) => Ok(()),
            // The writer may be at work on what looks damaged; if it is damaged, the next opening
            // finds it, which has no checkpoint to go on from.
            Err(WalkError::Corrupt(_) | WalkError::TooNew { .. }) => Ok(()),
            Err(WalkError::Disk(error)) => Err(error.into()),
        }
    }

    fn write(&self, at: &Anchor, snapshot: &Snapshot) -> Result<SavedSnapshot, DiskError> {
        let header = SnapshotHeader {
            uuid: at.uuid,
            version: snapshot.version.get(),
            position: at.position.get(),
            group: at.group,
            digest: at.digest,
            reducer: snapshot.reducer,
            stream: snapshot.stream.to_string(),
        };
        let bytes = header.encode(&snapshot.bytes);
        let name = path(&SnapshotName::of(&snapshot.stream, snapshot.version));
        let unfinished = format!("{name}{UNFINISHED}");
        let file = match self.disk.create(&unfinished) {
            Err(DiskError::AlreadyExists { .. }) => {
                let file = self.disk.open(&unfinished, Access::Write)?;
                self.disk.set_len(&file, 0)?;
                file
            }
            created => created?,
        };
        self.disk.write_at(&file, 0, &bytes)?;
        self.disk.sync_data(&file)?;
        self.disk.rename(&unfinished, &name)?;
        let (stream, version) = (snapshot.stream, snapshot.version);
        Ok(SavedSnapshot { file: name, stream, version, bytes: wide(bytes.len()) })
    }

    /// Takes away what is no longer needed: all but the newest of each stream, those that claim to
    /// be of what the log had not yet, which are of another history, and what was not finished.
    fn tidy(&self, saved: &[Snapshot]) -> Result<(), DiskError> {
        let names = names(&self.disk)?;
        let mut gone = 0_usize;
        let mut remove = |file: &str| {
            gone += 1;
            self.disk.remove(file)
        };
        for snapshot in saved {
            let (key, newest) = (key(&snapshot.stream), snapshot.version.get());
            let own = names.iter().rev().filter(|name| name.key == key);
            let (ahead, sound): (Vec<_>, Vec<_>) = own.partition(|name| name.version > newest);
            for name in ahead.into_iter().chain(sound.into_iter().skip(KEPT_PER_STREAM)) {
                remove(&path(name))?;
            }
        }
        for file in self.disk.list(SNAPSHOTS)? {
            if file.ends_with(UNFINISHED) {
                remove(&format!("{SNAPSHOTS}/{file}"))?;
            }
        }
        if gone > 0 { self.disk.sync_dir(SNAPSHOTS) } else { Ok(()) }
    }
}
