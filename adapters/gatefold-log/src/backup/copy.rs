//! Copying a file: hashed on the way, synced, and under its name only when it is whole.

use gatefold_core::record::disk::{Disk, DiskError};

use crate::archive::UNFINISHED;
use crate::format::Digest;
use crate::format::bytes::{narrow, wide};

/// Bytes that are copied at once.
const PIECE_BYTES: usize = 1_048_576;

/// Which side failed.
#[derive(Debug)]
pub(crate) enum CopyFault {
    Read(DiskError),
    Write(DiskError),
}

impl CopyFault {
    /// The fault, where it does not matter on which side it was.
    pub(crate) fn into_inner(self) -> DiskError {
        match self {
            Self::Read(error) | Self::Write(error) => error,
        }
    }
}

/// What is copied, and to where.
pub(crate) struct Copy<'c, F> {
    pub file: &'c F,
    /// How many bytes, from the first on.
    pub bytes: u64,
    /// How long the copy is to be: zeros follow the bytes.
    pub length: u64,
    /// The copy's path.
    pub to: &'c str,
}

/// Copies a file and returns the BLAKE3 of its bytes. The content is durable when this returns, the
/// name once its directory is synced.
pub(crate) fn copy<F: Disk, T: Disk>(
    from: &F,
    to: &T,
    copy: &Copy<'_, F::File>,
    step: &mut dyn FnMut(u64),
) -> Result<Digest, CopyFault> {
    let unfinished = format!("{}{UNFINISHED}", copy.to);
    remove_if_there(to, &unfinished).map_err(CopyFault::Write)?;
    let written = write(from, to, copy, &unfinished, step);
    if let Err(CopyFault::Write(_)) = written {
        // It gives the space back; the next run removes it in any case.
        let _ = to.remove(&unfinished);
    }
    let digest = written?;
    to.rename(&unfinished, copy.to).map_err(CopyFault::Write)?;
    Ok(digest)
}

fn write<F: Disk, T: Disk>(
    from: &F,
    to: &T,
    copy: &Copy<'_, F::File>,
    path: &str,
    step: &mut dyn FnMut(u64),
) -> Result<Digest, CopyFault> {
    let target = to.create(path).map_err(CopyFault::Write)?;
    let mut at = 0;
    let digest = hashed(from, copy.file, copy.bytes, &mut |piece| {
        to.write_at(&target, at, piece).map_err(CopyFault::Write)?;
        at += wide(piece.len());
        step(wide(piece.len()));
        Ok(())
    })?;
    if at != copy.bytes {
        let detail = format!("it ends at {at}, {} bytes were expected", copy.bytes);
        return Err(CopyFault::Read(DiskError::Failed { path: copy.to.to_owned(), detail }));
    }
    if copy.length > copy.bytes {
        to.set_len(&target, copy.length).map_err(CopyFault::Write)?;
    }
    to.sync_data(&target).map_err(CopyFault::Write)?;
    Ok(digest)
}

/// BLAKE3 of a file's first bytes, or of all if there are fewer.
pub(crate) fn hashed<D: Disk>(
    disk: &D,
    file: &D::File,
    bytes: u64,
    each: &mut dyn FnMut(&[u8]) -> Result<(), CopyFault>,
) -> Result<Digest, CopyFault> {
    let mut hasher = blake3::Hasher::new();
    let mut piece = vec![0; PIECE_BYTES.min(narrow(bytes))];
    let mut at = 0;
    while at < bytes {
        let len = piece.len().min(narrow(bytes - at));
        let count = disk.read_at(file, at, &mut piece[..len]).map_err(CopyFault::Read)?;
        hasher.update(&piece[..count]);
        each(&piece[..count])?;
        at += wide(count);
        if count < len {
            break;
        }
    }
    Ok(*hasher.finalize().as_bytes())
}

/// Removes what an interrupted run left.
pub(crate) fn remove_if_there<D: Disk>(disk: &D, path: &str) -> Result<(), DiskError> {
    match disk.remove(path) {
        Err(DiskError::NotFound { .. }) => Ok(()),
        removed => removed,
    }
}

/// Writes a short file under its name, durably but for the directory.
pub(crate) fn put<D: Disk>(
    disk: &D,
    path: &str,
    by_way_of: &str,
    bytes: &[u8],
) -> Result<(), DiskError> {
    remove_if_there(disk, by_way_of)?;
    let file = disk.create(by_way_of)?;
    disk.write_at(&file, 0, bytes)?;
    disk.sync_data(&file)?;
    disk.rename(by_way_of, path)
}
