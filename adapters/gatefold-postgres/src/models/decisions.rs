//! Rows of decisions and fills.

use gatefold_core::decide::Account;
use gatefold_core::record::event::{ExecutionBooked, Judgement};
use gatefold_core::record::{Entry, Event, Version};
use gatefold_core::vocabulary::RecommendationId;

use crate::models::Changed;

/// Remembers the rows of an event. `gates` is where the account's gates were declared.
#[expect(clippy::wildcard_enum_match_arm, reason = "no other event changes these rows")]
pub(super) fn apply(
    changed: &mut Changed,
    (account, gates): (&Account, Option<Version>),
    entry: &Entry<'_>,
    event: &Event,
) {
    let mut judged = |decision: &str, recommendation: &RecommendationId, it: &Judgement| {
        let verdicts = || it.verdicts.iter();
        let line = changed.decisions.row().put(account.id()).put(entry.version);
        line.put(recommendation)
            .put(decision)
            .maybe(gates)
            .words(verdicts().map(|verdict| verdict.outcome.name()))
            .words(verdicts().map(|verdict| verdict.code.text()))
            .numbers(verdicts().map(|verdict| verdict.observed))
            .numbers(verdicts().map(|verdict| verdict.limit))
            .put(entry.at);
    };
    match event {
        Event::GateSetDeclared(declared) => {
            let line = changed.gate_sets.row().put(account.id()).put(entry.version);
            line.words(declared.gates.iter().map(String::as_str));
        }
        Event::IntentApproved(it) => judged("APPROVED", &it.recommendation, &it.judgement),
        Event::IntentRefused(it) => judged("REFUSED", &it.recommendation, &it.judgement),
        Event::IntentDeferred(it) => judged("DEFERRED", &it.recommendation, &it.judgement),
        Event::ExecutionBooked(booked) => executed(changed, account, entry, booked),
        _ => {}
    }
}

fn executed(changed: &mut Changed, account: &Account, entry: &Entry<'_>, booked: &ExecutionBooked) {
    let fill = &booked.execution;
    let order = fill.order.and_then(|key| account.order(&key));
    let line = changed.executions.row().put(account.id()).put(fill.id).put(entry.version);
    line.maybe(order.map(|order| order.recommendation))
        .maybe(fill.order)
        .put(fill.instrument)
        .put(fill.side.to_string().to_uppercase())
        .put(fill.quantity)
        .put(fill.price)
        .put(fill.value())
        .put(fill.fee)
        .put(account.mode().name().to_uppercase())
        .put(fill.at)
        .put(entry.at);
}

/// A gate's recorded name.
pub(super) fn gate(account: &Account, place: usize) -> &str {
    account.gate_names().get(place).map_or("undeclared", String::as_str)
}
