//! How executions, adjustments and exits change positions, cash and profit and loss.

use crate::advise::Life;
use crate::decide::account::Account;
use crate::record::event::{
    Adjustment, ClosePlanned, ExitFailed, ExitPlanSet, ExitTriggered, PositionAdjusted, PremiumRule,
    Unprotected,
};
use crate::route::OrderState;
use crate::settle::Execution;
use crate::unwind::{ClosePlan, ExitInHand};
use crate::vocabulary::{
    Equity, Instrument, Money, NetQuantity, Price, Quantity, Right, Side, Timestamp,
};

impl Account {
    /// Books a fill, once: an execution id that is known changes nothing.
    #[inline]
    pub(super) fn execute(&mut self, execution: &Execution, at: Timestamp) {
        if self.has_booked(&execution.id) {
            return;
        }
        self.executions.insert(execution.id, ());
        self.grounds.execution = self.version;
        let slot = self.open_book(&execution.instrument);
        let ended = execution.order.and_then(|key| self.fill_order(key, slot, execution, at));
        self.trade(slot, execution.side, execution.quantity, execution.price, execution.fee, at);
        if let Some(key) = ended {
            self.end_order(key);
        }
        self.follow_peak();
    }

    /// Takes the fill out of its order. Answers the order if that ends it.
    fn fill_order(
        &mut self,
        key: crate::vocabulary::OrderKey,
        slot: usize,
        execution: &Execution,
        at: Timestamp,
    ) -> Option<crate::vocabulary::OrderKey> {
        let working = self.orders.get_mut(&key);
        let is_working = working.is_some();
        let order = match working {
            Some(order) => order,
            None => self.closed.get_mut(&key)?,
        };
        let first = order.filled.is_zero();
        order.execute(execution.quantity);
        let id = order.recommendation;
        let mut ended = None;
        if is_working {
            let full = order.unfilled().is_zero();
            if full {
                order.state = OrderState::Filled;
                ended = Some(key);
            } else if !matches!(order.state, OrderState::PendingCancel | OrderState::PendingReplace)
            {
                order.state = OrderState::PartiallyFilled;
            }
            order.absent = None;
            if !full && let Some((_, book)) = self.books.at_mut(slot) {
                book.set_leg(order);
            }
        }
        if let Some(hold) = self.buying_power.holds.get_mut(&key) {
            hold.evidenced_at = Some(at);
        }
        if first {
            self.live(&id, Life::Executed);
        }
        ended
    }

    /// Books a trade in position, cash, fees and the day's result.
    #[inline]
    fn trade(
        &mut self,
        slot: usize,
        side: Side,
        quantity: Quantity,
        price: Price,
        fee: Money,
        at: Timestamp,
    ) {
        let Some((_, book)) = self.books.at_mut(slot) else { return };
        let value = price.times(quantity, book.multiplier()).unwrap_or(Money::MAX_FACT);
        let (traded, day_result) = book.trade(side, quantity, price, fee, at);
        let flat = book.position().net().is_zero();
        let underlying = book.underlying;
        self.cash = match side {
            Side::Buy => self.cash.saturating_sub(value),
            Side::Sell => self.cash.saturating_add(value),
        };
        self.cash = self.cash.saturating_sub(fee);
        self.fees = self.fees.saturating_add(fee);
        self.realized = self.realized.saturating_add(traded.realized);
        self.book_day(day_result.saturating_sub(fee));
        if side == Side::Sell && !traded.closed.is_zero() {
            let released = &mut self.buying_power.released;
            *released = released.saturating_add(traded.value_closed);
        }
        if flat && !traded.closed.is_zero() {
            let place = usize::try_from(underlying).unwrap_or(usize::MAX);
            if let Some((_, underlying)) = self.underlyings.at_mut(place) {
                underlying.closed_at = Some(at);
            }
        }
        self.retotal(slot);
    }

    pub(super) fn adjust(&mut self, event: &PositionAdjusted, at: Timestamp) {
        if self.has_booked(&event.activity) {
            return;
        }
        self.executions.insert(event.activity, ());
        match &event.adjustment {
            Adjustment::Split { instrument, new, old } => {
                let Some(slot) = self.books.slot(instrument) else { return };
                if let Some((_, book)) = self.books.at_mut(slot) {
                    book.split_shares(*new, *old);
                }
                self.retotal(slot);
            }
            Adjustment::Expired { instrument, quantity } => {
                self.end_contracts(instrument, *quantity, at);
            }
            Adjustment::Delivered { instrument, quantity, premium } => {
                self.deliver(instrument, *quantity, *premium, at);
            }
            Adjustment::Transferred { instrument, quantity, cost } => {
                self.transfer(instrument, *quantity, *cost, at);
            }
        }
        self.follow_peak();
    }

    /// Takes contracts out at no value; the side is the one that ends the position.
    fn end_contracts(&mut self, instrument: &Instrument, quantity: Quantity, at: Timestamp) {
        let slot = self.open_book(instrument);
        let side = if self.book(instrument).position().net().is_short() {
            Side::Buy
        } else {
            Side::Sell
        };
        self.trade(slot, side, quantity, Price::ZERO, Money::ZERO, at);
    }

    /// Exercise or assignment: both legs in one event.
    fn deliver(
        &mut self,
        instrument: &Instrument,
        quantity: Quantity,
        premium: PremiumRule,
        at: Timestamp,
    ) {
        let Some(contract) = instrument.option() else { return };
        let net = self.book(instrument).position().net();
        let cost_before = self.book(instrument).position().cost();
        self.end_contracts(instrument, quantity, at);
        let cost_out = cost_before.saturating_sub(self.book(instrument).position().cost());
        let shares = quantity.saturating_times(contract.multiplier());
        let side = match (contract.right(), net.is_short()) {
            (Right::Call, false) | (Right::Put, true) => Side::Buy,
            (Right::Call, true) | (Right::Put, false) => Side::Sell,
        };
        let stock = Instrument::Equity(Equity(instrument.underlying()));
        let slot = self.open_book(&stock);
        let held = self.book(&stock).position().net().magnitude();
        self.trade(slot, side, shares, contract.strike(), Money::ZERO, at);
        if premium == PremiumRule::IntoShares {
            let paid = if net.is_short() { cost_out.saturating_neg() } else { cost_out };
            self.move_premium(instrument, slot, side, paid, shares, held);
        }
    }

    /// Moves a premium out of the option's result: into the cost of shares that were opened, or
    /// into the result of shares that were closed.
    fn move_premium(
        &mut self,
        option: &Instrument,
        slot: usize,
        side: Side,
        paid: Money,
        shares: Quantity,
        held: Quantity,
    ) {
        let _ = option;
        let Some((_, book)) = self.books.at_mut(slot) else { return };
        let after = book.position().net().magnitude();
        // Shares closed: those by which the holding shrank; the rest was opened.
        let closed = held.saturating_sub(after).min(shares);
        let opened = shares.saturating_sub(closed);
        let into_cost = paid.prorate(opened, shares);
        // A purchase costs the premium paid more; a sale brings the premium paid less.
        let cost = match side {
            Side::Buy => into_cost,
            Side::Sell => into_cost.saturating_neg(),
        };
        book.adjust_cost(cost);
        // The option booked `-paid` as its result; the part now in cost is taken back.
        self.realized = self.realized.saturating_add(into_cost);
        self.book_day(into_cost);
        self.retotal(slot);
    }

    fn transfer(
        &mut self,
        instrument: &Instrument,
        quantity: NetQuantity,
        cost: Money,
        at: Timestamp,
    ) {
        let slot = self.open_book(instrument);
        let side = if quantity.is_short() { Side::Sell } else { Side::Buy };
        let amount = quantity.magnitude();
        let price = cost.abs().per_unit(amount, instrument.multiplier());
        let value = price.times(amount, instrument.multiplier()).unwrap_or(Money::MAX_FACT);
        self.trade(slot, side, amount, price, Money::ZERO, at);
        // A transfer pays nothing: the cash that the trade moved is put back.
        let (back, moved) = match side {
            Side::Buy => (value, value),
            Side::Sell => (value.saturating_neg(), value.saturating_neg()),
        };
        self.cash = self.cash.saturating_add(back);
        self.transferred = self.transferred.saturating_add(moved);
    }

    pub(super) fn plan_exit(&mut self, event: &ExitPlanSet) {
        let slot = self.open_book(&event.instrument);
        if let Some((_, book)) = self.books.at_mut(slot) {
            book.exit = event.plan;
        }
    }

    pub(super) fn trigger_exit(&mut self, event: &ExitTriggered, at: Timestamp) {
        if let Some(book) = self.books.get_mut(&event.instrument) {
            book.exit.in_hand = Some(ExitInHand {
                rule: event.rule,
                recommendation: event.recommendation,
                since: at,
            });
        }
    }

    pub(super) fn fail_exit(&mut self, event: &ExitFailed, at: Timestamp) {
        if let Some(book) = self.books.get_mut(&event.instrument) {
            book.exit.in_hand = None;
            book.exit.failures = event.failures;
            book.exit.retry_at = event.retry_at;
            book.exit.exhausted = event.retry_at.is_none().then_some(at);
        }
    }

    pub(super) fn plan_close(&mut self, event: &ClosePlanned, at: Timestamp) {
        let plan = ClosePlan::begin(event, at);
        self.plans.insert(event.instrument, plan);
    }

    pub(super) fn expose(&mut self, event: &Unprotected) {
        if event.lasted_nanos.is_some() {
            self.plans.remove(&event.instrument);
        }
    }
}
