//! A backup as its manifest has it: its files and no others, each as long as it was then.
//!
//! A run that was interrupted may have made a file longer, or added one. Through the view the last
//! finished backup is what it was.

use gatefold_core::record::disk::{Access, Disk, DiskError};

use crate::backup::manifest::{Entry, Manifest};
use crate::format::bytes::narrow;

/// The files of one backup, for reading.
pub(crate) struct View<'v, D> {
    disk: &'v D,
    manifest: &'v Manifest,
}

/// An open file of a [`View`].
pub(crate) struct ViewFile<F> {
    file: F,
    bytes: u64,
    length: u64,
}

impl<'v, D: Disk> View<'v, D> {
    pub(crate) fn new(disk: &'v D, manifest: &'v Manifest) -> Self {
        Self { disk, manifest }
    }
}

fn refused(path: &str) -> DiskError {
    let detail = "a backup is only read here".to_owned();
    DiskError::Failed { path: path.to_owned(), detail }
}

impl<D: Disk> Disk for View<'_, D> {
    type File = ViewFile<D::File>;
    type Lock = D::Lock;

    fn create(&self, path: &str) -> Result<Self::File, DiskError> {
        Err(refused(path))
    }

    fn open(&self, path: &str, access: Access) -> Result<Self::File, DiskError> {
        if access == Access::Write {
            return Err(refused(path));
        }
        let entry = self.manifest.entry(path);
        let Entry { bytes, length, .. } =
            entry.ok_or_else(|| DiskError::NotFound { path: path.to_owned() })?;
        Ok(ViewFile { file: self.disk.open(path, access)?, bytes: *bytes, length: *length })
    }

    fn size(&self, file: &Self::File) -> Result<u64, DiskError> {
        Ok(file.length)
    }

    fn stored_at<'f>(&self, file: &'f Self::File) -> Option<&'f str> {
        self.disk.stored_at(&file.file)
    }

    fn read_at(
        &self,
        file: &Self::File,
        offset: u64,
        buffer: &mut [u8],
    ) -> Result<usize, DiskError> {
        let wanted = buffer.len().min(narrow(file.length.saturating_sub(offset)));
        let stored = wanted.min(narrow(file.bytes.saturating_sub(offset)));
        let count = self.disk.read_at(&file.file, offset, &mut buffer[..stored])?;
        if count < stored {
            return Ok(count);
        }
        buffer[stored..wanted].fill(0);
        Ok(wanted)
    }

    fn write_at(&self, _: &Self::File, _: u64, _: &[u8]) -> Result<(), DiskError> {
        Err(refused("a file"))
    }

    fn set_len(&self, _: &Self::File, _: u64) -> Result<(), DiskError> {
        Err(refused("a file"))
    }

    fn sync_data(&self, _: &Self::File) -> Result<(), DiskError> {
        Err(refused("a file"))
    }

    fn rename(&self, from: &str, _: &str) -> Result<(), DiskError> {
        Err(refused(from))
    }

    fn remove(&self, path: &str) -> Result<(), DiskError> {
        Err(refused(path))
    }

    fn create_dir(&self, path: &str) -> Result<(), DiskError> {
        Err(refused(path))
    }

    fn sync_dir(&self, path: &str) -> Result<(), DiskError> {
        Err(refused(path))
    }

    fn list(&self, path: &str) -> Result<Vec<String>, DiskError> {
        let inside = |entry: &Entry| match entry.path.rsplit_once('/') {
            Some((parent, name)) => (parent == path).then(|| name.to_owned()),
            None => path.is_empty().then(|| entry.path.clone()),
        };
        let mut names: Vec<String> = self.manifest.files.iter().filter_map(inside).collect();
        names.sort();
        Ok(names)
    }

    fn lock(&self, path: &str) -> Result<Self::Lock, DiskError> {
        Err(refused(path))
    }

    fn is_locked(&self, _: &str) -> Result<bool, DiskError> {
        Ok(false)
    }
}
