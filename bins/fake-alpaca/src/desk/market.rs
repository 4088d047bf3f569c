//! What time it is, and what the market shows at that time, is decided here.

use std::collections::{BTreeMap, BTreeSet};

use gatefold_sim::core::decide::{MarketData, Quote};
use gatefold_sim::core::vocabulary::{
    Calendar, Date, Equity, Instrument, OptionContract, Phase, Price, Quantity, Span, Symbol,
    Timestamp,
};
use gatefold_sim::{Replay, ReplayMarket};

/// The least time between two stamps: no two orders are made at the same moment.
const STAMP: Span = Span::from_nanos(1_000);

/// The replay with its calendar and clock.
pub(crate) struct Market {
    replay: Replay,
    known: ReplayMarket,
    /// Sessions and holidays of the time that is shown.
    pub(crate) calendar: Calendar,
    /// So much later than in the recording everything happens.
    shift: Span,
    now: Timestamp,
    stamped: Timestamp,
    listed: BTreeSet<Instrument>,
    /// The middles of sound quotes, as they became known in the recording.
    middles: BTreeMap<Instrument, Vec<(Timestamp, Price)>>,
    /// The middle at the end of the last session but this.
    closes: BTreeMap<Instrument, Price>,
    day: Option<Date>,
}

impl Market {
    /// A market that shows `now`; the recording lies `shift` before it.
    pub(crate) fn new(replay: Replay, calendar: Calendar, shift: Span, now: Timestamp) -> Self {
        let listed: BTreeSet<_> = replay.changes().iter().map(|it| it.instrument).collect();
        let stocks = listed.iter().map(|it| Instrument::Equity(Equity(it.underlying())));
        let listed = stocks.chain(listed.iter().copied()).collect();
        let known = replay.market();
        let mut middles: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for change in replay.changes().iter().filter(|it| it.quote.is_sound()) {
            let at = change.known_at.saturating_add(shift);
            middles.entry(change.instrument).or_default().push((at, rounded(&change.quote)));
        }
        let mut market = Self {
            replay,
            known,
            calendar,
            shift,
            now,
            stamped: now,
            listed,
            middles,
            closes: BTreeMap::new(),
            day: None,
        };
        market.advance_to(now);
        market
    }

    /// The time that the market is at.
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// The time for something that happens now: later than for anything before it.
    pub(crate) fn stamp(&mut self) -> Timestamp {
        self.stamped = self.now.max(self.stamped.saturating_add(STAMP));
        self.stamped
    }

    /// The next moment at which something can happen by itself: a quote, or a bell.
    pub(crate) fn next_moment(&self) -> Option<Timestamp> {
        let quote = self.replay.next_time().map(|at| at.saturating_add(self.shift));
        let quote = quote.map(|at| at.max(self.now.saturating_add(STAMP)));
        [quote, self.next_bell()].into_iter().flatten().min()
    }

    /// The next opening, closing, last half hour, or midnight.
    fn next_bell(&self) -> Option<Timestamp> {
        let date = self.calendar.date_of(self.now)?;
        let mut bells = vec![self.calendar.midnight(date.next())];
        bells.push(self.calendar.next_open(self.now));
        if let Some(session) = self.calendar.session(date) {
            bells.push(Some(session.close));
            bells.push(Some(session.close.saturating_sub(LAST_HALF_HOUR)));
            let midnight = self.calendar.midnight(date);
            bells.push(midnight.map(|it| it.saturating_add(EXTENDED_CLOSE)));
        }
        bells.into_iter().flatten().filter(|bell| *bell > self.now).min()
    }

    /// Moves time on; a time that has passed changes nothing.
    pub(crate) fn advance_to(&mut self, now: Timestamp) {
        self.now = self.now.max(now);
        let today = self.calendar.date_of(self.now);
        if today != self.day {
            self.day = today;
            let middles = self.listed.iter().filter_map(|it| Some((*it, self.middle(it)?)));
            self.closes = middles.collect();
        }
        self.replay.advance_to(self.now.saturating_sub(self.shift));
    }

    /// The last known quote, in the time that is shown.
    pub(crate) fn quote(&self, instrument: &Instrument) -> Option<Quote> {
        let quote = self.known.quote(instrument)?;
        Some(Quote { at: quote.at.saturating_add(self.shift), ..quote })
    }

    /// The middle of the last sound quote, to a hundredth of a cent.
    pub(crate) fn middle(&self, instrument: &Instrument) -> Option<Price> {
        let quote = self.quote(instrument).filter(Quote::is_sound)?;
        Some(rounded(&quote))
    }

    /// The middles that are known, oldest first.
    pub(crate) fn middles(&self, instrument: &Instrument) -> &[(Timestamp, Price)] {
        let all = self.middles.get(instrument).map(Vec::as_slice).unwrap_or_default();
        let known = all.partition_point(|(at, _)| *at <= self.now);
        all.get(..known).unwrap_or_default()
    }

    /// The date of the session before today's.
    pub(crate) fn day_before(&self) -> Option<Date> {
        let back = std::iter::successors(self.today(), |date| Some(date.previous()));
        back.skip(1).take(14).find(|date| self.calendar.session(*date).is_some())
    }

    /// The middle at the end of the last session but this.
    pub(crate) fn last_close(&self, instrument: &Instrument) -> Option<Price> {
        self.closes.get(instrument).copied()
    }

    /// Open interest of a contract, and the date it was published for.
    pub(crate) fn open_interest(&self, instrument: &Instrument) -> Option<(Quantity, Date)> {
        let (contracts, date) = self.known.facts(instrument)?.open_interest?;
        let days = self.shift.nanos().div_euclid(Span::hours(24).nanos());
        let days = i32::try_from(days).ok()?.checked_add(date.days())?;
        Some((contracts, Date::from_days(days)?))
    }

    /// Whether the regular session is on.
    pub(crate) fn is_open(&self) -> bool {
        self.phase() == Phase::Regular
    }

    /// What the exchange does now.
    pub(crate) fn phase(&self) -> Phase {
        self.calendar.phase(self.now)
    }

    /// Today's date in New York.
    pub(crate) fn today(&self) -> Option<Date> {
        self.calendar.date_of(self.now)
    }

    /// How long it is since New York's midnight.
    pub(crate) fn since_midnight(&self) -> Span {
        let midnight = self.today().and_then(|date| self.calendar.midnight(date));
        midnight.map_or(Span::from_nanos(0), |it| self.now.saturating_since(it))
    }

    /// Whether today's session is in its last half hour, or over.
    pub(crate) fn is_late(&self) -> bool {
        let session = self.today().and_then(|date| self.calendar.session(date));
        session.is_some_and(|it| it.close.saturating_sub(LAST_HALF_HOUR) <= self.now)
    }

    /// Everything that is traded.
    pub(crate) fn listed(&self) -> impl Iterator<Item = &Instrument> {
        self.listed.iter()
    }

    /// A stock that is traded here.
    pub(crate) fn stock(&self, symbol: &str) -> Option<Instrument> {
        let stock = Instrument::Equity(Equity(Symbol::new(symbol).ok()?));
        self.listed.contains(&stock).then_some(stock)
    }

    /// A contract that is traded here.
    pub(crate) fn contract(&self, symbol: &str) -> Option<(Instrument, OptionContract)> {
        let contract = OptionContract::parse(symbol).ok()?;
        let instrument = Instrument::Option(contract);
        self.listed.contains(&instrument).then_some((instrument, contract))
    }
}

/// The middle, to a hundredth of a cent.
fn rounded(quote: &Quote) -> Price {
    Price::from_nanos(100_000).map_or(quote.mid(), |step| quote.mid().floor_to(step))
}

/// So long before the close no position in an expiring contract can be opened.
const LAST_HALF_HOUR: Span = Span::minutes(30);
/// When trading after hours ends, since New York's midnight.
const EXTENDED_CLOSE: Span = Span::hours(20);
