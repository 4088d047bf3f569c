//! Archived segments: the log is the same log, at every moment of their making and afterwards.

use std::ops::ControlFlow;

use gatefold_core::record::disk::Disk;
use gatefold_core::record::{Log, Position, ReadError};
use gatefold_core::vocabulary::Timestamp;
use gatefold_log::{
    ArchiveError, ArchiveReport, ArchiveWhich, LogReader, OpenError, Verdict, VerifyOptions,
    archive_on, verify_on,
};
use gatefold_sim::disk::{Faults, Keep, SimDisk};

use crate::kit::{
    SMALL, append, assert_goes_on, closed_after, history, killed_after, open, short_history,
};

fn archive(disk: &SimDisk, which: ArchiveWhich) -> Result<ArchiveReport, ArchiveError> {
    archive_on(disk.clone(), which, &mut |_| ())
}

fn all(disk: &SimDisk) -> ArchiveReport {
    archive(disk, ArchiveWhich::AllBut(0)).unwrap()
}

fn ids(disk: &SimDisk) -> Result<Vec<u128>, ReadError> {
    let mut ids = Vec::new();
    let reader = LogReader::open_on(disk.clone()).map_err(|error| ReadError::Corrupt {
        place: "opening".to_owned(),
        detail: error.to_string(),
    })?;
    reader.read(Position::ZERO, &mut |entry| {
        ids.push(entry.id.raw());
        ControlFlow::Continue(())
    })?;
    Ok(ids)
}

fn ending_with(disk: &SimDisk, end: &str) -> Vec<String> {
    disk.paths().into_iter().filter(|path| path.ends_with(end)).collect()
}

#[test]
fn an_archived_log_is_read_opened_and_appended_to_as_before() {
    let batches = history(24);
    for disk in [closed_after(&batches, SMALL), killed_after(&batches, SMALL)] {
        let (before, segments) = (ids(&disk).unwrap(), ending_with(&disk, ".gfl").len());
        let report = all(&disk);
        let archived = report.archived.len();
        assert!(archived >= 3, "{report:?}");
        assert_eq!(ending_with(&disk, ".gfz").len(), archived);
        assert_eq!(ending_with(&disk, ".gfl").len(), segments - archived);
        assert_eq!(report.plain, u64::try_from(segments - archived).unwrap());
        assert_eq!(ids(&disk).unwrap(), before);
        let found = verify_on(&disk, &VerifyOptions::default(), &|_, _| ()).unwrap();
        assert_eq!(found.verdict, Verdict::Sound, "{found:?}");
        let again = all(&disk);
        assert_eq!((again.archived.len(), again.before), (0, u64::try_from(archived).unwrap()));
        assert_goes_on(&disk, &history(30), 24, "archived");
    }
}

#[test]
fn only_what_is_asked_for_is_archived() {
    let disk = closed_after(&history(24), SMALL);
    let segments = ending_with(&disk, ".gfl").len();
    let none = archive(&disk, ArchiveWhich::FinishedBefore(Timestamp::EPOCH)).unwrap();
    assert_eq!(none.archived, []);
    let kept = archive(&disk, ArchiveWhich::AllBut(2)).unwrap();
    assert_eq!(kept.archived.len(), segments - 3, "two finished ones and the newest stay");
    let later = Timestamp::from_nanos(i64::MAX);
    let rest = archive(&disk, ArchiveWhich::FinishedBefore(later)).unwrap();
    assert_eq!((rest.archived.len(), rest.plain), (2, 1));
}

#[test]
fn archiving_beside_a_writer_disturbs_neither() {
    let batches = history(24);
    let disk = SimDisk::default();
    let mut log = open(&disk).unwrap();
    for batch in &batches {
        append(&mut log, batch).unwrap();
        all(&disk);
        let mut count = 0;
        let read = log.read(Position::ZERO, &mut |_| {
            count += 1;
            ControlFlow::Continue(())
        });
        read.unwrap();
        assert_eq!(count, log.head().get());
    }
    drop(log);
    assert!(ending_with(&disk, ".gfz").len() >= 3);
    assert_goes_on(&disk, &batches, batches.len(), "archived while it was written");
}

#[test]
fn a_crash_at_any_operation_leaves_the_log_whole_and_the_next_run_finishes() {
    let batches = short_history(40);
    let start = closed_after(&batches, SMALL);
    let rehearsal = start.copy();
    let archived = all(&rehearsal).archived.len();
    assert!(archived >= 2, "{archived}");
    let wanted: Vec<_> = rehearsal.paths().iter().map(|path| rehearsal.bytes(path)).collect();
    let operations = rehearsal.counts().changes;
    for operation in 1..=operations {
        let keeps =
            [Keep::Nothing, Keep::Everything, Keep::Some(operation), Keep::Some(!operation)];
        for keep in keeps {
            let when = format!("crash at {operation} of {operations}, {keep:?}");
            let disk = start.copy();
            disk.set_faults(Faults { crash_at: Some(operation), ..Faults::default() });
            assert!(archive(&disk, ArchiveWhich::AllBut(0)).is_err(), "{when}");
            let disk = disk.lost_power(keep);
            assert_goes_on(&disk.copy(), &batches, batches.len(), &when);
            all(&disk);
            let found: Vec<_> = disk.paths().iter().map(|path| disk.bytes(path)).collect();
            assert_eq!(disk.paths(), rehearsal.paths(), "{when}");
            assert!(found == wanted, "{when}: other bytes");
        }
    }
}

#[test]
fn a_failed_sync_write_or_read_takes_no_segment_away() {
    let batches = short_history(30);
    let start = closed_after(&batches, SMALL);
    let rehearsal = start.copy();
    rehearsal.set_faults(Faults::default());
    all(&rehearsal);
    let counts = rehearsal.counts();
    let mut faults = Vec::new();
    for at in 1..=counts.syncs {
        faults.push(Faults { sync_fails_at: Some(at), ..Faults::default() });
    }
    for at in 1..=counts.writes {
        faults.push(Faults { no_space_at: Some(at), ..Faults::default() });
    }
    for at in 1..=counts.reads {
        faults.push(Faults { read_fails_at: Some(at), ..Faults::default() });
    }
    for fault in faults {
        let disk = start.copy();
        disk.set_faults(fault);
        let error = archive(&disk, ArchiveWhich::AllBut(0)).unwrap_err();
        if fault.no_space_at.is_some() {
            assert!(matches!(error, ArchiveError::Full { .. }), "{fault:?}: {error}");
        }
        let disk = disk.lost_power(Keep::Nothing);
        assert_goes_on(&disk.copy(), &batches, batches.len(), &format!("{fault:?}"));
        all(&disk);
        assert_eq!(disk.paths(), rehearsal.paths(), "{fault:?}");
    }
}

#[test]
fn every_damaged_byte_of_an_archive_is_found_and_the_archive_is_named() {
    let disk = closed_after(&short_history(30), SMALL);
    all(&disk);
    let path = ending_with(&disk, ".gfz").remove(1);
    let bytes = disk.bytes(&path).unwrap();
    let blocks = 3 * 4_096;
    // Whole blocks that are zero but for their start: some of their bytes are enough.
    let places = (0..blocks).step_by(41).chain(0..140).chain(4_096..4_230).chain(8_192..8_300);
    for at in places.chain(blocks..bytes.len()) {
        let copy = disk.copy();
        copy.tamper(&path, |bytes| bytes[at] ^= 1 << (at % 8));
        let error = ids(&copy).unwrap_err().to_string();
        assert!(error.contains(&path), "byte {at}: {error}");
        if let Ok(log) = open(&copy) {
            let read = log.read(Position::ZERO, &mut |_| ControlFlow::Continue(()));
            assert!(read.is_err(), "byte {at}: opened for writing and read");
        }
    }
    for len in [0, 100, 4_096, bytes.len() - 1] {
        let copy = disk.copy();
        copy.tamper(&path, |bytes| bytes.truncate(len));
        assert!(ids(&copy).unwrap_err().to_string().contains(&path), "cut to {len}");
    }
    let copy = disk.copy();
    copy.tamper(&path, |bytes| bytes.push(0));
    assert!(ids(&copy).is_err(), "a byte too many");
    copy.remove(&path);
    assert!(matches!(open(&copy), Err(OpenError::Corrupt(_))), "missing");
}

#[test]
fn a_damaged_segment_is_not_archived() {
    let disk = closed_after(&history(24), SMALL);
    let path = ending_with(&disk, ".gfl").remove(1);
    disk.tamper(&path, |bytes| bytes[4_200] ^= 1);
    match archive(&disk, ArchiveWhich::AllBut(0)) {
        Err(ArchiveError::Damaged(corruption)) => {
            assert_eq!((corruption.segment, corruption.offset), (path.clone(), 4_096));
        }
        other => panic!("{other:?}"),
    }
    assert!(disk.bytes(&path).is_some(), "it stays");
    assert_eq!(ending_with(&disk, ".gfz").len(), 1, "the one before it");
}

#[test]
fn a_plain_segment_wins_over_its_archive() {
    let batches = history(24);
    let disk = closed_after(&batches, SMALL);
    let plain = disk.copy();
    all(&disk);
    for path in ending_with(&disk, ".gfz") {
        let segment = path.replace("archive/", "log/").replace(".gfz", ".gfl");
        let bytes = plain.bytes(&segment).unwrap();
        disk.tamper(&segment, |place| *place = bytes);
        disk.tamper(&path, |bytes| bytes.truncate(10));
    }
    let expected = ids(&plain).unwrap();
    assert_eq!(ids(&disk).unwrap(), expected);
    // The next run writes the damaged archives anew before it takes a plain segment away.
    all(&disk);
    assert!(ending_with(&disk, ".gfz").len() >= 3);
    assert_eq!(ids(&disk).unwrap(), expected);
}

#[test]
fn one_archives_at_a_time() {
    let disk = closed_after(&history(24), SMALL);
    Disk::create_dir(&disk, "archive").unwrap();
    let lock = disk.lock("archive/LOCK").unwrap();
    let busy = archive(&disk, ArchiveWhich::AllBut(0));
    assert!(matches!(busy, Err(ArchiveError::Busy { .. })), "{busy:?}");
    drop(lock);
    assert!(!all(&disk).archived.is_empty());
}
