//! What becomes of options at the end of their time, and what the broker does about it by itself,
//! is decided here.

use gatefold_sim::broker::{expiry, last_close};
use gatefold_sim::core::record::event::{Adjustment, PremiumRule};
use gatefold_sim::core::vocabulary::{
    Equity, Instrument, NetQuantity, OptionContract, Price, Quantity, Right, Side,
};

use crate::desk::Desk;
use crate::desk::order::Origin;
use crate::faults::{Fault, Scene};
use crate::uuid::Uuid;

impl Desk<'_> {
    /// In the last half hour of a contract's last day: the broker closes what is in the money and
    /// could not be exercised.
    pub(crate) fn intervene(&mut self) {
        if !self.market.is_late() || !self.market.is_open() {
            return;
        }
        for (instrument, net) in self.account.ledger.positions() {
            let Some(contract) = instrument.option() else {
                continue;
            };
            let last = self.market.calendar.last_trading_day(contract.expiry());
            if last != self.market.today() || !net.is_long() || self.was_closed(&instrument) {
                continue;
            }
            let symbol = instrument.to_string();
            let met = self.meet(Scene::LastDay, &symbol).map(|(fault, _)| fault);
            let unable = self.house.expiry_interventions && self.cannot_exercise(contract, net);
            if unable || met == Some(Fault::ClosedByBroker) {
                if let Some(fault) = met {
                    self.faults.took(fault);
                }
                self.cancel_in(&instrument);
                self.send_as_broker(instrument, Side::Sell, net.magnitude());
            }
        }
    }

    /// Cancels what rests in a contract, so that no more of it is sold than is held.
    fn cancel_in(&mut self, instrument: &Instrument) {
        let resting = self.account.open().filter(|order| order.instrument() == instrument);
        let resting: Vec<Uuid> = resting.map(|order| order.id).collect();
        for id in resting {
            self.end_canceled(id);
        }
    }

    /// Whether the broker has an order of its own in a contract.
    fn was_closed(&self, instrument: &Instrument) -> bool {
        let mut own = self.account.open().filter(|order| order.origin == Origin::Broker);
        own.any(|order| order.instrument() == instrument)
    }

    /// In the money by a cent or more, without the cash or the shares to deliver.
    fn cannot_exercise(&self, contract: &OptionContract, net: NetQuantity) -> bool {
        let stock = Instrument::Equity(Equity(contract.underlying()));
        let Some(price) = self.market.middle(&stock) else {
            return false;
        };
        let shares = net.magnitude().saturating_times(contract.multiplier());
        match contract.right() {
            Right::Call => {
                let inside = price > contract.strike();
                let needed = contract.strike().times(shares, stock.multiplier());
                let power = self.account.buying_power(&self.account.ledger, self.market);
                inside && needed.is_none_or(|needed| needed > power)
            }
            Right::Put => {
                let held = self.account.ledger.net(&stock);
                let owned = if held.is_long() { held.magnitude() } else { Quantity::ZERO };
                price < contract.strike() && shares > owned
            }
        }
    }

    /// Contracts whose last session is over expire, or are exercised or assigned.
    pub(crate) fn settle_expired(&mut self) {
        let now = self.market.now();
        for (instrument, net) in self.account.ledger.positions() {
            let Some(contract) = instrument.option() else {
                continue;
            };
            let close = last_close(contract.expiry(), &self.market.calendar);
            let stock = Instrument::Equity(Equity(contract.underlying()));
            let price = self.market.middle(&stock);
            let Some(price) = price.filter(|_| close.is_some_and(|close| close <= now)) else {
                continue;
            };
            self.end_contract(&instrument, contract, net, price);
        }
    }

    fn end_contract(
        &mut self,
        instrument: &Instrument,
        contract: &OptionContract,
        net: NetQuantity,
        price: Price,
    ) {
        let premium = PremiumRule::IntoShares;
        let spared = net.is_long() && self.account.unexercised.contains(instrument);
        let quantity = net.magnitude();
        let outcome = expiry::outcome(instrument, contract, net, price, premium).adjustment;
        let closing = if net.is_short() { Side::Buy } else { Side::Sell };
        if spared || matches!(outcome, Adjustment::Expired { .. }) {
            let expired = Adjustment::Expired { instrument: *instrument, quantity };
            self.account.ledger.adjust(&expired);
            self.record_expiry(instrument, quantity, closing);
            return;
        }
        self.account.ledger.adjust(&outcome);
        let kind = if net.is_short() { "OPASN" } else { "OPEXC" };
        self.record_delivery(instrument, quantity, closing, kind);
    }

    /// Midnight: somebody may have exercised what the account is short of.
    pub(crate) fn assign_overnight(&mut self) {
        for (instrument, net) in self.account.ledger.positions() {
            if !instrument.is_option() || !net.is_short() {
                continue;
            }
            let met = self.meet(Scene::Night, &instrument.to_string());
            if met.is_some_and(|(fault, _)| fault == Fault::AssignedEarly) {
                self.faults.took(Fault::AssignedEarly);
                let (quantity, premium) = (net.magnitude(), PremiumRule::IntoShares);
                let adjustment = Adjustment::Delivered { instrument, quantity, premium };
                self.account.ledger.adjust(&adjustment);
                self.record_delivery(&instrument, quantity, Side::Buy, "OPASN");
            }
        }
    }
}
