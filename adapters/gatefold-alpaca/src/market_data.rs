//! Quotes and instruments from Alpaca: read in batches by a thread, answered from memory.
//!
//! Whoever asks for an instrument makes it known; it is read from then on. Before its first quote
//! the answer is none, and a decision waits. A quote carries the exchange's time, so that an old
//! one is known for old however often it is read.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use gatefold_core::decide::{Facts, Feed, MarketData, Quote, Tradable};
use gatefold_core::vocabulary::{Instrument, Price, Quantity};
use parking_lot::Mutex;

use crate::api::{Api, Unread};
use crate::budget::Urgency;
use crate::environment::Endpoints;
use crate::keys::Keys;
use crate::order::symbol;
use crate::pace::Pace;
use crate::wire::{self, LatestQuotes, Number};

/// So many symbols go into one request.
const BATCH: usize = 100;
/// An instrument that nobody asks for is forgotten after this.
const FORGET: Duration = Duration::from_secs(15 * 60);
/// Facts are read again after this.
const FACTS_EVERY: Duration = Duration::from_secs(15 * 60);
/// Facts that could not be read are asked for again after this.
const FACTS_AGAIN: Duration = Duration::from_secs(5);
/// No more instruments are watched at a time.
const WATCHED_MAX: usize = 2_000;

/// A feed by Alpaca's name for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedName {
    /// All US exchanges.
    Sip,
    /// One exchange.
    Iex,
    /// All US exchanges, 15 minutes late.
    DelayedSip,
    /// All US option exchanges.
    Opra,
    /// Derived option quotes that nobody stands behind.
    Indicative,
}

impl FeedName {
    /// As the request names it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sip => "sip",
            Self::Iex => "iex",
            Self::DelayedSip => "delayed_sip",
            Self::Opra => "opra",
            Self::Indicative => "indicative",
        }
    }

    /// What it is worth to a gate.
    #[must_use]
    pub const fn worth(self) -> Feed {
        match self {
            Self::Sip | Self::Opra => Feed::Consolidated,
            Self::Iex | Self::DelayedSip | Self::Indicative => Feed::Indicative,
        }
    }
}

/// Which feeds are read. They are named, never left to the broker's default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Feeds {
    /// Of stocks.
    pub stocks: FeedName,
    /// Of options.
    pub options: FeedName,
}

struct Watched {
    asked_at: Instant,
    quote: Option<Quote>,
    facts: Option<Facts>,
    facts_at: Option<Instant>,
    /// The broker answered for its facts, and for its quote.
    told: (bool, bool),
}

struct Shared {
    watched: Mutex<BTreeMap<Instrument, Watched>>,
    /// Why the last round failed.
    fault: Mutex<Option<String>>,
    stop: AtomicBool,
    feeds: Feeds,
    data: Api,
    trading: Api,
}

/// Alpaca's market. Its clones show the same.
#[derive(Clone)]
pub struct AlpacaMarket {
    shared: Arc<Shared>,
    reader: Arc<Mutex<Option<JoinHandle<()>>>>,
}

impl AlpacaMarket {
    /// Starts reading, with one account's keys and a request budget apart from trading's.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn start(
        endpoints: &Endpoints,
        keys: &Keys,
        feeds: Feeds,
        pace: &Pace,
    ) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            watched: Mutex::default(),
            fault: Mutex::default(),
            stop: AtomicBool::new(false),
            feeds,
            data: Api::new(&endpoints.data, keys, pace),
            trading: Api::new(&endpoints.trading, keys, pace),
        });
        let (reading, every) = (Arc::clone(&shared), pace.quotes);
        let reader = std::thread::Builder::new()
            .name("quotes".to_owned())
            .spawn(move || reading.run(every))?;
        Ok(Self { shared, reader: Arc::new(Mutex::new(Some(reader))) })
    }

    /// Watches an instrument before anybody asks for it.
    pub fn watch(&self, instrument: Instrument) {
        self.shared.ask(&instrument, |_| None::<()>);
    }

    /// Whether the broker was asked for an instrument and answered: what is still missing then does
    /// not exist there. Asking makes the instrument watched.
    #[must_use]
    pub fn has_asked(&self, instrument: &Instrument) -> bool {
        let told = self.shared.ask(instrument, |watched| Some(watched.told));
        told == Some((true, true))
    }

    /// Why quotes could not be read last time, if they could not.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        self.shared.fault.lock().clone()
    }

    /// Ends the reading; what is known stays.
    pub fn stop(&self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        if let Some(reader) = self.reader.lock().take() {
            // It looks around between two requests.
            let _ = reader.join();
        }
    }
}

impl MarketData for AlpacaMarket {
    fn quote(&self, instrument: &Instrument) -> Option<Quote> {
        self.shared.ask(instrument, |watched| watched.quote)
    }

    fn facts(&self, instrument: &Instrument) -> Option<Facts> {
        self.shared.ask(instrument, |watched| watched.facts)
    }
}

impl Shared {
    fn ask<T>(&self, instrument: &Instrument, look: impl Fn(&Watched) -> Option<T>) -> Option<T> {
        let mut all = self.watched.lock();
        let asked_at = Instant::now();
        if let Some(watched) = all.get_mut(instrument) {
            watched.asked_at = asked_at;
            return look(watched);
        }
        if all.len() < WATCHED_MAX {
            let watched = Watched {
                asked_at,
                quote: None,
                facts: None,
                facts_at: None,
                told: (false, false),
            };
            all.insert(*instrument, watched);
        }
        None
    }

    fn run(&self, every: Duration) {
        const TURN: Duration = Duration::from_millis(20);
        let mut next = Instant::now();
        while !self.stop.load(Ordering::SeqCst) {
            let new = self.watched.lock().values().any(|it| it.facts_at.is_none());
            if new || Instant::now() >= next {
                let fault = self.round().err().map(|error| error.to_string());
                *self.fault.lock() = fault;
                next = Instant::now().checked_add(every).unwrap_or(next);
            }
            std::thread::sleep(TURN);
        }
    }

    /// Reads facts that are missing or old, then all quotes.
    fn round(&self) -> Result<(), Unread> {
        let (mut stocks, mut options, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
        {
            let mut all = self.watched.lock();
            all.retain(|_, watched| watched.asked_at.elapsed() < FORGET);
            for (instrument, watched) in &*all {
                let kept = if watched.facts.is_some() { FACTS_EVERY } else { FACTS_AGAIN };
                if watched.facts_at.is_none_or(|at| at.elapsed() >= kept) {
                    unknown.push(*instrument);
                }
                if instrument.is_option() { &mut options } else { &mut stocks }.push(*instrument);
            }
        }
        for instrument in unknown {
            let facts = self.read_facts(&instrument);
            if let Some(watched) = self.watched.lock().get_mut(&instrument) {
                watched.facts_at = Some(Instant::now());
                watched.facts = facts?;
                watched.told.0 = true;
            }
        }
        let (stock_feed, option_feed) = (self.feeds.stocks, self.feeds.options);
        for batch in stocks.chunks(BATCH) {
            self.read_quotes("/v2/stocks/quotes/latest", batch, stock_feed)?;
        }
        for batch in options.chunks(BATCH) {
            self.read_quotes("/v1beta1/options/quotes/latest", batch, option_feed)?;
        }
        Ok(())
    }

    fn read_quotes(&self, path: &str, of: &[Instrument], feed: FeedName) -> Result<(), Unread> {
        let symbols: Vec<String> = of.iter().map(|it| symbol(it).into_owned()).collect();
        let path = format!("{path}?symbols={}&feed={}", symbols.join("%2C"), feed.name());
        let mut latest: LatestQuotes = self.data.one("quotes", &path, Urgency::Read)?;
        let mut all = self.watched.lock();
        for (instrument, name) in of.iter().zip(&symbols) {
            let found = latest.quotes.remove(name).flatten();
            let read = found.and_then(|quote| quote_of(&quote, feed));
            let Some(watched) = all.get_mut(instrument) else {
                continue;
            };
            watched.told.1 = true;
            // An answer that was overtaken does not take a newer quote back.
            if let Some(quote) = read
                && watched.quote.is_none_or(|known| known.at <= quote.at)
            {
                watched.quote = Some(quote);
            }
        }
        Ok(())
    }

    /// What the broker says of an instrument; `None` where it does not know it.
    fn read_facts(&self, instrument: &Instrument) -> Result<Option<Facts>, Unread> {
        let name = symbol(instrument);
        let read = if instrument.is_option() {
            self.trading.contract(&name).map(|contract| option_facts(&contract))
        } else {
            self.trading.asset(&name).map(|asset| stock_facts(&asset))
        };
        match read {
            Ok(facts) => Ok(Some(facts)),
            Err(Unread::Missing) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// A quote, if all of it can be read. A side of price 0 is a side that is not there.
fn quote_of(quote: &wire::Quote, feed: FeedName) -> Option<Quote> {
    let price = |it: &Option<Number>| it.as_ref().map_or(Some(Price::ZERO), |it| it.price().ok());
    let size =
        |it: &Option<Number>| it.as_ref().map_or(Some(Quantity::ZERO), |it| it.quantity().ok());
    Some(Quote {
        bid: price(&quote.bp)?,
        bid_size: size(&quote.bs)?,
        ask: price(&quote.ap)?,
        ask_size: size(&quote.ask_size)?,
        at: quote.t.parse().ok()?,
        feed: feed.worth(),
    })
}

fn stock_facts(asset: &wire::Asset) -> Facts {
    let tradable = asset.tradable && asset.status == "active" && asset.class == "us_equity";
    Facts { tradable: if tradable { Tradable::Yes } else { Tradable::No }, ..Facts::STOCK }
}

/// A contract that does not deliver 100 shares is not the one that its symbol says.
fn option_facts(contract: &wire::OptionContract) -> Facts {
    let standard = |number: &Option<Number>| number.as_ref().is_none_or(|it| it.as_str() == "100");
    let usual = standard(&contract.multiplier) && standard(&contract.size);
    let tradable = contract.tradable && contract.status == "active" && usual;
    let interest = contract.open_interest.as_ref().and_then(|it| it.quantity().ok());
    let date = contract.open_interest_date.as_deref().and_then(|it| it.parse().ok());
    Facts {
        tradable: if tradable { Tradable::Yes } else { Tradable::No },
        open_interest: interest.zip(date),
        ..Facts::OPTION
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_side_that_is_not_there_is_zero_and_a_garbled_one_is_no_quote() {
        let read = |json: &str| {
            let quote: wire::Quote = serde_json::from_str(json).unwrap();
            quote_of(&quote, FeedName::Indicative)
        };
        let text = r#"{"t":"2024-02-28T15:30:28.046330624Z","ap":0.16,"as":669,"bp":0,"bs":0}"#;
        let quote = read(text).unwrap();
        assert_eq!((quote.bid, quote.ask), (Price::ZERO, Price::cents(16)));
        assert_eq!((quote.feed, quote.is_sound()), (Feed::Indicative, false));
        assert_eq!(quote.at.to_string(), "2024-02-28T15:30:28.046330624Z");
        assert!(read(r#"{"t":"2024-02-28T15:30:28Z","ap":-1,"bp":1}"#).is_none());
        assert!(read(r#"{"t":"yesterday","ap":1,"bp":1}"#).is_none());
    }

    #[test]
    fn only_what_is_standard_and_active_is_tradable() {
        let contract = |json: &str| option_facts(&serde_json::from_str(json).unwrap()).tradable;
        let usual = r#"{"status":"active","tradable":true,"size":"100","multiplier":"100"}"#;
        assert_eq!(contract(usual), Tradable::Yes);
        for (old, new) in [("\"100\"", "\"10\""), ("true", "false"), ("active", "inactive")] {
            assert_eq!(contract(&usual.replace(old, new)), Tradable::No, "{new}");
        }
        let asset = wire::Asset { tradable: true, status: "active".into(), ..Default::default() };
        assert_eq!(stock_facts(&asset).tradable, Tradable::No, "its class is not known");
    }
}
