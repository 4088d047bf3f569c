//! Damage in finished segments and in their files of ids: opening goes by footers, so it is found
//! by whoever comes to the place, and never taken for an absence.

use gatefold_core::record::{AppendError, Log, Position, ReadError};
use gatefold_log::OpenError;
use gatefold_sim::disk::{Faults, Keep, SimDisk};

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
    let new = history(9).pop().unwrap();
    let mut stopped = 0;
    for at in group..group + len {
        let disk = disk.copy();
        disk.tamper(FIRST, |bytes| bytes[at] ^= 0x10);
        let Ok(mut log) = open(&disk) else { panic!("byte {at}: the footer is sound") };
        match append(&mut log, &batches[0]) {
            Ok(done) => assert!(done.already, "byte {at}"),
            Err(AppendError::Poisoned { .. }) => {
                stopped += 1;
                let answer = append(&mut log, &new);
                assert!(matches!(answer, Err(AppendError::Poisoned { .. })), "byte {at}");
            }
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
        disk.bytes(path).unwrap() == whole
    };
    assert!(check(&disk.copy(), 0, "untouched"));
    let gone = disk.copy();
    gone.remove(path);
    assert!(check(&gone, 1, "gone"));
    let other = disk.copy();
    let foreign = closed_after(&batches, SMALL).bytes(path).unwrap();
    other.tamper(path, |bytes| *bytes = foreign);
    assert!(check(&other, 1, "of another log"));
    let short = disk.copy();
    short.tamper(path, |bytes| bytes.truncate(whole.len() - BLOCK));
    assert!(check(&short, 1, "cut"));
    let table = whole.len() - BLOCK;
    for byte in (0..whole.len()).step_by(41) {
        let flipped = disk.copy();
        flipped.tamper(path, |bytes| bytes[byte] ^= 4);
        // What is behind the header is looked at only when it is needed: the filter is made again
        // then, for the table the segment itself is looked at.
        let made = check(&flipped, u64::from(byte < BLOCK), &format!("byte {byte}"));
        assert_eq!(made, byte < table, "byte {byte}");
    }
}

#[test]
fn a_loss_of_power_after_a_roll_costs_the_next_opening_no_walk_of_what_is_finished() {
    let batches = history(14);
    let disk = SimDisk::default();
    let mut log = open(&disk).unwrap();
    let mut finished = 0;
    for batch in &batches {
        append(&mut log, batch).unwrap();
        let segments = disk.paths().iter().filter(|path| path.ends_with(".gfl")).count();
        if segments == finished + 1 {
            continue;
        }
        finished = segments - 1;
        let lost = disk.copy().lost_power(Keep::Nothing);
        let (_, report) = open_reporting(&lost).unwrap();
        let expected = (u64::try_from(segments).unwrap(), 1, 0);
        assert_eq!((report.segments, report.walked, report.rebuilt), expected, "{report:?}");
    }
    assert!(finished >= 2, "{finished}");
}

#[test]
fn an_interrupted_roll_that_opening_finished_is_finished_for_good() {
    let batches = history(14);
    let rehearsal = SimDisk::default();
    crate::kit::append_while_possible(&rehearsal, &batches);
    let mut mended = 0;
    for operation in 1..=rehearsal.counts().changes {
        let disk = SimDisk::default();
        disk.set_faults(Faults { crash_at: Some(operation), ..Faults::default() });
        crate::kit::append_while_possible(&disk, &batches);
        let disk = disk.lost_power(Keep::Everything);
        let Ok((log, first)) = open_reporting(&disk) else { continue };
        let disk = disk.lost_power(Keep::Nothing);
        drop(log);
        let (_, second) = open_reporting(&disk).unwrap();
        assert!(second.walked <= 1, "crash at {operation}: {first:?}, then {second:?}");
        mended += u64::from(first.segments > 1);
    }
    assert!(mended > 10, "{mended}");
}
