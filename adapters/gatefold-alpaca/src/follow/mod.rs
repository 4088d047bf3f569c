//! What the broker's words come to: from order objects, stream messages and activities in any
//! order, doubled, late or missing, to reports that are each told once.
//!
//! Two rules. An order's end is told only after all that was executed of it, so that at no moment
//! neither the order nor the position counts. And the stream is believed only where it goes on
//! without a gap from what was told; everything else waits for the activities, which are the truth.

mod fills;
mod orders;

use std::collections::{BTreeMap, BTreeSet};

use gatefold_core::decide::TradingState;
use gatefold_core::record::event::FindingKind;
use gatefold_core::route::{Deviation, OrderState, Ordered, Report, Severity};
use gatefold_core::vocabulary::{BrokerOrderId, OrderKey, Quantity, Span, Timestamp};

use crate::fills::{Coverage, Fill};
use crate::wire::Status;

/// So many finished orders are remembered before the oldest are forgotten.
const ENDED_MAX: usize = 20_000;

/// So many texts are remembered before all are forgotten, and said again if need be.
const SAID_MAX: usize = 10_000;

/// One order of the broker, ours or not.
#[derive(Clone, Debug)]
struct Followed {
    /// Ours, if it is; the replacement of ours is ours.
    key: Option<OrderKey>,
    id: BrokerOrderId,
    status: Status,
    word: String,
    filled: Quantity,
    coverage: Coverage,
    ordered: Option<Ordered>,
    replaced_by: Option<String>,
    replaces: Option<String>,
    /// When what is known of it happened, by the broker's clock.
    changed_at: Timestamp,
    updated_at: Option<Timestamp>,
    taken_at: Option<Timestamp>,
    told: Option<OrderState>,
    /// Since when its end waits for executions that nobody has told of.
    held_back_since: Option<Timestamp>,
    /// In which round of asking it was heard of last.
    round: u64,
    /// When its cancel was asked for, first and last.
    cancel_asked: Option<(Timestamp, Timestamp)>,
}

/// Everything that is known of one account's orders.
#[derive(Debug, Default)]
pub(crate) struct Follower {
    orders: BTreeMap<String, Followed>,
    /// The last order of each of our chains.
    latest: BTreeMap<OrderKey, String>,
    /// Executions of orders that are not known yet.
    homeless: BTreeMap<String, Vec<Fill>>,
    out: Vec<Report>,
    /// What was said of once is not said again.
    said: BTreeSet<String>,
    /// The activities must be asked for.
    wants_fills: bool,
    /// Orders that must be asked for, by the broker's id.
    wants_orders: BTreeSet<String>,
    round: u64,
}

impl Follower {
    /// What is to be told, oldest first.
    pub(crate) fn take_reports(&mut self) -> Vec<Report> {
        std::mem::take(&mut self.out)
    }

    /// Whether executions are known to be missing.
    pub(crate) fn wants_fills(&self) -> bool {
        self.wants_fills || !self.homeless.is_empty()
    }

    /// Orders that must be asked for, by the broker's id.
    pub(crate) fn wanted_orders(&mut self) -> Vec<String> {
        let homeless = self.homeless.keys().cloned();
        let mut wanted: BTreeSet<String> = std::mem::take(&mut self.wants_orders);
        wanted.extend(homeless);
        wanted.into_iter().collect()
    }

    /// The activities were asked for: what is missing now is asked for again later.
    pub(crate) fn fills_were_asked_for(&mut self) {
        self.wants_fills = false;
    }

    /// Whether executions of an order are known to be missing.
    pub(crate) fn misses_fills(&self) -> bool {
        self.wants_fills() || self.orders.values().any(|order| !order.is_complete())
    }

    /// The earliest moment that executions may be missing since.
    pub(crate) fn fills_missing_since(&self) -> Option<Timestamp> {
        let short = self.orders.values().filter(|order| order.coverage.total() < order.filled);
        short.filter_map(|order| order.taken_at).min()
    }

    /// A person must hear of this, once.
    pub(crate) fn alarm(&mut self, severity: Severity, text: String) {
        if self.says_first(&text) {
            self.out.push(Report::Alarm { severity, text });
        }
    }

    /// Something that does not fit, once.
    pub(crate) fn differ(&mut self, kind: FindingKind, of: Option<OrderKey>, evidence: String) {
        if self.says_first(&evidence) {
            let state = TradingState::ReduceOnly;
            let (instrument, order) = (None, of);
            let deviation = Deviation { kind, instrument, order, state, evidence };
            self.out.push(Report::Difference(deviation));
        }
    }

    fn says_first(&mut self, text: &str) -> bool {
        if self.said.len() >= SAID_MAX {
            self.said.clear();
        }
        self.said.insert(text.to_owned())
    }

    /// A report of something else than orders.
    pub(crate) fn tell(&mut self, report: Report) {
        self.out.push(report);
    }

    /// The broker's id of the order that stands for a key now.
    pub(crate) fn id_of(&self, key: OrderKey) -> Option<&str> {
        self.latest.get(&key).map(String::as_str)
    }

    /// A round of asking begins.
    pub(crate) fn begin_round(&mut self) {
        self.round = self.round.saturating_add(1);
    }

    /// Orders of ours that have not ended and that this round has not told of, by the broker's id.
    pub(crate) fn unheard(&self) -> Vec<String> {
        let unheard = |(id, order): &(&String, &Followed)| {
            let Some(key) = order.key else {
                return false;
            };
            let stands = self.latest.get(&key) == Some(*id);
            let done = if stands { order.is_settled() } else { order.is_over() };
            !done && order.round < self.round
        };
        self.orders.iter().filter(unheard).map(|(id, _)| id.clone()).collect()
    }

    /// Says which orders of others this round found working: what they hold cannot be sold, and the
    /// broker takes none of ours that could trade with them.
    pub(crate) fn tell_strangers(&mut self) {
        let stranger = |order: &&Followed| {
            order.key.is_none()
                && order.replaces.is_none()
                && order.round == self.round
                && !order.status.is_terminal()
        };
        let found: Vec<&Followed> = self.orders.values().filter(stranger).collect();
        let Some(first) = found.first() else {
            return;
        };
        let count = found.len();
        let what = first.ordered.map_or(String::new(), |it| {
            let quantity = it.quantity.map_or(String::new(), |quantity| format!(" {quantity}"));
            format!(", {}{quantity} {}", it.side, it.instrument)
        });
        let text = format!(
            "{count} orders of others work in this account, such as {}{what}: what they hold is \
             not ours to sell",
            first.id
        );
        self.alarm(Severity::Warning, text);
    }

    /// How many reports wait to be taken.
    pub(crate) fn waiting(&self) -> usize {
        self.out.len()
    }

    /// Whether what waits beyond `before` tells of a fill or an end that is older than `lag`.
    pub(crate) fn told_late(&self, before: usize, now: Timestamp, lag: Span) -> bool {
        self.out.iter().skip(before).any(|report| {
            let at = match report {
                Report::Execution(execution) => Some(execution.at),
                Report::Order(order) => Some(order.at).filter(|_| !order.state.is_working()),
                Report::Activity(_)
                | Report::Cash(_)
                | Report::Link(_)
                | Report::Books(_)
                | Report::Difference(_)
                | Report::Alarm { .. } => None,
            };
            at.is_some_and(|at| now.saturating_since(at) > lag)
        })
    }

    /// Whether any order of ours may still change.
    pub(crate) fn has_open_orders(&self) -> bool {
        self.latest.values().filter_map(|id| self.orders.get(id)).any(|it| !it.is_settled())
    }

    /// Notes that a cancel was asked for.
    pub(crate) fn cancel_asked(&mut self, key: OrderKey, now: Timestamp) {
        if let Some(order) = self.latest.get(&key).and_then(|id| self.orders.get_mut(id)) {
            let first = order.cancel_asked.map_or(now, |(first, _)| first);
            order.cancel_asked = Some((first, now));
        }
    }

    /// Orders whose cancel was last asked for before `since` and that work on as if it had not.
    pub(crate) fn ignored_cancels(&self, since: Timestamp) -> Vec<(OrderKey, String)> {
        let ignored = |(id, order): (&String, &Followed)| {
            let asked = order.cancel_asked.is_some_and(|(_, last)| last < since);
            let works = matches!(order.status, Status::Working | Status::PartiallyFilled);
            (asked && works).then(|| Some((order.key?, id.clone()))).flatten()
        };
        self.orders.iter().filter_map(ignored).collect()
    }

    /// Says what has been waiting for too long, and forgets what is long over.
    pub(crate) fn watch(&mut self, now: Timestamp, patience: Span) {
        let late = |since: Option<Timestamp>| {
            since.is_some_and(|since| now.saturating_since(since) >= patience)
        };
        let mut said = Vec::new();
        for (id, order) in &self.orders {
            if late(order.held_back_since) {
                let (told, filled) = (order.coverage.total(), order.filled);
                said.push(format!(
                    "order {id} is {} with {filled} filled and only {told} of it is told by the \
                     activities: it counts as working until they do",
                    order.word
                ));
            }
            if late(order.cancel_asked.map(|(first, _)| first)) && !order.status.is_terminal() {
                said.push(format!(
                    "order {id} is still {} though its cancel was asked for: its reservation stays",
                    order.word
                ));
            }
        }
        for text in said {
            self.alarm(Severity::Warning, text);
        }
        if self.orders.len() > ENDED_MAX {
            let latest = &self.latest;
            let stands = |id: &String, key: OrderKey| latest.get(&key) == Some(id);
            self.orders.retain(|id, order| match order.key {
                Some(key) if stands(id, key) => !order.is_settled(),
                Some(_) | None => !order.is_over(),
            });
            let orders = &self.orders;
            self.latest.retain(|_, id| orders.contains_key(id));
        }
    }
}

impl Followed {
    /// Whether its end was told, where it stands for a key.
    fn is_settled(&self) -> bool {
        self.told.is_some_and(|told| !told.is_working())
    }

    /// Whether nothing more is to be heard of it.
    fn is_over(&self) -> bool {
        self.status.is_terminal() && self.is_complete()
    }

    /// Whether everything that was executed of it is told.
    fn is_complete(&self) -> bool {
        self.coverage.total() >= self.filled
    }
}

#[cfg(test)]
mod tests;
