//! The end of a segment: its footer says what the file holds, or the segment does not end; and the
//! log's own thread, which takes the digest meanwhile, is in nobody's way.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use gatefold_core::record::disk::DiskError;
use gatefold_core::record::{Append, AppendError, Log as _, Record, Stream, Version};
use gatefold_core::vocabulary::{EventId, Timestamp};
use gatefold_log::{EmbeddedLog, OpenError, Options, Verdict, VerifyOptions, verify_on};
use gatefold_sim::disk::{Faults, SimDisk};

use crate::damage::{BLOCK, FIRST};
use crate::forged::segments;
use crate::kit::{
    Batch, SMALL, append, assert_goes_on, killed_after, open, options, read_only_head,
    short_history,
};
use crate::tricky::{Act, Tricky};

/// Nothing takes so long unless it is never done.
const LONG: Duration = Duration::from_secs(30);
/// The log's own thread takes in steps of 1 MiB.
const LARGE: u32 = 2 * 1_048_576;

/// Every sum is right, the footers' digests of whole files, too.
fn assert_sound(disk: &SimDisk, when: &str) -> u64 {
    let deep = VerifyOptions { deep: Some(&|_, _, _| Ok(())), ..VerifyOptions::default() };
    let found = verify_on(disk, &deep, &|_, _| {}).unwrap();
    assert_ne!(found.verdict, Verdict::Damaged, "{when}: {:?}", found.damages);
    found.segments
}

fn is_on_the_logs_thread() -> bool {
    thread::current().name() == Some("gatefold-log")
}

/// Appends these batches of 900 KB.
fn fill(log: &mut EmbeddedLog<Tricky>, batches: Range<u64>) {
    for number in batches {
        let first = number * 15;
        let record = |number: u64| Record {
            id: EventId::from_raw(u128::from(number) + 1),
            tag: 1,
            schema: 1,
            at: Timestamp::EPOCH,
            body: vec![7; 60_000],
        };
        let records: Vec<_> = (first..first + 15).map(record).collect();
        let (stream, expected, epoch) = (Stream::System, Version::new(first), log.epoch());
        log.append(&Append { stream, expected, epoch, records: &records }).unwrap();
    }
}

#[test]
fn a_segment_that_cannot_be_read_does_not_end() {
    let history = short_history(14);
    // Opened again: the digest of what is there is taken at the segment's end.
    let begun = killed_after(&history[..2], SMALL);
    let mut refused = 0;
    for read in 1.. {
        let when = format!("read {read} fails");
        let disk = begun.copy();
        let mut log = open(&disk).unwrap();
        disk.set_faults(Faults { read_fails_at: Some(read), ..Faults::default() });
        let done = history.iter().take_while(|batch| append(&mut log, batch).is_ok()).count();
        let reached = disk.counts().reads >= read;
        assert_eq!(done < history.len(), reached, "{when}");
        let disk = disk.killed();
        drop(log);
        assert_goes_on(&disk, &history, done, &when);
        assert_sound(&disk, &when);
        if !reached {
            break;
        }
        refused += 1;
    }
    assert!(refused > 0);
}

#[test]
fn a_segment_that_somebody_cut_does_not_end() {
    let history = short_history(14);
    let begun = killed_after(&history[..2], SMALL);
    let rolls = |batches: usize| {
        let disk = begun.copy();
        let mut log = open(&disk).unwrap();
        history[..batches].iter().for_each(|batch| assert!(append(&mut log, batch).is_ok()));
        segments(&disk).len() > 1
    };
    let last = (2..history.len()).find(|batches| rolls(batches + 1)).unwrap();
    let disk = begun.copy();
    let mut log = open(&disk).unwrap();
    history[..last].iter().for_each(|batch| assert!(append(&mut log, batch).is_ok()));
    disk.tamper(FIRST, |bytes| bytes.truncate(2 * BLOCK));
    let ended = catch_unwind(AssertUnwindSafe(|| append(&mut log, &history[last])));
    assert!(!matches!(ended, Ok(Ok(_))), "its footer would say that all is there: {ended:?}");
    let next = append(&mut log, &history[last + 1]);
    assert!(matches!(next, Err(AppendError::Poisoned { .. })), "{next:?}");
}

#[test]
fn a_new_name_that_is_not_durable_is_not_lack_of_space() {
    let history = short_history(14);
    let disk = SimDisk::default();
    let armed = Arc::new(AtomicBool::new(false));
    let arm = Arc::clone(&armed);
    let tricky = Tricky::new(&disk, move |act, path| {
        if act == Act::Sync && path == "log" && armed.load(Ordering::SeqCst) {
            let (path, detail) = (path.to_owned(), "a test's".to_owned());
            return Err(DiskError::NoSpace { path, detail });
        }
        Ok(())
    });
    let (mut log, _) = EmbeddedLog::open_on(tricky, SMALL).unwrap();
    arm.store(true, Ordering::SeqCst);
    let epoch = log.epoch();
    let mut answers = history.iter().map(|batch| {
        let Batch { stream, expected, records } = batch;
        log.append(&Append { stream: *stream, expected: *expected, epoch, records })
    });
    let first = answers.find(Result::is_err).unwrap();
    assert!(matches!(first, Err(AppendError::Indeterminate { .. })), "{first:?}");
    // The name may be there or not: a log that went on elsewhere would contradict it.
    let next = answers.next().unwrap();
    assert!(matches!(next, Err(AppendError::Poisoned { .. })), "{next:?}");
}

#[test]
fn a_footer_says_what_the_file_holds_whoever_took_its_digest() {
    for (kept, slow) in [(true, true), (true, false), (false, false)] {
        let disk = SimDisk::default();
        let seen = Mutex::new(Vec::new());
        let tricky = Tricky::new(&disk, move |act, path| {
            let group = act == Act::Write && path.ends_with(".gfl") && !is_on_the_logs_thread();
            let mut seen = seen.lock().unwrap();
            if slow && group && !seen.iter().any(|it| it == path) {
                seen.push(path.to_owned());
                drop(seen);
                // The log's own thread looks at the segment before anything is in it.
                thread::sleep(Duration::from_millis(60));
            }
            Ok(())
        });
        let opened = if kept { EmbeddedLog::open_kept_on } else { EmbeddedLog::open_on };
        let (mut log, _) = opened(tricky, options(LARGE)).unwrap();
        fill(&mut log, 0..7);
        log.close().unwrap();
        let when = format!("kept: {kept}, slow: {slow}");
        assert!(assert_sound(&disk, &when) > 3, "{when}");
    }
}

#[test]
fn a_segment_that_the_logs_thread_cannot_read_is_sealed_all_the_same() {
    let disk = SimDisk::default();
    let fails = Arc::new(AtomicBool::new(false));
    let failed = Arc::clone(&fails);
    let tricky = Tricky::new(&disk, move |act, path| {
        if act == Act::Read && path.ends_with(".gfl") && is_on_the_logs_thread() {
            failed.store(true, Ordering::SeqCst);
            let detail = "a test's".to_owned();
            return Err(DiskError::Failed { path: path.to_owned(), detail });
        }
        Ok(())
    });
    let (mut log, _) = EmbeddedLog::open_kept_on(tricky, options(4 * LARGE)).unwrap();
    let wait_until = |done: &dyn Fn() -> bool| {
        let begun = Instant::now();
        while !done() {
            assert!(begun.elapsed() < LONG, "the log's own thread does nothing else");
            thread::sleep(Duration::from_millis(5));
        }
    };
    fill(&mut log, 0..2);
    wait_until(&|| fails.load(Ordering::SeqCst));
    fill(&mut log, 2..3);
    wait_until(&|| read_only_head(&disk) == 45);
    log.close().unwrap();
    assert_sound(&disk, "not read");
}

/// Zeros that are written behind the footer would hide it from every opening to come.
#[test]
fn nobody_fills_a_segment_that_is_being_cut() {
    const SECOND: &str = "log/00000000000000000046.gfl";
    let disk = SimDisk::default();
    let (cutting, filled) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let (cuts, fills) = (Arc::clone(&cutting), Arc::clone(&filled));
    let tricky = Tricky::new(&disk, move |act, path| {
        let full = || Err(DiskError::NoSpace { path: path.to_owned(), detail: String::new() });
        match (is_on_the_logs_thread(), act) {
            // The writer fills what it needs itself, and never all of the segment.
            (true, Act::Create) if path.ends_with(".spare") => return full(),
            (true, Act::Zeros) if path == SECOND && !cuts.load(Ordering::SeqCst) => return full(),
            (true, Act::Zeros) if path == SECOND => fills.store(true, Ordering::SeqCst),
            // Meanwhile the log's own thread is at the ids of the first segment.
            (true, Act::Create) if path.ends_with(".gfi") => {
                let begun = Instant::now();
                while !cuts.load(Ordering::SeqCst) && begun.elapsed() < LONG {
                    thread::sleep(Duration::from_millis(1));
                }
            }
            (false, Act::SetLen) if path == SECOND => {
                cuts.store(true, Ordering::SeqCst);
                thread::sleep(Duration::from_millis(100));
            }
            _ => (),
        }
        Ok(())
    });
    // Three batches fit into a segment, and leave a part of it that is not filled yet.
    let unsealed = Options { idle_seal: None, ..options(3_500_000) };
    let (mut log, _) = EmbeddedLog::open_kept_on(tricky, unsealed).unwrap();
    fill(&mut log, 0..7);
    assert!(cutting.load(Ordering::SeqCst), "{:?}", disk.paths());
    assert!(!filled.load(Ordering::SeqCst), "it is filled while it is cut");
    log.close().unwrap();
    assert_eq!(assert_sound(&disk, "cut"), 3);
}

#[test]
fn lack_of_space_for_a_prepared_log_is_called_so() {
    let zeros = AtomicBool::new(false);
    let tricky = Tricky::new(&SimDisk::default(), move |act, path| {
        if act == Act::Zeros {
            zeros.store(true, Ordering::SeqCst);
        }
        if act == Act::Sync && path == FIRST && zeros.load(Ordering::SeqCst) {
            // A system that gives space late says here that there was none.
            let (path, detail) = (path.to_owned(), "a test's".to_owned());
            return Err(DiskError::NoSpace { path, detail });
        }
        Ok(())
    });
    let prepared = Options { prepared_bytes: u32::MAX, ..SMALL };
    let opened = EmbeddedLog::open_on(tricky, prepared);
    assert!(matches!(opened, Err(OpenError::Full { .. })), "{opened:?}");
}
