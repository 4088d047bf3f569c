//! Making a backup: what the target has already stays, the rest is copied, all that is new is read
//! back and walked, and only then the manifest names it.

use std::ops::ControlFlow;

use gatefold_core::record::Position;
use gatefold_core::record::disk::{Access, Disk, DiskError};

use crate::anchor::Anchor;
use crate::archive::{ARCHIVE, Shelf, ShelfFile, UNFINISHED, archive_path};
use crate::backup::copy::{CopyFault, hashed, put};
use crate::backup::error::{BackupDamage, BackupError};
use crate::backup::footer::ending;
use crate::backup::manifest::{Entry, Manifest};
use crate::backup::source::{Source, SourceFault, look};
use crate::backup::target::{Before, accept, before, tidy};
use crate::backup::view::View;
use crate::backup::{BEGUN, BackupOptions, BackupReport, MANIFEST};
use crate::format::bytes::wide;
use crate::format::genesis;
use crate::format::root::Root;
use crate::open::{FORMAT, LOCK, read_root};
use crate::outside;
use crate::progress::{Doing, Progress};
use crate::recovery::layout::{Layout, SEGMENTS, segment_path, survey};
use crate::recovery::walk::Cursor;

const MANIFEST_NEW: &str = "BACKUP.new";

/// One run.
pub(crate) struct Run<'r, F: Disk, T: Disk> {
    pub from: Shelf<&'r F>,
    pub to: &'r T,
    pub root: Root,
    pub before: Before,
    pub options: &'r BackupOptions<'r>,
    pub report: BackupReport,
}

/// Makes a backup, or brings it up to date.
pub(crate) fn run<F: Disk, T: Disk>(
    from: &F,
    to: &T,
    options: &BackupOptions<'_>,
    watch: &mut dyn FnMut(Progress),
) -> Result<BackupReport, BackupError> {
    let root = read_root(from).map_err(BackupError::root)?;
    let root = root.ok_or_else(|| BackupError::no_log("there is no file FORMAT"))?;
    accept(to)?;
    let _lock = to.lock(LOCK).map_err(BackupError::target)?;
    accept(to)?;
    let before = before(to, &root)?;
    let head =
        Anchor { uuid: root.uuid, position: Position::ZERO, group: 0, digest: genesis(&root.uuid) };
    let (copied, renewed) = (Vec::new(), Vec::new());
    let report =
        BackupReport { head, files: 0, bytes: 0, copied, copied_bytes: 0, renewed, torn: false };
    let run = Run { from: Shelf::new(from), to, root, before, options, report };
    run.make(watch)
}

impl<F: Disk, T: Disk> Run<'_, F, T> {
    fn make(mut self, watch: &mut dyn FnMut(Progress)) -> Result<BackupReport, BackupError> {
        watch(Progress { doing: Doing::Checking, done: 0, total: 0 });
        let (mut settled, mut renewed) = (Vec::new(), Vec::new());
        let source = look(&self.from, &self.root, &self.before.tips, &mut |layout| {
            (settled, renewed) = self.settled(layout)?;
            Ok(settled.len())
        });
        let source = source.map_err(fault_of)?;
        self.report.renewed = renewed;
        self.report.head = source.head;
        self.report.torn = source.torn;
        self.begin().map_err(BackupError::target)?;
        let first = source.parts.first().map_or(0, |part| part.segment);
        settled.truncate(first);
        let mut files = vec![self.root_file()?];
        files.append(&mut settled);
        self.copy_parts(&source, &mut files, watch)?;
        let manifest = Manifest { head: source.head, made_ns: outside::now_ns(), files };
        self.prove(&manifest, first, watch)?;
        self.finish(&manifest).map_err(BackupError::target)?;
        self.report.files = wide(manifest.files.len());
        self.report.bytes = manifest.files.iter().map(|entry| entry.bytes).sum();
        Ok(self.report)
    }

    /// The first finished segments that are in the backup already, and which of its files have
    /// changed since.
    fn settled(
        &self,
        layout: &Layout<ShelfFile<F::File>>,
    ) -> Result<(Vec<Entry>, Vec<String>), SourceFault> {
        let (mut settled, mut changed) = (Vec::new(), Vec::new());
        let Some(manifest) = &self.before.manifest else { return Ok((settled, changed)) };
        for (found, next) in layout.segments.iter().zip(layout.segments.iter().skip(1)) {
            let (Ok(header), Ok(next)) = (&found.header, &next.header) else { break };
            let Some(ours) = ending(&self.from, &found.file, header.salt)? else { break };
            let joins = (next.entering, next.first_group) == (ours.digest, ours.group + 1);
            let plain = manifest.entry(&segment_path(found.name));
            let entry = plain.or_else(|| manifest.entry(&archive_path(found.name)));
            let Some(entry) = entry.filter(|entry| joins && entry.bytes == entry.length) else {
                break;
            };
            let view = Shelf::new(View::new(self.to, manifest));
            let Ok(file) = view.open(&segment_path(found.name), Access::Read) else { break };
            if ending(&view, &file, header.salt).ok().flatten() != Some(ours) {
                break;
            }
            if !self.is_unchanged(entry).unwrap_or(false) {
                changed.push(entry.path.clone());
                break;
            }
            settled.push(entry.clone());
        }
        Ok((settled, changed))
    }

    /// A file of the backup is what the manifest says, as far as is asked for.
    fn is_unchanged(&self, entry: &Entry) -> Result<bool, CopyFault> {
        let file = self.to.open(&entry.path, Access::Read).map_err(CopyFault::Write)?;
        if self.to.size(&file).map_err(CopyFault::Write)? != entry.bytes {
            return Ok(false);
        }
        let digest = |file| hashed(self.to, file, entry.bytes, &mut |_| Ok(()));
        Ok(!self.options.deep || digest(&file)? == entry.digest)
    }

    /// Makes the target a backup that is not finished, and removes what interrupted runs left.
    fn begin(&self) -> Result<(), DiskError> {
        if self.before.manifest.is_none() && self.to.list("")?.iter().all(|name| name != BEGUN) {
            self.to.create(BEGUN)?;
        }
        self.to.create_dir(SEGMENTS)?;
        self.to.sync_dir("")?;
        for directory in [SEGMENTS, ARCHIVE] {
            let names = match self.to.list(directory) {
                Err(DiskError::NotFound { .. }) => continue,
                listed => listed?,
            };
            for name in names.iter().filter(|name| name.ends_with(UNFINISHED)) {
                self.to.remove(&format!("{directory}/{name}"))?;
            }
        }
        Ok(())
    }

    /// The file `FORMAT`.
    fn root_file(&self) -> Result<Entry, BackupError> {
        let text = self.root.encode();
        if read_root(self.to).ok().flatten().as_ref() != Some(&self.root) {
            let unfinished = format!("{FORMAT}{UNFINISHED}");
            put(self.to, FORMAT, &unfinished, text.as_bytes()).map_err(BackupError::target)?;
        }
        let (path, bytes) = (FORMAT.to_owned(), wide(text.len()));
        let digest = *blake3::hash(text.as_bytes()).as_bytes();
        Ok(Entry { path, bytes, length: bytes, digest })
    }

    fn copy_parts(
        &mut self,
        source: &Source<F::File>,
        files: &mut Vec<Entry>,
        watch: &mut dyn FnMut(Progress),
    ) -> Result<(), BackupError> {
        let total = source.parts.iter().map(|part| part.used).sum();
        let mut progress = Progress { doing: Doing::Copying, done: 0, total };
        watch(progress);
        for part in &source.parts {
            let found = &source.layout.segments[part.segment];
            let end = progress.done + part.used;
            let kept = match part.finished {
                true => self.kept(found, part),
                false => None,
            };
            let entry = match kept {
                Some(entry) => entry,
                None => self.copy_part(found, part, &mut |bytes| {
                    progress.done = end.min(progress.done + bytes);
                    watch(progress);
                })?,
            };
            files.push(entry);
            progress.done = end;
            watch(progress);
        }
        let archived = files.iter().any(|entry| entry.path.starts_with(ARCHIVE));
        let synced = self.to.sync_dir(SEGMENTS).and_then(|()| match archived {
            true => self.to.sync_dir(ARCHIVE),
            false => Ok(()),
        });
        synced.and_then(|()| self.to.sync_dir("")).map_err(BackupError::target)
    }

    /// Reads back what this run added and walks it to the head.
    fn prove(
        &self,
        manifest: &Manifest,
        first: usize,
        watch: &mut dyn FnMut(Progress),
    ) -> Result<(), BackupError> {
        let total = manifest.files.iter().skip(first + 1).map(|entry| entry.bytes).sum();
        watch(Progress { doing: Doing::Verifying, done: 0, total });
        let view = Shelf::new(View::new(self.to, manifest));
        let damaged = |damage| BackupError::target_damaged(damage);
        let layout = survey(&view, Access::Read).map_err(|error| damaged(error.into()))?;
        let end = layout.walk(&view, &self.root, first, &mut |_| Ok(ControlFlow::Continue(())));
        let end = end.map_err(|error| damaged(error.into()))?;
        watch(Progress { doing: Doing::Verifying, done: total, total });
        let Cursor { group, digest, .. } = end.cursor;
        if (group, digest) == (manifest.head.group, manifest.head.digest) {
            return Ok(());
        }
        let place = layout.segments.get(end.segment).map_or(SEGMENTS, |found| found.path.as_str());
        Err(damaged(BackupDamage {
            place: format!("{place} at offset {}", end.end.offset),
            detail: format!("it goes to group {group} only, not to {}", manifest.head.group),
        }))
    }

    fn finish(&self, manifest: &Manifest) -> Result<(), DiskError> {
        put(self.to, MANIFEST, MANIFEST_NEW, manifest.encode().as_bytes())?;
        self.to.sync_dir("")?;
        tidy(self.to, manifest)
    }
}

fn fault_of(fault: SourceFault) -> BackupError {
    match fault {
        SourceFault::Walk(error) => BackupError::log(*error),
        SourceFault::Behind { head, backup } => BackupError::rolled_back(*head, *backup),
        SourceFault::Differs { backup } => BackupError::differs(format!(
            "another group {} at position {}",
            backup.group, backup.position
        )),
    }
}
