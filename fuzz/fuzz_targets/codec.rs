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
        assert_eq!(again.tag, tag, "the kind changed: {event:?}");
        if again.schema == schema {
            assert_eq!(again.body, body, "the bytes changed: {event:?}");
        } else {
            // An older version is written as today's, which means the same.
            assert!(again.schema > schema, "a version that was never written: {event:?}");
            let back = codec::decode(again.tag, again.schema, &again.body);
            assert_eq!(back, Ok(event), "today's version means something else");
        }
    }
});
