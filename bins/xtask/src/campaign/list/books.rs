//! The mutations of what writers share: ids, poison, undoing, and space ahead of need.

use super::{Mutant, by, mutant};

const WRITER_BOOKS: &str = "adapters/gatefold-log/src/writer/books.rs";
const WRITER_AHEAD: &str = "adapters/gatefold-log/src/writer/ahead.rs";
const WRITER_SHARED: &str = "adapters/gatefold-log/src/writer/shared.rs";
const WRITER_FILLING: &str = "adapters/gatefold-log/src/writer/filling.rs";
const WRITER_KEEPER: &str = "adapters/gatefold-log/src/writer/keeper.rs";

#[rustfmt::skip]
pub(super) const MUTANTS: &[Mutant] = &[
    mutant(
        "append: an id that was used", WRITER_BOOKS,
        "Presence::Reused(id) => return Err(AppendError::IdReused { stream, id }),",
        "Presence::Reused(_) => (),",
        by::CONTRACT,
    ),
    mutant("append: the lease", WRITER_BOOKS, "if epoch < actual {", "if false {", by::CONTRACT),
    mutant(
        "append: the version", WRITER_BOOKS,
        "if expected != actual {",
        "if false {",
        by::CONTRACT,
    ),
    mutant(
        "append: ids of finished segments count", WRITER_BOOKS,
        "self.known.get(&id).or_else(|| in_sealed.get(&id)).copied()",
        "{ let _ = in_sealed; self.known.get(&id).copied() }",
        by::SEALED,
    ),
    mutant(
        "poison", WRITER_BOOKS,
        "            Some(CommitError::Unknown(detail)) => self.spoil(detail),",
        "            Some(CommitError::Unknown(_)) => (),",
        by::CRASH,
    ),
    mutant(
        "poison after a panic", WRITER_BOOKS,
        "            self.spoil(PANICKED);\n",
        "",
        by::ROWS16,
    ),
    mutant(
        "closed: nothing more is written", WRITER_BOOKS,
        "        if self.closing {",
        "        if false {",
        by::THREADS,
    ),
    mutant(
        "close: it may fail, and nothing more comes in", WRITER_SHARED,
        "            desk.work.closing = true;\n",
        "            desk.work.closing = desk.work.closed;\n",
        by::THREADS,
    ),
    mutant(
        "close: who writes is waited for", WRITER_SHARED,
        concat!(
            "            desk.work.closing = true;\n",
            "            if desk.seat_under_way().is_some() {",
        ),
        concat!(
            "            desk.work.closing = true;\n",
            "            if desk.work.poison.is_none() && desk.seat_under_way().is_some() {",
        ),
        by::KEPT,
    ),
    mutant(
        "ids: what a checkpoint keeps stays without a file", WRITER_KEEPER,
        "Sealed::Prefix(prefix) => !filed || prefix",
        "Sealed::Prefix(prefix) => prefix",
        by::RESUME,
    ),
    mutant(
        "full: the group is taken back", WRITER_BOOKS,
        "                self.undo(&group);\n",
        "",
        by::THREADS,
    ),
    mutant(
        "full: what was accepted meanwhile is taken back", WRITER_BOOKS,
        "                self.undo(&open);\n",
        "",
        by::THREADS,
    ),
    mutant(
        "full: new streams are forgotten", WRITER_BOOKS,
        "                self.index.forget_streams(self.durable.streams);\n",
        "",
        by::THREADS,
    ),
    mutant(
        "full: positions go back", WRITER_BOOKS,
        "                self.index.position = Position::new(self.durable.cursor.position);\n",
        "",
        by::THREADS,
    ),
    mutant(
        "full: the epoch goes back", WRITER_BOOKS,
        concat!(
            "                self.index.statements.epoch = gatefold_core::record::Epoch::new(self.",
            "durable.epoch);\n",
        ),
        "",
        by::THREADS,
    ),
    mutant(
        "full: ids are forgotten", WRITER_BOOKS,
        "self.known.truncate(left);",
        "let _ = left;",
        by::THREADS,
    ),
    mutant(
        "roll: ids of the group behind it", WRITER_BOOKS,
        "known.len() - group.ids.len() - self.open.ids.len();",
        "known.len() - self.open.ids.len();",
        by::THREADS,
    ),
    mutant(
        "roll: ids of the open group", WRITER_BOOKS,
        "known.len() - group.ids.len() - self.open.ids.len();",
        "known.len() - group.ids.len();",
        by::THREADS,
    ),
    mutant(
        "zeros: a failure is told", WRITER_AHEAD,
        "            filled?;\n            (state.filled",
        "            let _ = filled;\n            (state.filled",
        by::LIB,
    ),
    mutant(
        "zeros: their sync", WRITER_FILLING,
        "    disk.write_at(file, from, &vec![0; narrow(to - from)])?;\n    disk.sync_data(file)\n",
        "    disk.write_at(file, from, &vec![0; narrow(to - from)])\n",
        by::KEPT,
    ),
    mutant(
        "zeros: one at a time", WRITER_AHEAD,
        concat!(
            "            if state.busy {\n",
            "                state = self.wait(state);\n",
            "                continue;\n",
            "            }\n",
        ),
        "",
        by::LIB,
    ),
    mutant(
        "zeros: the keeper gives up after a fault", WRITER_AHEAD,
        "            None => state.tired = true,\n",
        "            None => (),\n",
        by::LIB,
    ),
    mutant(
        "zeros: never over what is used", WRITER_AHEAD,
        "(state.used, state.filled) = (used, filled.max(used));",
        "(state.used, state.filled) = (used, filled);",
        by::LIB,
    ),
    mutant(
        "spare: what it held is gone", WRITER_FILLING,
        "    disk.set_len(&file, 0)?;\n    disk.set_len(&file, length)?;\n    Ok(Spare",
        "    disk.set_len(&file, length)?;\n    Ok(Spare",
        by::AHEAD,
    ),
    mutant(
        "spare: one at a time", WRITER_AHEAD,
        "        while state.making {\n",
        "        while false {\n",
        by::LIB,
    ),
    mutant(
        "roll: whoever fills is waited for", WRITER_AHEAD,
        concat!(
            "        while state.busy {\n",
            "            state = self.wait(state);\n",
            "        }\n",
            "        state.busy = true;\n",
        ),
        "        state.busy = true;\n",
        by::LIB,
    ),
    mutant(
        "roll: nobody fills what is cut", WRITER_AHEAD,
        "            state = self.wait(state);\n        }\n        state.busy = true;\n",
        "            state = self.wait(state);\n        }\n",
        by::LIB,
    ),
    mutant(
        "zeros: what was not filled is told", WRITER_AHEAD,
        "        self.ahead.report(self.filled.then_some(self.to));\n",
        "        if self.filled {\n            self.ahead.report(Some(self.to));\n        }\n",
        by::LIB,
    ),
    mutant(
        "spare: one that failed is told", WRITER_AHEAD,
        "        self.ahead.put(self.spare.take());\n",
        concat!(
            "        if let Some(spare) = self.spare.take() {\n",
            "            self.ahead.put(Some(spare));\n",
            "        }\n",
        ),
        by::KEPT,
    ),
    mutant(
        "spare: not again after a fault", WRITER_AHEAD,
        "        state.tired |= spare.is_none();\n",
        "",
        by::LIB,
    ),
    mutant(
        "keeper: a failed sync ends the log", WRITER_KEEPER,
        "            Err(error) => self.turns.desk().work.spoil(&error.to_string()),",
        "            Err(_) => (),",
        by::KEPT,
    ),
    mutant(
        "keeper: lack of space is not poison", WRITER_KEEPER,
        "            Ok(()) | Err(DiskError::NoSpace { .. }) => (),",
        "            Ok(()) => (),",
        by::KEPT,
    ),
    mutant(
        "keeper: a panic ends the log", WRITER_KEEPER,
        "        let _unwinding = EndsByPanic(self);\n",
        "",
        by::KEPT,
    ),
    mutant(
        "keeper: a file of ids that cannot be written", WRITER_KEEPER,
        concat!(
            "            Err(_) => Sealed::Held(Held {\n",
            "                segment: held.segment,\n",
            "                known: KnownIds::clone(&held.known),",
        ),
        concat!(
            "            Err(_) => Sealed::Held(Held {\n",
            "                segment: held.segment,\n",
            "                known: KnownIds::default(),",
        ),
        by::KEPT,
    ),
];
