//! Quotes and instruments over real sockets: each with its feed and the exchange's time, and no
//! symbol at the cost of another.

use std::time::{Duration, Instant};

use fake_alpaca::{Fault, On, Rule};
use gatefold_alpaca::{AlpacaMarket, FeedName, Feeds, Pace};
use gatefold_core::decide::{Feed, MarketData as _, Tradable};
use gatefold_core::vocabulary::{Instrument, Price};

use crate::desk::Fake;

const OPTION: &str = "GOOG151231C00760000";

fn open(fake: &Fake, options: FeedName) -> AlpacaMarket {
    let feeds = Feeds { stocks: FeedName::Sip, options };
    let pace = Pace { quotes: Duration::from_millis(20), ..Pace::default() };
    AlpacaMarket::start(&fake.endpoints(), &fake.keys(0), feeds, &pace).unwrap()
}

fn named(symbol: &str) -> Instrument {
    Instrument::parse(symbol).unwrap()
}

#[track_caller]
fn until(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(30), "{what}: not so");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_quote_has_the_exchanges_time_and_its_feeds_worth() {
    let fake = Fake::start(|_| {});
    let market = open(&fake, FeedName::Indicative);
    until("both are quoted", || {
        market.quote(&named("GOOG")).is_some() && market.quote(&named(OPTION)).is_some()
    });
    let (stock, option) =
        (market.quote(&named("GOOG")).unwrap(), market.quote(&named(OPTION)).unwrap());
    assert_eq!((stock.bid, stock.ask), (Price::cents(74_990), Price::cents(75_010)));
    assert_eq!(stock.at.to_string(), "2015-12-24T14:30:00Z", "and not when it was read");
    assert_eq!((stock.feed, option.feed), (Feed::Consolidated, Feed::Indicative));
    fake.running.advance_to("2015-12-24T15:10:00Z".parse().unwrap());
    until("the next quote is there", || {
        market.quote(&named("GOOG")).is_some_and(|it| it.ask == Price::cents(75_120))
    });
}

#[test]
fn a_symbol_that_nobody_knows_costs_no_other_its_quote() {
    let fake = Fake::start(|_| {});
    let market = open(&fake, FeedName::Opra);
    let nobody = named("NOBODY");
    until("it was asked for", || market.has_asked(&nobody));
    until("the other is quoted", || market.quote(&named("BAC")).is_some());
    assert_eq!((market.quote(&nobody), market.facts(&nobody)), (None, None));
    assert_eq!(market.facts(&named("BAC")).unwrap().tradable, Tradable::Yes);
    assert_eq!(market.fault(), None);
}

#[test]
fn what_cannot_be_read_leaves_the_last_quote_with_its_age() {
    let fake = Fake::start(|_| {});
    let market = open(&fake, FeedName::Opra);
    until("it is quoted", || market.quote(&named("GOOG")).is_some());
    fake.faults(vec![Rule::always(Fault::GatewayHtml).on(On::Data)]);
    until("it cannot be read", || market.fault().is_some_and(|it| it.contains("504")));
    fake.running.advance_to("2015-12-24T15:10:00Z".parse().unwrap());
    let quote = market.quote(&named("GOOG")).unwrap();
    assert_eq!(quote.at.to_string(), "2015-12-24T14:30:00Z", "a gate sees how old it is");
}
