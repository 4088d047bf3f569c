//! The objects of assets and of option contracts as Alpaca writes them are decided here.

use gatefold_sim::core::vocabulary::{Equity, Instrument, OptionContract, Right};
use serde_json::{Value, json};

use crate::desk::market::Market;
use crate::wire;
use crate::wire::numbers::{plain, text_or_null};

/// The exchange of every stock: a recording does not say.
pub(crate) const EXCHANGE: &str = "NASDAQ";

/// The asset object of a stock or a contract.
pub(crate) fn asset(instrument: &Instrument, has_options: bool, shortable: bool) -> Value {
    let option = instrument.is_option();
    let symbol = instrument.to_string();
    let attributes: &[&str] = if has_options { &["has_options"] } else { &[] };
    json!({
        "id": wire::order::asset_id(instrument).to_string(),
        "class": wire::order::asset_class(instrument),
        "exchange": if option { "" } else { EXCHANGE },
        "symbol": symbol,
        "name": instrument.option().map_or_else(|| format!("{symbol} Common Stock"), name),
        "status": "active",
        "tradable": true,
        "marginable": !option,
        "maintenance_margin_requirement": if option { 100 } else { 30 },
        "margin_requirement_long": if option { "100" } else { "30" },
        "margin_requirement_short": if option { "100" } else { "30" },
        "shortable": shortable && !option,
        "easy_to_borrow": shortable && !option,
        "borrow_status": if shortable && !option { "easy_to_borrow" } else { "not_borrowable" },
        "fractionable": !option,
        "attributes": attributes,
    })
}

/// `AAPL Jan 19 2024 100 Call`.
fn name(contract: &OptionContract) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let expiry = contract.expiry();
    let month = usize::try_from(expiry.month().saturating_sub(1)).unwrap_or(0);
    let right = if contract.right() == Right::Call { "Call" } else { "Put" };
    format!(
        "{} {} {:02} {} {} {right}",
        contract.underlying(),
        MONTHS.get(month).copied().unwrap_or("?"),
        expiry.day(),
        expiry.year(),
        plain(contract.strike()),
    )
}

/// The contract object.
pub(crate) fn contract(instrument: &Instrument, it: &OptionContract, market: &Market) -> Value {
    let stock = Instrument::Equity(Equity(it.underlying()));
    let close = gatefold_sim::broker::last_close(it.expiry(), &market.calendar);
    let active = close.is_some_and(|close| close > market.now());
    let interest = market.open_interest(instrument);
    let last = market.last_close(instrument);
    let yesterday = market.today().map(|date| date.previous().to_string());
    json!({
        "id": wire::order::asset_id(instrument).to_string(),
        "symbol": instrument.to_string(),
        "name": name(it),
        "status": if active { "active" } else { "inactive" },
        "tradable": active,
        "expiration_date": it.expiry().to_string(),
        "root_symbol": it.root().to_string(),
        "underlying_symbol": it.underlying().to_string(),
        "underlying_asset_id": wire::order::asset_id(&stock).to_string(),
        "type": if it.right() == Right::Call { "call" } else { "put" },
        "style": "american",
        "strike_price": plain(it.strike()),
        "multiplier": it.multiplier().get().to_string(),
        "size": it.multiplier().get().to_string(),
        "open_interest": text_or_null(interest.map(|(contracts, _)| contracts)),
        "open_interest_date": interest.map(|(_, date)| date.to_string()),
        "close_price": text_or_null(last),
        "close_price_date": last.and(yesterday),
    })
}
