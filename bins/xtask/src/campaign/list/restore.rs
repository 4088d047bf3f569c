//! The mutations of restoring a backup.

use super::{Mutant, by, mutant};

const BACKUP_RESTORE: &str = "adapters/gatefold-log/src/backup/restore.rs";
const BACKUP_MANIFEST: &str = "adapters/gatefold-log/src/backup/manifest.rs";

#[rustfmt::skip]
pub(super) const MUTANTS: &[Mutant] = &[
    mutant(
        "restore: the expected head", BACKUP_RESTORE,
        "if let Some(expected) = expected.filter(|expected| !expected.fits(&head)) {",
        "if let Some(expected) = expected.filter(|_| false) {",
        by::BACKUP,
    ),
    mutant(
        "restore: chain before copying", BACKUP_RESTORE,
        "    check_chain(backup, &manifest, &root).map_err(of_backup)?;\n",
        "",
        by::BACKUP,
    ),
    mutant(
        "restore: files before copying", BACKUP_RESTORE,
        "    check_files(backup, &manifest, Size::AtLeast).map_err(of_backup)?;\n",
        "",
        by::BACKUP,
    ),
    mutant(
        "restore: one at a time", BACKUP_RESTORE,
        "    let _lock = to.lock(LOCK).map_err(RestoreError::target)?;\n",
        "",
        by::BACKUP,
    ),
    mutant(
        "restore: files after copying", BACKUP_RESTORE,
        "    check_files(to, &written, Size::Exactly).map_err(of_target)?;\n",
        "    let _ = written;\n",
        by::BACKUP,
    ),
    mutant(
        "restore: names before FORMAT", BACKUP_RESTORE,
        "    sync_directories(to, &manifest).map_err(RestoreError::target)?;\n",
        "",
        by::BACKUP,
    ),
    mutant(
        "restore: sync of FORMAT's name", BACKUP_RESTORE,
        concat!(
            "    to.rename(FORMAT_BEGUN, FORMAT).map_err(RestoreError::target)?;\n",
            "    to.sync_dir(\"\").map_err(RestoreError::target)?;\n",
        ),
        "    to.rename(FORMAT_BEGUN, FORMAT).map_err(RestoreError::target)?;\n",
        by::BACKUP,
    ),
    mutant(
        "restore: sync of FORMAT", BACKUP_RESTORE,
        "    to.write_at(&file, 0, text.as_bytes())?;\n    to.sync_data(&file)?;\n",
        "    to.write_at(&file, 0, text.as_bytes())?;\n",
        by::BACKUP,
    ),
    mutant(
        "restore: sync of its mark", BACKUP_RESTORE,
        "    to.sync_dir(\"\")?;\n    let text",
        "    let text",
        by::BACKUP,
    ),
    mutant(
        "restore: the copies' digests", BACKUP_RESTORE,
        "        Ok(copied) if copied == *digest => Ok(()),\n",
        "        Ok(copied) if copied == *digest || true => Ok(()),\n",
        by::BACKUP,
    ),
    mutant(
        "restore: into an empty place", BACKUP_RESTORE,
        "    Err(RestoreError::not_empty(other.or(names.first()).cloned().unwrap_or_default()))\n",
        "    let _ = other;\n    Ok(false)\n",
        by::BACKUP,
    ),
    mutant(
        "restore: what is there already", BACKUP_RESTORE,
        "if same && check_files(to, manifest, Size::Exactly).is_ok() {",
        "if same {",
        by::BACKUP,
    ),
    mutant(
        "manifest: its sum", BACKUP_MANIFEST,
        "        if text[summed..] != format!(\"{SUM}{}\\n\", hex(sum.as_bytes())) {",
        "        if false {\n            let _ = hex(sum.as_bytes());",
        by::LIBMAN,
    ),
    mutant(
        "manifest: files of a log only", BACKUP_MANIFEST,
        "length <= FILE_BYTES_MAX && is_of_a_log(&path);",
        "length <= FILE_BYTES_MAX;",
        by::LIBMAN,
    ),
    mutant(
        "manifest: lengths that can be added up", BACKUP_MANIFEST,
        "length <= FILE_BYTES_MAX && is_of_a_log(&path);",
        "is_of_a_log(&path);",
        by::LIBMAN,
    ),
    mutant(
        "manifest: no longer than its file", BACKUP_MANIFEST,
        "let fits = bytes <= length && ",
        "let fits = ",
        by::LIBMAN,
    ),
    mutant(
        "manifest: written in one way", BACKUP_MANIFEST,
        "if manifest.encode() == text { Ok(manifest) }",
        "if true { Ok(manifest) }",
        by::LIBMAN,
    ),
    mutant(
        "manifest: its version", BACKUP_MANIFEST,
        "        if version != VERSION {",
        "        if false {",
        by::LIBMAN,
    ),
];
