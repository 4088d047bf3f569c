//! What the decoder of a checkpoint owes to bytes that nobody wrote is decided here: no panic, no
//! allocation beyond the bytes, and what it accepts encodes to the same again.

#![no_main]

use gatefold_log::fuzzing;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (bool, &[u8])| {
    let (sum, bytes) = input;
    let _ = fuzzing::checkpoint(bytes, sum);
});
