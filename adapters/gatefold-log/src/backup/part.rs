//! Bringing one segment into a backup: it is there already, is linked, or is copied.

use std::ops::ControlFlow;

use gatefold_core::record::disk::{Access, Disk, DiskError};

use crate::archive::{ARCHIVE, Shelf, ShelfFile, UNFINISHED};
use crate::backup::copy::{Copy, CopyFault, copy, hashed, remove_if_there};
use crate::backup::error::BackupError;
use crate::backup::footer::ending;
use crate::backup::manifest::Entry;
use crate::backup::run::Run;
use crate::backup::source::Part;
use crate::recovery::layout::{Found, segment_path};
use crate::recovery::walk::{Cursor, SegmentWalk};

impl<F: Disk, T: Disk> Run<'_, F, T> {
    /// A finished segment that an interrupted run copied: it stays if every check passes on it.
    pub(crate) fn kept(&self, found: &Found<ShelfFile<F::File>>, part: &Part) -> Option<Entry> {
        let header = found.header.as_ref().ok()?;
        let shelf = Shelf::new(self.to);
        let file = shelf.open(&segment_path(found.name), Access::Read).ok()?;
        let ours = (part.used, part.cursor.digest);
        let theirs = ending(&shelf, &file, header.salt).ok()??;
        if (theirs.size, theirs.digest) != ours {
            return None;
        }
        let mut cursor = Cursor {
            group: header.first_group - 1,
            position: header.first_position - 1,
            digest: header.entering,
        };
        let (path, size) = (found.path.as_str(), theirs.size);
        let walk = SegmentWalk { disk: &shelf, file: &file, path, header, size, sealed: true };
        walk.run(&mut cursor, &mut |_| Ok(ControlFlow::Continue(()))).ok()?;
        if cursor != part.cursor {
            return None;
        }
        let path = shelf.stored_at(&file).map_or_else(|| segment_path(found.name), str::to_owned);
        let bytes = self.to.size(file.stored()).ok()?;
        let digest = hashed(self.to, file.stored(), bytes, &mut |_| Ok(())).ok()?;
        Some(Entry { path, bytes, length: bytes, digest })
    }

    pub(crate) fn copy_part(
        &mut self,
        found: &Found<ShelfFile<F::File>>,
        part: &Part,
        step: &mut dyn FnMut(u64),
    ) -> Result<Entry, BackupError> {
        let from = *self.from.plain();
        let file = found.file.stored();
        let whole = from.size(file).map_err(BackupError::source)?;
        let (path, bytes) = match &found.file {
            ShelfFile::Plain(_) => (segment_path(found.name), part.used),
            ShelfFile::Packed(packed) => (packed.path().to_owned(), whole),
        };
        if path.starts_with(ARCHIVE) {
            self.to.create_dir(ARCHIVE).map_err(BackupError::target)?;
        }
        let made = found.header.as_ref().map_or(bytes, |header| u64::from(header.length));
        let length = if part.finished { bytes } else { made.max(bytes) };
        self.report.copied.push(path.clone());
        self.report.copied_bytes += bytes;
        let linked = part.finished && bytes == whole && self.linked(&path)?;
        let digest = if linked {
            hashed(from, file, bytes, &mut |_| Ok(()))
        } else {
            copy(from, self.to, &Copy { file, bytes, length, to: &path }, step)
        };
        let digest = digest.map_err(copy_fault)?;
        Ok(Entry { path, bytes, length, digest })
    }

    /// Gives a file of the log its second name in the backup, if that is asked for.
    fn linked(&self, path: &str) -> Result<bool, BackupError> {
        let Some(link) = self.options.link else { return Ok(false) };
        let unfinished = format!("{path}{UNFINISHED}");
        remove_if_there(self.to, &unfinished).map_err(BackupError::target)?;
        match link(path, &unfinished) {
            Ok(()) => (),
            // It was archived meanwhile: the open file is copied.
            Err(DiskError::NotFound { .. }) => return Ok(false),
            Err(error) => return Err(BackupError::target(error)),
        }
        self.to.rename(&unfinished, path).map_err(BackupError::target)?;
        Ok(true)
    }
}

fn copy_fault(fault: CopyFault) -> BackupError {
    match fault {
        CopyFault::Read(error) => BackupError::source(error),
        CopyFault::Write(error) => BackupError::target(error),
    }
}
