//! The calls about option contracts are answered here.

use gatefold_sim::core::vocabulary::{Date, Instrument, OptionContract, Price, Right, Weekday};
use serde_json::{Value, json};

use crate::api::{Answer, ok};
use crate::desk::World;
use crate::wire;
use crate::wire::body::Fields;
use crate::wire::error::ApiError;

const LIMIT: usize = 100;
const LIMIT_MAX: usize = 10_000;

/// Which contracts a list is to have.
struct Wanted {
    underlyings: Option<Vec<String>>,
    root: Option<String>,
    right: Option<String>,
    expiry: Option<Date>,
    expiry_from: Option<Date>,
    expiry_to: Option<Date>,
    strike_from: Option<Price>,
    strike_to: Option<Price>,
    active: bool,
}

pub(super) fn list(query: &Fields, world: &World) -> Answer {
    let limit: usize = query.parsed("limit")?.unwrap_or(LIMIT);
    let start: usize = query.parsed("page_token")?.unwrap_or(0);
    let style = query.text("style").is_none_or(|style| style == "american");
    let wanted = wanted(query, world)?;
    let all = world.market.listed().filter_map(|it| Some((it, it.option()?)));
    let fit: Vec<_> = all.filter(|(_, it)| style && wanted.has(it, world)).collect();
    let size = limit.clamp(1, LIMIT_MAX);
    let end = start.saturating_add(size).min(fit.len());
    let page = fit.get(start.min(end)..end).unwrap_or_default();
    let next = (end < fit.len()).then(|| end.to_string());
    let objects = page.iter().map(|(it, contract)| object(it, contract, world));
    ok(&json!({
        "option_contracts": objects.collect::<Vec<Value>>(),
        "next_page_token": next,
    }))
}

pub(super) fn one(name: &str, world: &World) -> Answer {
    let found = crate::desk::draft::named(name, &world.market);
    let none = || ApiError::not_found(format!("option contract {name} not found"));
    let instrument = found.ok_or_else(none)?;
    let contract = instrument.option().ok_or_else(none)?;
    ok(&object(&instrument, contract, world))
}

fn object(instrument: &Instrument, contract: &OptionContract, world: &World) -> Value {
    wire::asset::contract(instrument, contract, &world.market)
}

fn wanted(query: &Fields, world: &World) -> Result<Wanted, ApiError> {
    let expiry = query.parsed("expiration_date")?;
    let (from, to) = (query.parsed("expiration_date_gte")?, query.parsed("expiration_date_lte")?);
    let open = expiry.is_none() && from.is_none() && to.is_none();
    Ok(Wanted {
        underlyings: query.list("underlying_symbols"),
        root: query.text("root_symbol"),
        right: query.text("type"),
        expiry,
        expiry_from: from,
        // Without a date only what expires by the coming weekend is listed.
        expiry_to: if open { world.market.today().map(weekend) } else { to },
        strike_from: query.parsed("strike_price_gte")?,
        strike_to: query.parsed("strike_price_lte")?,
        active: query.text("status").is_none_or(|status| status == "active"),
    })
}

fn weekend(today: Date) -> Date {
    let days = std::iter::successors(Some(today), |date| Some(date.next()));
    let mut sundays = days.take(7).filter(|date| date.weekday() == Weekday::Sun);
    sundays.next().unwrap_or(today)
}

impl Wanted {
    fn has(&self, it: &OptionContract, world: &World) -> bool {
        let right = if it.right() == Right::Call { "call" } else { "put" };
        let underlying = it.underlying().to_string();
        let close = gatefold_sim::broker::last_close(it.expiry(), &world.market.calendar);
        let active = close.is_some_and(|close| close > world.market.now());
        let named = self.underlyings.as_ref();
        self.active == active
            && named.is_none_or(|all| all.contains(&underlying))
            && self.root.as_ref().is_none_or(|root| *root == it.root().to_string())
            && self.right.as_deref().is_none_or(|it| it == right)
            && self.expiry.is_none_or(|expiry| it.expiry() == expiry)
            && self.expiry_from.is_none_or(|from| it.expiry() >= from)
            && self.expiry_to.is_none_or(|to| it.expiry() <= to)
            && self.strike_from.is_none_or(|from| it.strike() >= from)
            && self.strike_to.is_none_or(|to| it.strike() <= to)
    }
}
