//! An account that is not the one that is configured does not trade, and both sides are named.

use std::sync::Arc;
use std::time::{Duration, Instant};

use fake_alpaca::{Fault, On, Rule};
use gatefold_alpaca::{AlpacaBroker, Environment};
use gatefold_core::record::event::Link;
use gatefold_core::route::{Broker as _, Report};
use gatefold_core::vocabulary::{Calendar, Money, Span};

use crate::desk::{Fake, me};

fn reason(broker: &AlpacaBroker) -> String {
    let found = broker.guard();
    assert_eq!(found.len(), 1);
    let reason = found[0].reason().expect("an objection");
    assert!(broker.snapshot(&me()).is_err(), "a locked account is not read as if it traded");
    reason
}

fn fake() -> Arc<Fake> {
    Arc::new(Fake::start(|settings| {
        settings.accounts.push(fake_alpaca::AccountSettings::paper("other"));
        settings.accounts.push(fake_alpaca::AccountSettings::live("real"));
    }))
}

#[test]
fn swapped_keys_name_both_accounts() {
    let fake = fake();
    let mut account = fake.account(0);
    account.keys = fake.keys(1);
    let reason = reason(&fake.broker(account));
    for index in 0..2 {
        assert!(reason.contains(&fake.running.accounts[index].account_number), "{reason}");
    }
    assert!(!reason.contains(&fake.running.accounts[1].key_id), "no key is shown: {reason}");
}

#[test]
fn live_keys_in_a_paper_account_are_never_sent() {
    let fake = fake();
    let mut account = fake.account(0);
    account.keys = fake.keys(2);
    let reason = reason(&fake.broker(account));
    assert!(reason.contains("live keys") && reason.contains("configured as paper"), "{reason}");
}

#[test]
fn keys_that_the_broker_does_not_know_are_refused() {
    let fake = fake();
    let mut account = fake.account(0);
    account.keys = gatefold_alpaca::Keys::new("XXNOBODY", "nothing", "a test").unwrap();
    let reason = reason(&fake.broker(account));
    assert!(reason.contains("refuses the keys"), "{reason}");
}

#[test]
fn a_blocked_or_inactive_account_does_not_trade() {
    let fake = Arc::new(Fake::start(|settings| {
        settings.accounts[0].trading_blocked = true;
        settings.accounts[0].status = "ACCOUNT_UPDATED".to_owned();
    }));
    let reason = reason(&fake.broker(fake.account(0)));
    assert!(reason.contains("trading_blocked") && reason.contains("ACCOUNT_UPDATED"), "{reason}");
}

#[test]
fn a_skewed_clock_is_told_with_its_skew() {
    let fake = fake();
    let shown = Arc::clone(&fake);
    let late = move || shown.running.now().saturating_sub(Span::seconds(90));
    let broker = AlpacaBroker::new(vec![fake.account(0)], Arc::new(late), Calendar::nyse());
    let reason = reason(&broker);
    assert!(reason.contains("clock is 1m30s ahead"), "{reason}");
}

#[test]
fn other_cash_than_configured_is_told_before_the_books_begin() {
    let fake = fake();
    let mut account = fake.account(0);
    account.cash = Some(Money::dollars(5));
    let reason = reason(&fake.broker(account));
    assert!(reason.contains("cash = \"100000.00\""), "{reason}");
}

#[test]
fn two_accounts_of_ours_at_one_of_theirs_are_refused() {
    let fake = fake();
    let (one, mut two) = (fake.account(0), fake.account(0));
    two.account = gatefold_core::vocabulary::AccountId::new("twin").unwrap();
    let now = fake.running.now();
    let broker = AlpacaBroker::new(vec![one, two], Arc::new(move || now), Calendar::nyse());
    let found = broker.guard();
    assert!(found.iter().all(|it| it.reason().is_some()), "{found:?}");
}

#[test]
fn an_account_in_order_passes_and_a_live_one_is_reached_at_the_live_host() {
    let fake = fake();
    let mut live = fake.account(2);
    live.environment = Environment::Live;
    live.endpoints.trading = fake.running.live_url.clone();
    live.endpoints.stream = fake.running.live_stream_url.clone();
    for account in [fake.account(0), live] {
        let broker = fake.broker(account);
        assert_eq!(broker.guard()[0].objections, []);
    }
}

/// A broker that was examined while nobody could be asked; then it could.
fn examined_blind(fake: &Arc<Fake>, keys_of: usize) -> AlpacaBroker {
    let mut account = fake.account(0);
    account.keys = fake.keys(keys_of);
    account.pace.examine = Duration::from_millis(50);
    let broker = fake.broker(account);
    // A read is made twice.
    fake.faults(vec![Rule::times(Fault::ServerError, 2).on(On::Read)]);
    let reason = reason(&broker);
    assert!(reason.starts_with("the broker could not be asked"), "{reason}");
    broker
}

#[test]
fn an_account_that_could_not_be_asked_about_trades_once_it_was_examined() {
    let fake = fake();
    let broker = examined_blind(&fake, 0);
    let start = Instant::now();
    loop {
        assert!(start.elapsed() < Duration::from_secs(20), "it was never examined again");
        std::thread::sleep(Duration::from_millis(20));
        let Ok(told) = broker.reports(&me()) else { continue };
        let up = |report: &Report| matches!(report, Report::Link(it) if it.link == Link::Up);
        if let Some(place) = told.iter().position(up) {
            // Nothing is judged on a link before what it brought is booked.
            assert_eq!(place + 1, told.len(), "{told:?}");
            assert!(told.iter().any(|it| matches!(it, Report::Books(_))), "{told:?}");
            break;
        }
    }
    assert!(broker.snapshot(&me()).is_ok());
}

#[test]
fn an_account_that_turns_out_to_be_another_stays_locked() {
    let fake = fake();
    let broker = examined_blind(&fake, 1);
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(1) {
        std::thread::sleep(Duration::from_millis(20));
        let told = broker.reports(&me()).unwrap_or_default();
        assert!(told.iter().all(|it| matches!(it, Report::Alarm { .. })), "{told:?}");
    }
    let refused = broker.snapshot(&me()).unwrap_err().to_string();
    assert!(refused.contains("were keys swapped?"), "{refused}");
}
