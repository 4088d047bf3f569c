//! The mutations of archiving: syncs, reading back, and every check of an archive.

use super::{Mutant, by, mutant};

const ARCHIVE_MOD: &str = "adapters/gatefold-log/src/archive/mod.rs";
const ARCHIVE_PACK: &str = "adapters/gatefold-log/src/archive/pack.rs";
const ARCHIVE_PACKED: &str = "adapters/gatefold-log/src/archive/packed.rs";
const ARCHIVE_SHELF: &str = "adapters/gatefold-log/src/archive/shelf.rs";
const FORMAT_ARCHIVE: &str = "adapters/gatefold-log/src/format/archive.rs";

#[rustfmt::skip]
pub(super) const MUTANTS: &[Mutant] = &[
    mutant(
        "archive: sync of the directory's name", ARCHIVE_MOD,
        "    disk.create_dir(ARCHIVE)?;\n    disk.sync_dir(\"\")?;\n",
        "    disk.create_dir(ARCHIVE)?;\n",
        by::ARCHIVE,
    ),
    mutant(
        "archive: the lock", ARCHIVE_MOD,
        "    let _lock = disk.lock(LOCK)?;\n",
        "",
        by::ARCHIVE,
    ),
    mutant(
        "archive: sync of its name", ARCHIVE_MOD,
        "    disk.sync_dir(ARCHIVE)?;\n    let packed",
        "    let packed",
        by::ARCHIVE,
    ),
    mutant(
        "archive: sync of the plain one's end", ARCHIVE_MOD,
        "    disk.remove(&segment_path(found.name))?;\n    disk.sync_dir(SEGMENTS)?;\n",
        "    disk.remove(&segment_path(found.name))?;\n",
        by::ARCHIVE,
    ),
    mutant(
        "archive: read back", ARCHIVE_MOD,
        "    if !holds(disk, &packed, &sealed)? {\n",
        "    if false {\n",
        by::ARCHIVE,
    ),
    mutant(
        "archive: one that is there holds the segment", ARCHIVE_MOD,
        "        Ok(packed) => holds(disk, &packed, &sealed)?,\n",
        "        Ok(_) => true,\n",
        by::ARCHIVE,
    ),
    mutant(
        "archive: the segment is sound", ARCHIVE_MOD,
        "    let (footer_at, bytes) = checked(shelf, root, layout, index)?;\n",
        concat!(
            "    let (footer_at, bytes) = match checked(shelf, root, layout, index) {\n",
            "        Ok(done) => done,\n",
            "        Err(_) => (found.size - 4_096, found.size),\n",
            "    };\n",
        ),
        by::ARCHIVE,
    ),
    mutant(
        "archive: the segment joins", ARCHIVE_MOD,
        "Some((at, len)) if end.is_footer() && joins => Ok((at, at + len)),",
        "Some((at, len)) if end.is_footer() => Ok((at, at + len)),",
        by::ARCHIVE,
    ),
    mutant(
        "archive: another log's segment", ARCHIVE_MOD,
        "Ok(header) if header.uuid == root.uuid => header,",
        "Ok(header) => header,",
        by::ARCHIVE,
    ),
    mutant(
        "archive: not a backup", ARCHIVE_MOD,
        "if let Some(mark) = names.iter().find(|name| BACKUP_MARKS.contains(&name.as_str())) {",
        "if let Some(mark) = names.iter().find(|_| false) {",
        by::ARCHIVE,
    ),
    mutant(
        "archive: the last segments stay plain", ARCHIVE_MOD,
        "    let finished = layout.last();\n",
        "    let finished = layout.segments.len();\n",
        by::ARCHIVE,
    ),
    mutant(
        "archive: sync of its bytes", ARCHIVE_PACK,
        "    disk.write_at(&file, 0, &header.encode())?;\n    disk.sync_data(&file)?;\n",
        "    disk.write_at(&file, 0, &header.encode())?;\n",
        by::ARCHIVE,
    ),
    mutant(
        "archive: a segment that ends early", ARCHIVE_PACK,
        "    if disk.read_at(file, at, buffer)? == buffer.len() {",
        "    let _ = disk.read_at(file, at, buffer)?;\n    if true {",
        by::ARCHIVE,
    ),
    mutant(
        "archive: whose it is", ARCHIVE_PACK,
        "    if !of_log || packed.size() != sealed.bytes",
        "    let _ = of_log;\n    if packed.size() != sealed.bytes",
        by::ARCHIVE,
    ),
    mutant(
        "archive: whether it is whole", ARCHIVE_PACK,
        "sealed.bytes || !packed.is_whole(disk)? {",
        "sealed.bytes {",
        by::ARCHIVE,
    ),
    mutant(
        "archive: the digest of its segment", ARCHIVE_PACK,
        "    Ok(digest == Some(*hasher.finalize().as_bytes()))",
        "    let _ = (digest, hasher);\n    Ok(true)",
        by::ARCHIVE,
    ),
    mutant(
        "archive: byte for byte", ARCHIVE_PACK,
        "if counts != (len, len) || one[..len] != other[..len] {",
        "if counts != (len, len) {",
        by::ARCHIVE,
    ),
    mutant(
        "archive: sums of the frames", ARCHIVE_PACKED,
        "if count < packed.len() || crc32c::crc32c(&packed) != row.sum {",
        "if count < packed.len() {",
        by::ARCHIVE,
    ),
    mutant(
        "archive: its length", ARCHIVE_PACKED,
        "    if disk.size(file)? != header.archive_bytes {",
        "    if false {",
        by::ARCHIVE,
    ),
    mutant(
        "archive: a plain segment counts first", ARCHIVE_SHELF,
        concat!(
            "(Err(DiskError::NotFound { path }), Some(name)) => match self.archived(name) {\n",
            "                Err(DiskError::NotFound { .. }) => Err(DiskError::NotFound { path }),",
            "\n",
            "                opened => opened,\n",
            "            },\n",
            "            (opened, _) => opened.map(ShelfFile::Plain),",
        ),
        concat!(
            "(opened, Some(name)) => match self.archived(name) {\n",
            "                Err(DiskError::NotFound { .. }) => opened.map(ShelfFile::Plain),\n",
            "                archived => archived,\n",
            "            },\n",
            "            (opened, None) => opened.map(ShelfFile::Plain),",
        ),
        by::ARCHIVE,
    ),
    mutant(
        "archive: sum of the header", FORMAT_ARCHIVE,
        "if crc32c::crc32c(&block[..SUM_AT]) != u32_at(block, SUM_AT) {",
        "if false {",
        by::LIBARC,
    ),
    mutant(
        "archive: a later version", FORMAT_ARCHIVE,
        "if (major, codec, frame) != (MAJOR, CODEC_ZSTD, FRAME_BYTES) {",
        "if false {",
        by::LIBARC,
    ),
    mutant(
        "archive: zeros of the header", FORMAT_ARCHIVE,
        "if u16_at(block, 10) != 0 || block[HEADER_BYTES..].iter().any(|byte| *byte != 0) {",
        "if false {",
        by::LIBARC,
    ),
    mutant(
        "archive: sum of the table", FORMAT_ARCHIVE,
        concat!(
            "if wide(table.len()) != header.table_bytes() || crc32c::crc32c(table) != header.table",
            "_sum {",
        ),
        "if wide(table.len()) != header.table_bytes() {",
        by::LIBARC,
    ),
    mutant(
        "archive: order of the frames", FORMAT_ARCHIVE,
        "if row.offset != at || row.length > PACKED_BYTES_MAX {",
        "if row.length > PACKED_BYTES_MAX {",
        by::LIBARC,
    ),
    mutant(
        "archive: the frames' end", FORMAT_ARCHIVE,
        "    if at == header.table_at() {",
        "    if true {",
        by::LIBARC,
    ),
];
