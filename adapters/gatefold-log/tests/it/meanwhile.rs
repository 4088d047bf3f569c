//! What is accepted while a group is on its way to the disk: it shares the fate of that group where
//! it has to, and is remembered where it is not.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use gatefold_core::record::disk::DiskError;
use gatefold_core::record::{Append, AppendError, Epoch, Record, Stream, Version};
use gatefold_core::vocabulary::{AccountId, EventId, Timestamp};
use gatefold_log::{Appender, EmbeddedLog, Ticket};
use gatefold_sim::disk::SimDisk;

use crate::kit::{SMALL, options};
use crate::tricky::{Act, Tricky};

fn account(name: &str) -> Stream {
    Stream::Account(AccountId::new(name).unwrap())
}

fn record(id: u64, bytes: usize) -> Record {
    let (id, body) = (EventId::from_raw(u128::from(id)), vec![5; bytes]);
    Record { id, tag: 1, schema: 1, at: Timestamp::EPOCH, body }
}

fn submit(
    log: &Appender<Tricky>,
    stream: &str,
    version: u64,
    records: &[Record],
) -> Result<Ticket<Tricky>, AppendError> {
    let (stream, expected, epoch) = (account(stream), Version::new(version), Epoch::new(9));
    log.submit(&Append { stream, expected, epoch, records })
}

/// A log that submits a batch for the account `late` during the first act that `when` says, and
/// fails that act if `fails`.
struct Meanwhile {
    log: EmbeddedLog<Tricky>,
    handle: Arc<OnceLock<Appender<Tricky>>>,
    ticket: Arc<Mutex<Option<Ticket<Tricky>>>>,
}

fn meanwhile(
    disk: &SimDisk,
    when: impl Fn(Act, &str) -> bool + Send + Sync + 'static,
    fails: bool,
) -> Meanwhile {
    let handle = Arc::new(OnceLock::<Appender<Tricky>>::new());
    let ticket = Arc::new(Mutex::new(None));
    let done = AtomicBool::new(false);
    let (of_log, kept) = (Arc::clone(&handle), Arc::clone(&ticket));
    let tricky = Tricky::new(disk, move |act, path| {
        let Some(log) = of_log.get() else { return Ok(()) };
        if done.load(Ordering::SeqCst) || !when(act, path) {
            return Ok(());
        }
        done.store(true, Ordering::SeqCst);
        let late = submit(log, "late", 0, &[record(500, 20)]).unwrap();
        *kept.lock().unwrap() = Some(late);
        let detail = "a test's".to_owned();
        if fails { Err(DiskError::NoSpace { path: path.to_owned(), detail }) } else { Ok(()) }
    });
    let (log, _) = EmbeddedLog::open_on(tricky, SMALL).unwrap();
    Meanwhile { log, handle, ticket }
}

fn fill(handle: &Appender<Tricky>, until: impl Fn() -> bool) -> Result<u64, AppendError> {
    for number in 0..40 {
        if until() {
            return Ok(number);
        }
        submit(handle, "first", number, &[record(number + 1, 20)])?.wait()?;
    }
    panic!("it never came to that");
}

#[test]
fn what_was_accepted_while_a_group_found_no_space_is_taken_back_with_it() {
    let disk = SimDisk::default();
    let during = |act, path: &str| act == Act::Create && path.ends_with("next.spare");
    let Meanwhile { log, handle, ticket } = meanwhile(&disk, during, true);
    let handle = handle.get_or_init(|| log.handle());
    let full = fill(handle, || false);
    assert!(matches!(full, Err(AppendError::Full { .. })), "{full:?}");
    let late = ticket.lock().unwrap().take().unwrap();
    let late = late.wait();
    assert!(matches!(late, Err(AppendError::Full { .. })), "{late:?}");
    assert_eq!(handle.version(&account("late")), Version::ZERO);
    // The id of the group that found no space is free, before a roll forgets what is not written.
    let next = handle.version(&account("first")).get();
    let first = submit(handle, "first", next, &[record(next + 1, 20)]).unwrap().wait().unwrap();
    assert!(!first.already);
    // So is the late one's for another account, and its account begins anew.
    let other = submit(handle, "other", 0, &[record(500, 20)]).unwrap().wait().unwrap();
    assert!(!other.already);
    let late = submit(handle, "late", 0, &[record(501, 20)]).unwrap().wait().unwrap();
    assert_eq!((late.version, late.position), (Version::new(1), other.position.next()));
    log.close().unwrap();
    let (log, _) = EmbeddedLog::open_on(disk, SMALL).unwrap();
    assert_eq!(log.handle().version(&account("late")), Version::new(1));
}

#[test]
fn what_was_accepted_during_a_roll_is_recognized_afterwards() {
    let disk = SimDisk::default();
    let during = |act, path: &str| act == Act::Rename && path.ends_with("next.spare");
    let Meanwhile { log, handle, ticket } = meanwhile(&disk, during, false);
    let handle = handle.get_or_init(|| log.handle());
    let first = fill(handle, || ticket.lock().unwrap().is_some()).unwrap();
    let late = ticket.lock().unwrap().take().unwrap();
    let late = late.wait().unwrap();
    assert!(!late.already);
    let again = submit(handle, "late", 0, &[record(500, 20)]).unwrap().wait().unwrap();
    assert_eq!((again.already, again.position), (true, late.position));
    // The last of these rolled, and stands at the start of the next segment.
    for number in 0..first {
        let again = submit(handle, "first", number, &[record(number + 1, 20)]).unwrap();
        assert!(again.wait().unwrap().already, "{number}");
    }
    log.close().unwrap();
}

#[test]
fn what_does_not_fit_into_one_group_goes_into_the_next() {
    let disk = SimDisk::default();
    let tricky = Tricky::new(&disk, |_, _| Ok(()));
    let (log, _) = EmbeddedLog::open_on(tricky, options(1 << 24)).unwrap();
    let handle = log.handle();
    // A megabyte each, and then many short ones: nobody waits for any of them.
    let mut tickets = Vec::new();
    for large in 0..6_u64 {
        let records: Vec<_> = (1..=16).map(|id| record(large * 100 + id, 65_536)).collect();
        tickets.push(submit(&handle, "large", large * 16, &records).unwrap());
    }
    for many in 0..4_u64 {
        let records: Vec<_> =
            (0..4_096).map(|id| record(1_000_000 + many * 10_000 + id, 1)).collect();
        tickets.push(submit(&handle, "many", many * 4_096, &records).unwrap());
    }
    for ticket in tickets {
        ticket.wait().unwrap();
    }
    let disk = disk.killed();
    drop(log);
    let (log, _) = EmbeddedLog::open_on(disk, options(1 << 24)).unwrap();
    let versions = ["large", "many"].map(|name| log.handle().version(&account(name)).get());
    assert_eq!(versions, [96, 16_384]);
}
