//! What the broker's bodies hold and what they leave out: P16 to P18.

use gatefold_core::advise::OrderPrice;
use gatefold_core::decide::TradingState;
use gatefold_core::record::Event;
use gatefold_core::route::OrderState;
use serde_json::json;

use crate::desk::{Desk, Fake};
use crate::kit::tapped_desk;
use crate::tap::Tap;

#[test]
fn p16_a_price_is_on_its_tick_before_it_is_judged_and_goes_out_as_it_was_judged() {
    let (mut desk, tap) = tapped_desk(Fake::start(|_| {}), |_| {});
    let option = "GOOG151231C00760000";
    // Never worse than advised: what buys is rounded down, what sells is rounded up.
    for (id, side, of, advised, sent) in [
        ("r-1", "buy open 10", "GOOG", "750.509", "750.50"),
        ("r-2", "sell close 10", "GOOG", "749.001", "749.01"),
        ("r-3", "buy open 1", option, "3.299", "3.29"),
        ("r-4", "sell close 1", option, "2.981", "2.99"),
    ] {
        let key = desk.trade(id, &format!("{side} {of} {advised}"));
        desk.until_order(key, OrderState::Filled);
        let mut judged = String::new();
        desk.each_event(|event| {
            if let Event::IntentApproved(it) = event {
                judged = format!("{:?}", it.terms);
            }
        });
        let out = tap.orders().pop().unwrap();
        assert_eq!(out["limit_price"], sent, "as text");
        assert_eq!(judged, format!("{:?}", OrderPrice::Limit(sent.parse().unwrap())));
    }
    desk.assert_books_agree();
}

#[test]
fn p16_fractions_and_averages_come_back_to_the_last_digit() {
    let mut desk = Desk::open();
    for quantity in ["0.1", "0.2", "0.000000003"] {
        desk.fake.order_by_hand(&json!({
            "symbol": "GOOG", "qty": quantity, "side": "buy", "type": "market",
            "time_in_force": "day",
        }));
    }
    desk.until("all are booked", |desk| desk.booked() == 3);
    assert_eq!(desk.held("GOOG"), "0.300000003", "no float has come near it");
    desk.assert_books_agree();
}

#[test]
fn p17_a_word_that_nobody_knows_parks_its_order_and_stops_nothing() {
    let fake = Fake::start(|_| {});
    // REST and stream say "odd" instead of "new".
    let (calls, stream) =
        (Tap::before(&fake.running.base_url), Tap::before(&fake.running.stream_url));
    for tap in [&calls, &stream] {
        tap.swap("\"status\":\"new\"", "\"status\":\"odd\"");
        tap.swap("\"order_class\":\"\"", "\"order_klass\":\"\"");
    }
    let mut desk = Desk::with(fake, |setup| {
        setup.account.endpoints.trading = calls.base_url();
        setup.account.endpoints.stream = stream.stream_url();
    });
    let rests = desk.trade("r-1", "buy open 10 GOOG 700.00");
    desk.until("somebody is told", |desk| {
        desk.alerts.iter().any(|it| it.contains("has the unknown status \"odd\""))
    });
    assert_eq!(desk.order(rests).state, OrderState::Accepted);
    let other = desk.trade("r-2", "buy open 10 BAC 17.10");
    desk.until_order(other, OrderState::Filled);
    desk.cancel(rests);
    desk.until_order(rests, OrderState::Canceled);
    let told = desk.alerts.iter().filter(|it| it.contains("unknown status")).count();
    assert!(told <= 2, "once for each order: {:#?}", desk.alerts);
    desk.assert_books_agree();
}

#[test]
fn p18_what_stands_behind_the_first_500_orders_is_found() {
    let desk = Desk::open();
    let mut desk = desk.restart(|fake| {
        for _ in 0..500 {
            fake.order_by_hand(&json!({
                "symbol": "BAC", "qty": "1", "side": "buy", "type": "limit",
                "limit_price": "1.00", "time_in_force": "day",
            }));
        }
        // Of another gatefold, or of a log that is lost: nobody here knows of it.
        fake.order_by_hand(&json!({
            "symbol": "BAC", "qty": "1", "side": "buy", "type": "limit", "limit_price": "1.00",
            "time_in_force": "day", "client_order_id": "gf-0123456789abcdef0123456789abcdef",
        }));
    });
    desk.until("the last of them is found", |desk| desk.findings() == ["UnknownOrder"]);
    assert_eq!(desk.account().states().common(), TradingState::ReduceOnly);
    desk.assert_alerted("500 orders of others work in this account");
}

#[test]
fn p18_more_fills_than_a_page_holds_are_all_booked() {
    let desk = Desk::open();
    let mut desk = desk.restart(|fake| {
        for _ in 0..205 {
            fake.order_by_hand(&json!({
                "symbol": "BAC", "qty": "1", "side": "buy", "type": "market",
                "time_in_force": "day",
            }));
        }
    });
    desk.until("all are booked", |desk| desk.held("BAC") == "205");
    desk.assert_books_agree();
    assert_eq!(desk.booked(), 205);
}
