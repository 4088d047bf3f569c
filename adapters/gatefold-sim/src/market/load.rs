//! How rows become quotes is decided here: a bar is known at its end, and a side that did not
//! change is carried forward within its day.

use std::collections::{BTreeMap, HashMap};

use gatefold_core::decide::{Feed, Quote};
use gatefold_core::vocabulary::{
    Calendar, Date, Equity, Instrument, Price, Quantity, Span, Timestamp,
};

use crate::market::MarketError;
use crate::market::files::{Content, MarketFile, MarketFilter};
use crate::market::replay::QuoteChange;
use crate::market::replay_market::Coverage;
use crate::market::sheet::Sheet;

/// What was read so far.
#[derive(Default)]
pub(super) struct Loaded {
    pub(super) changes: Vec<QuoteChange>,
    pub(super) coverages: Vec<Coverage>,
    /// When an instrument is first known to exist.
    pub(super) listed: BTreeMap<Instrument, Timestamp>,
    pub(super) open_interest: Vec<(Timestamp, Instrument, (Quantity, Date))>,
}

impl Loaded {
    fn list(&mut self, instrument: Instrument, from: Timestamp) {
        let known = self.listed.entry(instrument).or_insert(from);
        *known = from.min(*known);
    }
}

/// Reads one file.
pub(super) fn read(
    file: &MarketFile,
    filter: &MarketFilter,
    calendar: &Calendar,
    loaded: &mut Loaded,
) -> Result<(), MarketError> {
    match (file.content, file.date) {
        (Content::Stock(symbol), Some(date)) => {
            let stock = Instrument::Equity(Equity(symbol));
            let sheet = Sheet::open(&file.path, BAR)?;
            bars(sheet, Span::minutes(1), date, calendar, loaded, |_| Ok(Some(stock)))
        }
        (Content::Chain(_, step), Some(date)) => {
            let sheet = Sheet::open(&file.path, CHAIN_BAR)?;
            let mut names = Names::new(filter);
            bars(sheet, step, date, calendar, loaded, |row| names.instrument(row, OSI))
        }
        (Content::OpenInterest(_), Some(date)) => {
            open_interest(file, date, filter, calendar, loaded)
        }
        (Content::Ticks, _) => ticks(file, filter, calendar, loaded),
        (Content::Stock(_) | Content::Chain(..) | Content::OpenInterest(_), None) => {
            unreachable!("these files are found by the date in their name")
        }
    }
}

const BAR: [&str; 5] = ["bar_start_utc", "bid_close", "bid_size", "ask_close", "ask_size"];
const CHAIN_BAR: [&str; 6] =
    ["bar_start_utc", "bid_close", "bid_size", "ask_close", "ask_size", "osi"];
const OSI: usize = 5;

/// Reads bars: what a bar closed at is known when the bar is over, not before.
fn bars<const N: usize>(
    mut sheet: Sheet<N>,
    step: Span,
    date: Date,
    calendar: &Calendar,
    loaded: &mut Loaded,
    mut instrument_of: impl FnMut(&Sheet<N>) -> Result<Option<Instrument>, MarketError>,
) -> Result<(), MarketError> {
    let mut times = Times::default();
    // Within the day only: what a side was yesterday is not what it is this morning.
    let mut carried: HashMap<Instrument, Sides> = HashMap::new();
    let mut span: Option<(Timestamp, Timestamp)> = None;
    let coverage = loaded.coverages.len();
    while sheet.advance()? {
        let end = times.of(&sheet)?.saturating_add(step);
        // Rows of other instruments show too that the recording went on.
        span = Some((span.map_or(end, |(first, _)| first), end));
        let Some(instrument) = instrument_of(&sheet)? else {
            continue;
        };
        let sides = carried.entry(instrument).or_insert(Sides::UNKNOWN);
        if let Some(bid) = side(&sheet, 1)? {
            sides.bid = bid;
        }
        if let Some(ask) = side(&sheet, 3)? {
            sides.ask = ask;
        }
        let quote = sides.quote(end);
        loaded.changes.push(QuoteChange {
            known_at: end,
            instrument,
            quote,
            coverage: Some(coverage),
        });
    }
    let midnight = calendar.midnight(date);
    for instrument in carried.keys() {
        let from = midnight.or(span.map(|(first, _)| first));
        loaded.list(*instrument, from.unwrap_or_default());
    }
    let session = calendar.session(date);
    loaded.coverages.push(Coverage { span, step, session });
    Ok(())
}

/// A price and the size at it.
type Side = (Price, Quantity);

/// The two sides of a quote as they stand.
#[derive(Clone, Copy)]
struct Sides {
    bid: Side,
    ask: Side,
}

impl Sides {
    const UNKNOWN: Self =
        Self { bid: (Price::ZERO, Quantity::ZERO), ask: (Price::ZERO, Quantity::ZERO) };

    fn quote(&self, at: Timestamp) -> Quote {
        let ((bid, bid_size), (ask, ask_size)) = (self.bid, self.ask);
        Quote { bid, bid_size, ask, ask_size, at, feed: Feed::Replay }
    }
}

/// The side whose price is in `column` and whose size is in the next; `None` if it did not change.
fn side<const N: usize>(sheet: &Sheet<N>, column: usize) -> Result<Option<Side>, MarketError> {
    let size: Quantity = sheet.value(column + 1)?;
    if sheet.text(column).is_empty() {
        if size.is_zero() {
            return Ok(None);
        }
        let remedy = format!("a size of {size} has no price: write the price, or size 0");
        return Err(sheet.refuse(column, remedy));
    }
    let price: Price = sheet.value(column)?;
    if price.is_zero() {
        let remedy = "a price of 0 is no price: leave it empty where nothing changed".to_owned();
        return Err(sheet.refuse(column, remedy));
    }
    Ok(Some((price, size)))
}

/// Reads quotes that were known at the time they bear. An empty price means that nobody quotes.
fn ticks(
    file: &MarketFile,
    filter: &MarketFilter,
    calendar: &Calendar,
    loaded: &mut Loaded,
) -> Result<(), MarketError> {
    let names = ["quoted_at", "bid", "bid_size", "ask", "ask_size", "symbol"];
    let mut sheet = Sheet::open(&file.path, names)?;
    let (mut times, mut names) = (Times::default(), Names::new(filter));
    while sheet.advance()? {
        let known_at = times.of(&sheet)?;
        let date = calendar.date_of(known_at);
        if !filter.has_date(date) {
            continue;
        }
        let Some(instrument) = names.instrument(&sheet, 5)? else {
            continue;
        };
        let mut sides = Sides::UNKNOWN;
        sides.bid = side(&sheet, 1)?.unwrap_or(sides.bid);
        sides.ask = side(&sheet, 3)?.unwrap_or(sides.ask);
        let from = date.and_then(|date| calendar.midnight(date)).unwrap_or(known_at);
        loaded.list(instrument, from);
        let quote = sides.quote(known_at);
        loaded.changes.push(QuoteChange { known_at, instrument, quote, coverage: None });
    }
    Ok(())
}

fn open_interest(
    file: &MarketFile,
    date: Date,
    filter: &MarketFilter,
    calendar: &Calendar,
    loaded: &mut Loaded,
) -> Result<(), MarketError> {
    let mut sheet = Sheet::open(&file.path, ["published_utc", "open_interest", "osi"])?;
    let (mut times, mut names) = (Times::default(), Names::new(filter));
    while sheet.advance()? {
        let published = times.of(&sheet)?;
        let Some(instrument) = names.instrument(&sheet, 2)? else {
            continue;
        };
        let contracts: Quantity = sheet.value(1)?;
        let from = calendar.midnight(date).unwrap_or(published);
        loaded.list(instrument, from.min(published));
        loaded.open_interest.push((published, instrument, (contracts, date)));
    }
    Ok(())
}

/// The times of a file's rows, from the first column. They never go back.
#[derive(Default)]
struct Times {
    text: String,
    at: Option<Timestamp>,
}

impl Times {
    fn of<const N: usize>(&mut self, sheet: &Sheet<N>) -> Result<Timestamp, MarketError> {
        if let Some(at) = self.at.filter(|_| self.text == sheet.text(0)) {
            return Ok(at);
        }
        let at: Timestamp = sheet.value(0)?;
        if let Some(before) = self.at.filter(|before| at < *before) {
            let (file, line) = (sheet.file().to_owned(), sheet.line());
            return Err(MarketError::OutOfOrder { file, line, at, before });
        }
        sheet.text(0).clone_into(&mut self.text);
        self.at = Some(at);
        Ok(at)
    }
}

/// The instruments that a file names, each read once; `None` for those that are not asked for.
struct Names<'a> {
    filter: &'a MarketFilter,
    known: HashMap<String, Option<Instrument>>,
}

impl<'a> Names<'a> {
    fn new(filter: &'a MarketFilter) -> Self {
        Self { filter, known: HashMap::new() }
    }

    fn instrument<const N: usize>(
        &mut self,
        sheet: &Sheet<N>,
        column: usize,
    ) -> Result<Option<Instrument>, MarketError> {
        if let Some(known) = self.known.get(sheet.text(column)) {
            return Ok(*known);
        }
        let named: Instrument = sheet.value(column)?;
        let wanted = self.filter.has(&named).then_some(named);
        self.known.insert(sheet.text(column).to_owned(), wanted);
        Ok(wanted)
    }
}
