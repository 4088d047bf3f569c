//! The mutations of walking groups and of the order of segments.

use super::{Mutant, by, equivalent, mutant};

const RECOVERY_WALK: &str = "adapters/gatefold-log/src/recovery/walk.rs";
const RECOVERY_ZEROS: &str = "adapters/gatefold-log/src/recovery/zeros.rs";
const RECOVERY_LAYOUT: &str = "adapters/gatefold-log/src/recovery/layout.rs";

#[rustfmt::skip]
pub(super) const MUTANTS: &[Mutant] = &[
    mutant(
        "walk: salt", RECOVERY_WALK,
        "seen.salt = header.salt == self.header.salt;",
        "seen.salt = true;",
        by::DAMAGE,
    ),
    mutant(
        "walk: offset", RECOVERY_WALK,
        "seen.offset = header.offset == at;",
        "seen.offset = true;",
        by::DAMAGE,
    ),
    mutant(
        "walk: numbers", RECOVERY_WALK,
        "seen.numbers = numbers(&header, cursor);",
        "seen.numbers = Numbers::Expected;",
        by::DAMAGE,
    ),
    mutant(
        "walk: sum of the body", RECOVERY_WALK,
        "Some(body) => crc32c::crc32c(body) == header.body_sum,",
        "Some(_) => true,",
        by::DAMAGE,
    ),
    mutant(
        "walk: padding", RECOVERY_WALK,
        "seen.padding = padding == &ZERO_BLOCK[..padding.len()];",
        "seen.padding = true;\n            let _ = padding;",
        by::DAMAGE,
    ),
    mutant(
        "walk: chain", RECOVERY_WALK,
        "seen.chain = chained_in_place(&cursor.digest, group) == header.digest;",
        "let _ = chained_in_place(&cursor.digest, group);",
        by::DAMAGE,
    ),
    mutant(
        "walk: looking for later groups", RECOVERY_WALK,
        "            if !found.seen.sound() {\n",
        "            if false {\n",
        by::DAMAGE,
    ),
    mutant(
        "walk: a later group's place", RECOVERY_WALK,
        "let placed = header.salt == self.header.salt && header.offset == at;",
        "let placed = true;",
        by::DAMAGE,
    ),
    mutant(
        "walk: behind a footer", RECOVERY_WALK,
        "            if end.is_footer() {\n",
        "            if false {\n",
        by::CRASH,
    ),
    mutant(
        "walk: finished segments", RECOVERY_WALK,
        "            sealed: self.sealed,\n        };\n        let block",
        "            sealed: false,\n        };\n        let block",
        by::DAMAGE,
    ),
    mutant(
        "walk: a later version's group behind damage", RECOVERY_WALK,
        "Err(GroupFault::TooNew(_)) => return Ok((Rest::LaterGroup, None)),",
        "Err(GroupFault::TooNew(_)) => (),",
        by::DAMAGE,
    ),
    mutant(
        "zeros: what is not", RECOVERY_ZEROS,
        "|block: &[u8]| block != &ZERO_BLOCK[..block.len()];",
        "|block: &[u8]| { let _ = (block, ZERO_BLOCK); false };",
        by::ASIDE,
    ),
    mutant(
        "zeros: where they begin", RECOVERY_ZEROS,
        "return Ok(Some(until - wide(zeros * BLOCK_BYTES)));",
        "return Ok(Some(from.max(wide(zeros))));",
        by::ASIDE,
    ),
    mutant(
        "zeros: a reading that fails", RECOVERY_ZEROS,
        "disk.read_at(&found.file, from, bytes)?;",
        "disk.read_at(&found.file, from, bytes).unwrap_or(0);",
        by::ASIDE,
    ),
    mutant(
        "zeros: a file that ends early", RECOVERY_ZEROS,
        "        if count < bytes.len() {\n",
        "        if false && count < bytes.len() {\n",
        by::LIB,
    ),
    mutant(
        "segments: another log's", RECOVERY_LAYOUT,
        "let detail = if header.uuid != root.uuid {",
        "let detail = if false {",
        by::DAMAGE,
    ),
    mutant(
        "segments: their numbers", RECOVERY_LAYOUT,
        "header.number != wide(index) + 1",
        "false",
        by::DAMAGE,
    ),
    mutant(
        "segments: their names", RECOVERY_LAYOUT,
        "header.first_position != found.name.first_position",
        "false",
        by::DAMAGE,
    ),
    mutant(
        "segments: where they begin", RECOVERY_LAYOUT,
        "(header.first_position, header.first_group) != (cursor.position + 1, cursor.group + 1)\n",
        "false\n",
        by::DAMAGE,
    ),
    mutant(
        "segments: the chain between them", RECOVERY_LAYOUT,
        "header.entering != cursor.digest",
        "false",
        by::DAMAGE,
    ),
    mutant(
        "segments: one after a footer", RECOVERY_LAYOUT,
        "if footer && segment + 1 == self.segments.len() {",
        "if false {",
        by::DAMAGE,
    ),
    mutant(
        "segments: a footer before the last", RECOVERY_LAYOUT,
        "if !footer && segment < self.last() {",
        "if false {",
        by::DAMAGE,
    ),
    mutant(
        "segments: the length of the last", RECOVERY_LAYOUT,
        "if !footer && !empty && found.size",
        "if false && found.size",
        by::DAMAGE,
    ),
    equivalent(
        "footers: the next segment's numbers", RECOVERY_LAYOUT,
        "(next.first_group, next.first_position) == (group + 1, position + 1)\n                && ",
        "",
        concat!(
            "whoever goes on compares the next header with the footer's numbers itself, and an ",
            "empty newest segment that does not fit is made again",
        ),
    ),
    equivalent(
        "footers: the next segment's chain", RECOVERY_LAYOUT,
        "                && next.entering == digest\n",
        "",
        concat!(
            "whoever goes on compares the next header with the footer's digest itself, and an ",
            "empty newest segment that does not fit is made again",
        ),
    ),
    mutant(
        "footers: sequence", RECOVERY_LAYOUT,
        "        check_sequence(found, header, segment, root, cursor)?;\n        let ending",
        "        let _ = (root, cursor);\n        let ending",
        by::DAMAGE,
    ),
];
