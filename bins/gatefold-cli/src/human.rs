//! How numbers are shown to people, and how they stand in JSON, is decided here.

use gatefold::core::advise::{ExitTerms, OrderPrice};
use gatefold::core::decide::{Mark, Quote, TradingState, Unit};
use gatefold::core::record::event::MarkSource;
use gatefold::core::unwind::{ExitPlan, Protection};
use gatefold::core::vocabulary::{Money, Price, Quantity, Ratio, Span};

/// What a verdict shows where its number is none of its unit.
const NO_NUMBER: &str = "?";

/// A decimal text with its thousands set apart.
pub(crate) fn grouped(text: &str) -> String {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{grouped}{point}{fraction}")
}

fn dollars(text: &str) -> String {
    match grouped(text) {
        text if text.starts_with('-') => format!("-${}", &text[1..]),
        text => format!("${text}"),
    }
}

/// An amount, to the cent.
pub(crate) fn money(money: Money) -> String {
    dollars(&money.round_to_cents().to_string())
}

/// An amount that may be missing.
pub(crate) fn money_or(amount: Option<Money>, missing: &str) -> String {
    amount.map_or_else(|| missing.to_owned(), money)
}

/// A price in full.
pub(crate) fn price(price: Price) -> String {
    dollars(&price.to_string())
}

/// Shares or contracts.
pub(crate) fn quantity(quantity: Quantity) -> String {
    grouped(&quantity.to_string())
}

/// Parts per million as percent.
pub(crate) fn percent(ppm: i64) -> String {
    let sign = if ppm < 0 { "-" } else { "" };
    let (whole, rest) = (ppm.unsigned_abs() / 10_000, ppm.unsigned_abs() % 10_000);
    let fraction = format!("{rest:04}");
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{}{point}{fraction}%", grouped(&whole.to_string()))
}

/// A fraction as percent.
pub(crate) fn ratio(ratio: Ratio) -> String {
    percent(i64::from(ratio.ppm()))
}

/// What an order may trade at.
pub(crate) fn terms(terms: OrderPrice) -> String {
    match terms {
        OrderPrice::Market => "the market".to_owned(),
        OrderPrice::Limit(limit) => format!("limit {}", price(limit)),
    }
}

/// A quote with its sizes.
pub(crate) fn quote(quote: &Quote) -> String {
    format!(
        "bid {} x {}, ask {} x {}, of {} ({})",
        price(quote.bid),
        quantity(quote.bid_size),
        price(quote.ask),
        quantity(quote.ask_size),
        quote.at,
        quote.feed
    )
}

/// Where a mark came from.
pub(crate) fn feed(source: Option<&MarkSource>) -> &'static str {
    source.map_or("feed not recorded", |source| source.feed.name())
}

/// What a position is valued by.
pub(crate) fn marked_by(mark: &Mark) -> &'static str {
    let unquoted = mark.bid.is_zero() && mark.ask.is_zero();
    if mark.source.is_none() && unquoted { "entry price" } else { feed(mark.source.as_ref()) }
}

/// When a position is to be closed.
pub(crate) fn exits(terms: &ExitTerms) -> String {
    let parts = [
        terms.stop.map(|stop| format!("stop {}", price(stop))),
        terms.target.map(|target| format!("target {}", price(target))),
        terms.trail.map(|trail| format!("trail {}", ratio(trail))),
        terms.hold_at_most.map(|span| format!("hold at most {span}")),
        terms.out_before_close.map(|span| format!("out {span} before the close")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { "none".to_owned() } else { parts.join(", ") }
}

/// An exit plan and where its exit stands.
pub(crate) fn plan(plan: &ExitPlan) -> String {
    let terms = exits(&plan.terms);
    match (plan.protection(), plan.in_hand) {
        (Protection::None, _) => "none".to_owned(),
        (Protection::Watched, None) => terms,
        (Protection::Watched, Some(exit)) => format!("{terms}; {} exit under way", exit.rule),
        (Protection::Exhausted, _) => format!("{terms}; EXHAUSTED, close it by hand"),
    }
}

/// Whether a gate means "no such moment" or "no bound" with a number.
pub(crate) fn is_endless(value: i64) -> bool {
    matches!(value, i64::MAX | i64::MIN)
}

/// A number of a verdict in its unit; as it is where the unit is not known.
pub(crate) fn number(unit: Option<Unit>, value: i64) -> String {
    if is_endless(value) {
        return if unit == Some(Unit::Time) { "never" } else { "unbounded" }.to_owned();
    }
    match unit {
        Some(Unit::Count) | None => grouped(&value.to_string()),
        Some(Unit::Dollars) => dollars(&Money::from_micros(value).to_string()),
        Some(Unit::Price) => Price::from_nanos(value).map_or(NO_NUMBER.to_owned(), price),
        Some(Unit::Quantity) => Quantity::from_nanos(value).map_or(NO_NUMBER.to_owned(), quantity),
        Some(Unit::Ratio) => percent(value),
        Some(Unit::Time) => Span::from_nanos(value).to_string(),
        Some(Unit::State) => state(value),
    }
}

/// The same for JSON: decimal text without signs of grouping.
pub(crate) fn plain(unit: Option<Unit>, value: i64) -> String {
    match unit {
        Some(Unit::Count) | None => value.to_string(),
        Some(Unit::Dollars) => Money::from_micros(value).to_string(),
        Some(Unit::Price) => Price::from_nanos(value).unwrap_or(Price::ZERO).to_string(),
        Some(Unit::Quantity) => Quantity::from_nanos(value).unwrap_or(Quantity::ZERO).to_string(),
        Some(Unit::Ratio) => {
            let sign = if value < 0 { "-" } else { "" };
            let parts = value.unsigned_abs();
            format!("{sign}{}.{:06}", parts / 1_000_000, parts % 1_000_000)
        }
        Some(Unit::Time) => Span::from_nanos(value).to_string(),
        Some(Unit::State) => state(value),
    }
}

fn state(value: i64) -> String {
    let mut all = TradingState::ALL.iter();
    let named = all.find(|state| i64::from(state.to_byte()) == value);
    named.map_or_else(|| value.to_string(), ToString::to_string)
}

/// A unit's name in documents and JSON.
pub(crate) fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Count => "count",
        Unit::Dollars => "dollars",
        Unit::Price => "dollars a share",
        Unit::Quantity => "shares or contracts",
        Unit::Ratio => "fraction",
        Unit::Time => "time",
        Unit::State => "trading state",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        for (text, expected) in
            [("0", "0"), ("999", "999"), ("1000", "1,000"), ("-1234567.50", "-1,234,567.50")]
        {
            assert_eq!(grouped(text), expected);
        }
        assert_eq!(money(Money::dollars(-5)), "-$5.00");
        assert_eq!(money(Money::dollars(209_000)), "$209,000.00");
    }

    #[test]
    fn verdicts_are_shown_in_their_unit() {
        for (unit, value, shown, json) in [
            (Some(Unit::Count), 12_000, "12,000", "12000"),
            (Some(Unit::Dollars), 15_540_000_001, "$15,540.000001", "15540.000001"),
            (Some(Unit::Price), 6_700_000_000, "$6.70", "6.70"),
            (Some(Unit::Quantity), 1_500_000_000, "1.5", "1.5"),
            (Some(Unit::Ratio), 20_000, "2%", "0.020000"),
            (Some(Unit::Ratio), -1, "-0.0001%", "-0.000001"),
            (Some(Unit::Time), 120_000_000_000, "2m", "2m"),
            (Some(Unit::State), 2, "EntriesHalted", "EntriesHalted"),
            (Some(Unit::State), 77, "77", "77"),
            (None, 7, "7", "7"),
        ] {
            assert_eq!(number(unit, value), shown);
            assert_eq!(plain(unit, value), json);
        }
        assert_eq!(number(Some(Unit::Dollars), i64::MAX), "unbounded");
        assert_eq!(number(Some(Unit::Time), i64::MAX), "never");
        assert_eq!(number(Some(Unit::Price), -1), NO_NUMBER);
    }
}
