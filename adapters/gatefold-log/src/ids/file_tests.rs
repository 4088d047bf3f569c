//! Id files come back, page by page, and any flipped bit of one is seen.

use std::collections::BTreeSet;
use std::sync::Barrier;
use std::thread;

use expect_test::expect;
use gatefold_sim::disk::SimDisk;

use super::*;
use crate::format::segment::SegmentName;

const SEGMENT: Finished =
    Finished { name: SegmentName::first(1), salt: 0x0102_0304_0506_0708, digest: [9; 32] };

fn disk() -> SimDisk {
    let disk = SimDisk::default();
    disk.create_dir(INDEX).unwrap();
    disk
}

fn entries(count: u64) -> Vec<IdAt> {
    let entry = |number: u64| {
        let group = u32::try_from(number + 1).unwrap() * 8;
        // Every third key is there more than once.
        IdAt { key: (number / 3).wrapping_mul(0x9e37_79b9_7f4a_7c15), group, frame: 64 }
    };
    (0..count).map(entry).collect()
}

#[test]
fn every_entry_is_found_by_its_key_and_no_other() {
    for count in [0, 1, 255, 256, 5_000] {
        let (disk, entries) = (disk(), entries(count));
        let written = IdFile::write(&disk, SEGMENT, &entries).unwrap();
        let loaded = IdFile::load(&disk, SEGMENT).unwrap().unwrap();
        let kept = loaded.kept(&disk).unwrap();
        assert_eq!(written.kept(&disk).unwrap(), kept);
        let keys: BTreeSet<u64> = entries.iter().map(|entry| entry.key).collect();
        for key in keys {
            assert!(kept.bloom.may_hold(key));
            let mut expected: Vec<_> = entries.iter().filter(|it| it.key == key).collect();
            expected.sort_unstable();
            let found = loaded.candidates(&disk, kept, key).unwrap().unwrap();
            assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{count}");
        }
        assert_eq!(loaded.candidates(&disk, kept, 5).unwrap().unwrap(), []);
    }
}

#[test]
fn a_file_of_another_segment_is_not_taken() {
    let disk = disk();
    IdFile::write(&disk, SEGMENT, &entries(3)).unwrap();
    let salted = Finished { salt: 1, ..SEGMENT };
    let ended = Finished { digest: [8; 32], ..SEGMENT };
    assert!(IdFile::load(&disk, salted).unwrap().is_none());
    assert!(IdFile::load(&disk, ended).unwrap().is_none());
}

#[test]
fn a_file_is_read_when_it_is_asked_first_and_once_however_many_ask() {
    let disk = disk();
    IdFile::write(&disk, SEGMENT, &entries(3)).unwrap();
    let before = disk.counts().reads;
    let loaded = IdFile::load(&disk, SEGMENT).unwrap().unwrap();
    assert_eq!(disk.counts().reads - before, 1, "its header");
    let start = Barrier::new(4);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                start.wait();
                loaded.warm(&disk).unwrap();
            });
        }
    });
    assert_eq!(disk.counts().reads - before, 2, "the rest of what is kept");
}

#[test]
fn every_flipped_bit_of_a_page_is_seen() {
    let bytes = encode(&SEGMENT, &entries(3));
    for (number, page) in bytes.chunks(PAGE_BYTES).enumerate() {
        let sum = |page: &[u8]| sum_of(SEGMENT.salt, wide(number), page);
        assert_eq!(sum(page), u32_at(page, SUM_AT));
        for bit in 0..PAGE_BYTES * 8 {
            let mut flipped = page.to_vec();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(sum(&flipped), u32_at(&flipped, SUM_AT), "page {number}, bit {bit}");
        }
    }
}

#[test]
fn an_id_file_keeps_its_bytes() {
    let bytes = encode(&SEGMENT, &entries(3));
    expect!["4 pages, efffa3b3"].assert_eq(&format!(
        "{} pages, {:08x}",
        bytes.len() / PAGE_BYTES,
        crc32c::crc32c(&bytes)
    ));
}
