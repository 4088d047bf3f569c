//! The mutations of making a backup: every sync, and every check of log and target.

use super::{Mutant, by, equivalent, mutant};

const BACKUP_COPY: &str = "adapters/gatefold-log/src/backup/copy.rs";
const BACKUP_RUN: &str = "adapters/gatefold-log/src/backup/run.rs";
const BACKUP_SOURCE: &str = "adapters/gatefold-log/src/backup/source.rs";
const BACKUP_TARGET: &str = "adapters/gatefold-log/src/backup/target.rs";
const BACKUP_PART: &str = "adapters/gatefold-log/src/backup/part.rs";
const BACKUP_CHECK: &str = "adapters/gatefold-log/src/backup/check.rs";

#[rustfmt::skip]
pub(super) const MUTANTS: &[Mutant] = &[
    mutant(
        "copy: sync of its bytes", BACKUP_COPY,
        "    to.sync_data(&target).map_err(CopyFault::Write)?;\n",
        "",
        by::BACKUP,
    ),
    mutant(
        "copy: a source that ends early", BACKUP_COPY,
        "    if at != copy.bytes {\n",
        "    if false {\n",
        by::BACKUP,
    ),
    mutant(
        "manifest: sync of its bytes", BACKUP_COPY,
        "    disk.sync_data(&file)?;\n    disk.rename(by_way_of, path)",
        "    disk.rename(by_way_of, path)",
        by::BACKUP,
    ),
    mutant(
        "backup: sync of its mark", BACKUP_RUN,
        "        self.to.create_dir(SEGMENTS)?;\n        self.to.sync_dir(\"\")?;\n",
        "        self.to.create_dir(SEGMENTS)?;\n",
        by::BACKUP,
    ),
    mutant(
        "backup: sync of the copies' names", BACKUP_RUN,
        "        let synced = self.to.sync_dir(SEGMENTS).and_then(|()| match archived {",
        "        let synced = Ok(()).and_then(|()| match archived {",
        by::BACKUP,
    ),
    mutant(
        "backup: sync of the archive's names", BACKUP_RUN,
        "            true => self.to.sync_dir(ARCHIVE),\n",
        "            true => Ok(()),\n",
        by::BACKUP,
    ),
    mutant(
        "backup: names before the manifest", BACKUP_RUN,
        "        synced.and_then(|()| self.to.sync_dir(\"\")).map_err(BackupError::target)",
        "        synced.map_err(BackupError::target)",
        by::BACKUP,
    ),
    mutant(
        "backup: sync of the manifest's name", BACKUP_RUN,
        concat!(
            "        put(self.to, MANIFEST, MANIFEST_NEW, manifest.encode().as_bytes())?;\n",
            "        self.to.sync_dir(\"\")?;\n",
        ),
        "        put(self.to, MANIFEST, MANIFEST_NEW, manifest.encode().as_bytes())?;\n",
        by::BACKUP,
    ),
    mutant(
        "backup: proof before the manifest", BACKUP_RUN,
        "        self.prove(&manifest, first, watch)?;\n",
        "        let _ = self.prove(&manifest, first, watch);\n",
        by::BACKUP,
    ),
    mutant(
        "backup: proof to the head", BACKUP_RUN,
        "        if (group, digest) == (manifest.head.group, manifest.head.digest) {",
        "        if true {\n            let _ = (group, digest);",
        by::BACKUP,
    ),
    mutant(
        "backup: one at a time", BACKUP_RUN,
        "    let _lock = to.lock(LOCK).map_err(BackupError::target)?;\n",
        "",
        by::BACKUP,
    ),
    mutant(
        "backup: settled segments join", BACKUP_RUN,
        "entry.filter(|entry| joins && entry.bytes == entry.length)",
        "entry.filter(|entry| entry.bytes == entry.length)",
        by::BACKUP,
    ),
    mutant(
        "backup: settled segments are the same", BACKUP_RUN,
        "if ending(&view, &file, header.salt).ok().flatten() != Some(ours) {",
        "if false {",
        by::BACKUP,
    ),
    mutant(
        "backup: lengths of what is settled", BACKUP_RUN,
        "if self.to.size(&file).map_err(CopyFault::Write)? != entry.bytes {",
        "if false {",
        by::BACKUP,
    ),
    mutant(
        "backup: a deep run reads", BACKUP_RUN,
        "Ok(!self.options.deep || digest(&file)? == entry.digest)",
        "Ok(!self.options.deep || digest(&file).is_ok())",
        by::BACKUP,
    ),
    mutant(
        "backup: only proven groups", BACKUP_SOURCE,
        "if !live || walk.known(&last) {",
        "if true {",
        by::BACKUP,
    ),
    mutant(
        "backup: what nobody writes is synced first", BACKUP_SOURCE,
        "            shelf.sync_data(&layout.segments[end.segment].file)?;\n",
        "",
        by::BACKUP,
    ),
    mutant(
        "backup: another history", BACKUP_SOURCE,
        "if let Some(tip) = here.filter(|tip| tip.digest != digest) {",
        "if let Some(tip) = here.filter(|_| { let _ = digest; false }) {",
        by::BACKUP,
    ),
    mutant(
        "backup: a log that was rolled back", BACKUP_SOURCE,
        "if let Some(backup) = tips.iter().find(|tip| tip.group > group) {",
        "if let Some(backup) = tips.iter().find(|_| false) {",
        by::BACKUP,
    ),
    mutant(
        "backup: where the log goes on", BACKUP_SOURCE,
        "        check_begin(layout.segments.get(segment), &cursor)?;\n",
        "        let _ = check_begin(layout.segments.get(segment), &cursor);\n",
        by::BACKUP,
    ),
    mutant(
        "backup: another log's", BACKUP_TARGET,
        "if let Some(theirs) = theirs.filter(|theirs| *theirs != root.uuid) {",
        "if let Some(theirs) = theirs.filter(|_| false) {",
        by::BACKUP,
    ),
    mutant(
        "backup: where interrupted runs ended", BACKUP_TARGET,
        "    tips.extend(last_group(disk, root).map_err(BackupError::target)?);\n",
        "    let _ = last_group(disk, root);\n",
        by::BACKUP,
    ),
    mutant(
        "backup: a directory that is something else", BACKUP_TARGET,
        "Some(found) if !is_backup => Err(BackupError::not_a_backup(found.clone())),",
        "Some(_) if !is_backup => Ok(()),",
        by::BACKUP,
    ),
    mutant(
        "tidy: only what the manifest does not name", BACKUP_TARGET,
        "paths.filter(|path| manifest.entry(path).is_none()).collect();",
        "paths.filter(|_| true).collect();",
        by::BACKUP,
    ),
    equivalent(
        "backup: a kept segment is the log's", BACKUP_PART,
        "if (theirs.size, theirs.digest) != ours {",
        "if false {",
        concat!(
            "the walk behind it ends at the same group and digest or keeps nothing, and a footer ",
            "states its offset: it only spares that walk",
        ),
    ),
    mutant(
        "backup: a kept segment is walked", BACKUP_PART,
        concat!(
            "        walk.run(&mut cursor, &mut |_| Ok(ControlFlow::Continue(()))).ok()?;\n",
            "        if cursor != part.cursor {\n",
            "            return None;\n",
            "        }\n",
        ),
        "        let _ = walk.run(&mut cursor, &mut |_| Ok(ControlFlow::Continue(())));\n",
        by::BACKUP,
    ),
    mutant(
        "restore: the log's identity", BACKUP_CHECK,
        "Ok(root) if root.uuid == manifest.head.uuid => Ok(root),",
        "Ok(root) => Ok(root),",
        by::BACKUP,
    ),
    mutant(
        "restore: the head", BACKUP_CHECK,
        "    if found == (head.position.get(), head.group, head.digest) {",
        "    if true {",
        by::BACKUP,
    ),
    mutant(
        "restore: lengths", BACKUP_CHECK,
        "        if !fits {\n",
        "        if false {\n            let _ = fits;",
        by::BACKUP,
    ),
    mutant(
        "restore: digests", BACKUP_CHECK,
        "        if digest != entry.digest {\n",
        "        if false {\n            let _ = digest;",
        by::BACKUP,
    ),
];
