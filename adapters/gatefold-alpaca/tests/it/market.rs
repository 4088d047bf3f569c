//! Quotes and instruments over real sockets: each with its feed and the exchange's time, and no
//! symbol at the cost of another.

use std::time::{Duration, Instant};

use fake_alpaca::{Fault, On, Rule};
use gatefold_alpaca::{AlpacaMarket, FeedName, Feeds, Pace};
use gatefold_core::decide::{Feed, MarketData as _, Tradable};
use gatefold_core::vocabulary::{Instrument, Price};

use crate::desk::Fake;

const GOOG: &str = "GOOG";
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
fn a_quote_has_the_exchanges_time_and_its_feeds_name() {
    let fake = Fake::start(|_| {});
    let market = open(&fake, FeedName::Indicative);
    until("both are quoted", || {
        market.quote(&named("GOOG")).is_some() && market.quote(&named(OPTION)).is_some()
    });
    let (stock, option) =
        (market.quote(&named("GOOG")).unwrap(), market.quote(&named(OPTION)).unwrap());
    assert_eq!((stock.bid, stock.ask), (Price::cents(74_990), Price::cents(75_010)));
    assert_eq!(stock.at.to_string(), "2015-12-24T14:30:00Z", "and not when it was read");
    assert_eq!((stock.feed, option.feed), (Feed::Sip, Feed::Indicative));
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
fn the_feed_that_is_asked_for_is_the_one_that_quotes_name() {
    let fake = Fake::start(|settings| settings.accounts[0].subscribed = false);
    for (stocks, options, wanted) in [
        (FeedName::Iex, FeedName::Indicative, [Some(Feed::Iex), Some(Feed::Indicative)]),
        (FeedName::DelayedSip, FeedName::Opra, [Some(Feed::DelayedSip), None]),
        (FeedName::Otc, FeedName::Opra, [Some(Feed::Otc), None]),
        // What an account does not pay for is no quote, and costs the other feed none.
        (FeedName::Sip, FeedName::Indicative, [None, Some(Feed::Indicative)]),
    ] {
        let pace = Pace { quotes: Duration::from_millis(20), ..Pace::default() };
        let (endpoints, keys) = (fake.endpoints(), fake.keys(0));
        let feeds = Feeds { stocks, options };
        let market = AlpacaMarket::start(&endpoints, &keys, feeds, &pace).unwrap();
        let found = || [GOOG, OPTION].map(|it| market.quote(&named(it)).map(|quote| quote.feed));
        until("both were asked for", || found() == wanted);
        if wanted.contains(&None) {
            let refused = |it: String| it.contains("subscription does not permit");
            until("it is told", || market.fault().is_some_and(refused));
            assert_eq!(found(), wanted);
        }
    }
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
