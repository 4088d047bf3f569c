//! Opening with a thread reads the space ahead beside all else, and finds what opening without one
//! finds there.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use gatefold_core::record::disk::DiskError;
use gatefold_core::record::{Append, AppendError, Log as _, Position};
use gatefold_log::{EmbeddedLog, Options, RecoveryReport};
use gatefold_sim::disk::{Keep, SimDisk};

use crate::kit::{Batch, groups, options, short_history};
use crate::resume::{SEGMENT, killed};
use crate::tricky::{Act, Tricky};

/// Longer than what is read without a thread.
const LONG: u32 = 2 * 1_048_576;

/// How opening ended, and how many events there are then.
fn opened(disk: SimDisk, kept: bool) -> Result<(RecoveryReport, usize), String> {
    let opened = if kept {
        EmbeddedLog::open_kept_on(disk, options(LONG))
    } else {
        EmbeddedLog::open_on(disk, options(LONG))
    };
    let (log, report) = opened.map_err(|error| error.to_string())?;
    let mut count = 0;
    let read = log.read(Position::ZERO, &mut |_| {
        count += 1;
        ControlFlow::Continue(())
    });
    read.map(|()| (report, count)).map_err(|error| error.to_string())
}

#[test]
fn what_stands_in_the_space_ahead_is_found_by_whoever_reads_it() {
    let history = short_history(12);
    for saved in [0, 8] {
        let disk = killed(&history, saved, options(LONG));
        let bytes = disk.bytes(SEGMENT).unwrap();
        let found = groups(&bytes);
        let (last, used) = *found.last().unwrap();
        let end = last + used.next_multiple_of(4_096);
        let size = bytes.len();
        let clean = opened(disk.copy(), true).unwrap();
        assert_eq!(clean, opened(disk.copy(), false).unwrap());
        assert!(clean.0.torn.is_none());
        for at in [end, end + 4_095, end + 4_096, size / 2 - 1, size / 2, size - 4_096, size - 1] {
            let noisy = disk.copy();
            noisy.tamper(SEGMENT, |bytes| bytes[at] = 0x5a);
            let kept = opened(noisy.copy(), true);
            assert_eq!(kept, opened(noisy, false), "byte {at}");
            assert!(kept.unwrap().0.torn.is_some(), "byte {at} is kept");
        }
        // A write was lost: a later group proves it.
        let lost = disk.copy();
        let (before, used) = found[found.len() - 2];
        lost.tamper(SEGMENT, |bytes| bytes[before..before + used].fill(0));
        let kept = opened(lost.copy(), true);
        assert_eq!(kept, opened(lost, false));
        assert!(kept.unwrap_err().contains("a write was lost"));
    }
}

#[test]
fn opening_takes_the_space_for_what_comes_first_with_the_sync_that_it_needs_anyway() {
    let history = short_history(12);
    let disk = killed(&history, 8, options(LONG));
    // The header and the last group again, the space ahead; then the epoch's group.
    let expected = [Act::Write, Act::Write, Act::Zeros, Act::Sync, Act::Write, Act::Sync];
    assert_eq!(acts_of_opening(&disk, options(LONG)), expected);
}

#[test]
fn a_prepared_log_has_its_space_before_its_first_group() {
    let prepared = Options { prepared_bytes: u32::MAX, ..options(LONG) };
    let acts = acts_of_opening(&SimDisk::default(), prepared);
    let expected =
        [Act::Zeros, Act::Sync, Act::Zeros, Act::Zeros, Act::Sync, Act::Write, Act::Sync];
    assert_eq!(acts[acts.len() - expected.len()..], expected, "{acts:?}");
}

/// What opening does to the first segment, but for reading it.
fn acts_of_opening(disk: &SimDisk, options: Options) -> Vec<Act> {
    let acts = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&acts);
    let tricky = Tricky::new(disk, move |act, path| {
        if act != Act::Read && path == SEGMENT {
            seen.lock().unwrap().push(act);
        }
        Ok(())
    });
    let (log, _) = EmbeddedLog::open_on(tricky, options).unwrap();
    let acts = acts.lock().unwrap().clone();
    drop(log);
    acts
}

#[test]
fn space_that_runs_out_behind_what_opening_took_is_told_and_asked_for_again() {
    let mut history = short_history(12);
    for record in history.iter_mut().flat_map(|batch| &mut batch.records) {
        record.body.resize(60_000, 7);
    }
    let disk = SimDisk::default();
    let refused = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&refused);
    let ready = Arc::new(AtomicBool::new(false));
    let armed = Arc::clone(&ready);
    let tricky = Tricky::new(&disk, move |act, path| {
        let first = act == Act::Zeros && armed.load(Ordering::SeqCst);
        if first && counted.fetch_add(1, Ordering::SeqCst) == 0 {
            return Err(DiskError::NoSpace {
                path: path.to_owned(),
                detail: "a test's".to_owned(),
            });
        }
        Ok(())
    });
    let (mut log, _) = EmbeddedLog::open_on(tricky, options(LONG)).unwrap();
    ready.store(true, Ordering::SeqCst);
    let epoch = log.epoch();
    let mut full = 0;
    for Batch { stream, expected, records } in &history {
        let append = Append { stream: *stream, expected: *expected, epoch, records };
        let mut done = log.append(&append);
        if matches!(done, Err(AppendError::Full { .. })) {
            full += 1;
            done = log.append(&append);
        }
        assert!(!done.unwrap().already);
    }
    assert_eq!(full, 1);
    assert!(refused.load(Ordering::SeqCst) > 1, "it is filled when there is space");
    drop(log);
    let events: usize = history.iter().map(|batch| batch.records.len()).sum();
    assert_eq!(opened(disk.lost_power(Keep::Nothing), false).unwrap().1, events);
}
