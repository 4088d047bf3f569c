//! What a log asks of a disk: the one seam through which faults are injected.
//!
//! A path is relative to the log's directory, with `/` between its parts; `""` is the directory
//! itself. An implementation must be honest about durability: bytes are durable when
//! [`sync_data`](Disk::sync_data) returned, names when [`sync_dir`](Disk::sync_dir) returned.

use alloc::string::String;
use alloc::vec::Vec;

/// What a file is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Reading; nothing can be changed through this handle.
    Read,
    /// Reading and writing.
    Write,
}

/// Why a disk did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DiskError {
    /// There is nothing by that name. **Handling:** the caller knows whether that is a fault.
    #[error("{path} does not exist")]
    NotFound {
        /// The path, relative to the log's directory.
        path: String,
    },
    /// A file by that name is there already. **Handling:** the caller knows whether that is a
    /// fault.
    #[error("{path} exists already")]
    AlreadyExists {
        /// The path, relative to the log's directory.
        path: String,
    },
    /// There is no space, or a quota is used up. **Handling:** free space, then try again.
    #[error("no space for {path}: {detail}")]
    NoSpace {
        /// The path, relative to the log's directory.
        path: String,
        /// What was tried, and what the operating system said.
        detail: String,
    },
    /// Another process holds the lock. **Handling:** stop the other process, or leave it alone.
    #[error("{path} is locked by {holder}")]
    Locked {
        /// The path, relative to the log's directory.
        path: String,
        /// Who holds it, as far as can be known.
        holder: String,
    },
    /// Anything else. After a failed write or sync nothing is known about the bytes.
    /// **Handling:** stop using the file; open the log again when the disk is sound.
    #[error("{path}: {detail}")]
    Failed {
        /// The path, relative to the log's directory.
        path: String,
        /// What was tried, and what the operating system said.
        detail: String,
    },
}

/// The files of one log's directory.
pub trait Disk: Send + Sync {
    /// An open file.
    type File: Send + Sync;
    /// The right to write; given back when it is dropped or its process ends.
    type Lock: Send + Sync;

    /// Creates an empty file for writing.
    ///
    /// # Errors
    /// [`DiskError::AlreadyExists`] if there is one by that name.
    fn create(&self, path: &str) -> Result<Self::File, DiskError>;

    /// Opens a file that exists.
    ///
    /// # Errors
    /// [`DiskError::NotFound`] if there is none by that name.
    fn open(&self, path: &str, access: Access) -> Result<Self::File, DiskError>;

    /// The file's length in bytes.
    ///
    /// # Errors
    /// As [`DiskError`] says.
    fn size(&self, file: &Self::File) -> Result<u64, DiskError>;

    /// The path that the file's bytes really come from, where that is not the one it was opened
    /// by: so that damage is reported where it is.
    fn stored_at<'f>(&self, _file: &'f Self::File) -> Option<&'f str> {
        None
    }

    /// Fills `buffer` from `offset` on and returns how many bytes there were: fewer than asked for
    /// only at the end of the file.
    ///
    /// # Errors
    /// As [`DiskError`] says.
    fn read_at(
        &self,
        file: &Self::File,
        offset: u64,
        buffer: &mut [u8],
    ) -> Result<usize, DiskError>;

    /// Writes all bytes at `offset`. Durable only after [`sync_data`](Disk::sync_data).
    ///
    /// # Errors
    /// As [`DiskError`] says; any part of the bytes may have been written.
    fn write_at(&self, file: &Self::File, offset: u64, bytes: &[u8]) -> Result<(), DiskError>;

    /// Makes the file this long; what is added reads as zeros.
    ///
    /// # Errors
    /// As [`DiskError`] says.
    fn set_len(&self, file: &Self::File, length: u64) -> Result<(), DiskError>;

    /// Returns when the file's bytes and length are durable.
    ///
    /// # Errors
    /// As [`DiskError`] says; any part of what was not durable before may be lost, and a later
    /// success does not say otherwise.
    fn sync_data(&self, file: &Self::File) -> Result<(), DiskError>;

    /// Gives a file another name, replacing what has it. Durable only after
    /// [`sync_dir`](Disk::sync_dir).
    ///
    /// # Errors
    /// As [`DiskError`] says.
    fn rename(&self, from: &str, to: &str) -> Result<(), DiskError>;

    /// Takes a file's name away; who has it open still reads it. Durable only after
    /// [`sync_dir`](Disk::sync_dir).
    ///
    /// # Errors
    /// [`DiskError::NotFound`] if there is no file by that name.
    fn remove(&self, path: &str) -> Result<(), DiskError>;

    /// Creates a directory if it is not there.
    ///
    /// # Errors
    /// As [`DiskError`] says.
    fn create_dir(&self, path: &str) -> Result<(), DiskError>;

    /// Returns when the names in a directory are durable.
    ///
    /// # Errors
    /// As [`DiskError`] says.
    fn sync_dir(&self, path: &str) -> Result<(), DiskError>;

    /// The names of the files and directories in a directory, sorted.
    ///
    /// # Errors
    /// [`DiskError::NotFound`] if there is no such directory.
    fn list(&self, path: &str) -> Result<Vec<String>, DiskError>;

    /// Takes the right to write, which one holder at most can have.
    ///
    /// # Errors
    /// [`DiskError::Locked`] if somebody else has it.
    fn lock(&self, path: &str) -> Result<Self::Lock, DiskError>;

    /// Whether somebody has the right to write now.
    ///
    /// # Errors
    /// As [`DiskError`] says.
    fn is_locked(&self, path: &str) -> Result<bool, DiskError>;
}

/// What borrows a disk is one.
impl<D: Disk> Disk for &D {
    type File = D::File;
    type Lock = D::Lock;

    fn create(&self, path: &str) -> Result<Self::File, DiskError> {
        (**self).create(path)
    }

    fn open(&self, path: &str, access: Access) -> Result<Self::File, DiskError> {
        (**self).open(path, access)
    }

    fn size(&self, file: &Self::File) -> Result<u64, DiskError> {
        (**self).size(file)
    }

    fn stored_at<'f>(&self, file: &'f Self::File) -> Option<&'f str> {
        (**self).stored_at(file)
    }

    fn read_at(
        &self,
        file: &Self::File,
        offset: u64,
        buffer: &mut [u8],
    ) -> Result<usize, DiskError> {
        (**self).read_at(file, offset, buffer)
    }

    fn write_at(&self, file: &Self::File, offset: u64, bytes: &[u8]) -> Result<(), DiskError> {
        (**self).write_at(file, offset, bytes)
    }

    fn set_len(&self, file: &Self::File, length: u64) -> Result<(), DiskError> {
        (**self).set_len(file, length)
    }

    fn sync_data(&self, file: &Self::File) -> Result<(), DiskError> {
        (**self).sync_data(file)
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), DiskError> {
        (**self).rename(from, to)
    }

    fn remove(&self, path: &str) -> Result<(), DiskError> {
        (**self).remove(path)
    }

    fn create_dir(&self, path: &str) -> Result<(), DiskError> {
        (**self).create_dir(path)
    }

    fn sync_dir(&self, path: &str) -> Result<(), DiskError> {
        (**self).sync_dir(path)
    }

    fn list(&self, path: &str) -> Result<Vec<String>, DiskError> {
        (**self).list(path)
    }

    fn lock(&self, path: &str) -> Result<Self::Lock, DiskError> {
        (**self).lock(path)
    }

    fn is_locked(&self, path: &str) -> Result<bool, DiskError> {
        (**self).is_locked(path)
    }
}
