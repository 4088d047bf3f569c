//! A market that says what it was told, as of the time it was told or as of now.

use std::collections::BTreeMap;

use gatefold_core::decide::{Facts, Feed, MarketData, Quote, Tradable};
use gatefold_core::vocabulary::{Instrument, Price, Quantity, Timestamp};

/// Quotes and facts, set by the test.
#[derive(Clone, Debug, Default)]
pub(crate) struct TestMarket {
    quotes: BTreeMap<Instrument, Quote>,
    tradable: BTreeMap<Instrument, Tradable>,
}

impl TestMarket {
    pub(crate) fn set(&mut self, instrument: Instrument, bid: Price, ask: Price, at: Timestamp) {
        let size = Quantity::whole(1_000_000);
        let feed = Feed::Consolidated;
        let quote = Quote { bid, bid_size: size, ask, ask_size: size, at, feed };
        self.quotes.insert(instrument, quote);
    }

    pub(crate) fn forget(&mut self, instrument: &Instrument) {
        self.quotes.remove(instrument);
    }

    pub(crate) fn allow(&mut self, instrument: Instrument, tradable: Tradable) {
        self.tradable.insert(instrument, tradable);
    }

    /// Every quote is confirmed as of now.
    pub(crate) fn refresh(&mut self, now: Timestamp) {
        for quote in self.quotes.values_mut() {
            quote.at = now;
        }
    }
}

impl MarketData for TestMarket {
    fn quote(&self, instrument: &Instrument) -> Option<Quote> {
        self.quotes.get(instrument).copied()
    }

    fn facts(&self, instrument: &Instrument) -> Option<Facts> {
        let facts = if instrument.is_option() { Facts::OPTION } else { Facts::STOCK };
        let tradable = self.tradable.get(instrument).copied().unwrap_or(Tradable::Yes);
        Some(Facts { tradable, ..facts })
    }
}
