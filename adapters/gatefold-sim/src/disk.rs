//! A disk in memory that loses what a real disk may lose: the seam through which a log's recovery
//! is tested.
//!
//! Every handle that a test makes shares one disk. A kill or a loss of power ends all handles and
//! gives a new one, as a new process would have.

mod faults;
mod image;
mod operations;

use std::collections::BTreeSet;
use std::sync::Arc;

use gatefold_core::record::disk::{Access, DiskError};
use parking_lot::Mutex;

pub use faults::{Counts, Faults, Held};
use faults::{Door, Landing};
use image::{Image, Pending};
use operations::failed;

/// What survives a loss of power of all that was written and not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Nothing.
    Nothing,
    /// Everything.
    Everything,
    /// All names and nothing that was written under them.
    Names,
    /// All that was written and no name.
    Contents,
    /// Any subset of sectors, lengths and names; the seed decides which.
    Some(u64),
}

/// A handle to a disk in memory.
#[derive(Clone, Debug, Default)]
pub struct SimDisk {
    shared: Arc<Mutex<Shared>>,
    door: Arc<Door>,
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

    /// Holds every sync until the answer is dropped: a disk that does not answer.
    #[must_use]
    pub fn hold_syncs(&self) -> Held {
        self.door.close();
        Held { door: Arc::clone(&self.door) }
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
            Keep::Nothing | Keep::Everything | Keep::Names | Keep::Contents => 0,
            Keep::Some(seed) => seed,
        };
        self.shared.lock().image.lose_power(&mut |what| match keep {
            Keep::Nothing => false,
            Keep::Everything => true,
            Keep::Names => what == Pending::Name,
            Keep::Contents => what == Pending::Content,
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
        let door = Arc::clone(&self.door);
        Self { shared: Arc::clone(&self.shared), door, generation: shared.generation }
    }

    /// A disk of its own with the same durable content.
    #[must_use]
    pub fn copy(&self) -> Self {
        let image = self.shared.lock().image.clone();
        let shared = Shared { image, ..Shared::default() };
        let shared = Arc::new(Mutex::new(shared));
        Self { shared, door: Arc::default(), generation: 0 }
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

    /// Counts a look at a name or a length.
    fn look(&mut self, path: &str, generation: u64) -> Result<(), DiskError> {
        self.alive(path, generation)?;
        self.counts.looks += 1;
        if self.faults.hits(self.faults.look_fails_at, self.counts.looks) {
            return Err(failed(path, "simulated I/O error"));
        }
        Ok(())
    }

    /// Counts a change.
    fn change(&mut self, path: &str, generation: u64) -> Result<Fate, DiskError> {
        self.alive(path, generation)?;
        self.counts.changes += 1;
        self.crashed = self.faults.hits(self.faults.crash_at, self.counts.changes);
        let fails = self.faults.hits(self.faults.change_fails_at, self.counts.changes);
        Ok(match (self.crashed, fails) {
            (true, _) => Fate::Crash,
            (false, true) => Fate::Fail,
            (false, false) => Fate::Go,
        })
    }

    /// Counts a change that may need space; the fault to answer with, if there is one.
    fn change_in_space(&mut self, path: &str, generation: u64) -> Result<bool, DiskError> {
        let fate = self.change(path, generation)?;
        self.counts.writes += 1;
        if self.faults.hits(self.faults.no_space_at, self.counts.writes) {
            return Err(operations::no_space(path));
        }
        if fate == Fate::Fail {
            return Err(failed(path, "simulated I/O error"));
        }
        Ok(fate == Fate::Crash)
    }

    /// Counts a write of bytes and says where they go.
    fn landing(&mut self) -> Landing {
        self.counts.stores += 1;
        self.faults.landing(self.counts.stores)
    }

    /// Counts a sync; true if it fails.
    fn sync(&mut self) -> bool {
        self.counts.syncs += 1;
        self.faults.hits(self.faults.sync_fails_at, self.counts.syncs)
    }

    fn end(&self, path: &str, crash: bool) -> Result<(), DiskError> {
        if crash { self.alive(path, self.generation) } else { Ok(()) }
    }
}

/// What becomes of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Go,
    Fail,
    /// The power is lost while it happens.
    Crash,
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
    fn a_lost_write_is_shown_until_the_power_is_lost() {
        let disk = SimDisk::default();
        let file = one_file(&disk);
        disk.set_faults(Faults { lost_write_at: Some(2), ..Faults::default() });
        disk.write_at(&file, 0, &[2; 512]).unwrap();
        disk.write_at(&file, 512, &[3; 512]).unwrap();
        disk.sync_data(&file).unwrap();
        assert_eq!(disk.bytes("file").unwrap()[512], 3);
        let bytes = disk.lost_power(Keep::Everything).bytes("file").unwrap();
        assert_eq!((bytes[0], bytes[512]), (2, 1));
    }

    #[test]
    fn a_misdirected_write_lands_elsewhere() {
        let disk = SimDisk::default();
        let file = one_file(&disk);
        disk.set_faults(Faults { misdirected_write_at: Some((1, 512)), ..Faults::default() });
        disk.write_at(&file, 0, &[2; 512]).unwrap();
        disk.sync_data(&file).unwrap();
        assert_eq!(disk.bytes("file").unwrap()[0], 2);
        let bytes = disk.lost_power(Keep::Nothing).bytes("file").unwrap();
        assert_eq!((bytes[0], bytes[512]), (1, 2));
    }

    #[test]
    fn a_fault_of_any_operation_happens_at_its_call() {
        let disk = SimDisk::default();
        let file = one_file(&disk);
        let (change_fails_at, look_fails_at) = (Some(2), Some(1));
        let (read_fails_at, short_read_at) = (Some(1), Some(2));
        disk.set_faults(Faults {
            change_fails_at,
            look_fails_at,
            read_fails_at,
            short_read_at,
            ..Faults::default()
        });
        assert!(disk.write_at(&file, 0, &[2; 1_024]).is_ok());
        assert!(disk.write_at(&file, 0, &[3; 1_024]).is_err());
        assert_eq!(disk.bytes("file").unwrap(), [[3; 512], [2; 512]].concat());
        assert!(disk.size(&file).is_err() && disk.size(&file).is_ok());
        let mut buffer = [0; 100];
        assert!(disk.read_at(&file, 0, &mut buffer).is_err());
        assert_eq!(disk.read_at(&file, 0, &mut buffer), Ok(50));
        assert_eq!(disk.read_at(&file, 0, &mut buffer), Ok(100));
    }

    #[test]
    fn syncs_are_held_until_they_are_let_go() {
        let disk = SimDisk::default();
        let file = one_file(&disk);
        let held = disk.hold_syncs();
        let other = disk.clone();
        let syncing = std::thread::spawn(move || other.sync_data(&file));
        assert!(held.is_reached_within(std::time::Duration::from_secs(60)));
        assert!(!syncing.is_finished());
        drop(held);
        assert_eq!(syncing.join().unwrap(), Ok(()));
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
