//! The mutations of opening a directory, of the index and of the files of ids.

use super::{Mutant, by, equivalent, mutant};

const OPEN: &str = "adapters/gatefold-log/src/open.rs";
const INDEX: &str = "adapters/gatefold-log/src/index.rs";
const IDS_FILE: &str = "adapters/gatefold-log/src/ids/file.rs";
const IDS_MOD: &str = "adapters/gatefold-log/src/ids/mod.rs";
const IDS_KEPT: &str = "adapters/gatefold-log/src/ids/kept.rs";
const IDS_KEEPER: &str = "adapters/gatefold-log/src/writer/keeper.rs";
const IDS_SCAN: &str = "adapters/gatefold-log/src/ids/scan.rs";

#[rustfmt::skip]
pub(super) const MUTANTS: &[Mutant] = &[
    mutant(
        "creation: sync of the root's names", OPEN,
        "    disk.create_dir(INDEX)?;\n    disk.sync_dir(\"\")?;\n    refuse",
        "    disk.create_dir(INDEX)?;\n    refuse",
        by::CRASH,
    ),
    mutant(
        "creation: sync of FORMAT", OPEN,
        "    disk.sync_data(&file)?;\n    // The name",
        "    // The name",
        by::CRASH,
    ),
    mutant(
        "creation: over segments of a lost FORMAT", OPEN,
        "    refuse_orphans(disk)?;\n",
        "",
        by::DAMAGE,
    ),
    mutant(
        "opening: the lock", OPEN,
        "    let lock = disk.lock(LOCK)?;\n",
        "    let lock = disk.lock(\"LOCK-NOT\")?;\n",
        by::LOCKED,
    ),
    mutant(
        "opening: something else", OPEN,
        "    refuse_other(&disk)?;\n",
        "    let _ = refuse_other(&disk);\n",
        by::LOCKED,
    ),
    mutant(
        "opening: a backup", OPEN,
        "if let Some(name) = names.iter().find(|name| BACKUP_MARKS.contains(&name.as_str())) {",
        "if let Some(name) = names.iter().find(|_| false) {",
        by::BACKUP,
    ),
    mutant(
        "opening: this writer's epoch is stated", OPEN,
        "let epoch = shared.take_over().map_err(|error| match error {",
        "let epoch = Ok(shared.epoch()).map_err(|error| match error {",
        by::LOCKED,
    ),
    mutant(
        "reading: positions", INDEX,
        "            if frame.position != expected {\n",
        "            if false {\n",
        by::ROT,
    ),
    mutant(
        "reading: how many events", INDEX,
        "        if expected == first_position.saturating_add(u64::from(events)) {",
        "        if true {",
        by::ROT,
    ),
    mutant(
        "opening: versions", INDEX,
        "Some(version) if entry.version == version.next() => *version = entry.version,",
        "Some(version) => *version = entry.version,",
        by::ROT,
    ),
    equivalent(
        "footers: positions", INDEX,
        "        if footer.first_position != self.position.next().get() {",
        "        if false {",
        concat!(
            "the ending was taken only where its first position is its segment's, and the ",
            "segment's was compared with the log before it",
        ),
    ),
    mutant(
        "footers: versions", INDEX,
        "                if first != version.next().get() {",
        "                if false {",
        by::ROT,
    ),
    mutant(
        "footers: streams", INDEX,
        "            if self.number(&stream) != Some(found.number) {",
        "            if false {",
        by::ROT,
    ),
    mutant(
        "ids: sync of the file", IDS_FILE,
        "    disk.sync_data(&file)?;\n    disk.sync_dir(INDEX)\n",
        "    disk.sync_dir(INDEX)\n",
        by::SEALED,
    ),
    mutant(
        "ids: sync of its name", IDS_FILE,
        "    disk.sync_data(&file)?;\n    disk.sync_dir(INDEX)\n",
        "    disk.sync_data(&file)\n",
        by::SEALED,
    ),
    equivalent(
        "ids: salt", IDS_FILE,
        "            && u64_at(&header, 16) == segment.salt\n",
        "",
        "the sum of every page is taken with the segment's salt",
    ),
    mutant(
        "ids: digest of the segment", IDS_FILE,
        "            && array_at::<32>(&header, 24) == segment.digest\n",
        "",
        by::LIBIDS,
    ),
    mutant(
        "ids: sum of the header", IDS_FILE,
        "            && sum_of(segment.salt, 0, &header) == u32_at(&header, SUM_AT);",
        "            ;",
        by::LIBIDS,
    ),
    mutant(
        "ids: the file's length", IDS_FILE,
        "        if disk.size(&file)? != (1 + bloom + firsts + table) * wide(PAGE_BYTES) {\n",
        "        let _ = (bloom, firsts, table);\n        if false {\n",
        by::SEALED,
    ),
    mutant(
        "ids: sums of the filter", IDS_KEPT,
        "if sum_of(segment.salt, number, page) != u32_at(page, SUM_AT) {",
        "if number == 0 {",
        by::SEALED,
    ),
    mutant(
        "ids: a damaged filter is made again", IDS_FILE,
        "                let _ = store(disk, &self.segment, &entries);\n",
        "",
        by::ASKED,
    ),
    mutant(
        "ids: a filter that cannot be made again", IDS_FILE,
        "                let _ = store(disk, &self.segment, &entries);\n",
        "                store(disk, &self.segment, &entries)?;\n",
        by::ASKED,
    ),
    mutant(
        "ids: the keeper reads them", IDS_KEEPER,
        "            let _ = file.warm(&self.place.disk);\n",
        "            let _ = file;\n",
        by::ASKED,
    ),
    mutant(
        "ids: sums of the table", IDS_FILE,
        "if count < PAGE_BYTES || sum != u32_at(&page, SUM_AT) {",
        "if count < PAGE_BYTES && sum != u32_at(&page, SUM_AT) {",
        by::SEALED,
    ),
    mutant(
        "ids: a page's number in its sum", IDS_FILE,
        "let place = [salt.to_le_bytes(), page.to_le_bytes()].concat();",
        "let _ = page;\n    let place = [salt.to_le_bytes(), [0; 8]].concat();",
        by::LIBIDS,
    ),
    mutant(
        "ids: a damaged table is not an absence", IDS_FILE,
        "            return scan::find(disk, &self.segment, id);\n",
        "            return Ok(None);\n",
        by::SEALED,
    ),
    mutant(
        "append: an id that cannot be looked up", IDS_MOD,
        "Sealed::Filed(file) => file.find(disk, record.id)?,",
        "Sealed::Filed(file) => file.find(disk, record.id).unwrap_or(None),",
        by::SEALED,
    ),
    equivalent(
        "ids: the segment of a scan", IDS_SCAN,
        "Ok(header) if header.salt == segment.salt => header,",
        "Ok(header) => header,",
        "the digest at the end, which is compared, is taken over the salt",
    ),
    mutant(
        "ids: the end of a scan", IDS_SCAN,
        "if end.is_footer() && cursor.digest == segment.digest {",
        "if true {",
        by::SEALED,
    ),
];
