//! What a backup's directory holds before a run: whose backup it is, and how far it goes.

use std::ops::ControlFlow;

use gatefold_core::record::Position;
use gatefold_core::record::disk::{Access, Disk, DiskError};

use crate::anchor::{Anchor, hex};
use crate::archive::{ARCHIVE, Shelf};
use crate::backup::error::{BackupDamage, BackupError};
use crate::backup::footer::ending;
use crate::backup::manifest::{Manifest, ManifestFault};
use crate::backup::{BACKUP_MARKS, BEGUN, MANIFEST};
use crate::format::bytes::narrow;
use crate::format::root::Root;
use crate::open::{LOCK, read_root};
use crate::recovery::layout::{SEGMENTS, survey};
use crate::recovery::walk::SegmentWalk;

/// The manifest of a backup of some ten thousand segments has a few megabytes.
const MANIFEST_BYTES_MAX: u64 = 64 * 1_048_576;
/// What a new file system may hold of itself.
const NOTHING: [&str; 2] = [LOCK, "lost+found"];

/// What may not be read as a manifest.
pub(crate) enum Unread {
    Fault(ManifestFault),
    Disk(DiskError),
}

/// The manifest of a finished backup, if there is one.
pub(crate) fn read_manifest<D: Disk>(disk: &D) -> Result<Option<Manifest>, Unread> {
    let file = match disk.open(MANIFEST, Access::Read) {
        Ok(file) => file,
        Err(DiskError::NotFound { .. }) => return Ok(None),
        Err(error) => return Err(Unread::Disk(error)),
    };
    let size = disk.size(&file).map_err(Unread::Disk)?;
    let mut text = vec![0; narrow(size.min(MANIFEST_BYTES_MAX))];
    let count = disk.read_at(&file, 0, &mut text).map_err(Unread::Disk)?;
    Manifest::decode(&text[..count]).map(Some).map_err(Unread::Fault)
}

/// What stands in a directory besides what a new file system has.
pub(crate) fn contents<D: Disk>(disk: &D) -> Result<Vec<String>, DiskError> {
    let mut names = disk.list("")?;
    names.retain(|name| !NOTHING.contains(&name.as_str()));
    Ok(names)
}

/// Whether the directory may be backed up to; it is changed by nothing yet.
pub(crate) fn accept<D: Disk>(disk: &D) -> Result<(), BackupError> {
    let names = contents(disk).map_err(BackupError::target)?;
    let is_backup = names.iter().any(|name| BACKUP_MARKS.contains(&name.as_str()));
    match names.first() {
        Some(found) if !is_backup => Err(BackupError::not_a_backup(found.clone())),
        Some(_) | None => Ok(()),
    }
}

/// A backup's directory as a run finds it.
pub(crate) struct Before {
    pub manifest: Option<Manifest>,
    /// Places that the log has to pass: where finished and interrupted runs ended.
    pub tips: Vec<Anchor>,
}

/// Reads what earlier runs left; refuses the backup of another log.
pub(crate) fn before<D: Disk>(disk: &D, root: &Root) -> Result<Before, BackupError> {
    let manifest = read_manifest(disk).map_err(|unread| match unread {
        Unread::Disk(error) => BackupError::target(error),
        Unread::Fault(ManifestFault::TooNew(detail)) => {
            BackupError::not_a_backup(format!("{MANIFEST} of a later version ({detail})"))
        }
        Unread::Fault(ManifestFault::Damaged(detail)) => {
            BackupError::target_damaged(BackupDamage { place: MANIFEST.to_owned(), detail })
        }
    })?;
    let theirs = manifest.as_ref().map(|manifest| manifest.head.uuid);
    // A FORMAT that cannot be read is copied anew; the manifest knows whose it was.
    let theirs = theirs.or_else(|| read_root(disk).ok().flatten().map(|root| root.uuid));
    if let Some(theirs) = theirs.filter(|theirs| *theirs != root.uuid) {
        return Err(BackupError::other_log(hex(&theirs), hex(&root.uuid)));
    }
    let mut tips: Vec<Anchor> = manifest.iter().map(|manifest| manifest.head).collect();
    tips.extend(last_group(disk, root).map_err(BackupError::target)?);
    Ok(Before { manifest, tips })
}

/// The last group of the last segment, as far as it can be read.
fn last_group<D: Disk>(disk: &D, root: &Root) -> Result<Option<Anchor>, DiskError> {
    let shelf = Shelf::new(disk);
    let Ok(layout) = survey(&shelf, Access::Read) else { return Ok(None) };
    let Some(found) = layout.segments.last() else { return Ok(None) };
    let Ok(header) = &found.header else { return Ok(None) };
    if header.uuid != root.uuid {
        return Ok(None);
    }
    let tip = |group, position, digest| {
        Some(Anchor { uuid: root.uuid, position: Position::new(position), group, digest })
    };
    if let Some(end) = ending(&shelf, &found.file, header.salt)? {
        return Ok(tip(end.group, end.position, end.digest));
    }
    let mut cursor = layout.start(layout.segments.len() - 1, root);
    let (file, path, size) = (&found.file, found.path.as_str(), found.size);
    let walk = SegmentWalk { disk: &shelf, file, path, header, size, sealed: false };
    // What is damaged there is copied anew; the groups before it were found.
    let _ = walk.run(&mut cursor, &mut |_| Ok(ControlFlow::Continue(())));
    Ok(tip(cursor.group, cursor.position, cursor.digest))
}

/// Removes what the manifest does not name: unfinished copies, and copies that others replaced.
pub(crate) fn tidy<D: Disk>(disk: &D, manifest: &Manifest) -> Result<(), DiskError> {
    for directory in [SEGMENTS, ARCHIVE] {
        let names = match disk.list(directory) {
            Err(DiskError::NotFound { .. }) => continue,
            listed => listed?,
        };
        let paths = names.iter().map(|name| format!("{directory}/{name}"));
        let stale: Vec<String> = paths.filter(|path| manifest.entry(path).is_none()).collect();
        for path in &stale {
            disk.remove(path)?;
        }
        if !stale.is_empty() {
            disk.sync_dir(directory)?;
        }
    }
    let names = disk.list("")?;
    if names.iter().any(|name| name == BEGUN) {
        disk.remove(BEGUN)?;
        disk.sync_dir("")?;
    }
    Ok(())
}
