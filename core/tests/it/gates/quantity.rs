//! More never passes where less is refused, and headroom is the exact inverse of the gates, on any
//! account, market and limits.

use gatefold_core::decide::{Gates, Outcome, Verdicts};
use gatefold_core::vocabulary::Quantity;
use proptest::prelude::*;
use proptest::sample::select;

use super::desk::Desk;

const INSTRUMENTS: [&str; 4] = ["AA", "BB", "AA260320C00010000", "AA260320P00010000"];
const STATES: [&str; 9] = [
    "Approved",
    "Unknown",
    "Accepted",
    "part-1",
    "PendingCancel",
    "Canceled",
    "Rejected",
    "Absent",
    "Filled",
];

/// One thing that happened. Other orders are another strategy's, since a duplicate of an order is
/// the one thing that a larger quantity is not.
fn happened() -> impl Strategy<Value = String> {
    let what = select(&INSTRUMENTS[..]);
    let order = (
        select(&STATES[..]),
        select(&["buy", "sell", "short", "cover"][..]),
        2_u32..40,
        what.clone(),
        900_u32..1_100,
    );
    let order = order.prop_map(|(state, side, quantity, what, cents)| {
        let price = price(cents);
        format!("order {state} {side} {quantity} {what} at {price} strategy=other")
    });
    let trade = (select(&["bought", "sold"][..]), 1_u32..120, what.clone(), 900_u32..1_100);
    let trade = trade.prop_map(|(side, quantity, what, cents)| {
        format!("{side} {quantity} {what} at {}", price(cents))
    });
    let mark = (what, 0_u32..3_000);
    let mark = mark.prop_map(|(what, cents)| format!("mark {what} {}", price(cents)));
    let rest = select(
        &[
            "wait 1s",
            "deposit -2000",
            "fee -50",
            "snapshot 20000",
            "found Overfill BB",
            "state EntriesHalted scope=other",
            "state ReduceOnly cause=Mismatch",
        ][..],
    );
    prop_oneof![4 => order, 3 => trade, 2 => mark, 1 => rest.prop_map(String::from)]
}

/// One limit, tight enough to bind.
fn limit() -> impl Strategy<Value = String> {
    let money =
        select(&["max_exposure", "max_order_notional", "max_net_exposure", "max_premium"][..]);
    let share = select(
        &[
            "max_symbol_concentration",
            "max_underlying_concentration",
            "max_exposure_of_equity",
            "max_order_of_equity",
            "max_premium_of_equity",
            "max_drawdown",
        ][..],
    );
    let size = select(&["max_order_shares", "max_order_contracts", "max_positions"][..]);
    prop_oneof![
        (money, 0_u32..40_000).prop_map(|(key, money)| format!("{key}={money}")),
        (share, 0_u32..100).prop_map(|(key, part)| format!("{key}=0.{part:02}")),
        (size, 0_u32..60).prop_map(|(key, count)| format!("{key}={count}")),
        (1_u32..100).prop_map(|part| format!("min_displayed=0.{part:02}")),
        select(&["shorting=allowed", "exposure_basis=Mark", "max_adds=1"][..])
            .prop_map(String::from),
    ]
}

fn quote() -> impl Strategy<Value = String> {
    (950_u32..1_050, 1_u32..20, 1_u32..80).prop_map(|(bid, spread, size)| {
        let (bid, ask) = (price(bid), price(bid + spread));
        format!("quote {bid} {ask} bids={size} asks={size}")
    })
}

/// An account with a past, in words.
fn desk() -> impl Strategy<Value = String> {
    let past = proptest::collection::vec(happened(), 0..8);
    let limits = proptest::collection::vec(limit(), 0..5);
    (1_u32..60_000, past, limits, quote()).prop_map(|(cash, past, limits, quote)| {
        let (past, limits) = (past.join("; "), limits.join(" "));
        format!("account cash={cash}; limits shorting=forbidden {limits}; {past}; {quote}")
    })
}

/// Advice for `N` of something.
fn advice() -> impl Strategy<Value = String> {
    let side = select(&["buy", "sell", "short", "cover"][..]);
    let at = prop_oneof![
        3 => (930_u32..1_080).prop_map(|cents| format!("at {}", price(cents))),
        1 => Just(String::from("market")),
    ];
    (side, select(&INSTRUMENTS[..]), at)
        .prop_map(|(side, what, at)| format!("{side} N {what} {at}"))
}

fn price(cents: u32) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

fn judged(desk: &Desk, advice: &str, quantity: i64) -> Verdicts {
    let line = advice.replacen('N', &quantity.to_string(), 1);
    desk.judge(&line).1
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 512, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn more_never_passes_where_less_is_refused(
        given in desk(),
        advice in advice(),
        less in 1_i64..200,
        added in 1_i64..2_000,
    ) {
        let desk = Desk::told(&given);
        let (small, large) = (judged(&desk, &advice, less), judged(&desk, &advice, less + added));
        for ((card, small), large) in
            Gates::standard().cards().zip(small.iter()).zip(large.iter())
        {
            let loosened = small.outcome == Outcome::Refuse && large.outcome != Outcome::Refuse;
            prop_assert!(
                !loosened,
                "{} refuses {less} and not {added} more: {small:?}, {large:?}",
                card.name
            );
        }
        prop_assert!(small.headline().is_none() || large.headline().is_some());
    }

    #[test]
    fn headroom_passes_and_one_lot_more_is_refused_by_the_gate_it_names(
        given in desk(),
        advice in advice(),
        lot in 1_i64..12,
    ) {
        let desk = Desk::told(&format!("{given}; facts known lot={lot}"));
        let room = desk.headroom(&advice.replacen('N', "1", 1));
        let quantity = room.quantity.nanos() / Quantity::whole(1).nanos();
        prop_assert_eq!(quantity % lot, 0);
        if quantity > 0 {
            let most = judged(&desk, &advice, quantity);
            prop_assert_eq!(most.headline(), None, "{} is said to pass", quantity);
        }
        let (card, verdict) = room.binding.expect("some gate binds in the end");
        let more = judged(&desk, &advice, quantity + lot);
        let (place, headline) = more.headline().expect("one lot more is refused");
        let named = Gates::standard().cards().nth(place).map(|card| card.name);
        prop_assert_eq!(named, Some(card.name));
        prop_assert_eq!(headline, verdict);
    }
}

/// The desks of these properties are worth asking: most gates that look at quantity do bind.
#[test]
fn the_desks_bind_many_gates() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut bound = std::collections::BTreeSet::new();
    for _ in 0..400 {
        let given = desk().new_tree(&mut runner).unwrap().current();
        let advice = advice().new_tree(&mut runner).unwrap().current();
        let room = Desk::told(&given).headroom(&advice.replacen('N', "1", 1));
        if !room.quantity.is_zero() {
            bound.extend(room.binding.map(|(card, _)| card.name));
        }
    }
    for gate in [
        "uncovered",
        "liquidity",
        "option-premium",
        "order-quantity",
        "order-notional",
        "gross-exposure",
        "symbol-concentration",
        "underlying-concentration",
        "buying-power",
        "closable-quantity",
    ] {
        assert!(bound.contains(gate), "{gate} never binds, of {bound:?}");
    }
}

/// A duplicate of one size says nothing of another.
#[test]
fn a_duplicate_does_not_take_the_headroom() {
    let desk = Desk::told("limits max_order_shares=50; order Unknown buy 1 AA at 10");
    let room = desk.headroom("buy 1 AA at 10");
    assert_eq!(room.quantity, Quantity::whole(50));
    let binding = room.binding.map(|(card, _)| card.name);
    assert_eq!(binding, Some("order-quantity"));
}
