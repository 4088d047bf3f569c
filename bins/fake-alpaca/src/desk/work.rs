//! When an order trades, and what is booked of it, is decided here; whether the market
//! crosses it is the simulator's to say.

use crate::desk::order::{Lifetime, Order, Status, Trail};
use crate::desk::place::is_traded;
use crate::desk::{Desk, unix_ms};
use crate::faults::{Fault, Scene};
use crate::uuid::Uuid;
use gatefold_sim::broker::matching;
use gatefold_sim::core::decide::Quote;
use gatefold_sim::core::settle::Execution;
use gatefold_sim::core::vocabulary::{
    ExecutionId, Money, OrderKey, Price, Quantity, Ratio, Rounding, Side, Span,
};

/// How long the opening and the closing auction are taken to last.
const AUCTION: Span = Span::minutes(2);

impl Desk<'_> {
    /// Ends an order whose time has run out.
    pub(crate) fn run_out(&mut self, id: Uuid) {
        let now = self.market.now();
        let order = self.account.order_mut(id);
        let Some(order) = order.filter(|it| it.sim.expires_at.is_some_and(|end| end <= now)) else {
            return;
        };
        // A cancel that was asked for and never carried out ends here too.
        let canceled = order.status == Status::PendingCancel;
        order.status = if canceled { Status::Canceled } else { Status::Expired };
        let end = order.sim.expires_at;
        order.moments.updated = end.unwrap_or(now);
        if canceled {
            order.moments.canceled = end;
        } else {
            order.moments.expired = end;
        }
        self.tell(if canceled { "canceled" } else { "expired" }, id);
    }

    /// Fills an order as far as the market fills it now.
    pub(crate) fn work(&mut self, id: Uuid) {
        let now = self.market.now();
        let Some(order) = self.account.order(id).filter(|order| order.status.is_open()) else {
            return;
        };
        if !is_traded(order.ticket(), &self.market.calendar, now) || !self.in_auction(order) {
            return;
        }
        let never = order.quirks.never_fills;
        if matches!(order.status, Status::Accepted | Status::PendingNew) {
            self.route(id);
        }
        let quote = self.quoted(id);
        if let Some(quote) = quote {
            self.trigger(id, &quote);
            if !never {
                self.cross(id, &quote);
            }
        }
        self.end_impatient(id);
    }

    fn quoted(&self, id: Uuid) -> Option<Quote> {
        self.market.quote(self.account.order(id)?.instrument()).filter(Quote::is_sound)
    }

    /// Whether an order that is for an auction is in it.
    fn in_auction(&self, order: &Order) -> bool {
        let session = self.market.today().and_then(|date| self.market.calendar.session(date));
        let (Some(session), now) = (session, self.market.now()) else {
            return false;
        };
        match order.lifetime {
            Lifetime::Opg => now < session.open.saturating_add(AUCTION),
            Lifetime::Cls => now >= session.close.saturating_sub(AUCTION),
            Lifetime::Day | Lifetime::Gtc | Lifetime::Ioc | Lifetime::Fok => true,
        }
    }

    /// The order is in the market now.
    fn route(&mut self, id: Uuid) {
        let now = self.market.stamp();
        if let Some(order) = self.account.order_mut(id) {
            order.status = Status::New;
            // The venue stamps whole shares again.
            order.moments.submitted = now;
            order.moments.updated = now;
        }
        self.tell("new", id);
    }

    /// Follows the market with a trailing stop, and lets a stop go that was reached.
    fn trigger(&mut self, id: Uuid, quote: &Quote) {
        let open = self.market.is_open();
        let Some(order) = self.account.order_mut(id).filter(|order| !order.triggered && open)
        else {
            return;
        };
        let price = match order.side() {
            Side::Buy => quote.ask,
            Side::Sell => quote.bid,
        };
        if let Some(trail) = order.trail {
            let best = match (order.best, order.side()) {
                (None, _) => price,
                (Some(best), Side::Sell) => best.max(price),
                (Some(best), Side::Buy) => best.min(price),
            };
            order.best = Some(best);
            order.stop = Some(behind(best, trail, order.side()));
        }
        let Some(stop) = order.stop else {
            return;
        };
        order.triggered = match order.side() {
            Side::Buy => price >= stop,
            Side::Sell => price <= stop,
        };
    }

    /// Books what the quote fills.
    fn cross(&mut self, id: Uuid, quote: &Quote) {
        let (now, fills) = (self.market.now(), self.house.fills);
        let Some(order) = self.account.order_mut(id).filter(|order| order.triggered) else {
            return;
        };
        let side = order.side();
        if let Some(notional) = order.notional.filter(|_| order.sim.ticket.quantity.is_zero()) {
            let price = if side == Side::Buy { quote.ask } else { quote.bid };
            order.sim.ticket.quantity = affordable(notional, price);
        }
        let Some((quantity, price)) = matching::fill(&order.sim, quote, fills, now) else {
            return;
        };
        let whole = order.lifetime != Lifetime::Fok || quantity == order.unfilled();
        if whole {
            self.book(id, quantity, price);
        }
    }

    /// Cancels what is left of an order that does not wait.
    fn end_impatient(&mut self, id: Uuid) {
        let over = |order: &Order| match order.lifetime {
            Lifetime::Ioc | Lifetime::Fok => true,
            Lifetime::Opg => self.market.is_open(),
            Lifetime::Day | Lifetime::Gtc | Lifetime::Cls => false,
        };
        let order = self.account.order(id).filter(|order| order.status.is_open());
        if order.is_some_and(over) {
            self.end_canceled(id);
        }
    }

    /// Books a fill in the account and in its order, and tells of it.
    pub(crate) fn book(&mut self, id: Uuid, quantity: Quantity, price: Price) {
        let symbol = self.account.order(id).map(|it| it.instrument().to_string());
        let met = self.meet(Scene::Fill, &symbol.unwrap_or_default());
        let (execution_id, at) = (self.ids.uuid(), self.market.stamp());
        let Some(order) = self.account.order(id) else {
            return;
        };
        let all = quantity;
        let quantity = match met {
            Some((Fault::PartialFill, _)) => part_of(all),
            Some(_) | None => all,
        };
        if let Some((fault, _)) = met.filter(|(it, _)| *it != Fault::PartialFill || quantity < all)
        {
            self.faults.took(fault);
        }
        let execution = Execution {
            id: ExecutionId::new(&execution_id.to_string())
                .unwrap_or_else(|_| unreachable!("a UUID is short and plain")),
            order: Some(OrderKey::from_raw(id.raw())),
            instrument: *order.instrument(),
            side: order.side(),
            quantity,
            price,
            fee: Money::ZERO,
            at,
        };
        let mut late = None;
        match met {
            Some((Fault::PositionsLag, millis)) => {
                let until = unix_ms().saturating_add(millis);
                self.account.lagging.push_back((until, self.account.ledger.clone()));
            }
            Some((Fault::ActivityLate, millis)) => late = Some(unix_ms().saturating_add(millis)),
            Some(_) | None => {}
        }
        self.account.ledger.execute(&execution);
        if let Some(order) = self.account.order_mut(id) {
            settle(order, &execution);
        }
        self.record_fill(id, &execution, late);
        let full = self.account.order(id).is_some_and(|order| order.unfilled().is_zero());
        self.tell_fill(if full { "fill" } else { "partial_fill" }, id, &execution);
    }
}

/// Takes a fill into its order.
fn settle(order: &mut Order, execution: &Execution) {
    order.sim.execute(execution.clone());
    order.moments.filled = Some(execution.at);
    order.moments.updated = execution.at;
    let full = order.unfilled().is_zero();
    order.status = match (full, order.status) {
        (true, _) => Status::Filled,
        (false, Status::PendingCancel) => Status::PendingCancel,
        (false, Status::Canceled) => Status::Canceled,
        (false, _) => Status::PartiallyFilled,
    };
}

/// How much an amount buys at a price, to 1e-9.
pub(crate) fn affordable(notional: Money, price: Price) -> Quantity {
    let units = notional.attos().checked_div(i128::from(price.nanos())).unwrap_or(0);
    i64::try_from(units).ok().and_then(Quantity::from_nanos).unwrap_or_default()
}

/// Half of a quantity, whole units where it is more than one; all of what cannot be halved.
fn part_of(quantity: Quantity) -> Quantity {
    let half = quantity.nanos().div_euclid(2);
    let one = Quantity::whole(1);
    let half = Quantity::from_nanos(half).unwrap_or_default();
    let whole = half.floor_to(one);
    if !whole.is_zero() {
        return whole;
    }
    if quantity.is_multiple_of(one) || half.is_zero() { quantity } else { half }
}

/// A stop so far behind the best price.
fn behind(best: Price, trail: Trail, side: Side) -> Price {
    let distance = match trail {
        Trail::Dollars(distance) => distance,
        Trail::Percent(ratio) => percent_of(best, ratio),
    };
    match side {
        Side::Sell => best.saturating_sub(distance),
        Side::Buy => best.checked_add(distance).unwrap_or(best),
    }
}

fn percent_of(price: Price, ratio: Ratio) -> Price {
    let exact = price.scale(ratio, Rounding::Down).unwrap_or_default();
    exact.floor_to(Price::cents(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollars_buy_parts_of_shares_and_parts_of_fills_are_whole() {
        let shares = affordable(Money::dollars(5), "87.05".parse().unwrap());
        assert_eq!(shares.to_string(), "0.057438253");
        assert_eq!(affordable(Money::dollars(5), Price::ZERO), Quantity::ZERO);
        assert_eq!(part_of(Quantity::whole(5)), Quantity::whole(2));
        assert_eq!(part_of(Quantity::whole(1)), Quantity::whole(1));
        let trail = Trail::Percent(Ratio::from_ppm(15_000));
        assert_eq!(behind(Price::dollars(100), trail, Side::Sell), Price::cents(9_850));
    }
}
