//! A simulated disk as a log sees it: every operation counted, and failed where the faults say so.

use std::sync::Arc;

use gatefold_core::record::disk::{Access, Disk, DiskError};

use super::{SimDisk, SimFile, SimLock};

pub(super) fn failed(path: &str, detail: &str) -> DiskError {
    DiskError::Failed { path: path.to_owned(), detail: detail.to_owned() }
}

fn no_space(path: &str) -> DiskError {
    let detail = "no space left on the simulated device".to_owned();
    DiskError::NoSpace { path: path.to_owned(), detail }
}

impl SimDisk {
    fn handle(&self, path: &str, number: usize, access: Access) -> SimFile {
        SimFile { path: path.to_owned(), number, generation: self.generation, access }
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
        let crash = shared.change(path, self.generation)?;
        if shared.needs_space() {
            return Err(no_space(path));
        }
        let number = shared.image.create_file(path)?;
        shared.end(path, crash)?;
        Ok(self.handle(path, number, Access::Write))
    }

    fn open(&self, path: &str, access: Access) -> Result<SimFile, DiskError> {
        let shared = self.shared.lock();
        shared.alive(path, self.generation)?;
        let number = shared.image.file_at(path);
        let number = number.ok_or_else(|| DiskError::NotFound { path: path.to_owned() })?;
        Ok(self.handle(path, number, access))
    }

    fn size(&self, file: &SimFile) -> Result<u64, DiskError> {
        let shared = self.shared.lock();
        shared.alive(&file.path, file.generation)?;
        Ok(u64::try_from(shared.image.view(file.number).len()).unwrap_or(u64::MAX))
    }

    fn read_at(&self, file: &SimFile, offset: u64, buffer: &mut [u8]) -> Result<usize, DiskError> {
        let mut shared = self.shared.lock();
        shared.alive(&file.path, file.generation)?;
        shared.counts.reads += 1;
        if shared.hits(shared.faults.read_fails_at, shared.counts.reads) {
            return Err(failed(&file.path, "simulated I/O error while reading"));
        }
        let view = shared.image.view(file.number);
        let from = usize::try_from(offset).unwrap_or(usize::MAX).min(view.len());
        let count = buffer.len().min(view.len() - from);
        buffer[..count].copy_from_slice(&view[from..from + count]);
        Ok(count)
    }

    fn write_at(&self, file: &SimFile, offset: u64, bytes: &[u8]) -> Result<(), DiskError> {
        let mut shared = self.shared.lock();
        let crash = shared.change(&file.path, file.generation)?;
        if file.access == Access::Read {
            return Err(failed(&file.path, "opened for reading only"));
        }
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        if shared.needs_space() {
            shared.image.write(file.number, offset, &bytes[..bytes.len() / 2]);
            return Err(no_space(&file.path));
        }
        shared.image.write(file.number, offset, bytes);
        shared.end(&file.path, crash)
    }

    fn set_len(&self, file: &SimFile, length: u64) -> Result<(), DiskError> {
        let mut shared = self.shared.lock();
        let crash = shared.change(&file.path, file.generation)?;
        if file.access == Access::Read {
            return Err(failed(&file.path, "opened for reading only"));
        }
        if shared.needs_space() {
            return Err(no_space(&file.path));
        }
        shared.image.set_len(file.number, usize::try_from(length).unwrap_or(usize::MAX));
        shared.end(&file.path, crash)
    }

    fn sync_data(&self, file: &SimFile) -> Result<(), DiskError> {
        let mut shared = self.shared.lock();
        let crash = shared.change(&file.path, file.generation)?;
        shared.end(&file.path, crash)?;
        if shared.sync() {
            shared.image.lose_file(file.number);
            return Err(failed(&file.path, "simulated I/O error while syncing"));
        }
        shared.image.sync_file(file.number);
        Ok(())
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), DiskError> {
        let mut shared = self.shared.lock();
        let crash = shared.change(from, self.generation)?;
        if shared.needs_space() {
            return Err(no_space(from));
        }
        shared.image.rename(from, to)?;
        shared.end(from, crash)
    }

    fn remove(&self, path: &str) -> Result<(), DiskError> {
        let mut shared = self.shared.lock();
        let crash = shared.change(path, self.generation)?;
        shared.image.unlink(path)?;
        shared.end(path, crash)
    }

    fn create_dir(&self, path: &str) -> Result<(), DiskError> {
        let mut shared = self.shared.lock();
        if shared.image.exists(path) {
            return shared.alive(path, self.generation);
        }
        let crash = shared.change(path, self.generation)?;
        if shared.needs_space() {
            return Err(no_space(path));
        }
        shared.image.create_dir(path);
        shared.end(path, crash)
    }

    fn sync_dir(&self, path: &str) -> Result<(), DiskError> {
        let mut shared = self.shared.lock();
        let crash = shared.change(path, self.generation)?;
        shared.end(path, crash)?;
        if shared.sync() {
            return Err(failed(path, "simulated I/O error while syncing the directory"));
        }
        shared.image.sync_dir(path);
        Ok(())
    }

    fn list(&self, path: &str) -> Result<Vec<String>, DiskError> {
        let shared = self.shared.lock();
        shared.alive(path, self.generation)?;
        shared.image.list(path)
    }

    fn lock(&self, path: &str) -> Result<SimLock, DiskError> {
        let mut shared = self.shared.lock();
        shared.alive(path, self.generation)?;
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
        let shared = self.shared.lock();
        shared.alive(path, self.generation)?;
        Ok(shared.locked.contains(path))
    }
}
