//! How quotes become bars is decided here: of minutes, of today, and of the day before.

use gatefold_sim::core::vocabulary::{Instrument, Price, Span, Timestamp};
use serde_json::{Value, json};

use crate::desk::market::Market;
use crate::wire::numbers::number;

/// A bar, from its first moment on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bar {
    start: Timestamp,
    open: Price,
    high: Price,
    low: Price,
    close: Price,
    count: u32,
}

impl Bar {
    /// The bar of these prices; `None` if there are none.
    fn of(start: Timestamp, prices: impl Iterator<Item = Price>) -> Option<Self> {
        prices.fold(None, |bar, price| match bar {
            None => {
                Some(Self { start, open: price, high: price, low: price, close: price, count: 1 })
            }
            Some(bar) => Some(Self {
                high: bar.high.max(price),
                low: bar.low.min(price),
                close: price,
                count: bar.count.saturating_add(1),
                ..bar
            }),
        })
    }
}

/// The bars of one instrument.
pub(super) struct Bars {
    pub(super) minute: Option<Bar>,
    pub(super) day: Option<Bar>,
    pub(super) before: Option<Bar>,
}

impl Bars {
    pub(super) fn of(instrument: &Instrument, market: &Market) -> Self {
        let middles = market.middles(instrument);
        let midnight = market.today().and_then(|date| market.calendar.midnight(date));
        let midnight = midnight.unwrap_or_default();
        let between = |from: Timestamp, to: Timestamp| {
            let some = middles.iter().filter(move |(at, _)| *at > from && *at <= to);
            Bar::of(from, some.map(|(_, price)| *price))
        };
        let minute = middles.last().and_then(|(at, _)| {
            let start = at.saturating_sub(Span::minutes(1));
            between(start, *at)
        });
        let before = market.day_before().and_then(|date| market.calendar.midnight(date));
        Self {
            minute,
            day: between(midnight, market.now()),
            before: before.and_then(|start| between(start, midnight)),
        }
    }
}

pub(super) fn bar(bar: &Bar) -> Value {
    json!({
        "t": bar.start.to_string(),
        "o": number(bar.open),
        "h": number(bar.high),
        "l": number(bar.low),
        "c": number(bar.close),
        "v": bar.count,
        "n": bar.count,
        "vw": number(bar.close),
    })
}
