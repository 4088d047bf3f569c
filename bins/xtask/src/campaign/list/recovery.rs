//! The mutations of opening: what recovery syncs, keeps and checks.

use super::{Mutant, by, equivalent, mutant};

const RECOVERY_MEND: &str = "adapters/gatefold-log/src/recovery/mend.rs";
const RECOVERY_ENDING: &str = "adapters/gatefold-log/src/recovery/ending.rs";
const RECOVERY_GATHER: &str = "adapters/gatefold-log/src/recovery/gather.rs";

#[rustfmt::skip]
pub(super) const MUTANTS: &[Mutant] = &[
    mutant(
        "opening: sync of the root's names", RECOVERY_MEND,
        "    disk.sync_dir(\"\")?;\n    disk.sync_dir(SEGMENTS)?;\n",
        "    disk.sync_dir(SEGMENTS)?;\n",
        by::CRASH,
    ),
    equivalent(
        "opening: sync of the segments' names", RECOVERY_MEND,
        "    disk.sync_dir(\"\")?;\n    disk.sync_dir(SEGMENTS)?;\n",
        "    disk.sync_dir(\"\")?;\n",
        concat!(
            "a name is durable before a group stands behind it, by the making or the roll; an ",
            "empty newest segment is made again where the footer before it was not written",
        ),
    ),
    mutant(
        "opening: sync of what was found", RECOVERY_MEND,
        "    disk.sync_data(&found.file)\n}",
        "    let _ = &found.file;\n    Ok(())\n}",
        by::CRASH,
    ),
    mutant(
        "opening: writing the last group again", RECOVERY_MEND,
        "disk.write_at(&found.file, offset, &bytes[..count])?;",
        "let _ = &bytes[..count];",
        by::CRASH,
    ),
    mutant(
        "opening: the last group and the header", RECOVERY_MEND,
        "[found.header.is_ok().then_some((0, BLOCK)), end.last]",
        "[None, end.last]",
        by::CRASH,
    ),
    mutant(
        "opening: assuring what was found", RECOVERY_MEND,
        "        assure(disk, found, &end, filled)?;",
        "        let _ = found;",
        by::CRASH,
    ),
    mutant(
        "opening: zeros behind the last group", RECOVERY_MEND,
        "    if filled > end.offset {\n",
        "    if false {\n",
        by::ASIDE,
    ),
    mutant(
        "opening: the footer of an interrupted roll", RECOVERY_MEND,
        "    active.write(disk, &footer)?;\n",
        "    let _ = disk;\n",
        by::CRASH,
    ),
    mutant(
        "opening: the cut of an interrupted roll", RECOVERY_MEND,
        "    active.trim(disk, end.end.offset + wide(footer.bytes.len()))?;\n",
        "",
        by::SEALED,
    ),
    mutant(
        "opening: the cut behind a footer", RECOVERY_MEND,
        "            disk.set_len(&previous.file, end.offset)?;\n",
        "",
        by::SEALED,
    ),
    mutant(
        "opening: sync of the cut behind a footer", RECOVERY_MEND,
        "            disk.sync_data(&previous.file)?;\n",
        "",
        by::SEALED,
    ),
    mutant(
        "quarantine: its own name", RECOVERY_MEND,
        "    disk.create_dir(QUARANTINE)?;\n    disk.sync_dir(\"\")?;\n    let until",
        "    disk.create_dir(QUARANTINE)?;\n    let until",
        by::CRASH,
    ),
    mutant(
        "quarantine: sync of the copy", RECOVERY_MEND,
        "    disk.sync_data(&copy)?;\n",
        "",
        by::CRASH,
    ),
    mutant(
        "quarantine: sync of its names", RECOVERY_MEND,
        "    disk.sync_dir(QUARANTINE)?;\n",
        "",
        by::CRASH,
    ),
    mutant(
        "quarantine: keeping the bytes", RECOVERY_MEND,
        "disk.write_at(&copy, at - end.offset, &piece[..count])?;",
        "let _ = count;",
        by::DAMAGE,
    ),
    mutant(
        "quarantine: zeroing the tail", RECOVERY_MEND,
        "        disk.write_at(&found.file, at, &piece)?;\n",
        "        let _ = &piece;\n",
        by::DAMAGE,
    ),
    mutant(
        "quarantine: an earlier one is kept", RECOVERY_MEND,
        "Err(DiskError::AlreadyExists { .. }) => attempt += 1,",
        concat!(
            "Err(DiskError::AlreadyExists { .. }) => {\n",
            "                let file = disk.open(&path, gatefold_core::record::disk::Access::Writ",
            "e)?;\n",
            "                attempt += 1;\n",
            "                return Ok((file, path));\n",
            "            }",
        ),
        by::DAMAGE,
    ),
    mutant(
        "quarantine: maybe acknowledged", RECOVERY_MEND,
        "!matches!(end.kind, Some(Kind::CleanClose | Kind::Footer))",
        "false",
        by::DAMAGE,
    ),
    mutant(
        "opening: the newest segment's name", RECOVERY_MEND,
        "if newest.name.first_position != cursor.position + 1 {",
        "if false {",
        by::DAMAGE,
    ),
    mutant(
        "opening: the newest segment's place", RECOVERY_MEND,
        "if whole(&newest) && same_place(found, &header)",
        "if whole(&newest)",
        by::DAMAGE,
    ),
    mutant(
        "opening: the newest segment's length", RECOVERY_MEND,
        "if whole(&newest) && same_place(found, &header)",
        "if same_place(found, &header)",
        by::DAMAGE,
    ),
    mutant(
        "ending: its length", RECOVERY_ENDING,
        "Some(len) if len + BLOCK <= size => len,",
        "Some(len) => len,",
        by::ROT,
    ),
    mutant(
        "ending: salt and place", RECOVERY_ENDING,
        "let placed = header.salt == segment.salt && header.offset == offset;",
        "let placed = true;",
        by::ROT,
    ),
    mutant(
        "ending: sum of the body", RECOVERY_ENDING,
        "        && crc32c::crc32c(body) == header.body_sum\n",
        "",
        by::ROT,
    ),
    mutant(
        "ending: its kind", RECOVERY_ENDING,
        "        && header.kind == Kind::Footer\n",
        "",
        by::ROT,
    ),
    mutant(
        "ending: numbers", RECOVERY_ENDING,
        "(counted && footer.streams.is_some()).then_some",
        "footer.streams.is_some().then_some",
        by::ROT,
    ),
    mutant(
        "opening: an id twice in a segment", RECOVERY_GATHER,
        "        if doubled {\n",
        "        if false {\n",
        by::DAMAGE,
    ),
    mutant(
        "opening: frames that contradict their group", RECOVERY_GATHER,
        "                    taken.map_err(|detail| contradiction(sound, detail))?;\n",
        "                    let _ = taken.map_err(|detail| contradiction(sound, detail));\n",
        by::DAMAGE,
    ),
    mutant(
        "opening: footers that contradict the log", RECOVERY_GATHER,
        concat!(
            "                applied.map_err(|detail| footer_fault(&found.path, &ending.after, det",
            "ail))?;\n",
        ),
        concat!(
            "                let _ = applied.map_err(|detail| footer_fault(&found.path, &ending.af",
            "ter, detail));\n",
        ),
        by::HITS,
    ),
];
