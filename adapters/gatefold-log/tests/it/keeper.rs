//! Faults of the log's own thread: what it prepares ahead is prepared in line instead, or the log
//! ends; nothing that was acknowledged is lost, and nobody waits for ever.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use gatefold_core::record::disk::{Disk, DiskError};
use gatefold_core::record::{
    Append, AppendError, Appended, Epoch, Log, Position, Record, Stream, Version,
};
use gatefold_core::vocabulary::{EventId, Timestamp};
use gatefold_log::{Appender, EmbeddedLog, OpenError, Options};
use gatefold_sim::disk::{Keep, SimDisk};

use crate::kit::options;
use crate::tricky::{Act, Tricky};

/// Nothing takes so long unless somebody waits for ever.
const LONG: Duration = Duration::from_secs(30);
/// Longer than what is filled at once, so that there is something to fill ahead.
const LARGE: u32 = 2 * 1_048_576;
const SPARE: &str = "log/next.spare";

fn no_space(path: &str) -> DiskError {
    DiskError::NoSpace { path: path.to_owned(), detail: "a test's".to_owned() }
}

fn failed(path: &str) -> DiskError {
    DiskError::Failed { path: path.to_owned(), detail: "a test's".to_owned() }
}

fn record(number: u64, bytes: usize) -> Record {
    let (id, body) = (EventId::from_raw(u128::from(number)), vec![7; bytes]);
    Record { id, tag: 1, schema: 1, at: Timestamp::EPOCH, body }
}

/// The log's own thread leads no batch of a writer that is slow: what it cannot do is what it does
/// ahead, and nothing else.
const LED: Options = Options {
    segment_bytes: LARGE,
    idle_seal: Some(Duration::from_secs(3_600)),
    ..Options::DEFAULT
};

/// More than three quarters of a segment of [`LARGE`]: the log's own thread makes the next one.
const SOON: u64 = 27;

/// Appends until the history is over or a batch is refused; waits once for what happens to the
/// log's own thread.
fn fill(
    mut log: EmbeddedLog<Tricky>,
    batches: u64,
    bytes: usize,
    hits: &AtomicU64,
) -> (u64, Option<AppendError>, Vec<EventId>) {
    let mut done = 0;
    let mut error = None;
    for number in 1..=batches {
        let append = Append {
            stream: Stream::System,
            expected: Version::new(done),
            epoch: log.epoch(),
            records: &[record(number, bytes)],
        };
        match log.append(&append) {
            Ok(Appended { position, .. }) => {
                done = number;
                assert_eq!(position.get(), number);
            }
            Err(other) => {
                error = Some(other);
                break;
            }
        }
        if number == SOON {
            wait_for(hits);
        }
    }
    let read = ids(&log);
    let _ = log.close();
    (done, error, read)
}

/// What was done before the log's own thread had panicked, and what is said then.
fn fill_until_refused(mut log: EmbeddedLog<Tricky>, panicked: &AtomicBool) -> (u64, AppendError) {
    let (mut done, mut since) = (0, 0);
    loop {
        let append = Append {
            stream: Stream::System,
            expected: Version::new(done),
            epoch: log.epoch(),
            records: &[record(done + 1, 60_000)],
        };
        match log.append(&append) {
            Ok(_) => done += 1,
            Err(error) => return (done, error),
        }
        if panicked.load(Ordering::SeqCst) {
            since += 1;
            thread::sleep(Duration::from_millis(10));
        }
        assert!(since < 500 && done < 20_000, "the panic is forgotten, or there was none");
    }
}

fn ids(log: &dyn Log) -> Vec<EventId> {
    let mut read = Vec::new();
    log.read(Position::ZERO, &mut |entry| {
        read.push(entry.id);
        ControlFlow::Continue(())
    })
    .unwrap();
    read
}

/// The same in a thread of its own, which has to come back.
fn in_time<T: Send + 'static>(act: impl FnOnce() -> T + Send + 'static) -> T {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || tell.send(act()));
    told.recv_timeout(LONG).expect("somebody waits for ever")
}

fn wait_for(hits: &AtomicU64) {
    let begun = Instant::now();
    while hits.load(Ordering::SeqCst) == 0 {
        assert!(begun.elapsed() < LONG, "the log's own thread had nothing to do");
        thread::sleep(Duration::from_millis(1));
    }
}

fn assert_whole(disk: &SimDisk, options: Options, done: u64, when: &str) {
    let (log, _) = EmbeddedLog::open_on(disk.lost_power(Keep::Nothing), options).unwrap();
    let expected: Vec<_> = (1..=done).map(|number| EventId::from_raw(number.into())).collect();
    assert!(ids(&log).starts_with(&expected), "{when}");
}

#[test]
fn without_space_for_what_lies_ahead_the_writer_fills_in_line() {
    for of in ["log/", SPARE] {
        let disk = SimDisk::default();
        let (tricky, hits) = Tricky::for_keeper(&disk, move |act, path| {
            let takes = matches!(act, Act::Create | Act::Zeros | Act::SetLen);
            (takes && path.starts_with(of)).then(|| no_space(path))
        });
        let (log, _) = EmbeddedLog::open_kept_on(tricky, LED).unwrap();
        let (done, error, read) = in_time(move || fill(log, 90, 60_000, &hits));
        assert!(error.is_none(), "{of}: {error:?}");
        assert_eq!((done, read.len()), (90, 90));
        assert_whole(&disk, options(LARGE), done, of);
    }
}

#[test]
fn a_spare_that_cannot_be_made_is_made_by_the_writer() {
    for act in [Act::Create, Act::SetLen, Act::Zeros, Act::Sync] {
        let disk = SimDisk::default();
        let (tricky, hits) = Tricky::for_keeper(&disk, move |now, path| {
            (now == act && path == SPARE).then(|| failed(path))
        });
        let (log, _) = EmbeddedLog::open_kept_on(tricky, LED).unwrap();
        let (done, error, _) = in_time(move || fill(log, 60, 60_000, &hits));
        assert!(error.is_none(), "{act:?}: {error:?}");
        assert_eq!(done, 60);
        assert_whole(&disk, options(LARGE), done, &format!("{act:?}"));
    }
}

#[test]
fn a_sync_that_fails_ahead_of_the_writer_ends_the_log() {
    let disk = SimDisk::default();
    // Only of zeros: a group that the keeper leads because its writer was slow ends the log anyway.
    let zeros = AtomicBool::new(false);
    let (tricky, hits) = Tricky::for_keeper(&disk, move |act, path| {
        if matches!(act, Act::Zeros | Act::Write) {
            zeros.store(act == Act::Zeros, Ordering::SeqCst);
        }
        let ahead = act == Act::Sync && zeros.load(Ordering::SeqCst);
        (ahead && path.ends_with(".gfl")).then(|| failed(path))
    });
    let unsealed = Options { idle_seal: None, ..options(LARGE) };
    let (log, _) = EmbeddedLog::open_kept_on(tricky, unsealed).unwrap();
    let (done, error) = in_time(move || {
        let mut log = log;
        let mut done = 0;
        loop {
            let append = Append {
                stream: Stream::System,
                expected: Version::new(done),
                epoch: Epoch::new(u64::MAX),
                records: &[record(done + 1, 10)],
            };
            match log.append(&append) {
                Ok(_) => done += 1,
                Err(error) => return (done, error),
            }
            assert!(done < 3_000, "a failed sync is forgotten");
            wait_for(&hits);
        }
    });
    let told = matches!(error, AppendError::Poisoned { .. } | AppendError::Indeterminate { .. });
    assert!(told, "{error}");
    assert_whole(&disk, options(LARGE), done, "a failed sync");
}

#[test]
fn files_of_ids_that_cannot_be_written_are_nobodys_loss() {
    let disk = SimDisk::default();
    let (tricky, hits) = Tricky::for_keeper(&disk, |act, path| {
        (act == Act::Write && path.ends_with(".gfi")).then(|| no_space(path))
    });
    let (mut log, _) = EmbeddedLog::open_kept_on(tricky, options(0)).unwrap();
    let epoch = log.epoch();
    let mut append = |number: u64| {
        let (stream, expected) = (Stream::System, Version::new(number - 1));
        log.append(&Append { stream, expected, epoch, records: &[record(number, 3_000)] })
    };
    for number in 1..=20 {
        assert!(!append(number).unwrap().already);
    }
    wait_for(&hits);
    for number in 1..=20 {
        assert!(append(number).unwrap().already, "{number} is known without its file");
    }
    let segments = disk.paths().iter().filter(|path| path.ends_with(".gfl")).count();
    let tried = usize::try_from(hits.load(Ordering::SeqCst)).unwrap();
    assert!(tried < segments, "{tried} times for {segments} segments: each is tried once");
}

#[test]
fn a_panic_of_the_keeper_ends_the_log_and_nobody_waits() {
    let moments = [
        (Act::Zeros, ".gfl"),
        (Act::Sync, ".gfl"),
        (Act::Create, SPARE),
        (Act::SetLen, SPARE),
        (Act::Zeros, SPARE),
        (Act::Read, ".gfl"),
        (Act::Create, ".gfi"),
    ];
    for (moment, of) in moments {
        let when = format!("{moment:?} of {of}");
        let disk = SimDisk::default();
        let panicked = Arc::new(AtomicBool::new(false));
        let tell = Arc::clone(&panicked);
        let tricky = Tricky::new(&disk, move |act, path| {
            let keeper = thread::current().name() == Some("gatefold-log");
            if keeper && act == moment && path.ends_with(of) {
                // By then the writer needs what is being done, and waits.
                thread::sleep(Duration::from_millis(100));
                tell.store(true, Ordering::SeqCst);
                panic!("a test's");
            }
            Ok(())
        });
        let (log, _) = EmbeddedLog::open_kept_on(tricky, LED).unwrap();
        let (done, error) = in_time(move || fill_until_refused(log, &panicked));
        let AppendError::Poisoned { detail } = error else { panic!("{when}: {error}") };
        assert_eq!(detail, "the log's own thread panicked", "{when}");
        assert_whole(&disk, options(LARGE), done, &when);
    }
}

/// A batch, submitted and left alone.
fn leave<D: Disk + 'static>(handle: &Appender<D>, number: u64) {
    let (stream, expected) = (Stream::System, Version::new(number - 1));
    let (epoch, records) = (handle.epoch(), [record(number, 10)]);
    drop(handle.submit(&Append { stream, expected, epoch, records: &records }).unwrap());
}

#[test]
fn a_batch_that_nobody_waits_for_is_written_however_late_the_seal() {
    for idle_seal in [None, LED.idle_seal, Some(Duration::MAX)] {
        let unsealed = Options { idle_seal, ..LED };
        let (log, _) = EmbeddedLog::open_kept_on(SimDisk::default(), unsealed).unwrap();
        let handle = log.handle();
        for number in 1..=3 {
            leave(&handle, number);
            let begun = Instant::now();
            while handle.head() != Position::new(number) {
                assert!(begun.elapsed() < LONG, "{idle_seal:?}: it is left alone");
                thread::sleep(Duration::from_millis(1));
            }
        }
    }
}

#[test]
fn a_poisoned_log_keeps_its_lock_while_somebody_writes() {
    let (filling, wait_until_filling) = mpsc::channel();
    let (fail, wait_to_fail) = mpsc::channel::<()>();
    let (syncing, wait_until_syncing) = mpsc::channel();
    let (go_on, wait_to_go_on) = mpsc::channel::<()>();
    let (wait_to_fail, wait_to_go_on) = (Mutex::new(wait_to_fail), Mutex::new(wait_to_go_on));
    let slow = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&slow);
    let disk = SimDisk::default();
    let tricky = Tricky::new(&disk, move |act, path| {
        let keeper = thread::current().name() == Some("gatefold-log");
        if keeper && act == Act::Zeros && path.ends_with(".gfl") {
            let _ = filling.send(());
            let _ = wait_to_fail.lock().unwrap().recv_timeout(LONG);
            return Err(failed(path));
        }
        if !keeper && act == Act::Sync && asked.swap(false, Ordering::SeqCst) {
            let _ = syncing.send(());
            let _ = wait_to_go_on.lock().unwrap().recv_timeout(LONG);
        }
        Ok(())
    });
    let (log, _) = EmbeddedLog::open_kept_on(tricky, LED).unwrap();
    let handle = log.handle();
    wait_until_filling.recv_timeout(LONG).unwrap();
    let append = move |handle: &Appender<Tricky>, number: u64| {
        let (stream, expected) = (Stream::System, Version::new(number - 1));
        let (epoch, records) = (handle.epoch(), [record(number, 10)]);
        handle.append(&Append { stream, expected, epoch, records: &records })
    };
    slow.store(true, Ordering::SeqCst);
    let writer = handle.clone();
    let writes = thread::spawn(move || append(&writer, 1).map(|_| ()));
    wait_until_syncing.recv_timeout(LONG).unwrap();
    fail.send(()).unwrap();
    let closes = thread::spawn(move || log.close());
    // Long enough to close the log.
    thread::sleep(Duration::from_millis(100));
    let second = EmbeddedLog::open_on(disk.clone(), options(LARGE)).map(|_| ());
    assert!(matches!(second, Err(OpenError::LockedByOther { .. })), "{second:?}");
    go_on.send(()).unwrap();
    let written = in_time(move || writes.join().unwrap());
    assert!(in_time(move || closes.join().unwrap()).is_err(), "it is poisoned");
    let (log, _) = EmbeddedLog::open_on(disk, options(LARGE)).unwrap();
    assert!(written.is_err() || log.head() == Position::new(1), "{written:?}");
}

/// A batch may have its place before the log is poisoned, and be led after it.
#[test]
fn nothing_is_acknowledged_by_a_poisoned_log() {
    let (reached, wait_until_reached) = mpsc::channel();
    let (go_on, wait_to_go_on) = mpsc::channel::<()>();
    let wait_to_go_on = Mutex::new(wait_to_go_on);
    let disk = SimDisk::default();
    let (tricky, _) = Tricky::for_keeper(&disk, move |act, path| {
        let filling = act == Act::Zeros && path.ends_with(".gfl");
        filling.then(|| {
            let _ = reached.send(());
            let _ = wait_to_go_on.lock().unwrap().recv_timeout(LONG);
            failed(path)
        })
    });
    let (log, _) = EmbeddedLog::open_kept_on(tricky, LED).unwrap();
    let handle = log.handle();
    wait_until_reached.recv_timeout(LONG).unwrap();
    let submit = |number: u64| {
        let (stream, expected) = (Stream::System, Version::new(number - 1));
        let (epoch, records) = (handle.epoch(), [record(number, 10)]);
        handle.submit(&Append { stream, expected, epoch, records: &records })
    };
    let first = submit(1).unwrap();
    go_on.send(()).unwrap();
    let (begun, mut next) = (Instant::now(), 2);
    while submit(next).is_ok() {
        assert!(begun.elapsed() < LONG, "a failed write is forgotten");
        next += 1;
        thread::sleep(Duration::from_millis(1));
    }
    let told = first.wait();
    assert!(matches!(told, Err(AppendError::Indeterminate { .. })), "{told:?}");
    assert_eq!(handle.head(), Position::ZERO);
}

/// What a recycled file held would be taken for the end of the log, or for damage.
#[test]
fn row_08_a_spare_that_holds_something_is_emptied() {
    let disk = SimDisk::default();
    let (log, _) = EmbeddedLog::open_on(disk.clone(), options(LARGE)).unwrap();
    drop(log);
    let segment = disk.bytes("log/00000000000000000001.gfl").unwrap();
    // As long as a segment, with groups from its start on and at its end.
    disk.tamper(SPARE, |bytes| {
        *bytes = segment.clone();
        let end = bytes.len() - 8_192;
        bytes.copy_within(4_096..12_288, end);
        bytes.extend_from_slice(&segment);
    });
    let (mut log, _) = EmbeddedLog::open_on(disk.clone(), options(LARGE)).unwrap();
    let epoch = log.epoch();
    let rolled = || disk.paths().iter().filter(|path| path.ends_with(".gfl")).count() > 1;
    let mut done = 0;
    while !rolled() {
        let (stream, expected) = (Stream::System, Version::new(done));
        let records = [record(done + 1, 60_000)];
        log.append(&Append { stream, expected, epoch, records: &records }).unwrap();
        done += 1;
    }
    let disk = disk.killed();
    drop(log);
    let (log, report) = EmbeddedLog::open_on(disk, options(LARGE)).unwrap();
    assert!(report.torn.is_none(), "{report:?}");
    assert_eq!(ids(&log).len(), usize::try_from(done).unwrap());
}

/// What is prepared is zeros and nothing else: a log that was prepared is the log that was not.
#[test]
fn a_prepared_log_takes_its_appends_without_filling_again() {
    let disk = SimDisk::default();
    let prepared = Options { prepared_bytes: u32::MAX, ..options(LARGE) };
    let (mut log, _) = EmbeddedLog::open_on(disk.clone(), prepared).unwrap();
    let epoch = log.epoch();
    let before = disk.counts();
    for number in 1..=20 {
        let (stream, expected) = (Stream::System, Version::new(number - 1));
        let records = [record(number, 60_000)];
        log.append(&Append { stream, expected, epoch, records: &records }).unwrap();
    }
    let after = disk.counts();
    assert_eq!((after.stores - before.stores, after.syncs - before.syncs), (20, 20));
    drop(log);
    assert_whole(&disk, options(LARGE), 20, "prepared");
}

/// Nanoseconds that the thread at this place in `/proc` had a processor.
fn busy_ns(thread: &Path) -> u64 {
    let stat = fs::read_to_string(Path::new("/proc").join(thread).join("schedstat")).unwrap();
    stat.split(' ').next().unwrap().parse().unwrap()
}

#[test]
fn a_slow_sync_costs_the_keeper_no_processor() {
    let slow = Arc::new(AtomicBool::new(false));
    let keeper: Arc<OnceLock<PathBuf>> = Arc::default();
    let (reached, wait_until_reached) = mpsc::channel();
    let (go_on, wait_to_go_on) = mpsc::channel::<()>();
    let (asked, noted, wait_to_go_on) =
        (Arc::clone(&slow), Arc::clone(&keeper), Mutex::new(wait_to_go_on));
    let disk = Tricky::new(&SimDisk::default(), move |act, _| {
        if thread::current().name() == Some("gatefold-log") {
            noted.get_or_init(|| fs::read_link("/proc/thread-self").unwrap());
        } else if act == Act::Sync && asked.swap(false, Ordering::SeqCst) {
            reached.send(()).unwrap();
            let _ = wait_to_go_on.lock().unwrap().recv_timeout(LONG);
        }
        Ok(())
    });
    let (mut log, _) = EmbeddedLog::open_kept_on(disk, options(LARGE)).unwrap();
    let append = |log: &mut EmbeddedLog<Tricky>, number: u64| {
        let (stream, expected, epoch) = (Stream::System, Version::new(number - 1), log.epoch());
        let records = [record(number, 60_000)];
        log.append(&Append { stream, expected, epoch, records: &records }).unwrap();
    };
    // Something is filled ahead of the first ones, and the keeper is known by that.
    append(&mut log, 1);
    let begun = Instant::now();
    while keeper.get().is_none() {
        assert!(begun.elapsed() < LONG, "the log's own thread had nothing to do");
        thread::sleep(Duration::from_millis(1));
    }
    slow.store(true, Ordering::SeqCst);
    let busy = thread::scope(|scope| {
        scope.spawn(|| append(&mut log, 2));
        wait_until_reached.recv_timeout(LONG).unwrap();
        // Long enough that a seal is due again and again.
        let before = busy_ns(keeper.get().unwrap());
        thread::sleep(Duration::from_millis(500));
        let after = busy_ns(keeper.get().unwrap());
        go_on.send(()).unwrap();
        after - before
    });
    assert!(busy < 50_000_000, "the keeper was at work for {busy} ns of half a second");
    // Nor has it begun a group beside the one under way.
    append(&mut log, 3);
}
