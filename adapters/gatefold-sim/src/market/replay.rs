//! The order in which recorded quotes become known is decided here.

use gatefold_core::decide::Quote;
use gatefold_core::vocabulary::{Date, Instrument, Quantity, Timestamp};

use crate::market::load::Loaded;
use crate::market::replay_market::ReplayMarket;

/// A quote that became known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuoteChange {
    /// From when on it is known.
    pub known_at: Timestamp,
    /// Of what.
    pub instrument: Instrument,
    /// Both sides, those that did not change included.
    pub quote: Quote,
    pub(super) coverage: Option<usize>,
}

impl QuoteChange {
    /// A quote of its own, known at the time it bears.
    #[must_use]
    pub fn new(instrument: Instrument, quote: Quote) -> Self {
        Self { known_at: quote.at, instrument, quote, coverage: None }
    }
}

/// Recorded quotes in the order in which they became known, and how far they are known.
///
/// Whoever drives it stops at each [`next_time`](Replay::next_time): what lies between two stops is
/// applied at once, and only the last quote of each instrument is ever seen.
#[derive(Debug)]
pub struct Replay {
    market: ReplayMarket,
    changes: Vec<QuoteChange>,
    next: usize,
    facts: Vec<FactChange>,
    next_fact: usize,
}

/// Something became known of an instrument apart from its price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FactChange {
    known_at: Timestamp,
    instrument: Instrument,
    /// `None`: it exists.
    open_interest: Option<(Quantity, Date)>,
}

impl Replay {
    /// A replay of quotes that are known at the time they bear, in any order; each instrument is
    /// known from the first of all quotes on.
    #[must_use]
    pub fn of(changes: Vec<QuoteChange>) -> Self {
        let mut loaded = Loaded::default();
        if let Some(first) = changes.iter().map(|change| change.known_at).min() {
            loaded.listed = changes.iter().map(|change| (change.instrument, first)).collect();
        }
        loaded.changes = changes;
        Self::new(loaded)
    }

    pub(super) fn new(loaded: Loaded) -> Self {
        let Loaded { mut changes, coverages, listed, open_interest } = loaded;
        // Stable: of two quotes at one moment the one that was read last stands.
        changes.sort_by_key(|change| (change.known_at, change.instrument));
        let existence = listed.into_iter().map(|(instrument, known_at)| FactChange {
            known_at,
            instrument,
            open_interest: None,
        });
        let published = open_interest.into_iter().map(|(known_at, instrument, open_interest)| {
            FactChange { known_at, instrument, open_interest: Some(open_interest) }
        });
        let mut facts: Vec<FactChange> = existence.chain(published).collect();
        facts.sort_by_key(|fact| (fact.known_at, fact.instrument));
        let market = ReplayMarket::new(coverages);
        Self { market, changes, next: 0, facts, next_fact: 0 }
    }

    /// The market as it is known: a handle, whose clones see what this replay makes known.
    #[must_use]
    pub fn market(&self) -> ReplayMarket {
        self.market.clone()
    }

    /// When the next quote becomes known; `None` at the end.
    #[must_use]
    pub fn next_time(&self) -> Option<Timestamp> {
        self.changes.get(self.next).map(|change| change.known_at)
    }

    /// Every moment at which a quote becomes known, in order, each once.
    #[must_use]
    pub fn times(&self) -> Vec<Timestamp> {
        let mut times: Vec<_> = self.changes.iter().map(|change| change.known_at).collect();
        times.dedup();
        times
    }

    /// All quotes, in the order in which they become known.
    #[must_use]
    pub fn changes(&self) -> &[QuoteChange] {
        &self.changes
    }

    /// Makes known what was known at `now`, and answers how many quotes that changed. A time that
    /// has passed changes nothing.
    pub fn advance_to(&mut self, now: Timestamp) -> usize {
        let mut shared = self.market.write();
        shared.advance_to(now);
        while let Some(fact) = self.facts.get(self.next_fact).filter(|it| it.known_at <= now) {
            match fact.open_interest {
                None => shared.list(fact.instrument),
                Some(open_interest) => shared.set_open_interest(fact.instrument, open_interest),
            }
            self.next_fact += 1;
        }
        let before = self.next;
        while let Some(change) = self.changes.get(self.next).filter(|it| it.known_at <= now) {
            shared.set_quote(change.instrument, change.quote, change.coverage);
            self.next += 1;
        }
        self.next - before
    }
}
