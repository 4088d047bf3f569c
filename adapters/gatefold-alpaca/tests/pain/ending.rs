//! Orders and contracts whose time runs out, and what the broker does then: P14, P15, P22.

use fake_alpaca::{Fault, Rule};
use gatefold_core::decide::TradingState;
use gatefold_core::record::Event;
use gatefold_core::record::event::{Adjustment, Link};
use gatefold_core::route::OrderState;
use gatefold_core::vocabulary::Span;

use crate::desk::{Desk, Fake};
use crate::kit::tapped_desk;

/// Expires on the 24th, whose session ends at 18:00Z.
const LAST_DAY: &str = "GOOG151224C00740000";

#[test]
fn p14_nothing_is_opened_in_a_contracts_last_half_hour() {
    let (mut desk, tap) = tapped_desk(Fake::start(|_| {}), |_| {});
    desk.go("2015-12-24T17:29:00Z");
    desk.trade("r-1", &format!("buy open 1 {LAST_DAY} 10.50"));
    assert_eq!(tap.count("POST /v2/orders "), 1, "a minute earlier it may");
    desk.go("2015-12-24T17:31:00Z");
    desk.trade("r-2", &format!("buy open 1 {LAST_DAY} 10.60"));
    assert_eq!(tap.count("POST /v2/orders "), 1);
    let refused = desk.count(|event| {
        matches!(event, Event::IntentRefused(it) if format!("{it:?}").contains("ExpiryCutoff"))
    });
    assert_eq!(refused, 1, "{:#?}", desk.events());
}

#[test]
fn p14_an_option_is_closed_before_the_broker_would_do_it() {
    let mut desk = Desk::open();
    let mut advice = desk.advice("r-1", &format!("buy open 1 {LAST_DAY} 10.50"));
    advice.exits.out_before_close = Some(Span::minutes(45));
    let bought = desk.advise(advice);
    desk.until_order(bought, OrderState::Filled);
    desk.fake.faults(vec![Rule::always(Fault::ClosedByBroker)]);
    desk.go("2015-12-24T17:16:00Z");
    desk.until("it is closed by its exit", |desk| desk.held(LAST_DAY) == "0");
    desk.go("2015-12-24T17:59:00Z");
    desk.poll();
    let books = desk.fake.books();
    let senders: Vec<&str> = books["orders"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["sent_by"].as_str().unwrap())
        .collect();
    assert_eq!(senders, ["client", "client"]);
    assert!(desk.findings().is_empty(), "{:?}", desk.findings());
    desk.assert_books_agree();
}

#[test]
fn p14_what_the_broker_closes_by_itself_is_booked_and_told() {
    let mut desk = Desk::open();
    let bought = desk.trade("r-1", &format!("buy open 1 {LAST_DAY} 10.50"));
    desk.until_order(bought, OrderState::Filled);
    let rests = desk.trade("r-2", &format!("sell close 1 {LAST_DAY} 15.00"));
    desk.until_order(rests, OrderState::Accepted);
    desk.fake.faults(vec![Rule::always(Fault::ClosedByBroker)]);
    desk.go("2015-12-24T17:45:00Z");
    desk.until("the broker's sale is booked", |desk| desk.held(LAST_DAY) == "0");
    desk.until("our order has ended", |desk| !desk.order(rests).state.is_working());
    assert_eq!(desk.fake.books()["orders"][2]["sent_by"], "broker");
    assert_eq!(desk.findings(), ["ForeignExecution"]);
    desk.assert_alerted("traded by others");
    desk.assert_books_agree();
}

#[test]
fn p15_a_position_that_vanishes_restricts_the_account_until_its_activity_explains_it() {
    let mut desk = Desk::open();
    let put = "BAC151231P00017000";
    let written = desk.trade("r-1", &format!("sell open 1 {put} 0.30"));
    desk.until_order(written, OrderState::Filled);
    desk.fake.faults(vec![Rule::times(Fault::AssignedEarly, 1)]);
    desk.go("2015-12-25T06:00:00Z");
    assert_eq!(desk.fake.books()["positions"][0]["symbol"], "BAC", "assigned at midnight");
    while desk.account().contact().differing < 3 {
        assert!(desk.findings().is_empty(), "a position may lag: {:?}", desk.findings());
        desk.compare();
    }
    // No message, no row, other positions: nothing is guessed, and nothing is opened.
    assert_eq!((desk.held(put), desk.held("BAC")), ("-1".to_owned(), "0".to_owned()));
    assert_eq!(desk.findings(), ["Phantom", "Missing"]);
    assert_eq!(desk.account().states().common(), TradingState::ReduceOnly);
    // The next morning the rows are there, and every connection reads them.
    desk.go("2015-12-26T10:00:00Z");
    desk.fake.running.cut_streams();
    desk.until("it is booked", |desk| desk.held("BAC") == "100");
    let adjusted = desk.count(|event| {
        matches!(event, Event::PositionAdjusted(it)
            if matches!(it.adjustment, Adjustment::Delivered { .. }))
    });
    assert_eq!(adjusted, 1);
    desk.compare();
    assert_eq!(desk.findings().last(), Some(&"Resolved"));
    desk.assert_books_agree();
    // And once more, when all is read again.
    desk.until("the link is up", |desk| desk.link() == Some(Link::Up));
    let desk = desk.restart(|_| {});
    assert_eq!((desk.held(put), desk.held("BAC")), ("0".to_owned(), "100".to_owned()));
}

#[test]
fn p22_a_day_order_that_runs_out_half_filled_is_expired_and_keeps_its_half() {
    for restarted in [false, true] {
        let mut desk = Desk::open();
        desk.fake.faults(vec![Rule::times(Fault::PartialFill, 1)]);
        let key = desk.trade("r-1", "buy open 10 GOOG 750.10");
        desk.until_order(key, OrderState::PartiallyFilled);
        let over = "2015-12-24T18:05:00Z";
        if restarted {
            desk = desk.restart(|fake| fake.running.advance_to(over.parse().unwrap()));
        } else {
            desk.go(over);
        }
        desk.until_order(key, OrderState::Expired);
        assert_eq!((desk.held("GOOG"), desk.booked()), ("5".to_owned(), 1));
        assert!(desk.findings().is_empty(), "{:?}", desk.findings());
        desk.assert_books_agree();
    }
}

#[test]
fn p22_a_canceled_order_keeps_what_was_filled_of_it() {
    let mut desk = Desk::open();
    desk.fake.faults(vec![Rule::times(Fault::PartialFill, 1)]);
    let key = desk.trade("r-1", "buy open 10 GOOG 750.10");
    desk.until_order(key, OrderState::PartiallyFilled);
    desk.cancel(key);
    desk.until_order(key, OrderState::Canceled);
    assert_eq!(desk.held("GOOG"), "5");
    desk.assert_books_agree();
}
