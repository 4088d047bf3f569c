//! Orders, fills and cancels over real sockets: what is told, and that the books agree.

use fake_alpaca::{Fault, On, Rule};
use gatefold_alpaca::{Changes, ReplaceAnswer};
use gatefold_core::route::OrderState;
use gatefold_core::vocabulary::Price;

use crate::desk::{Desk, Fake, me};

#[test]
fn a_day_of_trades_ends_with_the_brokers_books() {
    let mut desk = Desk::open();
    let bought = desk.trade("r-1", "buy open 10 GOOG 750.50");
    desk.until_order(bought, OrderState::Filled);
    let option = desk.trade("r-2", "buy open 2 GOOG151231C00760000 3.25");
    desk.until_order(option, OrderState::Filled);
    desk.go("2015-12-24T15:00:00Z");
    let sold = desk.trade("r-3", "sell close 4 GOOG 750.00");
    desk.until_order(sold, OrderState::Filled);
    let closed = desk.trade("r-4", "sell close 2 GOOG151231C00760000 2.90");
    desk.until_order(closed, OrderState::Filled);
    desk.assert_books_agree();
    assert_eq!(desk.orders_there(), 4);
    assert!(desk.alerts.is_empty(), "{:?}", desk.alerts);
}

#[test]
fn an_order_that_is_rejected_after_it_was_taken_is_released_then() {
    let mut desk = Desk::open();
    desk.fake.faults(vec![Rule::times(Fault::RejectedLater, 1)]);
    let key = desk.trade("r-1", "buy open 10 GOOG 750.50");
    desk.until_order(key, OrderState::Rejected);
    let mut states = Vec::new();
    desk.each_event(|event| {
        if let gatefold_core::record::Event::OrderChanged(it) = event {
            states.push(it.state);
        }
    });
    assert_eq!(states, [OrderState::Accepted, OrderState::Rejected]);
    assert_eq!(desk.account().totals().gross, gatefold_core::vocabulary::Money::ZERO);
    desk.assert_books_agree();
}

#[test]
fn an_answer_that_comes_late_is_an_answer() {
    let mut desk = Desk::open();
    desk.fake.faults(vec![Rule::times(Fault::Slow, 1).on(On::Submit)]);
    let key = desk.trade("r-1", "buy open 10 GOOG 740.00");
    assert_eq!(desk.order(key).state, OrderState::Accepted);
    assert_eq!(desk.orders_there(), 1);
}

#[test]
fn an_order_that_the_broker_never_fills_can_be_canceled() {
    let mut desk = Desk::open();
    desk.fake.faults(vec![Rule::times(Fault::NeverFills, 1)]);
    let key = desk.trade("r-1", "buy open 100 BAC 16.60");
    desk.go("2015-12-24T15:30:00Z");
    desk.until_order(key, OrderState::Accepted);
    desk.cancel(key);
    desk.until_order(key, OrderState::Canceled);
    desk.assert_books_agree();
}

#[test]
fn a_resting_order_is_canceled_on_evidence() {
    let mut desk = Desk::open();
    let key = desk.trade("r-1", "buy open 10 GOOG 700.00");
    desk.until_order(key, OrderState::Accepted);
    desk.cancel(key);
    desk.until_order(key, OrderState::Canceled);
    desk.assert_books_agree();
}

#[test]
fn what_the_broker_refuses_is_rejected_with_its_words() {
    let mut desk = Desk::at(Fake::start(|settings| {
        settings.accounts[0].options_level = 1;
    }));
    let key = desk.trade("r-1", "buy open 1 GOOG151231C00760000 3.25");
    desk.until_order(key, OrderState::Rejected);
    let mut said = String::new();
    desk.each_event(|event| {
        if let gatefold_core::record::Event::OrderChanged(it) = event {
            said.clone_from(&it.evidence);
        }
    });
    assert!(said.starts_with("options-level: 403 40310000"), "{said}");
}

#[test]
fn an_answer_that_is_lost_is_looked_up_and_never_sent_again() {
    for lost in
        [Fault::ResetAfter, Fault::GatewayHtmlAfter, Fault::ServerErrorAfter, Fault::CutBody]
    {
        let mut desk = Desk::open();
        desk.fake.faults(vec![Rule::times(lost, 1).on(On::Submit)]);
        let key = desk.trade("r-1", "buy open 10 GOOG 750.50");
        desk.until_order(key, OrderState::Filled);
        assert_eq!(desk.orders_there(), 1, "{lost:?}");
        desk.assert_books_agree();
    }
}

#[test]
fn an_order_that_never_arrived_is_absent_and_sent_again_under_its_own_id() {
    for lost in [Fault::ResetBefore, Fault::GatewayHtml] {
        let mut desk = Desk::open();
        desk.fake.faults(vec![Rule::times(lost, 1).on(On::Submit)]);
        let key = desk.trade("r-1", "buy open 10 GOOG 750.50");
        let start = desk.fake.running.now();
        // Look-ups are made as the broker's time passes.
        for _ in 0..40 {
            if desk.order(key).state == OrderState::Filled {
                break;
            }
            let next = desk.fake.running.now();
            let next = next.saturating_add(gatefold_core::vocabulary::Span::seconds(5));
            desk.fake.running.advance_to(next);
            desk.poll();
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        let waited = desk.fake.running.now().saturating_since(start);
        assert_eq!(desk.orders_there(), 1, "{lost:?} after {waited}: {:#?}", desk.events());
        desk.until_order(key, OrderState::Filled);
        desk.assert_books_agree();
    }
}

#[test]
fn a_429_is_unknown_and_nothing_goes_out_before_the_reset() {
    let mut desk = Desk::open();
    // So far away that no pause of this machine reaches it.
    let limited = Rule { millis: Some(50_000), ..Rule::times(Fault::RateLimited, 1) };
    desk.fake.faults(vec![limited.on(On::Submit)]);
    let key = desk.trade("r-1", "buy open 10 GOOG 750.50");
    assert_eq!(desk.order(key).state, OrderState::Unknown);
    let mut missed = 0;
    desk.each_event(|event| {
        missed += usize::from(matches!(event, gatefold_core::record::Event::LookUpMissed(_)));
    });
    assert_eq!(missed, 0, "its look-up was due at once and was kept back");
    assert_eq!(desk.orders_there(), 0);
}

#[test]
fn a_stream_that_withholds_doubles_or_mixes_changes_nothing() {
    for fault in [
        Fault::EventDropped,
        Fault::EventDoubled,
        Fault::EventReordered,
        Fault::EventLate,
        Fault::StreamCut,
        Fault::PartialFill,
        Fault::ActivityLate,
        Fault::HiddenAtFirst,
    ] {
        let mut desk = Desk::open();
        desk.fake.faults(vec![Rule::always(fault)]);
        let bought = desk.trade("r-1", "buy open 10 GOOG 755.00");
        desk.until("something is filled", |desk| !desk.order(bought).filled.is_zero());
        desk.go("2015-12-24T14:45:00Z");
        desk.fake.faults(Vec::new());
        desk.go("2015-12-24T15:00:00Z");
        desk.until_order(bought, OrderState::Filled);
        desk.assert_books_agree();
        assert_eq!(desk.orders_there(), 1, "{fault:?}");
    }
}

#[test]
fn a_cancel_that_is_ignored_keeps_the_reservation() {
    let mut desk = Desk::open();
    desk.fake.faults(vec![Rule::always(Fault::IgnoresCancels)]);
    let key = desk.trade("r-1", "buy open 10 GOOG 700.00");
    desk.until_order(key, OrderState::Accepted);
    desk.cancel(key);
    for _ in 0..10 {
        desk.poll();
    }
    assert_eq!(desk.order(key).state, OrderState::PendingCancel);
    assert!(desk.account().totals().gross > gatefold_core::vocabulary::Money::dollars(6_999));
}

#[test]
fn a_fill_after_a_cancel_is_a_fill() {
    let mut desk = Desk::open();
    desk.fake.faults(vec![Rule::always(Fault::FillsAfterCancel)]);
    let key = desk.trade("r-1", "buy open 10 GOOG 700.00");
    desk.until_order(key, OrderState::Accepted);
    desk.cancel(key);
    desk.until("it is filled all the same", |desk| !desk.order(key).filled.is_zero());
    desk.poll();
    desk.assert_books_agree();
}

#[test]
fn a_replacement_is_one_chain() {
    let mut desk = Desk::open();
    let key = desk.trade("r-1", "buy open 10 GOOG 700.00");
    desk.until_order(key, OrderState::Accepted);
    desk.until("it is at the venue", |desk| desk.fake.books()["orders"][0]["status"] == "new");
    let limit = Some(Price::cents(75_050));
    let answer = desk.broker.replace(&me(), key, &Changes { limit, quantity: None });
    assert!(matches!(answer, ReplaceAnswer::Requested { .. }), "{answer:?}");
    desk.until_order(key, OrderState::Filled);
    assert_eq!(desk.order(key).filled.to_string(), "10");
    assert_eq!(desk.orders_there(), 2);
    desk.assert_books_agree();
}

#[test]
fn what_happened_while_nobody_was_there_is_adopted_by_evidence() {
    let mut desk = Desk::open();
    let filled = desk.trade("r-1", "buy open 10 GOOG 750.50");
    desk.until_order(filled, OrderState::Filled);
    let rests = desk.trade("r-2", "buy open 100 BAC 16.60");
    desk.until_order(rests, OrderState::Accepted);
    let mut desk = desk.restart(|fake| {
        fake.running.advance_to("2015-12-24T15:00:00Z".parse().unwrap());
    });
    desk.until_order(rests, OrderState::Filled);
    desk.assert_books_agree();
    let mut booked = 0;
    desk.each_event(|event| {
        booked += usize::from(matches!(event, gatefold_core::record::Event::ExecutionBooked(_)));
    });
    assert_eq!(booked, 2, "each execution once, whatever is told again: {:#?}", desk.events());
    assert_eq!(desk.orders_there(), 2);
}

#[test]
fn a_process_that_dies_before_the_answer_looks_its_order_up() {
    let mut desk = Desk::open();
    desk.fake.faults(vec![Rule::always(Fault::ResetAfter).on(On::Submit)]);
    let key = desk.trade("r-1", "buy open 10 GOOG 740.00");
    let mut desk = desk.restart(|fake| fake.faults(Vec::new()));
    desk.until_order(key, OrderState::Accepted);
    assert_eq!(desk.orders_there(), 1);
}

#[test]
fn a_trade_of_others_folds_and_restricts_its_underlying() {
    let mut desk = Desk::open();
    desk.fake.order_by_hand(&serde_json::json!({
        "symbol": "GOOG", "qty": "3", "side": "buy", "type": "market", "time_in_force": "day",
        "client_order_id": "by-hand",
    }));
    desk.until("the foreign trade is booked", |desk| {
        desk.account().books().any(|(_, book)| book.position().net().is_long())
    });
    desk.assert_books_agree();
    let mut kinds = Vec::new();
    desk.each_event(|event| {
        if let gatefold_core::record::Event::FindingRecorded(it) = event {
            kinds.push(it.kind.name());
        }
    });
    assert_eq!(kinds, ["ForeignExecution"]);
}

#[test]
fn shares_that_a_resting_order_holds_are_freed_before_they_are_sold() {
    let mut desk = Desk::open();
    let bought = desk.trade("r-1", "buy open 10 GOOG 750.50");
    desk.until_order(bought, OrderState::Filled);
    let rests = desk.trade("r-2", "sell close 10 GOOG 760.00");
    desk.until_order(rests, OrderState::Accepted);
    desk.close("GOOG", 4);
    desk.until_order(rests, OrderState::Canceled);
    desk.until("4 are sold", |desk| {
        desk.account().books().any(|(_, book)| book.position().net().to_string() == "6")
    });
    desk.assert_books_agree();
}

#[test]
fn an_expired_option_is_booked_from_its_activity() {
    let mut desk = Desk::open();
    let bought = desk.trade("r-1", "buy open 1 GOOG151231C00760000 3.25");
    desk.until_order(bought, OrderState::Filled);
    // It expires worthless on the 31st; the broker enters that the next morning.
    desk.go("2015-12-31T21:30:00Z");
    desk.go("2016-01-04T15:00:00Z");
    let mut desk = desk.restart(|_| {});
    desk.until("it is gone", |desk| {
        desk.account().books().all(|(_, book)| book.position().net().is_zero())
    });
    desk.assert_books_agree();
}
