//! Copies of a log that are worth something: made while a writer is at work, and proven before
//! they count.
//!
//! A backup is a directory in the log's own format with one more file, `BACKUP`, which comes last,
//! by rename: head, files and their BLAKE3. Files only ever grow, and the manifest says how much of
//! each counts, so the last finished backup can be restored whenever a later run is interrupted.

mod check;
mod copy;
pub(crate) mod error;
mod footer;
pub(crate) mod manifest;
mod part;
mod restore;
mod restore_error;
mod run;
mod source;
mod target;
mod view;

use std::path::Path;

use gatefold_core::record::disk::{Disk, DiskError};

use crate::anchor::Anchor;
use crate::os_disk::OsDisk;
use crate::progress::Progress;
pub use error::{BackupDamage, BackupError};
pub use restore::{Expected, Restored};
pub use restore_error::RestoreError;

/// The manifest of a finished backup.
pub(crate) const MANIFEST: &str = "BACKUP";
/// Marks a directory in which the first backup is not finished.
pub(crate) const BEGUN: &str = "BACKUP.part";
/// Files that make a directory a backup, which nobody may write to as to a log.
pub(crate) const BACKUP_MARKS: [&str; 2] = [MANIFEST, BEGUN];

/// Gives a file of the log (first path) a second name in the backup (second path).
pub type Link<'l> = dyn Fn(&str, &str) -> Result<(), DiskError> + 'l;

/// How a backup is made.
#[derive(Default)]
pub struct BackupOptions<'l> {
    /// Read again what earlier runs copied, and copy anew what has changed since.
    pub deep: bool,
    /// Link finished segments rather than copy them. A link is the same bytes on the same disk: rot
    /// of one is rot of both.
    pub link: Option<&'l Link<'l>>,
}

/// What a backup did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupReport {
    /// How far the backup goes.
    pub head: Anchor,
    /// Files of the backup.
    pub files: u64,
    /// Bytes of all of them that belong to the backup.
    pub bytes: u64,
    /// The files that were copied or linked by this run.
    pub copied: Vec<String>,
    /// Bytes that were copied by this run.
    pub copied_bytes: u64,
    /// Files that had changed in the backup since an earlier run copied them, and were copied
    /// again.
    pub renewed: Vec<String>,
    /// The log ends in bytes that are not a whole group; they were not copied.
    pub torn: bool,
}

/// Backs up the log in `from` to `to`, which is created if it is not there. Takes no lock on the
/// log: a writer may be at work.
///
/// While one is, the newest group counts once a later one is there, as for every reader.
///
/// # Errors
/// As [`BackupError`] says; what was backed up before can still be restored.
pub fn backup(
    from: &Path,
    to: &Path,
    options: &BackupOptions<'_>,
    watch: &mut dyn FnMut(Progress),
) -> Result<BackupReport, BackupError> {
    let made = OsDisk::create_root(to).map_err(BackupError::target);
    let made = made.and_then(|target| backup_on(OsDisk::new(from), target, options, watch));
    made.map_err(|error| error.at(from, to))
}

/// The same on any disks.
///
/// # Errors
/// As [`BackupError`] says.
pub fn backup_on<F: Disk, T: Disk>(
    from: F,
    to: T,
    options: &BackupOptions<'_>,
    watch: &mut dyn FnMut(Progress),
) -> Result<BackupReport, BackupError> {
    run::run(&from, &to, options, watch)
}

/// Gives finished segments of the log in `from` second names in the backup in `to`: the
/// [`BackupOptions::link`] of two directories on one file system.
pub fn hard_links(from: &Path, to: &Path) -> impl Fn(&str, &str) -> Result<(), DiskError> {
    let (from, to) = (from.to_owned(), to.to_owned());
    move |source, target| {
        let linked = std::fs::hard_link(from.join(source), to.join(target));
        linked.map_err(|error| {
            let detail = format!("cannot be linked: {error}");
            match error.kind() == std::io::ErrorKind::NotFound {
                true => DiskError::NotFound { path: source.to_owned() },
                false => DiskError::Failed { path: target.to_owned(), detail },
            }
        })
    }
}

/// Restores the backup in `backup` to `to`, which must be empty or not there.
///
/// # Errors
/// As [`RestoreError`] says; there is no log in `to` then.
pub fn restore(
    backup: &Path,
    to: &Path,
    expected: Option<Expected>,
    watch: &mut dyn FnMut(Progress),
) -> Result<Restored, RestoreError> {
    let done = OsDisk::create_root(to).map_err(RestoreError::target);
    let done = done.and_then(|target| restore_on(OsDisk::new(backup), target, expected, watch));
    done.map_err(|error| error.at(backup, to))
}

/// The same on any disks.
///
/// # Errors
/// As [`RestoreError`] says.
pub fn restore_on<F: Disk, T: Disk>(
    backup: F,
    to: T,
    expected: Option<Expected>,
    watch: &mut dyn FnMut(Progress),
) -> Result<Restored, RestoreError> {
    restore::run(&backup, &to, expected, watch)
}
