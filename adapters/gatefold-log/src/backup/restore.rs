//! Restoring a backup: everything is verified before and after it is copied, and `FORMAT`, which
//! makes the copy a log, comes last.

use core::fmt;

use gatefold_core::record::Position;
use gatefold_core::record::disk::{Access, Disk, DiskError};

use crate::anchor::Anchor;
use crate::archive::{ARCHIVE, Shelf};
use crate::backup::MANIFEST;
use crate::backup::check::{Fault, Size, check_chain, check_files, root_of};
use crate::backup::copy::{Copy, CopyFault, copy};
use crate::backup::error::BackupDamage;
use crate::backup::manifest::{Entry, Manifest, ManifestFault};
use crate::backup::restore_error::RestoreError;
use crate::backup::target::{Unread, contents, read_manifest, tidy};
use crate::backup::view::View;
use crate::format::bytes::wide;
use crate::format::root::Root;
use crate::open::{FORMAT, LOCK};
use crate::progress::{Doing, Progress};
use crate::recovery::layout::SEGMENTS;

/// `FORMAT` of a log that is not restored yet; a directory with it is no log and no empty one.
const FORMAT_BEGUN: &str = "FORMAT.restoring";

/// Where a backup has to end to be restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// At exactly this place of exactly this history.
    Anchor(Anchor),
    /// At this position.
    Position(Position),
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anchor(anchor) => write!(f, "{anchor}"),
            Self::Position(position) => write!(f, "position {position}"),
        }
    }
}

impl Expected {
    fn fits(&self, head: &Anchor) -> bool {
        match self {
            Self::Anchor(anchor) => anchor == head,
            Self::Position(position) => *position == head.position,
        }
    }
}

/// What was restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// Where the log ends now; opening it for writing goes on from there in the next epoch.
    pub head: Anchor,
    /// When the backup was finished, nanoseconds since 1970; information only.
    pub made_ns: i64,
    /// Files restored.
    pub files: u64,
    /// Bytes restored.
    pub bytes: u64,
    /// The target held this very backup, restored before and not written to since.
    pub already: bool,
}

fn of_backup(fault: Fault) -> RestoreError {
    match fault {
        Fault::Damage(damage) => RestoreError::damaged(damage),
        Fault::Disk(error) => RestoreError::source(error),
    }
}

fn of_target(fault: Fault) -> RestoreError {
    match fault {
        Fault::Damage(damage) => RestoreError::read_back(damage),
        Fault::Disk(error) => RestoreError::target(error),
    }
}

/// Restores a backup.
pub(crate) fn run<F: Disk, T: Disk>(
    backup: &F,
    to: &T,
    expected: Option<Expected>,
    watch: &mut dyn FnMut(Progress),
) -> Result<Restored, RestoreError> {
    let manifest = manifest_of(backup)?;
    let head = manifest.head;
    if let Some(expected) = expected.filter(|expected| !expected.fits(&head)) {
        let (found, expected) = (Box::new(head), Box::new(expected));
        return Err(RestoreError::OtherHead { found, expected });
    }
    let bytes = manifest.files.iter().map(|entry| entry.bytes).sum();
    let mut progress = Progress { doing: Doing::Checking, done: 0, total: bytes };
    watch(progress);
    let root = root_of(backup, &manifest).map_err(of_backup)?;
    check_chain(backup, &manifest, &root).map_err(of_backup)?;
    check_files(backup, &manifest, Size::AtLeast).map_err(of_backup)?;
    let (files, made_ns) = (wide(manifest.files.len()), manifest.made_ns);
    let mut done = Restored { head, made_ns, files, bytes, already: false };
    if is_done(to, &manifest)? {
        done.already = true;
        return Ok(done);
    }
    let _lock = to.lock(LOCK).map_err(RestoreError::target)?;
    begin(to, &root, &manifest).map_err(RestoreError::target)?;
    progress.doing = Doing::Copying;
    watch(progress);
    for entry in manifest.files.iter().filter(|entry| entry.path != FORMAT) {
        copy_one(backup, to, entry, &mut |bytes| {
            progress.done += bytes;
            watch(progress);
        })?;
    }
    sync_directories(to, &manifest).map_err(RestoreError::target)?;
    watch(Progress { doing: Doing::Verifying, done: 0, total: bytes });
    let segments = manifest.files.iter().filter(|entry| entry.path != FORMAT).cloned().collect();
    let written = Manifest { files: segments, ..manifest };
    // The chain of these very bytes was walked in the backup.
    check_files(to, &written, Size::Exactly).map_err(of_target)?;
    to.rename(FORMAT_BEGUN, FORMAT).map_err(RestoreError::target)?;
    to.sync_dir("").map_err(RestoreError::target)?;
    watch(Progress { doing: Doing::Verifying, done: bytes, total: bytes });
    Ok(done)
}

fn manifest_of<F: Disk>(backup: &F) -> Result<Manifest, RestoreError> {
    let manifest = read_manifest(backup).map_err(|unread| match unread {
        Unread::Disk(error) => RestoreError::source(error),
        Unread::Fault(ManifestFault::TooNew(detail)) => RestoreError::no_backup(detail),
        Unread::Fault(ManifestFault::Damaged(detail)) => {
            RestoreError::damaged(BackupDamage { place: MANIFEST.to_owned(), detail })
        }
    })?;
    manifest.ok_or_else(|| RestoreError::no_backup(format!("there is no file {MANIFEST}")))
}

/// Whether the target holds this restored backup and nothing else; refused if it holds anything
/// else, but for what an interrupted restoring left.
fn is_done<T: Disk>(to: &T, manifest: &Manifest) -> Result<bool, RestoreError> {
    let names = contents(to).map_err(RestoreError::target)?;
    if names.is_empty() || names.iter().any(|name| name == FORMAT_BEGUN) {
        return Ok(false);
    }
    let other = names.iter().find(|name| ![FORMAT, SEGMENTS, ARCHIVE].contains(&name.as_str()));
    let listed = Shelf::new(to).list(SEGMENTS).ok();
    let wanted = Shelf::new(View::new(to, manifest)).list(SEGMENTS).ok();
    let same = other.is_none() && listed == wanted;
    if same && check_files(to, manifest, Size::Exactly).is_ok() {
        return Ok(true);
    }
    Err(RestoreError::not_empty(other.or(names.first()).cloned().unwrap_or_default()))
}

/// Makes the target a log that is not restored yet.
fn begin<T: Disk>(to: &T, root: &Root, manifest: &Manifest) -> Result<(), DiskError> {
    let file = match to.create(FORMAT_BEGUN) {
        Err(DiskError::AlreadyExists { .. }) => to.open(FORMAT_BEGUN, Access::Write)?,
        created => created?,
    };
    to.sync_dir("")?;
    let text = root.encode();
    to.set_len(&file, 0)?;
    to.write_at(&file, 0, text.as_bytes())?;
    to.sync_data(&file)?;
    to.create_dir(SEGMENTS)?;
    if manifest.files.iter().any(|entry| entry.path.starts_with(ARCHIVE)) {
        to.create_dir(ARCHIVE)?;
    }
    to.sync_dir("")?;
    tidy(to, manifest)
}

fn copy_one<F: Disk, T: Disk>(
    backup: &F,
    to: &T,
    entry: &Entry,
    step: &mut dyn FnMut(u64),
) -> Result<(), RestoreError> {
    let file = backup.open(&entry.path, Access::Read).map_err(RestoreError::source)?;
    let Entry { path, bytes, length, digest } = entry;
    let plan = Copy { file: &file, bytes: *bytes, length: *length, to: path };
    match copy(backup, to, &plan, step) {
        Ok(copied) if copied == *digest => Ok(()),
        Ok(_) => Err(RestoreError::damaged(BackupDamage {
            place: path.clone(),
            detail: "it changed while it was copied".to_owned(),
        })),
        Err(CopyFault::Read(error)) => Err(RestoreError::source(error)),
        Err(CopyFault::Write(error)) => Err(RestoreError::target(error)),
    }
}

fn sync_directories<T: Disk>(to: &T, manifest: &Manifest) -> Result<(), DiskError> {
    to.sync_dir(SEGMENTS)?;
    if manifest.files.iter().any(|entry| entry.path.starts_with(ARCHIVE)) {
        to.sync_dir(ARCHIVE)?;
    }
    to.sync_dir("")
}
