//! What is held after executions and adjustments is decided here, as far as it takes to see when a
//! position ends.

use crate::record::event::Adjustment;
use crate::settle::Execution;
use crate::vocabulary::{Equity, Instrument, NetQuantity, Quantity, Right, Side, Table};

/// The signed quantity of every instrument that was traded.
#[derive(Clone, Debug, Default)]
pub(super) struct Nets(Table<Instrument, NetQuantity>);

impl Nets {
    pub(super) fn of(&self, instrument: &Instrument) -> NetQuantity {
        self.0.get(instrument).copied().unwrap_or(NetQuantity::ZERO)
    }

    pub(super) fn trade(&mut self, execution: &Execution) {
        let moved = match execution.side {
            Side::Buy => NetQuantity::long(execution.quantity),
            Side::Sell => NetQuantity::short(execution.quantity),
        };
        self.shift(execution.instrument, moved);
    }

    /// Takes in what is no trade, and answers which instrument it is about.
    pub(super) fn adjust(&mut self, adjustment: &Adjustment) -> Instrument {
        match adjustment {
            Adjustment::Split { instrument, new, old } => {
                let net = self.of(instrument);
                let wide = i128::from(net.nanos()).saturating_mul(i128::from(*new));
                let nanos = wide.checked_div(i128::from(*old)).unwrap_or(0);
                let nanos = i64::try_from(nanos).unwrap_or(net.nanos());
                self.0.insert(*instrument, NetQuantity::from_nanos(nanos));
                *instrument
            }
            Adjustment::Expired { instrument, quantity } => {
                self.shift(*instrument, ended(self.of(instrument), *quantity));
                *instrument
            }
            Adjustment::Delivered { instrument, quantity, premium: _ } => {
                let net = self.of(instrument);
                self.shift(*instrument, ended(net, *quantity));
                let shares = quantity.saturating_times(instrument.multiplier());
                let call = instrument.option().map(|it| it.right()) == Some(Right::Call);
                // A long call and a short put bring shares, the other two take them.
                let moved = if call != net.is_short() {
                    NetQuantity::long(shares)
                } else {
                    NetQuantity::short(shares)
                };
                self.shift(Instrument::Equity(Equity(instrument.underlying())), moved);
                *instrument
            }
            Adjustment::Transferred { instrument, quantity, cost: _ } => {
                self.shift(*instrument, *quantity);
                *instrument
            }
        }
    }

    fn shift(&mut self, instrument: Instrument, moved: NetQuantity) {
        let net = self.of(&instrument).saturating_add(moved);
        self.0.insert(instrument, net);
    }
}

/// What takes a quantity out of a position.
fn ended(net: NetQuantity, quantity: Quantity) -> NetQuantity {
    let part = quantity.min(net.magnitude());
    if net.is_short() { NetQuantity::long(part) } else { NetQuantity::short(part) }
}

#[cfg(test)]
mod tests {
    use alloc::string::{String, ToString};

    use super::*;
    use crate::record::event::PremiumRule;
    use crate::vocabulary::Money;

    fn transferred(text: &str, quantity: NetQuantity) -> Adjustment {
        let instrument = Instrument::parse(text).unwrap();
        Adjustment::Transferred { instrument, quantity, cost: Money::ZERO }
    }

    fn net(nets: &Nets, text: &str) -> String {
        nets.of(&Instrument::parse(text).unwrap()).to_string()
    }

    #[test]
    fn a_split_keeps_the_sign_and_an_expiry_goes_toward_zero() {
        let mut nets = Nets::default();
        let instrument = nets.adjust(&transferred("ACME", NetQuantity::short(Quantity::whole(30))));
        nets.adjust(&Adjustment::Split { instrument, new: 2, old: 3 });
        assert_eq!(net(&nets, "ACME"), "-20");
        nets.adjust(&Adjustment::Expired { instrument, quantity: Quantity::whole(15) });
        assert_eq!(net(&nets, "ACME"), "-5");
        nets.adjust(&Adjustment::Expired { instrument, quantity: Quantity::whole(15) });
        assert_eq!(net(&nets, "ACME"), "0");
    }

    #[test]
    fn a_delivery_ends_the_contract_and_moves_its_shares() {
        let one = Quantity::whole(1);
        for (contract, held, shares) in [
            ("ACME260320C00010000", NetQuantity::long(one), "100"),
            ("ACME260320C00010000", NetQuantity::short(one), "-100"),
            ("ACME260320P00010000", NetQuantity::long(one), "-100"),
            ("ACME260320P00010000", NetQuantity::short(one), "100"),
        ] {
            let mut nets = Nets::default();
            let instrument = nets.adjust(&transferred(contract, held));
            let premium = PremiumRule::IntoShares;
            nets.adjust(&Adjustment::Delivered { instrument, quantity: one, premium });
            assert_eq!((net(&nets, contract), net(&nets, "ACME")), ("0".into(), shares.into()));
        }
    }
}
