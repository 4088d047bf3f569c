//! What each kind of event is in words is decided here.

use gatefold::core::record::Event;
use gatefold::core::record::event::{Adjustment, ExitFailed, ExitTriggered, Judgement};
use gatefold::core::settle::Execution;
use gatefold::core::unwind::ExitRule;
use gatefold::core::view::{Explanation, Ruling};
use gatefold::core::vocabulary::{OrderKey, Price, RecommendationId, Span, Timestamp};

use crate::human;

/// Describes events that followed from a recommendation.
pub(super) struct Words {
    /// Which advice each order comes from: shorter than an order's key, and says more.
    orders: Vec<(OrderKey, RecommendationId)>,
}

impl Words {
    pub(super) fn of(explanation: &Explanation) -> Self {
        let own = explanation.received.1.id;
        let judged = explanation.judged.iter().filter_map(|judged| match judged.ruling {
            Ruling::Approved(key) => Some((key, own)),
            Ruling::Refused(_) | Ruling::Deferred => None,
        });
        let later = explanation.after.iter().filter_map(|moment| {
            let Event::IntentApproved(it) = &moment.event else {
                return None;
            };
            Some((it.key, it.recommendation))
        });
        Self { orders: judged.chain(later).collect() }
    }

    /// What an order is called.
    fn order(&self, key: &OrderKey) -> String {
        let known = self.orders.iter().find(|(known, _)| known == key);
        known.map_or_else(|| key.to_string(), |(_, id)| id.to_string())
    }

    /// An event in a line of words. What it is about is said by the heading.
    pub(super) fn describe(&self, event: &Event) -> String {
        match event {
            Event::RecommendationReceived(it) => {
                let advice = &it.recommendation;
                let effect = advice.effect.to_string().to_lowercase();
                let (quantity, terms) =
                    (human::quantity(advice.quantity), human::terms(advice.price));
                format!("{}: {} to {effect} {quantity} at {terms}", advice.id, advice.side)
            }
            Event::IntentApproved(it) => format!("{}: every gate passed", it.recommendation),
            Event::IntentRefused(it) => ruled(&it.recommendation, "refused", &it.judgement),
            Event::IntentDeferred(it) => ruled(&it.recommendation, "deferred", &it.judgement),
            Event::RecommendationExpired(it) => {
                let age = Span::from_nanos(it.age_nanos);
                format!("{}: its time to live ran out, {age} old", it.recommendation)
            }
            Event::RecommendationSettled(it) => format!("{}: {}", it.recommendation, it.life),
            Event::OrderChanged(it) => {
                let broker = it.broker_order_id.map(|id| format!(" as {id}")).unwrap_or_default();
                format!("{}: {}{broker} ({})", self.order(&it.key), it.state, it.evidence)
            }
            Event::CancelRefused(it) => {
                format!("{}: cancel refused ({})", self.order(&it.key), it.evidence)
            }
            Event::LookUpMissed(it) => {
                format!("{}: the broker does not know it", self.order(&it.key))
            }
            Event::ExecutionBooked(it) => self.filled(&it.execution),
            Event::FindingRecorded(it) => format!("{}: {}", it.kind, it.evidence),
            Event::ExitPlanSet(it) => human::plan(&it.plan),
            Event::ExitTriggered(it) => triggered(it),
            Event::ExitFailed(it) => exit_failed(it),
            Event::ClosePlanned(it) => {
                let (quantity, orders) = (human::quantity(it.quantity), it.holders.len());
                format!("{quantity} to be closed, {orders} orders canceled first")
            }
            Event::Unprotected(it) => format!("without its exit order: {}", it.reason),
            Event::PositionAdjusted(it) => format!("{}: {}", adjusted(&it.adjustment), it.note),
            Event::AccountOpened(_)
            | Event::GateSetDeclared(_)
            | Event::LimitsSet(_)
            | Event::StateSet(_)
            | Event::DayRolled(_)
            | Event::CashMoved(_)
            | Event::RecommendationFailed(_)
            | Event::MarksObserved(_)
            | Event::SnapshotTaken(_)
            | Event::LinkChanged(_) => String::new(),
        }
    }

    fn filled(&self, fill: &Execution) -> String {
        let order = fill.order.map_or_else(|| "not our order".to_owned(), |key| self.order(&key));
        let fee = if fill.fee.is_zero() {
            String::new()
        } else {
            format!(", fee {}", human::money(fill.fee))
        };
        format!(
            "{order}: {} {} at {}{fee}, execution {}",
            fill.side,
            human::quantity(fill.quantity),
            human::price(fill.price),
            fill.id
        )
    }
}

fn ruled(id: &RecommendationId, how: &str, judgement: &Judgement) -> String {
    let code = judgement.verdicts.headline().map_or("OK", |(_, verdict)| verdict.code.text());
    format!("{id}: {how}, {code}")
}

fn triggered(event: &ExitTriggered) -> String {
    let shown = |value: i64| match event.rule {
        ExitRule::Time => Timestamp::from_nanos(value).to_string(),
        ExitRule::Stop | ExitRule::Target | ExitRule::Trailing => {
            human::price(Price::from_nanos(value).unwrap_or(Price::ZERO))
        }
    };
    format!(
        "{}: {} reached by {}; exit {}",
        event.rule,
        shown(event.level),
        shown(event.observed),
        event.recommendation
    )
}

fn exit_failed(event: &ExitFailed) -> String {
    let next = event
        .retry_at
        .map_or_else(|| "somebody must look".to_owned(), |at| format!("again from {at}"));
    format!("failure {} in a row ({}); {next}", event.failures, event.reason)
}

fn adjusted(adjustment: &Adjustment) -> String {
    match adjustment {
        Adjustment::Split { instrument, new, old } => format!("{instrument} split {new} for {old}"),
        Adjustment::Expired { instrument, quantity } => format!("{quantity} {instrument} expired"),
        Adjustment::Delivered { instrument, quantity, premium } => {
            format!("{quantity} {instrument} delivered, premium {premium}")
        }
        Adjustment::Transferred { instrument, quantity, cost } => {
            format!("{quantity} {instrument} transferred at a cost of {}", human::money(*cost))
        }
    }
}
