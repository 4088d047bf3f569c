//! Snapshots: what is kept comes back, what does not fit is left aside, and the bytes of a state do
//! not change in silence.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use gatefold_core::decide::{Account, Gates, evolve};
use gatefold_core::engine::{Engine, Settings};
use gatefold_core::record::snapshot::{REDUCER, Snapshot, SnapshotError, SnapshotStore};
use gatefold_core::record::{Log, Position, Stream, Version};
use gatefold_core::vocabulary::{AccountId, Calendar, Timestamp};
use proptest::prelude::*;

use crate::harness::World;
use crate::harness::log::MemoryLog;
use crate::harness::samples::{Gen, KINDS};
use crate::harness::story;
use crate::harness::words::decision;

/// Snapshots in memory.
pub(crate) struct Shelf {
    pub(crate) kept: Vec<Snapshot>,
    pub(crate) refused: Vec<String>,
}

impl Shelf {
    /// Those of the engine that a log makes.
    pub(crate) fn of(log: &MemoryLog, settings: Settings) -> Self {
        let engine = Engine::replay(log, Gates::standard(), Calendar::nyse(), settings);
        let kept = engine.unwrap().snapshots(log.head()).unwrap();
        Self { kept, refused: Vec::new() }
    }

    pub(crate) fn restore(&mut self, log: &MemoryLog, settings: Settings) -> (Engine, Position) {
        Engine::restore(log, self, Gates::standard(), Calendar::nyse(), settings).unwrap()
    }
}

impl SnapshotStore for Shelf {
    fn offer(
        &mut self,
        stream: &Stream,
        accept: &mut dyn FnMut(&Snapshot) -> Result<(), SnapshotError>,
    ) {
        for snapshot in self.kept.iter().filter(|it| it.stream == *stream) {
            match accept(snapshot) {
                Ok(()) => return,
                Err(error) => self.refused.push(error.to_string()),
            }
        }
    }
}

/// Two engines that answer alike.
pub(crate) fn same(one: &Engine, other: &Engine) {
    let (ones, others): (Vec<_>, Vec<_>) = (one.accounts().collect(), other.accounts().collect());
    assert_eq!(ones, others);
    for (one, other) in ones.iter().zip(others) {
        assert_eq!(one.state_hash(), other.state_hash());
    }
    assert_eq!(one.system(), other.system());
    assert_eq!(one.last_at(), other.last_at());
}

fn told() -> World {
    story::told(
        "account main max_positions=2
         account other
         quote AA 10 10.01
         broker fills
         advise a buy 1 AA at 10
         advise b buy 2 AA at 99
         advise c sell 1 AA at 10
         broker accepts
         advise d buy 1 AA at 10",
    )
}

/// Everything that can happen, happens to it; the same for ever by its seeds.
fn sample() -> Account {
    let world = told();
    let main = AccountId::new("main").unwrap();
    let judged = world
        .log
        .events(0)
        .find_map(|(_, event)| decision(&event).map(|(_, _, judgement)| judgement.verdicts));
    let mut account = world.account(&main).clone();
    for (seed, kind) in (0..8).flat_map(|seed| (0..KINDS).map(move |kind| (seed, kind))) {
        let event = Gen::new(seed).event(kind, judged.unwrap());
        let at = Timestamp::from_nanos(i64::try_from(seed).unwrap() * 1_000_000_000);
        evolve(&mut account, &event, at);
    }
    account
}

/// What a state looks like: its digest, its length, and its bytes.
fn look(account: &Account) -> String {
    let bytes = account.to_bytes().unwrap();
    let mut text = format!("{}\n{} bytes\n", account.state_hash(), bytes.len());
    for line in bytes.chunks(32) {
        line.iter().for_each(|byte| write!(text, "{byte:02x}").unwrap());
        text.push('\n');
    }
    text
}

#[test]
fn the_bytes_of_a_state_change_only_with_the_reducers_version() {
    let file = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/golden_states"))
        .join(format!("{}.txt", REDUCER.version));
    let now = look(&sample());
    if !file.exists() && std::env::var_os("GATEFOLD_BLESS").is_some() {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, &now).unwrap();
    }
    let kept = fs::read_to_string(&file)
        .unwrap_or_else(|_| panic!("{file:?} is missing: run the test once with GATEFOLD_BLESS=1"));
    assert!(
        now == kept,
        "the same events make another state, or it is written in another way: raise the version \
         of REDUCER in core/src/record/snapshot.rs and run this test with GATEFOLD_BLESS=1; \
         {} became {}",
        kept.lines().next().unwrap_or_default(),
        now.lines().next().unwrap_or_default()
    );
}

#[test]
fn a_state_of_everything_comes_back() {
    let account = sample();
    let back = Account::from_bytes(&account.to_bytes().unwrap()).unwrap();
    assert_eq!(back, account);
    assert_eq!(back.state_hash(), account.state_hash());
}

#[test]
fn what_does_not_fit_is_left_aside_and_everything_is_folded() {
    let world = told();
    let log = &world.log;
    let other = Stream::Account(AccountId::new("other").unwrap());
    let spoiled = |spoil: &dyn Fn(&mut Snapshot), stream: Stream| {
        let mut shelf = Shelf::of(log, world.settings);
        let place = shelf.kept.iter().position(|it| it.stream == stream).unwrap();
        spoil(&mut shelf.kept[place]);
        let (engine, after) = shelf.restore(log, world.settings);
        same(&engine, &world.engine);
        assert_eq!(after, Position::ZERO, "everything was folded");
        assert_eq!(shelf.refused.len(), 1, "{:?}", shelf.refused);
        shelf.refused.remove(0)
    };
    for stream in [Stream::System, other] {
        let text = spoiled(&|it| it.reducer.version += 1, stream);
        assert!(text.contains("gfld version 3"), "{text}");
        let text = spoiled(&|it| it.position = it.position.next(), stream);
        assert!(text.contains("the log ends at position"), "{text}");
        let text = spoiled(&|it| it.version = it.version.next(), stream);
        assert!(text.contains("it says that it is"), "{text}");
        let text = spoiled(&|it| it.bytes.push(0), stream);
        assert!(text.contains("cannot be read"), "{text}");
        let text = spoiled(&|it| it.bytes.truncate(7), stream);
        assert!(text.contains("cannot be read"), "{text}");
    }
}

#[test]
fn one_that_is_missing_costs_only_time() {
    let world = told();
    let count = Shelf::of(&world.log, world.settings).kept.len();
    assert_eq!(count, 3, "the system stream and two accounts");
    for missing in 0..count {
        let mut shelf = Shelf::of(&world.log, world.settings);
        shelf.kept.remove(missing);
        let (engine, after) = shelf.restore(&world.log, world.settings);
        same(&engine, &world.engine);
        assert_eq!(after, Position::ZERO);
    }
}

/// Snapshots of different moments: an older one of one stream, a newer one of another.
#[test]
fn snapshots_of_different_moments_go_together() {
    let world = told();
    let len = world.log.len();
    let newest = Shelf::of(&world.log, world.settings);
    for cut in 2..len {
        let older = Shelf::of(&world.log.prefix(cut), world.settings);
        for part in 0..older.kept.len() {
            let mut kept = newest.kept.clone();
            let stream = older.kept[part].stream;
            kept.retain(|it| it.stream != stream);
            kept.push(older.kept[part].clone());
            let mut shelf = Shelf { kept, refused: Vec::new() };
            let (engine, after) = shelf.restore(&world.log, world.settings);
            same(&engine, &world.engine);
            assert_eq!(after, Position::new(u64::try_from(cut).unwrap()), "from the older on");
        }
    }
}

#[test]
fn a_state_at_version_zero_is_that_of_an_empty_log() {
    let world = told();
    let empty = world.log.prefix(0);
    let shelf = Shelf::of(&empty, world.settings);
    assert_eq!(shelf.kept.len(), 1);
    assert_eq!((shelf.kept[0].stream, shelf.kept[0].version), (Stream::System, Version::ZERO));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// What is cut, lengthened or changed is refused, or it is exactly another state.
    #[test]
    fn damaged_states_are_refused(place: usize, flip in 1_u8..) {
        let bytes = kept();
        let cut = place % bytes.len();
        prop_assert!(Account::from_bytes(&bytes[..cut]).is_err(), "cut at {}", cut);
        let mut longer = bytes.to_vec();
        longer.push(flip);
        prop_assert!(Account::from_bytes(&longer).is_err(), "one byte more");
        let mut changed = bytes.to_vec();
        changed[cut] ^= flip;
        if let Ok(other) = Account::from_bytes(&changed) {
            prop_assert_eq!(other.to_bytes().unwrap(), changed);
        }
    }

    #[test]
    fn foreign_bytes_are_no_state(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        prop_assert!(Account::from_bytes(&bytes).is_err());
    }
}

fn kept() -> &'static [u8] {
    static ONCE: std::sync::LazyLock<Vec<u8>> =
        std::sync::LazyLock::new(|| sample().to_bytes().unwrap());
    &ONCE
}
