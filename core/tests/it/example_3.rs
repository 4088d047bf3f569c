//! Two dispatchers at one version, one slot left: both get their permits, the first append wins,
//! the
//! second fails and decides again.

use gatefold_core::advise::{Arrival, Life};
use gatefold_core::decide::Gates;
use gatefold_core::engine::{Engine, Input, Step};
use gatefold_core::record::{AppendError, CommitError, Epoch, Event, Writer};
use gatefold_core::vocabulary::{AccountId, Calendar, RecommendationId};

use crate::harness::World;
use crate::harness::story;
use crate::harness::words::{Words, advice};

fn engine(world: &World) -> Engine {
    let (gates, calendar) = (Gates::standard(), Calendar::nyse());
    Engine::replay(&world.log, gates, calendar, world.settings).expect("the log folds")
}

fn advise(engine: &mut Engine, world: &World, line: &str) -> Step {
    let main = AccountId::new("main").unwrap();
    let advice = advice(&mut Words::of(line), main, world.now);
    engine.step(Input::Arrival(Arrival::Recommendation(advice)), world.now, &world.market)
}

fn approves(step: &Step) -> bool {
    let events = step.batches.iter().flat_map(|batch| batch.events());
    events.into_iter().any(|event| matches!(event, Event::IntentApproved(_)))
}

#[test]
fn the_second_append_decides_again() {
    let mut world = story::told(
        "account main max_positions=2
         quote AA 10 10.01
         quote BB 10 10.01
         quote CC 10 10.01
         broker fills
         advise a buy 1 AA at 10",
    );
    let (mut first, mut second) = (engine(&world), engine(&world));
    let mut one = advise(&mut first, &world, "b buy 1 BB at 10");
    let mut other = advise(&mut second, &world, "c buy 1 CC at 10");
    assert!(approves(&one), "there is one slot left");
    assert!(approves(&other), "and both see it");
    let mut writer = Writer::new(Epoch::new(1));
    let durable = writer.commit(&mut world.log, one.batches.remove(0)).expect("the first wins");
    let released = first.step(Input::Durable(durable), world.now, &world.market);
    assert_eq!(released.effects.len(), 1);
    let lost = writer.commit(&mut world.log, other.batches.remove(0));
    let stale = matches!(lost, Err(CommitError::Append(AppendError::WrongExpected { .. })));
    assert!(stale, "{lost:?}");
    // It drops its memory, folds what is new and decides again.
    let mut second = engine(&world);
    let again = advise(&mut second, &world, "c buy 1 CC at 10");
    assert!(!approves(&again), "the slot is taken");
    let main = AccountId::new("main").unwrap();
    let id = RecommendationId::new("c").unwrap();
    let account = second.account(&main).unwrap();
    assert_eq!(account.advice(&id).map(|advice| advice.life), Some(Life::Refused));
    assert_eq!(account.totals().counted, 2);
}
