//! What the simulated broker keeps of an account, and what buying power is left, is decided here.

use std::collections::{BTreeMap, VecDeque};

use gatefold_core::advise::Effect;
use gatefold_core::record::event::Link;
use gatefold_core::route::Report;
use gatefold_core::settle::Execution;
use gatefold_core::vocabulary::{
    Money, Multiplier, OrderKey, Price, Quantity, Ratio, Right, Rounding, Side,
};

use crate::broker::ledger::Ledger;
use crate::broker::order::{SimOrder, Ticket};

/// A short sale of shares is judged at no less than 3 % above its price (Alpaca's rule).
const SHORT_SALE_MARGIN: Ratio = Ratio::from_ppm(1_030_000);

/// The broker's side of one account.
#[derive(Debug)]
pub(super) struct Books {
    pub(super) ledger: Ledger,
    /// Orders that may trade.
    pub(super) working: BTreeMap<OrderKey, SimOrder>,
    /// Orders that ended, kept for look-ups.
    pub(super) ended: BTreeMap<OrderKey, SimOrder>,
    /// What was not told yet.
    pub(super) outbox: VecDeque<Report>,
    /// What was dropped on the way and is told again when somebody asks.
    pub(super) dropped: Vec<Report>,
    /// What was told of the link last.
    pub(super) link_told: Option<Link>,
}

impl Books {
    pub(super) fn new(cash: Money) -> Self {
        Self {
            ledger: Ledger::new(cash),
            working: BTreeMap::new(),
            ended: BTreeMap::new(),
            outbox: VecDeque::new(),
            dropped: Vec::new(),
            link_told: None,
        }
    }

    pub(super) fn order(&self, key: &OrderKey) -> Option<&SimOrder> {
        self.working.get(key).or_else(|| self.ended.get(key))
    }

    /// Moves an order that has ended to those that have.
    pub(super) fn retire(&mut self, key: OrderKey) {
        let ended = self.working.get(&key).is_some_and(|order| !order.state.is_working());
        if let Some(order) = self.working.remove(&key).filter(|_| ended) {
            self.ended.insert(key, order);
        }
    }

    /// Books a fill: of its order, in cash and in the position. A fill that the order has is left.
    pub(super) fn execute(&mut self, execution: &Execution) {
        if let Some(key) = execution.order {
            let order = match self.working.get_mut(&key) {
                Some(order) => Some(order),
                None => self.ended.get_mut(&key),
            };
            if let Some(order) = order {
                if order.executions.iter().any(|known| known.id == execution.id) {
                    return;
                }
                order.execute(execution.clone());
            }
            if self.working.get(&key).is_some_and(|order| !order.state.is_working()) {
                self.retire(key);
            }
        }
        self.ledger.execute(execution);
    }

    /// Cash, less what working orders hold, less what secures short positions: the strike of a
    /// short put, and for short shares the proceeds and as much again.
    pub(super) fn buying_power(&self) -> Money {
        let held = self.working.values().map(|order| held(&order.ticket, order.unfilled()));
        let secured = self.ledger.held().map(|(instrument, position)| {
            if !position.net().is_short() {
                return Money::ZERO;
            }
            match instrument.option() {
                None => position.cost().saturating_add(position.cost()),
                Some(contract) if contract.right() == Right::Put => {
                    value(contract.strike(), position.net().magnitude(), contract.multiplier())
                }
                Some(_) => Money::ZERO,
            }
        });
        held.chain(secured).fold(self.ledger.cash, Money::saturating_sub)
    }
}

/// The buying power that so much of an order holds.
pub(super) fn held(ticket: &Ticket, quantity: Quantity) -> Money {
    if ticket.effect == Effect::Close {
        return Money::ZERO;
    }
    let multiplier = ticket.instrument.multiplier();
    match (ticket.side, ticket.instrument.option()) {
        (Side::Buy, _) => value(ticket.price, quantity, multiplier),
        (Side::Sell, None) => {
            let judged = ticket.price.scale(SHORT_SALE_MARGIN, Rounding::Up);
            judged.map_or(Money::MAX_FACT, |price| value(price, quantity, multiplier))
        }
        (Side::Sell, Some(contract)) => match contract.right() {
            Right::Put => value(contract.strike(), quantity, multiplier),
            Right::Call => Money::ZERO,
        },
    }
}

fn value(price: Price, quantity: Quantity, multiplier: Multiplier) -> Money {
    price.times(quantity, multiplier).unwrap_or(Money::MAX_FACT)
}
