//! Row 9: segments that are missing, doubled, renamed, swapped, emptied, cut or from elsewhere.

use gatefold_log::{EmbeddedLog, OpenError, SEGMENT_BYTES_MIN};
use gatefold_sim::disk::{Faults, Keep, SimDisk};

use super::judge::{BLOCK, Outcome, judge, segments};
use crate::kit::{
    Batch, append_while_possible, assert_goes_on, closed_after, killed_after, options,
    short_history,
};

type Tampering = fn(&mut Vec<u8>);
type Change<'a> = &'a dyn Fn(&SimDisk, &str);

/// Does one thing to each segment but the newest `spared`; every time the log has to be refused.
fn refused(disk: &SimDisk, batches: &[Batch], spared: usize, what: &str, change: Change<'_>) {
    let segments = segments(disk);
    assert!(segments.len() > spared + 1, "{segments:?}");
    for path in &segments[..segments.len() - spared] {
        let disk = disk.copy();
        change(&disk, path);
        let when = format!("{path} {what}");
        let outcome = judge(&disk, options(SEGMENT_BYTES_MIN), batches, &when);
        assert!(matches!(outcome, Outcome::Stopped | Outcome::Unreadable), "{when}: {outcome:?}");
    }
}

fn rename(disk: &SimDisk, from: &str, to: &str) {
    let bytes = disk.bytes(from).unwrap();
    disk.remove(from);
    disk.tamper(to, |empty| *empty = bytes);
}

#[test]
fn row_09_a_set_of_segments_that_is_not_what_was_written_is_refused() {
    let batches = short_history(16);
    let small = options(SEGMENT_BYTES_MIN);
    for disk in [killed_after(&batches, small), closed_after(&batches, small)] {
        let names = segments(&disk);
        let other = killed_after(&batches, small);
        refused(&disk, &batches, 0, "is missing", &|disk, path| disk.remove(path));
        refused(&disk, &batches, 0, "is doubled", &|disk, path| {
            let bytes = disk.bytes(path).unwrap();
            disk.tamper("log/00000000000000009999.gfl", |copy| *copy = bytes);
        });
        refused(&disk, &batches, 0, "has another number", &|disk, path| {
            rename(disk, path, "log/00000000000000000500.gfl");
        });
        refused(&disk, &batches, 0, "stands where another was", &|disk, path| {
            let (one, two) = (&names[0], &names[1]);
            let swapped = if path == one { two } else { one };
            let (own, bytes) = (disk.bytes(path).unwrap(), disk.bytes(swapped).unwrap());
            disk.tamper(path, |place| *place = bytes);
            disk.tamper(swapped, |place| *place = own);
        });
        refused(&disk, &batches, 0, "is another log's", &|disk, path| {
            let bytes = other.bytes(path).unwrap_or_else(|| other.bytes(&names[0]).unwrap());
            disk.tamper(path, |place| *place = bytes);
        });
        refused(&disk, &batches, 0, "lost its header", &|disk, path| {
            disk.tamper(path, |bytes| bytes[..512].fill(0));
        });
        refused(&disk, &batches, 1, "is empty", &|disk, path| disk.tamper(path, Vec::clear));
        refused(&disk, &batches, 1, "lost its footer", &|disk, path| {
            disk.tamper(path, |bytes| bytes.truncate(bytes.len() - BLOCK));
        });
        refused(&disk, &batches, 1, "grew a group", &|disk, path| {
            let bytes = disk.bytes(path).unwrap();
            let again = bytes[BLOCK..2 * BLOCK].to_vec();
            disk.tamper(path, |bytes| bytes.extend_from_slice(&again));
        });
        assert_goes_on(&disk, &batches, batches.len(), "untouched");
    }
}

#[test]
fn row_09_an_emptied_newest_segment_is_not_taken_for_a_new_one() {
    let batches = short_history(16);
    let disk = killed_after(&batches, options(SEGMENT_BYTES_MIN));
    let newest = segments(&disk).pop().unwrap();
    for (what, keep) in [("emptied", 0), ("cut to its header", BLOCK)] {
        let disk = disk.copy();
        disk.tamper(&newest, |bytes| bytes.truncate(keep));
        let opened = EmbeddedLog::open_on(disk.clone(), options(SEGMENT_BYTES_MIN));
        // The segment before it has a footer: nothing says that the newest one held anything.
        // Whoever needs to know keeps an anchor. What is there has to be sound, and said.
        if let Ok((_, report)) = opened {
            assert!(report.recreated || report.torn.is_some(), "{what}: in silence, {report}");
        }
    }
}

/// A roll that was interrupted: the newest segment exists and holds nothing.
fn after_an_unfinished_roll(batches: &[Batch]) -> SimDisk {
    let rehearsal = SimDisk::default();
    append_while_possible(&rehearsal, batches);
    for operation in 1..=rehearsal.counts().changes {
        let disk = SimDisk::default();
        disk.set_faults(Faults { crash_at: Some(operation), ..Faults::default() });
        append_while_possible(&disk, batches);
        let disk = disk.lost_power(Keep::Everything);
        let names = segments(&disk);
        let newest_empty = names.last().is_some_and(|newest| {
            let bytes = disk.bytes(newest).unwrap();
            bytes.len() > BLOCK && bytes[BLOCK..].iter().all(|byte| *byte == 0)
        });
        if names.len() == 2 && newest_empty {
            return disk;
        }
    }
    panic!("no crash left a roll unfinished");
}

#[test]
fn row_09_a_newest_segment_with_nothing_in_it_is_made_again() {
    let batches = short_history(16);
    let disk = after_an_unfinished_roll(&batches);
    let newest = segments(&disk).pop().unwrap();
    let changes: [(&str, Tampering); 4] = [
        ("its header is torn", |bytes| bytes[100..200].fill(0xa5)),
        ("its header is zero", |bytes| bytes[..BLOCK].fill(0)),
        ("it has no byte", Vec::clear),
        ("it is short", |bytes| bytes.truncate(2 * BLOCK)),
    ];
    for (what, change) in changes {
        let disk = disk.copy();
        disk.tamper(&newest, change);
        let (_, report) = EmbeddedLog::open_on(disk.copy(), options(SEGMENT_BYTES_MIN)).unwrap();
        assert!(report.recreated, "{what}: {report:?}");
        assert_goes_on(&disk, &batches, 0, what);
    }
}

#[test]
fn row_09_a_newest_segment_with_nothing_in_it_has_the_name_of_the_next_position() {
    let batches = short_history(16);
    let rehearsal = SimDisk::default();
    append_while_possible(&rehearsal, &batches);
    let mut renamed = 0;
    for operation in 1..=rehearsal.counts().changes {
        let disk = SimDisk::default();
        disk.set_faults(Faults { crash_at: Some(operation), ..Faults::default() });
        append_while_possible(&disk, &batches);
        let disk = disk.lost_power(Keep::Everything);
        let names = segments(&disk);
        let Some(newest) = names.last().filter(|_| names.len() > 1) else { continue };
        if disk.bytes(newest).unwrap()[BLOCK..].iter().any(|byte| *byte != 0) {
            continue;
        }
        rename(&disk, newest, "log/00000000000000000500.gfl");
        let opened = EmbeddedLog::open_on(disk, options(SEGMENT_BYTES_MIN)).map(drop);
        assert!(matches!(opened, Err(OpenError::Corrupt(_))), "crash at {operation}: {opened:?}");
        renamed += 1;
    }
    assert!(renamed >= 4, "before and behind the footer: {renamed}");
}
