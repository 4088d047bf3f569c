//! A disk in memory that loses what a real disk may lose: the seam through which a log's recovery
//! is tested.
//!
//! Every handle that a test makes shares one disk. A kill or a loss of power ends all handles and
//! gives a new one, as a new process would have.

mod image;
mod operations;

use std::collections::BTreeSet;
use std::sync::Arc;

use gatefold_core::record::disk::{Access, DiskError};
use parking_lot::Mutex;

use image::Image;
use operations::failed;

/// What survives a loss of power of all that was written and not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Nothing.
    Nothing,
    /// Everything.
    Everything,
    /// Any subset of sectors, lengths and names; the seed decides which.
    Some(u64),
}

/// What is to go wrong, counted from 1 since the faults were set or the disk was restarted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// The power is lost during this operation that changes something.
    pub crash_at: Option<u64>,
    /// This sync fails, and what it was to make durable is lost without a further word.
    pub sync_fails_at: Option<u64>,
    /// This operation that may need space finds none; half of its bytes are written.
    pub no_space_at: Option<u64>,
    /// This read fails.
    pub read_fails_at: Option<u64>,
    /// The fault goes on for ever, rather than happening once.
    pub forever: bool,
}

/// How often what was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Operations that change something, syncs included.
    pub changes: u64,
    /// Syncs of files and directories.
    pub syncs: u64,
    /// Operations that may need space.
    pub writes: u64,
    /// Reads.
    pub reads: u64,
}

/// A handle to a disk in memory.
#[derive(Clone, Debug, Default)]
pub struct SimDisk {
    shared: Arc<Mutex<Shared>>,
    generation: u64,
}

/// An open file of a [`SimDisk`].
#[derive(Debug)]
pub struct SimFile {
    path: String,
    number: usize,
    generation: u64,
    access: Access,
}

/// The lock of a [`SimDisk`].
#[derive(Debug)]
pub struct SimLock {
    shared: Arc<Mutex<Shared>>,
    generation: u64,
    path: String,
}

#[derive(Debug, Default)]
struct Shared {
    image: Image,
    generation: u64,
    crashed: bool,
    locked: BTreeSet<String>,
    faults: Faults,
    counts: Counts,
}

impl SimDisk {
    /// Sets what is to go wrong, and counts from now on.
    pub fn set_faults(&self, faults: Faults) {
        let mut shared = self.shared.lock();
        shared.faults = faults;
        shared.counts = Counts::default();
    }

    /// What was done since the faults were set or the disk was restarted.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.shared.lock().counts
    }

    /// The power was lost during an operation.
    #[must_use]
    pub fn has_crashed(&self) -> bool {
        self.shared.lock().crashed
    }

    /// The process was killed: all handles end, the operating system keeps everything.
    #[must_use]
    pub fn killed(&self) -> Self {
        self.next_generation()
    }

    /// The power was lost: all handles end, and what was not synced survives as `keep` says.
    #[must_use]
    pub fn lost_power(&self, keep: Keep) -> Self {
        let mut chance = match keep {
            Keep::Nothing | Keep::Everything => 0,
            Keep::Some(seed) => seed,
        };
        self.shared.lock().image.lose_power(&mut || match keep {
            Keep::Nothing => false,
            Keep::Everything => true,
            Keep::Some(_) => flip(&mut chance),
        });
        self.next_generation()
    }

    fn next_generation(&self) -> Self {
        let mut shared = self.shared.lock();
        shared.generation += 1;
        shared.crashed = false;
        shared.locked.clear();
        shared.faults = Faults::default();
        shared.counts = Counts::default();
        Self { shared: Arc::clone(&self.shared), generation: shared.generation }
    }

    /// A disk of its own with the same durable content.
    #[must_use]
    pub fn copy(&self) -> Self {
        let image = self.shared.lock().image.clone();
        let shared = Shared { image, ..Shared::default() };
        Self { shared: Arc::new(Mutex::new(shared)), generation: 0 }
    }

    /// The paths of all files, sorted.
    #[must_use]
    pub fn paths(&self) -> Vec<String> {
        self.shared.lock().image.paths()
    }

    /// A file's bytes as a reader sees them.
    #[must_use]
    pub fn bytes(&self, path: &str) -> Option<Vec<u8>> {
        let shared = self.shared.lock();
        let number = shared.image.file_at(path)?;
        Some(shared.image.view(number).to_vec())
    }

    /// Changes a file behind everybody's back, durably: rot or tampering. A file that is not there
    /// is made.
    pub fn tamper(&self, path: &str, change: impl FnOnce(&mut Vec<u8>)) {
        self.shared.lock().image.tamper(path, change);
    }

    /// Removes a file behind everybody's back, durably.
    pub fn remove(&self, path: &str) {
        self.shared.lock().image.remove(path);
    }
}

/// A coin from a SplitMix64 generator.
fn flip(state: &mut u64) -> bool {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed >> 63 == 1
}

impl Shared {
    /// Only the newest generation of handles is alive, and only until the power is lost.
    fn alive(&self, path: &str, generation: u64) -> Result<(), DiskError> {
        let alive = !self.crashed && generation == self.generation;
        if alive { Ok(()) } else { Err(failed(path, "the process is gone")) }
    }

    fn hits(&self, at: Option<u64>, count: u64) -> bool {
        at.is_some_and(|at| count == at || (self.faults.forever && count > at))
    }

    /// Counts a change; true if the power is lost during it.
    fn change(&mut self, path: &str, generation: u64) -> Result<bool, DiskError> {
        self.alive(path, generation)?;
        self.counts.changes += 1;
        self.crashed = self.hits(self.faults.crash_at, self.counts.changes);
        Ok(self.crashed)
    }

    /// Counts an operation that may need space; true if there is none.
    fn needs_space(&mut self) -> bool {
        self.counts.writes += 1;
        self.hits(self.faults.no_space_at, self.counts.writes)
    }

    /// Counts a sync; true if it fails.
    fn sync(&mut self) -> bool {
        self.counts.syncs += 1;
        self.hits(self.faults.sync_fails_at, self.counts.syncs)
    }

    fn end(&self, path: &str, crash: bool) -> Result<(), DiskError> {
        if crash { self.alive(path, self.generation) } else { Ok(()) }
    }
}

impl Drop for SimLock {
    fn drop(&mut self) {
        let mut shared = self.shared.lock();
        if shared.generation == self.generation {
            shared.locked.remove(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use gatefold_core::record::disk::Disk;

    use super::*;

    fn one_file(disk: &SimDisk) -> SimFile {
        let file = disk.create("file").unwrap();
        disk.write_at(&file, 0, &[1; 1_024]).unwrap();
        disk.sync_data(&file).unwrap();
        disk.sync_dir("").unwrap();
        file
    }

    #[test]
    fn what_is_synced_survives_and_what_is_not_may_not() {
        let disk = SimDisk::default();
        let file = one_file(&disk);
        disk.write_at(&file, 0, &[2; 1_024]).unwrap();
        disk.create("other").unwrap();
        let mut seen = std::collections::BTreeSet::new();
        for seed in 0..64 {
            let after = disk.copy().lost_power(Keep::Some(seed));
            let bytes = after.bytes("file").unwrap();
            assert!(bytes.chunks(512).all(|sector| sector.iter().all(|it| *it == sector[0])));
            seen.insert((bytes[0], bytes[512], after.bytes("other").is_some()));
        }
        assert_eq!(seen.len(), 8, "every subset of two sectors and a name: {seen:?}");
        let nothing = disk.copy().lost_power(Keep::Nothing);
        assert_eq!(nothing.bytes("file"), Some(vec![1; 1_024]));
        assert_eq!(disk.killed().bytes("file"), Some(vec![2; 1_024]));
    }

    #[test]
    fn a_removed_name_may_come_back_until_its_directory_is_synced() {
        let disk = SimDisk::default();
        one_file(&disk);
        Disk::remove(&disk, "file").unwrap();
        assert!(disk.copy().lost_power(Keep::Nothing).bytes("file").is_some());
        disk.sync_dir("").unwrap();
        assert!(disk.lost_power(Keep::Nothing).bytes("file").is_none());
    }

    #[test]
    fn a_failed_sync_loses_in_silence_what_it_was_to_keep() {
        let disk = SimDisk::default();
        let file = one_file(&disk);
        disk.write_at(&file, 0, &[2; 512]).unwrap();
        disk.set_faults(Faults { sync_fails_at: Some(1), ..Faults::default() });
        assert!(disk.sync_data(&file).is_err());
        assert!(disk.sync_data(&file).is_ok());
        assert_eq!(disk.bytes("file").unwrap()[0], 2, "the system shows it");
        assert_eq!(disk.lost_power(Keep::Everything).bytes("file").unwrap()[0], 1);
    }

    #[test]
    fn after_the_power_is_lost_old_handles_are_dead_and_the_lock_is_free() {
        let disk = SimDisk::default();
        let file = one_file(&disk);
        let _lock = disk.lock("LOCK").unwrap();
        assert!(matches!(disk.lock("LOCK"), Err(DiskError::Locked { .. })));
        disk.set_faults(Faults { crash_at: Some(2), ..Faults::default() });
        assert!(disk.write_at(&file, 0, &[3]).is_ok());
        assert!(disk.write_at(&file, 0, &[4]).is_err());
        assert!(disk.has_crashed() && disk.list("").is_err());
        let after = disk.lost_power(Keep::Nothing);
        assert!(after.lock("LOCK").is_ok());
        assert!(disk.write_at(&file, 0, &[5]).is_err(), "a handle of the process that is gone");
    }
}
