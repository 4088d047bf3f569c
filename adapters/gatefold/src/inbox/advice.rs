//! What a line's fields mean together is decided here.

use gatefold_core::advise::{
    Effect, ExitTerms, Hours, OrderPrice, Recommendation, Source, TimeInForce,
};
use gatefold_core::vocabulary::{
    AccountId, Instrument, ModelVersion, NumberError, Price, Quantity, Ratio, RecommendationId,
    Side, Span, StrategyId, Timestamp,
};

use crate::config::ExitDefaults;
use crate::inbox::agreement;
use crate::inbox::fields::{Fields, clip};

/// The advice that a line gives.
///
/// # Errors
/// Everything that is wrong with it, and what to write instead.
pub(super) fn read(line: &str, defaults: &ExitDefaults) -> Result<Recommendation, String> {
    let mut fields = Fields::parse(line)?;
    let parsed = parse(&mut fields);
    if let Some(problems) = fields.finish() {
        return Err(problems);
    }
    let Some(mut advice) = parsed else { unreachable!("what is not read was refused") };
    defaults.fill_in(&mut advice).map_err(|error| error.to_string())?;
    advice.checked().map_err(|error| error.to_string())
}

fn parse(fields: &mut Fields<'_>) -> Option<Recommendation> {
    let id = fields.must("recommendation_id", "give it an id", RecommendationId::new);
    let account = fields.must("account", "name one; there is no default", AccountId::new);
    let strategy = fields.must("strategy", "name one; there is no default", StrategyId::new);
    let remedy = "give a ticker such as AAPL, or an OCC option symbol";
    let instrument = fields.must("symbol", remedy, Instrument::parse);
    agreement::check(fields, instrument.as_ref());
    let action = fields.must("action", ACTIONS, action);
    let quantity = fields.must("quantity", "say how many", str::parse::<Quantity>);
    let limit = fields.read("limit_price", str::parse::<Price>);
    let reference_price = fields.read("reference_price", str::parse::<Price>).or(limit);
    let confidence = fields.read("confidence", confidence);
    let model = fields.read("model_version", ModelVersion::new);
    let exits = exits(fields, action.map(|(side, _)| side));
    let remedy = "say when the advice was given, as in 2015-12-24T14:30:00Z";
    let created_at = fields.must("created_at", remedy, str::parse::<Timestamp>);
    let valid_until = fields.read("valid_until", str::parse::<Timestamp>);
    let time_in_force = fields.read("time_in_force", |text| match text {
        "day" => Ok(TimeInForce::Day),
        "gtc" => Ok(TimeInForce::Gtc),
        "ioc" => Ok(TimeInForce::Ioc),
        other => Err(format!("{:?} is not known: write day, gtc or ioc", clip(other))),
    });
    let hours = fields.read("hours", |text| match text {
        "regular" => Ok(Hours::Regular),
        "extended" => Ok(Hours::Extended),
        other => Err(format!("{:?} is not known: write regular or extended", clip(other))),
    });
    let (side, effect) = action?;
    Some(Recommendation {
        id: id?,
        account: account?,
        strategy: strategy?,
        source: Source::External,
        instrument: instrument?,
        side,
        effect,
        quantity: quantity?,
        price: limit.map_or(OrderPrice::Market, OrderPrice::Limit),
        time_in_force: time_in_force.unwrap_or(TimeInForce::Day),
        hours: hours.unwrap_or(Hours::Regular),
        confidence,
        model,
        reference_price,
        exits,
        created_at: created_at?,
        valid_until,
    })
}

const ACTIONS: &str = "write buy_to_open, sell_to_open, buy_to_close or sell_to_close";

fn action(text: &str) -> Result<(Side, Effect), String> {
    match text {
        "buy_to_open" => Ok((Side::Buy, Effect::Open)),
        "sell_to_open" => Ok((Side::Sell, Effect::Open)),
        "buy_to_close" => Ok((Side::Buy, Effect::Close)),
        "sell_to_close" => Ok((Side::Sell, Effect::Close)),
        "buy" | "sell" => Err(format!(
            "{text:?} does not say whether it opens or closes: write {text}_to_open or \
             {text}_to_close"
        )),
        other => Err(format!("{:?} is not known: {ACTIONS}", clip(other))),
    }
}

/// Confidence is cut to six decimals: a model's long fraction is no fault, and cutting can only
/// make a gate stricter.
fn confidence(text: &str) -> Result<Ratio, String> {
    const DECIMALS: usize = 6;
    let kept = match text.split_once('.') {
        Some((whole, fraction)) if fraction.bytes().all(|byte| byte.is_ascii_digit()) => {
            let fraction = fraction.get(..DECIMALS).unwrap_or(fraction);
            format!("{whole}.{fraction}")
        }
        Some(_) | None => text.to_owned(),
    };
    let ratio: Ratio = kept.parse().map_err(|error: NumberError| error.to_string())?;
    if ratio > Ratio::ONE {
        return Err(format!("{} is above 1: write a fraction, as in 0.72", clip(text)));
    }
    Ok(ratio)
}

fn exits(fields: &mut Fields<'_>, side: Option<Side>) -> ExitTerms {
    let exits = ExitTerms {
        stop: fields.read("stop_price", level),
        target: fields.read("target_price", level),
        trail: fields.read("trail", |text| match text.parse::<Ratio>() {
            Ok(trail) if trail > Ratio::ZERO && trail < Ratio::ONE => Ok(trail),
            Ok(_) => Err(format!("{text} is not between 0 and 1: write it as in 0.10")),
            Err(error) => Err(error.to_string()),
        }),
        hold_at_most: fields.read("hold_at_most", span),
        out_before_close: fields.read("out_before_close", span),
    };
    let crossed = match (exits.stop, exits.target, side) {
        (Some(stop), Some(target), Some(Side::Buy)) => stop >= target,
        (Some(stop), Some(target), Some(Side::Sell)) => stop <= target,
        (None, _, _) | (_, None, _) | (_, _, None) => false,
    };
    if let (true, Some(stop), Some(target)) = (crossed, exits.stop, exits.target) {
        fields.refuse(format!(
            "`stop_price` {stop} and `target_price` {target} are the wrong way round for this \
             action: a buy stops below its target, a sale above"
        ));
    }
    exits
}

fn level(text: &str) -> Result<Price, String> {
    match text.parse::<Price>() {
        Ok(level) if level.is_zero() => Err("0 is no level: leave it out".into()),
        Ok(level) => Ok(level),
        Err(error) => Err(error.to_string()),
    }
}

fn span(text: &str) -> Result<Span, String> {
    match text.parse::<Span>() {
        Ok(span) if span <= Span::ZERO => Err(format!("{text} is not above 0: leave it out")),
        Ok(span) => Ok(span),
        Err(error) => Err(error.to_string()),
    }
}
