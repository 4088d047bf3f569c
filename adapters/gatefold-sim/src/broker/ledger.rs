//! What trades and corporate events make of an account's cash and positions is decided here.

use std::collections::BTreeMap;

use gatefold_core::record::event::{Adjustment, PremiumRule};
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
    /// What options realized at their end and their shares carry on.
    carried: Money,
}

impl Ledger {
    /// An account that holds nothing but cash.
    #[must_use]
    pub fn new(cash: Money) -> Self {
        Self { cash, positions: BTreeMap::new(), carried: Money::ZERO }
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

    /// Profit and loss of everything that was closed; of a delivered option only where its premium
    /// does not go into the shares.
    #[must_use]
    pub fn realized(&self) -> Money {
        let realized = self.positions.values().map(Position::realized);
        realized.fold(Money::ZERO, Money::saturating_add).saturating_sub(self.carried)
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

    /// Books a trade without its cash, and answers what it realized.
    fn trade(
        &mut self,
        instrument: Instrument,
        side: Side,
        quantity: Quantity,
        price: Price,
    ) -> Money {
        let flat = || Position::flat(CostMethod::Average);
        let position = self.positions.entry(instrument).or_insert_with(flat);
        position.trade(side, quantity, price, instrument.multiplier()).realized
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
                let realized = self.end(instrument, *quantity);
                let shares = quantity.saturating_times(contract.multiplier());
                let stock = Instrument::Equity(Equity(contract.underlying()));
                self.pay(side, value(contract.strike(), shares, Multiplier::ONE));
                let price = match premium {
                    PremiumRule::Realized => contract.strike(),
                    PremiumRule::IntoShares => {
                        self.carried = self.carried.saturating_add(realized);
                        with_premium(contract.strike(), side, realized, shares)
                    }
                };
                self.trade(stock, side, shares, price);
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
    fn end(&mut self, instrument: &Instrument, quantity: Quantity) -> Money {
        let side = if self.net(instrument).is_short() { Side::Buy } else { Side::Sell };
        self.trade(*instrument, side, quantity, Price::ZERO)
    }
}

/// What shares cost or bring once what their option realized is counted in: a gain makes a purchase
/// cheaper and a sale dearer.
fn with_premium(strike: Price, side: Side, realized: Money, shares: Quantity) -> Price {
    let each = realized.abs().per_unit(shares, Multiplier::ONE);
    if realized.is_negative() == (side == Side::Buy) {
        strike.checked_add(each).unwrap_or(strike)
    } else {
        strike.saturating_sub(each)
    }
}

fn value(price: Price, quantity: Quantity, multiplier: Multiplier) -> Money {
    price.times(quantity, multiplier).unwrap_or(Money::MAX_FACT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn execution(of: &str, side: Side, quantity: u32, cents: u32) -> Execution {
        Execution {
            id: gatefold_core::vocabulary::ExecutionId::new("x").unwrap(),
            order: None,
            instrument: Instrument::parse(of).unwrap(),
            side,
            quantity: Quantity::whole(quantity),
            price: Price::cents(cents),
            fee: Money::ZERO,
            at: gatefold_core::vocabulary::Timestamp::EPOCH,
        }
    }

    #[test]
    fn the_premium_of_what_is_delivered_goes_where_the_rule_says() {
        const PUT: &str = "BAC151231P00017000";
        for (sold, side) in [(true, Side::Sell), (false, Side::Buy)] {
            for (premium, now) in [(PremiumRule::Realized, 30), (PremiumRule::IntoShares, 0)] {
                let mut ledger = Ledger::new(Money::dollars(5_000));
                ledger.execute(&execution(PUT, side, 1, 30));
                let (instrument, quantity) = (Instrument::parse(PUT).unwrap(), Quantity::whole(1));
                ledger.adjust(&Adjustment::Delivered { instrument, quantity, premium });
                let gain = |dollars: i64| Money::dollars(if sold { dollars } else { -dollars });
                assert_eq!(ledger.realized(), gain(now), "{premium:?}");
                // Out again at the strike: the premium is all that was won or lost.
                let back = if sold { Side::Sell } else { Side::Buy };
                ledger.execute(&execution("BAC", back, 100, 1_700));
                assert_eq!(ledger.realized(), gain(30), "{premium:?}");
                assert_eq!(ledger.cash, Money::dollars(5_000).saturating_add(gain(30)));
            }
        }
    }
}
