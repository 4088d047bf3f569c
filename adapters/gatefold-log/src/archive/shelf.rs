//! A log's directory in which segments may be plain or archived: whoever reads a segment by its
//! name gets its bytes, wherever they are.

use gatefold_core::record::disk::{Access, Disk, DiskError};

use crate::archive::ARCHIVE;
use crate::archive::packed::Packed;
use crate::format::segment::SegmentName;
use crate::recovery::layout::SEGMENTS;

/// A disk on which archived segments stand beside the plain ones. Where there are both, the plain
/// one counts: its archiving was not finished.
#[derive(Clone, Debug)]
pub(crate) struct Shelf<D> {
    disk: D,
}

/// A file of a [`Shelf`].
pub(crate) enum ShelfFile<F> {
    /// A file as it is.
    Plain(F),
    /// An archived segment; cannot be changed.
    Packed(Box<Packed<F>>),
}

/// An archived segment's path.
pub(crate) fn archive_path(name: SegmentName) -> String {
    format!("{ARCHIVE}/{}", name.archived())
}

/// The segment that a path names, if it does.
fn segment_at(path: &str) -> Option<SegmentName> {
    let name = path.strip_prefix(SEGMENTS)?.strip_prefix('/')?;
    SegmentName::parse(name)
}

impl<D: Disk> Shelf<D> {
    pub(crate) fn new(disk: D) -> Self {
        Self { disk }
    }

    /// The disk without its archive.
    pub(crate) fn plain(&self) -> &D {
        &self.disk
    }

    fn archived(&self, name: SegmentName) -> Result<ShelfFile<D::File>, DiskError> {
        let packed = Packed::open(&self.disk, archive_path(name))?;
        Ok(ShelfFile::Packed(Box::new(packed)))
    }
}

impl<F> ShelfFile<F> {
    /// The file that holds the bytes, packed or not.
    pub(crate) fn stored(&self) -> &F {
        match self {
            Self::Plain(file) => file,
            Self::Packed(packed) => packed.file(),
        }
    }

    fn plain(&self) -> Result<&F, DiskError> {
        match self {
            Self::Plain(file) => Ok(file),
            Self::Packed(packed) => Err(DiskError::Failed {
                path: packed.path().to_owned(),
                detail: "an archived segment cannot be changed".to_owned(),
            }),
        }
    }
}

impl<D: Disk> Disk for Shelf<D> {
    type File = ShelfFile<D::File>;
    type Lock = D::Lock;

    fn create(&self, path: &str) -> Result<Self::File, DiskError> {
        self.disk.create(path).map(ShelfFile::Plain)
    }

    fn open(&self, path: &str, access: Access) -> Result<Self::File, DiskError> {
        match (self.disk.open(path, access), segment_at(path)) {
            (Err(DiskError::NotFound { path }), Some(name)) => match self.archived(name) {
                Err(DiskError::NotFound { .. }) => Err(DiskError::NotFound { path }),
                opened => opened,
            },
            (opened, _) => opened.map(ShelfFile::Plain),
        }
    }

    fn size(&self, file: &Self::File) -> Result<u64, DiskError> {
        match file {
            ShelfFile::Plain(file) => self.disk.size(file),
            ShelfFile::Packed(packed) => Ok(packed.size()),
        }
    }

    fn stored_at<'f>(&self, file: &'f Self::File) -> Option<&'f str> {
        match file {
            ShelfFile::Plain(file) => self.disk.stored_at(file),
            ShelfFile::Packed(packed) => Some(packed.path()),
        }
    }

    fn read_at(
        &self,
        file: &Self::File,
        offset: u64,
        buffer: &mut [u8],
    ) -> Result<usize, DiskError> {
        match file {
            ShelfFile::Plain(file) => self.disk.read_at(file, offset, buffer),
            ShelfFile::Packed(packed) => packed.read_at(&self.disk, offset, buffer),
        }
    }

    fn write_at(&self, file: &Self::File, offset: u64, bytes: &[u8]) -> Result<(), DiskError> {
        self.disk.write_at(file.plain()?, offset, bytes)
    }

    fn set_len(&self, file: &Self::File, length: u64) -> Result<(), DiskError> {
        self.disk.set_len(file.plain()?, length)
    }

    fn sync_data(&self, file: &Self::File) -> Result<(), DiskError> {
        self.disk.sync_data(file.stored())
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), DiskError> {
        self.disk.rename(from, to)
    }

    fn remove(&self, path: &str) -> Result<(), DiskError> {
        self.disk.remove(path)
    }

    fn create_dir(&self, path: &str) -> Result<(), DiskError> {
        self.disk.create_dir(path)
    }

    fn sync_dir(&self, path: &str) -> Result<(), DiskError> {
        self.disk.sync_dir(path)
    }

    fn list(&self, path: &str) -> Result<Vec<String>, DiskError> {
        // The plain ones first: a segment that is archived meanwhile is then seen twice, not never.
        let mut names = self.disk.list(path)?;
        if path != SEGMENTS {
            return Ok(names);
        }
        let archived = match self.disk.list(ARCHIVE) {
            Err(DiskError::NotFound { .. }) => Vec::new(),
            listed => listed?,
        };
        let archived = archived.iter().filter_map(|name| SegmentName::parse_archived(name));
        names.extend(archived.map(|name| name.to_string()));
        names.sort();
        names.dedup();
        Ok(names)
    }

    fn lock(&self, path: &str) -> Result<Self::Lock, DiskError> {
        self.disk.lock(path)
    }

    fn is_locked(&self, path: &str) -> Result<bool, DiskError> {
        self.disk.is_locked(path)
    }
}
