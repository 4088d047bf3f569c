//! What a finished backup or restoring promises: it is there after a loss of power, and what
//! changed meanwhile is not called good.

use gatefold_core::record::Log as _;
use gatefold_log::{ArchiveWhich, Doing, RestoreError, archive_on, restore_on};
use gatefold_sim::disk::{Keep, SimDisk};

use crate::backup::{backup, restore};
use crate::damage::FIRST;
use crate::kit::{SMALL, assert_prefix, closed_after, history, open};

const KEEPS: [Keep; 6] =
    [Keep::Nothing, Keep::Names, Keep::Contents, Keep::Some(1), Keep::Some(2), Keep::Some(3)];

/// A closed log of more than one segment, plain or with its first segments archived.
fn log(archived: bool) -> SimDisk {
    let disk = closed_after(&history(30), SMALL);
    if archived {
        archive_on(disk.clone(), ArchiveWhich::AllBut(2), &mut |_| ()).unwrap();
    }
    disk
}

#[test]
fn a_finished_backup_is_there_after_a_loss_of_power() {
    for (archived, keep) in [false, true].into_iter().flat_map(|it| KEEPS.map(|keep| (it, keep))) {
        let kept = SimDisk::default();
        let made = backup(&log(archived), &kept).unwrap();
        let to = SimDisk::default();
        let restored = restore(&kept.lost_power(keep), &to);
        assert_eq!(restored.unwrap().head, made.head, "{archived}, {keep:?}");
    }
}

#[test]
fn a_restored_log_is_there_after_a_loss_of_power() {
    for (archived, keep) in [false, true].into_iter().flat_map(|it| KEEPS.map(|keep| (it, keep))) {
        let (kept, to) = (SimDisk::default(), SimDisk::default());
        backup(&log(archived), &kept).unwrap();
        restore(&kept, &to).unwrap();
        let log = open(&to.lost_power(keep)).unwrap();
        assert_eq!(assert_prefix(&log, &history(30), 30, "restored"), 30, "{archived}, {keep:?}");
        assert!(log.head().get() > 0);
    }
}

/// Restores, and flips a bit of a file once this is done.
fn flipped(kept: &SimDisk, to: &SimDisk, of: &SimDisk, when: Doing) -> RestoreError {
    let mut flipped = false;
    let restored = restore_on(kept.clone(), to.clone(), None, &mut |progress| {
        if progress.doing == when && !flipped {
            of.tamper(FIRST, |bytes| bytes[4_200] ^= 1);
            flipped = true;
        }
    });
    assert!(flipped);
    restored.unwrap_err()
}

#[test]
fn a_backup_or_a_copy_that_changes_meanwhile_is_not_called_good() {
    let kept = SimDisk::default();
    backup(&log(false), &kept).unwrap();
    for (when, of_backup) in [(Doing::Checking, true), (Doing::Copying, true)] {
        let (kept, to) = (kept.copy(), SimDisk::default());
        let error = flipped(&kept, &to, &kept, when);
        let damaged = matches!(error, RestoreError::Damaged { .. });
        assert_eq!(damaged, of_backup, "{when:?}: {error:?}");
        assert!(to.bytes("FORMAT").is_none(), "{when:?}");
        let begun = to.paths().iter().any(|path| path.ends_with(".gfl"));
        assert_eq!(begun, when == Doing::Copying, "what is damaged is not copied");
    }
    let to = SimDisk::default();
    let error = flipped(&kept, &to, &to, Doing::Verifying);
    assert!(!matches!(error, RestoreError::Damaged { .. }), "the backup is sound: {error:?}");
    assert!(to.bytes("FORMAT").is_none(), "it is no log yet");
}
