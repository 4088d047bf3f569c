//! Orders that are to change, and what the broker says of it: P08 to P10.

use fake_alpaca::{Fault, Rule};
use gatefold_alpaca::{Changes, ReplaceAnswer};
use gatefold_core::record::Event;
use gatefold_core::route::OrderState;
use gatefold_core::vocabulary::{Money, OrderKey, Price, Span};

use crate::desk::{Desk, Fake, me};
use crate::kit::tapped_desk;

/// An order to buy 10 GOOG that rests at the venue.
fn resting(desk: &mut Desk) -> OrderKey {
    let key = desk.trade("r-1", "buy open 10 GOOG 700.00");
    desk.until_order(key, OrderState::Accepted);
    desk.until("it is at the venue", |desk| desk.fake.books()["orders"][0]["status"] == "new");
    key
}

fn to_limit(cents: u32) -> Changes {
    Changes { limit: Some(Price::cents(cents)), quantity: None }
}

#[test]
fn p08_a_replacement_that_is_answered_with_an_error_is_followed_all_the_same() {
    let mut desk = Desk::open();
    let key = resting(&mut desk);
    desk.fake.faults(vec![Rule::times(Fault::ReplaceErrorAfter, 1)]);
    let answer = desk.broker.replace(&me(), key, &to_limit(75_050));
    assert!(matches!(answer, ReplaceAnswer::Unknown { .. }), "{answer:?}");
    desk.until_order(key, OrderState::Filled);
    assert_eq!((desk.orders_there(), desk.booked()), (2, 1), "one chain of two");
    desk.assert_books_agree();
}

#[test]
fn p08_a_replacement_that_is_rejected_afterwards_leaves_the_first_order_working() {
    let mut desk = Desk::open();
    let key = resting(&mut desk);
    desk.fake.faults(vec![Rule::times(Fault::ReplaceRejected, 1)]);
    let answer = desk.broker.replace(&me(), key, &to_limit(75_050));
    assert!(matches!(answer, ReplaceAnswer::Requested { .. }), "{answer:?}");
    desk.poll_for(std::time::Duration::from_millis(500));
    assert_eq!(desk.order(key).state, OrderState::Accepted, "{:#?}", desk.events());
    assert!(desk.account().totals().gross > Money::dollars(6_999), "it counts");
    // And a cancel reaches the one that works.
    desk.cancel(key);
    desk.until_order(key, OrderState::Canceled);
    desk.assert_books_agree();
}

#[test]
fn p08_fills_before_and_after_a_replacement_are_the_fills_of_one_order() {
    let mut desk = Desk::open();
    desk.fake.faults(vec![Rule::times(Fault::PartialFill, 1)]);
    let key = desk.trade("r-1", "buy open 10 GOOG 750.10");
    desk.until_order(key, OrderState::PartiallyFilled);
    let answer = desk.broker.replace(&me(), key, &to_limit(75_150));
    assert!(matches!(answer, ReplaceAnswer::Requested { .. }), "{answer:?}");
    desk.go("2015-12-24T15:00:00Z");
    desk.until_order(key, OrderState::Filled);
    assert_eq!(desk.order(key).filled.to_string(), "10");
    assert_eq!((desk.orders_there(), desk.booked()), (2, 2));
    desk.assert_books_agree();
}

#[test]
fn p08_a_replacement_without_a_change_is_taken_for_done() {
    let mut desk = Desk::open();
    let key = resting(&mut desk);
    let answer = desk.broker.replace(&me(), key, &to_limit(70_000));
    assert_eq!(answer, ReplaceAnswer::Unchanged);
    assert_eq!(desk.orders_there(), 1);
}

#[test]
fn p09_a_cancel_that_is_acknowledged_and_forgotten_is_asked_for_again_and_told() {
    let (mut desk, tap) = tapped_desk(Fake::start(|_| {}), |_| {});
    desk.fake.faults(vec![Rule::always(Fault::IgnoresCancels)]);
    let key = resting(&mut desk);
    desk.cancel(key);
    assert_eq!(tap.count("DELETE /v2/orders/"), 1);
    desk.pass(Span::seconds(30));
    desk.until("it is asked for again", |_| tap.count("DELETE /v2/orders/") > 1);
    desk.pass(Span::seconds(60));
    desk.until("somebody is told", |desk| {
        desk.alerts.iter().any(|it| it.contains("is still new though its cancel was asked for"))
    });
    assert_eq!(desk.order(key).state, OrderState::PendingCancel);
    assert!(desk.account().totals().gross > Money::dollars(6_999), "its reservation stays");
    assert_eq!(desk.fake.books()["orders"][0]["status"], "new");
}

#[test]
fn p09_a_cancel_that_never_ends_holds_its_reservation_until_the_order_does() {
    let mut desk = Desk::open();
    desk.fake.faults(vec![Rule::always(Fault::CancelsForEver)]);
    let key = resting(&mut desk);
    desk.cancel(key);
    desk.pass(Span::seconds(90));
    desk.until("somebody is told", |desk| {
        desk.alerts.iter().any(|it| it.contains("is still pending_cancel"))
    });
    assert_eq!(desk.order(key).state, OrderState::PendingCancel);
    assert!(desk.account().totals().gross > Money::dollars(6_999), "its reservation stays");
    // The session ends, and the order with it.
    desk.go("2015-12-24T18:01:00Z");
    desk.until("it has ended", |desk| !desk.order(key).state.is_working());
    assert_eq!(desk.account().totals().gross, Money::ZERO);
    desk.assert_books_agree();
}

#[test]
fn p10_a_cancel_that_is_refused_because_it_filled_is_news_of_the_fill() {
    let mut desk = Desk::open();
    desk.fake.faults(vec![Rule::always(Fault::EventDropped)]);
    let key = desk.trade("r-1", "buy open 100 BAC 16.60");
    desk.until_order(key, OrderState::Accepted);
    // It fills, and nobody has heard of that when its cancel is asked for.
    desk.fake.running.advance_to("2015-12-24T15:00:00Z".parse().unwrap());
    desk.cancel(key);
    assert_eq!(desk.order(key).state, OrderState::Filled, "{:#?}", desk.events());
    let refused = desk.count(|event| {
        matches!(event, Event::CancelRefused(it) if it.evidence.contains("already in \"filled\""))
    });
    assert_eq!(refused, 1);
    desk.assert_books_agree();
}

#[test]
fn p10_a_fill_that_overtakes_its_cancel_is_booked() {
    let mut desk = Desk::open();
    desk.fake.faults(vec![Rule::always(Fault::FillsAfterCancel)]);
    let key = resting(&mut desk);
    desk.cancel(key);
    desk.until("it is filled all the same", |desk| desk.held("GOOG") == "10");
    desk.poll();
    desk.assert_books_agree();
}
