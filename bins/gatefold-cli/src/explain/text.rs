//! How an explanation reads is decided here.

use gatefold::core::advise::Life;
use gatefold::core::decide::{Gates, Outcome, Verdict};
use gatefold::core::record::Event;
use gatefold::core::view::{Explain, Explanation, Failure, Judged, Moment, Place, Ruling};

use super::describe::Words;
use super::{life, unit};
use crate::args;
use crate::books::{Fold, event_name};
use crate::human;
use crate::table::{Side, Table};

pub(super) fn all(args: &args::Explain, explain: &Explain, fold: &Fold) -> String {
    let mut parts: Vec<String> = explain
        .explanations()
        .map(|explanation| one(explanation, life(fold, explanation), fold.engine.gates()))
        .collect();
    parts.extend(explain.failures().iter().map(|failure| failed(args, failure)));
    parts.join("\n")
}

fn one(explanation: &Explanation, life: Option<Life>, gates: &Gates) -> String {
    let (place, advice) = &explanation.received;
    let mut facts = Table::plain(&[Side::Left, Side::Left]);
    let mut fact = |name: &str, text: String| facts.row([name.to_owned(), text]);
    fact(
        "advice",
        format!(
            "{} to {} {} {} at {}",
            advice.side,
            advice.effect.to_string().to_lowercase(),
            human::quantity(advice.quantity),
            advice.instrument,
            human::terms(advice.price)
        ),
    );
    fact("exits", human::exits(&advice.exits));
    let confidence = advice.confidence.map_or_else(|| "none".to_owned(), human::ratio);
    let model = advice.model.map(|model| format!(" of model {model}")).unwrap_or_default();
    fact("strategy", format!("{}, confidence {confidence}{model}", advice.strategy));
    fact("created", advice.created_at.to_string());
    fact("received", at(place));
    if let Some(life) = life {
        fact("stands at", life.to_string());
    }
    let mut text = format!(
        "recommendation {}, account {}\n{}",
        advice.id,
        explanation.account,
        facts.render(2)
    );
    let count = explanation.judged.len();
    for (index, judged) in explanation.judged.iter().enumerate() {
        let number = if count > 1 { format!(" {} of {count}", index + 1) } else { String::new() };
        text.push_str(&decision(&number, judged, gates));
    }
    if explanation.judged.is_empty() {
        let settled = |moment: &Moment| matches!(moment.event, Event::RecommendationSettled(_));
        let why = if explanation.after.iter().any(settled) {
            "no gate judged it here: it was settled elsewhere and imported"
        } else {
            "it was never judged: an exit waits for the orders in its way"
        };
        text.push_str(&format!("\n  {why}\n"));
    }
    text.push_str(&after(explanation));
    text
}

fn at(place: &Place) -> String {
    format!("{} (version {}, position {})", place.at, place.version, place.position)
}

fn decision(number: &str, judged: &Judged, gates: &Gates) -> String {
    let judgement = &judged.judgement;
    let mut facts = Table::plain(&[Side::Left, Side::Left]);
    let mut fact = |name: &str, text: String| facts.row([name.to_owned(), text]);
    fact("outcome", outcome(judged));
    if let Some((gate, verdict)) = judged.headline() {
        let unit = unit(gates, gate);
        let (observed, limit) = (verdict.observed, verdict.limit);
        fact(
            "because",
            format!(
                "{}: observed {}, limit {}",
                verdict.code.meaning().trim_end_matches('.'),
                human::number(unit, observed),
                human::number(unit, limit)
            ),
        );
    }
    if let Ruling::Refused(holders) = &judged.ruling
        && !holders.is_empty()
    {
        let holders: Vec<String> = holders.iter().map(ToString::to_string).collect();
        fact("held by", holders.join(" "));
    }
    fact("decided", at(&judged.place));
    let price = judgement.price.map_or_else(|| "no price".to_owned(), human::price);
    fact(
        "judged as",
        format!(
            "{} at {price}, notional {}",
            human::quantity(judgement.quantity),
            human::money_or(judgement.notional, "unknown")
        ),
    );
    fact("quote", judgement.quote.as_ref().map_or_else(|| "none".to_owned(), human::quote));
    format!(
        "\n  decision{number}\n{}\n{}\n{}",
        facts.render(4),
        verdicts(judged, gates),
        grounds(judged)
    )
}

fn outcome(judged: &Judged) -> String {
    let by = |word: &str| match judged.headline() {
        None => word.to_owned(),
        Some((gate, verdict)) => format!("{word} by {gate}: {}", verdict.code.text()),
    };
    match &judged.ruling {
        Ruling::Approved(key) => format!("Approved by every gate; order {key}"),
        Ruling::Refused(_) => by("Refused"),
        Ruling::Deferred => by("Deferred"),
    }
}

/// What a verdict's outcome is called. What stops an order stands out without color.
pub(super) fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "pass",
        Outcome::Refuse => "REFUSE",
        Outcome::Defer => "DEFER",
        Outcome::NotSet => "not set",
        Outcome::Exempt => "exempt",
    }
}

fn verdicts(judged: &Judged, gates: &Gates) -> String {
    let mut table = Table::new(&[
        ("gate", Side::Left),
        ("verdict", Side::Left),
        ("observed", Side::Right),
        ("limit", Side::Right),
        ("code", Side::Left),
    ]);
    for (name, verdict) in judged.verdicts() {
        let unit = unit(gates, name);
        let Verdict { outcome, code, observed, limit } = verdict;
        let (numbers, code) = match outcome {
            Outcome::Pass => (true, ""),
            Outcome::Refuse | Outcome::Defer => (true, code.text()),
            Outcome::NotSet | Outcome::Exempt => (false, ""),
        };
        let number = |value| {
            if numbers { human::number(unit, value) } else { String::new() }
        };
        table.row([
            name.to_owned(),
            word(outcome).to_owned(),
            number(observed),
            number(limit),
            code.to_owned(),
        ]);
    }
    if table.is_empty() { "    no gate was declared\n".to_owned() } else { table.render(4) }
}

fn grounds(judged: &Judged) -> String {
    let mut table = Table::new(&[
        ("rests on", Side::Left),
        ("version", Side::Right),
        ("position", Side::Right),
        ("time", Side::Left),
        ("event", Side::Left),
    ]);
    for ground in &judged.grounds {
        let (position, at, event) = match &ground.place {
            Some(it) => (it.position.to_string(), it.at.to_string(), event_name(it.tag)),
            None => ("?".to_owned(), "?".to_owned(), "not found in this log"),
        };
        let version = ground.version.to_string();
        table.row([ground.name.to_owned(), version, position, at, event.to_owned()]);
    }
    table.render(4)
}

fn after(explanation: &Explanation) -> String {
    let words = Words::of(explanation);
    let mut table = Table::new(&[
        ("position", Side::Right),
        ("time", Side::Left),
        ("event", Side::Left),
        ("", Side::Left),
    ]);
    for moment in &explanation.after {
        table.row([
            moment.place.position.to_string(),
            moment.place.at.to_string(),
            event_name(moment.place.tag).to_owned(),
            words.describe(&moment.event),
        ]);
    }
    if table.is_empty() {
        return "\n  nothing came after\n".to_owned();
    }
    format!("\n  what came after\n{}", table.render(4))
}

fn failed(args: &args::Explain, failure: &Failure) -> String {
    let failed = &failure.failed;
    let mut facts = Table::plain(&[Side::Left, Side::Left]);
    facts.row([
        "outcome".to_owned(),
        "Failed: it was no recommendation and no gate saw it".to_owned(),
    ]);
    facts.row(["reason".to_owned(), failed.reason.clone()]);
    facts.row(["text".to_owned(), failed.text.clone()]);
    let Place { at, position, .. } = failure.place;
    facts.row(["recorded".to_owned(), format!("{at} (position {position})")]);
    format!(
        "recommendation {}, {} line {}\n{}",
        args.recommendation,
        failed.source,
        failed.line,
        facts.render(2)
    )
}
