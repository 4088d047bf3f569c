//! Rows 16 and 25 with a thread of the log's own: many wait for one sync that fails, or for one
//! writer who panics. Everybody is told, and nobody waits for ever.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use gatefold_core::record::disk::Disk;
use gatefold_core::record::{Append, AppendError, Appended, Log, Record, Stream, Version};
use gatefold_core::vocabulary::{AccountId, EventId, Timestamp};
use gatefold_log::{Appender, EmbeddedLog};
use gatefold_sim::disk::{Faults, Keep, SimDisk};

use crate::kit::SMALL;
use crate::tricky::{Act, Tricky};

const WRITERS: u64 = 8;
/// Nothing takes so long unless a wake-up is lost.
const LONG: Duration = Duration::from_secs(30);

fn append<D: Disk>(log: &Appender<D>, writer: u64, version: u64) -> Result<Appended, AppendError> {
    let stream = Stream::Account(AccountId::new(&format!("a{writer}")).unwrap());
    let id = EventId::from_raw(u128::from(writer * 1_000 + version));
    let records = [Record { id, tag: 1, schema: 1, at: Timestamp::EPOCH, body: vec![1; 20] }];
    let (expected, epoch) = (Version::new(version), log.epoch());
    log.append(&Append { stream, expected, epoch, records: &records })
}

/// Many writers, each in a thread, append their first batch and then their second; what they were
/// told of the second.
fn all_wait<D: Disk + 'static>(
    log: &Appender<D>,
    between: impl FnOnce(),
) -> Vec<(u64, Option<Result<Appended, AppendError>>)> {
    for writer in 1..=WRITERS {
        append(log, writer, 0).unwrap();
    }
    between();
    let (tell, told) = mpsc::channel();
    for writer in 1..=WRITERS {
        let (log, tell) = (log.clone(), tell.clone());
        thread::spawn(move || {
            let attempt = std::panic::AssertUnwindSafe(|| append(&log, writer, 1));
            tell.send((writer, std::panic::catch_unwind(attempt).ok()))
        });
    }
    let answers = (0..WRITERS).map(|_| told.recv_timeout(LONG).expect("somebody waits for ever"));
    answers.collect()
}

fn assert_first_batches_are_there(disk: &SimDisk) {
    let (log, _) = EmbeddedLog::open_on(disk.lost_power(Keep::Nothing), SMALL).unwrap();
    for writer in 1..=WRITERS {
        let stream = Stream::Account(AccountId::new(&format!("a{writer}")).unwrap());
        assert!(log.version(&stream) >= Version::new(1), "writer {writer}");
    }
}

fn is_told(answer: &Result<Appended, AppendError>) -> bool {
    matches!(answer, Err(AppendError::Indeterminate { .. } | AppendError::Poisoned { .. }))
}

#[test]
fn row_25_everybody_who_waits_for_a_sync_that_fails_is_told() {
    for kept in [false, true] {
        let disk = SimDisk::default();
        let opened = if kept { EmbeddedLog::open_kept_on } else { EmbeddedLog::open_on };
        let (log, _) = opened(disk.clone(), SMALL).unwrap();
        let handle = log.handle();
        let answers = all_wait(&handle, || {
            let held = disk.hold_syncs();
            let sync_takes = Duration::from_millis(2);
            let (sync_fails_at, forever) = (Some(1), true);
            disk.set_faults(Faults { sync_fails_at, forever, sync_takes, ..Faults::default() });
            thread::spawn(move || {
                // By then the others sit and wait.
                let _ = held.is_reached_within(LONG);
                thread::sleep(Duration::from_millis(100));
                drop(held);
            });
        });
        for (writer, answer) in answers {
            let answer = answer.expect("nobody panics");
            assert!(is_told(&answer), "kept {kept}, writer {writer}: {answer:?}");
        }
        assert!(matches!(append(&handle, 1, 1), Err(AppendError::Poisoned { .. })));
        drop(log);
        assert_first_batches_are_there(&disk);
    }
}

#[test]
fn row_16_a_writer_who_panics_leaves_nobody_waiting() {
    for kept in [false, true] {
        let disk = SimDisk::default();
        let armed = Arc::new(AtomicBool::new(false));
        let arm = Arc::clone(&armed);
        let tricky = Tricky::new(&disk, move |act, path| {
            // Of a group: of what is prepared ahead others may do without.
            let hit = act == Act::Sync && path.ends_with(".gfl");
            if hit && armed.load(Ordering::SeqCst) {
                // By now the others sit and wait.
                thread::sleep(Duration::from_millis(100));
                armed.store(false, Ordering::SeqCst);
                std::panic::resume_unwind(Box::new("a disk's own fault"));
            }
            Ok(())
        });
        let opened = if kept { EmbeddedLog::open_kept_on } else { EmbeddedLog::open_on };
        let (log, _) = opened(tricky, SMALL).unwrap();
        let handle = log.handle();
        let answers = all_wait(&handle, || arm.store(true, Ordering::SeqCst));
        // The log's own thread may have been the one who led, and panicked.
        assert!(answers.iter().filter(|(_, answer)| answer.is_none()).count() <= 1);
        for (writer, answer) in answers {
            let told = answer.as_ref().is_none_or(is_told);
            assert!(told, "kept {kept}, writer {writer}: {answer:?}");
        }
        let late = append(&handle, 1, 1);
        assert!(matches!(late, Err(AppendError::Poisoned { .. })), "{late:?}");
        drop(log);
        assert_first_batches_are_there(&disk);
    }
}
