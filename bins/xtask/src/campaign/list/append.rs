//! The mutations of an append: every sync and every check from the call to the disk.

use super::{Mutant, by, mutant};

const ACTIVE: &str = "adapters/gatefold-log/src/active.rs";
const COMMIT: &str = "adapters/gatefold-log/src/commit.rs";
const WRITER_SHARED: &str = "adapters/gatefold-log/src/writer/shared.rs";

#[rustfmt::skip]
pub(super) const MUTANTS: &[Mutant] = &[
    mutant(
        "append: the sync", ACTIVE,
        concat!(
            "disk.write_at(&self.file, self.offset, &group.bytes)?;\n",
            "        disk.sync_data(&self.file)",
        ),
        "disk.write_at(&self.file, self.offset, &group.bytes)",
        by::CRASH,
    ),
    mutant(
        "finished segment: the cut", ACTIVE,
        "        disk.set_len(&self.file, length)?;\n        disk.sync_data(&self.file)\n",
        "        let _ = length;\n        disk.sync_data(&self.file)\n",
        by::SEALED,
    ),
    mutant(
        "finished segment: sync of the cut", ACTIVE,
        "        disk.set_len(&self.file, length)?;\n        disk.sync_data(&self.file)\n",
        "        disk.set_len(&self.file, length)\n",
        by::SEALED,
    ),
    mutant(
        "new segment: sync of its bytes", ACTIVE,
        "    disk.sync_data(&file)?;\n    disk.sync_dir(SEGMENTS)?;\n",
        "    disk.sync_dir(SEGMENTS)?;\n",
        by::CRASH,
    ),
    mutant(
        "new segment: sync of its name", ACTIVE,
        "    disk.sync_data(&file)?;\n    disk.sync_dir(SEGMENTS)?;\n",
        "    disk.sync_data(&file)?;\n",
        by::CRASH,
    ),
    mutant(
        "append: room in the segment", COMMIT,
        "if self.needed(bytes, group) > u64::from(self.active.header.length) {",
        "if false {",
        by::CRASH,
    ),
    mutant(
        "append: space before the write", COMMIT,
        "        place.ahead.reserve(&place.disk, &self.active.file, needed).map_err(before)?;\n",
        "        let _ = needed;\n",
        by::FULL,
    ),
    mutant(
        "append: a failed write is not lack of space", COMMIT,
        "self.active.write(&place.disk, group).map_err(unknown)?;",
        "self.active.write(&place.disk, group).map_err(before)?;",
        by::FULL,
    ),
    mutant(
        "append: a failed sync ends the log", COMMIT,
        "self.active.write(&place.disk, group).map_err(unknown)?;",
        "let _ = self.active.write(&place.disk, group).map_err(unknown);",
        by::CRASH,
    ),
    mutant(
        "append: lack of space is not poison", COMMIT,
        "DiskError::NoSpace { .. } => CommitError::Full(error.to_string()),",
        "DiskError::NoSpace { .. } => unknown(error),",
        by::FULL,
    ),
    mutant(
        "roll: the footer before the next group", COMMIT,
        "        self.active.write(disk, &footer).map_err(unknown)?;\n",
        "        let _ = &footer;\n",
        by::CRASH,
    ),
    mutant(
        "roll: a failed footer is not lack of space", COMMIT,
        "self.active.write(disk, &footer).map_err(unknown)?;",
        "self.active.write(disk, &footer).map_err(before)?;",
        by::FULL,
    ),
    mutant(
        "roll: a failed cut is not lack of space", COMMIT,
        "self.active.trim(disk, end).map_err(unknown)?;",
        "self.active.trim(disk, end).map_err(before)?;",
        by::FULL,
    ),
    mutant(
        "roll: the next segment before the footer", COMMIT,
        concat!(
            "        let (next, filled) = adopt(place, name, header).inspect_err(|_| ahead.put(Non",
            "e))?;\n",
            "        self.active.write(disk, &footer).map_err(unknown)?;\n",
        ),
        concat!(
            "        self.active.write(disk, &footer).map_err(unknown)?;\n",
            "        let (next, filled) = adopt(place, name, header).inspect_err(|_| ahead.put(Non",
            "e))?;\n",
        ),
        by::CRASH,
    ),
    mutant(
        "roll: a spare that cannot be used is given up", COMMIT,
        ".inspect_err(|_| ahead.put(None))?;",
        "?;",
        by::FULL,
    ),
    mutant(
        "roll: sync of the header", COMMIT,
        "    disk.sync_data(&spare.file).map_err(before)?;\n",
        "",
        by::CRASH,
    ),
    mutant(
        "roll: sync of the name", COMMIT,
        "    disk.sync_dir(SEGMENTS).map_err(unknown)?;\n",
        "",
        by::CRASH,
    ),
    mutant(
        "append: refused after a fault", WRITER_SHARED,
        "            let mut desk = self.desk();\n            desk.work.shut()?;\n",
        "            let mut desk = self.desk();\n",
        by::CRASH,
    ),
    mutant(
        "append: ids of finished segments", WRITER_SHARED,
        "if !seen && !sealed.is_empty() {",
        "if false {",
        by::SEALED,
    ),
    mutant(
        "append: a damaged segment ends the log", WRITER_SHARED,
        "            self.desk().work.spoil(&detail);\n",
        "",
        by::SEALED,
    ),
    mutant(
        "append: room in the group", WRITER_SHARED,
        "if !desk.work.open.has_room(append) {",
        "if false {",
        by::THREADS,
    ),
    mutant(
        "append: the bounds of a batch", WRITER_SHARED,
        "        append.check_bounds()?;\n",
        "",
        by::CONTRACT,
    ),
    mutant(
        "append: a repetition waits for the first", WRITER_SHARED,
        "let seat = seat_of(&desk, appended.position);",
        "let seat = None;",
        by::THREADS,
    ),
    mutant(
        "close: a poisoned log is not closed", WRITER_SHARED,
        concat!(
            "            desk.work.refused()?;\n",
            "            drop(desk);\n",
            "            if let Some(done) = self.write_empty(Kind::CleanClose",
        ),
        concat!(
            "            drop(desk);\n",
            "            if let Some(done) = self.write_empty(Kind::CleanClose",
        ),
        by::CRASH,
    ),
    mutant(
        "reading: only what is durable", WRITER_SHARED,
        "Until { group: cursor.group, position: Position::new(cursor.position) };",
        "Until { group: cursor.group + 1, position: Position::new(cursor.position) };",
        by::THREADS,
    ),
];
