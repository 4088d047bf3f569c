//! Advice that waited judged together: no turn causes more than a log takes as one batch.

use gatefold_core::advise::{
    Arrival, Effect, ExitTerms, Hours, Life, OrderPrice, Recommendation, Source, TimeInForce,
};
use gatefold_core::engine::{Input, Opening, Settings};
use gatefold_core::record::event::{Link, LinkChanged, Mode};
use gatefold_core::route::Report;
use gatefold_core::settle::CostMethod;
use gatefold_core::vocabulary::{
    AccountId, Actor, Instrument, Money, Price, Quantity, RecommendationId, Side, StrategyId,
};

use crate::harness::World;
use crate::harness::chaos::limits;

/// Their decisions are more bytes than a batch may have.
const WAITING: usize = 4_000;

#[test]
fn a_long_backlog_is_judged_in_several_turns_and_to_its_end() {
    let mut world = World::new("2026-02-03T15:00:00Z".parse().unwrap(), Settings::default());
    let (account, instrument) = (AccountId::new("one").unwrap(), Instrument::parse("AA").unwrap());
    world.market.set(instrument, Price::cents(1_000), Price::cents(1_002), world.now);
    world.feed(Input::Open(Opening {
        account,
        mode: Mode::Simulated,
        cash: Money::dollars(10_000),
        cost_method: CostMethod::Average,
        limits: limits(),
        actor: Actor::new("test").unwrap(),
        reason: "backlog".into(),
    }));
    // Until the broker is heard of, advice is received and not judged.
    world.engine.await_contact();
    for number in 0..WAITING {
        world.feed_and_die(Input::Arrival(Arrival::Recommendation(Recommendation {
            id: RecommendationId::new(&format!("r{number}")).unwrap(),
            account,
            strategy: StrategyId::new("backlog").unwrap(),
            source: Source::External,
            instrument,
            side: Side::Buy,
            effect: Effect::Open,
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
    let pending = |world: &World| {
        let account = world.account(&account);
        let lives = account.undecided().filter_map(|it| account.advice(&it.id)).map(|it| it.life);
        lives.filter(|life| *life == Life::Pending).count()
    };
    assert_eq!(pending(&world), WAITING);
    let link = LinkChanged { link: Link::Up, evidence: "test".into() };
    world.feed_and_die(Input::Reported { account, report: Report::Link(link) });
    let mut turns = 1;
    while pending(&world) > 0 {
        turns += 1;
        assert!(turns < 10, "{} still wait", pending(&world));
        world.feed_and_die(Input::Tick);
    }
    assert!(turns > 1, "all of it fits into one batch: that shows nothing");
    world.check();
}
