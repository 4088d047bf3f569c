//! Row 22: numbers that nobody wrote, under sums that fit. They are refused before anything is
//! allocated for them.

use std::ops::ControlFlow;

use allocation_counter::measure;
use gatefold_core::record::Position;
use gatefold_log::{EmbeddedLog, LogReader, VerifyOptions, verify_on};
use gatefold_sim::disk::SimDisk;

use super::judge::{groups, segments};
use crate::kit::{killed_after, options, short_history};
use crate::rejoined::relink;

/// What a log of a few blocks may take to be opened: the largest group, the pieces that files are
/// read in, and what the simulated disk copies.
const BYTES_MAX: u64 = 24 * 1_048_576;

/// Sums a segment's header or a group's header again.
fn sum_again(bytes: &mut [u8], at: usize) {
    let (sum_at, summed) = if at == 0 { (124, 0..124) } else { (at + 4, at + 8..at + 96) };
    let sum = crc32c::crc32c(&bytes[summed]);
    bytes[sum_at..sum_at + 4].copy_from_slice(&sum.to_le_bytes());
}

#[test]
fn row_22_impossible_numbers_are_refused_before_anything_is_allocated() {
    let options = options(12 * 4_096);
    let disk = killed_after(&short_history(5), options);
    let path = segments(&disk).pop().unwrap();
    let found = groups(&disk.bytes(&path).unwrap());
    let places = [0].into_iter().chain(found.iter().map(|(at, _)| *at));
    for place in places {
        let fields = if place == 0 { 8..124 } else { 8..64 };
        for field in fields.step_by(4) {
            for number in [0, 1, 0x7fff_ffff, 0x0020_0000, 0x0020_0001, u32::MAX - 1, u32::MAX] {
                let disk = disk.copy();
                disk.tamper(&path, |bytes| {
                    bytes[place + field..place + field + 4].copy_from_slice(&number.to_le_bytes());
                    sum_again(bytes, place);
                });
                let when = format!("{number:#x} at {place} + {field}");
                let taken = measure(|| {
                    drop(LogReader::open_on(disk.clone()));
                    drop(EmbeddedLog::open_on(disk.clone(), options));
                });
                assert!(taken.bytes_max < BYTES_MAX, "{when}: {} bytes", taken.bytes_max);
            }
        }
    }
}

#[test]
fn row_22_lengths_of_frames_are_refused_before_anything_is_allocated() {
    let options = options(12 * 4_096);
    let disk = killed_after(&short_history(5), options);
    let path = segments(&disk).pop().unwrap();
    for (group, _) in groups(&disk.bytes(&path).unwrap()) {
        // The first frame of a group begins where its header ends.
        let frame = group + 96;
        for field in [0, 56, 60] {
            for number in [0, 1, 7, 64, 65_537, 0x7fff_ffff, u32::MAX] {
                let (untouched, disk) = (disk.bytes(&path), disk.copy());
                disk.tamper(&path, |bytes| {
                    bytes[frame + field..frame + field + 4].copy_from_slice(&number.to_le_bytes());
                    // The chain fits, too: nobody refuses the group before its frames are read.
                    relink(bytes);
                });
                let (when, same) =
                    (format!("{number:#x} at {frame} + {field}"), disk.bytes(&path) == untouched);
                let taken = measure(|| {
                    assert_eq!(LogReader::open_on(disk.clone()).is_ok(), same, "{when}");
                    assert_eq!(EmbeddedLog::open_on(disk.clone(), options).is_ok(), same, "{when}");
                });
                assert!(taken.bytes_max < BYTES_MAX, "{when}: {} bytes", taken.bytes_max);
            }
        }
    }
}

#[test]
fn row_22_files_of_any_length_are_opened_or_refused() {
    let options = options(12 * 4_096);
    let disk: SimDisk = killed_after(&short_history(5), options);
    for path in disk.paths() {
        let whole = disk.bytes(&path).unwrap().len();
        let lengths = [0, 1, 3, 127, 128, 4_095, 4_096, 4_097, 8_192, whole + 1, whole + 4_096];
        for length in lengths {
            let disk = disk.copy();
            disk.tamper(&path, |bytes| bytes.resize(length, 0));
            drop(LogReader::open_on(disk.clone()));
            drop(EmbeddedLog::open_on(disk, options));
        }
    }
}

/// Everything that reads a log comes back, and takes no more memory than it may.
fn is_survived(disk: &SimDisk, when: &str) {
    let options = options(12 * 4_096);
    let taken = measure(|| {
        if let Ok(reader) = LogReader::open_on(disk.clone()) {
            let _ = reader.read(Position::ZERO, &mut |_| ControlFlow::Continue(()));
        }
        let _ = verify_on(disk, &VerifyOptions::default(), &|_, _| ());
        drop(EmbeddedLog::open_on(disk.clone(), options));
    });
    assert!(taken.bytes_max < BYTES_MAX, "{when}: {} bytes", taken.bytes_max);
}

/// Among them a length that a footer may have and these files have not.
const NUMBERS: [u64; 7] = [0, 1, 1 << 20, 0xffff_ffff, 1 << 63, u64::MAX - 1, u64::MAX];

#[test]
fn row_22_numbers_of_a_footer_are_refused_before_anything_is_allocated() {
    let disk = killed_after(&short_history(12), options(4 * 4_096));
    let path = segments(&disk).remove(0);
    let whole = disk.bytes(&path).unwrap();
    let (footer, len) = *groups(&whole).last().unwrap();
    assert_eq!(whole[footer + 96..footer + 100], *b"GFFT", "the segment is finished");
    // The header's numbers, the body's, those of its first two streams, and its length at the end.
    let fields = (8..56).chain(96 + 8..96 + 80 + 2 * 80).step_by(4);
    for field in fields.chain([len - 16]) {
        for number in NUMBERS {
            let disk = disk.copy();
            disk.tamper(&path, |bytes| {
                bytes[footer + field..footer + field + 8].copy_from_slice(&number.to_le_bytes());
                let sum = crc32c::crc32c(&bytes[footer + 96..footer + len]);
                bytes[footer + 48..footer + 52].copy_from_slice(&sum.to_le_bytes());
                sum_again(bytes, footer);
            });
            is_survived(&disk, &format!("{number:#x} at {field} of the footer"));
        }
    }
}

#[test]
fn row_22_numbers_of_a_later_segment_are_refused_before_anything_is_allocated() {
    let disk = killed_after(&short_history(12), options(4 * 4_096));
    let paths = segments(&disk);
    for path in &paths[paths.len() - 2..] {
        for field in (8..116).step_by(4) {
            for number in NUMBERS {
                let disk = disk.copy();
                disk.tamper(path, |bytes| {
                    bytes[field..field + 8].copy_from_slice(&number.to_le_bytes());
                    sum_again(bytes, 0);
                });
                is_survived(&disk, &format!("{number:#x} at {field} of {path}"));
            }
        }
    }
}
