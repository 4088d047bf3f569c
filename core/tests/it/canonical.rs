//! An event's bytes are the only ones that mean it. Fields are read in runs and most events are not
//! encoded again to compare, so every change of every byte of every sample is tried here: against
//! encoding again, and against a reader that shows nothing ahead and so is read field by field.

use bincode::Decode;
use bincode::de::read::Reader;
use bincode::de::{Decoder as _, DecoderImpl};
use bincode::error::DecodeError;
use gatefold_core::record::EVENT_BYTES_MAX;
use gatefold_core::record::codec::{self, CodecError};
use gatefold_core::record::event::*;
use proptest::prelude::*;

use crate::golden::{samples, verdicts_once};
use crate::harness::samples::{Gen, KINDS};

/// A reader that hands out what it is asked for and shows nothing before.
struct Blind<'a>(&'a [u8]);

impl Reader for Blind<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> Result<(), DecodeError> {
        let Some((read, rest)) = self.0.split_at_checked(bytes.len()) else {
            return Err(DecodeError::UnexpectedEnd { additional: bytes.len() - self.0.len() });
        };
        bytes.copy_from_slice(read);
        self.0 = rest;
        Ok(())
    }
}

/// What the codec must answer, by the longest way.
fn by_field<T: Decode<()>>(body: &[u8], event: fn(T) -> Event) -> Result<Event, String> {
    let config = bincode::config::standard().with_little_endian().with_fixed_int_encoding();
    let config = config.with_limit::<EVENT_BYTES_MAX>();
    let mut decoder = DecoderImpl::new(Blind(body), config, ());
    let decoded = T::decode(&mut decoder).map_err(|error| error.to_string())?;
    let rest = decoder.reader().0.len();
    if rest > 0 {
        let read = body.len() - rest;
        return Err(format!("{} bytes, of which {read} were read", body.len()));
    }
    Ok(event(decoded))
}

macro_rules! shapes {
    ($($tag:literal $name:ident)*) => {
        fn slowly(tag: u16, body: &[u8]) -> Result<Event, String> {
            match tag {
                $($tag => by_field(body, Event::$name),)*
                _ => panic!("tag {tag}: add it here"),
            }
        }
    };
}

shapes! {
    1 AccountOpened 2 GateSetDeclared 3 LimitsSet 4 StateSet 5 DayRolled 6 CashMoved
    10 RecommendationReceived 11 IntentApproved 12 IntentRefused 13 IntentDeferred
    14 RecommendationExpired 15 RecommendationFailed 16 RecommendationSettled
    20 OrderChanged 21 CancelRefused 22 LookUpMissed 30 ExecutionBooked 31 MarksObserved
    40 SnapshotTaken 41 FindingRecorded 42 LinkChanged
    50 ExitPlanSet 51 ExitTriggered 52 ExitFailed 53 ClosePlanned 54 Unprotected
    60 PositionAdjusted
}

/// Checks one body of today's version of its tag and answers whether it is an event.
fn check((tag, schema): (u16, u16), body: &[u8]) -> bool {
    match (codec::decode(tag, schema, body), slowly(tag, body)) {
        (Ok(event), Ok(wanted)) => {
            assert_eq!(event, wanted, "tag {tag}");
            let again = codec::encode(&event).unwrap();
            assert_eq!((again.tag, again.schema), (tag, schema));
            assert_eq!(again.body, body, "tag {tag} is written otherwise");
            true
        }
        (Err(CodecError::Corrupt { tag: found, schema: version, detail }), Err(wanted)) => {
            assert_eq!((found, version, detail), (tag, schema, wanted));
            false
        }
        (found, wanted) => panic!("tag {tag}: {found:?}, by field {wanted:?}"),
    }
}

#[test]
fn every_other_byte_is_refused_or_means_another_event() {
    let (mut events, mut refused) = (0, 0);
    for (tag, schema, body) in samples() {
        let shape = (tag, schema);
        assert!(check(shape, &body), "the sample of tag {tag}");
        let mut changed = body.clone();
        for (place, byte) in body.iter().enumerate() {
            // Every bit, and the neighbors and ends of every range.
            let others = (0..8).map(|bit| byte ^ (1 << bit));
            let edges = [byte.wrapping_add(1), byte.wrapping_sub(1), 0, 1, 0x20, 0x7f, 0x80, 0xff];
            for other in others.chain(edges).filter(|other| other != byte) {
                changed[place] = other;
                if check(shape, &changed) { events += 1 } else { refused += 1 }
            }
            changed[place] = *byte;
        }
    }
    assert!(events > 1_000 && refused > 1_000, "{events} events, {refused} refused");
}

#[test]
fn every_cut_and_every_addition_is_refused() {
    for (tag, schema, body) in samples() {
        let shape = (tag, schema);
        for length in 0..body.len() {
            assert!(!check(shape, &body[..length]), "tag {tag} cut to {length} bytes");
        }
        for byte in [0, 1, 0x41, 0xff] {
            assert!(!check(shape, &[body.as_slice(), &[byte]].concat()), "tag {tag} and {byte}");
        }
    }
}

proptest! {
    /// Whatever an event holds, runs and single fields read it as the same, damaged or not.
    #[test]
    fn runs_read_what_single_fields_read(
        seed: u64,
        kind in 0..KINDS,
        changes in proptest::collection::vec((any::<usize>(), any::<u8>()), 0..4),
    ) {
        for verdicts in verdicts_once() {
            let encoded = codec::encode(&Gen::new(seed).event(kind, *verdicts)).unwrap();
            let mut body = encoded.body;
            for (place, byte) in &changes {
                let length = body.len();
                body[place % length] = *byte;
            }
            let sound = check((encoded.tag, encoded.schema), &body);
            prop_assert!(sound || !changes.is_empty());
        }
    }

    /// The same memory again: nothing of the event before is left.
    #[test]
    fn memory_is_used_again(seeds in proptest::collection::vec((any::<u64>(), 0..KINDS), 1..6)) {
        let mut body = vec![0xaa; 3_000];
        for (seed, kind) in seeds {
            let event = Gen::new(seed).event(kind, verdicts_once()[1]);
            let shape = codec::encode_into(&event, &mut body).unwrap();
            let encoded = codec::encode(&event).unwrap();
            prop_assert_eq!((shape, &body), ((encoded.tag, encoded.schema), &encoded.body));
        }
    }
}
