//! Quotes and instruments from Alpaca: read in batches by a thread, answered from memory.
//!
//! Whoever asks for an instrument makes it known; it is read from then on. Before its first quote
//! the answer is none, and a decision waits. A quote carries the exchange's time, so that an old
//! one is known for old however often it is read.

mod meaning;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use gatefold_core::decide::{Facts, Feed, MarketData, Quote};
use gatefold_core::vocabulary::Instrument;
use parking_lot::Mutex;

use crate::api::{Api, Unread};
use crate::budget::Urgency;
use crate::environment::Endpoints;
use crate::keys::Keys;
use crate::market_data::meaning::{option_facts, quote_of, stock_facts};
use crate::order::symbol;
use crate::pace::Pace;
use crate::wire::LatestQuotes;

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
    /// Over the counter.
    Otc,
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
            Self::Otc => "otc",
            Self::Opra => "opra",
            Self::Indicative => "indicative",
        }
    }

    /// As quotes, verdicts and marks name it.
    #[must_use]
    pub const fn feed(self) -> Feed {
        match self {
            Self::Sip => Feed::Sip,
            Self::Iex => Feed::Iex,
            Self::DelayedSip => Feed::DelayedSip,
            Self::Otc => Feed::Otc,
            Self::Opra => Feed::Opra,
            Self::Indicative => Feed::Indicative,
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
        let mut unknown = Vec::new();
        {
            let mut all = self.watched.lock();
            all.retain(|_, watched| watched.asked_at.elapsed() < FORGET);
            for (instrument, watched) in &*all {
                let kept = if watched.facts.is_some() { FACTS_EVERY } else { FACTS_AGAIN };
                if watched.facts_at.is_none_or(|at| at.elapsed() >= kept) {
                    unknown.push(*instrument);
                }
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
        let (mut stocks, mut options) = (Vec::new(), Vec::new());
        for (instrument, watched) in self.watched.lock().iter_mut() {
            if watched.facts.is_none() {
                // A symbol that the broker does not know could spoil the answer about all others.
                watched.told.1 |= watched.told.0;
                continue;
            }
            if instrument.is_option() { &mut options } else { &mut stocks }.push(*instrument);
        }
        let (stock_feed, option_feed) = (self.feeds.stocks, self.feeds.options);
        // A feed that is refused costs the other none of its quotes.
        let stocks = stocks
            .chunks(BATCH)
            .try_for_each(|batch| self.read_quotes("/v2/stocks/quotes/latest", batch, stock_feed));
        let options = options.chunks(BATCH).try_for_each(|batch| {
            self.read_quotes("/v1beta1/options/quotes/latest", batch, option_feed)
        });
        stocks.and(options)
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
