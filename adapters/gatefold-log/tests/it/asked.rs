//! Files of ids are read when an id is asked for first, or by the log's own thread before that;
//! what is wrong with one is found then, and changes no answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use gatefold_core::record::disk::DiskError;
use gatefold_core::record::{Append, AppendError, Appended, Epoch, Log};
use gatefold_core::vocabulary::EventId;
use gatefold_log::EmbeddedLog;
use gatefold_sim::disk::SimDisk;

use crate::damage::{BLOCK, FIRST};
use crate::kit::{Batch, SMALL, closed_after, groups, short_history};
use crate::tricky::{Act, Tricky};

/// Nothing takes so long unless somebody waits for ever.
const LONG: Duration = Duration::from_secs(30);

fn id_files(disk: &SimDisk) -> Vec<String> {
    disk.paths().into_iter().filter(|path| path.ends_with(".gfi")).collect()
}

/// Damages the filter, which says of no id any more that it is there.
fn empty_filter(disk: &SimDisk, path: &str) {
    disk.tamper(path, |bytes| bytes[BLOCK..2 * BLOCK].fill(0));
}

fn append(log: &mut impl Log, epoch: Epoch, batch: &Batch) -> Result<Appended, AppendError> {
    let Batch { stream, expected, records } = batch;
    log.append(&Append { stream: *stream, expected: *expected, epoch, records })
}

/// The same batch with ids that are new.
fn fresh(log: &impl Log, batch: &Batch) -> Batch {
    let mut batch = Batch { expected: log.version(&batch.stream), ..batch.clone() };
    for record in &mut batch.records {
        record.id = EventId::from_raw(record.id.raw() + (1 << 90) + (1 << 40));
    }
    batch
}

#[test]
fn a_filter_that_is_damaged_after_opening_is_made_again_by_who_asks_first() {
    let history = short_history(14);
    let disk = closed_after(&history, SMALL);
    let path = &id_files(&disk)[0];
    let whole = disk.bytes(path).unwrap();
    for repeated in [true, false] {
        let disk = disk.copy();
        let (mut log, report) = EmbeddedLog::open_on(disk.clone(), SMALL).unwrap();
        assert_eq!(report.rebuilt, 0);
        empty_filter(&disk, path);
        let epoch = log.epoch();
        let first = if repeated { history[1].clone() } else { fresh(&log, &history[1]) };
        assert_eq!(append(&mut log, epoch, &first).unwrap().already, repeated);
        assert_eq!(disk.bytes(path).unwrap(), whole, "made again");
        for batch in &history {
            assert!(append(&mut log, epoch, batch).unwrap().already);
        }
    }
}

#[test]
fn a_filter_and_its_segment_both_damaged_answer_nothing() {
    let history = short_history(14);
    let disk = closed_after(&history, SMALL);
    let (mut log, _) = EmbeddedLog::open_on(disk.clone(), SMALL).unwrap();
    empty_filter(&disk, &id_files(&disk)[0]);
    let (offset, used) = groups(&disk.bytes(FIRST).unwrap())[3];
    disk.tamper(FIRST, |bytes| bytes[offset + used - 1] ^= 1);
    let epoch = log.epoch();
    let next = fresh(&log, &history[1]);
    let answer = append(&mut log, epoch, &next);
    assert!(matches!(answer, Err(AppendError::Poisoned { .. })), "{answer:?}");
}

#[test]
fn a_file_that_cannot_be_made_again_is_nobodys_loss() {
    let history = short_history(14);
    for act in [Act::SetLen, Act::Write, Act::Sync] {
        let disk = closed_after(&history, SMALL);
        let hits = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&hits);
        let tricky = Tricky::new(&disk, move |now, path| {
            if now != act || !path.ends_with(".gfi") {
                return Ok(());
            }
            counted.fetch_add(1, Ordering::SeqCst);
            Err(DiskError::NoSpace { path: path.to_owned(), detail: "a test's".to_owned() })
        });
        let (mut log, _) = EmbeddedLog::open_on(tricky, SMALL).unwrap();
        empty_filter(&disk, &id_files(&disk)[0]);
        let epoch = log.epoch();
        for batch in history.iter().chain(&history) {
            assert!(append(&mut log, epoch, batch).unwrap().already, "{act:?}");
        }
        assert_eq!(hits.load(Ordering::SeqCst), 1, "{act:?}: it is tried once");
        let next = fresh(&log, &history[1]);
        assert!(!append(&mut log, epoch, &next).unwrap().already, "{act:?}");
    }
}

#[test]
fn the_logs_own_thread_reads_what_nobody_has_asked_for() {
    let history = short_history(20);
    let disk = closed_after(&history, SMALL);
    let paths = id_files(&disk);
    assert!(paths.len() > 1, "{paths:?}");
    // The newest, which it comes to last.
    let newest = paths.last().unwrap();
    let whole = disk.bytes(newest).unwrap();
    empty_filter(&disk, newest);
    let asked = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&asked);
    let tricky = Tricky::new(&disk, move |act, path| {
        let own = thread::current().name() == Some("gatefold-log");
        counted.fetch_add(
            u64::from(act == Act::Read && path.ends_with(".gfi") && !own),
            Ordering::SeqCst,
        );
        Ok(())
    });
    let (mut log, report) = EmbeddedLog::open_kept_on(tricky, SMALL).unwrap();
    assert_eq!(report.rebuilt, 0);
    let begun = Instant::now();
    while disk.bytes(newest).unwrap() != whole {
        assert!(begun.elapsed() < LONG, "nobody has read it");
        thread::sleep(Duration::from_millis(1));
    }
    let before = asked.load(Ordering::SeqCst);
    assert_eq!(usize::try_from(before).unwrap(), paths.len(), "opening reads the headers");
    let epoch = log.epoch();
    let next = fresh(&log, &history[1]);
    assert!(!append(&mut log, epoch, &next).unwrap().already);
    assert_eq!(asked.load(Ordering::SeqCst), before, "a new id is told by what is in memory");
    for batch in &history {
        assert!(append(&mut log, epoch, batch).unwrap().already);
    }
}
