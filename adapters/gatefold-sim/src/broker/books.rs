//! What an account holds at the simulated broker, and what buying power is left, is decided here.

use std::collections::{BTreeMap, VecDeque};

use gatefold_core::advise::Effect;
use gatefold_core::record::event::{Adjustment, Link};
use gatefold_core::route::Report;
use gatefold_core::settle::{CostMethod, Execution, Position};
use gatefold_core::vocabulary::{
    Equity, Instrument, Money, Multiplier, NetQuantity, OrderKey, Price, Quantity, Ratio, Right,
    Rounding, Side,
};

use crate::broker::order::{SimOrder, Ticket};

/// A short sale of shares is judged at no less than 3 % above its price (Alpaca's rule).
const SHORT_SALE_MARGIN: Ratio = Ratio::from_ppm(1_030_000);

/// The broker's side of one account.
#[derive(Debug)]
pub(super) struct Books {
    pub(super) cash: Money,
    positions: BTreeMap<Instrument, Position>,
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
            cash,
            positions: BTreeMap::new(),
            working: BTreeMap::new(),
            ended: BTreeMap::new(),
            outbox: VecDeque::new(),
            dropped: Vec::new(),
            link_told: None,
        }
    }

    /// What is held, flat positions left out.
    pub(super) fn positions(&self) -> Vec<(Instrument, NetQuantity)> {
        let held = self.positions.iter().filter(|(_, position)| !position.net().is_zero());
        held.map(|(instrument, position)| (*instrument, position.net())).collect()
    }

    pub(super) fn net(&self, instrument: &Instrument) -> NetQuantity {
        self.positions.get(instrument).map_or(NetQuantity::ZERO, Position::net)
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
        self.cash = self.cash.saturating_sub(execution.fee);
        self.pay(execution.side, execution.value());
        let Execution { instrument, side, quantity, price, .. } = *execution;
        self.trade(instrument, side, quantity, price);
    }

    fn pay(&mut self, side: Side, value: Money) {
        self.cash = match side {
            Side::Buy => self.cash.saturating_sub(value),
            Side::Sell => self.cash.saturating_add(value),
        };
    }

    fn trade(&mut self, instrument: Instrument, side: Side, quantity: Quantity, price: Price) {
        let flat = || Position::flat(CostMethod::Average);
        let position = self.positions.entry(instrument).or_insert_with(flat);
        position.trade(side, quantity, price, instrument.multiplier());
    }

    /// Books what changes a position without a trade.
    pub(super) fn adjust(&mut self, adjustment: &Adjustment) {
        match adjustment {
            Adjustment::Split { instrument, new, old } => {
                if let Some(position) = self.positions.get_mut(instrument) {
                    position.split(*new, *old);
                }
            }
            Adjustment::Expired { instrument, quantity } => self.end(instrument, *quantity),
            Adjustment::Delivered { instrument, quantity, .. } => {
                let Some(contract) = instrument.option() else {
                    return;
                };
                let short = self.net(instrument).is_short();
                let side = match (contract.right(), short) {
                    (Right::Call, false) | (Right::Put, true) => Side::Buy,
                    (Right::Call, true) | (Right::Put, false) => Side::Sell,
                };
                self.end(instrument, *quantity);
                let shares = quantity.saturating_times(contract.multiplier());
                let stock = Instrument::Equity(Equity(contract.underlying()));
                self.pay(side, value(contract.strike(), shares, Multiplier::ONE));
                self.trade(stock, side, shares, contract.strike());
            }
            Adjustment::Transferred { instrument, quantity, cost } => {
                let amount = quantity.magnitude();
                let price = cost.abs().per_unit(amount, instrument.multiplier());
                let side = if quantity.is_short() { Side::Sell } else { Side::Buy };
                self.trade(*instrument, side, amount, price);
            }
        }
    }

    /// Takes contracts out at no value.
    fn end(&mut self, instrument: &Instrument, quantity: Quantity) {
        let side = if self.net(instrument).is_short() { Side::Buy } else { Side::Sell };
        self.trade(*instrument, side, quantity, Price::ZERO);
    }

    /// Cash, less what working orders hold, less what secures short positions: the strike of a
    /// short put, and for short shares the proceeds and as much again.
    pub(super) fn buying_power(&self) -> Money {
        let held = self.working.values().map(|order| held(&order.ticket, order.unfilled()));
        let secured = self.positions.iter().map(|(instrument, position)| {
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
        held.chain(secured).fold(self.cash, Money::saturating_sub)
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
