//! One account's side of the broker: the orders it took, what it did with them, and what it has
//! yet to tell.

use std::collections::BTreeMap;

use gatefold_core::route::{LookUp, OrderReport, OrderState, RejectClass, Report, Submission};
use gatefold_core::settle::Execution;
use gatefold_core::vocabulary::{
    ExecutionId, Instrument, Money, OrderKey, Price, Quantity, RecommendationId, Side, Timestamp,
};

use crate::harness::world::{Sent, broker_id};

#[derive(Clone, Debug)]
pub(super) struct AtBroker {
    pub(super) sent: Sent,
    state: OrderState,
    executions: Vec<Execution>,
}

impl AtBroker {
    fn left(&self) -> Quantity {
        let done = |sum: Quantity, it: &Execution| sum.saturating_add(it.quantity);
        self.sent.quantity.saturating_sub(self.executions.iter().fold(Quantity::ZERO, done))
    }

    fn report(&self, at: Timestamp) -> OrderReport {
        OrderReport {
            key: self.sent.key,
            broker_order_id: broker_id(&self.sent.key),
            state: self.state,
            executions: self.executions.clone(),
            reason: String::from("as the broker says"),
            ordered: None,
            at,
        }
    }
}

/// The broker's side of one account.
#[derive(Debug, Default)]
pub(super) struct Desk {
    /// So much of what the engine sent was looked at.
    pub(super) seen: usize,
    /// Sent and not answered.
    pub(super) waiting: Vec<Sent>,
    /// Answered with silence, and still to arrive.
    pub(super) in_transit: Vec<Sent>,
    pub(super) orders: Vec<AtBroker>,
    pub(super) mail: Vec<Report>,
    pub(super) advised: u32,
    pub(super) facts: u32,
}

/// One of them, by a number; none if there are none.
pub(super) fn pick<T>(all: &[T], number: u8) -> Option<usize> {
    if all.is_empty() { None } else { Some(usize::from(number) % all.len()) }
}

impl Desk {
    /// A client order id is taken once; what comes second under it is turned away.
    pub(super) fn take(&mut self, sent: &Sent) -> bool {
        let new = self.orders.iter().all(|order| order.sent.key != sent.key);
        if new {
            let (sent, state) = (sent.clone(), OrderState::Accepted);
            self.orders.push(AtBroker { sent, state, executions: Vec::new() });
        }
        new
    }

    /// Answers one of the orders that wait.
    pub(super) fn answer(
        &mut self,
        how: u8,
        much: u8,
        now: Timestamp,
    ) -> Option<(Sent, Submission)> {
        let sent = self.waiting.remove(pick(&self.waiting, how)?);
        let lost = Submission::Unknown { reason: "timeout".into() };
        let answer = match much % 8 {
            0 => lost,
            1 => {
                self.in_transit.push(sent.clone());
                lost
            }
            2 => Submission::Rejected { class: RejectClass::Order, reason: "no".into() },
            3 => {
                self.take(&sent);
                lost
            }
            _ if self.take(&sent) => {
                Submission::Accepted { broker_order_id: broker_id(&sent.key), at: now }
            }
            _ => lost,
        };
        let taken = self.orders.iter().any(|order| order.sent.key == sent.key);
        let answer = if taken && matches!(answer, Submission::Rejected { .. }) {
            Submission::Unknown { reason: "the client order id must be unique".into() }
        } else {
            answer
        };
        Some((sent, answer))
    }

    fn working(&mut self, how: u8) -> Option<&mut AtBroker> {
        let working = |place: &usize| self.orders[*place].state.is_working();
        let all: Vec<usize> = (0..self.orders.len()).filter(working).collect();
        pick(&all, how).map(|place| &mut self.orders[all[place]])
    }

    /// Fills a working order, in part or the rest of it.
    pub(super) fn fill(&mut self, how: u8, much: u8, now: Timestamp) {
        let Some(order) = self.working(how) else {
            return;
        };
        let part = Quantity::whole(1 + u32::from(much) % 50).min(order.left());
        let part = if much.is_multiple_of(2) { order.left() } else { part };
        let execution = Execution {
            id: ExecutionId::new(&format!("{}-{}", order.sent.key, order.executions.len()))
                .unwrap(),
            order: Some(order.sent.key),
            instrument: order.sent.instrument,
            side: order.sent.side,
            quantity: part,
            price: better(&order.sent, much),
            fee: Money::cents(i64::from(much % 3)),
            at: now,
        };
        order.executions.push(execution.clone());
        order.state =
            if order.left().is_zero() { OrderState::Filled } else { OrderState::PartiallyFilled };
        let report = order.report(now);
        self.mail.extend([Report::Execution(execution), Report::Order(report)]);
    }

    /// Ends a working order.
    pub(super) fn end(&mut self, how: u8, much: u8, now: Timestamp) {
        let Some(order) = self.working(how) else {
            return;
        };
        order.state = match much % 4 {
            0 => OrderState::Expired,
            1 if order.executions.is_empty() => OrderState::Rejected,
            _ => OrderState::Canceled,
        };
        let report = order.report(now);
        self.mail.push(Report::Order(report));
    }

    /// Hands a letter out, hands it out and keeps it, or loses it.
    pub(super) fn letter(&mut self, what: u8, how: u8) -> Option<Report> {
        let place = pick(&self.mail, how)?;
        let letter = if what == 13 { self.mail[place].clone() } else { self.mail.remove(place) };
        (what != 14).then_some(letter)
    }

    /// What the broker answers when it is asked for an order: the truth. Of what is on its way it
    /// knows nothing, and says so only where orders may be `late`.
    pub(super) fn look_up(&self, key: OrderKey, late: bool, now: Timestamp) -> LookUp {
        let found = self.orders.iter().find(|order| order.sent.key == key);
        let on_its_way = self.waiting.iter().chain(&self.in_transit).any(|it| it.key == key);
        match found {
            Some(order) => LookUp::Found(order.report(now)),
            None if on_its_way && !late => LookUp::Unavailable { reason: "down".into() },
            None => LookUp::Missing,
        }
    }

    /// What was executed, by instrument.
    pub(super) fn executed(&self) -> BTreeMap<Instrument, i64> {
        let mut all: BTreeMap<Instrument, i64> = BTreeMap::new();
        for execution in self.orders.iter().flat_map(|order| &order.executions) {
            let signed = execution.quantity.nanos() * execution.side.sign();
            *all.entry(execution.instrument).or_default() += signed;
        }
        all.retain(|_, net| *net != 0);
        all
    }

    /// Orders taken for each recommendation, those that were refused not counted.
    pub(super) fn taken(&self) -> BTreeMap<RecommendationId, usize> {
        let mut all: BTreeMap<RecommendationId, usize> = BTreeMap::new();
        for order in self.orders.iter().filter(|order| order.state != OrderState::Rejected) {
            *all.entry(order.sent.recommendation).or_default() += 1;
        }
        all
    }
}

/// A price at which the broker may fill: the order's own, or a little better.
fn better(sent: &Sent, much: u8) -> Price {
    let cent = Price::cents(u32::from(much % 2));
    match sent.side {
        Side::Buy => sent.price.saturating_sub(cent),
        Side::Sell => sent.price,
    }
}
