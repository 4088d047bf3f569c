//! What a file of ids owes to whoever changed it is decided here: it is taken or made again,
//! without a panic and within bounds of memory, and it never claims an event that its segment does
//! not hold.

#![no_main]

use std::sync::LazyLock;

use gatefold_log::fuzzing;
use gatefold_sim::disk::SimDisk;
use libfuzzer_sys::fuzz_target;

const PATH: &str = "index/00000000000000000001.gfi";
const PAGE: usize = 4_096;
const SALT: u64 = 7;

/// Files with nothing in them, with one page of each kind, and with several.
static SAMPLES: LazyLock<[SimDisk; 3]> = LazyLock::new(|| {
    [0, 200, 5_000].map(|count| {
        let disk = SimDisk::default();
        if let Err(error) = fuzzing::ids_sample(&disk, PATH, count) {
            panic!("a file of ids cannot be written: {error}");
        }
        disk
    })
});

fn sum_again(bytes: &mut [u8]) {
    for (number, page) in (0_u64..).zip(bytes.chunks_exact_mut(PAGE)) {
        let place = [SALT.to_le_bytes(), number.to_le_bytes()].concat();
        let sum = crc32c::crc32c_append(crc32c::crc32c(&place), &page[..PAGE - 4]);
        page[PAGE - 4..].copy_from_slice(&sum.to_le_bytes());
    }
}

fuzz_target!(|input: (u8, bool, Vec<(u32, u8)>, Option<u32>, u128)| {
    let (sample, sums, changes, length, id) = input;
    let disk = SAMPLES[usize::from(sample) % SAMPLES.len()].copy();
    disk.tamper(PATH, |bytes| {
        *bytes = fuzzing::changed(std::mem::take(bytes), &changes);
        if let Some(length) = length {
            bytes.resize(length as usize % (64 * PAGE), 0);
        }
        if sums {
            sum_again(bytes);
        }
    });
    let _ = fuzzing::ids(&disk, id);
});
