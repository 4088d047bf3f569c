//! Bytes that were written once keep their meaning for ever: one stored sample per tag and version,
//! and what it decodes to.
//!
//! A new tag or version gets its sample with `GATEFOLD_BLESS=1`, which writes what is missing and
//! never changes what is there.

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use gatefold_core::decide::Verdicts;
use gatefold_core::record::codec::{self, SHAPES};
use gatefold_core::record::event::Event;
use proptest::prelude::*;

use crate::harness::samples::{Gen, KINDS};
use crate::harness::story;
use crate::harness::words::decision;

/// Verdicts of real decisions: passed, refused, deferred, not set and exempt among them.
fn verdicts() -> Vec<Verdicts> {
    let world = story::told(
        "account main max_positions=1
         quote AA 10 10.01
         broker fills
         advise a buy 1 AA at 10
         advise b buy 2 AA at 99
         advise c sell 1 AA at 10
         advise d buy 1 ZZ at 10",
    );
    let events = world.log.events(0);
    let judged = |event: &Event| decision(event).map(|(_, _, judgement)| judgement.verdicts);
    let found: Vec<_> = events.filter_map(|(_, event)| judged(&event)).collect();
    assert!(found.len() >= 4, "the story has too few decisions");
    found
}

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/golden"))
}

fn to_hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for (place, byte) in bytes.iter().enumerate() {
        let end = if place % 32 == 31 { "\n" } else { "" };
        write!(text, "{byte:02x}{end}").unwrap();
    }
    text.trim_end().to_string() + "\n"
}

fn from_hex(text: &str) -> Vec<u8> {
    let digits: Vec<char> = text.chars().filter(|it| !it.is_whitespace()).collect();
    let byte = |pair: &[char]| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

/// A sample is large enough to show every field; the same for ever by its seed.
fn sample(kind: usize) -> Event {
    let all = verdicts();
    let seeds = (0..200).map(|seed| Gen::new(seed).event(kind, all[1]));
    seeds.max_by_key(|event| codec::encode(event).unwrap().body.len()).unwrap()
}

fn bless(tag: u16, schema: u16, name: &str) {
    let event = (0..KINDS).map(sample).find(|event| codec::name(event) == name);
    let event = event.unwrap_or_else(|| panic!("{name}: add a kind to samples.rs"));
    let encoded = codec::encode(&event).unwrap();
    assert_eq!((encoded.tag, encoded.schema), (tag, schema));
    let stem = format!("{tag:03}-{schema}-{name}");
    fs::write(folder().join(format!("{stem}.hex")), to_hex(&encoded.body)).unwrap();
    fs::write(folder().join(format!("{stem}.txt")), format!("{event:#?}\n")).unwrap();
}

#[test]
fn every_shape_has_a_sample_that_means_what_it_meant() {
    for (tag, schema, name) in SHAPES {
        let stem = format!("{tag:03}-{schema}-{name}");
        let file = folder().join(format!("{stem}.hex"));
        if !file.exists() && std::env::var_os("GATEFOLD_BLESS").is_some() {
            bless(*tag, *schema, name);
        }
        let Ok(hex) = fs::read_to_string(&file) else {
            panic!("golden/{stem}.hex is missing: run the test once with GATEFOLD_BLESS=1");
        };
        let body = from_hex(&hex);
        let event = codec::decode(*tag, *schema, &body)
            .unwrap_or_else(|error| panic!("golden/{stem}.hex does not decode any more: {error}"));
        let wanted = fs::read_to_string(folder().join(format!("{stem}.txt"))).unwrap();
        assert_eq!(format!("{event:#?}\n"), wanted, "golden/{stem} means something else now");
        assert_eq!(codec::name(&event), *name);
        assert_eq!(codec::encode(&event).unwrap().body, body);
    }
}

/// The stored sample of a shape.
pub(crate) fn stored(tag: u16, schema: u16, name: &str) -> Vec<u8> {
    let file = folder().join(format!("{tag:03}-{schema}-{name}.hex"));
    from_hex(&fs::read_to_string(file).unwrap())
}

/// The stored samples of today's versions with their tags and versions.
pub(crate) fn samples() -> impl Iterator<Item = (u16, u16, Vec<u8>)> {
    SHAPES.iter().map(|(tag, schema, name)| (*tag, *schema, stored(*tag, *schema, name)))
}

/// What a version gained, as it stands in an event of the version before: not recorded.
const GAINED: [(u16, u16, &str); 1] = [(31, 1, "                source: None,\n")];

/// A sample of a shape that the codec forgot would be history that cannot be read, and one that
/// says more than it did would be history that was made up.
#[test]
fn every_sample_of_every_version_means_what_it_meant() {
    let (mut samples, mut old) = (0, 0);
    for file in fs::read_dir(folder()).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|it| it == "hex") {
            let stem = path.file_stem().unwrap().to_str().unwrap().to_string();
            let mut parts = stem.split('-');
            let mut number = || parts.next().unwrap().parse::<u16>().unwrap();
            let (tag, schema) = (number(), number());
            let body = from_hex(&fs::read_to_string(&path).unwrap());
            let event = codec::decode(tag, schema, &body);
            let event = event.unwrap_or_else(|error| panic!("{stem}: {error}"));
            let mut found = format!("{event:#?}\n");
            for (_, _, gained) in GAINED.iter().filter(|it| (it.0, it.1) == (tag, schema)) {
                assert!(found.contains(gained), "{stem}");
                found = found.replace(gained, "");
            }
            assert_eq!(found, fs::read_to_string(path.with_extension("txt")).unwrap(), "{stem}");
            samples += 1;
            old += usize::from(codec::encode(&event).unwrap().schema != schema);
        }
    }
    assert_eq!((samples - old, old), (SHAPES.len(), 4), "today's samples, and older ones");
}

#[test]
fn every_tag_is_written_once() {
    let mut tags: Vec<u16> = SHAPES.iter().map(|(tag, _, _)| *tag).collect();
    tags.sort_unstable();
    tags.dedup();
    assert_eq!(tags.len(), SHAPES.len());
    assert_eq!(SHAPES.len(), KINDS, "samples.rs makes every kind");
}

proptest! {
    #[test]
    fn every_event_comes_back_as_it_was(seed: u64, kind in 0..KINDS) {
        for verdicts in verdicts_once() {
            let event = Gen::new(seed).event(kind, *verdicts);
            let encoded = codec::encode(&event).unwrap();
            let back = codec::decode(encoded.tag, encoded.schema, &encoded.body);
            prop_assert_eq!(back, Ok(event));
        }
    }

    /// What is cut, lengthened or changed is refused, or it is exactly another event.
    #[test]
    fn damaged_bytes_are_refused(seed: u64, kind in 0..KINDS, place: usize, flip in 1_u8..) {
        let event = Gen::new(seed).event(kind, verdicts_once()[1]);
        let encoded = codec::encode(&event).unwrap();
        let (tag, schema, body) = (encoded.tag, encoded.schema, encoded.body);
        let cut = place % body.len();
        prop_assert!(codec::decode(tag, schema, &body[..cut]).is_err(), "cut at {}", cut);
        let mut longer = body.clone();
        longer.push(flip);
        prop_assert!(codec::decode(tag, schema, &longer).is_err(), "one byte more");
        let mut changed = body.clone();
        changed[cut] ^= flip;
        match codec::decode(tag, schema, &changed) {
            Ok(other) => {
                prop_assert_ne!(&other, &event);
                prop_assert_eq!(codec::encode(&other).unwrap().body, changed);
            }
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }

    #[test]
    fn foreign_bytes_never_panic(
        tag in 0_u16..80,
        schema in 0_u16..3,
        body in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        if let Ok(event) = codec::decode(tag, schema, &body) {
            let again = codec::encode(&event).unwrap();
            if again.schema == schema {
                prop_assert_eq!((again.tag, again.body), (tag, body));
            } else {
                prop_assert!(again.schema > schema);
                prop_assert_eq!(codec::decode(again.tag, again.schema, &again.body), Ok(event));
            }
        }
    }
}

pub(crate) fn verdicts_once() -> &'static [Verdicts] {
    static ONCE: std::sync::LazyLock<Vec<Verdicts>> = std::sync::LazyLock::new(verdicts);
    &ONCE
}
