//! The incident must never happen again: its recommendations are decided as `expected.toml` says,
//! in
//! all three variants, and a death at any moment changes nothing of that.

use std::collections::BTreeMap;

use gatefold_core::advise::{Arrival, Effect, ExitTerms, Hours, Life, OrderPrice, Recommendation};
use gatefold_core::advise::{Source, TimeInForce};
use gatefold_core::decide::{Account, Limits};
use gatefold_core::engine::{Input, Opening, Settings};
use gatefold_core::record::event::{Link, Mode};
use gatefold_core::route::LookUp;
use gatefold_core::settle::CostMethod;
use gatefold_core::vocabulary::{
    AccountId, Actor, Instrument, Money, Price, RecommendationId, Side, StrategyId, Timestamp,
};

use crate::harness::words::decision;
use crate::harness::{Policy, World};

const RECOMMENDATIONS: &str = include_str!("data/incident/recommendations.jsonl");
const QUOTES: &str = include_str!("data/incident/quotes.csv");
const EXPECTED: &str = include_str!("data/incident/expected.toml");

/// Reads one line of flat JSON whose values are all strings.
fn fields(line: &str) -> BTreeMap<&str, &str> {
    let words: Vec<&str> = line.split('"').skip(1).step_by(2).collect();
    words.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect()
}

fn recommendation(line: &str) -> Recommendation {
    let of = fields(line);
    assert_eq!(of["action"], "buy_to_open");
    let advice = Recommendation {
        id: RecommendationId::new(of["recommendation_id"]).unwrap(),
        account: AccountId::new(of["account"]).unwrap(),
        strategy: StrategyId::new(of["strategy"]).unwrap(),
        source: Source::External,
        instrument: Instrument::parse(of["symbol"]).unwrap(),
        side: Side::Buy,
        effect: Effect::Open,
        quantity: of["quantity"].parse().unwrap(),
        price: OrderPrice::Limit(of["limit_price"].parse().unwrap()),
        time_in_force: TimeInForce::Day,
        hours: Hours::Regular,
        confidence: Some(of["confidence"].parse().unwrap()),
        model: None,
        reference_price: None,
        exits: ExitTerms {
            stop: Some(of["stop_price"].parse().unwrap()),
            target: Some(of["target_price"].parse().unwrap()),
            ..ExitTerms::default()
        },
        created_at: of["created_at"].parse().unwrap(),
        valid_until: None,
    };
    advice.checked().unwrap()
}

fn advice() -> Vec<Recommendation> {
    RECOMMENDATIONS.lines().map(recommendation).collect()
}

/// One table of `expected.toml`, its keys in order.
fn expected(table: &str) -> BTreeMap<&'static str, &'static str> {
    let head = format!("[{table}]");
    let lines = EXPECTED.lines().skip_while(|line| line.trim() != head).skip(1);
    let pairs = lines
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split('#').next().and_then(|line| line.split_once('=')));
    pairs.map(|(key, value)| (key.trim(), value.trim())).collect()
}

fn tickers(list: Option<&&str>) -> Vec<String> {
    let list = list.map_or("", |list| list.trim_matches(['[', ']']));
    list.split(',')
        .map(|it| it.trim().trim_matches('"').to_string())
        .filter(|it| !it.is_empty())
        .collect()
}

/// What is decided besides the values of `expected.toml`, as the README beside it says.
fn opening(table: &str) -> Opening {
    let of = expected(table);
    let money = |key: &str| -> Money { of[key].parse().unwrap() };
    let positions = of["max_positions"].parse().unwrap();
    let exposure = money("max_exposure");
    let limits = Limits::with(positions, exposure, Money::dollars(17_100), Money::dollars(2_000));
    Opening {
        account: AccountId::new(table.split('_').next().unwrap()).unwrap(),
        mode: Mode::Simulated,
        cash: money("buying_power"),
        cost_method: CostMethod::Average,
        limits: limits.checked().unwrap(),
        actor: Actor::new("configuration").unwrap(),
        reason: "the incident".into(),
    }
}

fn begin(tables: &[&str]) -> World {
    let start: Timestamp = "2026-02-03T17:29:00Z".parse().unwrap();
    let mut world = World::new(start, Settings::simulated());
    world.policy = Policy::Fills;
    world.quotes_flow = false;
    for table in tables {
        let opening = opening(table);
        let account = opening.account;
        world.feed(Input::Open(opening));
        world.link(account, Link::Up);
    }
    world.feed(Input::Tick);
    world
}

/// The market and the clock as they were when advice arrived.
fn at(world: &mut World, advice: &Recommendation) {
    world.now = advice.created_at;
    for line in QUOTES.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let quoted: Timestamp = cells[0].parse().unwrap();
        if quoted <= world.now {
            let price = |cell: &str| -> Price { cell.parse().unwrap() };
            let instrument = Instrument::parse(cells[1]).unwrap();
            world.market.set(instrument, price(cells[2]), price(cells[4]), quoted);
        }
    }
    world.feed(Input::Tick);
}

fn arrive(world: &mut World, advice: Recommendation) {
    at(world, &advice);
    world.feed(Input::Arrival(Arrival::Recommendation(advice)));
}

/// Tickers of an account by what was decided in the end, in order of advice.
fn outcome(world: &World, account: &AccountId) -> BTreeMap<String, Vec<String>> {
    let mut by_advice: BTreeMap<String, (String, String)> = BTreeMap::new();
    for (_, event) in world.log.events(0) {
        let Some((id, word, judgement)) = decision(&event) else {
            continue;
        };
        let headline = judgement.verdicts.headline();
        let card = headline.and_then(|(place, _)| world.engine.gates().cards().nth(place));
        let gate = card.map_or(word, |card| card.name).to_string();
        let of = advice().into_iter().find(|it| it.id == id).unwrap();
        if of.account == *account {
            let ticker = of.instrument.underlying().to_string();
            by_advice.insert(id.to_string(), (gate, ticker));
        }
    }
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (gate, ticker) in by_advice.into_values() {
        all.entry(gate).or_default().push(ticker);
    }
    all
}

fn compare(world: &World, table: &str) {
    let of = expected(table);
    let id = AccountId::new(table.split('_').next().unwrap()).unwrap();
    let mut wanted = BTreeMap::new();
    let names = [
        ("approved", "approved"),
        ("skipped_by_max_exposure", "gross-exposure"),
        ("skipped_by_max_positions", "max-positions"),
        ("skipped_by_buying_power", "buying-power"),
    ];
    for (key, gate) in names {
        let list = tickers(of.get(key));
        if !list.is_empty() {
            wanted.insert(gate.to_string(), list);
        }
    }
    assert_eq!(outcome(world, &id), wanted, "decisions of {table}");
    let account = world.account(&id);
    let open = account.books().filter(|(_, book)| !book.position().net().is_zero()).count();
    assert_eq!(open.to_string(), of["open_positions_after"], "open positions of {table}");
    let exposure: Money = of["exposure_after"].parse().unwrap();
    assert_eq!(account.totals().gross, exposure, "exposure of {table}");
    assert_eq!(account.orders().count(), 0);
    for recommendation in advice().iter().filter(|it| it.account == id) {
        let life = account.advice(&recommendation.id).unwrap().life;
        assert!(matches!(life, Life::Executed | Life::Refused), "{}: {life}", recommendation.id);
    }
}

#[test]
fn two_accounts_decide_as_expected() {
    let mut world = begin(&["large", "tiny"]);
    for advice in advice() {
        arrive(&mut world, advice);
    }
    compare(&world, "large");
    compare(&world, "tiny");
    assert!(world.alerts.is_empty(), "{:?}", world.alerts);
}

#[test]
fn only_the_count_binds_when_exposure_is_raised() {
    let mut world = begin(&["large_count_only"]);
    for advice in advice().into_iter().filter(|it| it.account.as_str() == "large") {
        arrive(&mut world, advice);
    }
    compare(&world, "large_count_only");
}

/// Everything arrives again from the start, as a file does after a restart.
fn arrive_again(world: &mut World, all: &[Recommendation]) {
    let now = world.now;
    for advice in all {
        world.feed(Input::Arrival(Arrival::Recommendation(*advice)));
    }
    assert_eq!(world.now, now);
}

#[test]
fn a_restart_after_any_recommendation_ends_the_same() {
    let all = advice();
    let mut unkilled = begin(&["large", "tiny"]);
    for advice in &all {
        arrive(&mut unkilled, *advice);
    }
    for killed_after in 0..=all.len() {
        let mut world = begin(&["large", "tiny"]);
        for advice in &all[..killed_after] {
            arrive(&mut world, *advice);
        }
        world.crash();
        arrive_again(&mut world, &all[..killed_after]);
        for advice in &all[killed_after..] {
            arrive(&mut world, *advice);
        }
        compare(&world, "large");
        compare(&world, "tiny");
        for (live, other) in world.engine.accounts().zip(unkilled.engine.accounts()) {
            assert!(live.books().eq(other.books()), "killed after {killed_after}");
            assert_eq!(live.cash(), other.cash(), "killed after {killed_after}");
            assert_eq!(live.totals(), other.totals(), "killed after {killed_after}");
            let lives = |account: &Account| -> Vec<_> {
                account.all_advice().map(|(id, advice)| (*id, advice.life)).collect()
            };
            assert_eq!(lives(live), lives(other), "killed after {killed_after}");
        }
        assert_eq!(world.sent, unkilled.sent, "killed after {killed_after}");
    }
}

#[test]
fn a_death_between_the_log_and_the_broker_ends_the_same() {
    let all = advice();
    for killed_at in 0..all.len() {
        let mut world = begin(&["large", "tiny"]);
        for (place, advice) in all.iter().enumerate() {
            if place != killed_at {
                arrive(&mut world, *advice);
                continue;
            }
            at(&mut world, advice);
            world.feed_and_die(Input::Arrival(Arrival::Recommendation(*advice)));
            world.crash();
            for lost in world.lost() {
                world.feed(Input::LookedUp {
                    account: lost.0,
                    key: lost.1,
                    answer: LookUp::Missing,
                });
            }
            arrive_again(&mut world, &all[..=place]);
        }
        compare(&world, "large");
        compare(&world, "tiny");
        let large = AccountId::new("large").unwrap();
        let executed: Vec<_> = world.sent.iter().filter(|it| it.account == large).collect();
        assert_eq!(executed.len(), 2, "killed at {killed_at}: each order reached the broker once");
    }
}
