//! The mutations that no test can notice, each with the reason: something else does the same later,
//! or did it before. Every test that calls them is asked all the same, and none may fail.

use super::{Mutant, equivalent};

const ACTIVE: &str = "adapters/gatefold-log/src/active.rs";
const COMMIT: &str = "adapters/gatefold-log/src/commit.rs";
const FILE_HASH: &str = "adapters/gatefold-log/src/writer/file_hash.rs";
const WRITER_TURNS: &str = "adapters/gatefold-log/src/writer/turns.rs";

#[rustfmt::skip]
pub(super) const MUTANTS: &[Mutant] = &[
    equivalent(
        "new segment: the look for groups in it", ACTIVE,
        "    if !is_empty(disk, &file)? {\n",
        "    if false {\n",
        "recovery makes a segment only where it has found none, or nothing but zeros in it",
    ),
    equivalent(
        "footer: the digest of the file is taken in by each group", FILE_HASH,
        "            self.lock().1.push(offset, bytes);\n",
        "",
        "where it was not taken in, the file is read for it before the footer is made",
    ),
    equivalent(
        "roll: space for the footer", COMMIT,
        "        ahead.reserve(disk, &self.active.file, end).map_err(before)?;\n",
        "",
        concat!(
            "the group before took the space; where none was written since the opening, it only ",
            "decides whether lack of space is called Full or not known",
        ),
    ),
    equivalent(
        "roll: the length of a spare for a long batch", COMMIT,
        "    if spare.length != length {\n",
        "    if false {\n",
        "the zeros that are written before the batch give the file that length",
    ),
    equivalent(
        "turns: two benches", WRITER_TURNS,
        "desk.open = Slot::new(1 - turn.slot.bench);",
        "desk.open = Slot::new(turn.slot.bench);",
        "on one bench everybody is woken by each group and sits down again: slower, not wrong",
    ),
];
