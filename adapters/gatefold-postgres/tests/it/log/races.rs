//! Writers that append at the same time, in one process and in several.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::thread;
use std::time::Duration;

use gatefold_core::record::{AppendError, Epoch, Log as _, Position};
use gatefold_postgres::PostgresReader;

use crate::kit::ask;
use crate::log::{account, address, all, append, append_at, empty_log, event, open, synced};

const WRITERS: u64 = 6;
const EACH: u64 = 60;
/// One for all, as writers have that know nothing of one another.
const EPOCH: Epoch = Epoch::new(1_000);

#[test]
fn writers_of_one_stream_take_turns_and_nobody_overwrites_anybody() {
    let cluster = synced();
    let (database, _log) = empty_log(cluster, "races1");
    let reader = PostgresReader::open(address(&database)).unwrap();
    let expected = WRITERS * EACH * 2;
    // Whoever reads along sees every position, in order, the first time it looks behind the last.
    let watch = thread::spawn(move || {
        let mut subscription = reader.subscribe(Position::ZERO);
        let mut seen = 0;
        while seen < expected {
            let came = subscription.next(Duration::from_secs(30), &mut |entry| {
                seen += 1;
                assert_eq!(entry.position.get(), seen, "a position that others came before");
                ControlFlow::Continue(())
            });
            assert!(came.unwrap() > 0, "nothing came after event {seen}");
        }
    });
    let conflicts: u64 = thread::scope(|scope| {
        let writer = |number: u64| {
            let database = &database;
            scope.spawn(move || {
                // A connection and a group of its own, as another process has.
                let (mut log, mut version, mut conflicts) = (open(database), 0, 0);
                for step in 0..EACH {
                    let first = 1 + (number * EACH + step) * 2;
                    let records = [event(first), event(first + 1)];
                    loop {
                        match append_at(EPOCH, &mut log, account("shared"), version, &records) {
                            Ok(done) => {
                                assert!(!done.already);
                                version = done.version.get();
                                break;
                            }
                            Err(AppendError::WrongExpected { actual, .. }) => {
                                conflicts += 1;
                                version = actual.get();
                            }
                            Err(error) => panic!("{error}"),
                        }
                    }
                }
                conflicts
            })
        };
        let writers: Vec<_> = (0..WRITERS).map(writer).collect();
        writers.into_iter().map(|it| it.join().unwrap()).sum()
    });
    watch.join().unwrap();
    assert!(conflicts > 0, "the writers never met");
    let all = all(&database);
    assert_eq!(all.len(), usize::try_from(expected).unwrap());
    let ids: BTreeSet<_> = all.iter().map(|(_, _, _, id)| *id).collect();
    assert_eq!(ids.len(), all.len(), "an event stands there twice");
    for pair in all.chunks(2) {
        assert_eq!(pair[0].3.raw() + (1 << 64), pair[1].3.raw(), "a batch was torn apart");
    }
}

#[test]
fn appends_of_one_process_that_meet_are_made_durable_together() {
    let cluster = synced();
    let (database, log) = empty_log(cluster, "races2");
    thread::scope(|scope| {
        for number in 0..16_u64 {
            let mut log = log.clone();
            scope.spawn(move || {
                let stream = account(&format!("a{number}"));
                for step in 0..40 {
                    let records = [event(1 + number * 1_000 + step)];
                    let done = append(&mut log, stream, step, &records).unwrap();
                    assert_eq!(done.version.get(), step + 1);
                    assert!(log.head() >= done.position);
                }
            });
        }
    });
    assert_eq!(all(&database).len(), 640);
    let mut session = crate::kit::owner(&database);
    let commits = ask(&mut session, "SELECT count(DISTINCT xmin::text) FROM log_event");
    let commits: u64 = commits.parse().unwrap();
    assert!(commits < 320, "{commits} transactions for 640 appends");
}

#[test]
fn a_group_is_taken_apart_where_one_of_its_batches_cannot_be_appended() {
    let cluster = synced();
    let (database, log) = empty_log(cluster, "races3");
    thread::scope(|scope| {
        for number in 0..8_u64 {
            let mut log = log.clone();
            scope.spawn(move || {
                let stream = account(&format!("a{number}"));
                for step in 0..20 {
                    let records = [event(1 + number * 1_000 + step)];
                    if number % 2 == 1 {
                        let wrong = append(&mut log, stream, step + 5, &records);
                        let refused = matches!(wrong, Err(AppendError::WrongExpected { .. }));
                        assert!(refused, "{wrong:?}");
                    }
                    append(&mut log, stream, step, &records).unwrap();
                    let again = append(&mut log, stream, 77, &records).unwrap();
                    assert!(again.already);
                }
            });
        }
    });
    assert_eq!(all(&database).len(), 160);
}
