//! What one line for people says of an event is decided here.

use gatefold::core::decide::Scope;
use gatefold::core::record::Event;
use gatefold::core::record::event::Adjustment;
use gatefold::core::vocabulary::Span;

use crate::human;
use crate::log::facts::Facts;

/// What happened, in a few words: what the event is about, then what it says.
pub(crate) fn words(event: &Event) -> String {
    let facts = Facts::of(event);
    let about = [
        facts.recommendation.map(|id| id.to_string()),
        facts.order.map(|key| key.to_string()),
        trade(&facts),
    ];
    let said = said(event);
    let said = (!said.is_empty()).then_some(said);
    let parts: Vec<String> = about.into_iter().chain([said]).flatten().collect();
    parts.join("  ").replace(['\n', '\r'], " ")
}

/// `buy 200 ACME @ 10.00`, as far as there is something of it.
fn trade(facts: &Facts) -> Option<String> {
    let parts = [
        facts.side.map(|side| side.to_string()),
        facts.quantity.map(|quantity| quantity.to_string()),
        facts.instrument.map(|instrument| instrument.to_string()),
        facts.price.map(|price| format!("@ {price}")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

fn said(event: &Event) -> String {
    match event {
        Event::AccountOpened(it) => format!("{} with {}", it.mode, it.cash),
        Event::GateSetDeclared(it) => format!("{} gates", it.gates.len()),
        Event::LimitsSet(it) => format!("by {}: {}", it.actor, it.reason),
        Event::StateSet(it) => {
            let scope = match it.scope {
                Scope::Global => "everything".to_owned(),
                Scope::Account => "account".to_owned(),
                Scope::Strategy(id) => format!("strategy {id}"),
            };
            format!("{scope} {} for {}, by {}: {}", it.state, it.cause, it.actor, it.reason)
        }
        Event::DayRolled(it) => format!("{} opens with {}", it.date, it.opening_equity),
        Event::CashMoved(it) => format!("{} {}: {}", it.kind, it.amount, it.note),
        Event::RecommendationReceived(it) => format!("to {}", it.recommendation.effect),
        Event::IntentApproved(it) => format!("to {}", it.effect),
        Event::IntentRefused(_) | Event::IntentDeferred(_) => {
            Facts::of(event).code.unwrap_or_default().to_owned()
        }
        Event::RecommendationExpired(it) => format!("{} old", Span::from_nanos(it.age_nanos)),
        Event::RecommendationFailed(it) => format!("{} line {}: {}", it.source, it.line, it.reason),
        Event::RecommendationSettled(it) => it.life.to_string(),
        Event::OrderChanged(it) => format!("{}: {}", it.state, it.evidence),
        Event::CancelRefused(it) => it.evidence.clone(),
        Event::LookUpMissed(_) => String::new(),
        Event::ExecutionBooked(it) => format!("fee {}, {}", it.execution.fee, it.execution.id),
        Event::MarksObserved(it) => {
            let mut marks = it.marks.iter().map(|mark| {
                let feed = human::feed(mark.source.as_ref());
                format!("{} {} ({feed})", mark.instrument, mark.price)
            });
            let first = marks.next().unwrap_or_default();
            if it.marks.len() > 1 { format!("{first}, {} more", it.marks.len() - 1) } else { first }
        }
        Event::SnapshotTaken(it) => {
            format!(
                "cash {}, {} positions, differing {}",
                it.cash,
                it.positions.len(),
                it.differing
            )
        }
        Event::FindingRecorded(it) => {
            format!("{}: ours {}, theirs {}: {}", it.kind, it.ours, it.theirs, it.evidence)
        }
        Event::LinkChanged(it) => format!("{}: {}", it.link, it.evidence),
        Event::ExitPlanSet(it) => human::plan(&it.plan),
        Event::ExitTriggered(it) => it.rule.to_string(),
        Event::ExitFailed(it) => format!("failure {}: {}", it.failures, it.reason),
        Event::ClosePlanned(it) => {
            format!("{} orders in the way, by {}", it.holders.len(), it.actor)
        }
        Event::Unprotected(it) => it.reason.clone(),
        Event::PositionAdjusted(it) => {
            let what = match it.adjustment {
                Adjustment::Split { new, old, .. } => format!("split {new} for {old}"),
                Adjustment::Expired { .. } => "expired".to_owned(),
                Adjustment::Delivered { .. } => "delivered".to_owned(),
                Adjustment::Transferred { cost, .. } => format!("transferred at {cost}"),
            };
            format!("{what}: {}", it.note)
        }
    }
}
