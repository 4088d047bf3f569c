//! What the codec owes to bytes that nobody wrote is decided here: it refuses them without a
//! panic, and what it accepts is exactly what it would have written.

#![no_main]

use gatefold_core::record::codec;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u16, u16, &[u8])| {
    let (tag, schema, body) = input;
    if let Ok(event) = codec::decode(tag, schema, body) {
        let again = match codec::encode(&event) {
            Ok(again) => again,
            Err(error) => panic!("an accepted event does not encode: {error}"),
        };
        assert_eq!((again.tag, again.schema), (tag, schema), "the shape changed: {event:?}");
        assert_eq!(again.body, body, "the bytes changed: {event:?}");
    }
});
