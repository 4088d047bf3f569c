//! The mutations of reading: what is durable, and that nothing ends early.

use super::{Mutant, by, mutant};

const READ_LOOK: &str = "adapters/gatefold-log/src/read/look.rs";
const READ_MOD: &str = "adapters/gatefold-log/src/read/mod.rs";
const READ_SCAN: &str = "adapters/gatefold-log/src/read/scan.rs";
const READ_STREAM: &str = "adapters/gatefold-log/src/read/stream.rs";

#[rustfmt::skip]
pub(super) const MUTANTS: &[Mutant] = &[
    mutant(
        "reader: unproven groups", READ_LOOK,
        "if !live && self.held.group.is_some() {",
        "if self.held.group.is_some() {",
        by::READER,
    ),
    mutant(
        "reader: what nobody writes is synced first", READ_LOOK,
        "                self.disk.sync_data(&found.file)?;\n",
        "                let _ = &found.file;\n",
        by::READER,
    ),
    mutant(
        "reader: the lock is asked for after the walk", READ_LOOK,
        "let live = live || self.disk.is_locked(LOCK)?;",
        "let live = live;",
        by::READER,
    ),
    mutant(
        "reader: finished segments join", READ_LOOK,
        "        if !joins {\n",
        "        if false {\n",
        by::READER,
    ),
    mutant(
        "reader: a segment is missing", READ_LOOK,
        "                if segment == newest {\n",
        "                if false {\n",
        by::DAMAGE,
    ),
    mutant(
        "reader: a footer before the last", READ_LOOK,
        "            } else if self.is_sealed(segment) {\n",
        "            } else if false {\n",
        by::DAMAGE,
    ),
    mutant(
        "reader: the length of the last", READ_LOOK,
        "} else if !only_empty && size != u64::from(header.length) {",
        "} else if false && size != u64::from(header.length) {",
        by::DAMAGE,
    ),
    mutant(
        "reading: the end is where it was", READ_MOD,
        "if complete { Ok(()) } else { Err(self.cut(place)) }",
        "let _ = (complete, self.cut(place));\n        Ok(())",
        by::DAMAGE,
    ),
    mutant(
        "reading: segments continue each other", READ_SCAN,
        "                check_sequence(&found, header, segment, root, &cursor)?;\n",
        "",
        by::DAMAGE,
    ),
    mutant(
        "stream: a gap in its versions", READ_STREAM,
        "                gap = entry.version != next;\n",
        "                gap = false;\n",
        by::TAIL,
    ),
    mutant(
        "stream: its end is where it was", READ_STREAM,
        "    Err(ReadError::Corrupt {\n        place: format!(\"{stream} version {next}\"),",
        concat!(
            "    if true {\n",
            "        return Ok(());\n",
            "    }\n",
            "    Err(ReadError::Corrupt {\n",
            "        place: format!(\"{stream} version {next}\"),",
        ),
        by::TAIL,
    ),
];
