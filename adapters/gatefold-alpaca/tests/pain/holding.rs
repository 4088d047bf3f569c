//! What is held, what is owed, and who of several it belongs to: P11 to P13, P21, P23, P24.

use fake_alpaca::{Fault, Rule};
use gatefold_core::decide::TradingState;
use gatefold_core::record::Event;
use gatefold_core::route::OrderState;
use gatefold_core::vocabulary::{Money, StrategyId};
use serde_json::json;

use crate::desk::{Desk, Fake};
use crate::kit::tapped_desk;

const POST: &str = "POST /v2/orders ";

/// The code of the first gate that refused advice for good.
fn refused_by(desk: &Desk, id: &str) -> String {
    let mut code = String::new();
    desk.each_event(|event| {
        if let Event::IntentRefused(it) = event
            && it.recommendation.as_str() == id
        {
            code = format!("{it:?}");
        }
    });
    assert!(!code.is_empty(), "{id} was not refused: {:#?}", desk.events());
    code
}

#[test]
fn p11_shares_that_own_orders_hold_are_freed_on_evidence_and_then_sold() {
    let (mut desk, tap) = tapped_desk(Fake::start(|_| {}), |_| {});
    let bought = desk.trade("r-1", "buy open 10 GOOG 750.50");
    desk.until_order(bought, OrderState::Filled);
    let rests = desk.trade("r-2", "sell close 10 GOOG 760.00");
    desk.until_order(rests, OrderState::Accepted);
    // A sale that the broker would refuse is not even sent.
    desk.trade("r-3", "sell close 4 GOOG 749.00");
    assert!(refused_by(&desk, "r-3").contains("CloseTooLarge"));
    assert_eq!(tap.count(POST), 2);
    desk.close("GOOG", 4);
    assert_eq!((tap.count("DELETE /v2/orders/"), tap.count(POST)), (1, 2), "evidence comes first");
    desk.until_order(rests, OrderState::Canceled);
    desk.until("4 are sold and the rest is protected again", |desk| {
        desk.held("GOOG") == "6" && desk.account().orders().count() == 1
    });
    let statuses: Vec<String> = desk.fake.books()["orders"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["status"].as_str().unwrap().to_owned())
        .collect();
    assert!(!statuses.contains(&"rejected".to_owned()), "{statuses:?}");
    desk.assert_books_agree();
}

#[test]
fn p11_shares_that_a_strangers_order_holds_are_told_with_the_numbers() {
    let (mut desk, tap) = tapped_desk(Fake::start(|_| {}), |_| {});
    let bought = desk.trade("r-1", "buy open 10 GOOG 750.50");
    desk.until_order(bought, OrderState::Filled);
    desk.fake.order_by_hand(&json!({
        "symbol": "GOOG", "qty": "8", "side": "sell", "type": "limit", "limit_price": "760",
        "time_in_force": "day",
    }));
    desk.until("somebody is told of it", |desk| {
        desk.alerts.iter().any(|it| it.contains("orders of others work in this account"))
    });
    let key = desk.trade("r-2", "sell close 10 GOOG 749.00");
    desk.until_order(key, OrderState::Rejected);
    let words = desk.evidence(key);
    assert!(words.starts_with("insufficient-quantity: 403 40310000"), "{words}");
    for number in ["available 2", "existing_qty 10", "held_for_orders 8"] {
        assert!(words.contains(number), "{words}");
    }
    desk.poll_for(std::time::Duration::from_millis(300));
    assert_eq!(tap.count(POST), 2, "it is not tried again and again");
    desk.assert_books_agree();
}

#[test]
fn p12_own_orders_that_could_trade_with_each_other_are_refused_before_they_are_sent() {
    let (mut desk, tap) = tapped_desk(Fake::start(|_| {}), |_| {});
    let bought = desk.trade("r-1", "buy open 10 GOOG 750.50");
    desk.until_order(bought, OrderState::Filled);
    let rests = desk.trade("r-2", "sell close 10 GOOG 752.00");
    desk.until_order(rests, OrderState::Accepted);
    // Of whatever strategy: the broker sees one account.
    let mut other = desk.advice("r-3", "buy open 1 GOOG 753.00");
    other.strategy = StrategyId::new("other").unwrap();
    desk.advise(other);
    assert!(refused_by(&desk, "r-3").contains("SelfCross"));
    assert_eq!(tap.count(POST), 2);
    desk.trade("r-4", "buy open 1 GOOG 751.00");
    assert_eq!(tap.count(POST), 3, "below the sale nothing crosses");
}

#[test]
fn p12_a_strangers_order_that_ours_would_cross_is_named() {
    let mut desk = Desk::open();
    let bought = desk.trade("r-1", "buy open 10 GOOG 750.50");
    desk.until_order(bought, OrderState::Filled);
    desk.fake.order_by_hand(&json!({
        "symbol": "GOOG", "qty": "1", "side": "buy", "type": "limit", "limit_price": "700",
        "time_in_force": "day",
    }));
    let theirs = desk.fake.books()["orders"][1]["id"].as_str().unwrap().to_owned();
    let key = desk.trade("r-2", "sell close 10 GOOG market");
    desk.until_order(key, OrderState::Rejected);
    let words = desk.evidence(key);
    assert!(words.starts_with("wash-trade: 403 40310000"), "{words}");
    assert!(words.contains(&theirs), "{words}");
    desk.assert_books_agree();
}

#[test]
fn p13_an_order_always_says_whether_it_opens_or_closes() {
    let (mut desk, tap) = tapped_desk(Fake::start(|_| {}), |_| {});
    let option = "GOOG151231C00760000";
    let bought = desk.trade("r-1", &format!("buy open 2 {option} 3.25"));
    desk.until_order(bought, OrderState::Filled);
    let sold = desk.trade("r-2", &format!("sell close 2 {option} 2.90"));
    desk.until_order(sold, OrderState::Filled);
    let written = desk.trade("r-3", "sell open 1 BAC151231P00017000 0.30");
    desk.until_order(written, OrderState::Filled);
    let back = desk.trade("r-4", "buy close 1 BAC151231P00017000 0.35");
    desk.until_order(back, OrderState::Filled);
    let intents: Vec<String> = tap
        .orders()
        .iter()
        .map(|it| it["position_intent"].as_str().expect("an intent").to_owned())
        .collect();
    assert_eq!(intents, ["buy_to_open", "sell_to_close", "sell_to_open", "buy_to_close"]);
    desk.assert_books_agree();
}

#[test]
fn p13_no_more_is_closed_than_is_held_less_what_rests() {
    let (mut desk, tap) = tapped_desk(Fake::start(|_| {}), |_| {});
    let option = "GOOG151231C00760000";
    let bought = desk.trade("r-1", &format!("buy open 2 {option} 3.25"));
    desk.until_order(bought, OrderState::Filled);
    let rests = desk.trade("r-2", &format!("sell close 2 {option} 5.00"));
    desk.until_order(rests, OrderState::Accepted);
    desk.trade("r-3", &format!("sell close 1 {option} 2.90"));
    assert!(refused_by(&desk, "r-3").contains("CloseTooLarge"));
    assert_eq!(tap.count(POST), 2, "to the broker it would have been a new short");
}

#[test]
fn p21_positions_that_lag_behind_fills_change_nothing_within_their_grace() {
    let mut desk = Desk::open();
    let lag = Rule { millis: Some(1_500), ..Rule::always(Fault::PositionsLag) };
    desk.fake.faults(vec![lag, Rule::times(Fault::PartialFill, 1)]);
    let key = desk.trade("r-1", "buy open 10 GOOG 755.00");
    desk.until("a part is filled", |desk| !desk.order(key).filled.is_zero());
    assert_eq!(desk.held("GOOG"), desk.order(key).filled.to_string(), "by executions, at once");
    desk.compare();
    desk.compare();
    assert_eq!(desk.account().contact().differing, 2, "the broker's positions know nothing of it");
    assert!(desk.findings().is_empty(), "{:?}", desk.findings());
    assert_eq!(desk.account().states().common(), TradingState::Active);
    desk.poll_for(std::time::Duration::from_millis(1_600));
    desk.compare();
    assert_eq!(desk.account().contact().differing, 0);
    desk.assert_books_agree();
}

#[test]
fn p23_what_resting_buys_need_is_reserved_and_what_sales_bring_counts_when_it_is_there() {
    let fake = Fake::start(|settings| {
        settings.accounts[0].cash = Money::dollars(10_000);
        settings.accounts[0].multiplier = 1;
    });
    let (mut desk, tap) = tapped_desk(fake, |setup| {
        setup.opening.cash = Money::dollars(10_000);
    });
    let held = desk.trade("r-1", "buy open 10 GOOG 750.50");
    desk.until_order(held, OrderState::Filled);
    // About 2,500 are left; this reserves 1,600 of it.
    let rests = desk.trade("r-2", "buy open 100 BAC 16.00");
    desk.until_order(rests, OrderState::Accepted);
    desk.trade("r-3", "buy open 100 BAC 16.10");
    assert!(refused_by(&desk, "r-3").contains("BuyingPowerShort"));
    // A sale that rests brings nothing yet.
    let sale = desk.trade("r-4", "sell close 10 GOOG 750.50");
    desk.until_order(sale, OrderState::Accepted);
    desk.trade("r-5", "buy open 120 BAC 16.10");
    assert!(refused_by(&desk, "r-5").contains("BuyingPowerShort"));
    assert_eq!(tap.count(POST), 3, "none of them was left to the broker to refuse");
    desk.go("2015-12-24T15:00:00Z");
    desk.until_order(sale, OrderState::Filled);
    let after = desk.trade("r-6", "buy open 130 BAC 16.10");
    desk.until_order(after, OrderState::Accepted);
    desk.assert_books_agree();
}

#[test]
fn p24_several_strategies_in_one_account_are_told_apart_and_a_stranger_is_found() {
    let mut desk = Desk::open();
    let mut keys = Vec::new();
    for (id, strategy, quantity) in [("r-1", "swing", 4), ("r-2", "value", 6)] {
        let mut advice = desk.advice(id, &format!("buy open {quantity} GOOG 750.50"));
        advice.strategy = StrategyId::new(strategy).unwrap();
        let key = desk.advise(advice);
        desk.until_order(key, OrderState::Filled);
        keys.push((key, strategy, quantity.to_string()));
    }
    // One position at the broker; here each execution belongs to an order, and that to a strategy.
    assert_eq!(desk.fake.books()["positions"][0]["qty"], "10");
    for (key, strategy, quantity) in &keys {
        let order = desk.order(*key);
        assert_eq!(order.strategy.as_str(), *strategy);
        let mut executed = String::new();
        desk.each_event(|event| {
            if let Event::ExecutionBooked(it) = event
                && it.execution.order == Some(*key)
            {
                executed = it.execution.quantity.to_string();
            }
        });
        assert_eq!(executed, *quantity);
    }
    assert_ne!(keys[0].0, keys[1].0);
    desk.fake.order_by_hand(&json!({
        "symbol": "GOOG", "qty": "1", "side": "sell", "type": "market", "time_in_force": "day",
    }));
    desk.until("it is booked", |desk| desk.held("GOOG") == "9");
    assert_eq!(desk.findings(), ["ForeignExecution"]);
    desk.assert_alerted("traded by others");
    desk.assert_books_agree();
}
