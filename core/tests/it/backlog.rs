//! Much at once in one account: no turn causes more than a log takes as one batch, all of it has
//! its turn, and what closes comes before what opens.

use gatefold_core::advise::{
    Arrival, Effect, ExitTerms, Hours, Life, OrderPrice, Recommendation, Source, TimeInForce,
};
use gatefold_core::engine::{Input, Opening, Settings};
use gatefold_core::record::Event;
use gatefold_core::record::event::{Link, LinkChanged, Mode};
use gatefold_core::route::Report;
use gatefold_core::settle::{CostMethod, Execution};
use gatefold_core::vocabulary::{
    AccountId, Actor, ExecutionId, Instrument, Money, Price, Quantity, RecommendationId, Side,
    Span, StrategyId,
};

use crate::harness::World;
use crate::harness::chaos::limits;

/// Their decisions are more bytes than a batch may have.
const WAITING: usize = 4_000;
/// Their marks are more bytes than an event may have.
const HELD: usize = 1_500;

fn me() -> AccountId {
    AccountId::new("one").unwrap()
}

fn open(at: &str) -> World {
    let mut world = World::new(at.parse().unwrap(), Settings::default());
    world.feed(Input::Open(Opening {
        account: me(),
        mode: Mode::Simulated,
        cash: Money::dollars(10_000),
        cost_method: CostMethod::Average,
        limits: limits(),
        actor: Actor::new("test").unwrap(),
        reason: "backlog".into(),
    }));
    world.link(me(), Link::Up);
    world
}

fn quote(world: &mut World, instrument: Instrument) {
    world.market.set(instrument, Price::cents(1_000), Price::cents(1_002), world.now);
}

/// One share came in that nobody advised.
fn hold(world: &mut World, instrument: Instrument) {
    let execution = Execution {
        id: ExecutionId::new(&format!("held-{instrument}")).unwrap(),
        order: None,
        instrument,
        side: Side::Buy,
        quantity: Quantity::whole(1),
        price: Price::cents(1_000),
        fee: Money::ZERO,
        at: world.now,
    };
    world.feed_and_die(Input::Reported { account: me(), report: Report::Execution(execution) });
}

fn advise(world: &mut World, id: &str, instrument: Instrument, effect: Effect) {
    world.feed_and_die(Input::Arrival(Arrival::Recommendation(Recommendation {
        id: RecommendationId::new(id).unwrap(),
        account: me(),
        strategy: StrategyId::new("backlog").unwrap(),
        source: Source::External,
        instrument,
        side: if effect == Effect::Open { Side::Buy } else { Side::Sell },
        effect,
        quantity: Quantity::whole(1),
        price: OrderPrice::Market,
        time_in_force: TimeInForce::Day,
        hours: Hours::Regular,
        confidence: None,
        model: None,
        reference_price: None,
        exits: ExitTerms::default(),
        created_at: world.now,
        valid_until: None,
    })));
}

/// How many of the advice that is not decided are pending, and how many deferred.
fn undecided(world: &World) -> (usize, usize) {
    let account = world.account(&me());
    let lives: Vec<_> =
        account.undecided().filter_map(|it| account.advice(&it.id)).map(|it| it.life).collect();
    let count = |life| lives.iter().filter(|it| **it == life).count();
    (count(Life::Pending), count(Life::Deferred))
}

#[test]
fn a_long_backlog_is_judged_in_several_turns_and_exits_first() {
    // The market opens in half a minute: the exit waits for that, and entries until the broker is
    // heard of again.
    let mut world = open("2026-02-03T14:29:30Z");
    let instrument = Instrument::parse("AA").unwrap();
    hold(&mut world, instrument);
    world.engine.await_contact();
    for number in 0..WAITING {
        advise(&mut world, &format!("r{number}"), instrument, Effect::Open);
    }
    // The last of all, by time and by name.
    advise(&mut world, "z", instrument, Effect::Close);
    assert_eq!(undecided(&world), (WAITING, 1));
    world.now = world.now.saturating_add(Span::minutes(1));
    quote(&mut world, instrument);
    let exit = RecommendationId::new("z").unwrap();
    let mut turns = 0;
    let link = LinkChanged { link: Link::Up, evidence: "test".into() };
    world.feed_and_die(Input::Reported { account: me(), report: Report::Link(link) });
    while undecided(&world) != (0, 0) {
        let known = world.log.len();
        world.feed_and_die(Input::Tick);
        let is_exit =
            |event: &Event| matches!(event, Event::IntentApproved(it) if it.recommendation == exit);
        let approved = world.log.events(known).any(|(_, event)| is_exit(&event));
        assert_eq!(approved, turns == 0, "the exit goes with the first turn");
        turns += 1;
        assert!(turns < 20, "{:?} still wait", undecided(&world));
    }
    assert!(turns > 1, "all of it fits into one batch: that shows nothing");
    world.check();
}

#[test]
fn the_marks_of_many_positions_are_several_events() {
    let mut world = open("2026-02-03T15:00:00Z");
    for number in 0..HELD {
        let letters: String = [676, 26, 1]
            .map(|place| char::from(b'A' + u8::try_from(number / place % 26).unwrap()))
            .iter()
            .collect();
        let instrument = Instrument::parse(&letters).unwrap();
        hold(&mut world, instrument);
        quote(&mut world, instrument);
    }
    world.wait(Span::minutes(2));
    let known = world.log.len();
    world.feed_and_die(Input::Tick);
    let mut marks = Vec::new();
    for (_, event) in world.log.events(known) {
        if let Event::MarksObserved(it) = event {
            marks.push(it.marks.len());
        }
    }
    assert!(marks.len() > 1 && marks.iter().sum::<usize>() == HELD, "{marks:?}");
}
