//! A disk that asks a test before each change and each reading, so that a fault hits one thread, or
//! one file, only.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use gatefold_core::record::disk::{Access, Disk, DiskError};
use gatefold_sim::disk::{SimDisk, SimFile, SimLock};

/// What is about to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Create,
    /// Bytes that are not all zero.
    Write,
    /// Nothing but zeros.
    Zeros,
    SetLen,
    Sync,
    Rename,
    Read,
}

/// Answers what is to go wrong with an act on a file; it may panic, too.
type Judge = dyn Fn(Act, &str) -> Result<(), DiskError> + Send + Sync;

/// See the file's first line.
#[derive(Clone)]
pub(crate) struct Tricky {
    disk: SimDisk,
    /// Where the open files stand by now.
    places: Arc<Mutex<Vec<Place>>>,
    judge: Arc<Judge>,
}

type Place = Arc<Mutex<String>>;

pub(crate) struct TrickyFile {
    file: SimFile,
    place: Place,
}

impl Tricky {
    pub(crate) fn new(
        disk: &SimDisk,
        judge: impl Fn(Act, &str) -> Result<(), DiskError> + Send + Sync + 'static,
    ) -> Self {
        let (disk, places) = (disk.clone(), Arc::default());
        Self { disk, places, judge: Arc::new(judge) }
    }

    /// A disk on which the log's own thread fails, and how often it did.
    pub(crate) fn for_keeper(
        disk: &SimDisk,
        fails: impl Fn(Act, &str) -> Option<DiskError> + Send + Sync + 'static,
    ) -> (Self, Arc<AtomicU64>) {
        let hits = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&hits);
        let judge = move |act, path: &str| {
            if std::thread::current().name() != Some("gatefold-log") {
                return Ok(());
            }
            match fails(act, path) {
                Some(error) => {
                    counted.fetch_add(1, Ordering::SeqCst);
                    Err(error)
                }
                None => Ok(()),
            }
        };
        (Self::new(disk, judge), hits)
    }

    fn file(&self, path: &str, file: SimFile) -> TrickyFile {
        let place = Arc::new(Mutex::new(path.to_owned()));
        self.places.lock().unwrap().push(Arc::clone(&place));
        TrickyFile { file, place }
    }

    fn ask(&self, act: Act, file: &TrickyFile) -> Result<(), DiskError> {
        let path = file.place.lock().unwrap().clone();
        (self.judge)(act, &path)
    }
}

impl Disk for Tricky {
    type File = TrickyFile;
    type Lock = SimLock;

    fn create(&self, path: &str) -> Result<TrickyFile, DiskError> {
        (self.judge)(Act::Create, path)?;
        self.disk.create(path).map(|file| self.file(path, file))
    }

    fn open(&self, path: &str, access: Access) -> Result<TrickyFile, DiskError> {
        self.disk.open(path, access).map(|file| self.file(path, file))
    }

    fn size(&self, file: &TrickyFile) -> Result<u64, DiskError> {
        self.disk.size(&file.file)
    }

    fn read_at(
        &self,
        file: &TrickyFile,
        offset: u64,
        buffer: &mut [u8],
    ) -> Result<usize, DiskError> {
        self.ask(Act::Read, file)?;
        self.disk.read_at(&file.file, offset, buffer)
    }

    fn write_at(&self, file: &TrickyFile, offset: u64, bytes: &[u8]) -> Result<(), DiskError> {
        let zeros = bytes.iter().all(|byte| *byte == 0);
        self.ask(if zeros { Act::Zeros } else { Act::Write }, file)?;
        self.disk.write_at(&file.file, offset, bytes)
    }

    fn set_len(&self, file: &TrickyFile, length: u64) -> Result<(), DiskError> {
        self.ask(Act::SetLen, file)?;
        self.disk.set_len(&file.file, length)
    }

    fn sync_data(&self, file: &TrickyFile) -> Result<(), DiskError> {
        self.ask(Act::Sync, file)?;
        self.disk.sync_data(&file.file)
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), DiskError> {
        (self.judge)(Act::Rename, from)?;
        self.disk.rename(from, to)?;
        for place in self.places.lock().unwrap().iter() {
            let mut place = place.lock().unwrap();
            if *place == from {
                to.clone_into(&mut place);
            }
        }
        Ok(())
    }

    fn remove(&self, path: &str) -> Result<(), DiskError> {
        Disk::remove(&self.disk, path)
    }

    fn create_dir(&self, path: &str) -> Result<(), DiskError> {
        self.disk.create_dir(path)
    }

    fn sync_dir(&self, path: &str) -> Result<(), DiskError> {
        (self.judge)(Act::Sync, path)?;
        self.disk.sync_dir(path)
    }

    fn list(&self, path: &str) -> Result<Vec<String>, DiskError> {
        self.disk.list(path)
    }

    fn lock(&self, path: &str) -> Result<SimLock, DiskError> {
        self.disk.lock(path)
    }

    fn is_locked(&self, path: &str) -> Result<bool, DiskError> {
        self.disk.is_locked(path)
    }
}
