//! Rows 1, 2 and 3: the last group, torn in every way. The ways that `damage.rs` and `crash.rs`
//! go through one by one (every byte, every subset of sectors, every operation) are not repeated.

use gatefold_core::record::{Log, Record};
use gatefold_log::EmbeddedLog;
use gatefold_sim::disk::{Faults, Keep, SimDisk};

use super::judge::{BLOCK, Noise, groups, segments};
use crate::kit::{Batch, append, assert_goes_on, assert_prefix, history, killed_after, options};

/// A history whose last batch has more sectors than can be gone through one by one.
fn with_a_large_last_batch() -> Vec<Batch> {
    let mut batches = history(5);
    let last = batches.last_mut().unwrap();
    let record = |number: u8| Record { body: vec![number | 1; 40_000], ..last.records[0].clone() };
    let mut records = vec![record(3), record(5), record(9)];
    for (index, record) in records.iter_mut().enumerate() {
        record.id =
            gatefold_core::vocabulary::EventId::from_raw(9_000 + u128::try_from(index).unwrap());
    }
    last.records = records;
    batches
}

#[test]
fn row_01_a_large_last_group_is_torn_in_any_of_its_sectors() {
    let batches = with_a_large_last_batch();
    let large = options(64 * 4_096);
    let disk = killed_after(&batches, large);
    let path = segments(&disk).pop().unwrap();
    let bytes = disk.bytes(&path).unwrap();
    let (start, len) = *groups(&bytes).last().unwrap();
    let sectors = len.div_ceil(512);
    assert!(sectors > 200, "{sectors}");
    let mut noise = Noise(1);
    for round in 0..300 {
        // From a single lost sector to nearly all of them.
        let lost: Vec<usize> = match round % 3 {
            0 => vec![noise.below(sectors)],
            1 => (0..sectors).filter(|_| noise.next().is_multiple_of(2)).collect(),
            _ => (noise.below(sectors)..sectors).collect(),
        };
        let disk = disk.copy();
        disk.tamper(&path, |bytes| {
            for sector in &lost {
                bytes[start + sector * 512..][..512].fill(0);
            }
        });
        let when = format!("round {round}");
        let (log, report) = EmbeddedLog::open_on(disk.clone(), large).unwrap();
        assert_eq!(assert_prefix(&log, &batches, 4, &when), 4);
        if lost.len() < sectors {
            let torn = report.torn.unwrap_or_else(|| panic!("{when}: in silence"));
            let kept = disk.bytes(&torn.kept_as).unwrap();
            let first_kept = (0..sectors).find(|sector| !lost.contains(sector)).unwrap() * 512;
            assert_eq!(kept[first_kept..][..512], bytes[start + first_kept..][..512], "{when}");
        }
    }
}

#[test]
fn row_02_any_subset_of_what_was_not_synced_may_be_lost() {
    let batches = with_a_large_last_batch();
    let large = options(64 * 4_096);
    let started = SimDisk::default();
    let (mut log, _) = EmbeddedLog::open_on(started.clone(), large).unwrap();
    for batch in &batches[..4] {
        append(&mut log, batch).unwrap();
    }
    let before = started.killed();
    drop(log);
    let rehearsal = before.copy();
    let (mut log, _) = EmbeddedLog::open_on(rehearsal.clone(), large).unwrap();
    rehearsal.set_faults(Faults::default());
    append(&mut log, &batches[4]).unwrap();
    let changes = rehearsal.counts().changes;
    for at in 1..=changes {
        for seed in 0..40 {
            let disk = before.copy();
            let (mut log, _) = EmbeddedLog::open_on(disk.clone(), large).unwrap();
            disk.set_faults(Faults { crash_at: Some(at), ..Faults::default() });
            assert!(append(&mut log, &batches[4]).is_err(), "the power is lost at {at}");
            let when = format!("lost at {at}, seed {seed}");
            assert_goes_on(&disk.lost_power(Keep::Some(seed)), &batches, 4, &when);
        }
    }
}

#[test]
fn row_03_the_sectors_of_one_group_arrive_in_any_order() {
    let batches = history(5);
    let options = options(12 * 4_096);
    let disk = killed_after(&batches, options);
    let path = segments(&disk).pop().unwrap();
    let (start, len) = *groups(&disk.bytes(&path).unwrap()).last().unwrap();
    let end = start + len.next_multiple_of(BLOCK);
    for (name, claims, lost) in [
        ("the header alone", true, start + 512..end),
        ("all but the header", false, start..start + 512),
        ("the first block alone", true, start + BLOCK..end),
        ("the second block alone", false, start..start + BLOCK),
    ] {
        let disk = disk.copy();
        disk.tamper(&path, |bytes| bytes[lost].fill(0));
        let (log, report) = EmbeddedLog::open_on(disk.clone(), options).unwrap();
        assert_eq!(assert_prefix(&log, &batches, 4, name), 4);
        let torn = report.torn.unwrap_or_else(|| panic!("{name}: in silence"));
        let events = u32::try_from(batches[4].records.len()).unwrap();
        assert_eq!(torn.claimed_events, claims.then_some(events), "{name}");
        assert!(log.head().get() > 0);
    }
}

#[test]
fn row_01_a_tail_torn_twice_at_one_place_is_kept_twice() {
    let batches = history(5);
    let options = options(12 * 4_096);
    let disk = killed_after(&batches, options);
    let path = segments(&disk).pop().unwrap();
    let mut kept = Vec::new();
    for _ in 0..2 {
        let (start, _) = *groups(&disk.bytes(&path).unwrap()).last().unwrap();
        disk.tamper(&path, |bytes| bytes[start + 96] ^= 1);
        let torn = disk.bytes(&path).unwrap()[start..start + BLOCK].to_vec();
        let (log, report) = EmbeddedLog::open_on(disk.killed(), options).unwrap();
        kept.push((report.torn.unwrap(), torn));
        // The next tear is in what this opening wrote, at the same offset.
        let _ = disk.killed();
        drop(log);
    }
    assert_eq!(kept[0].0.offset, kept[1].0.offset);
    for (report, bytes) in kept {
        assert_eq!(disk.bytes(&report.kept_as).unwrap()[..BLOCK], bytes, "{report:?}");
    }
}
