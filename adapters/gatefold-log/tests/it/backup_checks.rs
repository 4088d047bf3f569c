//! Each check of a backup by itself: the log, the backup before and the new copies are changed where
//! nothing else would notice it.

use gatefold_log::{BackupError, BackupOptions, BackupReport, Doing, backup_on};
use gatefold_sim::disk::{Keep, SimDisk};

use crate::backup::{backup, restore};
use crate::damage::{BLOCK, FIRST};
use crate::forged::{add, seal, segments, sum_header};
use crate::kit::{SMALL, closed_after, groups, history, killed_after, last_group_unsynced};
use crate::rejoined::rolling;

/// Backs up, and changes something once this is done.
fn changed_when(
    log: &SimDisk,
    kept: &SimDisk,
    when: Doing,
    change: impl Fn(),
) -> Result<BackupReport, BackupError> {
    let mut changed = false;
    let made = backup_on(log.clone(), kept.clone(), &BackupOptions::default(), &mut |progress| {
        if progress.doing == when && !changed {
            change();
            changed = true;
        }
    });
    assert!(changed);
    made
}

#[test]
fn a_segment_that_is_cut_while_it_is_copied_is_the_logs_fault() {
    let (log, kept) = (closed_after(&history(12), SMALL), SimDisk::default());
    let cut = || log.tamper(FIRST, |bytes| bytes.truncate(2 * BLOCK));
    let error = changed_when(&log, &kept, Doing::Copying, cut).unwrap_err();
    assert!(matches!(error, BackupError::Io { .. }), "{error:?}");
    assert!(kept.bytes("BACKUP").is_none() && kept.bytes(FIRST).is_none());
}

#[test]
fn copies_that_do_not_read_back_are_no_backup() {
    let log = closed_after(&history(12), SMALL);
    let last = segments(&log).pop().unwrap();
    let end = *groups(&log.bytes(&last).unwrap()).last().unwrap();
    let flip = |kept: &SimDisk| kept.tamper(FIRST, |bytes| bytes[BLOCK + 100] ^= 1);
    // What is left is a sound log that ends sooner.
    let cut = |kept: &SimDisk| kept.tamper(&last, |bytes| bytes[end.0..end.0 + end.1].fill(0));
    let changes: [&dyn Fn(&SimDisk); 2] = [&flip, &cut];
    for change in changes {
        let kept = SimDisk::default();
        let error = changed_when(&log, &kept, Doing::Verifying, || change(&kept)).unwrap_err();
        assert!(matches!(error, BackupError::TargetDamaged { .. }), "{error:?}");
        assert!(kept.bytes("BACKUP").is_none(), "it is not finished");
    }
}

#[test]
fn segments_that_are_backed_up_already_still_have_to_join() {
    let (log, kept) = (closed_after(&history(24), SMALL), SimDisk::default());
    backup(&log, &kept).unwrap();
    let second = &segments(&log)[1];
    for field in [48, 64] {
        let log = log.copy();
        log.tamper(second, |bytes| {
            add(bytes, field, 1);
            sum_header(bytes);
        });
        match backup(&log, &kept) {
            Err(BackupError::Damaged(found)) => assert_eq!(&found.segment, second),
            other => panic!("field at {field}: {other:?}"),
        }
    }
}

#[test]
fn impossible_numbers_of_a_footer_end_no_segment_of_a_backup() {
    let (log, kept) = (closed_after(&history(24), SMALL), SimDisk::default());
    backup(&log, &kept).unwrap();
    for field in [24, 32] {
        let log = log.copy();
        log.tamper(FIRST, |bytes| {
            let footer = *groups(bytes).last().unwrap();
            bytes[footer.0 + field..footer.0 + field + 8].fill(0xff);
            seal(bytes, footer, None);
        });
        match backup(&log, &kept) {
            Err(BackupError::Damaged(found)) => assert_eq!(found.segment, FIRST),
            other => panic!("field at {field}: {other:?}"),
        }
    }
}

#[test]
fn a_segment_of_the_backup_that_ends_in_another_way_is_copied_again() {
    let (log, kept) = (closed_after(&history(24), SMALL), SimDisk::default());
    let made = backup(&log, &kept).unwrap();
    let (footer, _) = *groups(&log.bytes(FIRST).unwrap()).last().unwrap();
    kept.tamper(FIRST, |bytes| bytes[footer + 70] ^= 1);
    let again = backup(&log, &kept).unwrap();
    assert!(again.copied.iter().any(|path| path == FIRST), "{:?}", again.copied);
    assert_eq!(restore(&kept, &SimDisk::default()).unwrap().head, made.head);
    // Bytes behind the end do not count; the file is another one all the same.
    kept.tamper(FIRST, |bytes| bytes.push(0));
    assert_eq!(backup(&log, &kept).unwrap().renewed, [FIRST]);
    assert_eq!(kept.bytes(FIRST), log.bytes(FIRST));
}

#[test]
fn what_a_killed_writer_left_is_in_the_log_when_it_is_in_the_backup() {
    let (log, kept) = (killed_after(&history(12), SMALL), SimDisk::default());
    last_group_unsynced(&log);
    let made = backup(&log, &kept).unwrap();
    let log = log.lost_power(Keep::Nothing);
    assert_eq!(backup(&log, &kept).unwrap().head, made.head, "the log has it, too");
}

#[test]
fn an_empty_segment_in_which_the_log_goes_on_joins_it() {
    let mut refused = 0;
    for log in rolling() {
        let paths = segments(&log);
        let [.., before, newest] = &paths[..] else { panic!("{paths:?}") };
        let (footer, _) = *groups(&log.bytes(before).unwrap()).last().unwrap();
        let ended = log.bytes(before).unwrap()[footer + 96..].starts_with(b"GFFT");
        if !ended || backup(&log, &SimDisk::default()).is_err() {
            continue;
        }
        for field in [48, 64] {
            let log = log.copy();
            log.tamper(newest, |bytes| {
                add(bytes, field, 1);
                sum_header(bytes);
            });
            match backup(&log, &SimDisk::default()) {
                Err(BackupError::Damaged(found)) => assert_eq!(&found.segment, newest),
                other => panic!("field at {field}: {other:?}"),
            }
            refused += 1;
        }
    }
    assert!(refused > 0);
}
