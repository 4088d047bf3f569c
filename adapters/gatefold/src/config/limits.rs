//! Which limits an account's section must state, and which stay as they are when it is silent, is
//! decided here.

use gatefold_core::decide::{
    ExposureBasis, FeedRule, Limits, ModelThreshold, Shorting, StrategyLimits,
};
use gatefold_core::vocabulary::{ModelVersion, StrategyId};

use crate::config::kind::{
    AGE, COUNT, FRACTION, Form, Kind, MONEY, PRICE, QUANTITY, RATIO, SPAN, refused, word,
};
use crate::config::section::Section;

const BASIS: Kind<ExposureBasis> = Kind {
    form: Form::Text,
    what: "what exposure is measured by",
    example: "\"cost\"",
    unit: "",
    parse: |text| match text {
        "delta" => refused("needs greeks, which no adapter supplies", "write KEY = \"cost\""),
        text => word(text, &[("cost", ExposureBasis::Cost), ("mark", ExposureBasis::Mark)]),
    },
};

const SHORTING: Kind<Shorting> = Kind {
    form: Form::Text,
    what: "whether shares may be sold short",
    example: "\"forbidden\"",
    unit: "",
    parse: |text| word(text, &[("forbidden", Shorting::Forbidden), ("allowed", Shorting::Allowed)]),
};

const FEED: Kind<FeedRule> = Kind {
    form: Form::Text,
    what: "which feeds a decision may rest on",
    example: "\"consolidated\"",
    unit: "",
    parse: |text| {
        word(text, &[("consolidated", FeedRule::Consolidated), ("any", FeedRule::AnyFeed)])
    },
};

/// Reads the limits of one account; `None` if a mandatory one is missing or wrong.
pub(super) fn read(mut section: Section<'_>) -> Option<Limits> {
    let mandatory = mandatory(&mut section);
    let complete = mandatory.is_some();
    // With a mandatory limit missing the rest is still read, so that all of it is told.
    let mut limits = mandatory.unwrap_or_else(Limits::nothing);
    exposure(&mut section, &mut limits);
    losses_and_rates(&mut section, &mut limits);
    advice(&mut section, &mut limits);
    market(&mut section, &mut limits);
    options(&mut section, &mut limits);
    if complete {
        contradictions(&mut section, &limits);
    }
    section.finish();
    complete.then_some(limits)
}

fn mandatory(section: &mut Section<'_>) -> Option<Limits> {
    let max_positions = section.must("max_positions", &COUNT);
    let max_exposure = section.must("max_exposure", &MONEY);
    let max_order_notional = section.must("max_order_notional", &MONEY);
    let max_daily_loss = section.must("max_daily_loss", &MONEY);
    let max_entries_per_day = section.must("max_entries_per_day", &COUNT);
    let orders_per_second = section.must("orders_per_second", &COUNT);
    let time_to_live = section.must("time_to_live", &AGE);
    let max_quote_age = section.must("max_quote_age", &AGE);
    let collar = section.must("collar", &FRACTION);
    let base = Limits::with(max_positions?, max_exposure?, max_order_notional?, max_daily_loss?);
    Some(Limits {
        max_entries_per_day: max_entries_per_day?,
        orders_per_second: orders_per_second?,
        time_to_live: time_to_live?,
        max_quote_age: max_quote_age?,
        collar: collar?,
        ..base
    })
}

fn exposure(section: &mut Section<'_>, limits: &mut Limits) {
    section.set_some(&mut limits.max_exposure_of_equity, "max_exposure_of_equity", &RATIO);
    section.set(&mut limits.exposure_basis, "exposure_basis", &BASIS);
    section.set_some(&mut limits.max_order_of_equity, "max_order_of_equity", &RATIO);
    section.set(&mut limits.max_close_notional, "max_close_notional", &MONEY);
    section.set_some(&mut limits.max_order_shares, "max_order_shares", &QUANTITY);
    section.set_some(&mut limits.max_order_contracts, "max_order_contracts", &QUANTITY);
    section.set_some(&mut limits.max_net_exposure, "max_net_exposure", &MONEY);
    let key = "max_symbol_concentration";
    section.set_some(&mut limits.max_symbol_concentration, key, &RATIO);
    let key = "max_underlying_concentration";
    section.set_some(&mut limits.max_underlying_concentration, key, &RATIO);
    section.set_some(&mut limits.max_adds, "max_adds", &COUNT);
    section.set(&mut limits.shorting, "shorting", &SHORTING);
}

fn losses_and_rates(section: &mut Section<'_>, limits: &mut Limits) {
    let key = "max_daily_loss_of_equity";
    section.set_some(&mut limits.max_daily_loss_of_equity, key, &FRACTION);
    section.set_some(&mut limits.max_drawdown, "max_drawdown", &FRACTION);
    section.set(&mut limits.max_exits_per_day, "max_exits_per_day", &COUNT);
    section.set(&mut limits.order_burst, "order_burst", &COUNT);
    section.set(&mut limits.exit_burst, "exit_burst", &COUNT);
    section.set(&mut limits.max_sync_age, "max_sync_age", &SPAN);
    section.set(&mut limits.max_link_silence, "max_link_silence", &SPAN);
}

fn advice(section: &mut Section<'_>, limits: &mut Limits) {
    section.set(&mut limits.duplicate_window, "duplicate_window", &SPAN);
    section.set_some(&mut limits.cooldown, "cooldown", &SPAN);
    section.set_some(&mut limits.confidence_min, "confidence_min", &FRACTION);
    if let Some(models) = section.section("models") {
        for (name, mut model) in models.children() {
            let version = model.named(&name, ModelVersion::new);
            let confidence_min = model.must("confidence_min", &FRACTION);
            model.finish();
            if let (Some(model), Some(confidence_min)) = (version, confidence_min) {
                limits.models.push(ModelThreshold { model, confidence_min });
            }
        }
    }
    if let Some(strategies) = section.section("strategies") {
        for (name, mut own) in strategies.children() {
            let strategy = own.named(&name, StrategyId::new);
            let confidence_min = own.must("confidence_min", &FRACTION);
            own.finish();
            if let (Some(strategy), Some(_)) = (strategy, confidence_min) {
                limits.strategies.push(StrategyLimits { strategy, confidence_min });
            }
        }
    }
}

fn market(section: &mut Section<'_>, limits: &mut Limits) {
    section.set_some(&mut limits.max_price_drift, "max_price_drift", &FRACTION);
    section.set(&mut limits.close_collar, "close_collar", &FRACTION);
    section.set(&mut limits.collar_floor, "collar_floor", &PRICE);
    section.set(&mut limits.feed, "feed", &FEED);
    section.set_some(&mut limits.max_spread, "max_spread", &FRACTION);
    section.set_some(&mut limits.max_spread_abs, "max_spread_abs", &PRICE);
    section.set_some(&mut limits.min_displayed, "min_displayed", &RATIO);
    section.set(&mut limits.blackout_open, "blackout_open", &SPAN);
    section.set(&mut limits.blackout_close, "blackout_close", &SPAN);
}

fn options(section: &mut Section<'_>, limits: &mut Limits) {
    section.set_some(&mut limits.min_open_interest, "min_open_interest", &QUANTITY);
    section.set_some(&mut limits.min_days_to_expiry, "min_days_to_expiry", &COUNT);
    section.set_some(&mut limits.max_days_to_expiry, "max_days_to_expiry", &COUNT);
    section.set(&mut limits.expiry_cutoff, "expiry_cutoff", &SPAN);
    section.set_some(&mut limits.max_premium, "max_premium", &MONEY);
    section.set_some(&mut limits.max_premium_of_equity, "max_premium_of_equity", &RATIO);
    section.set_some(&mut limits.min_credit, "min_credit", &PRICE);
}

/// Tells every pair that does not fit together: each found one is mended in a copy, to find the
/// next.
fn contradictions(section: &mut Section<'_>, limits: &Limits) {
    let mut limits = limits.clone();
    loop {
        let Err(found) = limits.clone().checked() else {
            return;
        };
        let (value, other) = (shown(&limits, found.key), shown(&limits, found.other));
        let (origin, place) = match section.entry(found.key) {
            Some(entry) => ("", entry.span),
            None => (" (where nothing else is written)", section.place()),
        };
        let message =
            format!("{} = {value}{origin} contradicts {} = {other}", found.key, found.other);
        section.source().refuse(place, message, found.remedy);
        match found.key {
            "max_close_notional" => limits.max_close_notional = limits.max_exposure,
            "close_collar" => limits.close_collar = limits.collar,
            "min_days_to_expiry" => limits.min_days_to_expiry = None,
            "order_burst" => limits.order_burst = 1,
            _ => return,
        }
    }
}

/// A limit that may contradict another, as it is written in the file.
fn shown(limits: &Limits, key: &str) -> String {
    let days = |days: Option<u32>| days.map_or(String::from("unset"), |days| days.to_string());
    match key {
        "max_exposure" => format!("\"{}\"", limits.max_exposure),
        "max_close_notional" => format!("\"{}\"", limits.max_close_notional),
        "collar" => format!("\"{}\"", limits.collar),
        "close_collar" => format!("\"{}\"", limits.close_collar),
        "min_days_to_expiry" => days(limits.min_days_to_expiry),
        "max_days_to_expiry" => days(limits.max_days_to_expiry),
        "order_burst" => limits.order_burst.to_string(),
        "orders_per_second" => limits.orders_per_second.to_string(),
        other => other.to_owned(),
    }
}
