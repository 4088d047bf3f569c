//! The mutations of what is done behind the writers: the digest of the file, and space ahead.

use super::{Mutant, by, equivalent, mutant};

const COMMIT: &str = "adapters/gatefold-log/src/commit.rs";
const FILE_HASH: &str = "adapters/gatefold-log/src/writer/file_hash.rs";
const AHEAD: &str = "adapters/gatefold-log/src/writer/ahead.rs";
const FILLING: &str = "adapters/gatefold-log/src/writer/filling.rs";
const KEEPER: &str = "adapters/gatefold-log/src/writer/keeper.rs";
const GROUP: &str = "adapters/gatefold-log/src/writer/group.rs";
const BOOKS: &str = "adapters/gatefold-log/src/writer/books.rs";
const SHARED: &str = "adapters/gatefold-log/src/writer/shared.rs";

#[rustfmt::skip]
pub(super) const MUTANTS: &[Mutant] = &[
    mutant(
        "footer: the digest takes in what follows", FILE_HASH,
        "        if self.to == offset {\n",
        "        if true {\n",
        by::ROLLING,
    ),
    mutant(
        "footer: the digest of a file that is too short", FILE_HASH,
        "            assert!(read > 0, \"the file is as long as what was written to it\");\n",
        "            if read == 0 {\n                break;\n            }\n",
        by::ROLLING,
    ),
    mutant(
        "footer: the rest of the digest is taken at the end", FILE_HASH,
        "        hash.catch_up(disk, file, offset)?;\n        Ok(hash.digest())",
        "        let _ = (disk, file, offset);\n        Ok(hash.digest())",
        by::ROLLING,
    ),
    mutant(
        "footer: a rest that cannot be read", FILE_HASH,
        "        hash.catch_up(disk, file, offset)?;\n        Ok(hash.digest())",
        "        let _ = hash.catch_up(disk, file, offset);\n        Ok(hash.digest())",
        by::ROLLING,
    ),
    mutant(
        "footer: the next segment's digest begins anew", FILE_HASH,
        "*state = (name, FileHash::of(header));",
        "state.0 = name;\n        let _ = header;",
        by::ROLLING,
    ),
    mutant(
        "footer: the next segment is written from its start", FILE_HASH,
        "        self.written.store(BLOCK, Ordering::Release);\n",
        "",
        by::ROLLING,
    ),
    equivalent(
        "footer: the next segment is taken in from its start", FILE_HASH,
        "        self.taken.store(BLOCK, Ordering::Release);\n",
        "",
        "the keeper leaves more of the digest to the writer who ends the segment",
    ),
    mutant(
        "footer: the keeper takes in whole steps", FILE_HASH,
        concat!(
            "        if !self.calls() {\n",
            "            return false;\n",
            "        }\n",
        ),
        "",
        by::KEPT,
    ),
    mutant(
        "footer: the keeper stops at what it cannot read", FILE_HASH,
        "        taken.is_ok()\n",
        "        let _ = taken;\n        true\n",
        by::ROLLING,
    ),
    mutant(
        "roll: a segment that cannot be read", COMMIT,
        "let digest = behind.end(disk, file, *offset).map_err(before)?;",
        "let digest = behind.end(disk, file, *offset).unwrap_or([0; 32]);",
        by::ROLLING,
    ),
    mutant(
        "roll: the keeper is stopped", COMMIT,
        "        ahead.stop();\n",
        "",
        by::ROLLING,
    ),
    mutant(
        "roll: a failed sync of the name is not lack of space", COMMIT,
        "    disk.sync_dir(SEGMENTS).map_err(unknown)?;\n",
        "    disk.sync_dir(SEGMENTS).map_err(before)?;\n",
        by::ROLLING,
    ),
    mutant(
        "creation: sync of its zeros", FILLING,
        concat!(
            "    if filled > from {\n",
            "        disk.sync_data(file)?;\n",
            "    }\n",
        ),
        "",
        by::ASIDE,
    ),
    mutant(
        "zeros: the keeper says that it fills", AHEAD,
        "        state.busy = true;\n        Some(Gap",
        "        Some(Gap",
        by::LIB,
    ),
    mutant(
        "zeros: the keeper leaves alone what is being filled", AHEAD,
        "let free = !self.busy && !self.tired &&",
        "let free = !self.tired &&",
        by::LIB,
    ),
    mutant(
        "zeros: the keeper leaves alone what failed", AHEAD,
        "let free = !self.busy && !self.tired &&",
        "let free = !self.busy &&",
        by::LIB,
    ),
    mutant(
        "spare: not while it is made", AHEAD,
        "behind && !self.making && !self.wanted && !self.tired",
        "behind && !self.wanted && !self.tired",
        by::LIB,
    ),
    mutant(
        "spare: none ahead after a fault", AHEAD,
        "behind && !self.making && !self.wanted && !self.tired",
        "behind && !self.making && !self.wanted",
        by::LIB,
    ),
    mutant(
        "spare: not while a writer waits for it", AHEAD,
        "behind && !self.making && !self.wanted && !self.tired",
        "behind && !self.making && !self.tired",
        by::LIB,
    ),
    mutant(
        "spare: no more of it than is due", AHEAD,
        "spare.filled < self.spare_due().min(spare.length)",
        "spare.filled < spare.length",
        by::LIB,
    ),
    mutant(
        "spare: it may be shorter than the segment", AHEAD,
        "self.spare_due().min(spare.length)",
        "self.spare_due()",
        by::LIB,
    ),
    mutant(
        "spare: nobody makes one while it is used", AHEAD,
        "(state.wanted, state.making) = (false, true);",
        "(state.wanted, state.making) = (false, false);",
        by::LIB,
    ),
    equivalent(
        "keeper: a closed or poisoned log is left alone", BOOKS,
        "        self.refused().ok()?;\n        let open =",
        "        let open =",
        "whoever seals asks again: the keeper only looks more often",
    ),
    mutant(
        "keeper: what was left alone is written", BOOKS,
        "        open.into_iter().chain(seal).min()\n",
        "        let _ = open;\n        seal\n",
        by::KEPT,
    ),
    mutant(
        "keeper: a seal only behind events", BOOKS,
        "idle_seal.filter(|_| self.last.0 == Kind::Events)",
        "idle_seal",
        by::IDLE,
    ),
    mutant(
        "submit: a keeper that waits for a late seal is told", SHARED,
        "            self.bell.ring();\n        } else {\n            self.nudge();",
        "        } else {\n            self.nudge();",
        by::KEPT,
    ),
    mutant(
        "submit: a keeper that sleeps is told", SHARED,
        "        } else {\n            self.nudge();\n        }\n    }\n\n    /// Puts",
        "        }\n    }\n\n    /// Puts",
        by::KEPT,
    ),
    mutant(
        "submit: the first one counts", GROUP,
        "self.left.is_none() && !self.is_empty();",
        "!self.is_empty();",
        by::LIB,
    ),
    mutant(
        "append: nothing is written by a poisoned log", SHARED,
        "if let Some(detail) = &self.desk().work.poison {",
        "if let (Some(detail), false) = (&self.desk().work.poison, true) {",
        by::KEPT,
    ),
    mutant(
        "seal: no batch in it", GROUP,
        "        (self.epoch, self.kind) = (index.statements.epoch.get(), Kind::Events);",
        "        self.epoch = index.statements.epoch.get();",
        by::THREADS,
    ),
    mutant(
        "keeper: waits while somebody else is at a group", KEEPER,
        "            None => MEANWHILE,\n",
        "            None => Duration::ZERO,\n",
        by::KEPT,
    ),
    equivalent(
        "seal, close: nothing after a fault", SHARED,
        "        let goes_on = desk.work.refused().is_ok();\n",
        "        let goes_on = true;\n",
        "asked a moment before, too: it is for a fault in between, which no test can time",
    ),
    equivalent(
        "keeper: no seal while somebody waits", KEEPER,
        "time <= Instant::now()) && !desk.has_waiters()",
        "time <= Instant::now())",
        "whoever waits is served by the seal: it takes the open group with it",
    ),
    equivalent(
        "keeper: a seal only when it is due", KEEPER,
        "due.is_some_and(|time| time <= Instant::now()) &&",
        "due.is_some() &&",
        "asked a moment before, too: the seal would be written a moment too soon",
    ),
    mutant(
        "keeper: ids are written once", KEEPER,
        "Sealed::Held(held) => !held.unwritten,",
        "Sealed::Held(_) => true,",
        by::KEPT,
    ),
];
