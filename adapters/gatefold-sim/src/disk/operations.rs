//! A simulated disk as a log sees it: every operation counted, and failed where the faults say so.

use std::sync::Arc;

use gatefold_core::record::disk::{Access, Disk, DiskError};

use super::{Fate, Landing, Shared, SimDisk, SimFile, SimLock};

pub(super) fn failed(path: &str, detail: &str) -> DiskError {
    DiskError::Failed { path: path.to_owned(), detail: detail.to_owned() }
}

pub(super) fn no_space(path: &str) -> DiskError {
    let detail = "no space left on the simulated device".to_owned();
    DiskError::NoSpace { path: path.to_owned(), detail }
}

impl SimDisk {
    /// Every sync goes through the door, and takes its time.
    fn wait_for_the_sync(&self) {
        self.door.pass();
        let takes = self.shared.lock().faults.sync_takes;
        if !takes.is_zero() {
            std::thread::sleep(takes);
        }
    }

    fn handle(&self, path: &str, number: usize, access: Access) -> SimFile {
        SimFile { path: path.to_owned(), number, generation: self.generation, access }
    }
}

fn writable(file: &SimFile) -> Result<(), DiskError> {
    match file.access {
        Access::Write => Ok(()),
        Access::Read => Err(failed(&file.path, "opened for reading only")),
    }
}

impl Disk for SimDisk {
    type File = SimFile;
    type Lock = SimLock;

    fn create(&self, path: &str) -> Result<SimFile, DiskError> {
        let mut shared = self.shared.lock();
        if shared.image.exists(path) {
            shared.alive(path, self.generation)?;
            return Err(DiskError::AlreadyExists { path: path.to_owned() });
        }
        let crash = shared.change_in_space(path, self.generation)?;
        let number = shared.image.create_file(path)?;
        shared.end(path, crash)?;
        Ok(self.handle(path, number, Access::Write))
    }

    fn open(&self, path: &str, access: Access) -> Result<SimFile, DiskError> {
        let mut shared = self.shared.lock();
        shared.look(path, self.generation)?;
        let number = shared.image.file_at(path);
        let number = number.ok_or_else(|| DiskError::NotFound { path: path.to_owned() })?;
        Ok(self.handle(path, number, access))
    }

    fn size(&self, file: &SimFile) -> Result<u64, DiskError> {
        let mut shared = self.shared.lock();
        shared.look(&file.path, file.generation)?;
        Ok(u64::try_from(shared.image.view(file.number).len()).unwrap_or(u64::MAX))
    }

    fn read_at(&self, file: &SimFile, offset: u64, buffer: &mut [u8]) -> Result<usize, DiskError> {
        let mut shared = self.shared.lock();
        shared.alive(&file.path, file.generation)?;
        shared.counts.reads += 1;
        let Shared { faults, counts, .. } = &*shared;
        if faults.hits(faults.read_fails_at, counts.reads) {
            return Err(failed(&file.path, "simulated I/O error while reading"));
        }
        let short = faults.hits(faults.short_read_at, counts.reads);
        let view = shared.image.view(file.number);
        let from = usize::try_from(offset).unwrap_or(usize::MAX).min(view.len());
        let count = buffer.len().min(view.len() - from) / if short { 2 } else { 1 };
        buffer[..count].copy_from_slice(&view[from..from + count]);
        Ok(count)
    }

    fn write_at(&self, file: &SimFile, offset: u64, bytes: &[u8]) -> Result<(), DiskError> {
        let mut shared = self.shared.lock();
        writable(file)?;
        shared.alive(&file.path, file.generation)?;
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        let landing = shared.landing();
        match shared.change_in_space(&file.path, file.generation) {
            Ok(crash) => {
                shared.image.write(file.number, offset, bytes, landing);
                shared.end(&file.path, crash)
            }
            Err(error) => {
                let half = &bytes[..bytes.len() / 2];
                shared.image.write(file.number, offset, half, Landing::Here);
                Err(error)
            }
        }
    }

    fn set_len(&self, file: &SimFile, length: u64) -> Result<(), DiskError> {
        let mut shared = self.shared.lock();
        writable(file)?;
        let crash = shared.change_in_space(&file.path, file.generation)?;
        shared.image.set_len(file.number, usize::try_from(length).unwrap_or(usize::MAX));
        shared.end(&file.path, crash)
    }

    fn sync_data(&self, file: &SimFile) -> Result<(), DiskError> {
        self.wait_for_the_sync();
        let mut shared = self.shared.lock();
        let fate = shared.change(&file.path, file.generation)?;
        shared.end(&file.path, fate == Fate::Crash)?;
        if shared.sync() || fate == Fate::Fail {
            shared.image.lose_file(file.number);
            return Err(failed(&file.path, "simulated I/O error while syncing"));
        }
        shared.image.sync_file(file.number);
        Ok(())
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), DiskError> {
        let mut shared = self.shared.lock();
        let crash = shared.change_in_space(from, self.generation)?;
        shared.image.rename(from, to)?;
        shared.end(from, crash)
    }

    fn remove(&self, path: &str) -> Result<(), DiskError> {
        let mut shared = self.shared.lock();
        let fate = shared.change(path, self.generation)?;
        if fate == Fate::Fail {
            return Err(failed(path, "simulated I/O error while removing"));
        }
        shared.image.unlink(path)?;
        shared.end(path, fate == Fate::Crash)
    }

    fn create_dir(&self, path: &str) -> Result<(), DiskError> {
        let mut shared = self.shared.lock();
        if shared.image.exists(path) {
            return shared.alive(path, self.generation);
        }
        let crash = shared.change_in_space(path, self.generation)?;
        shared.image.create_dir(path);
        shared.end(path, crash)
    }

    fn sync_dir(&self, path: &str) -> Result<(), DiskError> {
        self.wait_for_the_sync();
        let mut shared = self.shared.lock();
        let fate = shared.change(path, self.generation)?;
        shared.end(path, fate == Fate::Crash)?;
        if shared.sync() || fate == Fate::Fail {
            return Err(failed(path, "simulated I/O error while syncing the directory"));
        }
        shared.image.sync_dir(path);
        Ok(())
    }

    fn list(&self, path: &str) -> Result<Vec<String>, DiskError> {
        let mut shared = self.shared.lock();
        shared.look(path, self.generation)?;
        shared.image.list(path)
    }

    fn lock(&self, path: &str) -> Result<SimLock, DiskError> {
        let mut shared = self.shared.lock();
        shared.look(path, self.generation)?;
        if !shared.locked.insert(path.to_owned()) {
            let holder = "another simulated process".to_owned();
            return Err(DiskError::Locked { path: path.to_owned(), holder });
        }
        if !shared.image.exists(path) {
            shared.image.create_file(path)?;
        }
        let path = path.to_owned();
        Ok(SimLock { shared: Arc::clone(&self.shared), generation: self.generation, path })
    }

    fn is_locked(&self, path: &str) -> Result<bool, DiskError> {
        let mut shared = self.shared.lock();
        shared.look(path, self.generation)?;
        Ok(shared.locked.contains(path))
    }
}
