//! Opening from where snapshots were saved: the same log as without, damage behind that place
//! stops the opening as ever, damage before it stops whoever comes to it.

use std::ops::ControlFlow;

use gatefold_core::record::disk::DiskError;
use gatefold_core::record::{Log as _, Position, Stream, Version};
use gatefold_log::{
    EmbeddedLog, LogReader, Options, RecoveryReport, Snapshots, Verdict, VerifyOptions, verify_on,
};
use gatefold_sim::disk::{Faults, Keep, SimDisk};

use crate::kit::{Batch, append, assert_prefix, groups, history, options, short_history};
use crate::tricky::{Act, Tricky};

pub(crate) const CHECKPOINT: &str = "index/checkpoint.gfc";
pub(crate) const SEGMENT: &str = "log/00000000000000000001.gfl";
/// All of a short history fits into one segment.
pub(crate) const WIDE: u32 = 64 * 4_096;

pub(crate) fn save(disk: &SimDisk) {
    let reader = LogReader::open_on(disk.clone()).unwrap();
    let snapshots = Snapshots::open_on(disk.clone()).unwrap();
    assert_eq!(snapshots.save(&reader.anchor(), &[]), Ok(vec![]));
}

/// A log whose writer was killed after `batches`; snapshots were saved after the first `saved`.
pub(crate) fn killed(batches: &[Batch], saved: usize, options: Options) -> SimDisk {
    let disk = SimDisk::default();
    let (mut log, _) = EmbeddedLog::open_on(disk.clone(), options).unwrap();
    for (index, batch) in batches.iter().enumerate() {
        append(&mut log, batch).unwrap();
        if index + 1 == saved {
            log.seal_idle().unwrap();
            save(&disk);
        }
    }
    let disk = disk.killed();
    drop(log);
    disk
}

fn without(disk: &SimDisk) -> SimDisk {
    let disk = disk.copy();
    disk.remove(CHECKPOINT);
    disk
}

/// Ids up to the checkpoint are in no memory: what finds them stays until their file is there.
#[test]
fn a_segment_that_goes_on_from_a_checkpoint_is_known_without_its_file_of_ids() {
    let history = history(60);
    let disk = killed(&history[..10], 6, options(24 * 4_096));
    let failing = Tricky::new(&disk, |act, path| {
        let detail = "a test's".to_owned();
        let fails = act == Act::Write && path.ends_with(".gfi");
        if fails { Err(DiskError::NoSpace { path: path.to_owned(), detail }) } else { Ok(()) }
    });
    let (mut log, report) = EmbeddedLog::open_on(failing, options(24 * 4_096)).unwrap();
    assert!(report.resumed);
    for batch in &history {
        append(&mut log, batch).unwrap();
    }
    assert!(disk.paths().iter().filter(|path| path.ends_with(".gfl")).count() > 1);
    for batch in &history {
        assert!(append(&mut log, batch).unwrap().already);
    }
}

/// What opening says, but for whether it walked from the start, and where the log ends then.
fn opened(disk: SimDisk) -> Result<(RecoveryReport, Position, bool), String> {
    let opened = EmbeddedLog::open_on(disk, options(WIDE));
    let (log, mut report) = opened.map_err(|error| error.to_string())?;
    let resumed = std::mem::take(&mut report.resumed);
    report.left_aside = None;
    Ok((report, log.head(), resumed))
}

fn reads(disk: &SimDisk) -> Result<usize, String> {
    let (log, _) = EmbeddedLog::open_on(disk.copy(), options(WIDE)).map_err(|it| it.to_string())?;
    let mut count = 0;
    let read = log.read(Position::ZERO, &mut |_| {
        count += 1;
        ControlFlow::Continue(())
    });
    read.map(|()| count).map_err(|error| error.to_string())
}

#[test]
fn a_log_opened_from_a_checkpoint_is_the_log() {
    let history = history(24);
    for saved in [1, 8, 20, 24] {
        let disk = killed(&history, saved, options(WIDE));
        let when = format!("saved after {saved}");
        let (plain, full) = EmbeddedLog::open_on(without(&disk), options(WIDE)).unwrap();
        let (mut log, report) = EmbeddedLog::open_on(disk.copy(), options(WIDE)).unwrap();
        assert!(report.resumed && !full.resumed, "{when}: {report:?}");
        assert_eq!(RecoveryReport { resumed: false, ..report }, full, "{when}");
        for stream in history.iter().map(|batch| batch.stream) {
            assert_eq!(log.version(&stream), plain.version(&stream), "{when}");
        }
        assert_prefix(&log, &history, history.len(), &when);
        for batch in &history {
            assert!(append(&mut log, batch).unwrap().already, "{when}");
        }
        let fresh = Batch { expected: Version::new(99), ..history[0].clone() };
        assert!(append(&mut log, &fresh).unwrap().already, "ids come first");
    }
}

#[test]
fn a_segment_that_goes_on_from_a_checkpoint_is_finished_as_any_other() {
    let history = history(60);
    let disk = killed(&history[..10], 6, options(24 * 4_096));
    let (mut log, report) = EmbeddedLog::open_on(disk.clone(), options(24 * 4_096)).unwrap();
    assert!(report.resumed);
    for batch in &history {
        append(&mut log, batch).unwrap();
    }
    for batch in &history {
        assert!(append(&mut log, batch).unwrap().already);
    }
    log.close().unwrap();
    let found = verify_on(&disk, &VerifyOptions::default(), &|_, _| {}).unwrap();
    assert_eq!(found.verdict, Verdict::Sound, "the footer says what the segment holds");
    let (mut log, report) = EmbeddedLog::open_on(disk, options(24 * 4_096)).unwrap();
    assert!(report.segments > 1 && report.rebuilt == 0, "{report:?}");
    assert!(!report.resumed && report.left_aside.is_none(), "it was of a finished segment");
    for batch in &history {
        assert!(append(&mut log, batch).unwrap().already);
    }
}

#[test]
fn damage_before_a_checkpoint_is_found_by_reading_and_verifying() {
    let history = short_history(12);
    let disk = killed(&history, 8, options(WIDE));
    let bytes = disk.bytes(SEGMENT).unwrap();
    let places = groups(&bytes);
    // The epoch and seven batches; the eighth, which the seal behind it proves, is where the
    // checkpoint is.
    for (offset, used) in places[..8].iter().copied() {
        for bit in (offset * 8..(offset + used) * 8).step_by(131) {
            let damaged = disk.copy();
            damaged.tamper(SEGMENT, |bytes| bytes[bit / 8] ^= 1 << (bit % 8));
            let report = EmbeddedLog::open_on(damaged.copy(), options(WIDE)).unwrap().1;
            assert!(report.resumed, "bit {bit}: {report:?}");
            let error = reads(&damaged).expect_err("nothing that is damaged is read");
            assert!(error.contains("damage"), "bit {bit}: {error}");
            let found = verify_on(&damaged, &VerifyOptions::default(), &|_, _| {}).unwrap();
            assert_eq!(found.verdict, Verdict::Damaged, "bit {bit}");
            assert!(EmbeddedLog::open_on(without(&damaged), options(WIDE)).is_err(), "bit {bit}");
        }
    }
}

#[test]
fn damage_from_a_checkpoint_on_ends_as_without_it() {
    let history = short_history(12);
    let disk = killed(&history, 8, options(WIDE));
    let bytes = disk.bytes(SEGMENT).unwrap();
    let mut refused = 0;
    for (index, (offset, used)) in groups(&bytes).into_iter().enumerate().skip(8) {
        for bit in (offset * 8..(offset + used) * 8).step_by(7) {
            let damaged = disk.copy();
            damaged.tamper(SEGMENT, |bytes| bytes[bit / 8] ^= 1 << (bit % 8));
            let full = opened(without(&damaged));
            let from = opened(damaged);
            assert_eq!(
                from.as_ref().map(|(report, head, _)| (report, head)),
                full.as_ref().map(|(report, head, _)| (report, head)),
                "bit {bit}"
            );
            let resumed = from.as_ref().is_ok_and(|(_, _, resumed)| *resumed);
            // Where the checkpoint itself is damaged it is not gone on from.
            assert!(index > 8 || !resumed, "bit {bit}");
            refused += u64::from(full.is_err());
        }
    }
    assert!(refused > 0);
}

#[test]
fn a_checkpoint_of_another_history_or_with_a_changed_byte_is_left_aside() {
    let history = history(12);
    let disk = killed(&history, 8, options(WIDE));
    let refused = |disk: &SimDisk| {
        let (log, report) = EmbeddedLog::open_on(disk.copy(), options(WIDE)).unwrap();
        assert!(!report.resumed);
        assert!(report.to_string().contains(CHECKPOINT), "{report}");
        assert_prefix(&log, &history, 0, "left aside");
        report.left_aside.unwrap()
    };
    let kept = disk.bytes(CHECKPOINT).unwrap();
    for at in (0..kept.len()).step_by(13) {
        let changed = disk.copy();
        changed.tamper(CHECKPOINT, |bytes| bytes[at] ^= 4);
        refused(&changed);
    }
    let other = killed(&history[..2], 2, options(WIDE));
    let foreign = disk.copy();
    let bytes = other.bytes(CHECKPOINT).unwrap();
    foreign.tamper(CHECKPOINT, |kept| *kept = bytes.clone());
    let (_, report) = EmbeddedLog::open_on(foreign, options(WIDE)).unwrap();
    assert!(!report.resumed, "another log's salt is not this one's");
    // The log is an older copy of itself: the checkpoint is ahead of it.
    let older = disk.copy();
    let (offset, used) = groups(&disk.bytes(SEGMENT).unwrap())[5];
    older.tamper(SEGMENT, |bytes| {
        bytes[offset..].fill(0);
        assert!(used > 0);
    });
    let reason = refused(&older);
    assert!(reason.contains("another history"), "{reason}");
}

#[test]
fn a_crash_while_snapshots_are_saved_leaves_a_checkpoint_or_none() {
    let history = history(9);
    for operation in 1.. {
        let disk = killed(&history, 4, options(WIDE));
        let reader = LogReader::open_on(disk.clone()).unwrap();
        disk.set_faults(Faults { crash_at: Some(operation), ..Faults::default() });
        let store = Snapshots::open_on(disk.clone());
        let saved = store.map(|it| it.save(&reader.anchor(), &[]));
        let crashed = disk.has_crashed();
        for keep in [Keep::Nothing, Keep::Everything] {
            let after = disk.lost_power(keep);
            let (log, report) = EmbeddedLog::open_on(after, options(WIDE)).unwrap();
            assert!(report.resumed, "the old one or the new one: {operation}, {report:?}");
            assert_prefix(&log, &history, history.len(), "after a crash");
        }
        if !crashed {
            assert!(matches!(saved, Ok(Ok(_))));
            break;
        }
    }
}

#[test]
fn what_is_appended_after_a_checkpoint_is_checked_against_what_was_before_it() {
    let history = history(12);
    let disk = killed(&history, 12, options(WIDE));
    let (mut log, report) = EmbeddedLog::open_on(disk, options(WIDE)).unwrap();
    assert!(report.resumed);
    let mut reused = history[3].clone();
    reused.records[0].body = vec![9; 3];
    assert!(append(&mut log, &reused).is_err(), "an id of the first part with other bytes");
    let mut fresh = history[0].clone();
    fresh.expected = log.version(&fresh.stream);
    for record in &mut fresh.records {
        record.id = gatefold_core::vocabulary::EventId::from_raw(record.id.raw() | 1 << 100);
    }
    assert!(!append(&mut log, &fresh).unwrap().already);
    assert!(log.version(&Stream::System) > Version::ZERO);
}
