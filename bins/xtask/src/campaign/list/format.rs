//! The mutations of the bytes: every sum and bound.

use super::{Mutant, by, mutant};

const FORMAT_GROUP: &str = "adapters/gatefold-log/src/format/group.rs";
const FORMAT_SEGMENT: &str = "adapters/gatefold-log/src/format/segment.rs";
const FORMAT_FRAME: &str = "adapters/gatefold-log/src/format/frame.rs";
const FORMAT_ROOT: &str = "adapters/gatefold-log/src/format/root.rs";

#[rustfmt::skip]
pub(super) const MUTANTS: &[Mutant] = &[
    mutant(
        "group: sum of the header", FORMAT_GROUP,
        "if crc32c::crc32c(&block[SUMMED_FROM..GROUP_HEADER_BYTES]) != u32_at(block, 4) {",
        "if false {",
        by::LIBFMT,
    ),
    mutant(
        "group: bound of the body", FORMAT_GROUP,
        "if body_len > GROUP_BODY_MAX {",
        "if false {",
        by::LIBFMT,
    ),
    mutant(
        "group: bound of its numbers", FORMAT_GROUP,
        "if number > NUMBER_MAX || first_position > NUMBER_MAX {",
        "if false {",
        by::BOUNDS,
    ),
    mutant(
        "segment: bound of its numbers", FORMAT_SEGMENT,
        "numbers.iter().all(|number| (1..=NUMBER_MAX).contains(number));",
        "numbers.iter().all(|number| *number > 0);",
        by::BOUNDS,
    ),
    mutant(
        "segment: numbers begin with 1", FORMAT_SEGMENT,
        "numbers.iter().all(|number| (1..=NUMBER_MAX).contains(number));",
        "numbers.iter().all(|number| (0..=NUMBER_MAX).contains(number));",
        by::BOUNDS,
    ),
    mutant(
        "segment: sum of the header", FORMAT_SEGMENT,
        "if crc32c::crc32c(&block[..SUM_AT]) != u32_at(block, SUM_AT) {",
        "if false {",
        by::LIBFMT,
    ),
    mutant(
        "segment: flags that must be known", FORMAT_SEGMENT,
        "if major > MAJOR || required != 0 {",
        "if major > MAJOR {",
        by::LIBFMT,
    ),
    mutant(
        "frame: its sum", FORMAT_FRAME,
        "if !summed && sum_of(bytes) != u32_at(head, SUM_AT) {",
        "if false && summed {",
        by::LIBFMT,
    ),
    mutant(
        "frame: its length", FORMAT_FRAME,
        "if payload_len > crate::format::GROUP_BODY_MAX || frame_len(payload_len) != len {",
        "if false {",
        by::LIBFMT,
    ),
    mutant(
        "root: its sum", FORMAT_ROOT,
        "        if text[summed..] != sum {",
        "        if false {",
        by::LIBFMT,
    ),
];
