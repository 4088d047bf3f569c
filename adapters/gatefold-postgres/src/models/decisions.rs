//! Rows of decisions and fills.

use gatefold_core::decide::Account;
use gatefold_core::record::event::Judgement;
use gatefold_core::record::{Entry, Event};
use gatefold_core::vocabulary::RecommendationId;

use crate::models::Changed;
use crate::models::rows::{maybe, text};

#[expect(clippy::wildcard_enum_match_arm, reason = "no other event changes these rows")]
pub(super) fn apply(changed: &mut Changed, account: &Account, entry: &Entry<'_>, event: &Event) {
    match event {
        Event::IntentApproved(it) => {
            judged(changed, account, entry, ("APPROVED", &it.recommendation, &it.judgement));
        }
        Event::IntentRefused(it) => {
            judged(changed, account, entry, ("REFUSED", &it.recommendation, &it.judgement));
        }
        Event::IntentDeferred(it) => {
            judged(changed, account, entry, ("DEFERRED", &it.recommendation, &it.judgement));
        }
        Event::ExecutionBooked(booked) => {
            let fill = &booked.execution;
            let order = fill.order.and_then(|key| account.order(&key));
            changed.executions.push(vec![
                text(account.id()),
                text(fill.id),
                text(entry.version),
                maybe(order.map(|order| order.recommendation)),
                maybe(fill.order),
                text(fill.instrument),
                text(fill.side.to_string().to_uppercase()),
                text(fill.quantity),
                text(fill.price),
                text(fill.value()),
                text(fill.fee),
                text(account.mode().name().to_uppercase()),
                text(fill.at),
                text(entry.at),
            ]);
        }
        _ => {}
    }
}

/// One row per gate.
fn judged(
    changed: &mut Changed,
    account: &Account,
    entry: &Entry<'_>,
    (decision, recommendation, judgement): (&str, &RecommendationId, &Judgement),
) {
    for (place, verdict) in judgement.verdicts.iter().enumerate() {
        changed.verdicts.push(vec![
            text(account.id()),
            text(entry.version),
            text(place),
            text(gate(account, place)),
            text(recommendation),
            text(decision),
            text(verdict.outcome),
            text(verdict.code.text()),
            text(verdict.observed),
            text(verdict.limit),
            text(entry.at),
        ]);
    }
}

/// A gate's recorded name.
pub(super) fn gate(account: &Account, place: usize) -> &str {
    account.gate_names().get(place).map_or("undeclared", String::as_str)
}
