//! Filling ahead: one at a time, never over what is used, and not again after a fault.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use gatefold_sim::disk::{Faults, SimDisk};

use super::*;
use crate::format::BLOCK;

const LENGTH: u64 = 4 * 1_048_576;
/// Nothing takes so long unless somebody waits for ever.
const LONG: Duration = Duration::from_secs(30);
/// Long enough for a thread to come to where it has to wait.
const SHORT: Duration = Duration::from_millis(50);

type Space = Ahead<<SimDisk as Disk>::File>;

fn name(first_position: u64) -> SegmentName {
    SegmentName::first(first_position)
}

fn ahead() -> Space {
    Ahead::new(name(1), LENGTH, BLOCK, BLOCK)
}

fn disk() -> SimDisk {
    let disk = SimDisk::default();
    disk.create_dir("log").unwrap();
    disk
}

/// `act` waits until `release` was called.
fn waits<T: Send>(act: impl FnOnce() -> T + Send, release: impl FnOnce()) -> T {
    thread::scope(|scope| {
        let (tell, told) = mpsc::channel();
        scope.spawn(move || tell.send(act()));
        let early = told.recv_timeout(SHORT);
        assert!(early.is_err(), "it does not wait");
        release();
        told.recv_timeout(LONG).unwrap()
    })
}

#[test]
fn what_is_used_is_never_filled_again_however_little_of_a_spare_was() {
    let ahead = ahead();
    ahead.begin(name(9), LENGTH, BLOCK, 0);
    let gap = ahead.claim().unwrap();
    assert_eq!((&gap.path, gap.from), (&segment_path(name(9)), BLOCK));
    assert!(gap.to > gap.from);
}

#[test]
fn a_segment_that_is_cut_is_filled_by_nobody() {
    let ahead = ahead();
    let gap = ahead.claim().unwrap();
    assert!(ahead.claim().is_none(), "one at a time");
    waits(|| ahead.stop(), || gap.end(true));
    assert!(ahead.claim().is_none() && !ahead.calls(), "it is being cut");
    ahead.begin(name(9), LENGTH, BLOCK, BLOCK);
    assert!(ahead.claim().is_some(), "the next one is filled");
}

#[test]
fn a_writer_waits_for_who_fills_and_fills_what_is_left_itself() {
    let (ahead, disk) = (ahead(), disk());
    let file = disk.create("log/file").unwrap();
    let (gap, before) = (ahead.claim().unwrap(), disk.counts());
    let to = gap.to;
    waits(|| ahead.reserve(&disk, &file, 2 * BLOCK).unwrap(), || gap.end(true));
    assert_eq!(disk.counts(), before, "what the other filled is enough");
    ahead.reserve(&disk, &file, to + BLOCK).unwrap();
    assert!(disk.bytes("log/file").unwrap().len() > usize::try_from(to).unwrap());
}

#[test]
fn after_a_fault_filling_is_left_to_the_writer_until_it_succeeds() {
    let (ahead, disk) = (ahead(), disk());
    let file = disk.create("log/file").unwrap();
    let ways: [fn(Gap<'_, _>); 2] = [|gap| gap.end(false), |gap| drop(gap)];
    for (number, end) in (1..).zip(ways) {
        end(ahead.claim().unwrap());
        assert!(!ahead.lock().busy, "nobody fills");
        assert!(ahead.claim().is_none() && !ahead.calls(), "tired");
        ahead.reserve(&disk, &file, number * 1_048_576).unwrap();
        assert!(ahead.lock().gap().is_some(), "there is space again");
    }
}

#[test]
fn one_spare_is_made_at_a_time_and_none_again_after_a_fault() {
    let (ahead, disk) = (ahead(), disk());
    let file = disk.create("log/file").unwrap();
    ahead.reserve(&disk, &file, LENGTH / 4 * 3 + BLOCK).unwrap();
    let making = ahead.claim_spare().unwrap();
    assert!(making.spare.is_none() && ahead.claim_spare().is_none(), "one at a time");
    let taken = waits(|| ahead.take(&disk, LENGTH).unwrap(), || making.step(&disk, LENGTH));
    assert_eq!(taken.filled, 0, "it is given as it is");
    assert!(ahead.claim_spare().is_none(), "none is made while that one has no name");
    ahead.put(None);
    assert!(ahead.claim_spare().is_none(), "it could not be used: not again");
}

/// What the keeper does for the spare while it is asked to.
fn keep(ahead: &Space, disk: &SimDisk) {
    while let Some(spare) = ahead.claim_spare() {
        spare.step(disk, LENGTH);
    }
}

#[test]
fn a_spare_is_filled_as_the_last_quarter_is_used_and_full_before_it_is_needed() {
    let (ahead, disk) = (ahead(), disk());
    let file = disk.create("log/file").unwrap();
    let mut filled = Vec::new();
    for used in (LENGTH / 4 * 3..=LENGTH).step_by(usize::try_from(LENGTH / 32).unwrap()) {
        ahead.reserve(&disk, &file, used).unwrap();
        keep(&ahead, &disk);
        filled.push(ahead.lock().spare.as_ref().map(|it| it.filled / STEP_BYTES));
    }
    let steps = [0, 3, 5, 8, 10, 13, 15, 16, 16].map(|steps| (steps > 0).then_some(steps));
    assert_eq!(filled, steps);
}

#[test]
fn a_spare_that_a_writer_waits_for_is_not_taken_back() {
    let (ahead, disk) = (ahead(), disk());
    let file = disk.create("log/file").unwrap();
    ahead.reserve(&disk, &file, LENGTH).unwrap();
    let making = ahead.claim_spare().unwrap();
    ahead.lock().wanted = true;
    making.step(&disk, LENGTH);
    assert!(ahead.claim_spare().is_none(), "the keeper would never let go of it");
}

#[test]
fn a_spare_that_is_shorter_than_the_segment_is_full_at_its_own_end() {
    let (ahead, disk) = (ahead(), disk());
    let file = disk.create("log/file").unwrap();
    ahead.reserve(&disk, &file, LENGTH).unwrap();
    for _ in ["its file", "its zeros"] {
        ahead.claim_spare().unwrap().step(&disk, STEP_BYTES);
    }
    assert!(ahead.claim_spare().is_none() && !ahead.calls());
}

#[test]
fn a_writer_that_cannot_fill_is_told_and_nothing_counts_as_filled() {
    let (ahead, disk) = (ahead(), disk());
    let file = disk.create("log/file").unwrap();
    let full = Faults { no_space_at: Some(1), ..Faults::default() };
    let lost = Faults { sync_fails_at: Some(1), ..Faults::default() };
    for faults in [full, lost] {
        disk.set_faults(faults);
        assert!(ahead.reserve(&disk, &file, 2 * BLOCK).is_err(), "{faults:?}");
    }
    disk.set_faults(Faults::default());
    ahead.reserve(&disk, &file, 2 * BLOCK).unwrap();
    assert_eq!(disk.counts().stores, 1, "it is filled now");
}
