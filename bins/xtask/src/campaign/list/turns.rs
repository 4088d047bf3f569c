//! The mutations of the hand-over between writers; the model checker has to notice each.

use super::{Mutant, by, mutant};

const WRITER_TURNS: &str = "adapters/gatefold-log/src/writer/turns.rs";

#[rustfmt::skip]
pub(super) const MUTANTS: &[Mutant] = &[
    mutant(
        "turns: acknowledged before it is durable", WRITER_TURNS,
        "        let mut group = desk.work.take();\n",
        concat!(
            "        let mut group = desk.work.take();\n",
            "        let _ = turn.slot.outcome.set(Ok(()));\n",
        ),
        by::TURNS,
    ),
    mutant(
        "turns: acknowledged although it failed", WRITER_TURNS,
        "        let _ = slot.outcome.set(outcome.clone());\n",
        "        let _ = slot.outcome.set(Ok(()));\n",
        by::TURNS,
    ),
    mutant(
        "turns: nobody of the group is woken", WRITER_TURNS,
        "            self.benches[own].notify_all();\n",
        "            let _ = own;\n",
        by::TURNS,
    ),
    mutant(
        "turns: one of the group is woken", WRITER_TURNS,
        "self.benches[own].notify_all();",
        "self.benches[own].notify_one();",
        by::TURNS,
    ),
    mutant(
        "turns: nobody of the next group is woken", WRITER_TURNS,
        "            self.benches[next].notify_one();\n",
        "            let _ = next;\n",
        by::TURNS,
    ),
    mutant(
        "turns: one is told of a failure", WRITER_TURNS,
        "            self.benches[next].notify_all();\n",
        "            self.benches[next].notify_one();\n",
        by::TURNS,
    ),
    mutant(
        "turns: nobody is told of a failure", WRITER_TURNS,
        "            self.benches[next].notify_all();\n",
        "            let _ = next;\n",
        by::TURNS,
    ),
    mutant(
        "turns: the next group does not fail", WRITER_TURNS,
        "            let _ = open.outcome.set(outcome);\n",
        "            drop(open);\n",
        by::TURNS,
    ),
    mutant(
        "turns: the failed group's seat stays", WRITER_TURNS,
        "        if failed {\n            let open",
        "        if false {\n            let open",
        by::TURNS,
    ),
    mutant(
        "turns: a panic ends no turn", WRITER_TURNS,
        "        if !self.ended {\n",
        "        if false {\n",
        by::TURNS,
    ),
    mutant(
        "turns: a panic that settles is the leader's", WRITER_TURNS,
        "        self.turns.settle(&self.slot, group, outcome);\n",
        "        self.ended = true;\n        self.turns.settle(&self.slot, group, outcome);\n",
        by::TURNS,
    ),
    mutant(
        "turns: a panic is no fault", WRITER_TURNS,
        "self.turns.settle(&self.slot, None, Err(W::abandoned()));",
        "self.turns.settle(&self.slot, None, Ok(()));",
        by::TURNS,
    ),
    mutant(
        "turns: two lead at once", WRITER_TURNS,
        "        desk.under_way = Some(Arc::clone(&turn.slot));\n",
        "",
        by::TURNS,
    ),
    mutant(
        "turns: the turn is never given back", WRITER_TURNS,
        "        desk.under_way = None;\n",
        "",
        by::TURNS,
    ),
    mutant(
        "turns: sitting down after the end", WRITER_TURNS,
        concat!(
            "        if seat.0.outcome.get().is_some() {\n",
            "            return;\n",
            "        }\n",
            "        if desk.under_way.is_some() {",
        ),
        "        if desk.under_way.is_some() {",
        by::TURNS,
    ),
    mutant(
        "turns: the wrong bench", WRITER_TURNS,
        "self.sit(desk, seat.0.bench);",
        "self.sit(desk, 1 - seat.0.bench);",
        by::TURNS,
    ),
    mutant(
        "turns: waiting for more for ever", WRITER_TURNS,
        "while patience > 0 && desk.work.expects_more() {",
        "while desk.work.expects_more() {",
        by::TURNS,
    ),
    mutant(
        "turns: a panic at the desk fails nobody", WRITER_TURNS,
        "                let _ = open.outcome.set(Err(W::abandoned()));\n",
        "                drop(open);\n",
        by::TURNS,
    ),
    mutant(
        "turns: a panic at the desk wakes nobody", WRITER_TURNS,
        "                self.benches.iter().for_each(Condvar::notify_all);\n",
        "",
        by::TURNS,
    ),
    mutant(
        "turns: a panic at the desk is seen to once", WRITER_TURNS,
        "                self.desk.clear_poison();\n",
        "",
        by::TURNS,
    ),
    mutant(
        "turns: a group that a panic left half changed", WRITER_TURNS,
        "        if turn.slot.outcome.get().is_some() {\n            // Somebody",
        "        if false {\n            // Somebody",
        by::TURNS,
    ),
    mutant(
        "turns: a panic at the desk goes on", WRITER_TURNS,
        "                desk.work.settle(None, Some(&W::abandoned()));\n",
        "                let _ = &mut desk;\n",
        by::TURNS,
    ),
];
