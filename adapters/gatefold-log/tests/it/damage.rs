//! Rot, torn tails and tampering: everything is reported with its place, and nothing that was
//! acknowledged disappears in silence.

use gatefold_core::record::{Log, Position};
use gatefold_log::{EmbeddedLog, Label, OpenError, Options, RecoveryReport};
use gatefold_sim::disk::SimDisk;

use crate::kit::{
    ROOMY, SMALL, append, assert_goes_on, assert_prefix, closed_after, groups, history,
    killed_after, open, short_history,
};

pub(crate) const FIRST: &str = "log/00000000000000000001.gfl";
pub(crate) const BLOCK: usize = 4_096;

pub(crate) fn open_reporting(
    disk: &SimDisk,
) -> Result<(EmbeddedLog<SimDisk>, RecoveryReport), OpenError> {
    EmbeddedLog::open_on(disk.clone(), SMALL)
}

/// What became of a log with one bit changed.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    /// Opening stopped and named the segment.
    stopped: u64,
    /// The last group was cut, kept, and reported as possibly acknowledged.
    cut_and_reported: u64,
    /// Something was cut and reported, and every acknowledged event is there.
    whole_and_reported: u64,
}

fn flip_every_bit(disk: &SimDisk, batches: &[crate::kit::Batch]) -> Tally {
    let bytes = disk.bytes(FIRST).unwrap();
    let used: Vec<usize> = {
        let (last, len) = *groups(&bytes).last().unwrap();
        let to_the_end = last + len.next_multiple_of(BLOCK);
        // Every byte of every block in use, and some of the space behind them.
        (0..to_the_end + 64).collect()
    };
    let mut tally = Tally::default();
    for bit in used.iter().flat_map(|byte| (0..8).map(move |bit| byte * 8 + bit)) {
        // Long runs of padding are sampled; headers and bodies are not.
        let at = bit / 8;
        let group = groups(&bytes).into_iter().rfind(|(start, _)| *start <= at);
        let padding = match group {
            Some((start, len)) => at >= start + len + 64,
            None => at >= 192,
        };
        if padding && bit % 331 != 0 {
            continue;
        }
        let disk = disk.copy();
        disk.tamper(FIRST, |bytes| bytes[at] ^= 1 << (bit % 8));
        match open_reporting(&disk) {
            Err(OpenError::Corrupt(corruption)) => {
                assert_eq!(corruption.segment, FIRST, "bit {bit}: {corruption}");
                tally.stopped += 1;
            }
            Err(other) => panic!("bit {bit}: {other}"),
            Ok((log, report)) => {
                let torn = report.torn.unwrap_or_else(|| panic!("bit {bit}: in silence"));
                let held = assert_prefix(&log, batches, batches.len() - 1, &format!("bit {bit}"));
                if held == batches.len() {
                    tally.whole_and_reported += 1;
                } else {
                    assert!(torn.maybe_acknowledged, "bit {bit}: {torn:?}");
                    assert!(disk.bytes(&torn.kept_as).is_some(), "the cut bytes are kept");
                    tally.cut_and_reported += 1;
                }
            }
        }
    }
    tally
}

#[test]
fn no_flipped_bit_of_a_closed_log_loses_an_event() {
    let batches = short_history(4);
    let disk = closed_after(&batches, ROOMY);
    let groups = groups(&disk.bytes(FIRST).unwrap());
    assert_eq!(groups.len(), 1 + 4 + 1, "the epoch, the batches, the clean close");
    let tally = flip_every_bit(&disk, &batches);
    assert_eq!(tally.cut_and_reported, 0);
    // The clean close's header, and the sampled space behind the log; padding stops.
    let close_header = 96 * 8;
    assert!(tally.whole_and_reported >= close_header, "{tally:?}");
    assert!(tally.whole_and_reported <= close_header + 64 * 8, "{tally:?}");
    assert!(tally.stopped > 5 * 96 * 8, "{tally:?}");
}

#[test]
fn a_flipped_bit_in_the_last_group_of_a_killed_log_is_cut_kept_and_reported() {
    let batches = short_history(5);
    let disk = killed_after(&batches, ROOMY);
    let groups = groups(&disk.bytes(FIRST).unwrap());
    assert_eq!(groups.len(), 1 + 5, "the epoch and the batches");
    let (_, last_len) = *groups.last().unwrap();
    let tally = flip_every_bit(&disk, &batches);
    // Exactly the bits of the last group: a damaged one looks like one that was interrupted.
    assert_eq!(tally.cut_and_reported, u64::try_from(last_len * 8).unwrap(), "{tally:?}");
    assert!(tally.stopped > 5 * 96 * 8, "{tally:?}");
}

#[test]
fn a_last_group_torn_at_any_byte_is_cut_and_the_rest_is_there() {
    let batches = history(5);
    let disk = killed_after(&batches, ROOMY);
    let bytes = disk.bytes(FIRST).unwrap();
    let (start, len) = *groups(&bytes).last().unwrap();
    assert!(len > BLOCK, "the last group has more than one block");
    for torn in 0..len {
        let disk = disk.copy();
        disk.tamper(FIRST, |bytes| bytes[start + torn..].fill(0));
        let (log, report) = open_reporting(&disk).unwrap();
        let when = format!("torn after {torn} bytes");
        // Zeros that were not written are zeros all the same.
        let is_whole =
            |end| bytes[start + torn..start + len.min(end).max(torn)].iter().all(|b| *b == 0);
        let held = if is_whole(len) { 5 } else { 4 };
        assert_eq!(assert_prefix(&log, &batches, 4, &when), held);
        match report.torn {
            None => assert!(torn == 0 || is_whole(len), "{when}: cut in silence"),
            Some(torn_tail) => {
                assert_eq!(torn_tail.offset, u64::try_from(start).unwrap(), "{when}");
                let kept = disk.bytes(&torn_tail.kept_as).unwrap();
                assert_eq!(kept[..torn], bytes[start..start + torn], "{when}");
                assert_eq!(torn_tail.claimed_events.is_some(), is_whole(96), "{when}");
            }
        }
        drop(log);
        let again = open_reporting(&disk).unwrap().1;
        assert_eq!(again.torn, None, "{when}: a tail is cut once");
    }
}

#[test]
fn a_torn_tail_of_any_sectors_is_cut() {
    let batches = history(5);
    let disk = killed_after(&batches, ROOMY);
    let (start, len) = *groups(&disk.bytes(FIRST).unwrap()).last().unwrap();
    let sectors = len.div_ceil(512);
    assert!(sectors <= 16);
    for kept in 0..(1_u32 << sectors) - 1 {
        let disk = disk.copy();
        disk.tamper(FIRST, |bytes| {
            for sector in (0..sectors).filter(|sector| kept >> sector & 1 == 0) {
                bytes[start + sector * 512..][..512].fill(0);
            }
        });
        let (log, _) = open_reporting(&disk).unwrap();
        let when = format!("sectors {kept:b}");
        assert_eq!(assert_prefix(&log, &batches, 4, &when), 4);
    }
}

fn stopped_by(disk: &SimDisk, label: Label, offset: usize, first: u64) {
    match open(disk) {
        Err(OpenError::Corrupt(corruption)) => {
            assert_eq!(corruption.label, label, "{corruption}");
            assert_eq!(corruption.offset, u64::try_from(offset).unwrap(), "{corruption}");
            assert_eq!(corruption.first, Position::new(first), "{corruption}");
        }
        other => panic!("{label} was expected, not {other:?}"),
    }
}

/// A closed log with one segment, and the offset of each group: epoch, 1, 2, 3, 4, close. The
/// batches begin at positions 1, 2, 4, 7.
fn sample() -> (SimDisk, Vec<usize>) {
    let disk = closed_after(&history(4), ROOMY);
    let offsets = groups(&disk.bytes(FIRST).unwrap()).iter().map(|(offset, _)| *offset).collect();
    (disk, offsets)
}

#[test]
fn damage_names_its_rule_its_place_and_the_first_event_affected() {
    let (disk, at) = sample();
    let tampered = |change: &dyn Fn(&mut Vec<u8>)| {
        let disk = disk.copy();
        disk.tamper(FIRST, change);
        disk
    };
    let zeroed = tampered(&|bytes| bytes[at[2]..at[2] + BLOCK].fill(0));
    stopped_by(&zeroed, Label::C, at[2], 2);
    let garbage = tampered(&|bytes| bytes[at[3]..at[3] + 512].fill(0xa5));
    stopped_by(&garbage, Label::F, at[3], 4);
    let truncated = tampered(&|bytes| bytes.truncate(at[3]));
    stopped_by(&truncated, Label::N, 0, 4);
    let said = open(&truncated).map(drop).unwrap_err().to_string();
    assert!(said.contains("the file has another length than it was made with"), "{said}");
    let misdirected = tampered(&|bytes| {
        let group = bytes[at[5]..at[5] + BLOCK].to_vec();
        bytes[at[5] + BLOCK..at[5] + 2 * BLOCK].copy_from_slice(&group);
    });
    stopped_by(&misdirected, Label::H, at[5] + BLOCK, 8);
    let padding = tampered(&|bytes| bytes[at[5] + BLOCK - 1] = 1);
    stopped_by(&padding, Label::O, at[5], 8);
    let header = tampered(&|bytes| bytes[60] ^= 1);
    stopped_by(&header, Label::N, 0, 1);
}

#[test]
fn damage_says_where_sound_groups_go_on() {
    let (disk, at) = sample();
    disk.tamper(FIRST, |bytes| bytes[at[2] + 100] ^= 1);
    match open(&disk) {
        Err(OpenError::Corrupt(corruption)) => {
            assert_eq!(corruption.first, Position::new(2));
            assert_eq!(corruption.until, Some(Position::new(4)));
            let text = corruption.to_string();
            assert!(text.contains("(@F)") && text.contains("position 4"), "{text}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_log_put_together_from_two_histories_is_refused() {
    let (disk, _) = sample();
    let (other, _) = sample();
    let foreign = disk.copy();
    let bytes = other.bytes(FIRST).unwrap();
    foreign.tamper(FIRST, |own| *own = bytes.clone());
    stopped_by(&foreign, Label::N, 0, 1);
    let mixed = disk.copy();
    let (_, at) = sample();
    mixed.tamper(FIRST, |own| {
        own[at[5]..at[5] + BLOCK].copy_from_slice(&bytes[at[5]..at[5] + BLOCK]);
    });
    let (log, report) = open_reporting(&mixed).unwrap();
    assert!(report.torn.is_some(), "stale bytes at the end are never events");
    assert_prefix(&log, &history(4), 4, "after stale bytes");
}

#[test]
fn a_segment_that_is_missing_or_changed_is_refused() {
    let batches = history(16);
    let disk = closed_after(&batches, SMALL);
    let segments: Vec<String> =
        disk.paths().into_iter().filter(|path| path.ends_with(".gfl")).collect();
    assert!(segments.len() >= 4, "{segments:?}");
    for (index, path) in segments.iter().enumerate() {
        let missing = disk.copy();
        missing.remove(path);
        assert!(matches!(open(&missing), Err(OpenError::Corrupt(_))), "{path} is missing");
        let empty = disk.copy();
        empty.tamper(path, Vec::clear);
        let newest = index + 1 == segments.len();
        assert!(newest || matches!(open(&empty), Err(OpenError::Corrupt(_))), "{path} is empty");
        let doubled = disk.copy();
        let bytes = disk.bytes(path).unwrap();
        doubled.tamper("log/00000000000000009999.gfl", |copy| *copy = bytes);
        assert!(matches!(open(&doubled), Err(OpenError::Corrupt(_))), "{path} is doubled");
        if !newest {
            let cut = disk.copy();
            cut.tamper(path, |bytes| bytes.truncate(bytes.len() - BLOCK));
            assert!(matches!(open(&cut), Err(OpenError::Corrupt(_))), "{path} lost its footer");
        }
    }
    assert_goes_on(&disk, &batches, batches.len(), "untouched");
}

#[test]
fn format_and_its_absence_are_noticed() {
    let (disk, _) = sample();
    let flipped = disk.copy();
    flipped.tamper("FORMAT", |bytes| bytes[20] ^= 1);
    assert!(matches!(open(&flipped), Err(OpenError::Corrupt(_))));
    let absent = disk.copy();
    absent.remove("FORMAT");
    assert!(matches!(open(&absent), Err(OpenError::NotALog { .. })));
    let later = disk.copy();
    later.tamper("FORMAT", |bytes| {
        let text = String::from_utf8(bytes.clone()).unwrap();
        let text = text.replace("gatefold-log 1", "gatefold-log 2");
        let body = &text[..text.rfind("crc32c").unwrap()];
        *bytes = format!("{body}crc32c {:08x}\n", crc32c::crc32c(body.as_bytes())).into_bytes();
    });
    assert!(matches!(open(&later), Err(OpenError::FormatTooNew { .. })));
}

#[test]
fn damage_under_an_open_log_is_found_when_it_is_read() {
    let batches = history(4);
    let disk = SimDisk::default();
    let (mut log, _) = EmbeddedLog::open_on(disk.clone(), ROOMY).unwrap();
    for batch in &batches {
        append(&mut log, batch).unwrap();
    }
    let (at, _) = groups(&disk.bytes(FIRST).unwrap())[2];
    disk.tamper(FIRST, |bytes| bytes[at + 200] ^= 1);
    let mut seen = 0;
    let read = log.read(Position::ZERO, &mut |_| {
        seen += 1;
        std::ops::ControlFlow::Continue(())
    });
    assert!(read.is_err(), "{read:?}");
    assert_eq!(seen, 1, "what lies before the damage is read");
    let (last, len) = *groups(&disk.bytes(FIRST).unwrap()).last().unwrap();
    disk.tamper(FIRST, |bytes| {
        bytes[at + 200] ^= 1;
        bytes[last..last + len].fill(0);
    });
    let read = log.read(Position::ZERO, &mut |_| std::ops::ControlFlow::Continue(()));
    assert!(read.is_err(), "a durable group that is gone is damage: {read:?}");
}

/// Changes one byte of an event and makes every sum fit again.
fn edit(bytes: &mut [u8], group: usize, len: usize) {
    let frame = group + len - 88;
    bytes[frame + 64] ^= 0x10;
    let end = group + len;
    let sum =
        crc32c::crc32c_append(crc32c::crc32c(&bytes[frame..frame + 4]), &bytes[frame + 8..end]);
    bytes[frame + 4..frame + 8].copy_from_slice(&sum.to_le_bytes());
    let sum = crc32c::crc32c(&bytes[group + 96..end]);
    bytes[group + 48..group + 52].copy_from_slice(&sum.to_le_bytes());
    let sum = crc32c::crc32c(&bytes[group + 8..group + 96]);
    bytes[group + 4..group + 8].copy_from_slice(&sum.to_le_bytes());
}

#[test]
fn an_edited_event_with_all_sums_made_to_fit_breaks_the_chain() {
    let disk = killed_after(&short_history(4), ROOMY);
    let found = groups(&disk.bytes(FIRST).unwrap());
    let first_positions = [(1, 1), (2, 2), (3, 4), (4, 7)];
    for (index, first) in first_positions {
        let disk = disk.copy();
        let (group, len) = found[index];
        disk.tamper(FIRST, |bytes| edit(bytes, group, len));
        let last = index + 1 == found.len();
        stopped_by(&disk, if last { Label::K } else { Label::F }, group, first);
    }
}

#[test]
fn noise_far_behind_the_end_is_cut_once_and_kept() {
    let disk = SimDisk::default();
    let options = Options { segment_bytes: 4 * 1_048_576, ..Options::DEFAULT };
    drop(EmbeddedLog::open_on(disk.clone(), options).unwrap());
    let end = {
        let bytes = disk.bytes(FIRST).unwrap();
        groups(&bytes).last().unwrap().0 + BLOCK
    };
    let noise = 3 * 1_048_576 + 17;
    disk.tamper(FIRST, |bytes| bytes[noise] = 1);
    let (log, report) = open_reporting(&disk).unwrap();
    let torn = report.torn.unwrap();
    assert_eq!(torn.offset, u64::try_from(end).unwrap());
    assert!(!torn.maybe_acknowledged, "behind a clean close was nothing");
    let kept = disk.bytes(&torn.kept_as).unwrap();
    assert_eq!(kept.iter().rposition(|byte| *byte != 0), Some(noise - end));
    drop(log);
    assert_eq!(open_reporting(&disk).unwrap().1.torn, None);
}
