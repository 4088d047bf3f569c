//! How an explanation stands in JSON is decided here. Field names are stable.

use gatefold::core::decide::{Gates, Quote, Unit, Verdict};
use gatefold::core::view::{Explain, Explanation, Failure, Ground, Judged, Moment, Ruling};
use serde_json::{Map, Value, json};

use super::describe::Words;
use super::{NEAREST, life, unit};
use crate::args;
use crate::books::{Fold, event_name};
use crate::human;

pub(super) fn all(args: &args::Explain, explain: &Explain, fold: &Fold) -> Value {
    let gates = fold.engine.gates();
    let one = |it: &Explanation| {
        let (place, advice) = &it.received;
        let decision = |judged| decision(judged, gates);
        let words = Words::of(it);
        json!({
            "account": it.account.to_string(),
            "life": life(fold, it).map(|life| life.to_string()),
            "received": {
                "version": place.version.get(),
                "position": place.position.get(),
                "at": place.at.to_string(),
            },
            "advice": {
                "strategy": advice.strategy.to_string(),
                "instrument": advice.instrument.to_string(),
                "side": advice.side.to_string(),
                "effect": advice.effect.to_string(),
                "quantity": advice.quantity.to_string(),
                "price": human::terms(advice.price),
                "exits": human::exits(&advice.exits),
                "confidence": advice.confidence.map(|it| it.to_string()),
                "created_at": advice.created_at.to_string(),
            },
            "decisions": it.judged.iter().map(decision).collect::<Vec<_>>(),
            "after": it.after.iter().map(|it| moment(it, &words)).collect::<Vec<_>>(),
        })
    };
    let nearest = explain.nearest(NEAREST);
    json!({
        "recommendation": args.recommendation.to_string(),
        "accounts": explain.explanations().map(one).collect::<Vec<_>>(),
        "failed": explain.failures().iter().map(failed).collect::<Vec<_>>(),
        "nearest": nearest.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

fn decision(judged: &Judged, gates: &Gates) -> Value {
    let judgement = &judged.judgement;
    let outcome = match &judged.ruling {
        Ruling::Approved(_) => "Approved",
        Ruling::Refused(_) => "Refused",
        Ruling::Deferred => "Deferred",
    };
    let (order, holders) = match &judged.ruling {
        Ruling::Approved(key) => (Some(key.to_string()), Vec::new()),
        Ruling::Refused(holders) => (None, holders.iter().map(ToString::to_string).collect()),
        Ruling::Deferred => (None, Vec::new()),
    };
    let headline = judged.headline();
    let of_gate = |(name, verdict): (&str, Verdict)| gate(name, &verdict, unit(gates, name));
    json!({
        "outcome": outcome,
        "order": order,
        "held_by": holders,
        "version": judged.place.version.get(),
        "position": judged.place.position.get(),
        "at": judged.place.at.to_string(),
        "gate": headline.map(|(name, _)| name),
        "code": headline.map(|(_, verdict)| verdict.code.text()),
        "meaning": headline.map(|(_, verdict)| verdict.code.meaning()),
        "quantity": judgement.quantity.to_string(),
        "order_price": judgement.price.map(|it| it.to_string()),
        "notional": judgement.notional.map(|it| it.to_string()),
        "quote": judgement.quote.as_ref().map(quote),
        "gates": judged.verdicts().map(of_gate).collect::<Vec<_>>(),
        "rests_on": judged.grounds.iter().map(ground).collect::<Vec<_>>(),
    })
}

/// A verdict with the name of its gate.
pub(crate) fn gate(name: &str, verdict: &Verdict, unit: Option<Unit>) -> Value {
    let number = |value| (!human::is_endless(value)).then(|| human::plain(unit, value));
    json!({
        "gate": name,
        "outcome": verdict.outcome.to_string(),
        "code": verdict.code.text(),
        "meaning": verdict.code.meaning(),
        "unit": unit.map(human::unit),
        "observed": number(verdict.observed),
        "limit": number(verdict.limit),
    })
}

/// A quote.
pub(crate) fn quote(quote: &Quote) -> Value {
    json!({
        "bid": quote.bid.to_string(),
        "bid_size": quote.bid_size.to_string(),
        "ask": quote.ask.to_string(),
        "ask_size": quote.ask_size.to_string(),
        "at": quote.at.to_string(),
        "feed": quote.feed.to_string(),
    })
}

fn ground(ground: &Ground) -> Value {
    let mut fields = Map::new();
    fields.insert("name".to_owned(), json!(ground.name));
    fields.insert("version".to_owned(), json!(ground.version.get()));
    if let Some(place) = &ground.place {
        fields.insert("position".to_owned(), json!(place.position.get()));
        fields.insert("at".to_owned(), json!(place.at.to_string()));
        fields.insert("event".to_owned(), json!(event_name(place.tag)));
    }
    Value::Object(fields)
}

fn moment(moment: &Moment, words: &Words) -> Value {
    json!({
        "version": moment.place.version.get(),
        "position": moment.place.position.get(),
        "at": moment.place.at.to_string(),
        "event": event_name(moment.place.tag),
        "text": words.describe(&moment.event),
    })
}

fn failed(failure: &Failure) -> Value {
    json!({
        "source": failure.failed.source,
        "line": failure.failed.line,
        "text": failure.failed.text,
        "reason": failure.failed.reason,
        "position": failure.place.position.get(),
        "at": failure.place.at.to_string(),
    })
}
