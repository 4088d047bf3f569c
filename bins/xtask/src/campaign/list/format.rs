//! The mutations of the bytes and of reading: every sum, bound and end.

use super::Mutant;

#[rustfmt::skip]
pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "group: sum of the header",
        file: "adapters/gatefold-log/src/format/group.rs",
        find: "if crc32c::crc32c(&block[SUMMED_FROM..GROUP_HEADER_BYTES]) != u32_at(block, 4) {",
        replace: "if false {",
    },
    Mutant {
        name: "group: bound of the body",
        file: "adapters/gatefold-log/src/format/group.rs",
        find: "if body_len > GROUP_BODY_MAX {",
        replace: "if false {",
    },
    Mutant {
        name: "segment: sum of the header",
        file: "adapters/gatefold-log/src/format/segment.rs",
        find: "if crc32c::crc32c(&block[..SUM_AT]) != u32_at(block, SUM_AT) {",
        replace: "if false {",
    },
    Mutant {
        name: "segment: flags that must be known",
        file: "adapters/gatefold-log/src/format/segment.rs",
        find: "if major > MAJOR || required != 0 {",
        replace: "if major > MAJOR {",
    },
    Mutant {
        name: "frame: its sum",
        file: "adapters/gatefold-log/src/format/frame.rs",
        find: "if sum_of(bytes) != u32_at(bytes, 4) {",
        replace: "if false {",
    },
    Mutant {
        name: "frame: its length",
        file: "adapters/gatefold-log/src/format/frame.rs",
        find: concat!(
            "if payload_len > crate::format::GROUP_BODY_MAX || frame_len(",
            "payload_len) != len {",
        ),
        replace: "if false {",
    },
    Mutant {
        name: "root: its sum",
        file: "adapters/gatefold-log/src/format/root.rs",
        find: "if text[summed..] != sum {",
        replace: "if false {",
    },
    Mutant {
        name: "reader: unproven groups",
        file: "adapters/gatefold-log/src/read.rs",
        find: "if let (false, Some(last)) = (live, held) {",
        replace: "if let (_, Some(last)) = (live, held) {",
    },
    Mutant {
        name: "reading: the end is where it was",
        file: "adapters/gatefold-log/src/read.rs",
        find: concat!(
            "if broken || walked.cursor.group == until.group { Ok(()) } e",
            "lse { Err(cut(&walked, until)) }",
        ),
        replace: "let _ = cut(&walked, until);\n    Ok(())",
    },
];
