//! Each check of archiving by itself: the log and its archives are changed where nothing else would
//! notice it.

use std::sync::atomic::{AtomicBool, Ordering};

use gatefold_log::{ArchiveError, ArchiveReport, ArchiveWhich, archive_on};
use gatefold_sim::disk::{Keep, SimDisk};

use crate::damage::FIRST;
use crate::forged::{add, segments, sum_header};
use crate::kit::{SMALL, assert_goes_on, closed_after, short_history};
use crate::tricky::{Act, Tricky};

fn all(disk: &SimDisk) -> Result<ArchiveReport, ArchiveError> {
    archive_on(disk.clone(), ArchiveWhich::AllBut(0), &mut |_| ())
}

fn log() -> SimDisk {
    closed_after(&short_history(30), SMALL)
}

fn archives(disk: &SimDisk) -> Vec<String> {
    let paths = disk.paths().into_iter();
    paths.filter(|path| path.starts_with("archive/") && !path.ends_with("LOCK")).collect()
}

/// Archives, and changes something at the first act like this on an unfinished archive.
fn changed_at(disk: &SimDisk, at: Act, change: fn(&SimDisk, &str)) -> ArchiveError {
    let (of_disk, changed) = (disk.clone(), AtomicBool::new(false));
    let tricky = Tricky::new(disk, move |act, path| {
        if act == at && path.ends_with(".part") && !changed.swap(true, Ordering::SeqCst) {
            change(&of_disk, path);
        }
        Ok(())
    });
    archive_on(tricky, ArchiveWhich::AllBut(0), &mut |_| ()).unwrap_err()
}

#[test]
fn what_is_archived_stays_so_after_a_loss_of_power() {
    let disk = log();
    assert!(all(&disk).unwrap().archived.len() >= 2);
    let paths = disk.paths();
    assert_eq!(disk.lost_power(Keep::Nothing).paths(), paths);
}

#[test]
fn an_archive_that_does_not_read_back_takes_no_segment_away() {
    let disk = log();
    let error = changed_at(&disk, Act::Rename, |disk, path| {
        disk.tamper(path, |bytes| *bytes.last_mut().unwrap() ^= 1);
    });
    assert!(matches!(error, ArchiveError::ReadBack { .. }), "{error:?}");
    assert!(disk.bytes(FIRST).is_some(), "the plain one stays");
    assert_goes_on(&disk.killed(), &short_history(30), 30, "it does not read back");
}

#[test]
fn a_segment_that_is_cut_while_it_is_archived_makes_no_archive() {
    let disk = log();
    let error = changed_at(&disk, Act::Create, |disk, _| {
        disk.tamper(FIRST, |bytes| bytes.truncate(6_000));
    });
    assert!(matches!(error, ArchiveError::Io { .. }), "{error:?}");
    assert_eq!(archives(&disk), Vec::<String>::new());
}

#[test]
fn a_segment_that_does_not_join_the_next_is_not_archived() {
    let disk = log();
    let second = &segments(&disk)[1];
    for field in [40, 48, 64] {
        let disk = disk.copy();
        disk.tamper(second, |bytes| {
            add(bytes, field, 1);
            sum_header(bytes);
        });
        match all(&disk) {
            Err(ArchiveError::Damaged(found)) => assert_eq!(found.segment, FIRST),
            other => panic!("field at {field}: {other:?}"),
        }
        assert_eq!(archives(&disk), Vec::<String>::new(), "field at {field}");
    }
}

#[test]
fn another_logs_segment_is_not_archived() {
    let disk = log();
    let second = &segments(&disk)[1];
    disk.tamper(second, |bytes| {
        add(bytes, 16, 1);
        sum_header(bytes);
    });
    match all(&disk) {
        Err(ArchiveError::Damaged(found)) => assert_eq!(&found.segment, second),
        other => panic!("{other:?}"),
    }
    assert_eq!(archives(&disk).len(), 1, "the one before it");
}

/// Archives that an interrupted run may have left beside their segment, and that are not its.
#[test]
fn an_archive_of_something_else_is_made_again() {
    let plain = log();
    let archived = plain.copy();
    all(&archived).unwrap();
    let paths = archives(&archived);
    let wanted = archived.bytes(&paths[0]).unwrap();
    let summed = |field: usize| {
        let mut bytes = wanted.clone();
        add(&mut bytes, field, 1);
        let sum = crc32c::crc32c(&bytes[..132]);
        bytes[132..136].copy_from_slice(&sum.to_le_bytes());
        bytes
    };
    let other = archived.bytes(&paths[1]).unwrap();
    assert_eq!(wanted[32..40], other[32..40], "of a segment that is as long");
    for (what, found) in [
        ("another log's", summed(16)),
        ("another digest of the archive", summed(64)),
        ("another digest of the segment", summed(96)),
        ("another segment's", other),
    ] {
        let disk = plain.copy();
        disk.tamper(&paths[0], |bytes| *bytes = found);
        all(&disk).unwrap();
        assert!(disk.bytes(&paths[0]).unwrap() == wanted, "{what}");
    }
}
