//! A stream that withholds, repeats, drops or is not there: P01 to P06.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fake_alpaca::{Fault, Rule};
use gatefold_core::record::Event;
use gatefold_core::record::event::Link;
use gatefold_core::route::OrderState;
use gatefold_core::vocabulary::Span;
use serde_json::json;

use crate::desk::{Desk, Fake};
use crate::kit::{once, tapped_desk};
use crate::tap::Tap;

#[test]
fn p01_fills_that_the_stream_never_tells_are_read_and_the_end_waits_for_them() {
    let mut desk = Desk::open();
    let late = Rule { millis: Some(1_500), ..Rule::always(Fault::ActivityLate) };
    desk.fake.faults(vec![Rule::always(Fault::EventDropped), late]);
    let key = desk.trade("r-1", "buy open 10 GOOG 750.50");
    desk.poll_for(Duration::from_millis(600));
    // The broker's order says filled. Until somebody tells the execution, it counts as working.
    assert_eq!(desk.fake.books()["orders"][0]["status"], "filled");
    assert_eq!(desk.order(key).state, OrderState::Accepted);
    desk.until_order(key, OrderState::Filled);
    desk.assert_books_agree();
    assert!(desk.met().iter().all(|met| *met > 0), "{:?}", desk.met());
}

#[test]
fn what_a_broker_replays_of_its_stream_is_asked_for_where_there_is_that() {
    const EVENTS: &str = "GET /v2/events/trades?since=";
    for replays in [true, false] {
        let fake = Fake::start(|settings| settings.accounts[0].replays_events = replays);
        let (mut desk, tap) = tapped_desk(fake, |_| {});
        assert!(tap.count(EVENTS) >= 1, "asked when the link came up");
        desk.fake.faults(vec![Rule::always(Fault::EventDropped)]);
        let key = desk.trade("r-1", "buy open 10 GOOG 755.00");
        desk.until_order(key, OrderState::Filled);
        for _ in 0..2 {
            let asked = tap.count(EVENTS);
            desk.fake.running.cut_streams();
            desk.until("the link is down", |desk| desk.link() == Some(Link::Down));
            desk.until("the link is up", |desk| desk.link() == Some(Link::Up));
            assert_eq!(tap.count(EVENTS) > asked, replays, "{asked} before");
            assert!(replays || asked == 1, "who has none is asked once");
        }
        assert_eq!(desk.booked(), 1, "what is told again is booked once");
        desk.assert_books_agree();
    }
}

#[test]
fn p02_a_fill_that_is_told_again_and_again_is_booked_once() {
    let mut desk = Desk::open();
    let doubled = Rule::always(Fault::EventDoubled);
    desk.fake.faults(vec![doubled, Rule::times(Fault::PartialFill, 1)]);
    let key = desk.trade("r-1", "buy open 10 GOOG 755.00");
    desk.until("a part is filled", |desk| !desk.order(key).filled.is_zero());
    desk.go("2015-12-24T15:00:00Z");
    desk.until_order(key, OrderState::Filled);
    // Another connection, and another process, are told all of it again.
    desk.fake.running.cut_streams();
    desk.until("the link is down", |desk| desk.link() == Some(Link::Down));
    desk.until("the link is up", |desk| desk.link() == Some(Link::Up));
    let mut desk = desk.restart(|_| {});
    desk.poll_for(Duration::from_millis(500));
    assert_eq!(desk.fake.books()["fills"].as_array().unwrap().len(), 2);
    assert_eq!(desk.booked(), 2, "{:#?}", desk.events());
    desk.assert_books_agree();
}

#[test]
fn p03_while_the_stream_is_down_entries_wait_and_closes_go() {
    let fake = Fake::start(|settings| settings.streams_max = Some(1));
    let mut desk = Desk::with(fake, |setup| {
        setup.opening.limits.max_link_silence = Span::seconds(5);
    });
    let held = desk.trade("r-1", "buy open 10 GOOG 750.50");
    desk.until_order(held, OrderState::Filled);
    let other = desk.take_the_stream();
    desk.until("the link is down", |desk| desk.link() == Some(Link::Down));
    desk.pass(Span::seconds(20));
    let waits = desk.trade("r-2", "buy open 5 BAC 17.10");
    let closes = desk.trade("r-3", "sell close 10 GOOG 749.00");
    desk.until_order(closes, OrderState::Filled);
    assert!(desk.account().order(&waits).is_none(), "{:#?}", desk.events());
    assert_eq!((desk.link(), desk.orders_there()), (Some(Link::Down), 2));
    drop(other);
    desk.until("the entry goes", |desk| desk.account().order(&waits).is_some());
    assert_eq!(desk.link(), Some(Link::Up));
    desk.until_order(waits, OrderState::Filled);
    desk.assert_books_agree();
}

#[test]
fn p04_the_only_place_for_a_stream_is_given_back_at_every_loss() {
    let mut desk = Desk::at(Fake::start(|settings| settings.streams_max = Some(1)));
    for _ in 0..3 {
        desk.fake.running.cut_streams();
        desk.until("the link is down", |desk| desk.link() == Some(Link::Down));
        desk.until("the link is up", |desk| desk.link() == Some(Link::Up));
    }
    assert_eq!(desk.fake.books()["stream"]["connections"], 1);
}

#[test]
fn p04_a_broker_that_ends_every_connection_is_not_stormed() {
    // At once, before any handshake.
    let door = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("ws://{}/stream", door.local_addr().unwrap());
    let knocks = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&knocks);
    std::thread::spawn(move || {
        door.incoming().flatten().for_each(|_| {
            counted.fetch_add(1, Ordering::SeqCst);
        });
    });
    let fake = Arc::new(Fake::start(|_| {}));
    let mut account = fake.account(0);
    account.endpoints.stream = address;
    let broker = fake.broker(account);
    // And after each greeting, which works every time.
    let mut tap = None;
    let mut desk = Desk::with(Fake::start(|_| {}), |setup| {
        let before = Tap::before(&setup.account.endpoints.stream);
        setup.account.endpoints.stream = before.stream_url();
        tap = Some(before);
    });
    let start = std::time::Instant::now();
    while start.elapsed() < Duration::from_secs(3) {
        let _ = gatefold_core::route::Broker::reports(&broker, &crate::desk::me());
        desk.fake.running.cut_streams();
        desk.poll();
        std::thread::sleep(Duration::from_millis(20));
    }
    // The waits are 0.5, 1, 2 and 4 s, or half of that.
    let (refused, cut) = (knocks.load(Ordering::SeqCst), tap.unwrap().connections());
    assert!((2..=5).contains(&refused), "{refused} connections in 3 s");
    assert!((2..=5).contains(&cut), "{cut} connections in 3 s");
}

#[test]
fn p05_a_stream_that_withholds_what_rest_tells_is_made_anew() {
    let mut desk = Desk::open();
    let key = desk.trade("r-1", "buy open 100 BAC 16.60");
    desk.until_order(key, OrderState::Accepted);
    // It stays connected and says nothing of what comes now.
    desk.fake.faults(vec![once(Fault::StreamSilent, 1_500)]);
    desk.go("2015-12-24T15:01:00Z");
    desk.until_order(key, OrderState::Filled);
    desk.assert_alerted("the order stream is connected and withheld a fill");
    desk.until("the link is down", |desk| desk.link() == Some(Link::Down));
    desk.until("the link is up", |desk| desk.link() == Some(Link::Up));
    desk.assert_books_agree();
}

#[test]
fn p05_a_stream_that_answers_no_ping_is_dropped_and_the_gap_is_read() {
    let mut desk = Desk::with(Fake::start(|_| {}), |setup| {
        setup.account.pace.ping = Duration::from_millis(300);
        setup.account.pace.silence = Duration::from_millis(800);
    });
    desk.fake.faults(vec![once(Fault::StreamSilent, 3_000)]);
    let key = desk.trade("r-1", "buy open 10 GOOG 750.50");
    desk.until("the link is down", |desk| desk.link() == Some(Link::Down));
    let silent = desk.count(|event| {
        matches!(event, Event::LinkChanged(it) if it.evidence.contains("nothing was heard"))
    });
    assert_eq!(silent, 1, "{:#?}", desk.events());
    desk.until("the link is up", |desk| desk.link() == Some(Link::Up));
    desk.until_order(key, OrderState::Filled);
    desk.assert_books_agree();
}

#[test]
fn p06_a_stream_without_a_single_event_changes_nothing() {
    let mut desk = Desk::open();
    desk.fake.faults(vec![Rule::always(Fault::EventDropped), Rule::times(Fault::PartialFill, 1)]);
    let partly = desk.trade("r-1", "buy open 10 GOOG 755.00");
    desk.until_order(partly, OrderState::PartiallyFilled);
    let rests = desk.trade("r-2", "buy open 10 BAC 16.00");
    desk.until_order(rests, OrderState::Accepted);
    desk.cancel(rests);
    desk.until_order(rests, OrderState::Canceled);
    desk.fake.order_by_hand(&json!({
        "symbol": "BAC", "qty": "3", "side": "buy", "type": "market", "time_in_force": "day",
    }));
    desk.until("what others bought is booked", |desk| desk.held("BAC") == "3");
    desk.go("2015-12-24T15:00:00Z");
    desk.until_order(partly, OrderState::Filled);
    desk.assert_books_agree();
    let (published, lost) = (&desk.fake.books()["stream"]["published"], desk.met()[0]);
    assert_eq!(published, lost, "not one event came through");
}
