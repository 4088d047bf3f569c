//! The disk of the operating system: `std::fs`, with errors that name the file.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use gatefold_core::record::disk::{Access, Disk, DiskError};

/// A reader that asks whether the lock is taken holds it for a moment; a writer waits that long.
const LOCK_ATTEMPTS: u32 = 10;
const LOCK_PAUSE: Duration = Duration::from_millis(10);

/// The files below one directory.
#[derive(Clone, Debug)]
pub struct OsDisk {
    root: PathBuf,
}

/// An open file, and its path for errors.
#[derive(Debug)]
pub struct OsFile {
    file: File,
    path: String,
}

/// The locked file; the lock ends with it.
#[derive(Debug)]
pub struct OsLock {
    _file: File,
}

impl OsDisk {
    /// The files below `root`, which must exist.
    #[must_use]
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// The same, creating `root` and what is missing above it.
    ///
    /// # Errors
    /// As [`DiskError`] says.
    pub fn create_root(root: &Path) -> Result<Self, DiskError> {
        if !root.is_dir() {
            let path = root.display().to_string();
            std::fs::create_dir_all(root).map_err(|error| fault(&path, "create", &error))?;
            let parent = root.parent().filter(|parent| !parent.as_os_str().is_empty());
            let parent = parent.unwrap_or(Path::new("."));
            let synced = File::open(parent).and_then(|directory| directory.sync_all());
            synced.map_err(|error| fault(&path, "sync the directory above", &error))?;
        }
        Ok(Self::new(root))
    }

    fn full(&self, path: &str) -> PathBuf {
        if path.is_empty() { self.root.clone() } else { self.root.join(path) }
    }

    fn file(&self, path: &str, options: &OpenOptions, act: &str) -> Result<OsFile, DiskError> {
        let file = options.open(self.full(path)).map_err(|error| fault(path, act, &error))?;
        Ok(OsFile { file, path: path.to_owned() })
    }
}

fn fault(path: &str, act: &str, error: &io::Error) -> DiskError {
    let path = path.to_owned();
    let detail = format!("{act}: {error}");
    let kind = error.kind();
    if kind == ErrorKind::NotFound {
        DiskError::NotFound { path }
    } else if kind == ErrorKind::AlreadyExists {
        DiskError::AlreadyExists { path }
    } else if matches!(kind, ErrorKind::StorageFull | ErrorKind::QuotaExceeded) {
        DiskError::NoSpace { path, detail }
    } else {
        DiskError::Failed { path, detail }
    }
}

impl Disk for OsDisk {
    type File = OsFile;
    type Lock = OsLock;

    fn create(&self, path: &str) -> Result<OsFile, DiskError> {
        self.file(path, OpenOptions::new().read(true).write(true).create_new(true), "create")
    }

    fn open(&self, path: &str, access: Access) -> Result<OsFile, DiskError> {
        let write = access == Access::Write;
        self.file(path, OpenOptions::new().read(true).write(write), "open")
    }

    fn size(&self, file: &OsFile) -> Result<u64, DiskError> {
        let metadata = file.file.metadata();
        metadata.map(|it| it.len()).map_err(|error| fault(&file.path, "stat", &error))
    }

    fn read_at(&self, file: &OsFile, offset: u64, buffer: &mut [u8]) -> Result<usize, DiskError> {
        let mut filled = 0;
        while filled < buffer.len() {
            let from = offset + u64::try_from(filled).unwrap_or(u64::MAX);
            match file.file.read_at(&mut buffer[filled..], from) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => (),
                Err(error) => return Err(fault(&file.path, "read", &error)),
            }
        }
        Ok(filled)
    }

    fn write_at(&self, file: &OsFile, offset: u64, bytes: &[u8]) -> Result<(), DiskError> {
        let written = file.file.write_all_at(bytes, offset);
        written.map_err(|error| fault(&file.path, "write", &error))
    }

    fn set_len(&self, file: &OsFile, length: u64) -> Result<(), DiskError> {
        file.file.set_len(length).map_err(|error| fault(&file.path, "set the length", &error))
    }

    fn sync_data(&self, file: &OsFile) -> Result<(), DiskError> {
        file.file.sync_data().map_err(|error| fault(&file.path, "sync", &error))
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), DiskError> {
        let renamed = std::fs::rename(self.full(from), self.full(to));
        renamed.map_err(|error| fault(from, "rename", &error))
    }

    fn remove(&self, path: &str) -> Result<(), DiskError> {
        let removed = std::fs::remove_file(self.full(path));
        removed.map_err(|error| fault(path, "remove", &error))
    }

    fn create_dir(&self, path: &str) -> Result<(), DiskError> {
        match std::fs::create_dir(self.full(path)) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(fault(path, "create", &error)),
        }
    }

    fn sync_dir(&self, path: &str) -> Result<(), DiskError> {
        let synced = File::open(self.full(path)).and_then(|directory| directory.sync_all());
        synced.map_err(|error| fault(path, "sync the directory", &error))
    }

    fn list(&self, path: &str) -> Result<Vec<String>, DiskError> {
        let failed = |error: io::Error| fault(path, "list", &error);
        let mut names = Vec::new();
        for entry in std::fs::read_dir(self.full(path)).map_err(failed)? {
            names.push(entry.map_err(failed)?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        Ok(names)
    }

    fn lock(&self, path: &str) -> Result<OsLock, DiskError> {
        let options =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).clone();
        let mut file = self.file(path, &options, "open")?.file;
        for attempt in 1.. {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if attempt < LOCK_ATTEMPTS => {
                    thread::sleep(LOCK_PAUSE);
                }
                Err(TryLockError::WouldBlock) => {
                    let holder = holder_in(&mut file);
                    return Err(DiskError::Locked { path: path.to_owned(), holder });
                }
                Err(TryLockError::Error(error)) => return Err(fault(path, "lock", &error)),
            }
        }
        // The number only helps a person to find the holder: that it is written is not vital.
        let noted = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id()));
        noted.map_err(|error| fault(path, "note the process id", &error))?;
        Ok(OsLock { _file: file })
    }

    fn is_locked(&self, path: &str) -> Result<bool, DiskError> {
        let file = match self.open(path, Access::Read) {
            Ok(file) => file.file,
            Err(DiskError::NotFound { .. }) => return Ok(false),
            Err(error) => return Err(error),
        };
        match file.try_lock_shared() {
            Ok(()) => Ok(false),
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(error)) => Err(fault(path, "ask for the lock", &error)),
        }
    }
}

fn holder_in(file: &mut File) -> String {
    let mut text = String::new();
    match file.read_to_string(&mut text) {
        Ok(_) if !text.trim().is_empty() => format!("process {}", text.trim()),
        Ok(_) | Err(_) => "another process".to_owned(),
    }
}
