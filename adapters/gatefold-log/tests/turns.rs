//! The hand-over between writers under every kind of schedule: no wake-up is lost, nothing is
//! acknowledged before it was worked on, and a leader who panics or a seat that is dropped harms
//! nobody.
//!
//! The file under test is compiled here a second time, with the locks of a model checker.

// A test's helpers report by panicking, as the tests do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, unreachable_pub, dead_code)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};

use shuttle::sync::Arc;
use shuttle::thread;

#[path = "../src/writer/turns.rs"]
mod turns;

mod sync {
    pub(crate) use shuttle::sync::{Condvar, Mutex, MutexGuard};
    pub(crate) use shuttle::thread::yield_now;
}

use turns::{Turns, Work};

/// Schedules tried in each test.
const SCHEDULES: usize = 4_000;

/// Whoever settles a group with this number panics.
const UNCOUNTABLE: u64 = 999;

#[derive(Default)]
struct Numbers {
    open: Vec<u64>,
    settled: Vec<u64>,
    spoiled: bool,
    last: usize,
}

impl Work for Numbers {
    type Group = Vec<u64>;
    type Fault = &'static str;

    fn take(&mut self) -> Vec<u64> {
        std::mem::take(&mut self.open)
    }

    fn expects_more(&self) -> bool {
        self.last > 1 && self.open.len() < self.last && !self.spoiled
    }

    fn settle(&mut self, group: Option<Vec<u64>>, fault: Option<&&'static str>) {
        self.spoiled |= fault.is_some();
        self.last = group.as_ref().map_or(0, Vec::len);
        let counted = group.as_ref().is_none_or(|group| !group.contains(&UNCOUNTABLE));
        assert!(counted, "whoever settles panics");
        match (group, fault) {
            (Some(group), None) => self.settled.extend(group),
            // The open group fails, too.
            (_, Some(_)) => self.open.clear(),
            (None, None) => (),
        }
    }

    fn abandoned() -> &'static str {
        "abandoned"
    }
}

/// A disk that holds what was worked on, and notices two leaders at once.
#[derive(Default)]
struct Disk {
    durable: std::sync::Mutex<Vec<u64>>,
    leaders: AtomicU64,
}

impl Disk {
    fn write(&self, group: &[u64]) {
        assert_eq!(self.leaders.fetch_add(1, Ordering::SeqCst), 0, "one leader at a time");
        assert!(!group.is_empty(), "a group that somebody panicked in is not written");
        thread::yield_now();
        self.durable.lock().unwrap().extend_from_slice(group);
        self.leaders.fetch_sub(1, Ordering::SeqCst);
    }

    fn holds(&self, number: u64) -> bool {
        self.durable.lock().unwrap().contains(&number)
    }
}

/// Puts a number into the open group and waits for it, as an append does.
fn append(turns: &Turns<Numbers>, disk: &Disk, number: u64, bad: u64) -> Result<(), &'static str> {
    let mut desk = turns.desk();
    if desk.work.spoiled {
        return Err("refused");
    }
    desk.work.open.push(number);
    let seat = desk.seat();
    drop(desk);
    let lead = |group: &mut Vec<u64>| {
        if bad > 0 && group.contains(&bad) {
            return Err("failed");
        }
        assert!(bad > 0 || !group.contains(&0), "a leader who panics");
        disk.write(group);
        Ok(())
    };
    turns.wait(&seat, &lead)
}

fn check(run: fn()) {
    shuttle::check_random(run, SCHEDULES);
    shuttle::check_pct(run, SCHEDULES, 3);
}

#[test]
fn nobody_is_acknowledged_early_and_nobody_is_left_waiting() {
    check(|| {
        let (turns, disk) = (Arc::new(Turns::new(Numbers::default())), Arc::new(Disk::default()));
        let writer = |first: u64| {
            let (turns, disk) = (Arc::clone(&turns), Arc::clone(&disk));
            thread::spawn(move || {
                for number in first..first + 2 {
                    append(&turns, &disk, number, 0).unwrap();
                    assert!(disk.holds(number), "{number} was acknowledged too early");
                }
            })
        };
        let writers = [writer(10), writer(20), writer(30), writer(40)];
        for writer in writers {
            writer.join().unwrap();
        }
        let mut durable = disk.durable.lock().unwrap().clone();
        assert_eq!(durable, turns.desk().work.settled, "in the order of the groups");
        durable.sort_unstable();
        assert_eq!(durable, [10, 11, 20, 21, 30, 31, 40, 41]);
    });
}

#[test]
fn a_panic_while_a_group_is_settled_leaves_nobody_waiting() {
    check(|| {
        let (turns, disk) = (Arc::new(Turns::new(Numbers::default())), Arc::new(Disk::default()));
        let writers = [UNCOUNTABLE, 10, 20].map(|number| {
            let (turns, disk) = (Arc::clone(&turns), Arc::clone(&disk));
            thread::spawn(move || {
                let attempt = AssertUnwindSafe(|| append(&turns, &disk, number, 0));
                let told = catch_unwind(attempt).unwrap_or(Err("panicked"));
                assert!(number != UNCOUNTABLE || told.is_err());
            })
        });
        for writer in writers {
            writer.join().unwrap();
        }
        assert!(turns.desk().work.spoiled);
    });
}

#[test]
fn who_finds_no_room_passes_the_desk_on() {
    check(|| {
        let (turns, disk) = (Arc::new(Turns::new(Numbers::default())), Arc::new(Disk::default()));
        let writer = |number: u64| {
            let (turns, disk) = (Arc::clone(&turns), Arc::clone(&disk));
            thread::spawn(move || {
                loop {
                    let desk = turns.desk();
                    if desk.work.open.is_empty() {
                        drop(desk);
                        break;
                    }
                    turns.pass(desk, &|group| {
                        disk.write(group);
                        Ok(())
                    });
                }
                append(&turns, &disk, number, 0).unwrap();
                assert!(disk.holds(number));
            })
        };
        let writers = [writer(1), writer(2), writer(3), writer(4)];
        for writer in writers {
            writer.join().unwrap();
        }
    });
}

#[test]
fn after_a_failure_everybody_is_told_and_nobody_is_acknowledged() {
    check(|| {
        let (turns, disk) = (Arc::new(Turns::new(Numbers::default())), Arc::new(Disk::default()));
        let writer = |number: u64| {
            let (turns, disk) = (Arc::clone(&turns), Arc::clone(&disk));
            thread::spawn(move || {
                let done = append(&turns, &disk, number, 2);
                assert_eq!(done.is_ok(), disk.holds(number), "{number}: {done:?}");
                assert!(number != 2 || done.is_err());
            })
        };
        let writers = [writer(1), writer(2), writer(3), writer(4)];
        for writer in writers {
            writer.join().unwrap();
        }
        assert!(turns.desk().work.spoiled);
    });
}

#[test]
fn a_leader_who_panics_leaves_nobody_waiting() {
    check(|| {
        let (turns, disk) = (Arc::new(Turns::new(Numbers::default())), Arc::new(Disk::default()));
        let writer = |number: u64| {
            let (turns, disk) = (Arc::clone(&turns), Arc::clone(&disk));
            thread::spawn(move || {
                let done = catch_unwind(AssertUnwindSafe(|| append(&turns, &disk, number, 0)));
                let acknowledged = matches!(done, Ok(Ok(())));
                assert_eq!(acknowledged, disk.holds(number), "{number}: {done:?}");
            })
        };
        // Whoever leads the group that holds 0 panics.
        let writers = [writer(0), writer(1), writer(2), writer(3)];
        for writer in writers {
            writer.join().unwrap();
        }
        assert!(turns.desk().work.spoiled);
    });
}

#[test]
fn a_dropped_seat_harms_nobody() {
    check(|| {
        let (turns, disk) = (Arc::new(Turns::new(Numbers::default())), Arc::new(Disk::default()));
        let (other_turns, other_disk) = (Arc::clone(&turns), Arc::clone(&disk));
        let dropping = thread::spawn(move || {
            for number in 1..=2 {
                let mut desk = other_turns.desk();
                desk.work.open.push(number);
                drop(desk.seat());
            }
            drop(other_disk);
        });
        let writer = |number: u64| {
            let (turns, disk) = (Arc::clone(&turns), Arc::clone(&disk));
            thread::spawn(move || append(&turns, &disk, number, 0).unwrap())
        };
        let writers = [writer(10), writer(20)];
        dropping.join().unwrap();
        for writer in writers {
            writer.join().unwrap();
        }
        append(&turns, &disk, 30, 0).unwrap();
        let mut durable = disk.durable.lock().unwrap().clone();
        durable.sort_unstable();
        assert_eq!(durable, [1, 2, 10, 20, 30]);
    });
}

#[test]
fn who_panics_at_the_desk_spoils_the_work_and_leaves_nobody_waiting() {
    check(|| {
        let (turns, disk) = (Arc::new(Turns::new(Numbers::default())), Arc::new(Disk::default()));
        let (at_desk, of_writer) = (Arc::clone(&turns), (Arc::clone(&turns), Arc::clone(&disk)));
        let panicking = thread::spawn(move || {
            let _ = catch_unwind(AssertUnwindSafe(|| {
                let _desk = at_desk.desk();
                std::panic::resume_unwind(Box::new("in the middle of a change"));
            }));
        });
        let writer = thread::spawn(move || {
            let (turns, disk) = of_writer;
            let done = append(&turns, &disk, 1, 0);
            assert!(done.is_err() || disk.holds(1), "{done:?}");
        });
        panicking.join().unwrap();
        writer.join().unwrap();
        assert!(turns.desk().work.spoiled, "nothing may go on from there");
    });
}

#[test]
fn who_panics_at_the_desk_wakes_everybody_of_the_open_group() {
    check(|| {
        let (turns, disk) = (Arc::new(Turns::new(Numbers::default())), Arc::new(Disk::default()));
        let at_desk = Arc::clone(&turns);
        let writer = |number: u64| {
            let (turns, disk) = (Arc::clone(&turns), Arc::clone(&disk));
            thread::spawn(move || {
                // A leader expects more where the group before had several.
                for number in [number, number + 10] {
                    let done = append(&turns, &disk, number, 0);
                    assert!(done.is_err() || disk.holds(number), "{number}: {done:?}");
                }
            })
        };
        // One leads, and two sit on the bench of the open group while somebody else panics.
        let writers = [writer(1), writer(2), writer(3)];
        let panicking = thread::spawn(move || {
            let _ = catch_unwind(AssertUnwindSafe(|| {
                let _desk = at_desk.desk();
                std::panic::resume_unwind(Box::new("in the middle of a change"));
            }));
        });
        panicking.join().unwrap();
        for writer in writers {
            writer.join().unwrap();
        }
        assert!(turns.desk().work.spoiled, "nothing may go on from there");
    });
}
