//! The mutations of writing and of the operating system's disk: every sync and every check of an
//! append.

use super::Mutant;

#[rustfmt::skip]
pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "append: the sync",
        file: "adapters/gatefold-log/src/active.rs",
        find: concat!(
            "        disk.write_at(&self.file, self.offset, &ready.bytes)",
            "?;\n",
            "        disk.sync_data(&self.file)?;\n",
        ),
        replace: "        disk.write_at(&self.file, self.offset, &ready.bytes)?;\n",
    },
    Mutant {
        name: "new segment: sync of its bytes",
        file: "adapters/gatefold-log/src/active.rs",
        find: "    disk.sync_data(&file)?;\n    disk.sync_dir(SEGMENTS)?;\n",
        replace: "    disk.sync_dir(SEGMENTS)?;\n",
    },
    Mutant {
        name: "new segment: sync of its name",
        file: "adapters/gatefold-log/src/active.rs",
        find: "    disk.sync_data(&file)?;\n    disk.sync_dir(SEGMENTS)?;\n",
        replace: "    disk.sync_data(&file)?;\n",
    },
    Mutant {
        name: "new segment: over groups",
        file: "adapters/gatefold-log/src/active.rs",
        find: "    if !is_empty(disk, &file)? {\n",
        replace: "    if false {\n",
    },
    Mutant {
        name: "roll: the footer before the next group",
        file: "adapters/gatefold-log/src/commit.rs",
        find: "        self.active.write(&self.disk, &footer).map_err(unknown)?;\n",
        replace: "",
    },
    Mutant {
        name: "roll: a name for an unused segment",
        file: "adapters/gatefold-log/src/commit.rs",
        find: "        self.reuse_unused(name).map_err(before)?;\n",
        replace: "",
    },
    Mutant {
        name: "roll: the next segment before the footer",
        file: "adapters/gatefold-log/src/commit.rs",
        find: concat!(
            "        let next = active::make(&self.disk, name, header).ma",
            "p_err(before)?;\n",
            "        self.active.write(&self.disk, &footer).map_err(unkno",
            "wn)?;\n",
        ),
        replace: concat!(
            "        self.active.write(&self.disk, &footer).map_err(unkno",
            "wn)?;\n",
            "        let next = active::make(&self.disk, name, header).ma",
            "p_err(before)?;\n",
        ),
    },
    Mutant {
        name: "a failed write is not lack of space",
        file: "adapters/gatefold-log/src/commit.rs",
        find: "        self.active.write(&self.disk, &ready).map_err(unknown)?;",
        replace: "        self.active.write(&self.disk, &ready).map_err(before)?;",
    },
    Mutant {
        name: "lack of space is not poison",
        file: "adapters/gatefold-log/src/commit.rs",
        find: "DiskError::NoSpace { .. } => CommitError::Full(error.to_string()),",
        replace: "DiskError::NoSpace { .. } => unknown(error),",
    },
    Mutant {
        name: "poison",
        file: "adapters/gatefold-log/src/embedded.rs",
        find: concat!(
            "                self.poison = Some(detail.clone());\n",
            "                Err(AppendError::Indeterminate { detail })",
        ),
        replace: "                Err(AppendError::Indeterminate { detail })",
    },
    Mutant {
        name: "creation: sync of the root's names",
        file: "adapters/gatefold-log/src/open.rs",
        find: "    disk.create_dir(QUARANTINE)?;\n    disk.sync_dir(\"\")?;\n",
        replace: "    disk.create_dir(QUARANTINE)?;\n",
    },
    Mutant {
        name: "creation: sync of FORMAT",
        file: "adapters/gatefold-log/src/open.rs",
        find: "    disk.sync_data(&file)?;\n    // The name",
        replace: "    // The name",
    },
    Mutant {
        name: "creation: over segments of a lost FORMAT",
        file: "adapters/gatefold-log/src/open.rs",
        find: "    refuse_orphans(disk)?;\n",
        replace: "",
    },
    Mutant {
        name: "opening: the lock",
        file: "adapters/gatefold-log/src/open.rs",
        find: "    let lock = disk.lock(LOCK)?;\n",
        replace: "    let lock = disk.lock(\"LOCK-NOT\")?;\n",
    },
    Mutant {
        name: "append: the ids",
        file: "adapters/gatefold-log/src/embedded.rs",
        find: "Presence::Reused(id) => return Err(AppendError::IdReused { stream, id }),",
        replace: "Presence::Reused(_) => (),",
    },
    Mutant {
        name: "append: the lease",
        file: "adapters/gatefold-log/src/embedded.rs",
        find: "if epoch < self.epoch() {",
        replace: "if false {",
    },
    Mutant {
        name: "append: the version",
        file: "adapters/gatefold-log/src/embedded.rs",
        find: "if expected != actual {",
        replace: "if false {",
    },
    Mutant {
        name: "disk: sync of a file",
        file: "adapters/gatefold-log/src/os_disk.rs",
        find: "file.file.sync_data().map_err(|error| fault(&file.path, \"sync\", &error))",
        replace: "let _ = &file.file;\n        Ok(())",
    },
    Mutant {
        name: "disk: sync of a directory",
        file: "adapters/gatefold-log/src/os_disk.rs",
        find: concat!(
            "let synced = File::open(self.full(path)).and_then(|directory",
            "| directory.sync_all());",
        ),
        replace: "let synced = File::open(self.full(path)).map(|_| ());",
    },
    Mutant {
        name: "disk: interrupted reads",
        file: "adapters/gatefold-log/src/os_disk.rs",
        find: "Err(error) if error.kind() == ErrorKind::Interrupted => (),",
        replace: "Err(error) if error.kind() == ErrorKind::Interrupted => break,",
    },
    Mutant {
        name: "disk: the lock",
        file: "adapters/gatefold-log/src/os_disk.rs",
        find: concat!(
            "Err(TryLockError::WouldBlock) if attempt < LOCK_ATTEMPTS => ",
            "{\n",
            "                    thread::sleep(LOCK_PAUSE);\n",
            "                }",
        ),
        replace: concat!(
            "Err(TryLockError::WouldBlock) if attempt < LOCK_ATTEMPTS => ",
            "{\n",
            "                    thread::sleep(LOCK_PAUSE);\n",
            "                    break;\n",
            "                }",
        ),
    },
];
