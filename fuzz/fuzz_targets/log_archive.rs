//! What an archived segment owes to whoever changed it is decided here: it is read or refused,
//! without a panic and within bounds of memory, and every place of it reads as something.

#![no_main]

use std::sync::LazyLock;

use gatefold_log::fuzzing;
use gatefold_sim::disk::SimDisk;
use libfuzzer_sys::fuzz_target;

const PATH: &str = "archive.gfz";
static SAMPLE: LazyLock<Vec<u8>> = LazyLock::new(fuzzing::archive_sample);

fn read(mut bytes: Vec<u8>, fit: bool) {
    if fit {
        fuzzing::archive_fit(&mut bytes);
    }
    let disk = SimDisk::default();
    disk.tamper(PATH, |file| file.clone_from(&bytes));
    let _ = fuzzing::archive(&disk, PATH, &bytes);
}

fuzz_target!(|input: (bool, Vec<(u32, u8)>, &[u8])| {
    let (fit, changes, bytes) = input;
    read(bytes.to_vec(), fit);
    read(fuzzing::changed(SAMPLE.clone(), &changes), fit);
});
