//! A loss of power during any operation loses nothing that was acknowledged, and no half batch is
//! ever there.

use gatefold_sim::disk::{Faults, Keep, SimDisk};

use crate::kit::{
    Batch, ROOMY, append, append_while_possible, assert_goes_on, assert_prefix, history,
    killed_after, open,
};

/// What the disk keeps of what was not synced: the extremes, and any subset.
fn keeps(seeds: u64) -> Vec<Keep> {
    let some = (1..=seeds).map(|seed| Keep::Some(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
    [Keep::Nothing, Keep::Everything].into_iter().chain(some).collect()
}

fn crash_at(operation: u64) -> Faults {
    Faults { crash_at: Some(operation), ..Faults::default() }
}

#[test]
fn a_crash_during_any_operation_keeps_every_acknowledged_batch() {
    let history = history(12);
    let rehearsal = SimDisk::default();
    assert_eq!(append_while_possible(&rehearsal, &history), history.len());
    let operations = rehearsal.counts().changes;
    assert!(operations > 60, "the history is long enough to roll: {operations}");
    let rolled = rehearsal.paths().iter().filter(|path| path.ends_with(".gfl")).count();
    assert!(rolled >= 3, "the history rolls: {rolled}");
    for operation in 1..=operations {
        for keep in keeps(10) {
            let disk = SimDisk::default();
            disk.set_faults(crash_at(operation));
            let acknowledged = append_while_possible(&disk, &history);
            assert!(disk.has_crashed());
            let when = format!("crash at {operation} of {operations}, {keep:?}");
            assert_goes_on(&disk.lost_power(keep), &history, acknowledged, &when);
        }
    }
}

#[test]
fn a_crash_during_the_recovery_from_a_crash_changes_nothing() {
    let history = history(7);
    let rehearsal = SimDisk::default();
    append_while_possible(&rehearsal, &history);
    let operations = rehearsal.counts().changes;
    for operation in 1..=operations {
        for keep in keeps(1) {
            let disk = SimDisk::default();
            disk.set_faults(crash_at(operation));
            let acknowledged = append_while_possible(&disk, &history);
            let crashed = disk.lost_power(keep);
            let rehearsal = crashed.copy();
            drop(open(&rehearsal).unwrap());
            for again in 1..=rehearsal.counts().changes {
                let disk = crashed.copy();
                disk.set_faults(crash_at(again));
                drop(open(&disk));
                assert!(disk.has_crashed());
                let when = format!("crash at {operation}, {keep:?}, then at {again}");
                let disk = disk.lost_power(Keep::Some(operation * 1_000 + again));
                assert_goes_on(&disk, &history, acknowledged, &when);
            }
        }
    }
}

#[test]
fn a_torn_tail_is_in_the_log_or_in_quarantine_whenever_the_power_is_lost() {
    let batches = history(5);
    let torn = killed_after(&batches, ROOMY);
    let path = "log/00000000000000000001.gfl";
    let whole = torn.bytes(path).unwrap();
    let at = (0..whole.len()).step_by(4_096).rfind(|at| whole[*at..*at + 4] == *b"GRP1").unwrap();
    // The body's second block was lost.
    torn.tamper(path, |bytes| bytes[at + 4_096..].fill(0));
    let tail = whole[at..at + 4_096].to_vec();
    let rehearsal = torn.copy();
    drop(open(&rehearsal).unwrap());
    for operation in 1..=rehearsal.counts().changes {
        for keep in keeps(20) {
            let disk = torn.copy();
            disk.set_faults(crash_at(operation));
            drop(open(&disk));
            let disk = disk.lost_power(keep);
            let in_log = disk.bytes(path).unwrap()[at..at + 4_096] == tail;
            let mut paths = disk.paths().into_iter().filter(|path| path.starts_with("quarantine"));
            let kept = paths.any(|path| disk.bytes(&path).unwrap() == tail);
            assert!(in_log || kept, "crash at {operation}, {keep:?}: the cut bytes are gone");
            assert_goes_on(&disk, &batches, 4, &format!("crash at {operation}, {keep:?}"));
        }
    }
}

/// Appends until a sync fails, and returns how many batches were acknowledged.
fn append_until_a_sync_fails(disk: &SimDisk, history: &[Batch], sync: u64, forever: bool) -> usize {
    let sync_fails_at = Some(sync);
    disk.set_faults(Faults { sync_fails_at, forever, ..Faults::default() });
    let Ok(mut log) = open(disk) else { return 0 };
    let acknowledged = history.iter().take_while(|batch| append(&mut log, batch).is_ok()).count();
    let poisoned = append(&mut log, &history[history.len() - 1]);
    let whole = acknowledged == history.len();
    assert!(whole || poisoned.is_err(), "sync {sync}: an append after a failed sync");
    acknowledged
}

#[test]
fn a_failed_sync_poisons_and_what_it_lost_is_not_taken_for_stored() {
    let history = history(8);
    let rehearsal = SimDisk::default();
    append_while_possible(&rehearsal, &history);
    for sync in 1..=rehearsal.counts().syncs {
        for (forever, goes_on) in [(false, false), (false, true), (true, false), (true, true)] {
            let disk = SimDisk::default();
            let acknowledged = append_until_a_sync_fails(&disk, &history, sync, forever);
            let when = format!("sync {sync} failed, forever: {forever}, goes on: {goes_on}");
            // The process ends; what the system shows may not be what the disk has.
            let disk = disk.killed();
            let mut log = open(&disk).unwrap_or_else(|error| panic!("{when}: {error}"));
            let held = assert_prefix(&log, &history, acknowledged, &when);
            let until = if goes_on { history.len() } else { held };
            for (index, batch) in history[..until].iter().enumerate() {
                assert_eq!(append(&mut log, batch).unwrap().already, index < held, "{when}");
            }
            // What this opening showed and acknowledged has to survive the power, too.
            let disk = disk.lost_power(Keep::Nothing);
            drop(log);
            assert_goes_on(&disk, &history, until, &when);
        }
    }
}

#[test]
fn what_is_acknowledged_after_a_kill_at_any_operation_survives_the_power() {
    let history = history(14);
    let rehearsal = SimDisk::default();
    append_while_possible(&rehearsal, &history);
    for operation in 1..=rehearsal.counts().changes {
        let disk = SimDisk::default();
        disk.set_faults(crash_at(operation));
        let acknowledged = append_while_possible(&disk, &history);
        // The system keeps what the process did; nothing of it need be on the disk.
        let disk = disk.killed();
        let when = format!("killed at {operation}");
        let mut log = open(&disk).unwrap_or_else(|error| panic!("{when}: {error}"));
        let held = assert_prefix(&log, &history, acknowledged, &when);
        if let Some(batch) = history.get(held) {
            append(&mut log, batch).unwrap();
        }
        let disk = disk.lost_power(Keep::Nothing);
        drop(log);
        assert_goes_on(&disk, &history, history.len().min(held + 1), &when);
    }
}

#[test]
fn a_torn_tail_is_kept_although_the_directory_for_it_was_removed() {
    let batches = history(5);
    let torn = killed_after(&batches, ROOMY);
    let path = "log/00000000000000000001.gfl";
    let whole = torn.bytes(path).unwrap();
    let at = (0..whole.len()).step_by(4_096).rfind(|at| whole[*at..*at + 4] == *b"GRP1").unwrap();
    torn.tamper(path, |bytes| bytes[at + 100] ^= 1);
    torn.remove("quarantine");
    let log = open(&torn).unwrap();
    let disk = torn.lost_power(Keep::Nothing);
    drop(log);
    let kept = disk.paths().into_iter().filter(|path| path.starts_with("quarantine/")).count();
    assert_eq!(kept, 1, "{:?}", disk.paths());
}
