//! Events of older versions are read, step by step, and what cannot be read is refused.
//!
//! No event has an older version yet, so that the steps here are of a table of their own: today's
//! `CashMoved` as if it were version 3, version 1 with whole cents and without a note, version 2
//! with a note and without the broker's id.

use gatefold_core::record::EVENT_BYTES_MAX;
use gatefold_core::record::codec::{CodecError, decode, encode};
use gatefold_core::record::event::{CashKind, CashMoved, Event};
use gatefold_core::record::upcast::{Upcast, upcast};
use gatefold_core::vocabulary::Money;

const TAG: u16 = 6;
const TODAY: u16 = 3;
const STEPS: [Upcast; 2] = [
    Upcast { tag: TAG, from: 2, step: without_activity },
    Upcast { tag: TAG, from: 1, step: from_cents },
];

/// One payload for each version: all mean the same deposit.
const GOLDEN: [&[u8]; 3] = [
    b"\x01\x39\x30\0\0\0\0\0\0",
    b"\x01\0\0\xf9\x11\xef\x80\x36\xb1\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
    b"\x01\0\0\xf9\x11\xef\x80\x36\xb1\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
];

fn corrupt(schema: u16, detail: &str) -> CodecError {
    CodecError::Corrupt { tag: TAG, schema, detail: detail.to_owned() }
}

/// Version 2 has the amount in steps of 1e-18 dollars, and a note.
fn from_cents(body: &[u8]) -> Result<Vec<u8>, CodecError> {
    let (Some(kind), Some(cents)) = (body.get(..1), body.get(1..9)) else {
        return Err(corrupt(1, "it is too short"));
    };
    let cents = i64::from_le_bytes(cents.try_into().unwrap());
    let attos = i128::from(cents) * 10_000_000_000_000_000;
    Ok([kind, &attos.to_le_bytes(), &0_u64.to_le_bytes(), &body[9..]].concat())
}

/// Version 3 has the broker's id between amount and note.
fn without_activity(body: &[u8]) -> Result<Vec<u8>, CodecError> {
    let Some((front, note)) = body.split_at_checked(17) else {
        return Err(corrupt(2, "it is too short"));
    };
    Ok([front, &[0], note].concat())
}

fn deposit() -> Event {
    let (kind, amount) = (CashKind::Deposit, Money::cents(12_345));
    Event::CashMoved(CashMoved { kind, amount, activity: None, note: String::new() })
}

#[test]
fn every_version_means_what_it_meant() {
    let today = encode(&deposit()).unwrap();
    assert_eq!(today.tag, TAG);
    for (version, body) in (1..).zip(GOLDEN) {
        let read = upcast(&STEPS, (TAG, version), TODAY, body).unwrap();
        assert_eq!(read, GOLDEN[2], "version {version}");
        assert_eq!(decode(TAG, today.schema, &read), Ok(deposit()), "version {version}");
    }
}

#[test]
fn steps_are_taken_in_order_one_at_a_time() {
    assert_eq!(upcast(&STEPS, (TAG, 1), 2, GOLDEN[0]).unwrap(), GOLDEN[1]);
    assert_eq!(upcast(&STEPS, (TAG, 2), 3, GOLDEN[1]).unwrap(), GOLDEN[2]);
}

#[test]
fn what_no_step_leads_from_is_unknown() {
    let unknown = |tag, schema| Err(CodecError::Unknown { tag, schema });
    assert_eq!(upcast(&STEPS, (TAG, 0), TODAY, GOLDEN[0]), unknown(TAG, 0));
    assert_eq!(upcast(&STEPS[..1], (TAG, 1), TODAY, GOLDEN[0]), unknown(TAG, 1));
    assert_eq!(upcast(&STEPS, (TAG + 1, 1), TODAY, GOLDEN[0]), unknown(TAG + 1, 1));
    // The codec itself knows no older version of anything, and no newer one.
    for (tag, schema) in [(TAG, 0), (TAG, 2), (TAG, u16::MAX), (9, 1), (0, 0)] {
        let found = decode(tag, schema, GOLDEN[2]);
        assert_eq!(found, Err(CodecError::Unknown { tag, schema }));
    }
}

#[test]
fn damage_in_an_old_event_is_refused_and_nothing_grows_without_bound() {
    let cut = upcast(&STEPS, (TAG, 1), TODAY, &GOLDEN[0][..5]);
    assert_eq!(cut, Err(corrupt(1, "it is too short")));
    let longer = [GOLDEN[0], &[7]].concat();
    let read = upcast(&STEPS, (TAG, 1), TODAY, &longer).unwrap();
    assert!(matches!(decode(TAG, 1, &read), Err(CodecError::Corrupt { .. })), "a byte more");
    let flood = Upcast { tag: TAG, from: 1, step: |_| Ok(vec![0; EVENT_BYTES_MAX + 1]) };
    let found = upcast(&[flood], (TAG, 1), 2, GOLDEN[0]);
    assert!(matches!(found, Err(CodecError::Corrupt { schema: 1, .. })), "{found:?}");
}
