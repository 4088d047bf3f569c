//! Logs of two segments that somebody made up, joined as ours are: what the footer or a header
//! does not say is looked for in the segment, and what contradicts it is refused.

use gatefold_core::record::Stream;
use gatefold_core::vocabulary::AccountId;
use gatefold_log::{EmbeddedLog, Label, LogReader, OpenError, SEGMENT_BYTES_MIN};
use gatefold_sim::disk::{Faults, Keep, SimDisk};

use crate::damage::{BLOCK, FIRST};
use crate::forged::{add, chain, frames, seal, segments, sum_header};
use crate::kit::{
    ROOMY, SMALL, append_while_possible, assert_prefix, groups, killed_after, open, options,
    short_history,
};

/// Makes the chain of a segment fit, and the sums of its groups.
pub(crate) fn relink(bytes: &mut [u8]) -> [u8; 32] {
    let mut digest = bytes[64..96].try_into().unwrap();
    for group in groups(bytes) {
        digest = seal(bytes, group, Some(digest));
    }
    digest
}

/// A log of two segments of which the first was changed, chain and all.
fn rejoined(change: impl FnOnce(&mut Vec<u8>)) -> SimDisk {
    let disk = (6..20)
        .map(|batches| killed_after(&short_history(batches), options(SEGMENT_BYTES_MIN)))
        .find(|disk| segments(disk).len() == 2)
        .unwrap();
    let mut digest = [0; 32];
    disk.tamper(FIRST, |bytes| {
        change(bytes);
        digest = relink(bytes);
    });
    disk.tamper(&segments(&disk)[1], |bytes| {
        bytes[64..96].copy_from_slice(&digest);
        sum_header(bytes);
        chain(bytes);
    });
    for path in disk.paths() {
        if path.ends_with(".gfi") {
            disk.remove(&path);
        }
    }
    disk
}

#[test]
fn a_footer_that_leaves_its_streams_out_stands_for_nothing() {
    let disk = rejoined(|bytes| {
        let (at, len) = *groups(bytes).last().unwrap();
        assert_eq!((len, &bytes[at + 96..at + 100]), (BLOCK, b"GFFT".as_slice()));
        let body = at + 96;
        bytes[body + 72..body + 76].fill(0);
        bytes[body + 76] = 1;
        bytes[body + 80..at + len - 16].fill(0);
    });
    let (log, report) = EmbeddedLog::open_on(disk, SMALL).unwrap();
    assert_eq!(report.walked, 2, "{report:?}");
    assert!(assert_prefix(&log, &short_history(20), 5, "walked") < 20);
}

#[test]
fn a_frame_that_contradicts_its_sum_stops_who_looks_for_ids() {
    let disk = rejoined(|bytes| {
        let group = groups(bytes)[2];
        let frame = *frames(bytes, group).last().unwrap();
        bytes[frame + 4] ^= 1;
    });
    let opened = open(&disk);
    assert!(matches!(opened, Err(OpenError::Corrupt(_))), "{opened:?}");
}

/// What proves a torn group: only a later group of this segment, at its own place.
#[test]
fn what_is_behind_a_torn_group_proves_it_only_where_it_belongs() {
    let history = short_history(6);
    let disk = killed_after(&history, ROOMY);
    let with = |torn: bool, field: usize, by: i64| {
        let disk = disk.copy();
        disk.tamper(FIRST, |bytes| {
            let found = groups(bytes);
            let (before, last) = (found[found.len() - 2], found[found.len() - 1]);
            bytes[before.0 + before.1 - 1] ^= u8::from(torn);
            add(bytes, last.0 + field, by);
            seal(bytes, last, None);
        });
        disk
    };
    assert!(matches!(open(&with(true, 8, 0)), Err(OpenError::Corrupt(_))), "it proves it");
    for (what, field, by) in [("salt", 8, 1), ("offset", 16, 4_096), ("number", 24, -1)] {
        let (log, report) = EmbeddedLog::open_on(with(true, field, by), ROOMY).unwrap();
        assert!(report.torn.is_some(), "{what}");
        assert_prefix(&log, &history, history.len() - 2, what);
    }
    // At the end of the log nothing proves anything, and the first rule that does not fit is told.
    for (label, field, by) in [("@I", 32, -1), ("@J", 32, 1), ("@I", 24, -1), ("@J", 24, 1)] {
        match open(&with(false, field, by)) {
            Err(OpenError::Corrupt(found)) => {
                assert_eq!(found.label.to_string(), label, "{field} by {by}");
            }
            other => panic!("{field} by {by}: {other:?}"),
        }
    }
}

/// Logs whose power was lost during a roll, or right after it: the newest segment is empty.
pub(crate) fn rolling() -> impl Iterator<Item = SimDisk> {
    let history = short_history(14);
    let rehearsal = SimDisk::default();
    append_while_possible(&rehearsal, &history);
    (1..=rehearsal.counts().changes).filter_map(move |operation| {
        let disk = SimDisk::default();
        disk.set_faults(Faults { crash_at: Some(operation), ..Faults::default() });
        append_while_possible(&disk, &history);
        let disk = disk.lost_power(Keep::Everything);
        let newest = segments(&disk).pop().and_then(|path| disk.bytes(&path));
        let empty = newest.is_some_and(|bytes| bytes.iter().skip(BLOCK).all(|byte| *byte == 0));
        (segments(&disk).len() > 1 && empty).then_some(disk)
    })
}

#[test]
fn no_log_is_made_over_an_interrupted_roll_whose_format_was_lost() {
    let mut refused = 0;
    for disk in rolling() {
        disk.remove("FORMAT");
        let opened = open(&disk);
        assert!(matches!(opened, Err(OpenError::NotALog { .. })), "{opened:?}");
        refused += 1;
    }
    assert!(refused > 0);
}

/// Makes a footer say another first version of its first stream, in both places where it stands;
/// false if the segment has no footer.
fn contradict(bytes: &mut [u8]) -> bool {
    let footer = *groups(bytes).last().unwrap();
    let body = footer.0 + 96;
    let ended = bytes[body..body + 4] == *b"GFFT" && bytes.len() == footer.0 + BLOCK;
    if ended {
        let stream = body + 80;
        let name = usize::from(bytes[stream + 4]).next_multiple_of(8);
        add(bytes, stream + 8, 1);
        add(bytes, stream + 48 + name, 1);
        seal(bytes, footer, None);
    }
    ended
}

/// Behind this footer nothing stands that would contradict it, too.
#[test]
fn the_last_footer_is_refused_if_it_contradicts_the_log() {
    let mut refused = 0;
    for disk in rolling().filter(|disk| segments(disk).len() == 2) {
        let mut ended = false;
        disk.tamper(FIRST, |bytes| ended = contradict(bytes));
        if ended {
            let opened = open(&disk);
            assert!(matches!(opened, Err(OpenError::Corrupt(_))), "{opened:?}");
            refused += 1;
        }
    }
    assert!(refused > 0);
}

/// Its file of ids is there, so that nobody looks into its segment, and behind it nothing but the
/// next writer's epoch stands.
#[test]
fn a_footer_that_contradicts_the_log_is_refused_by_itself() {
    let disk = rolling().find(|disk| segments(disk).len() == 2).unwrap();
    for _ in 0..2 {
        drop(open(&disk).unwrap());
    }
    let disk = disk.killed();
    let [ids, opened] =
        [".gfi", ".gfl"].map(|end| disk.paths().iter().filter(|path| path.ends_with(end)).count());
    assert_eq!((ids, opened), (1, 2));
    disk.tamper(FIRST, |bytes| assert!(contradict(bytes)));
    match open(&disk) {
        Err(OpenError::Corrupt(found)) => {
            assert_eq!((found.segment.as_str(), found.label), (FIRST, Label::P));
        }
        opened => panic!("{opened:?}"),
    }
}

#[test]
fn a_log_without_a_segment_is_refused() {
    let disk = killed_after(&short_history(3), ROOMY);
    disk.remove(FIRST);
    let opened = open(&disk);
    assert!(matches!(opened, Err(OpenError::Corrupt(_))), "{opened:?}");
    assert!(LogReader::open_on(disk).is_err());
}

#[test]
fn an_event_of_a_stream_that_was_not_declared_is_refused() {
    let disk = killed_after(&short_history(7), ROOMY);
    disk.tamper(FIRST, |bytes| {
        // The last event is the first one of its stream, for all that it says itself.
        let last = frames(bytes, *groups(bytes).last().unwrap())[0];
        bytes[last + 16..last + 24].copy_from_slice(&1_u64.to_le_bytes());
        bytes[last + 24] = 4;
        chain(bytes);
    });
    let opened = open(&disk);
    assert!(matches!(opened, Err(OpenError::Corrupt(_))), "{opened:?}");
}

#[test]
fn a_stream_that_is_declared_twice_is_refused() {
    let mut history = short_history(2);
    for (batch, name) in history.iter_mut().zip(["left", "leaf"]) {
        batch.stream = Stream::Account(AccountId::new(name).unwrap());
    }
    let disk = killed_after(&history, ROOMY);
    disk.tamper(FIRST, |bytes| {
        let declaring = frames(bytes, groups(bytes)[2])[0];
        let name = declaring + 64..declaring + 64 + 12;
        assert_eq!(bytes[name.clone()], *b"account:leaf");
        bytes[name].copy_from_slice(b"account:left");
        chain(bytes);
    });
    let opened = open(&disk);
    assert!(matches!(opened, Err(OpenError::Corrupt(_))), "{opened:?}");
}
