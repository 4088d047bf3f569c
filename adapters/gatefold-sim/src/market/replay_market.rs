//! How old a quote is that did not change is decided here, and what is known of an instrument.

use std::sync::Arc;

use gatefold_core::decide::{Facts, MarketData, Quote};
use gatefold_core::vocabulary::{Date, Instrument, Quantity, Session, Span, Table, Timestamp};
use parking_lot::{RwLock, RwLockWriteGuard};

/// The market as a [`Replay`](crate::Replay) has made it known; clones share it.
///
/// **The age of a quote.** Bars are recorded only for minutes in which something changed, so a
/// missing row says that the quote still stood. The time of a quote from bars is therefore the end
/// of the last whole bar that is over, as long as that lies inside the regular session and between
/// the first and the last row of the file it came from; outside of that, and for quotes that were
/// recorded one by one, it is the time of the quote itself. What this knows beforehand is only that
/// the recording went on, never a price: the price shown is always the last one known.
#[derive(Clone, Debug, Default)]
pub struct ReplayMarket {
    shared: Arc<RwLock<Shared>>,
}

/// For which time a file of bars tells what changed.
#[derive(Clone, Debug)]
pub(super) struct Coverage {
    /// The ends of its first and its last bar.
    pub(super) span: Option<(Timestamp, Timestamp)>,
    /// How long its bars are.
    pub(super) step: Span,
    /// The regular session of its date.
    pub(super) session: Option<Session>,
}

impl Coverage {
    /// Until when, as far as is known at `now`, what did not change is known to have stood.
    fn confirmed(&self, now: Timestamp) -> Option<Timestamp> {
        let ((first, last), session) = (self.span?, self.session?);
        let beyond = now.nanos().checked_rem_euclid(self.step.nanos())?;
        let bar = Timestamp::from_nanos(now.nanos().saturating_sub(beyond));
        let until = bar.min(last).min(session.close);
        (until > session.open && until >= first).then_some(until)
    }
}

#[derive(Debug, Default)]
pub(super) struct Shared {
    now: Option<Timestamp>,
    known: Table<Instrument, Known>,
    coverages: Vec<Coverage>,
}

#[derive(Debug, Default)]
struct Known {
    quote: Option<(Quote, Option<usize>)>,
    listed: bool,
    open_interest: Option<(Quantity, Date)>,
}

impl Shared {
    fn entry(&mut self, instrument: Instrument) -> &mut Known {
        if self.known.get(&instrument).is_none() {
            self.known.insert(instrument, Known::default());
        }
        let known = self.known.get_mut(&instrument);
        known.unwrap_or_else(|| unreachable!("it was just inserted"))
    }

    pub(super) fn advance_to(&mut self, now: Timestamp) {
        self.now = self.now.max(Some(now));
    }

    pub(super) fn list(&mut self, instrument: Instrument) {
        self.entry(instrument).listed = true;
    }

    pub(super) fn set_open_interest(&mut self, of: Instrument, published: (Quantity, Date)) {
        self.entry(of).open_interest = Some(published);
    }

    pub(super) fn set_quote(&mut self, of: Instrument, quote: Quote, coverage: Option<usize>) {
        self.entry(of).quote = Some((quote, coverage));
    }
}

impl ReplayMarket {
    pub(super) fn new(coverages: Vec<Coverage>) -> Self {
        let shared = Shared { coverages, ..Shared::default() };
        Self { shared: Arc::new(RwLock::new(shared)) }
    }

    pub(super) fn write(&self) -> RwLockWriteGuard<'_, Shared> {
        self.shared.write()
    }

    /// The time up to which everything is known; `None` before the replay began.
    #[must_use]
    pub fn now(&self) -> Option<Timestamp> {
        self.shared.read().now
    }
}

impl MarketData for ReplayMarket {
    fn quote(&self, instrument: &Instrument) -> Option<Quote> {
        let shared = self.shared.read();
        let (quote, coverage) = shared.known.get(instrument)?.quote?;
        let covered = coverage.and_then(|index| shared.coverages.get(index));
        let confirmed = covered.and_then(|it| it.confirmed(shared.now?));
        Some(Quote { at: quote.at.max(confirmed.unwrap_or(quote.at)), ..quote })
    }

    fn facts(&self, instrument: &Instrument) -> Option<Facts> {
        let shared = self.shared.read();
        let known = shared.known.get(instrument).filter(|known| known.listed)?;
        let facts = if instrument.is_option() { Facts::OPTION } else { Facts::STOCK };
        Some(Facts { open_interest: known.open_interest, ..facts })
    }
}
