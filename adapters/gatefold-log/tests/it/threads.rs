//! Many writers of one log: everybody is told the truth, and the log is what they were told.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::thread;
use std::time::{Duration, Instant};

use gatefold_core::record::{Append, AppendError, Log, Position, Record, Stream, Version};
use gatefold_core::vocabulary::{AccountId, EventId, Timestamp};
use gatefold_log::{Appender, EmbeddedLog, LogReader, Options};
use gatefold_sim::disk::{Faults, Keep, SimDisk};

use crate::kit::SMALL;

fn account(number: u64) -> Stream {
    Stream::Account(AccountId::new(&format!("a{number}")).unwrap())
}

fn record(id: u64) -> Record {
    let body = id.to_le_bytes().repeat(12);
    Record { id: EventId::from_raw(u128::from(id)), tag: 1, schema: 1, at: Timestamp::EPOCH, body }
}

fn batch(first: u64) -> Vec<Record> {
    (first..=first + first % 3).map(record).collect()
}

/// Every event of a log by its stream, in order.
fn by_stream(log: &dyn Log) -> BTreeMap<Stream, Vec<EventId>> {
    let mut read = BTreeMap::<Stream, Vec<EventId>>::new();
    let mut positions = 0;
    log.read(Position::ZERO, &mut |entry| {
        positions += 1;
        assert_eq!(entry.position.get(), positions);
        let stream = read.entry(entry.stream).or_default();
        stream.push(entry.id);
        assert_eq!(entry.version.get(), u64::try_from(stream.len()).unwrap());
        ControlFlow::Continue(())
    })
    .unwrap();
    read
}

/// Appends batches to a stream of its own until one is refused; returns the acknowledged ids.
fn write(
    log: &Appender<SimDisk>,
    writer: u64,
    batches: u64,
) -> (Vec<EventId>, Option<AppendError>) {
    let (stream, epoch) = (account(writer), log.epoch());
    let (mut acknowledged, mut expected) = (Vec::new(), Version::ZERO);
    for number in 0..batches {
        let records = batch(writer * 1_000_000 + number * 10 + 1);
        match log.append(&Append { stream, expected, epoch, records: &records }) {
            Ok(done) => {
                assert!(done.position <= log.head(), "acknowledged and not durable");
                assert!(done.version <= log.version(&stream));
                expected = done.version;
                acknowledged.extend(records.iter().map(|record| record.id));
            }
            Err(error) => return (acknowledged, Some(error)),
        }
    }
    (acknowledged, None)
}

#[test]
fn what_many_threads_append_is_there_in_order_across_rolls() {
    for kept in [false, true] {
        let disk = SimDisk::default();
        let opened = if kept { EmbeddedLog::open_kept_on } else { EmbeddedLog::open_on };
        let (log, _) = opened(disk.clone(), SMALL).unwrap();
        let handle = log.handle();
        thread::scope(|scope| {
            for writer in 1..=8 {
                let handle = &handle;
                scope.spawn(move || assert!(write(handle, writer, 40).1.is_none()));
            }
        });
        let written = by_stream(&log);
        assert_eq!(written.len(), 8);
        drop(log);
        let (stream, expected) = (account(1), Version::ZERO);
        let append = Append { stream, expected, epoch: handle.epoch(), records: &[record(7)] };
        let late = handle.append(&append);
        assert!(matches!(late, Err(AppendError::Poisoned { .. })), "{late:?}");
        let (log, report) = EmbeddedLog::open_on(disk.lost_power(Keep::Nothing), SMALL).unwrap();
        assert!(report.clean && report.segments > 3, "{report:?}");
        assert_eq!(by_stream(&log), written);
    }
}

/// Whoever seals leads an empty group and may hold it open for a moment: what comes in then is
/// no seal.
#[test]
fn seals_beside_writers_hold_no_batch() {
    let disk = SimDisk::default();
    let (log, _) = EmbeddedLog::open_on(disk.clone(), SMALL).unwrap();
    let handle = log.handle();
    let sync_takes = Duration::from_micros(20);
    disk.set_faults(Faults { sync_takes, ..Faults::default() });
    thread::scope(|scope| {
        let handle = &handle;
        let write = |writer| move || assert!(write(handle, writer, 300).1.is_none());
        let writers = [1, 2, 3, 4].map(|writer| scope.spawn(write(writer)));
        while writers.iter().any(|writer| !writer.is_finished()) {
            log.seal_idle().unwrap();
        }
    });
    let written = by_stream(&log);
    assert_eq!(written.len(), 4);
    drop(log);
    let (log, _) = EmbeddedLog::open_on(disk.lost_power(Keep::Nothing), SMALL).unwrap();
    assert_eq!(by_stream(&log), written);
}

#[test]
fn after_a_failed_sync_nobody_is_acknowledged_and_nothing_acknowledged_is_lost() {
    for sync in [5, 9, 14, 30, 61] {
        let disk = SimDisk::default();
        let sync_fails_at = Some(sync);
        disk.set_faults(Faults { sync_fails_at, ..Faults::default() });
        let Ok((log, _)) = EmbeddedLog::open_on(disk.clone(), SMALL) else { continue };
        let handle = log.handle();
        let results: Vec<_> = thread::scope(|scope| {
            let spawn = |writer| {
                scope.spawn({
                    let handle = handle.clone();
                    move || write(&handle, writer, 40)
                })
            };
            let writers: Vec<_> = (1..=6).map(spawn).collect();
            writers.into_iter().map(|writer| writer.join().unwrap()).collect()
        });
        let unknown = |error: &Option<AppendError>| {
            matches!(error, Some(AppendError::Indeterminate { .. } | AppendError::Poisoned { .. }))
        };
        // A file of ids that could not be synced is nobody's loss.
        let all_told = results.iter().all(|(_, error)| unknown(error));
        let none_told = results.iter().all(|(_, error)| error.is_none());
        assert!(all_told || none_told, "sync {sync}: {results:?}");
        let (log, _) = EmbeddedLog::open_on(disk.lost_power(Keep::Nothing), SMALL).unwrap();
        let read = by_stream(&log);
        for (writer, (acknowledged, _)) in (1..).zip(&results) {
            let held = read.get(&account(writer)).cloned().unwrap_or_default();
            assert!(held.starts_with(acknowledged), "sync {sync}, writer {writer}");
        }
    }
}

#[test]
fn a_full_disk_takes_back_what_was_accepted_and_the_log_goes_on() {
    let (mut full, mut unknown) = (0, 0);
    for before in 0..12_u64 {
        let disk = SimDisk::default();
        let (log, _) = EmbeddedLog::open_on(disk.clone(), SMALL).unwrap();
        let (handle, epoch) = (log.handle(), log.epoch());
        let submit = |stream: u64, expected: u64, id: u64| {
            let expected = Version::new(expected);
            let records = [record(id)];
            handle.submit(&Append { stream: account(stream), expected, epoch, records: &records })
        };
        for number in 0..before {
            submit(1, number, number + 1).unwrap().wait().unwrap();
        }
        let durable = handle.digest();
        disk.set_faults(Faults { no_space_at: Some(1), ..Faults::default() });
        // Two streams share a group, one of them is new; so is the epoch.
        let higher = gatefold_core::record::Epoch::new(epoch.get() + 1);
        let new = [record(200)];
        let new =
            Append { stream: account(2), expected: Version::ZERO, epoch: higher, records: &new };
        let tickets = [submit(1, before, 100).unwrap(), handle.submit(&new).unwrap()];
        let answers = tickets.map(gatefold_log::Ticket::wait);
        disk.set_faults(Faults::default());
        match &answers {
            [Err(AppendError::Full { .. }), Err(AppendError::Full { .. })] => full += 1,
            [Err(AppendError::Indeterminate { .. }), Err(AppendError::Indeterminate { .. })] => {
                unknown += 1;
                continue;
            }
            other => panic!("after {before}: {other:?}"),
        }
        assert_eq!(handle.digest(), durable, "nothing was written");
        assert_eq!((handle.epoch(), handle.version(&account(2))), (epoch, Version::ZERO));
        let again = submit(3, 0, 200).unwrap().wait().unwrap();
        assert!(!again.already, "the id was not stored, so another stream may have it");
        assert!(!submit(1, before, 100).unwrap().wait().unwrap().already);
        let written = by_stream(&log);
        assert_eq!(written.len(), 2, "after {before}: {written:?}");
        drop(log);
        let (log, _) = EmbeddedLog::open_on(disk, SMALL).unwrap();
        assert_eq!(by_stream(&log), written);
    }
    assert!(full >= 1 && unknown >= 1, "{full} full, {unknown} unknown");
}

/// The owner's lock may be another's by then.
#[test]
fn nobody_writes_any_more_when_a_log_was_dropped_that_could_not_be_closed() {
    let mut full = 0;
    for before in 0..12_u64 {
        let disk = SimDisk::default();
        let (log, _) = EmbeddedLog::open_on(disk.clone(), SMALL).unwrap();
        let (handle, epoch, stream) = (log.handle(), log.epoch(), account(1));
        let submit = |expected: u64| {
            let (expected, records) = (Version::new(expected), [record(expected + 1)]);
            handle.submit(&Append { stream, expected, epoch, records: &records })
        };
        for number in 0..before {
            submit(number).unwrap().wait().unwrap();
        }
        let left = submit(before).unwrap();
        disk.set_faults(Faults { no_space_at: Some(1), forever: true, ..Faults::default() });
        drop(log);
        disk.set_faults(Faults::default());
        let late = submit(before).map(|_| ());
        assert!(matches!(late, Err(AppendError::Poisoned { .. })), "{late:?}");
        let nothing = match left.wait() {
            Err(AppendError::Full { .. }) => true,
            Err(AppendError::Indeterminate { .. }) => false,
            other => panic!("after {before}: {other:?}"),
        };
        let (log, _) = EmbeddedLog::open_on(disk, SMALL).unwrap();
        let head = log.head().get();
        assert!(head == before || (head == before + 1 && !nothing), "after {before}: {head}");
        full += u32::from(nothing);
    }
    assert!(full >= 1);
}

#[test]
fn a_ticket_sees_what_was_submitted_before_and_a_dropped_one_is_written_all_the_same() {
    let disk = SimDisk::default();
    let (log, _) = EmbeddedLog::open_on(disk.clone(), SMALL).unwrap();
    let (handle, epoch, stream) = (log.handle(), log.epoch(), account(1));
    let submit = |expected: u64, id: u64| {
        let expected = Version::new(expected);
        handle.submit(&Append { stream, expected, epoch, records: &[record(id)] })
    };
    drop(submit(0, 1).unwrap());
    let second = submit(1, 2).unwrap();
    let again = submit(0, 1).unwrap();
    let wrong = submit(1, 3);
    assert!(matches!(wrong, Err(AppendError::WrongExpected { .. })), "{wrong:?}");
    let reused = submit(2, 2).unwrap();
    assert_eq!(handle.head(), Position::ZERO, "nothing is durable yet");
    assert_eq!(handle.version(&stream), Version::ZERO);
    assert_eq!(LogReader::open_on(disk.clone()).unwrap().head(), Position::ZERO);
    assert!(again.wait().unwrap().already);
    assert_eq!(handle.head().get(), 2, "who was told that it is there already waited for it");
    assert!(!second.wait().unwrap().already && reused.wait().unwrap().already);
    drop(submit(2, 4).unwrap());
    log.close().unwrap();
    let (log, report) = EmbeddedLog::open_on(disk, SMALL).unwrap();
    assert!(report.clean);
    assert_eq!(log.head().get(), 3, "closing writes what nobody waited for");
}

#[test]
fn an_idle_log_seals_its_newest_event_for_readers_elsewhere() {
    let directory = tempfile::tempdir().unwrap();
    let (mut log, _) = EmbeddedLog::open(directory.path(), Options::default()).unwrap();
    let append = Append {
        stream: Stream::System,
        expected: Version::ZERO,
        epoch: log.epoch(),
        records: &[record(1)],
    };
    let begun = Instant::now();
    // The groups of the epoch and its seal.
    while log.digest().1 < 2 {
        assert!(begun.elapsed() < Duration::from_secs(30), "the epoch was never sealed");
        thread::sleep(Duration::from_millis(2));
    }
    log.append(&append).unwrap();
    let mut reader = LogReader::open(directory.path()).unwrap();
    let begun = Instant::now();
    while reader.head().get() < 1 {
        assert!(begun.elapsed() < Duration::from_secs(30), "the newest event was never sealed");
        thread::sleep(Duration::from_millis(2));
        reader.refresh().unwrap();
    }
    // The group of the event and its seal, once its writer has taken it in.
    while log.digest().1 < 4 {
        assert!(begun.elapsed() < Duration::from_secs(30), "the seal was never taken in");
        thread::sleep(Duration::from_millis(2));
    }
    thread::sleep(Duration::from_millis(50));
    assert_eq!(log.digest().1, 4, "an idle log is sealed once");
    drop(log.handle().submit(&Append {
        expected: Version::new(1),
        records: &[record(2)],
        ..append
    }));
    let begun = Instant::now();
    while log.head().get() < 2 {
        assert!(begun.elapsed() < Duration::from_secs(30), "nobody wrote what nobody waits for");
        thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn without_a_thread_a_seal_is_written_when_it_is_asked_for() {
    let disk = SimDisk::default();
    let (mut log, _) = EmbeddedLog::open_on(disk.clone(), SMALL).unwrap();
    let append = Append {
        stream: Stream::System,
        expected: Version::ZERO,
        epoch: log.epoch(),
        records: &[record(1)],
    };
    log.append(&append).unwrap();
    assert_eq!(LogReader::open_on(disk.clone()).unwrap().head(), Position::ZERO);
    assert!(log.seal_idle().unwrap());
    assert!(!log.seal_idle().unwrap(), "there is nothing to seal");
    assert_eq!(LogReader::open_on(disk).unwrap().head(), Position::new(1));
}
