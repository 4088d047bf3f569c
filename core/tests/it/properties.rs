//! What holds in every history: limits, isolation, one order per recommendation, nothing lost, and
//! that any part of a log folds to what it was.
//!
//! After every move `World::check` has compared the live state with a replayed one, the totals with
//! a slow recount, and the cash with the books.

use std::collections::BTreeMap;

use gatefold_core::decide::{Gates, evolve};
use gatefold_core::engine::Engine;
use gatefold_core::record::{Event, Log, Stream, codec};
use gatefold_core::settle::CostMethod;
use gatefold_core::vocabulary::{AccountId, Calendar};
use proptest::prelude::*;

use crate::harness::chaos::{Chaos, Move, Rules, limits};
use crate::harness::samples::Gen;
use crate::harness::story;
use crate::snapshots::{Shelf, same};

fn moves(most: usize) -> impl Strategy<Value = Vec<Move>> {
    proptest::collection::vec(any::<Move>(), 1..most)
}

fn cost() -> impl Strategy<Value = CostMethod> {
    proptest::sample::select(CostMethod::ALL)
}

fn assert_limits_hold(chaos: &Chaos) {
    let limits = limits();
    for account in chaos.world.engine.accounts() {
        let totals = account.totals();
        assert!(totals.counted <= limits.max_positions, "{} positions", totals.counted);
        assert!(totals.gross <= limits.max_exposure, "exposure {}", totals.gross);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the broker tells, doubled, late, lost and asked for again, in any order, and
    /// however
    /// often the process dies: open and in-flight exposure and count stay within the limits.
    #[test]
    fn limits_hold(history in moves(90), cost in cost()) {
        let rules = Rules { facts: false, late: false, crashes: true };
        let mut chaos = Chaos::new(rules, None, cost);
        for step in history {
            chaos.play(step);
            assert_limits_hold(&chaos);
        }
    }

    /// When everything has been told, what is held is what the broker executed, and no
    /// recommendation was ever traded twice.
    #[test]
    fn nothing_is_lost_and_nothing_is_traded_twice(history in moves(90)) {
        let rules = Rules { facts: false, late: true, crashes: true };
        let mut chaos = Chaos::new(rules, None, CostMethod::Average);
        for step in history {
            chaos.play(step);
        }
        chaos.settle();
        for account in chaos.accounts.clone() {
            let books = chaos.world.account(&account).books();
            let held = books.map(|(it, book)| (*it, book.position().net().nanos()));
            let held: BTreeMap<_, _> =
                held.filter(|(_, net)| *net != 0).collect();
            prop_assert_eq!(held, chaos.executed(&account), "held by {}", account);
            for (advice, orders) in chaos.taken(&account) {
                prop_assert!(orders <= 1, "{} orders for {}", orders, advice);
            }
            let working = chaos.world.account(&account).orders().count();
            prop_assert_eq!(working, 0, "orders of unknown fate are left");
        }
    }

    /// The same with trades and money that are not ours: no history breaks the books.
    #[test]
    fn facts_of_any_kind_fold(history in moves(90), cost in cost()) {
        let rules = Rules { facts: true, late: true, crashes: true };
        let mut chaos = Chaos::new(rules, None, cost);
        for step in history {
            chaos.play(step);
        }
    }

    /// What happens to one account changes no byte of another's stream.
    #[test]
    fn foreign_events_change_no_verdict(history in moves(60)) {
        let rules = Rules { facts: true, late: true, crashes: true };
        let one = AccountId::new("one").unwrap();
        let mut beside = Chaos::new(rules, None, CostMethod::Average);
        let mut alone = Chaos::new(rules, Some(one), CostMethod::Average);
        for step in history {
            beside.play(step);
            alone.play(step);
        }
        prop_assert_eq!(stream(&beside, one), stream(&alone, one));
    }

    /// A log folded in two parts is the log folded at once; every prefix folds.
    #[test]
    fn prefix_and_suffix_fold_to_the_whole(history in moves(40), cut: usize) {
        let rules = Rules { facts: true, late: true, crashes: true };
        let mut chaos = Chaos::new(rules, None, CostMethod::Fifo);
        for step in history {
            chaos.play(step);
        }
        let log = &chaos.world.log;
        let cut = cut % (log.len() + 1);
        let replayed = Engine::replay(
            &log.prefix(cut),
            Gates::standard(),
            Calendar::nyse(),
            chaos.world.settings,
        );
        let mut engine = replayed.expect("every prefix folds");
        for (entry, event) in log.events(cut) {
            engine.apply(&entry, &event).expect("and the rest after it");
        }
        for (whole, parts) in chaos.world.engine.accounts().zip(engine.accounts()) {
            prop_assert_eq!(whole.state_hash(), parts.state_hash());
        }
        prop_assert_eq!(engine.last_at(), chaos.world.engine.last_at());
        prop_assert_eq!(log.head().get(), u64::try_from(log.len()).unwrap());
    }

    /// An engine that starts from snapshots of any moment is the one that folds everything.
    #[test]
    fn snapshots_change_no_answer(history in moves(40), cut: usize, cost in cost()) {
        let rules = Rules { facts: true, late: true, crashes: true };
        let mut chaos = Chaos::new(rules, None, cost);
        for step in history {
            chaos.play(step);
        }
        let log = &chaos.world.log;
        let cut = cut % (log.len() + 1);
        let mut shelf = Shelf::of(&log.prefix(cut), chaos.world.settings);
        let (engine, after) = shelf.restore(log, chaos.world.settings);
        prop_assert_eq!(shelf.refused, Vec::<String>::new());
        prop_assert_eq!(after.get(), u64::try_from(cut).unwrap());
        same(&engine, &chaos.world.engine);
    }
}

/// Every byte of an account's stream: version, time, id, tag and body.
fn stream(chaos: &Chaos, account: AccountId) -> Vec<String> {
    let events = chaos.world.log.events(0);
    let own = events.filter(|(entry, _)| entry.stream == Stream::Account(account));
    own.map(|(it, _)| format!("{} {} {} {} {:02x?}", it.version, it.at, it.id, it.tag, it.body))
        .collect()
}

/// Histories in which nothing happens would hold everything: in these, everything does happen.
#[test]
fn histories_are_eventful() {
    let mut seen: BTreeMap<&'static str, usize> = BTreeMap::new();
    for seed in 0..40 {
        let mut random = Gen::new(seed);
        let rules = Rules { facts: true, late: true, crashes: true };
        let mut chaos = Chaos::new(rules, None, CostMethod::Average);
        for _ in 0..120 {
            let [what, which, how, much, ..] = random.bits().to_le_bytes();
            chaos.play((what, which, how, much));
        }
        for (_, event) in chaos.world.log.events(0) {
            *seen.entry(codec::name(&event)).or_default() += 1;
            if let Event::OrderChanged(it) = event {
                *seen.entry(it.state.name()).or_default() += 1;
            }
        }
    }
    let wanted = [
        "IntentApproved",
        "IntentRefused",
        "IntentDeferred",
        "ExecutionBooked",
        "MarksObserved",
        "SnapshotTaken",
        "FindingRecorded",
        "ExitPlanSet",
        "ExitTriggered",
        "ClosePlanned",
        "LookUpMissed",
        "CancelRefused",
        "CashMoved",
        "Unknown",
        "Accepted",
        "PendingCancel",
        "Canceled",
        "Expired",
        "Rejected",
        "Absent",
    ];
    for name in wanted {
        assert!(seen.get(name).is_some_and(|count| *count >= 5), "{name} in {seen:?}");
    }
}

/// The fold books a fill once, even where the engine would let it through twice.
#[test]
fn an_execution_folds_once() {
    let told = "account main\n quote AA 10 10.01\n broker fills\n advise a buy 5 AA at 10";
    let world = story::told(told);
    let mut account = world.account(&AccountId::new("main").unwrap()).clone();
    let before = (account.cash(), *account.totals(), account.fees());
    let booked = world.log.events(0).find(|(_, it)| codec::name(it) == "ExecutionBooked");
    let (entry, event) = booked.expect("it was filled");
    evolve(&mut account, &event, entry.at);
    assert_eq!(before, (account.cash(), *account.totals(), account.fees()));
}
