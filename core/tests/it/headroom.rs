//! Headroom is the inverse of the gates: what it says passes, one lot more is refused by the gate
//! that it names, and nothing else was looked at.

use gatefold_core::advise::Arrival;
use gatefold_core::decide::{Addressed, Market, MarketData, headroom};
use gatefold_core::engine::Input;
use gatefold_core::record::Event;
use gatefold_core::vocabulary::{AccountId, Calendar, Quantity};
use proptest::prelude::*;

use crate::harness::words::{Words, advice, decision};
use crate::harness::{World, story};

/// Whether advice for so much is approved now; the world is changed by asking.
fn approved(world: &mut World, line: &str, quantity: u32, id: &str) -> bool {
    let main = AccountId::new("main").unwrap();
    let line = format!("{id} {}", line.replacen('N', &quantity.to_string(), 1));
    let advice = advice(&mut Words::of(&line), main, world.now);
    world.feed(Input::Arrival(Arrival::Recommendation(advice)));
    let events = world.log.events(0);
    let judged = |event: &Event| decision(event).map(|(of, word, _)| (of, word == "approved"));
    let last = events.filter_map(|(_, event)| judged(&event));
    last.last().is_some_and(|(of, approved)| of == advice.id && approved)
}

fn check(given: &str, line: &str) -> Result<(u32, &'static str), TestCaseError> {
    let main = AccountId::new("main").unwrap();
    let mut world = story::told(given);
    let like = format!("like {}", line.replacen('N', "1", 1));
    let like = advice(&mut Words::of(&like), main, world.now);
    let calendar = Calendar::nyse();
    let market = Market {
        quote: world.market.quote(&like.instrument),
        facts: world.market.facts(&like.instrument),
        calendar: &calendar,
    };
    let addressed = Addressed::to(world.account(&main), &like).expect("it is this account's");
    let room = headroom(&addressed, world.engine.gates(), &market, world.now);
    let lots = u32::try_from(room.quantity.nanos() / Quantity::whole(1).nanos()).unwrap();
    let (card, _) = room.binding.expect("some gate binds");
    prop_assert!(!approved(&mut world, line, lots + 1, "more"), "{} + 1 passes", lots);
    if lots > 0 {
        prop_assert!(approved(&mut world, line, lots, "most"), "{} is refused", lots);
    }
    Ok((lots, card.name))
}

#[test]
fn the_binding_gate_is_named() {
    let given = "account main max_exposure=1000 cash 5000\n quote AA 10 10.01";
    assert_eq!(check(given, "buy N AA at 10").unwrap(), (100, "gross-exposure"));
    let given = "account main cash 500\n quote AA 10 10.01";
    assert_eq!(check(given, "buy N AA at 10").unwrap(), (50, "buying-power"));
    let given = "account main max_order_shares=7\n quote AA 10 10.01";
    assert_eq!(check(given, "buy N AA at 10").unwrap(), (7, "order-quantity"));
    let given = "account main max_positions=0\n quote AA 10 10.01";
    assert_eq!(check(given, "buy N AA at 10").unwrap(), (0, "max-positions"));
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 64, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn what_it_says_passes_and_one_more_does_not(
        cash in 1_u32..50_000,
        exposure in 0_u32..20_000,
        notional in 0_u32..20_000,
        held in 1_u32..50,
        cents in 900_u32..1_100,
    ) {
        let given = format!(
            "account main cash {cash} max_exposure={exposure} max_order_notional={notional}
             quote AA 10 10.01
             quote BB 10 10.01
             broker fills
             advise held buy {held} BB at 10"
        );
        check(&given, &format!("buy N AA at {}.{:02}", cents / 100, cents % 100))?;
    }
}
