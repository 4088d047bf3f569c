//! Rows 16, 17, 21, 24 and 25: panics, clocks, repeated ids, edited history, and a disk that does not answer.

use std::ops::ControlFlow;
use std::time::Duration;

use gatefold_core::record::{Append, AppendError, Log, Position, Record, Stream, Version};
use gatefold_core::vocabulary::{EventId, Timestamp};
use gatefold_log::{EmbeddedLog, LogReader, OpenError};
use gatefold_sim::disk::{Faults, SimDisk};

use super::judge::{BLOCK, groups, segments};
use crate::kit::{append, killed_after, options, short_history};

#[test]
fn row_16_a_panic_of_whoever_reads_harms_nobody() {
    let batches = short_history(4);
    let disk = SimDisk::default();
    let (mut log, _) = EmbeddedLog::open_on(disk.clone(), options(12 * 4_096)).unwrap();
    for batch in &batches[..3] {
        append(&mut log, batch).unwrap();
    }
    let reading = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        log.read(Position::ZERO, &mut |entry| match entry.position.get() {
            2 => std::panic::resume_unwind(Box::new("a visitor's own fault")),
            _ => ControlFlow::Continue(()),
        })
    }));
    assert!(reading.is_err());
    append(&mut log, &batches[3]).unwrap();
    assert_eq!(crate::kit::assert_prefix(&log, &batches, 4, "after a panic"), 4);
}

#[test]
fn row_17_a_clock_that_jumps_changes_no_place_and_no_order() {
    let times = [5, 3, i64::MAX, i64::MIN, 0, -1, 5];
    let disk = SimDisk::default();
    let (mut log, _) = EmbeddedLog::open_on(disk.clone(), options(12 * 4_096)).unwrap();
    for (index, time) in times.into_iter().enumerate() {
        let number = u64::try_from(index).unwrap();
        let (id, at) = (EventId::from_raw(u128::from(number) + 1), Timestamp::from_nanos(time));
        let records = [Record { id, tag: 1, schema: 1, at, body: vec![1] }];
        let (stream, expected, epoch) = (Stream::System, Version::new(number), log.epoch());
        let done = log.append(&Append { stream, expected, epoch, records: &records }).unwrap();
        assert_eq!(done.position.get(), number + 1);
    }
    let disk = disk.killed();
    drop(log);
    let (log, _) = EmbeddedLog::open_on(disk, options(12 * 4_096)).unwrap();
    let mut read = Vec::new();
    log.read(Position::ZERO, &mut |entry| {
        assert_eq!(entry.position.get(), entry.version.get());
        read.push(entry.at.nanos());
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(read, times, "times are what the engine said, in the order of appending");
}

#[test]
fn row_21_ids_are_judged_before_the_version_and_after_a_crash_as_before_it() {
    let batches = short_history(9);
    let disk = killed_after(&batches, options(12 * 4_096));
    let (mut log, _) = EmbeddedLog::open_on(disk, options(12 * 4_096)).unwrap();
    let head = log.head();
    for batch in &batches {
        let mut other = batch.clone();
        other.expected = Version::new(77);
        assert!(append(&mut log, &other).unwrap().already, "whatever is expected");
        other.records[0].body.push(1);
        let changed = append(&mut log, &other);
        assert!(matches!(changed, Err(AppendError::IdReused { .. })), "{changed:?}");
        let mut new = batch.clone();
        new.expected = Version::new(77);
        for (index, record) in new.records.iter_mut().enumerate() {
            record.id = EventId::from_raw(500 + u128::try_from(index).unwrap());
        }
        let stale = append(&mut log, &new);
        assert!(matches!(stale, Err(AppendError::WrongExpected { .. })), "{stale:?}");
        new.records[0].id = batch.records[0].id;
        if new.records.len() > 1 {
            let mixed = append(&mut log, &new);
            assert!(matches!(mixed, Err(AppendError::IdReused { .. })), "{mixed:?}");
        }
    }
    assert_eq!(log.head(), head, "nothing of that was stored");
}

#[test]
fn row_24_an_exchanged_pair_of_groups_breaks_the_chain_though_every_sum_fits() {
    let batches = short_history(8);
    let disk = killed_after(&batches, options(16 * 4_096));
    let path = segments(&disk).pop().unwrap();
    let found = groups(&disk.bytes(&path).unwrap());
    for pair in found.windows(2).take(7) {
        let [(one, _), (two, _)] = [pair[0], pair[1]];
        let disk = disk.copy();
        disk.tamper(&path, |bytes| {
            let (first, second) = (bytes[one..one + 96].to_vec(), bytes[two..two + 96].to_vec());
            let (left, right) = bytes.split_at_mut(two);
            left[one..one + BLOCK].swap_with_slice(&mut right[..BLOCK]);
            // Each takes over the place, the number and the position of the other.
            for (at, place) in [(one, first), (two, second)] {
                bytes[at + 16..at + 40].copy_from_slice(&place[16..40]);
                let sum = crc32c::crc32c(&bytes[at + 8..at + 96]);
                bytes[at + 4..at + 8].copy_from_slice(&sum.to_le_bytes());
            }
        });
        let opened = EmbeddedLog::open_on(disk, options(16 * 4_096));
        assert!(matches!(opened, Err(OpenError::Corrupt(_))), "{one} and {two}: {opened:?}");
    }
}

/// Long enough for a machine under load; nothing waits that long unless a wake-up is lost.
const LONG: Duration = Duration::from_secs(60);

#[test]
fn row_25_a_sync_that_does_not_return_acknowledges_nothing_and_shows_nothing() {
    let batches = short_history(6);
    let disk = SimDisk::default();
    let (mut log, _) = EmbeddedLog::open_on(disk.clone(), options(16 * 4_096)).unwrap();
    for batch in &batches[..5] {
        append(&mut log, batch).unwrap();
    }
    let durable = log.head();
    let held = disk.hold_syncs();
    std::thread::scope(|scope| {
        let appending = scope.spawn(|| append(&mut log, &batches[5]));
        assert!(held.is_reached_within(LONG), "the append syncs");
        assert!(!appending.is_finished(), "nothing is acknowledged before its sync returned");
        let reader = LogReader::open_on(disk.clone()).unwrap();
        assert!(reader.head() <= durable, "a reader sees {} before it is durable", reader.head());
        drop(held);
        assert_eq!(appending.join().unwrap().unwrap().position.get(), durable.get() + 3);
    });
}

#[test]
fn row_25_a_slow_disk_changes_nothing_but_the_time() {
    let batches = short_history(12);
    let disk = SimDisk::default();
    disk.set_faults(Faults { sync_takes: Duration::from_millis(3), ..Faults::default() });
    let (mut log, _) = EmbeddedLog::open_on(disk.clone(), options(8 * 4_096)).unwrap();
    let started = std::time::Instant::now();
    for batch in &batches {
        append(&mut log, batch).unwrap();
    }
    assert!(started.elapsed() >= Duration::from_millis(3 * 12), "each waits for its sync");
    assert_eq!(crate::kit::assert_prefix(&log, &batches, 12, "slow"), 12);
}
