//! Subscriptions and reading one stream: in order, without a gap, and only what is durable.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use gatefold_core::record::{Append, Log, Position, Version};
use gatefold_log::{Check, EmbeddedLog, LogReader};
use gatefold_sim::disk::SimDisk;

use crate::damage::FIRST;
use crate::forged::{add, chain, frames};
use crate::kit::{
    ROOMY, SMALL, append, closed_after, groups, history, killed_after, open, short_history,
};

const SHORT: Duration = Duration::from_millis(20);
const LONG: Duration = Duration::from_secs(20);

#[test]
fn a_subscription_sees_every_durable_event_once_across_rolls_and_writers() {
    let batches = history(24);
    let disk = SimDisk::default();
    let mut log = open(&disk).unwrap();
    let mut tail = LogReader::open_on(disk.clone()).unwrap().subscribe(Position::ZERO);
    let mut seen = Vec::new();
    let mut durable = 0;
    for (index, batch) in batches.iter().enumerate() {
        if index % 7 == 6 {
            drop(log);
            durable = batches[..index].iter().map(|it| it.records.len()).sum();
            log = open(&disk).unwrap();
        }
        let before = log.head().get();
        append(&mut log, batch).unwrap();
        durable = durable.max(usize::try_from(before).unwrap());
        let count = tail.next(SHORT, &mut |entry| {
            seen.push(entry.position.get());
            ControlFlow::Continue(())
        });
        count.unwrap();
        assert_eq!(seen.len(), durable, "batch {index}: what a later group proves, and no more");
    }
    log.close().unwrap();
    tail.next(SHORT, &mut |entry| {
        seen.push(entry.position.get());
        ControlFlow::Continue(())
    })
    .unwrap();
    let all: Vec<u64> = (1..=batches.iter().map(|it| it.records.len() as u64).sum()).collect();
    assert_eq!(seen, all);
    let none = tail.next(SHORT, &mut |_| panic!("there is no more"));
    assert_eq!(none.unwrap(), 0);
}

#[test]
fn a_subscriber_that_breaks_goes_on_behind_the_event() {
    let disk = closed_after(&history(12), SMALL);
    let mut tail = LogReader::open_on(disk).unwrap().subscribe(Position::new(3));
    let mut seen = Vec::new();
    for _ in 0..5 {
        let count = tail.next(SHORT, &mut |entry| {
            seen.push(entry.position.get());
            ControlFlow::Break(())
        });
        assert_eq!(count.unwrap(), 1);
    }
    assert_eq!((seen, tail.after()), (vec![4, 5, 6, 7, 8], Position::new(8)));
}

#[test]
fn a_subscription_follows_a_writer_in_another_thread_on_real_files() {
    let folder = tempfile::tempdir().unwrap();
    let batches = history(60);
    let all: u64 = batches.iter().map(|it| it.records.len() as u64).sum();
    let (mut log, _) = EmbeddedLog::open(folder.path(), SMALL).unwrap();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for batch in &batches {
                let (stream, expected, epoch) = (batch.stream, batch.expected, log.epoch());
                let records = &batch.records;
                log.append(&Append { stream, expected, epoch, records }).unwrap();
            }
            log.close().unwrap();
            done.store(true, Ordering::Release);
        });
        let reader = LogReader::open(folder.path()).unwrap();
        let mut tail = reader.subscribe(Position::ZERO);
        let mut next = 1;
        while next <= all {
            let count = tail.next(LONG, &mut |entry| {
                assert_eq!(entry.position.get(), next);
                next += 1;
                ControlFlow::Continue(())
            });
            assert!(count.unwrap() > 0 || !done.load(Ordering::Acquire), "{next} does not come");
        }
    });
}

#[test]
fn a_stream_is_read_alone_from_any_version() {
    let batches = history(40);
    let disk = closed_after(&batches, SMALL);
    let reader = LogReader::open_on(disk).unwrap();
    for stream in reader.streams().collect::<Vec<_>>() {
        let mut all = Vec::new();
        let each = &mut |entry: &gatefold_core::record::Entry<'_>| {
            if entry.stream == stream {
                all.push((entry.version, entry.position, entry.id));
            }
            ControlFlow::Continue(())
        };
        reader.read_with(Check::Chain, Position::ZERO, each).unwrap();
        assert_eq!(all.last().map(|last| last.0), Some(reader.version(&stream)));
        for from in 0..=reader.version(&stream).get() + 1 {
            let mut read = Vec::new();
            let each = &mut |entry: &gatefold_core::record::Entry<'_>| {
                read.push((entry.version, entry.position, entry.id));
                ControlFlow::Continue(())
            };
            reader.read_stream(&stream, Version::new(from), each).unwrap();
            let skipped = usize::try_from(from.saturating_sub(1)).unwrap();
            assert_eq!(read, all[skipped.min(all.len())..], "{stream} from {from}");
        }
    }
}

#[test]
fn a_stream_with_a_damaged_event_is_not_read_past_it() {
    let batches = history(12);
    let disk = closed_after(&batches, SMALL);
    let reader = LogReader::open_on(disk.clone()).unwrap();
    let stream = batches[0].stream;
    let first = "log/00000000000000000001.gfl";
    let (at, len) = groups(&disk.bytes(first).unwrap())[1];
    disk.tamper(first, |bytes| bytes[at + len - 1] ^= 1);
    let mut read = 0;
    let result = reader.read_stream(&stream, Version::new(1), &mut |_| {
        read += 1;
        ControlFlow::Continue(())
    });
    assert!(result.is_err() && read == 0, "{result:?} after {read}");
}

/// The last batch is its stream's last: what changes in it, or is gone, was there when the reader
/// was opened.
#[test]
fn a_stream_that_changed_since_the_reader_was_opened_is_not_read_to_a_wrong_end() {
    let batches = short_history(7);
    let disk = killed_after(&batches, ROOMY);
    let reader = LogReader::open_on(disk.clone()).unwrap();
    let stream = batches[6].stream;
    let last = *groups(&disk.bytes(FIRST).unwrap()).last().unwrap();
    let read = || {
        let mut versions = Vec::new();
        let result = reader.read_stream(&stream, Version::new(1), &mut |entry| {
            versions.push(entry.version.get());
            ControlFlow::Continue(())
        });
        (versions, result.is_ok())
    };
    assert_eq!(read(), (vec![1, 2, 3], true));
    disk.tamper(FIRST, |bytes| {
        let event = frames(bytes, last)[0];
        add(bytes, event + 16, 1);
        chain(bytes);
    });
    assert_eq!(read(), (vec![1, 2], false), "the third is called the fourth");
    disk.tamper(FIRST, |bytes| bytes[last.0..last.0 + last.1].fill(0));
    assert_eq!(read(), (vec![1, 2], false), "the third is gone");
}

#[test]
fn a_refreshed_reader_is_as_one_that_was_just_opened() {
    let batches = history(30);
    let disk = SimDisk::default();
    let mut log = open(&disk).unwrap();
    let mut reader = LogReader::open_on(disk.clone()).unwrap();
    for (index, batch) in batches.iter().enumerate() {
        append(&mut log, batch).unwrap();
        if index % 5 == 4 {
            drop(log);
            reader.refresh().unwrap();
            let fresh = LogReader::open_on(disk.clone()).unwrap();
            assert_eq!(reader.anchor(), fresh.anchor(), "closed after batch {index}");
            log = open(&disk).unwrap();
        }
        reader.refresh().unwrap();
        let fresh = LogReader::open_on(disk.clone()).unwrap();
        assert_eq!(reader.anchor(), fresh.anchor(), "batch {index}");
        for stream in fresh.streams() {
            assert_eq!(reader.version(&stream), fresh.version(&stream));
        }
    }
}

#[test]
fn a_refresh_reads_only_what_is_new() {
    let batches = history(30);
    let disk = SimDisk::default();
    let mut log = open(&disk).unwrap();
    for batch in &batches[..28] {
        append(&mut log, batch).unwrap();
    }
    let reads = |work: &mut dyn FnMut()| {
        let before = disk.counts().reads;
        work();
        disk.counts().reads - before
    };
    let mut reader = None;
    let opening = reads(&mut || reader = Some(LogReader::open_on(disk.clone()).unwrap()));
    let mut reader = reader.unwrap();
    let idle = reads(&mut || reader.refresh().unwrap());
    append(&mut log, &batches[28]).unwrap();
    let more = reads(&mut || reader.refresh().unwrap());
    assert!(idle <= 3, "{idle} reads to see that nothing is new");
    assert!(more <= 12 && 2 * more < opening, "{more} reads for one group, {opening} for all");
}
