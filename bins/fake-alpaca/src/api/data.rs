//! The calls about market data are answered here: the latest quotes, trades, bars and snapshots of
//! stocks and options.
//!
//! A recording has quotes. A trade is taken to be at the middle of each of them, so that trades
//! and bars agree with what orders are filled at.

use gatefold_sim::core::decide::Quote;
use gatefold_sim::core::vocabulary::Instrument;
use serde_json::{Map, Value, json};

use crate::api::bars::{self, Bars};
use crate::api::{Answer, account_at, feeds, ok};
use crate::desk::World;
use crate::desk::market::Market;
use crate::net::Request;
use crate::wire::body::Fields;
use crate::wire::error::ApiError;
use crate::wire::numbers::number;

const SYMBOLS_MAX: usize = 100;

pub(super) fn answer(request: &Request, index: usize, world: &World) -> Answer {
    let (parts, query, market) = (request.parts(), &request.query, &world.market);
    if request.method != "GET" {
        return Err(ApiError::no_such_path());
    }
    let subscribed = account_at(index, world)?.settings.subscribed;
    feeds::admit(parts.get(1).copied(), query, subscribed)?;
    match parts.as_slice() {
        ["v2", "stocks", what @ ("quotes" | "trades" | "bars"), "latest"] => {
            let all = named(query, market, false)?;
            wrapped(what, all.iter().filter_map(|it| Some((it, latest(what, it, market)?))))
        }
        ["v2", "stocks", "snapshots"] => {
            let all = named(query, market, false)?;
            let all = all.iter().filter_map(|it| Some((it.to_string(), snapshot(it, market)?)));
            ok(&Value::Object(all.collect()))
        }
        ["v2", "stocks", symbol, "snapshot"] => {
            let stock = market.stock(symbol).ok_or_else(|| unknown(symbol))?;
            let mut body = snapshot(&stock, market).ok_or_else(|| unknown(symbol))?;
            if let Value::Object(fields) = &mut body {
                fields.insert("symbol".to_owned(), Value::from(*symbol));
            }
            ok(&body)
        }
        ["v2", "stocks", symbol, what @ ("quotes" | "trades" | "bars"), "latest"] => {
            let stock = market.stock(symbol).ok_or_else(|| unknown(symbol))?;
            let latest = latest(what, &stock, market).ok_or_else(|| unknown(symbol))?;
            ok(&json!({ "symbol": symbol, what.trim_end_matches('s'): latest }))
        }
        ["v1beta1", "options", what @ ("quotes" | "trades"), "latest"] => {
            let all = named(query, market, true)?;
            wrapped(what, all.iter().filter_map(|it| Some((it, latest(what, it, market)?))))
        }
        ["v1beta1", "options", "snapshots"] => {
            let all = named(query, market, true)?;
            page(all, query, market)
        }
        ["v1beta1", "options", "snapshots", underlying] => {
            let chain = market.listed().filter(|it| {
                it.is_option() && it.underlying().as_str() == *underlying && in_chain(it, query)
            });
            page(chain.copied().collect(), query, market)
        }
        _ => Err(ApiError::no_such_path()),
    }
}

fn unknown(symbol: &str) -> ApiError {
    ApiError { status: 404, body: json!({ "message": format!("no data for symbol {symbol}") }) }
}

/// The instruments that a query names; those that are unknown are left out.
fn named(query: &Fields, market: &Market, options: bool) -> Result<Vec<Instrument>, ApiError> {
    let refused = |message: &str| ApiError { status: 400, body: json!({ "message": message }) };
    let names = query.list("symbols").ok_or_else(|| refused("symbols is required"))?;
    if options && names.len() > SYMBOLS_MAX {
        return Err(refused("symbols: more than 100 are given"));
    }
    let found = names.iter().filter_map(|name| {
        if options { market.contract(name).map(|(it, _)| it) } else { market.stock(name) }
    });
    Ok(found.collect())
}

fn wrapped<'a>(what: &str, all: impl Iterator<Item = (&'a Instrument, Value)>) -> Answer {
    let all: Map<String, Value> = all.map(|(it, value)| (it.to_string(), value)).collect();
    ok(&json!({ what: all }))
}

fn latest(what: &str, instrument: &Instrument, market: &Market) -> Option<Value> {
    match what {
        "quotes" => Some(quote(instrument, &market.quote(instrument)?)),
        "trades" => trade(instrument, market),
        _ => Bars::of(instrument, market).minute.map(|bar| bars::bar(&bar)),
    }
}

fn quote(instrument: &Instrument, quote: &Quote) -> Value {
    let mut body = json!({
        "t": quote.at.to_string(),
        "ax": "Q",
        "ap": number(quote.ask),
        "as": number(quote.ask_size),
        "bx": "Q",
        "bp": number(quote.bid),
        "bs": number(quote.bid_size),
        "c": if instrument.is_option() { json!("A") } else { json!(["R"]) },
    });
    if let Value::Object(fields) = &mut body
        && !instrument.is_option()
    {
        fields.insert("z".to_owned(), json!("C"));
    }
    body
}

fn trade(instrument: &Instrument, market: &Market) -> Option<Value> {
    let quote = market.quote(instrument)?;
    let price = number(market.middle(instrument)?);
    if instrument.is_option() {
        let at = quote.at.to_string();
        return Some(json!({ "t": at, "x": "C", "p": price, "s": 1, "c": "a" }));
    }
    let id = quote.at.nanos().div_euclid(1_000_000_000);
    let at = quote.at.to_string();
    Some(json!({ "t": at, "x": "Q", "p": price, "s": 100, "c": ["@"], "i": id, "z": "C" }))
}

fn snapshot(instrument: &Instrument, market: &Market) -> Option<Value> {
    let mut body = Map::new();
    let latest_quote = market.quote(instrument)?;
    body.insert("latestQuote".to_owned(), quote(instrument, &latest_quote));
    if let Some(trade) = trade(instrument, market) {
        body.insert("latestTrade".to_owned(), trade);
    }
    let all = Bars::of(instrument, market);
    let named = [("minuteBar", all.minute), ("dailyBar", all.day), ("prevDailyBar", all.before)];
    for (name, bar) in named {
        if let Some(bar) = bar {
            body.insert(name.to_owned(), bars::bar(&bar));
        }
    }
    Some(Value::Object(body))
}

/// Whether the filters of a chain let a contract through.
fn in_chain(instrument: &Instrument, query: &Fields) -> bool {
    use gatefold_sim::core::vocabulary::{Date, Price, Right};
    let Some(contract) = instrument.option() else {
        return false;
    };
    let date = |name: &str| query.parsed::<Date>(name).ok().flatten();
    let price = |name: &str| query.parsed::<Price>(name).ok().flatten();
    let right = if contract.right() == Right::Call { "call" } else { "put" };
    query.text("type").is_none_or(|it| it == right)
        && query.text("root_symbol").is_none_or(|it| it == contract.root().to_string())
        && date("expiration_date").is_none_or(|it| contract.expiry() == it)
        && date("expiration_date_gte").is_none_or(|it| contract.expiry() >= it)
        && date("expiration_date_lte").is_none_or(|it| contract.expiry() <= it)
        && price("strike_price_gte").is_none_or(|it| contract.strike() >= it)
        && price("strike_price_lte").is_none_or(|it| contract.strike() <= it)
}

fn page(all: Vec<Instrument>, query: &Fields, market: &Market) -> Answer {
    let limit: usize = query.parsed("limit")?.unwrap_or(SYMBOLS_MAX);
    let start: usize = query.parsed("page_token")?.unwrap_or(0);
    let quoted: Vec<Instrument> = all.into_iter().filter(|it| market.quote(it).is_some()).collect();
    let end = start.saturating_add(limit.clamp(1, 1_000)).min(quoted.len());
    let page = quoted.get(start.min(end)..end).unwrap_or_default();
    let snapshots: Map<String, Value> =
        page.iter().filter_map(|it| Some((it.to_string(), snapshot(it, market)?))).collect();
    let next = (end < quoted.len()).then(|| end.to_string());
    ok(&json!({ "snapshots": snapshots, "next_page_token": next }))
}
