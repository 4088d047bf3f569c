//! Row 23: what a later version wrote is named as such, and left as it is.

use gatefold_log::{EmbeddedLog, LogReader, OpenError};
use gatefold_sim::disk::SimDisk;

use super::judge::{groups, segments};
use crate::kit::{closed_after, options, short_history};

/// Makes the sum of the header at `at` fit.
fn sum_again(bytes: &mut [u8], at: usize) {
    let (sum_at, summed) = if at == 0 { (124, 0..124) } else { (at + 4, at + 8..at + 96) };
    let sum = crc32c::crc32c(&bytes[summed]);
    bytes[sum_at..sum_at + 4].copy_from_slice(&sum.to_le_bytes());
}

fn is_too_new(disk: &SimDisk, what: &str) {
    let before: Vec<_> = disk.paths().iter().map(|path| disk.bytes(path)).collect();
    match EmbeddedLog::open_on(disk.clone(), options(16 * 4_096)) {
        Err(OpenError::FormatTooNew { place, .. }) => assert!(place.starts_with("log/"), "{place}"),
        other => panic!("{what}: {other:?}"),
    }
    let read = LogReader::open_on(disk.clone()).map(|_| ());
    assert!(matches!(read, Err(OpenError::FormatTooNew { .. })), "{what}: {read:?}");
    let after: Vec<_> = disk.paths().iter().map(|path| disk.bytes(path)).collect();
    assert_eq!(before, after, "{what}: a log that is not understood is not touched");
}

#[test]
fn row_23_what_a_later_version_wrote_is_refused_by_name_and_not_touched() {
    let disk = closed_after(&short_history(4), options(16 * 4_096));
    let path = segments(&disk).pop().unwrap();
    let found = groups(&disk.bytes(&path).unwrap());
    let (last, _) = *found.last().unwrap();
    let (middle, _) = found[2];
    for (what, header, field, value) in [
        ("a higher major version", 0, 8, 2),
        ("a flag that must be understood", 0, 14, 1),
        ("another kind of group at the end", last, 52, 9),
        ("another codec in the middle", middle, 53, 1),
        ("a flag of a group", middle, 54, 1),
    ] {
        let disk = disk.copy();
        disk.tamper(&path, |bytes| {
            bytes[header + field] = value;
            sum_again(bytes, header);
        });
        is_too_new(&disk, what);
    }
    let minor = disk.copy();
    minor.tamper(&path, |bytes| {
        bytes[10] = 7;
        sum_again(bytes, 0);
    });
    let opened = EmbeddedLog::open_on(minor, options(16 * 4_096));
    assert!(opened.is_ok(), "a higher minor version and other flags are understood: {opened:?}");
}
