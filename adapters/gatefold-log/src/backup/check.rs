//! Whether files are what a manifest says: each by its digest, all by the log's own checks.

use std::ops::ControlFlow;

use gatefold_core::record::disk::{Access, Disk, DiskError};

use crate::archive::Shelf;
use crate::backup::copy::{CopyFault, hashed};
use crate::backup::error::BackupDamage;
use crate::backup::manifest::Manifest;
use crate::backup::view::View;
use crate::error::WalkError;
use crate::format::bytes::narrow;
use crate::format::root::{Root, RootFault};
use crate::open::{FORMAT, FORMAT_BYTES_MAX};
use crate::recovery::layout::{SEGMENTS, survey};

/// What is wrong with files that a manifest names.
pub(crate) enum Fault {
    Damage(BackupDamage),
    Disk(DiskError),
}

impl From<WalkError> for Fault {
    fn from(error: WalkError) -> Self {
        match error {
            WalkError::Disk(error) => Self::Disk(error),
            WalkError::Corrupt(_) | WalkError::TooNew { .. } => Self::Damage(error.into()),
        }
    }
}

impl From<DiskError> for Fault {
    fn from(error: DiskError) -> Self {
        Self::Disk(error)
    }
}

fn fault(place: &str, detail: String) -> Fault {
    Fault::Damage(BackupDamage { place: place.to_owned(), detail })
}

/// The file `FORMAT` of the backup.
pub(crate) fn root_of<F: Disk>(backup: &F, manifest: &Manifest) -> Result<Root, Fault> {
    let missing = || fault(FORMAT, "the manifest does not name it".to_owned());
    let entry = manifest.entry(FORMAT).ok_or_else(missing)?;
    let file = match backup.open(FORMAT, Access::Read) {
        Err(DiskError::NotFound { .. }) => return Err(fault(FORMAT, "it is missing".to_owned())),
        opened => opened?,
    };
    let mut text = vec![0; narrow(entry.bytes.min(FORMAT_BYTES_MAX))];
    let count = backup.read_at(&file, 0, &mut text)?;
    match Root::decode(&text[..count]) {
        Ok(root) if root.uuid == manifest.head.uuid => Ok(root),
        Ok(_) => Err(fault(FORMAT, "it belongs to another log".to_owned())),
        Err(RootFault::Damaged(detail) | RootFault::TooNew(detail)) => Err(fault(FORMAT, detail)),
    }
}

/// Walks the log that the manifest names, with every check, to the manifest's head.
pub(crate) fn check_chain<D: Disk>(
    disk: &D,
    manifest: &Manifest,
    root: &Root,
) -> Result<(), Fault> {
    for entry in &manifest.files {
        // A missing file is damage at a place, and not a fault of the disk.
        let there = disk.open(&entry.path, Access::Read);
        if let (Err(DiskError::NotFound { .. }), true) = (there, entry.path != FORMAT) {
            return Err(fault(&entry.path, "it is missing".to_owned()));
        }
    }
    let view = Shelf::new(View::new(disk, manifest));
    let layout = survey(&view, Access::Read)?;
    let end = layout.walk(&view, root, 0, &mut |_| Ok(ControlFlow::Continue(())))?;
    let head = &manifest.head;
    let found = (end.cursor.position, end.cursor.group, end.cursor.digest);
    if found == (head.position.get(), head.group, head.digest) {
        return Ok(());
    }
    let path = layout.segments.get(end.segment).map_or(SEGMENTS, |found| found.path.as_str());
    let place = format!("{path} at offset {}", end.end.offset);
    let (position, group, _) = found;
    let detail = format!(
        "it is sound to position {position} (group {group}) only, and was made to position {} \
         (group {})",
        head.position, head.group
    );
    Err(fault(&place, detail))
}

/// How long a file has to be.
#[derive(Clone, Copy)]
pub(crate) enum Size {
    /// A later run of the backup may have made it longer.
    AtLeast,
    /// As long as it is to be.
    Exactly,
}

/// Every file has the bytes that the manifest says.
pub(crate) fn check_files<D: Disk>(disk: &D, manifest: &Manifest, size: Size) -> Result<(), Fault> {
    for entry in &manifest.files {
        let file = match disk.open(&entry.path, Access::Read) {
            Err(DiskError::NotFound { .. }) => {
                return Err(fault(&entry.path, "it is missing".to_owned()));
            }
            opened => opened?,
        };
        let found = disk.size(&file)?;
        let (fits, wanted) = match size {
            Size::AtLeast => (found >= entry.bytes, entry.bytes),
            Size::Exactly => (found == entry.length, entry.length),
        };
        if !fits {
            let detail = format!("it has {found} bytes and not {wanted}");
            return Err(fault(&entry.path, detail));
        }
        let digest = hashed(disk, &file, entry.bytes, &mut |_| Ok(()));
        let digest = digest.map_err(CopyFault::into_inner)?;
        if digest != entry.digest {
            let detail = format!("its first {} bytes have changed (BLAKE3)", entry.bytes);
            return Err(fault(&entry.path, detail));
        }
    }
    Ok(())
}
