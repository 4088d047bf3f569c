//! Damage in finished segments and in their files of ids: opening goes by footers, so it is found
//! by whoever comes to the place, and never taken for an absence.

use gatefold_core::record::{AppendError, Log, Position, ReadError};
use gatefold_log::OpenError;
use gatefold_sim::disk::SimDisk;

use crate::damage::{BLOCK, FIRST, open_reporting};
use crate::kit::{Batch, SMALL, append, closed_after, groups, history, killed_after, open};

/// Damage in a finished segment stops opening, or else every reading that comes to it; what lies
/// before it is read as it was.
fn is_reported(disk: &SimDisk, batches: &[Batch], when: &str) -> bool {
    let Ok(log) = open(disk) else { return true };
    let mut expected = batches.iter().flat_map(|batch| &batch.records);
    let read = log.read(Position::ZERO, &mut |entry| {
        let record = expected.next().unwrap_or_else(|| panic!("{when}: an event was invented"));
        assert_eq!((entry.id, entry.body), (record.id, record.body.as_slice()), "{when}");
        std::ops::ControlFlow::Continue(())
    });
    matches!(read, Err(ReadError::Corrupt { .. }))
}

#[test]
fn a_sealed_segment_is_proven_in_every_bit() {
    let batches = history(8);
    let disk = killed_after(&batches, SMALL);
    let bytes = disk.bytes(FIRST).unwrap();
    let segments = disk.paths().iter().filter(|path| path.ends_with(".gfl")).count();
    assert!(segments >= 2, "the first segment is sealed");
    let with_ids = disk.copy();
    drop(open(&with_ids).unwrap());
    let ids = with_ids.paths().into_iter().find(|path| path.ends_with(".gfi")).unwrap();
    for bit in (0..bytes.len() * 8).step_by(89) {
        let when = format!("bit {bit}");
        let disk = disk.copy();
        disk.tamper(FIRST, |bytes| bytes[bit / 8] ^= 1 << (bit % 8));
        assert!(is_reported(&disk, &batches, &when), "{when}");
        // Without its file of ids the whole segment is read, and opening stops.
        disk.remove(&ids);
        assert!(matches!(open(&disk), Err(OpenError::Corrupt(_))), "{when}");
    }
}

#[test]
fn a_repeated_event_in_a_damaged_place_is_not_taken_for_a_new_one() {
    let batches = history(8);
    let disk = closed_after(&batches, SMALL);
    let found = groups(&disk.bytes(FIRST).unwrap());
    // The group after the epoch's holds the first batch.
    let (group, len) = found[1];
    let mut stopped = 0;
    for at in group..group + len {
        let disk = disk.copy();
        disk.tamper(FIRST, |bytes| bytes[at] ^= 0x10);
        let Ok(mut log) = open(&disk) else { panic!("byte {at}: the footer is sound") };
        match append(&mut log, &batches[0]) {
            Ok(done) => assert!(done.already, "byte {at}"),
            Err(AppendError::Poisoned { .. }) => stopped += 1,
            Err(other) => panic!("byte {at}: {other}"),
        }
    }
    assert!(stopped > 96 + 80, "{stopped}");
}

#[test]
fn a_file_of_ids_that_is_gone_stale_or_damaged_is_made_again() {
    let batches = history(8);
    let disk = closed_after(&batches, SMALL);
    let paths: Vec<String> =
        disk.paths().into_iter().filter(|path| path.ends_with(".gfi")).collect();
    let path = &paths[0];
    let whole = disk.bytes(path).unwrap();
    let check = |disk: &SimDisk, rebuilt: u64, when: &str| {
        let (mut log, report) = open_reporting(disk).unwrap();
        assert_eq!(report.rebuilt, rebuilt, "{when}");
        for batch in &batches {
            assert!(append(&mut log, batch).unwrap().already, "{when}");
        }
        assert_eq!(disk.bytes(path).unwrap().len(), whole.len(), "{when}");
    };
    check(&disk.copy(), 0, "untouched");
    let gone = disk.copy();
    gone.remove(path);
    check(&gone, 1, "gone");
    let other = disk.copy();
    let foreign = closed_after(&batches, SMALL).bytes(path).unwrap();
    other.tamper(path, |bytes| *bytes = foreign);
    check(&other, 1, "of another log");
    let short = disk.copy();
    short.tamper(path, |bytes| bytes.truncate(whole.len() - BLOCK));
    check(&short, 1, "cut");
    let table = whole.len() - BLOCK;
    for byte in (0..whole.len()).step_by(41) {
        let flipped = disk.copy();
        flipped.tamper(path, |bytes| bytes[byte] ^= 4);
        // The table is looked at only when it is needed; then the segment itself is.
        check(&flipped, u64::from(byte < table), &format!("byte {byte}"));
    }
}
