//! Rows 6, 7 and 8: writes that land elsewhere, writes that never land, and bytes that were sound
//! somewhere else or at another time.

use gatefold_log::{EmbeddedLog, SEGMENT_BYTES_MIN};
use gatefold_sim::disk::{Faults, Keep, SimDisk};

use super::judge::{BLOCK, Outcome, Tally, groups, judge, segments};
use crate::kit::{
    Batch, append, assert_prefix, closed_after, history, killed_after, options, short_history,
};

/// Writes and closes a log on a disk that lies about one write, and loses the power after it.
fn written_with(faults: Faults, batches: &[Batch]) -> SimDisk {
    let disk = SimDisk::default();
    disk.set_faults(faults);
    let (mut log, _) = EmbeddedLog::open_on(disk.clone(), options(SEGMENT_BYTES_MIN)).unwrap();
    for batch in batches {
        append(&mut log, batch).unwrap();
    }
    log.close().unwrap();
    disk.lost_power(Keep::Nothing)
}

/// How many writes of bytes it takes.
fn stores(batches: &[Batch]) -> u64 {
    let disk = SimDisk::default();
    let (mut log, _) = EmbeddedLog::open_on(disk.clone(), options(SEGMENT_BYTES_MIN)).unwrap();
    for batch in batches {
        append(&mut log, batch).unwrap();
    }
    log.close().unwrap();
    disk.counts().stores
}

#[test]
fn row_06_a_misdirected_write_is_found_wherever_it_lands() {
    let batches = short_history(12);
    let stores = stores(&batches);
    assert!(stores > 16, "{stores}");
    let mut tally = Tally::default();
    for store in 1..=stores {
        for block in 0..9 {
            let offset = block * u64::try_from(BLOCK).unwrap();
            let misdirected_write_at = Some((store, offset));
            let faults = Faults { misdirected_write_at, ..Faults::default() };
            let disk = written_with(faults, &batches);
            let when = format!("write {store} lands at {offset}");
            tally.count(judge(&disk, options(SEGMENT_BYTES_MIN), &batches, &when));
        }
    }
    // Every batch is one write; where it belonged is one of nine places.
    assert!(tally.refused() >= 12 * 8, "{tally:?}");
    assert_eq!(tally.cut, 0, "{tally:?}");
}

#[test]
fn row_06_a_sound_group_in_another_file_is_never_read() {
    let batches = short_history(14);
    let disk = killed_after(&batches, options(SEGMENT_BYTES_MIN));
    let segments = segments(&disk);
    for from in &segments {
        let source = disk.bytes(from).unwrap();
        for (at, len) in groups(&source) {
            let len = len.next_multiple_of(BLOCK);
            for to in segments.iter().filter(|to| *to != from) {
                let held = disk.bytes(to).unwrap();
                let last = segments.last() == Some(to);
                let (last_at, last_len) = *groups(&held).last().unwrap();
                let end = last_at + last_len.next_multiple_of(BLOCK);
                // Over what is there, and behind the last group of the segment in use.
                for place in [Some(at), last.then_some(end)].into_iter().flatten() {
                    if place + len > held.len() || held[place..place + len] == source[at..at + len]
                    {
                        continue;
                    }
                    let disk = disk.copy();
                    disk.tamper(to, |bytes| {
                        bytes[place..place + len].copy_from_slice(&source[at..at + len]);
                    });
                    let when = format!("{from} {at} stands in {to} at {place}");
                    let outcome = judge(&disk, options(SEGMENT_BYTES_MIN), &batches, &when);
                    assert_ne!(outcome, Outcome::Whole, "{when}");
                    let over_the_last = last && place == last_at;
                    assert!(outcome != Outcome::Cut || over_the_last, "{when}: {outcome:?}");
                }
            }
        }
    }
}

#[test]
fn row_07_a_write_that_never_landed_is_found_although_its_sync_succeeded() {
    let batches = short_history(12);
    let (mut refused, mut whole) = (0, 0);
    for store in 1..=stores(&batches) {
        let faults = Faults { lost_write_at: Some(store), ..Faults::default() };
        let disk = written_with(faults, &batches);
        match judge(&disk, options(SEGMENT_BYTES_MIN), &batches, &format!("write {store} is lost"))
        {
            Outcome::Stopped | Outcome::Unreadable => refused += 1,
            Outcome::Whole | Outcome::WholeAndReported => whole += 1,
            Outcome::Cut => panic!("write {store}: cut although a later group proves it"),
        }
    }
    // Each batch at least; zeros written ahead, and the close, may be missed by nobody.
    assert!(refused >= 12 && whole >= 1, "{refused} refused, {whole} whole");
}

#[test]
fn row_08_an_old_state_of_a_finished_segment_is_refused() {
    let small = options(SEGMENT_BYTES_MIN);
    let batches = short_history(14);
    let disk = SimDisk::default();
    let (mut log, _) = EmbeddedLog::open_on(disk.clone(), small).unwrap();
    let mut states = Vec::new();
    for batch in &batches {
        append(&mut log, batch).unwrap();
        states.push(disk.bytes(&segments(&disk)[0]).unwrap());
    }
    let killed = disk.killed();
    drop(log);
    assert!(segments(&killed).len() >= 2);
    let path = &segments(&killed)[0];
    let finished = killed.bytes(path).unwrap();
    let old = states.iter().filter(|state| **state != finished);
    assert!(old.clone().count() >= 3);
    for (number, state) in old.enumerate() {
        let disk = killed.copy();
        disk.tamper(path, |bytes| *bytes = state.clone());
        let outcome = judge(&disk, small, &batches, &format!("state {number}"));
        assert!(matches!(outcome, Outcome::Stopped | Outcome::Unreadable), "state {number}");
    }
}

#[test]
fn row_08_segments_of_another_log_are_refused_and_their_groups_never_read() {
    let options = options(16 * 4_096);
    let batches = history(5);
    let (own, other) = (killed_after(&batches, options), killed_after(&batches, options));
    let path = &segments(&own)[0];
    let foreign = other.bytes(path).unwrap();
    let whole = own.copy();
    whole.tamper(path, |bytes| *bytes = foreign.clone());
    assert_eq!(judge(&whole, options, &batches, "another log's segment"), Outcome::Stopped);
    // A recycled file: this log's first groups, and what the other log left behind them.
    let found = groups(&foreign);
    for (kept, (at, _)) in found.iter().enumerate().skip(1) {
        let recycled = own.copy();
        recycled.tamper(path, |bytes| bytes[*at..].copy_from_slice(&foreign[*at..]));
        let (log, report) = EmbeddedLog::open_on(recycled, options).unwrap();
        let when = format!("stale from group {kept} on");
        assert_eq!(assert_prefix(&log, &batches, kept - 1, &when), kept - 1);
        assert!(report.torn.is_some_and(|torn| torn.maybe_acknowledged), "{when}");
    }
    let closed = closed_after(&batches, options);
    let end = groups(&closed.bytes(path).unwrap()).last().unwrap().0 + BLOCK;
    closed.tamper(path, |bytes| {
        let from = found[2].0;
        bytes[end..end + BLOCK].copy_from_slice(&foreign[from..from + BLOCK]);
    });
    assert_eq!(judge(&closed, options, &batches, "behind the end"), Outcome::WholeAndReported);
}
