//! What follows is zeros to the end and not a block less, whoever looks.

use std::thread;

use gatefold_core::record::disk::Access;
use gatefold_sim::disk::{Faults, SimDisk};

use super::*;
use crate::format::segment::SegmentName;

const PATH: &str = "file";

/// A file of this length in which these bytes are not zero.
fn file(disk: &SimDisk, size: u64, used: &[u64]) -> Found<<SimDisk as Disk>::File> {
    let file = match disk.open(PATH, Access::Write) {
        Ok(file) => file,
        Err(_) => disk.create(PATH).unwrap(),
    };
    disk.set_len(&file, 0).unwrap();
    disk.set_len(&file, size).unwrap();
    used.iter().for_each(|at| disk.write_at(&file, *at, &[1]).unwrap());
    let name = SegmentName::first(1);
    Found { path: PATH.to_owned(), file, size, name, header: Err("none") }
}

#[test]
fn the_last_block_that_is_not_zero_is_found_wherever_it_is() {
    let disk = SimDisk::default();
    let (block, size) = (4_096, ALONE_BYTES + 3 * 4_096);
    let places = [0, 1, block - 1, block, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + block];
    let late = [1, block, block + 1, PIECE_BYTES, PIECE_BYTES + 1].map(|back| size - back);
    for at in places.into_iter().chain(late) {
        let found = file(&disk, size, &[0, at]);
        let expected = Ok(Some(at - at % block + block));
        assert_eq!(zeros_from(&disk, &found), expected, "{at}");
        let aside = thread::scope(|scope| {
            let zeros = Zeros::begin(scope, &disk, &found, true);
            assert!(matches!(zeros, Zeros::Aside(_)), "it is long");
            zeros.known(&disk, &found)
        });
        assert_eq!(aside, expected, "{at}");
    }
    for size in [0, block, size] {
        assert_eq!(zeros_from(&disk, &file(&disk, size, &[])), Ok(Some(0)), "{size}");
    }
}

#[test]
fn what_cannot_be_read_is_not_taken_for_zeros() {
    let disk = SimDisk::default();
    let found = file(&disk, 3 * PIECE_BYTES, &[5]);
    for read in 1..=3 {
        disk.set_faults(Faults { read_fails_at: Some(read), ..Faults::default() });
        assert!(zeros_from(&disk, &found).is_err(), "{read}");
        disk.set_faults(Faults { short_read_at: Some(read), ..Faults::default() });
        assert_eq!(zeros_from(&disk, &found), Ok(None), "{read}");
    }
    let long = file(&disk, ALONE_BYTES + 4_096, &[5]);
    disk.set_faults(Faults { read_fails_at: Some(2), ..Faults::default() });
    let aside = thread::scope(|scope| Zeros::begin(scope, &disk, &long, true).known(&disk, &long));
    assert!(aside.is_err(), "a thread's error is told");
    let found = file(&disk, 3 * PIECE_BYTES, &[5]);
    disk.set_faults(Faults::default());
    assert_eq!(zeros_from(&disk, &found), Ok(Some(4_096)));
}

#[test]
fn no_thread_reads_where_none_is_wanted_or_little_is_to_be_read() {
    let disk = SimDisk::default();
    for (size, aside) in [(2 * ALONE_BYTES, false), (ALONE_BYTES, true)] {
        let found = file(&disk, size, &[5]);
        thread::scope(|scope| {
            let before = disk.counts().reads;
            let zeros = Zeros::begin(scope, &disk, &found, aside);
            assert!(matches!(zeros, Zeros::Unknown));
            assert_eq!(disk.counts().reads, before, "nobody has looked yet");
            assert_eq!(zeros.known(&disk, &found), Ok(Some(4_096)));
        });
    }
}
