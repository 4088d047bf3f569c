//! What trades and corporate events make of an account's cash and positions is decided here.

use std::collections::BTreeMap;

use gatefold_core::record::event::Adjustment;
use gatefold_core::settle::{CostMethod, Execution, Position};
use gatefold_core::vocabulary::{
    Equity, Instrument, Money, Multiplier, NetQuantity, Price, Quantity, Right, Side,
};

/// Cash and positions of one account at average cost, apart from any order.
#[derive(Clone, Debug)]
pub struct Ledger {
    /// Cash, US dollars.
    pub cash: Money,
    positions: BTreeMap<Instrument, Position>,
}

impl Ledger {
    /// An account that holds nothing but cash.
    #[must_use]
    pub fn new(cash: Money) -> Self {
        Self { cash, positions: BTreeMap::new() }
    }

    /// What is held, flat positions left out.
    #[must_use]
    pub fn positions(&self) -> Vec<(Instrument, NetQuantity)> {
        let held = self.positions.iter().filter(|(_, position)| !position.net().is_zero());
        held.map(|(instrument, position)| (*instrument, position.net())).collect()
    }

    /// What is held of one instrument.
    #[must_use]
    pub fn net(&self, instrument: &Instrument) -> NetQuantity {
        self.positions.get(instrument).map_or(NetQuantity::ZERO, Position::net)
    }

    /// Every position there ever was, those that are flat again too.
    pub fn held(&self) -> impl Iterator<Item = (&Instrument, &Position)> {
        self.positions.iter()
    }

    /// Books a fill in cash and in the position.
    pub fn execute(&mut self, execution: &Execution) {
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
    pub fn adjust(&mut self, adjustment: &Adjustment) {
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
}

fn value(price: Price, quantity: Quantity, multiplier: Multiplier) -> Money {
    price.times(quantity, multiplier).unwrap_or(Money::MAX_FACT)
}
