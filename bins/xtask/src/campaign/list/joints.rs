//! The mutations of how segments join and end, each check of a footer's place by itself, and of
//! what is not a log.

use super::{Mutant, by, equivalent, mutant};

const OPEN: &str = "adapters/gatefold-log/src/open.rs";
const ENDING: &str = "adapters/gatefold-log/src/recovery/ending.rs";
const LAYOUT: &str = "adapters/gatefold-log/src/recovery/layout.rs";
const MEND: &str = "adapters/gatefold-log/src/recovery/mend.rs";
const INDEX: &str = "adapters/gatefold-log/src/index.rs";

#[rustfmt::skip]
pub(super) const MUTANTS: &[Mutant] = &[
    equivalent(
        "ending: two blocks", ENDING,
        "if size < 2 * BLOCK || !size",
        "if !size",
        "a file whose header is right is a block long, and no footer ends in a header",
    ),
    equivalent(
        "ending: whole blocks", ENDING,
        "if size < 2 * BLOCK || !size.is_multiple_of(BLOCK) {",
        "if size < 2 * BLOCK {",
        "a footer that was moved has another offset than it states",
    ),
    equivalent(
        "ending: all bytes are there", ENDING,
        "Ok(if count == bytes.len() { decode",
        "Ok(if count <= bytes.len() { decode",
        "the rest are zeros, of which the sums say as much",
    ),
    mutant(
        "ending: salt", ENDING,
        "let placed = header.salt == segment.salt && header.offset == offset;",
        "let placed = header.offset == offset;",
        by::ROT,
    ),
    mutant(
        "ending: place", ENDING,
        "let placed = header.salt == segment.salt && header.offset == offset;",
        "let placed = header.salt == segment.salt;",
        by::ROT,
    ),
    mutant(
        "ending: the length of the body", ENDING,
        "let whole = wide(body.len()) == u64::from(header.body_len)\n        && crc32c",
        "let whole = crc32c",
        by::ROT,
    ),
    mutant(
        "ending: no events", ENDING,
        "        && header.events == 0;\n",
        "        ;\n",
        by::ROT,
    ),
    mutant(
        "ending: its first position", ENDING,
        "let counted = footer.first_position == segment.first_position\n        && header",
        "let counted = header",
        by::ROT,
    ),
    mutant(
        "ending: its last position", ENDING,
        "        && header.first_position == footer.last_position + 1\n",
        "",
        by::ROT,
    ),
    mutant(
        "ending: its count of groups", ENDING,
        "        && header.number == segment.first_group + footer.groups;\n",
        "        ;\n",
        by::ROT,
    ),
    mutant(
        "ending: streams that were left out", ENDING,
        "(counted && footer.streams.is_some()).then_some",
        "counted.then_some",
        by::HITS,
    ),
    equivalent(
        "footers: another log's segment behind it", LAYOUT,
        "                && next.uuid == root.uuid\n",
        "                && (next.uuid == root.uuid || true)\n",
        concat!(
            "whoever goes on compares the next header with the log itself, and an empty ",
            "newest segment that does not fit is made again",
        ),
    ),
    equivalent(
        "footers: bound of the file's length", LAYOUT,
        "                && found.size <= u64::from(u32::MAX)\n",
        "",
        concat!(
            "a group states its offset, and the footer of a longer file stands where the ",
            "header of none says",
        ),
    ),
    mutant(
        "segments: there is none", LAYOUT,
        "None => return Err(sequence_fault(SEGMENTS, 0, \"there is no segment\").into()),",
        "None => true,",
        by::DAMAGE,
    ),
    mutant(
        "segments: a later version's header", LAYOUT,
        "return Err(WalkError::TooNew { place: path, detail });",
        "let _ = detail;\n            Err(\"another version\")",
        by::DAMAGE,
    ),
    mutant(
        "segments: their sequence in a walk", LAYOUT,
        "        check_sequence(found, header, segment, root, cursor)?;\n        let sealed",
        "        let sealed",
        by::DAMAGE,
    ),
    mutant(
        "segments: how they end", LAYOUT,
        "        if !end.stopped {\n            self.check_end",
        "        if false {\n            self.check_end",
        by::DAMAGE,
    ),
    mutant(
        "opening: a torn tail is kept", MEND,
        "Some(found) if end.torn => ",
        "Some(found) if false && end.torn => ",
        by::DAMAGE,
    ),
    mutant(
        "opening: an interrupted roll is finished", MEND,
        "Some(previous) if !end.is_footer() => {",
        "Some(previous) if false => {",
        by::CRASH,
    ),
    mutant(
        "opening: a later version's FORMAT", OPEN,
        "Err(OpenError::FormatTooNew { place: FORMAT.to_owned(), detail })",
        "Err(not_a_log(detail))",
        by::DAMAGE,
    ),
    mutant(
        "opening: a file that is no log's", OPEN,
        "Some(name) => Err(not_a_log(format!(\"it has no file {FORMAT}, but it has {name}\"))),",
        "Some(_) => Ok(()),",
        by::LOCKED,
    ),
    mutant(
        "creation: over a segment that holds something", OPEN,
        "if layout.newest_empty && layout.segments.len() == 1 {",
        "if layout.segments.len() == 1 {",
        by::DAMAGE,
    ),
    mutant(
        "creation: over more than one segment", OPEN,
        "if layout.newest_empty && layout.segments.len() == 1 {",
        "if layout.newest_empty {",
        by::HITS,
    ),
    mutant(
        "opening: an event of an undeclared stream", INDEX,
        "self.stream(frame.stream).ok_or(\"an event of an undeclared stream\")?;",
        "self.stream(frame.stream).unwrap_or(Stream::System);",
        by::ROT,
    ),
    mutant(
        "opening: a stream declared twice", INDEX,
        "                return Err(\"a stream is declared twice\");\n",
        "                ();\n",
        by::ROT,
    ),
];
