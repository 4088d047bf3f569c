//! The mutations of recognizing a repeated append: files of ids, frames that confirm a hit, and
//! what a batch is compared with.

use super::{Mutant, by, equivalent, mutant};

const IDS_FILE: &str = "adapters/gatefold-log/src/ids/file.rs";
const IDS_MOD: &str = "adapters/gatefold-log/src/ids/mod.rs";
const IDS_SCAN: &str = "adapters/gatefold-log/src/ids/scan.rs";
const SHARED: &str = "adapters/gatefold-log/src/writer/shared.rs";
const BOOKS: &str = "adapters/gatefold-log/src/writer/books.rs";

#[rustfmt::skip]
pub(super) const MUTANTS: &[Mutant] = &[
    equivalent(
        "ids: the whole header", IDS_FILE,
        "let fits = count == PAGE_BYTES\n            && &header",
        "let fits = count <= PAGE_BYTES\n            && &header",
        "the rest are zeros, of which the sum says as much",
    ),
    mutant(
        "ids: magic", IDS_FILE,
        "            && &header[..8] == MAGIC\n",
        "",
        by::LIBIDS,
    ),
    mutant(
        "ids: bound of the entries", IDS_FILE,
        "if !fits || entries > u64::from(u32::MAX) / 64 {",
        "if !fits {",
        by::LIBIDS,
    ),
    mutant(
        "ids: another event with the same key", IDS_FILE,
        "            if found.is_some() {\n",
        "            if true {\n",
        by::HITS,
    ),
    mutant(
        "ids: zeros behind the last entry", IDS_FILE,
        "entry.key == key && entry.group > 0",
        "entry.key == key",
        by::LIBIDS,
    ),
    mutant(
        "ids: equal keys on the page before", IDS_FILE,
        "partition_point(|first| *first < key).saturating_sub(1);",
        "partition_point(|first| *first < key);",
        by::LIBIDS,
    ),
    mutant(
        "ids: a file that is gone is not an absence", IDS_FILE,
        "else { return Ok(None) };\n        let mut candidates",
        "else { return Ok(Some(Vec::new())) };\n        let mut candidates",
        by::HITS,
    ),
    mutant(
        "ids: the group of a hit is sound", IDS_SCAN,
        "GroupHeader::decode(&head[..count]).map_err(|_| damaged())?;",
        concat!(
            "match GroupHeader::decode(&head[..count]) {\n",
            "        Ok(group) => group,\n",
            "        Err(_) => return Ok(None),\n",
            "    };",
        ),
        by::HITS,
    ),
    mutant(
        "ids: the salt of a hit's group", IDS_SCAN,
        "group.salt != segment.salt || group.offset",
        "group.offset",
        by::HITS,
    ),
    mutant(
        "ids: the offset of a hit's group", IDS_SCAN,
        "|| group.offset != u64::from(at.group) || !inside",
        "|| !inside",
        by::HITS,
    ),
    mutant(
        "ids: a hit inside of its group", IDS_SCAN,
        "|| group.offset != u64::from(at.group) || !inside",
        "|| group.offset != u64::from(at.group)",
        by::HITS,
    ),
    mutant(
        "ids: a hit's frame is sound", IDS_SCAN,
        "Some(_) | None => return Err(damaged()),",
        "Some(_) | None => return Ok(None),",
        by::HITS,
    ),
    equivalent(
        "ids: a hit's length", IDS_SCAN,
        "let mut bytes = vec![0; len.ok_or_else(damaged)?];",
        "let mut bytes = vec![0; len.unwrap_or(0)];",
        "no frame is decoded of nothing, and the same is said",
    ),
    mutant(
        "ids: a hit is an event", IDS_SCAN,
        "Some(Ok(frame)) if !frame.control => frame,",
        "Some(Ok(frame)) => frame,",
        by::HITS,
    ),
    mutant(
        "ids: frames of a scan are sound", IDS_SCAN,
        "let frame = frame.map_err(|_| damage(segment, sound.header.offset))?;",
        "let Ok(frame) = frame else { break };",
        by::HITS,
    ),
    equivalent(
        "ids: a scan ends at the footer", IDS_SCAN,
        "if end.is_footer() && cursor.digest == segment.digest {",
        "if cursor.digest == segment.digest {",
        "the digest is the footer's",
    ),
    mutant(
        "ids: a scan ends with the chain", IDS_SCAN,
        "if end.is_footer() && cursor.digest == segment.digest {",
        "if end.is_footer() {",
        by::HITS,
    ),
    mutant(
        "repeat: in order", IDS_MOD,
        "if !(follows && same) && whole {",
        "if !same && whole {",
        by::CONTRACT,
    ),
    mutant(
        "repeat: with the same content", IDS_MOD,
        "&& sum_there(record, &known) == known.sum;",
        ";",
        by::CONTRACT,
    ),
    mutant(
        "repeat: in the same stream", IDS_MOD,
        "stream == Some(known.stream) && sum_there",
        "sum_there",
        by::CONTRACT,
    ),
    mutant(
        "repeat: all of it", IDS_MOD,
        "            whole = false;\n            continue;",
        "            continue;",
        by::CONTRACT,
    ),
    mutant(
        "repeat: an id twice in a batch", IDS_MOD,
        "match (last, reused.or_else(|| repeated(records))) {",
        "match (last, reused) {",
        by::CONTRACT,
    ),
    equivalent(
        "append: a damaged segment is not an absence", SHARED,
        "in_sealed = self.in_sealed(&sealed, append.records)?;",
        "in_sealed = self.in_sealed(&sealed, append.records).unwrap_or_default();",
        "the log is poisoned by then, and refuses the batch when it looks again",
    ),
    mutant(
        "seal: refused after a fault", SHARED,
        "            desk.work.refused()?;\n            if desk",
        "            if desk",
        by::FULL,
    ),
    mutant(
        "seal: not beside a group under way", SHARED,
        "if desk.seat_under_way().is_some() || !goes_on || !agree(&desk) {",
        "if !goes_on || !agree(&desk) {",
        by::KEPT,
    ),
    mutant(
        "close: a second time", SHARED,
        "            if desk.work.closed {\n                return Ok(());",
        "            if false {\n                return Ok(());",
        by::THREADS,
    ),
    mutant(
        "close: nothing is appended behind it", SHARED,
        "            desk.work.closed |= kind == Kind::CleanClose;\n",
        "",
        by::THREADS,
    ),
    equivalent(
        "poison: a half changed group is dropped", BOOKS,
        "            self.open = Group::default();\n            return;",
        "            return;",
        "whoever would write it asks first whether the log is poisoned",
    ),
];
