//! What the decoder of a snapshot owes to bytes that nobody wrote is decided here: no
//! panic, and what it accepts encodes to the same again. It is given bytes, and changes of a sound
//! sample.

#![no_main]

use std::sync::LazyLock;

use gatefold_log::fuzzing;
use libfuzzer_sys::fuzz_target;

static SAMPLE: LazyLock<Vec<u8>> = LazyLock::new(fuzzing::snapshot_sample);

fuzz_target!(|input: (bool, Vec<(u32, u8)>, &[u8])| {
    let (fit, changes, bytes) = input;
    let _ = fuzzing::snapshot(bytes, fit);
    let _ = fuzzing::snapshot(&fuzzing::changed(SAMPLE.clone(), &changes), fit);
});
