//! The mutations of opening from a checkpoint, of leaving one, and of the ids that it keeps.

use super::{Mutant, by, equivalent, mutant};

const RESUME: &str = "adapters/gatefold-log/src/recovery/resume.rs";
const GATHER: &str = "adapters/gatefold-log/src/recovery/gather.rs";
const PREFIX: &str = "adapters/gatefold-log/src/ids/prefix.rs";

#[rustfmt::skip]
pub(super) const MUTANTS: &[Mutant] = &[
    mutant(
        "checkpoint: the segment's salt", RESUME,
        "salt == Ok(self.salt) && self.footer",
        "salt.is_ok() && self.footer",
        by::RESUME,
    ),
    mutant(
        "checkpoint: where the segment begins", RESUME,
        "salt == Ok(self.salt) && self.footer.first_position == start.position + 1",
        "{ let _ = start; salt == Ok(self.salt) }",
        by::RESUME,
    ),
    equivalent(
        "checkpoint: a damaged header of the segment", RESUME,
        "return Ok(Err(\"the segment's header is damaged\"));",
        "return Ok(Ok(()));",
        "a checkpoint is of a segment by its salt, and what is damaged has none",
    ),
    mutant(
        "checkpoint: another log's", RESUME,
        "        if self.uuid != root.uuid {\n",
        "        if false && self.uuid != root.uuid {\n",
        by::RESUME,
    ),
    mutant(
        "checkpoint: its group is sound", RESUME,
        "Ok(if there.seen.sound() && same {",
        "Ok(if same {",
        by::RESUME,
    ),
    mutant(
        "checkpoint: its group is the same", RESUME,
        "Ok(if there.seen.sound() && same {",
        "let _ = same;\n        Ok(if there.seen.sound() {",
        by::RESUME,
    ),
    mutant(
        "checkpoint: the chain at its group", RESUME,
        "header.digest == self.digest && last == self.footer.last_position",
        "last == self.footer.last_position",
        by::RESUME,
    ),
    mutant(
        "checkpoint: the position at its group", RESUME,
        "header.digest == self.digest && last == self.footer.last_position",
        "{ let _ = last; header.digest == self.digest }",
        by::RESUME,
    ),
    mutant(
        "checkpoint: bound of its length", RESUME,
        "    if size > FILE_BYTES_MAX {\n",
        "    if false {\n",
        by::RESUME,
    ),
    mutant(
        "checkpoint: what an unfinished one held is cut", RESUME,
        "    disk.set_len(&file, wide(bytes.len()))?;\n",
        "",
        by::RESUME,
    ),
    mutant(
        "checkpoint: sync of the file", RESUME,
        "    disk.sync_data(&file)?;\n",
        "",
        by::RESUME,
    ),
    mutant(
        "checkpoint: sync of its name", RESUME,
        "    disk.sync_dir(INDEX)?;\n",
        "",
        by::RESUME,
    ),
    equivalent(
        "checkpoint: none of a finished segment", RESUME,
        "if at.group <= ending.after.group || ",
        "if ",
        "no group of the newest segment has such a number, and none is found there",
    ),
    equivalent(
        "checkpoint: none behind footers that contradict the log", RESUME,
        "index.apply_footer(&ending.footer).is_err() {",
        "{ let _ = index.apply_footer(&ending.footer); false } {",
        "opening takes in the same footers before it asks a checkpoint, and refuses the log",
    ),
    mutant(
        "checkpoint: none behind frames that contradict their group", RESUME,
        "        pushed.map_err(|detail| contradiction(sound, detail))?;\n",
        "        let _ = pushed.map_err(|detail| contradiction(sound, detail));\n",
        by::RESUME,
    ),
    equivalent(
        "checkpoint: the number of the anchor's group", RESUME,
        "group.number == at.group && group.digest == at.digest",
        "group.digest == at.digest",
        "the digest is taken over the number",
    ),
    mutant(
        "checkpoint: the chain of the anchor", RESUME,
        "group.number == at.group && group.digest == at.digest",
        "group.number == at.group",
        by::RESUME,
    ),
    equivalent(
        "checkpoint: none at a footer", RESUME,
        "(fits && !sound.is_footer()).then_some",
        "fits.then_some",
        "its segment is finished: opening takes the footer, and asks no checkpoint",
    ),
    mutant(
        "checkpoint: the position of the anchor", RESUME,
        "(index.position == at.position).then_some(checkpoint)",
        "Some(checkpoint)",
        by::RESUME,
    ),
    mutant(
        "opening: a checkpoint of another segment", GATHER,
        "Some(Ok(checkpoint)) if !checkpoint.is_of(self.found, self.start) => {",
        "Some(Ok(_)) if false => {",
        by::RESUME,
    ),
    mutant(
        "opening: a checkpoint that does not fit", GATHER,
        "if let Err(reason) = checkpoint.fits(self.disk, self.root, self.found)? {",
        concat!(
            "if let (false, Err(reason)) =\n",
            "            (true, checkpoint.fits(self.disk, self.root, self.found)?)\n",
            "        {",
        ),
        by::RESUME,
    ),
    mutant(
        "opening: a checkpoint whose streams contradict the log", GATHER,
        "if let Err(reason) = with.apply_footer(&checkpoint.footer) {",
        "if let (false, Err(reason)) = (true, with.apply_footer(&checkpoint.footer)) {",
        by::RESUME,
    ),
    mutant(
        "opening: the checkpoint's group is taken in once", GATHER,
        "if sound.header.number > known {",
        "if sound.header.number >= known {",
        by::RESUME,
    ),
    mutant(
        "ids: a damaged event before the checkpoint", PREFIX,
        "scan::read_frame(disk, &self.segment, *entry, id)?;",
        "scan::read_frame(disk, &self.segment, *entry, id).unwrap_or(None);",
        by::RESUME,
    ),
    mutant(
        "ids: another event with the same key before the checkpoint", PREFIX,
        "            if found.is_some() {\n",
        "            if true {\n",
        by::RESUME,
    ),
    mutant(
        "ids: only entries with the key before the checkpoint", PREFIX,
        "take_while(|entry| entry.key == key)",
        "take_while(|_| true)",
        by::RESUME,
    ),
];
