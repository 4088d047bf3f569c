//! The mutations of reading a footer: every bound and every byte that has to be zero.

use super::{Mutant, by, mutant};

const FORMAT_FOOTER: &str = "adapters/gatefold-log/src/format/footer.rs";

#[rustfmt::skip]
pub(super) const MUTANTS: &[Mutant] = &[
    mutant(
        "footer: its magic", FORMAT_FOOTER,
        "if body.len() < HEAD_BYTES + TAIL_BYTES || &body[..4] != MAGIC {",
        "if body.len() < HEAD_BYTES + TAIL_BYTES {",
        by::LIBFOOT,
    ),
    mutant(
        "footer: flags of a later version", FORMAT_FOOTER,
        "if version > VERSION || flags & !FLAG_OMITTED != 0 {",
        "if version > VERSION {",
        by::LIBFOOT,
    ),
    mutant(
        "footer: a later version", FORMAT_FOOTER,
        "if version > VERSION || flags & !FLAG_OMITTED != 0 {",
        "if flags & !FLAG_OMITTED != 0 {",
        by::LIBFOOT,
    ),
    mutant(
        "footer: its length", FORMAT_FOOTER,
        "            || len_at_tail(tail) != Some(total)\n",
        "",
        by::LIBFOOT,
    ),
    mutant(
        "footer: the group's length", FORMAT_FOOTER,
        "            || total != wide(GROUP_HEADER_BYTES + body.len())\n",
        "",
        by::LIBFOOT,
    ),
    mutant(
        "footer: bytes behind the streams", FORMAT_FOOTER,
        "if rest.iter().any(|byte| *byte != 0) || group_len(wide(used)) != total {",
        "if group_len(wide(used)) != total {",
        by::LIBFOOT,
    ),
    mutant(
        "footer: no longer than it has to be", FORMAT_FOOTER,
        "if rest.iter().any(|byte| *byte != 0) || group_len(wide(used)) != total {",
        "if rest.iter().any(|byte| *byte != 0) {",
        by::LIBFOOT,
    ),
    mutant(
        "footer: streams that were left out", FORMAT_FOOTER,
        "        if omitted && count > 0 {",
        "        if false {",
        by::LIBFOOT,
    ),
    mutant(
        "footer: its positions", FORMAT_FOOTER,
        "if counted && (1..=after).contains(&footer.first_position) {",
        "if counted {\n            let _ = after;",
        by::LIBFOOT,
    ),
    mutant(
        "footer: bound of its numbers", FORMAT_FOOTER,
        "if counted && (1..=after).contains(&footer.first_position) {",
        "let _ = counted;\n        if (1..=after).contains(&footer.first_position) {",
        by::BOUNDS,
    ),
    mutant(
        "footer: bound of a stream's numbers", FORMAT_FOOTER,
        "*number > 0 && counted && (none || some) && ordered && inside",
        "let _ = counted;\n        *number > 0 && (none || some) && ordered && inside",
        by::BOUNDS,
    ),
    mutant(
        "footer: order of the streams", FORMAT_FOOTER,
        "if streams.last().is_some_and(|last| last.number >= stream.number) {",
        "if false {",
        by::LIBFOOT,
    ),
    mutant(
        "footer: unused bytes of a stream", FORMAT_FOOTER,
        "if bytes.len() < STREAM_BYTES || u16_at(bytes, 6) != 0 || u32_at(bytes, 44) != 0 {",
        "if bytes.len() < STREAM_BYTES {",
        by::LIBFOOT,
    ),
    mutant(
        "footer: unused bytes of an entry", FORMAT_FOOTER,
        "            if u32_at(entry, 12) != 0 {",
        "            if false {",
        by::LIBFOOT,
    ),
    mutant(
        "footer: padding of a name", FORMAT_FOOTER,
        "if padded && stream.is_possible()",
        "if stream.is_possible()",
        by::LIBFOOT,
    ),
    mutant(
        "footer: impossible streams", FORMAT_FOOTER,
        "if padded && stream.is_possible()",
        "if padded",
        by::BOUNDS,
    ),
    mutant(
        "footer: bound of its length", FORMAT_FOOTER,
        "(len >= BLOCK && len <= body_max && len.is_multiple_of(BLOCK)).then_some(len)",
        "(len >= BLOCK && len.is_multiple_of(BLOCK)).then_some(len)",
        by::LIBFOOT,
    ),
];
