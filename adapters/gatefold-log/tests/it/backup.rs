//! Backups under every fault: the last finished one can always be restored, and nothing that is not
//! the log is ever restored.

use gatefold_core::record::{Append, AppendError, Epoch, Log, Position};
use gatefold_log::{
    ArchiveWhich, BackupError, BackupOptions, BackupReport, EmbeddedLog, Expected, LogReader,
    OpenError, RestoreError, Restored, archive_on, backup_on, restore_on,
};
use gatefold_sim::disk::{Faults, Keep, SimDisk};

use crate::kit::{
    Batch, SMALL, append, assert_goes_on, assert_prefix, closed_after, history, killed_after, open,
    short_history,
};

pub(crate) fn backup(from: &SimDisk, to: &SimDisk) -> Result<BackupReport, BackupError> {
    backup_on(from.clone(), to.clone(), &BackupOptions::default(), &mut |_| ())
}

fn deep(from: &SimDisk, to: &SimDisk) -> Result<BackupReport, BackupError> {
    let options = BackupOptions { deep: true, ..BackupOptions::default() };
    backup_on(from.clone(), to.clone(), &options, &mut |_| ())
}

pub(crate) fn restore(backup: &SimDisk, to: &SimDisk) -> Result<Restored, RestoreError> {
    restore_on(backup.clone(), to.clone(), None, &mut |_| ())
}

/// All files but the manifest, which names the time.
fn files(disk: &SimDisk) -> Vec<(String, Vec<u8>)> {
    let paths = disk.paths().into_iter().filter(|path| path != "BACKUP" && path != "LOCK");
    paths.map(|path| (path.clone(), disk.bytes(&path).unwrap())).collect()
}

/// What is restored from a backup holds these batches at least, and goes on.
fn assert_restores(backup: &SimDisk, batches: &[Batch], held: usize, when: &str) -> Restored {
    let to = SimDisk::default();
    let restored = restore(backup, &to).unwrap_or_else(|error| panic!("{when}: {error}"));
    assert_goes_on(&to, batches, held, when);
    restored
}

fn continue_with(disk: &SimDisk, batches: &[Batch]) {
    let mut log = open(disk).unwrap();
    for batch in batches {
        append(&mut log, batch).unwrap();
    }
    log.close().unwrap();
}

#[test]
fn a_restored_backup_is_the_log_and_goes_on_in_a_higher_epoch() {
    let batches = history(14);
    for disk in [closed_after(&batches[..12], SMALL), killed_after(&batches[..12], SMALL)] {
        let (kept, to) = (SimDisk::default(), SimDisk::default());
        let made = backup(&disk, &kept).unwrap();
        let reader = LogReader::open_on(kept.clone()).unwrap();
        assert_eq!(reader.head(), made.head.position, "a backup can be read as a log");
        let restored = restore(&kept, &to).unwrap();
        assert_eq!((restored.head, restored.already), (made.head, false));
        assert!(restore(&kept, &to).unwrap().already, "the same again");
        let mut log = open(&to).unwrap();
        assert_prefix(&log, &batches, 12, "restored");
        assert_eq!(log.epoch(), Epoch::new(2), "the writer before had the first");
        let Batch { stream, expected, records } = &batches[12];
        let old = Append { stream: *stream, expected: *expected, epoch: Epoch::new(1), records };
        assert!(matches!(log.append(&old), Err(AppendError::Fenced { .. })));
        append(&mut log, &batches[12]).unwrap();
        drop(log);
        let again = restore(&kept, &to);
        assert!(matches!(again, Err(RestoreError::NotEmpty { .. })), "it went on: {again:?}");
    }
}

#[test]
fn beside_a_writer_a_backup_holds_what_is_proven_and_later_ones_copy_only_what_is_new() {
    let batches = history(30);
    let (disk, kept) = (SimDisk::default(), SimDisk::default());
    let mut log = open(&disk).unwrap();
    let mut proven = Position::ZERO;
    let mut finished = 0;
    for (index, batch) in batches.iter().enumerate() {
        let report = backup(&disk, &kept).unwrap();
        assert_eq!(report.head.position, proven, "batch {index}");
        assert!(report.copied.len() <= 3, "batch {index}: {:?}", report.copied);
        let segments = report.files - 1;
        assert!(segments >= finished, "a finished segment stays");
        finished = segments;
        assert_restores(&kept, &batches, index.saturating_sub(1), &format!("batch {index}"));
        proven = log.head();
        append(&mut log, batch).unwrap();
    }
    assert!(finished >= 4, "the log rolls");
    log.close().unwrap();
    let report = backup(&disk, &kept).unwrap();
    assert_eq!(report.head.position.get(), 60);
    assert!(deep(&disk, &kept).unwrap().renewed.is_empty());
    assert_restores(&kept, &batches, 30, "at the end");
}

#[test]
fn a_crash_at_any_operation_of_a_backup_leaves_the_one_before_or_the_new_one() {
    let batches = short_history(36);
    let log = closed_after(&batches[..14], SMALL);
    let before = SimDisk::default();
    backup(&log, &before).unwrap();
    continue_with(&log, &batches[14..]);
    for (start, held) in [(SimDisk::default(), None), (before, Some(14))] {
        let rehearsal = start.copy();
        let wanted = backup(&log, &rehearsal).unwrap();
        let operations = rehearsal.counts().changes;
        assert!(operations > 10);
        for operation in 1..=operations {
            let some = Keep::Some(operation.wrapping_mul(0x9e37_79b9_7f4a_7c15));
            for keep in [Keep::Nothing, Keep::Everything, some] {
                let when = format!("held {held:?}, crash at {operation} of {operations}, {keep:?}");
                let kept = start.copy();
                kept.set_faults(Faults { crash_at: Some(operation), ..Faults::default() });
                assert!(backup(&log, &kept).is_err(), "{when}");
                let kept = kept.lost_power(keep);
                match (held, restore(&kept.copy(), &SimDisk::default())) {
                    (None, Err(RestoreError::NotABackup { .. })) => (),
                    (None, Ok(restored)) => assert_eq!(restored.head, wanted.head, "{when}"),
                    (Some(held), _) => {
                        assert_restores(&kept, &batches, held, &when);
                    }
                    (None, Err(other)) => panic!("{when}: {other}"),
                }
                let done = backup(&log, &kept).unwrap_or_else(|error| panic!("{when}: {error}"));
                assert_eq!(done.head, wanted.head, "{when}");
                assert!(files(&kept) == files(&rehearsal), "{when}: other files");
            }
        }
    }
}

#[test]
fn a_failed_sync_write_or_read_leaves_the_backup_before() {
    let batches = short_history(24);
    let log = closed_after(&batches[..12], SMALL);
    let before = SimDisk::default();
    backup(&log, &before).unwrap();
    continue_with(&log, &batches[12..]);
    let rehearsal = before.copy();
    rehearsal.set_faults(Faults::default());
    backup(&log, &rehearsal).unwrap();
    let counts = rehearsal.counts();
    let sync = (1..=counts.syncs).map(|at| Faults { sync_fails_at: Some(at), ..Faults::default() });
    let space = (1..=counts.writes).map(|at| Faults { no_space_at: Some(at), ..Faults::default() });
    for fault in sync.chain(space) {
        let kept = before.copy();
        kept.set_faults(fault);
        let error = backup(&log, &kept).unwrap_err();
        let full = matches!(error, BackupError::Full { .. });
        assert_eq!(full, fault.no_space_at.is_some(), "{fault:?}: {error}");
        let kept = kept.lost_power(Keep::Nothing);
        assert_restores(&kept, &batches, 12, &format!("{fault:?}"));
        backup(&log, &kept).unwrap();
        assert!(files(&kept) == files(&rehearsal), "{fault:?}");
    }
    for at in 1..=rehearsal.counts().reads {
        let kept = before.copy();
        kept.set_faults(Faults { read_fails_at: Some(at), ..Faults::default() });
        // What could not be read is copied anew, or the run fails; it never counts unread.
        if backup(&log, &kept).is_ok() {
            assert_restores(&kept.killed(), &batches, 24, &format!("read {at}"));
        }
    }
}

#[test]
fn a_crash_at_any_operation_of_restoring_leaves_no_half_log_and_the_next_run_finishes() {
    let batches = short_history(20);
    let log = closed_after(&batches, SMALL);
    archive_on(log.clone(), ArchiveWhich::AllBut(1), &mut |_| ()).unwrap();
    let kept = SimDisk::default();
    backup(&log, &kept).unwrap();
    let rehearsal = SimDisk::default();
    restore(&kept, &rehearsal).unwrap();
    let operations = rehearsal.counts().changes;
    for operation in 1..=operations {
        for keep in [Keep::Nothing, Keep::Everything, Keep::Some(operation)] {
            let when = format!("crash at {operation} of {operations}, {keep:?}");
            let to = SimDisk::default();
            to.set_faults(Faults { crash_at: Some(operation), ..Faults::default() });
            assert!(restore(&kept, &to).is_err(), "{when}");
            let to = to.lost_power(keep);
            if to.bytes("FORMAT").is_some() {
                assert_goes_on(&to.copy(), &batches, batches.len(), &when);
            } else if to.bytes("FORMAT.restoring").is_some() {
                let opened = open(&to.copy());
                assert!(matches!(opened, Err(OpenError::NotALog { .. })), "{when}");
            }
            restore(&kept, &to).unwrap_or_else(|error| panic!("{when}: {error}"));
            assert!(files(&to) == files(&rehearsal), "{when}: other files");
        }
    }
}

#[test]
fn every_damaged_byte_of_a_backup_is_refused_with_its_place() {
    let log = closed_after(&short_history(24), SMALL);
    archive_on(log.clone(), ArchiveWhich::AllBut(1), &mut |_| ()).unwrap();
    let kept = SimDisk::default();
    let made = backup(&log, &kept).unwrap();
    assert!(files(&kept).iter().any(|(path, _)| path.ends_with(".gfz")));
    let manifest = kept.bytes("BACKUP").unwrap();
    let text = String::from_utf8(manifest.clone()).unwrap();
    for (path, bytes) in files(&kept).into_iter().chain([("BACKUP".to_owned(), manifest)]) {
        let named = text.lines().find(|line| line.ends_with(&path));
        let counted = named.map(|line| line.split(' ').nth(2).unwrap().parse().unwrap());
        let counted = counted.unwrap_or(bytes.len());
        for at in (0..counted).step_by(37).chain((0..counted).rev().take(5)) {
            let rotten = kept.copy();
            rotten.tamper(&path, |bytes| bytes[at] ^= 1 << (at % 8));
            let to = SimDisk::default();
            match restore(&rotten, &to) {
                Err(RestoreError::Damaged { damage, .. }) => {
                    assert!(damage.place.contains(&path), "{path} byte {at}: {damage}");
                }
                other => panic!("{path} byte {at}: {other:?}"),
            }
            assert_eq!(to.paths(), Vec::<String>::new(), "nothing was written");
        }
        // Behind what counts, a later run may have written what it liked.
        let longer = kept.copy();
        longer.tamper(&path, |bytes| bytes.extend_from_slice(&[7; 5_000]));
        assert_eq!(restore(&longer, &SimDisk::default()).is_ok(), path != "BACKUP", "{path}");
    }
    assert_eq!(restore(&kept, &SimDisk::default()).unwrap().head, made.head);
}

#[test]
fn a_deep_run_finds_what_changed_in_the_backup_and_copies_it_again() {
    let batches = history(24);
    let log = closed_after(&batches, SMALL);
    let kept = SimDisk::default();
    backup(&log, &kept).unwrap();
    let path = "log/00000000000000000001.gfl";
    kept.tamper(path, |bytes| bytes[4_300] ^= 1);
    assert!(backup(&log, &kept).unwrap().renewed.is_empty(), "a quick run does not look");
    assert!(restore(&kept, &SimDisk::default()).is_err());
    let report = deep(&log, &kept).unwrap();
    assert_eq!(report.renewed, [path]);
    assert!(report.copied.contains(&path.to_owned()), "{:?}", report.copied);
    assert_restores(&kept, &batches, 24, "renewed");
}

#[test]
fn a_log_that_was_rolled_back_or_replaced_never_overwrites_its_backup() {
    let batches = history(24);
    let log = closed_after(&batches[..12], SMALL);
    let old = log.copy();
    continue_with(&log, &batches[12..]);
    let kept = SimDisk::default();
    let made = backup(&log, &kept).unwrap();
    let before = files(&kept);
    let rolled_back = backup(&old, &kept);
    assert!(matches!(rolled_back, Err(BackupError::RolledBack { .. })), "{rolled_back:?}");
    // The old copy goes on in another way, further than the backup.
    let mut other = history(40);
    for record in other[12..].iter_mut().flat_map(|batch| &mut batch.records) {
        record.body[0] ^= 2;
    }
    continue_with(&old, &other[12..]);
    let differs = backup(&old, &kept);
    assert!(matches!(differs, Err(BackupError::Differs { .. })), "{differs:?}");
    let foreign = backup(&closed_after(&batches, SMALL), &kept);
    assert!(matches!(foreign, Err(BackupError::OtherLog { .. })), "{foreign:?}");
    assert!(files(&kept) == before, "refused before anything was written");
    assert_eq!(restore(&kept, &SimDisk::default()).unwrap().head, made.head);
}

#[test]
fn what_an_interrupted_run_copied_is_not_overwritten_by_a_log_that_was_rolled_back() {
    let batches = short_history(40);
    let log = closed_after(&batches[..10], SMALL);
    let old = log.copy();
    let kept = SimDisk::default();
    backup(&log, &kept).unwrap();
    continue_with(&log, &batches[10..]);
    // Everything is copied; only the manifest is missing.
    let rehearsal = kept.copy();
    backup(&log, &rehearsal).unwrap();
    let manifest = kept.bytes("BACKUP").unwrap();
    rehearsal.tamper("BACKUP", |bytes| *bytes = manifest);
    assert_restores(&rehearsal, &batches, 10, "by the manifest before");
    let refused = backup(&old, &rehearsal);
    assert!(matches!(refused, Err(BackupError::RolledBack { .. })), "{refused:?}");
    assert_eq!(backup(&log, &rehearsal).unwrap().head, backup(&log, &kept).unwrap().head);
}

#[test]
fn a_damaged_log_is_not_backed_up_and_a_torn_tail_is_left_out() {
    let batches = history(12);
    let log = killed_after(&batches, SMALL);
    let path = "log/00000000000000000001.gfl";
    let damaged = log.copy();
    damaged.tamper(path, |bytes| bytes[4_300] ^= 1);
    let kept = SimDisk::default();
    match backup(&damaged, &kept) {
        Err(BackupError::Damaged(corruption)) => assert_eq!(corruption.segment, path),
        other => panic!("{other:?}"),
    }
    assert!(files(&kept).is_empty(), "nothing was written");
    let last = log.paths().into_iter().rfind(|path| path.ends_with(".gfl")).unwrap();
    let bytes = log.bytes(&last).unwrap();
    let end = bytes.iter().rposition(|byte| *byte != 0).unwrap() / 4_096 * 4_096 + 4_096;
    log.tamper(&last, |bytes| bytes[end..end + 100].fill(7));
    let report = backup(&log, &kept).unwrap();
    assert!(report.torn, "it is said");
    assert_restores(&kept, &batches, 12, "without the torn tail");
}

#[test]
fn a_backup_is_not_written_to_as_a_log_and_a_log_is_not_taken_for_a_backup() {
    let log = closed_after(&history(5), SMALL);
    let kept = SimDisk::default();
    backup(&log, &kept).unwrap();
    let opened = EmbeddedLog::open_on(kept.clone(), SMALL);
    match opened {
        Err(OpenError::NotALog { detail, .. }) => assert!(detail.contains("backup"), "{detail}"),
        other => panic!("{other:?}"),
    }
    let archived = archive_on(kept.clone(), ArchiveWhich::AllBut(0), &mut |_| ());
    assert!(archived.is_err(), "its files are the manifest's");
    let onto = backup(&kept, &log);
    assert!(matches!(onto, Err(BackupError::NotABackup { .. })), "{onto:?}");
    assert!(matches!(restore(&log, &SimDisk::default()), Err(RestoreError::NotABackup { .. })));
    assert!(matches!(restore(&kept, &log), Err(RestoreError::NotEmpty { .. })));
    let nothing = backup(&SimDisk::default(), &SimDisk::default());
    assert!(matches!(nothing, Err(BackupError::NotALog { .. })), "{nothing:?}");
}

#[test]
fn only_the_expected_head_is_restored() {
    let log = closed_after(&history(5), SMALL);
    let kept = SimDisk::default();
    let head = backup(&log, &kept).unwrap().head;
    let expecting =
        |expected| restore_on(kept.clone(), SimDisk::default(), Some(expected), &mut |_| ());
    assert!(expecting(Expected::Anchor(head)).is_ok());
    assert!(expecting(Expected::Position(head.position)).is_ok());
    let mut other = head;
    other.digest[31] ^= 1;
    for expected in [Expected::Anchor(other), Expected::Position(head.position.next())] {
        let error = expecting(expected).unwrap_err();
        assert!(matches!(error, RestoreError::OtherHead { .. }), "{error}");
        let text = error.to_string();
        assert!(text.contains(&head.to_string()) && text.contains(&expected.to_string()), "{text}");
    }
}

#[test]
fn archived_segments_are_backed_up_as_they_are_and_what_was_copied_plain_stays() {
    let batches = history(30);
    let log = closed_after(&batches[..12], SMALL);
    let kept = SimDisk::default();
    backup(&log, &kept).unwrap();
    continue_with(&log, &batches[12..]);
    archive_on(log.clone(), ArchiveWhich::AllBut(0), &mut |_| ()).unwrap();
    backup(&log, &kept).unwrap();
    let ending = |end: &str| kept.paths().iter().filter(|path| path.ends_with(end)).count();
    assert!(ending(".gfl") >= 2 && ending(".gfz") >= 2, "{:?}", kept.paths());
    assert_restores(&kept, &batches, 30, "plain and archived");
    let again = backup(&log, &kept).unwrap();
    assert!(again.copied.len() <= 1, "only where the log goes on: {:?}", again.copied);
}
