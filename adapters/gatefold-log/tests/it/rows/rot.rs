//! Rows 4 and 5: bits that flip and sectors that are overwritten, anywhere.

use gatefold_log::{Options, SEGMENT_BYTES_MIN};
use gatefold_sim::disk::SimDisk;

use super::judge::{BLOCK, Noise, Outcome, Tally, groups, judge, judge_reader, segments};
use crate::kit::{Batch, closed_after, killed_after, options, short_history};

/// Twenty groups in one segment: the epoch, eighteen batches, the clean close.
const BATCHES: u64 = 18;

fn twenty() -> Options {
    options(28 * 4_096)
}

/// Whether every bit of the padding is tried, or one bit in each eight of its bytes.
fn every_bit() -> bool {
    std::env::var("GATEFOLD_EXHAUSTIVE").is_ok_and(|value| value == "1")
}

/// The bits of a segment: all of them, or all that mean something and a sample of the padding.
fn bits(bytes: &[u8]) -> Vec<(usize, u8)> {
    let groups = groups(bytes);
    let mut bits = Vec::new();
    let every = every_bit();
    for at in 0..bytes.len() {
        let group = groups.iter().rfind(|(start, _)| *start <= at);
        let meaning = group.map_or(at < 192, |(start, len)| at < start + len + 8);
        let turn = u8::try_from(at / 8 * 7 % 8).unwrap();
        let some = match (meaning || every, at % 8) {
            (true, _) => 0..8,
            (false, 0) => turn..turn + 1,
            (false, _) => 0..0,
        };
        bits.extend(some.map(|bit| (at, bit)));
    }
    bits
}

fn flip_all(disk: &SimDisk, path: &str, options: Options, batches: &[Batch]) -> Tally {
    let bytes = disk.bytes(path).unwrap();
    let bits = bits(&bytes);
    let half = bits.len() / 2;
    let flip = |bits: &[(usize, u8)]| {
        let mut tally = Tally::default();
        for (index, (at, bit)) in bits.iter().enumerate() {
            let disk = disk.copy();
            disk.tamper(path, |bytes| bytes[*at] ^= 1 << bit);
            let when = format!("bit {bit} of byte {at} of {path}");
            if index % 61 == 0 {
                judge_reader(&disk, batches, &when);
            }
            tally.count(judge(&disk, options, batches, &when));
        }
        tally
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(|| flip(&bits[half..]));
        let one = flip(&bits[..half]);
        let other = other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        Tally {
            stopped: one.stopped + other.stopped,
            unreadable: one.unreadable + other.unreadable,
            cut: one.cut + other.cut,
            whole_and_reported: one.whole_and_reported + other.whole_and_reported,
            whole: one.whole + other.whole,
        }
    })
}

#[test]
fn row_04_no_bit_of_a_closed_log_of_twenty_groups_is_lost_in_silence() {
    let batches = short_history(BATCHES);
    let disk = closed_after(&batches, twenty());
    let [path] = &segments(&disk)[..] else { panic!("one segment") };
    let found = groups(&disk.bytes(path).unwrap());
    assert!(found.len() >= 20, "{} groups", found.len());
    let tally = flip_all(&disk, path, twenty(), &batches);
    // What proves every event is the group behind it; only the close has none.
    assert_eq!((tally.cut, tally.whole), (0, 0), "{tally:?}");
    let used: usize = found[..found.len() - 1].iter().map(|(_, len)| len * 8).sum();
    assert!(tally.refused() >= u64::try_from(used).unwrap(), "{tally:?}");
}

#[test]
fn row_04_no_bit_of_a_killed_log_of_twenty_groups_is_lost_in_silence() {
    let batches = short_history(BATCHES + 1);
    let disk = killed_after(&batches, twenty());
    let [path] = &segments(&disk)[..] else { panic!("one segment") };
    let found = groups(&disk.bytes(path).unwrap());
    assert!(found.len() >= 20, "{} groups", found.len());
    let tally = flip_all(&disk, path, twenty(), &batches);
    assert_eq!(tally.whole, 0, "{tally:?}");
    // At most the bits of the last group: damaged, it looks like one that was interrupted.
    let last = u64::try_from(found.last().unwrap().1 * 8).unwrap();
    assert!(tally.cut <= last, "{tally:?}");
}

#[test]
fn row_04_a_bit_of_a_finished_segment_is_never_taken_for_a_torn_tail() {
    let small = options(SEGMENT_BYTES_MIN);
    let batches = short_history(18);
    let disk = killed_after(&batches, small);
    let segments = segments(&disk);
    assert!(segments.len() >= 3, "{segments:?}");
    for path in &segments[..segments.len() - 1] {
        let bytes = disk.bytes(path).unwrap();
        let sampled = bits(&bytes).into_iter().step_by(if every_bit() { 1 } else { 7 });
        for (at, bit) in sampled {
            let disk = disk.copy();
            disk.tamper(path, |bytes| bytes[at] ^= 1 << bit);
            let when = format!("bit {bit} of byte {at} of {path}");
            let outcome = judge(&disk, small, &batches, &when);
            assert!(matches!(outcome, Outcome::Stopped | Outcome::Unreadable), "{when}");
        }
    }
}

/// Overwrites each piece of this many bytes with zeros, ones and noise.
fn overwrite_each(
    disk: &SimDisk,
    closed: bool,
    options: Options,
    batches: &[Batch],
    piece: usize,
) -> Tally {
    let newest = segments(disk).pop();
    let mut tally = Tally::default();
    let mut noise = Noise(u64::try_from(piece).unwrap());
    for path in segments(disk) {
        let bytes = disk.bytes(&path).unwrap();
        for at in (0..bytes.len()).step_by(piece) {
            let random: Vec<u8> = (0..piece).map(|_| noise.next().to_le_bytes()[0]).collect();
            for with in [vec![0; piece], vec![0xff; piece], random] {
                if bytes[at..at + piece] == with[..] {
                    continue;
                }
                // A last group of which no byte is left looks as if it had never been written:
                // within the idle window that is not promised.
                let vanishes = |(start, len): &(usize, usize)| {
                    at <= *start && start + len <= at + piece && with[0] == 0
                };
                if !closed
                    && newest.as_ref() == Some(&path)
                    && groups(&bytes).last().is_some_and(vanishes)
                {
                    continue;
                }
                let disk = disk.copy();
                disk.tamper(&path, |bytes| bytes[at..at + piece].copy_from_slice(&with));
                let when = format!("{piece} bytes of {:#x} at {at} of {path}", with[0]);
                judge_reader(&disk, batches, &when);
                tally.count(judge(&disk, options, batches, &when));
            }
        }
    }
    tally
}

#[test]
fn row_05_no_overwritten_sector_or_block_is_lost_in_silence() {
    let batches = short_history(12);
    for piece in [512, BLOCK] {
        for segment_bytes in [SEGMENT_BYTES_MIN, 28 * 4_096] {
            let options = options(segment_bytes);
            let tally =
                overwrite_each(&closed_after(&batches, options), true, options, &batches, piece);
            assert_eq!(tally.cut, 0, "{tally:?}");
            let killed = killed_after(&batches, options);
            let tally = overwrite_each(&killed, false, options, &batches, piece);
            assert!(tally.refused() > 24, "{tally:?}");
            // The last group's first block, in its sectors that hold something, three ways each.
            assert!(tally.cut <= 3 * 8, "{tally:?}");
        }
    }
}
