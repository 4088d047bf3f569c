//! Events of older versions are read, step by step, and what cannot be read is refused.
//!
//! Few events have an older version, so that the first steps here are of a table of their own:
//! today's `CashMoved` as if it were version 3, version 1 with whole cents and without a note,
//! version 2 with a note and without the broker's id. Below are those that the codec takes.

use gatefold_core::record::EVENT_BYTES_MAX;
use gatefold_core::record::codec::{CodecError, decode, encode};
use gatefold_core::record::event::{CashKind, CashMoved, Event, MarkSeen, MarksObserved};
use gatefold_core::record::upcast::{Upcast, upcast};
use gatefold_core::vocabulary::{Instrument, Money, Price, Timestamp};

use crate::golden::stored;

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
    // The codec itself knows no older version of this one, and no newer one.
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

/// What a mark of version 1 said, in version 2: all of it, and that its feed was not recorded.
#[test]
fn marks_of_version_1_claim_no_feed() {
    let body = stored(31, 1, "MarksObserved");
    let Ok(Event::MarksObserved(observed)) = decode(31, 1, &body) else { panic!("no marks") };
    assert_eq!(observed.marks.len(), 3);
    assert!(observed.marks.iter().all(|mark| mark.source.is_none()));
    let share = b"\x01\0\0\0\0\0\0\0\x01GOOG\0\0\0\0\x03\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0\x04\0\0\0\0\0\0\0\x05\0\0\0\0\0\0\0";
    let price = |nanos| Price::from_nanos(nanos).unwrap();
    let mark = MarkSeen {
        instrument: Instrument::parse("GOOG").unwrap(),
        price: price(3),
        bid: price(2),
        ask: price(4),
        at: Timestamp::from_nanos(5),
        source: None,
    };
    let marks = Event::MarksObserved(MarksObserved { marks: vec![mark] });
    assert_eq!(decode(31, 1, share), Ok(marks.clone()));
    // Written again it is of version 2, and longer by what says that nothing is known.
    let again = encode(&marks).unwrap();
    assert_eq!((again.schema, again.body), (2, [share.as_slice(), &[0]].concat()));
}

#[test]
fn damaged_marks_of_version_1_are_refused_or_other_marks() {
    let body = stored(31, 1, "MarksObserved");
    for length in 0..body.len() {
        let found = decode(31, 1, &body[..length]);
        assert!(matches!(found, Err(CodecError::Corrupt { tag: 31, .. })), "{length}: {found:?}");
    }
    assert!(decode(31, 1, &[body.as_slice(), &[0]].concat()).is_err(), "a byte more");
    let sound = decode(31, 1, &body);
    let (mut events, mut refused) = (0, 0);
    for (place, bit) in (0..body.len()).flat_map(|place| (0..8).map(move |bit| (place, bit))) {
        let mut changed = body.clone();
        changed[place] ^= 1 << bit;
        match decode(31, 1, &changed) {
            Ok(Event::MarksObserved(other)) => {
                assert!(other.marks.iter().all(|mark| mark.source.is_none()));
                assert_ne!(Ok(Event::MarksObserved(other)), sound);
                events += 1;
            }
            Ok(other) => panic!("{other:?}"),
            Err(_) => refused += 1,
        }
    }
    assert!(events > 100 && refused > 100, "{events} events, {refused} refused");
}

/// Version 1 knew two feeds; both mean what they meant, and bytes are those of version 2.
#[test]
fn decisions_of_version_1_mean_what_they_meant() {
    for (tag, name) in [(11, "IntentApproved"), (12, "IntentRefused"), (13, "IntentDeferred")] {
        let body = stored(tag, 1, name);
        let again = encode(&decode(tag, 1, &body).unwrap()).unwrap();
        assert_eq!((again.tag, again.schema, again.body), (tag, 2, body));
    }
}
