//! How the texts of old rows become values, and what is wrong where they do not.

use std::fmt::Display;

use gatefold::core::record::event::Mode;
use gatefold::core::vocabulary::{Instrument, Money, Side, Symbol};
use gatefold::postgres::LegacyRow;

use crate::import::plan::{Class, Verdict};

/// A value that must be there.
pub(crate) fn need<T, E: Display>(
    row: &LegacyRow,
    field: &str,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, Verdict> {
    let unreadable = |why: String| Verdict::dropped(Class::Unreadable, why);
    may(row, field, parse)?.ok_or_else(|| unreadable(format!("it has no {field}")))
}

/// A value that may be missing, and is right where it is there.
pub(crate) fn may<T, E: Display>(
    row: &LegacyRow,
    field: &str,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<Option<T>, Verdict> {
    let Some(text) = row.get(field) else { return Ok(None) };
    let refused = |error| Verdict::dropped(Class::Unreadable, format!("{field}: {error}"));
    parse(plain(text)).map(Some).map_err(refused)
}

/// A number without the zeros that a column's scale puts behind it.
pub(crate) fn plain(text: &str) -> &str {
    let is_number = text.bytes().all(|it| it.is_ascii_digit() || matches!(it, b'.' | b'-' | b'+'));
    if is_number && text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        text
    }
}

/// What a row is about. A ticker beside the symbol must be the same.
pub(crate) fn instrument(row: &LegacyRow) -> Result<Instrument, Verdict> {
    let instrument = need(row, "symbol", Instrument::parse)?;
    let Some(ticker) = may(row, "ticker", Symbol::new)? else { return Ok(instrument) };
    let root = instrument.option().map(|contract| contract.root());
    let same = instrument.underlying() == ticker
        || root.is_some_and(|root| root.as_str() == ticker.as_str());
    if same {
        return Ok(instrument);
    }
    let why = format!("its ticker is {ticker}, its symbol {instrument}");
    Err(Verdict::contradictory(Class::OtherSymbol, why, None))
}

/// Bought or sold; `buy_to_open`, `SELL` and the like.
pub(crate) fn side(text: &str) -> Result<Side, String> {
    match text.to_ascii_lowercase() {
        buy if buy.starts_with("buy") => Ok(Side::Buy),
        sell if sell.starts_with("sell") => Ok(Side::Sell),
        other => Err(format!("{other:?} is neither a purchase nor a sale")),
    }
}

/// Long or short, in the words of positions and of trades.
pub(crate) fn direction(text: &str) -> Result<Side, String> {
    match text.to_ascii_lowercase().as_str() {
        "long" => Ok(Side::Buy),
        "short" => Ok(Side::Sell),
        other => side(other).map_err(|_| format!("{other:?} is neither long nor short")),
    }
}

/// `ALPACA_PAPER`, `SIMULATED_FALLBACK`, `LIVE` and the like.
pub(crate) fn mode(text: &str) -> Result<Mode, String> {
    let upper = text.to_ascii_uppercase();
    let has = |word: &str| upper.contains(word);
    match (has("SIM") || has("SHADOW"), has("PAPER"), has("LIVE")) {
        (true, false, false) => Ok(Mode::Simulated),
        (false, true, false) => Ok(Mode::Paper),
        (false, false, true) => Ok(Mode::Live),
        (_, _, _) => Err(format!("{text:?} is none of simulated, paper and live")),
    }
}

/// Whether two amounts are the same but for a cent of rounding.
pub(crate) fn agree(one: Money, other: Money) -> bool {
    one.saturating_sub(other).abs() <= Money::cents(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(symbol: &str, ticker: &str) -> LegacyRow {
        LegacyRow::of([("symbol", symbol.to_owned()), ("ticker", ticker.to_owned())])
    }

    #[test]
    fn words_of_the_old_service_are_understood_and_others_refused() {
        assert_eq!(side("BUY_TO_OPEN"), Ok(Side::Buy));
        assert_eq!(direction("short"), Ok(Side::Sell));
        assert!(side("hold").is_err());
        assert_eq!(mode("SIMULATED_FALLBACK"), Ok(Mode::Simulated));
        assert_eq!(mode("ALPACA_PAPER"), Ok(Mode::Paper));
        assert!(mode("ALPACA").is_err());
        assert!(mode("PAPER_OR_LIVE").is_err());
        assert_eq!((plain("6.7000"), plain("12.00"), plain("100")), ("6.7", "12", "100"));
    }

    #[test]
    fn a_ticker_must_be_what_its_symbol_is_on() {
        assert!(instrument(&row("MSFT260320P00400000", "MSFT")).is_ok());
        let Err(Verdict::Contradictory { class, .. }) =
            instrument(&row("MSFT260320P00400000", "QCOM"))
        else {
            panic!("two instruments")
        };
        assert_eq!(class, Class::OtherSymbol);
    }
}
