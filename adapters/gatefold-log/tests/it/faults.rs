//! A full disk and a disk that does not read: a clear answer, and no harm done.

use gatefold_core::record::AppendError;
use gatefold_log::OpenError;
use gatefold_sim::disk::{Faults, Keep, SimDisk};

use crate::kit::{
    SMALL, append, append_while_possible, assert_goes_on, assert_prefix, closed_after, history,
    open,
};

#[test]
fn a_full_disk_is_full_or_indeterminate_at_every_write_and_nothing_is_lost() {
    let history = history(12);
    let rehearsal = SimDisk::default();
    append_while_possible(&rehearsal, &history);
    let (mut full, mut unknown, mut refused) = (0, 0, 0);
    for write in 1..=rehearsal.counts().writes {
        let disk = SimDisk::default();
        let when = format!("no space at write {write}");
        disk.set_faults(Faults { no_space_at: Some(write), ..Faults::default() });
        let mut acknowledged = 0;
        match open(&disk) {
            Err(OpenError::Full { .. } | OpenError::Io { .. }) => refused += 1,
            Err(other) => panic!("{when}: {other}"),
            Ok(mut log) => {
                while let Some(batch) = history.get(acknowledged) {
                    match append(&mut log, batch) {
                        Ok(_) => acknowledged += 1,
                        // The space is there again: the log goes on as if nothing had been.
                        Err(AppendError::Full { .. }) => full += 1,
                        Err(AppendError::Indeterminate { .. }) => {
                            unknown += 1;
                            let answer = append(&mut log, batch);
                            assert!(matches!(answer, Err(AppendError::Poisoned { .. })), "{when}");
                            break;
                        }
                        Err(other) => panic!("{when}: {other}"),
                    }
                }
                assert_prefix(&log, &history, acknowledged, &when);
            }
        }
        let disk = disk.lost_power(Keep::Some(write));
        assert_goes_on(&disk, &history, acknowledged, &when);
    }
    // Two rolls: a file, its two lengths, zeros, header and name; twelve groups, two footers and two
    // cuts; everything that makes a log. Two files of ids may fail and nobody notices.
    assert_eq!((full, unknown, refused), (2 * 6, 12 + 2 + 2, 14));
}

#[test]
fn a_disk_that_stays_full_stays_readable() {
    let history = history(12);
    let rehearsal = SimDisk::default();
    append_while_possible(&rehearsal, &history);
    for write in 1..=rehearsal.counts().writes {
        let disk = SimDisk::default();
        let no_space_at = Some(write);
        disk.set_faults(Faults { no_space_at, forever: true, ..Faults::default() });
        let Ok(mut log) = open(&disk) else { continue };
        let stored = history.iter().take_while(|batch| append(&mut log, batch).is_ok()).count();
        assert_prefix(&log, &history, stored, &format!("full from write {write} on"));
    }
}

#[test]
fn a_read_that_fails_is_an_error_and_never_the_end_of_the_log() {
    let history = history(12);
    let disk = closed_after(&history, SMALL);
    let rehearsal = disk.copy();
    drop(open(&rehearsal).unwrap());
    let reads = rehearsal.counts().reads;
    assert!(reads > 5, "{reads}");
    for read in 1..=reads {
        let disk = disk.copy();
        disk.set_faults(Faults { read_fails_at: Some(read), ..Faults::default() });
        match open(&disk) {
            Err(OpenError::Io { .. }) => (),
            Err(other) => panic!("read {read}: {other}"),
            Ok(_) => panic!("read {read} failed and nobody noticed"),
        }
        assert_goes_on(&disk.killed(), &history, history.len(), &format!("read {read} failed"));
    }
}

#[test]
fn a_poisoned_log_is_not_sealed() {
    let history = history(3);
    let disk = SimDisk::default();
    let mut log = open(&disk).unwrap();
    append(&mut log, &history[0]).unwrap();
    disk.set_faults(Faults { sync_fails_at: Some(1), ..Faults::default() });
    let failed = append(&mut log, &history[1]);
    assert!(matches!(failed, Err(AppendError::Indeterminate { .. })), "{failed:?}");
    let before = disk.counts();
    let sealed = log.seal_idle();
    assert!(matches!(sealed, Err(AppendError::Poisoned { .. })), "{sealed:?}");
    assert_eq!(disk.counts(), before, "nothing more is written");
}
