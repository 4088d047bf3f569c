//! Orders that are sent and whose answer is lost, wrong or not for us: P07, P19, P20, P25.

use std::sync::Arc;
use std::time::{Duration, Instant};

use fake_alpaca::{AccountSettings, Fault, On, Rule};
use gatefold_alpaca::Environment;
use gatefold_core::decide::{MarketData as _, TradingState};
use gatefold_core::record::Event;
use gatefold_core::route::{Broker as _, OrderState};
use gatefold_core::vocabulary::{Instrument, Span};
use serde_json::json;

use crate::desk::{Desk, Fake, me};
use crate::kit::{once, tapped_desk};
use crate::tap::Tap;

const POST: &str = "POST /v2/orders ";

#[test]
fn p07_a_timeout_after_acceptance_is_looked_up_and_never_sent_again() {
    let (mut desk, tap) = tapped_desk(Fake::start(|_| {}), |setup| {
        setup.account.pace.answer = Duration::from_millis(500);
        setup.patience.absent_polls = 5;
        setup.patience.absent_for = Span::seconds(30);
    });
    // The answer never comes, and at first not even look-ups find the order.
    desk.fake.faults(vec![
        once(Fault::TimeoutAfter, 2_000).on(On::Submit),
        once(Fault::HiddenAtFirst, 900),
        Rule::always(Fault::EventDropped),
    ]);
    let key = desk.trade("r-1", "buy open 10 GOOG 740.00");
    assert_eq!(desk.order(key).state, OrderState::Unknown);
    assert!(desk.account().totals().gross > gatefold_core::vocabulary::Money::dollars(7_399));
    let missed = desk.count(|event| matches!(event, Event::LookUpMissed(_)));
    assert_eq!(missed, 1, "the first look-up came too early, and proves nothing");
    desk.until_order(key, OrderState::Accepted);
    assert_eq!((tap.count(POST), desk.orders_there()), (1, 1));
    desk.assert_books_agree();
}

#[test]
fn p07_an_error_that_hides_an_acceptance_is_looked_up_and_never_sent_again() {
    for fault in
        [Fault::ResetAfter, Fault::GatewayHtmlAfter, Fault::ServerErrorAfter, Fault::CutBody]
    {
        let (mut desk, tap) = tapped_desk(Fake::start(|_| {}), |_| {});
        desk.fake.faults(vec![Rule::times(fault, 1).on(On::Submit)]);
        let key = desk.trade("r-1", "buy open 10 GOOG 750.50");
        desk.until_order(key, OrderState::Filled);
        assert_eq!((tap.count(POST), desk.orders_there()), (1, 1), "{fault:?}");
        desk.assert_books_agree();
    }
}

#[test]
fn p07_another_order_under_our_id_freezes_the_account() {
    let mut desk = Desk::open();
    let google = Instrument::parse("GOOG").unwrap();
    desk.until("a quote is there", |desk| {
        desk.market.quote(&google).is_some() && desk.market.facts(&google).is_some()
    });
    let advice = desk.advice("r-1", "buy open 10 GOOG 750.50");
    let (_, key) = desk.account().next_key(&advice.id);
    desk.fake.order_by_hand(&json!({
        "symbol": "BAC", "qty": "1", "side": "buy", "type": "limit", "limit_price": "16.00",
        "time_in_force": "day", "client_order_id": key.to_string(),
    }));
    desk.advise(advice);
    desk.until("it is found", |desk| desk.findings().contains(&"IdCollision"));
    assert_eq!(desk.account().states().common(), TradingState::Frozen);
    assert_eq!(desk.orders_there(), 1, "nothing of ours went out");
    desk.assert_alerted("the broker has gf-");
}

#[test]
fn p19_reads_are_made_again_and_an_order_never_is() {
    let (mut desk, tap) = tapped_desk(Fake::start(|_| {}), |setup| {
        setup.patience.absent_polls = 5;
        setup.patience.absent_for = Span::seconds(30);
    });
    for fault in [Fault::GatewayHtml, Fault::ServerError, Fault::ResetBefore, Fault::CutBody] {
        desk.fake.faults(vec![Rule::times(fault, 1).on(On::Read)]);
        let answer = desk.broker.snapshot(&me());
        assert!(answer.is_ok(), "{fault:?}: {answer:?}");
        assert_eq!(desk.met(), [1]);
    }
    for (number, fault) in
        [Fault::GatewayHtml, Fault::ServerError, Fault::ResetBefore].into_iter().enumerate()
    {
        desk.fake.faults(vec![Rule::times(fault, 1).on(On::Submit)]);
        let key = desk.trade(&format!("r-{number}"), &format!("buy open {} BAC 16.00", number + 1));
        assert_eq!(desk.order(key).state, OrderState::Unknown, "{fault:?}");
        assert_eq!(tap.count(POST), number + 1, "{fault:?}");
    }
    desk.poll_for(Duration::from_millis(300));
    assert_eq!(tap.count(POST), 3, "no time has passed that would prove anything");
}

#[test]
fn p19_a_broker_that_never_answers_is_not_waited_for() {
    let (desk, _tap) = tapped_desk(Fake::start(|_| {}), |setup| {
        setup.account.pace.answer = Duration::from_millis(300);
    });
    desk.fake.faults(vec![Rule::always(Fault::TimeoutBefore).on(On::Read)]);
    let start = Instant::now();
    let answer = desk.broker.snapshot(&me());
    assert!(answer.is_err(), "{answer:?}");
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
}

#[test]
fn p19_answers_lost_in_a_row_halt_entries() {
    let (mut desk, tap) = tapped_desk(Fake::start(|_| {}), |setup| {
        setup.patience.failures_max = 3;
        setup.opening.limits.order_burst = 20;
    });
    desk.fake.faults(vec![Rule::always(Fault::GatewayHtml).on(On::Submit)]);
    for number in 1..=5 {
        desk.trade(&format!("r-{number}"), &format!("buy open {number} BAC 16.00"));
    }
    assert_eq!(desk.account().states().common(), TradingState::EntriesHalted);
    assert_eq!(tap.count(POST), 3, "the fourth and fifth stay here");
    desk.assert_alerted("the answers to 3 orders in a row were lost");
}

#[test]
fn p20_keys_of_another_account_or_environment_send_no_order_and_are_not_shown_around() {
    let fake = Arc::new(Fake::start(|settings| {
        settings.accounts.push(AccountSettings::paper("other"));
        settings.accounts.push(AccountSettings::live("real"));
    }));
    for (keys_of, expected) in
        [(1, "were keys swapped?"), (2, "live keys and the account is configured as paper")]
    {
        let tap = Tap::before(&fake.running.base_url);
        let mut account = fake.account(0);
        account.keys = fake.keys(keys_of);
        account.endpoints.trading = tap.base_url();
        let broker = fake.broker(account);
        let reason = broker.guard()[0].reason().expect("an objection");
        assert!(reason.contains(expected), "{reason}");
        assert!(broker.snapshot(&me()).is_err() && broker.reports(&me()).is_ok());
        assert!(broker.reports(&me()).is_err(), "after its alarm was told");
        assert_eq!(tap.count("POST "), 0);
        if keys_of == 2 {
            assert_eq!(tap.connections(), 0, "live keys are not sent to another host at all");
        }
        assert!(!reason.contains(&fake.running.accounts[keys_of].key_id), "{reason}");
    }
    let mut live = fake.account(2);
    live.environment = Environment::Live;
    live.keys = fake.keys(0);
    let reason = fake.broker(live).guard()[0].reason().expect("paper keys in a live account");
    assert!(reason.contains("paper keys and the account is configured as live"), "{reason}");
}

#[test]
fn p25_nothing_is_sent_outside_of_its_session_and_no_auction_is_ever_asked_for() {
    let (mut desk, tap) = tapped_desk(Fake::start(|_| {}), |setup| {
        setup.opening.limits.max_quote_age = Span::hours(24 * 7);
    });
    let google = Instrument::parse("GOOG").unwrap();
    desk.until("a quote is there", |desk| desk.market.quote(&google).is_some());
    // Half an hour after the close of a short day, and half a minute before the next open.
    desk.go("2015-12-24T18:30:00Z");
    desk.trade("r-1", "buy open 10 GOOG 750.50");
    desk.go("2015-12-28T14:29:30Z");
    let early = desk.trade("r-2", "buy open 10 GOOG 751.00");
    assert_eq!(tap.count(POST), 0, "{:#?}", desk.events());
    let deferred = desk.count(|event| matches!(event, Event::IntentDeferred(_)));
    assert_eq!(deferred, 2, "{:#?}", desk.events());
    desk.go("2015-12-28T14:31:10Z");
    desk.until("it goes with the open", |desk| desk.account().order(&early).is_some());
    let sent = tap.orders();
    assert_eq!(sent.len(), 1, "what was advised on the day before is out of date");
    assert_eq!(sent[0]["time_in_force"], "day");
}
