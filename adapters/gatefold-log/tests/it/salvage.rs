//! Salvage copies all that verifies, lists what is missing and what has moved, and leaves the old
//! log alone.

use std::ops::ControlFlow;

use gatefold_core::record::{Log, Position};
use gatefold_core::vocabulary::EventId;
use gatefold_log::{
    EmbeddedLog, Moved, SALVAGE_REPORT, Salvage, SalvageError, Verdict, VerifyOptions, salvage_on,
    verify_on,
};
use gatefold_sim::disk::{Faults, SimDisk};

use crate::kit::{Batch, ROOMY, SMALL, append, closed_after, groups, history, killed_after, open};

const FIRST: &str = "log/00000000000000000001.gfl";

fn salvaged(disk: &SimDisk) -> (SimDisk, Salvage) {
    let before: Vec<_> = disk.paths().iter().map(|path| disk.bytes(path)).collect();
    let target = SimDisk::default();
    let salvage = salvage_on(disk, &target, SMALL, &|done, total| assert!(done <= total)).unwrap();
    let after: Vec<_> = disk.paths().iter().map(|path| disk.bytes(path)).collect();
    assert_eq!(before, after, "the old log is as it was");
    (target, salvage)
}

/// The ids of a log's events, in order; the log is sound.
fn ids(disk: &SimDisk) -> Vec<EventId> {
    let found = verify_on(disk, &VerifyOptions::default(), &|_, _| {}).unwrap();
    assert_eq!(found.verdict, Verdict::Sound, "{found:?}");
    let mut ids = Vec::new();
    let log = open(disk).unwrap();
    log.read(Position::ZERO, &mut |entry| {
        ids.push(entry.id);
        ControlFlow::Continue(())
    })
    .unwrap();
    ids
}

fn ids_of(batches: &[&Batch]) -> Vec<EventId> {
    batches.iter().flat_map(|batch| &batch.records).map(|record| record.id).collect()
}

#[test]
fn a_sound_log_comes_out_whole_and_in_its_places() {
    let batches = history(16);
    let disk = closed_after(&batches, SMALL);
    let (target, salvage) = salvaged(&disk);
    assert!(salvage.is_whole(), "{salvage:?}");
    let whole = Moved { first: Position::new(1), last: Position::new(31), to: Position::new(1) };
    assert_eq!((salvage.events, salvage.moved.as_slice()), (31, [whole].as_slice()));
    assert!(salvage.streams.iter().all(|moved| moved.first == moved.to), "{salvage:?}");
    assert_ne!(salvage.uuid, salvage.source.uuid, "it is another log");
    assert_eq!(ids(&target), ids_of(&batches.iter().collect::<Vec<_>>()));
}

#[test]
fn a_damaged_log_gives_every_sound_event_and_says_what_moved() {
    let batches = history(9);
    let disk = closed_after(&batches, ROOMY);
    let at = groups(&disk.bytes(FIRST).unwrap());
    // The fifth batch, two events of tiny at positions 8 and 9.
    disk.tamper(FIRST, |bytes| bytes[at[5].0 + 300] ^= 1);
    let (target, salvage) = salvaged(&disk);
    assert!(!salvage.is_whole());
    let moved: Vec<_> = salvage.moved.iter().map(|it| (it.first, it.last, it.to)).collect();
    let place = Position::new;
    let expected = [(place(1), place(7), place(1)), (place(10), place(18), place(8))];
    assert_eq!(moved, expected);
    let tiny: Vec<_> = salvage
        .streams
        .iter()
        .filter(|it| it.stream == batches[1].stream)
        .map(|it| (it.first.get(), it.last.get(), it.to.get()))
        .collect();
    assert_eq!(tiny, [(1, 2, 1), (5, 6, 3)]);
    let kept = batches.iter().enumerate().filter(|(index, _)| *index != 4);
    let kept: Vec<&Batch> = kept.map(|(_, batch)| batch).collect();
    assert_eq!(ids(&target), ids_of(&kept));
    let report = target.bytes(SALVAGE_REPORT).unwrap();
    let report = String::from_utf8(report).unwrap();
    assert!(report.contains("\"verdict\": \"damaged\""), "{report}");
    assert!(report.contains("\"until\": 10"), "{report}");
    let mut log = open(&target).unwrap();
    let again = append(&mut log, &batches[0]).unwrap();
    assert!(again.already, "events keep their ids");
}

#[test]
fn every_kind_of_damage_leaves_a_log_that_opens_and_holds_the_rest() {
    let batches = history(14);
    let disk = killed_after(&batches, SMALL);
    let all = ids_of(&batches.iter().collect::<Vec<_>>());
    let paths: Vec<_> = disk.paths().into_iter().filter(|path| path.ends_with(".gfl")).collect();
    for path in &paths {
        for bit in (0..disk.bytes(path).unwrap().len() * 8).step_by(4_999) {
            let damaged = disk.copy();
            damaged.tamper(path, |bytes| bytes[bit / 8] ^= 1 << (bit % 8));
            let (target, salvage) = salvaged(&damaged);
            let saved = ids(&target);
            let when = format!("{path} bit {bit}: {salvage:?}");
            let nameless: u64 = salvage.nameless.iter().map(|it| it.events).sum();
            assert_eq!(saved.len() as u64, salvage.events, "{when}");
            assert_eq!(salvage.events + nameless, salvage.source.events, "{when}");
            let mut rest = all.iter();
            assert!(saved.iter().all(|id| rest.any(|it| it == id)), "in order, {when}");
            assert!(saved.len() + 6 >= all.len() || nameless > 0, "{when}");
        }
    }
}

#[test]
fn a_log_without_format_and_with_a_damaged_header_is_salvaged() {
    let batches = history(16);
    let disk = closed_after(&batches, SMALL);
    disk.remove("FORMAT");
    disk.tamper(FIRST, |bytes| bytes[..4_096].fill(0));
    let (target, salvage) = salvaged(&disk);
    assert_eq!(salvage.events, 31, "{salvage:?}");
    assert_eq!(ids(&target), ids_of(&batches.iter().collect::<Vec<_>>()));
}

#[test]
fn the_epoch_goes_on_where_it_was() {
    let disk = closed_after(&history(2), ROOMY);
    for _ in 0..5 {
        drop(open(&disk).unwrap());
    }
    let epoch = open(&disk).unwrap().epoch();
    // A salvage does not write into a log that somebody writes.
    let (target, _) = salvaged(&disk.killed());
    assert!(open(&target).unwrap().epoch() > epoch, "an old writer stays fenced");
}

#[test]
fn a_target_that_holds_something_and_a_log_that_is_written_are_refused() {
    let disk = closed_after(&history(4), ROOMY);
    let target = SimDisk::default();
    target.tamper("notes", |bytes| bytes.push(1));
    let refused = salvage_on(&disk, &target, SMALL, &|_, _| {});
    assert!(matches!(refused, Err(SalvageError::NotEmpty { .. })), "{refused:?}");
    assert_eq!(target.paths(), ["notes"]);
    let _log = EmbeddedLog::open_on(disk.clone(), SMALL).unwrap();
    let refused = salvage_on(&disk, &SimDisk::default(), SMALL, &|_, _| {});
    assert!(matches!(refused, Err(SalvageError::Source(_))), "{refused:?}");
}

#[test]
fn an_interrupted_salvage_has_no_report() {
    let disk = closed_after(&history(6), ROOMY);
    let target = SimDisk::default();
    salvage_on(&disk, &target, SMALL, &|_, _| {}).unwrap();
    let changes = 60;
    let mut interrupted = 0;
    for at in 1..changes {
        let target = SimDisk::default();
        target.set_faults(Faults { crash_at: Some(at), ..Faults::default() });
        if salvage_on(&disk, &target, SMALL, &|_, _| {}).is_ok() {
            continue;
        }
        interrupted += 1;
        let after = target.lost_power(gatefold_sim::disk::Keep::Some(at));
        if let Some(report) = after.bytes(SALVAGE_REPORT) {
            assert_eq!(ids(&after).len(), 12, "a report stands beside a whole copy only");
            assert!(!report.is_empty());
        }
    }
    assert!(interrupted > 20, "{interrupted}");
}
