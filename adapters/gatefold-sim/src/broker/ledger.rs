//! What trades and corporate events make of an account's cash and positions is decided here.

use std::collections::BTreeMap;

use gatefold_core::record::event::{Adjustment, PremiumRule};
use gatefold_core::settle::{CostMethod, Execution, Position, Traded};
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

    fn trade(
        &mut self,
        instrument: Instrument,
        side: Side,
        quantity: Quantity,
        price: Price,
    ) -> Traded {
        let flat = || Position::flat(CostMethod::Average);
        let position = self.positions.entry(instrument).or_insert_with(flat);
        position.trade(side, quantity, price, instrument.multiplier())
    }

    /// Books what changes a position without a trade.
    pub fn adjust(&mut self, adjustment: &Adjustment) {
        match adjustment {
            Adjustment::Split { instrument, new, old } => {
                if let Some(position) = self.positions.get_mut(instrument) {
                    position.split(*new, *old);
                }
            }
            Adjustment::Expired { instrument, quantity } => {
                self.end(instrument, *quantity);
            }
            Adjustment::Delivered { instrument, quantity, premium } => {
                let Some(contract) = instrument.option() else {
                    return;
                };
                let short = self.net(instrument).is_short();
                let side = match (contract.right(), short) {
                    (Right::Call, false) | (Right::Put, true) => Side::Buy,
                    (Right::Call, true) | (Right::Put, false) => Side::Sell,
                };
                let ended = self.end(instrument, *quantity);
                let shares = quantity.saturating_times(contract.multiplier());
                let stock = Instrument::Equity(Equity(contract.underlying()));
                self.pay(side, value(contract.strike(), shares, Multiplier::ONE));
                let delivered = self.trade(stock, side, shares, contract.strike());
                if *premium == PremiumRule::IntoShares {
                    self.move_premium(instrument, ended.realized, stock, side, &delivered);
                }
            }
            Adjustment::Transferred { instrument, quantity, cost } => {
                let amount = quantity.magnitude();
                let price = cost.abs().per_unit(amount, instrument.multiplier());
                let side = if quantity.is_short() { Side::Sell } else { Side::Buy };
                self.trade(*instrument, side, amount, price);
            }
        }
    }

    /// Moves what a contract realized at its end to the shares that it delivered: at once for those
    /// that closed a position, with their sale or purchase for those that opened one.
    fn move_premium(
        &mut self,
        contract: &Instrument,
        result: Money,
        stock: Instrument,
        side: Side,
        delivered: &Traded,
    ) {
        let later =
            result.prorate(delivered.opened, delivered.closed.saturating_add(delivered.opened));
        if let Some(position) = self.positions.get_mut(contract) {
            position.add_realized(result.saturating_neg());
        }
        if let Some(position) = self.positions.get_mut(&stock) {
            position.add_realized(result.saturating_sub(later));
            // A gain makes a purchase cheaper, and what a sale brought more.
            position.adjust_cost(match side {
                Side::Buy => later.saturating_neg(),
                Side::Sell => later,
            });
        }
    }

    /// Takes contracts out at no value.
    fn end(&mut self, instrument: &Instrument, quantity: Quantity) -> Traded {
        let side = if self.net(instrument).is_short() { Side::Buy } else { Side::Sell };
        self.trade(*instrument, side, quantity, Price::ZERO)
    }
}

fn value(price: Price, quantity: Quantity, multiplier: Multiplier) -> Money {
    price.times(quantity, multiplier).unwrap_or(Money::MAX_FACT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_premium_follows_the_shares_where_the_rule_says_so() {
        let put = Instrument::parse("GOOG160115P00705000").unwrap();
        let stock = Instrument::parse("GOOG").unwrap();
        for (premium, realized, cost) in [
            (PremiumRule::IntoShares, Money::ZERO, Money::dollars(70_290)),
            (PremiumRule::Realized, Money::dollars(210), Money::dollars(70_500)),
        ] {
            let mut ledger = Ledger::new(Money::dollars(100_000));
            let one = Quantity::whole(1);
            ledger.trade(put, Side::Sell, one, Price::cents(210));
            ledger.adjust(&Adjustment::Delivered { instrument: put, quantity: one, premium });
            assert_eq!(ledger.positions[&put].realized(), realized);
            assert_eq!(ledger.positions[&stock].cost(), cost);
            assert_eq!(ledger.cash, Money::dollars(29_500));
        }
    }
}
