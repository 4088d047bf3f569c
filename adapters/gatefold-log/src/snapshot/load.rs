//! Reading snapshots: only what is whole, of this log and of this history is offered.

use gatefold_core::record::disk::{Access, Disk, DiskError};
use gatefold_core::record::snapshot::{Snapshot, SnapshotError, SnapshotStore};
use gatefold_core::record::{Stream, Version};

use crate::error::OpenError;
use crate::format::bytes::wide;
use crate::format::snapshot::{FILE_BYTES_MAX, SnapshotHeader, SnapshotName, key};
use crate::index::stream_named;
use crate::snapshot::fit::digest_after;
use crate::snapshot::{Place, RefusedSnapshot, SNAPSHOTS, Snapshots};

/// A snapshot's file and what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSnapshot {
    /// The file, relative to the log's directory.
    pub file: String,
    /// The snapshot, or why it does not fit.
    pub found: Result<Snapshot, String>,
}

impl<D: Disk> Snapshots<D> {
    /// Every file that is named as a snapshot, in order of stream and version.
    ///
    /// # Errors
    /// As [`OpenError`] says: the directory cannot be read.
    pub fn all(&mut self) -> Result<Vec<StoredSnapshot>, OpenError> {
        let names = names(&self.disk)?;
        Ok(names
            .iter()
            .map(|name| StoredSnapshot { file: path(name), found: self.read(name) })
            .collect())
    }

    /// A snapshot that fits the log.
    fn read(&mut self, name: &SnapshotName) -> Result<Snapshot, String> {
        let bytes = whole(&self.disk, &path(name)).map_err(|error| error.to_string())?;
        let (header, state) = SnapshotHeader::decode(&bytes.ok_or("it is too long")?)
            .map(|(header, state)| (header, state.to_vec()))?;
        if header.uuid != self.root.uuid {
            return Err("it is of another log".to_owned());
        }
        let stream = stream_named(header.stream.as_bytes());
        let stream = stream.filter(|it| key(it) == name.key && header.version == name.version);
        let stream = stream.ok_or("its file is named as another one's")?;
        let place = Place { group: header.group, position: header.position };
        match self.chain_at(place)? {
            Some(digest) if digest == header.digest => Ok(Snapshot {
                stream,
                version: Version::new(header.version),
                position: header.position(),
                reducer: header.reducer,
                bytes: state,
            }),
            Some(_) => Err(format!(
                "the log has another history up to position {}: was it restored?",
                header.position
            )),
            None => Err(format!(
                "it was taken at position {}, group {}, which the log has not: was it restored \
                 from an older backup?",
                header.position, header.group
            )),
        }
    }

    /// The chain at a place, remembered: snapshots that were taken together were taken at one.
    fn chain_at(&mut self, place: Place) -> Result<Option<[u8; 32]>, String> {
        if let Some((known, digest)) = self.known
            && known == place
        {
            return Ok(digest);
        }
        let digest = digest_after(&self.disk, &self.root, place);
        let digest = digest.map_err(|error| OpenError::from(error).to_string())?;
        self.known = Some((place, digest));
        Ok(digest)
    }
}

impl<D: Disk> SnapshotStore for Snapshots<D> {
    fn offer(
        &mut self,
        stream: &Stream,
        accept: &mut dyn FnMut(&Snapshot) -> Result<(), SnapshotError>,
    ) {
        let key = key(stream);
        let names = match names(&self.disk) {
            Ok(names) => names,
            Err(error) => {
                let (file, reason) = (SNAPSHOTS.to_owned(), error.to_string());
                self.refused.push(RefusedSnapshot { file, reason });
                return;
            }
        };
        for name in names.iter().rev().filter(|name| name.key == key) {
            let found = self.read(name);
            let taken = found.and_then(|it| accept(&it).map_err(|error| error.to_string()));
            match taken {
                Ok(()) => return,
                Err(reason) => self.refused.push(RefusedSnapshot { file: path(name), reason }),
            }
        }
    }
}

pub(super) fn path(name: &SnapshotName) -> String {
    format!("{SNAPSHOTS}/{}", name.file())
}

/// Every file that is named as a snapshot, sorted.
pub(super) fn names<D: Disk>(disk: &D) -> Result<Vec<SnapshotName>, DiskError> {
    let files = match disk.list(SNAPSHOTS) {
        Err(DiskError::NotFound { .. }) => Vec::new(),
        listed => listed?,
    };
    let mut names: Vec<_> = files.iter().filter_map(|file| SnapshotName::parse(file)).collect();
    names.sort_unstable();
    Ok(names)
}

/// A file's bytes; `None` if it is longer than any snapshot.
fn whole<D: Disk>(disk: &D, path: &str) -> Result<Option<Vec<u8>>, DiskError> {
    let file = disk.open(path, Access::Read)?;
    let size = disk.size(&file)?;
    let Some(len) = usize::try_from(size).ok().filter(|_| size <= wide(FILE_BYTES_MAX)) else {
        return Ok(None);
    };
    let mut bytes = vec![0; len];
    let count = disk.read_at(&file, 0, &mut bytes)?;
    bytes.truncate(count);
    Ok(Some(bytes))
}
