//! What the decoder of a group's body owes to bytes that nobody wrote is decided here, frame by
//! frame: no panic, and what it accepts encodes to the same again.

#![no_main]

use gatefold_log::fuzzing;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (bool, &[u8])| {
    let (sum, bytes) = input;
    let _ = fuzzing::body(bytes, sum);
});
