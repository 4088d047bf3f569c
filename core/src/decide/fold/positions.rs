//! How executions, adjustments and exits change positions, cash and profit and loss.

use crate::advise::Life;
use crate::decide::account::Account;
use crate::decide::fold::plain::{Beside, pay};
use crate::record::event::{
    Adjustment, ClosePlanned, ExitFailed, ExitPlanSet, ExitTriggered, PositionAdjusted,
    PremiumRule, Unprotected,
};
use crate::route::OrderState;
use crate::settle::{Execution, Traded};
use crate::unwind::{ClosePlan, ExitInHand};
use crate::vocabulary::{
    Equity, Instrument, Money, NetQuantity, Price, Quantity, Right, Side, Timestamp,
};

impl Account {
    /// Books a fill, once: an execution id that is known changes nothing.
    ///
    /// All that a fill without an order of ours needs is inlined here, and nothing else. The book
    /// is looked for before it is known whether it is needed: where memory is far, both looks are
    /// then on their way at the same time.
    #[inline(never)]
    pub(super) fn execute(&mut self, execution: &Execution, at: Timestamp) {
        let is_foreign = execution.order.is_none();
        let found = if is_foreign { self.books.entry_mut(&execution.instrument) } else { None };
        if !self.executions.insert(&execution.id) {
            return;
        }
        self.grounds.execution = self.version;
        let beside = Beside {
            cash: &mut self.cash,
            fees: &mut self.fees,
            realized: &mut self.realized,
            released: &mut self.buying_power.released,
            day: &mut self.day,
            totals: &mut self.totals,
            underlyings: &mut self.underlyings,
        };
        if !found.is_some_and(|found| beside.fill_plainly(found, execution, at)) {
            self.fill(execution, at);
        }
        self.follow_peak();
    }

    /// Books a fill in any book, and takes it out of its order.
    #[inline(never)]
    fn fill(&mut self, execution: &Execution, at: Timestamp) {
        let slot = self.open_book(&execution.instrument);
        let ended = execution.order.and_then(|key| self.fill_order(key, slot, execution, at));
        self.trade(slot, execution.side, execution.quantity, execution.price, execution.fee, at);
        if let Some(key) = ended {
            self.end_order(key);
        }
    }

    /// Takes the fill out of its order. Answers the order if that ends it.
    #[inline(never)]
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
        if !is_working {
            // What a late fill took is not in the hold that the end of its order gave back.
            let (requirement, whole) = (order.requirement, order.quantity);
            self.hold(key, requirement.prorate(execution.quantity.min(whole), whole));
        }
        if let Some(hold) = self.buying_power.holds.get_mut(&key) {
            hold.evidenced_at = Some(at);
        }
        if first {
            self.live(&id, Life::Executed);
        }
        ended
    }

    /// Books a trade in position, cash, fees and the day's result. Answers what it did, and the
    /// day's result before fees.
    fn trade(
        &mut self,
        slot: usize,
        side: Side,
        quantity: Quantity,
        price: Price,
        fee: Money,
        at: Timestamp,
    ) -> Option<(Traded, Money)> {
        let (instrument, book) = self.books.at_mut(slot)?;
        let value = price.times(quantity, book.multiplier()).unwrap_or(Money::MAX_FACT);
        pay(side, value, fee, (&mut self.cash, &mut self.fees), book);
        let place = usize::try_from(book.underlying).unwrap_or(usize::MAX);
        let mut underlying = self.underlyings.at_mut(place).map(|(_, underlying)| underlying);
        let (traded, day_result) = book.trade(side, quantity, price, at);
        let basis = self.limits.exposure_basis;
        book.recount(instrument, basis, &mut self.totals, underlying.as_deref_mut());
        if let Some(day) = &mut self.day {
            day.realized.increase(day_result.saturating_sub(fee));
        }
        if !traded.closed.is_zero() {
            self.realized.increase(traded.realized);
            if side == Side::Sell {
                self.buying_power.released.increase(traded.value_closed);
            }
            if book.position().net().is_zero()
                && let Some(underlying) = underlying
            {
                underlying.closed_at = Some(at);
            }
        }
        Some((traded, day_result))
    }

    pub(super) fn adjust(&mut self, event: &PositionAdjusted, at: Timestamp) {
        if !self.executions.insert(&event.activity) {
            return;
        }
        match &event.adjustment {
            Adjustment::Split { instrument, new, old } => {
                let Some(slot) = self.books.slot(instrument) else {
                    return;
                };
                if let Some((_, book)) = self.books.at_mut(slot) {
                    let written_off = book.split_shares(*new, *old);
                    self.realized = self.realized.saturating_add(written_off);
                    self.book_day(written_off);
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

    /// Takes contracts out at no value. No more end than are held: what the broker ended beyond
    /// that is a difference for the next comparison, not a position on the other side.
    fn end_contracts(
        &mut self,
        instrument: &Instrument,
        quantity: Quantity,
        at: Timestamp,
    ) -> Option<(Traded, Money)> {
        let slot = self.books.slot(instrument)?;
        let net = self.book_at(Some(slot)).position().net();
        let quantity = quantity.min(net.magnitude());
        if quantity.is_zero() {
            return None;
        }
        let side = if net.is_short() { Side::Buy } else { Side::Sell };
        self.trade(slot, side, quantity, Price::ZERO, Money::ZERO, at)
    }

    /// Exercise or assignment: both legs in one event.
    fn deliver(
        &mut self,
        instrument: &Instrument,
        quantity: Quantity,
        premium: PremiumRule,
        at: Timestamp,
    ) {
        let Some(contract) = instrument.option() else {
            return;
        };
        let was_short = self.book(instrument).position().net().is_short();
        let Some(ended) = self.end_contracts(instrument, quantity, at) else {
            return;
        };
        let shares = ended.0.closed.saturating_times(contract.multiplier());
        let side = match (contract.right(), was_short) {
            (Right::Call, false) | (Right::Put, true) => Side::Buy,
            (Right::Call, true) | (Right::Put, false) => Side::Sell,
        };
        let stock = Instrument::Equity(Equity(instrument.underlying()));
        let slot = self.open_book(&stock);
        let delivered = self.trade(slot, side, shares, contract.strike(), Money::ZERO, at);
        if let (PremiumRule::IntoShares, Some((delivered, _))) = (premium, delivered) {
            self.move_premium(instrument, ended, slot, side, &delivered);
        }
    }

    /// Moves what the option realized at its end to the shares: into the result of those that were
    /// closed, and into the cost or proceeds of those that were opened, where it is realized later.
    fn move_premium(
        &mut self,
        option: &Instrument,
        (ended, ended_day): (Traded, Money),
        slot: usize,
        side: Side,
        delivered: &Traded,
    ) {
        let shares = delivered.closed.saturating_add(delivered.opened);
        let later = ended.realized.prorate(delivered.opened, shares);
        let later_today = ended_day.prorate(delivered.opened, shares);
        if let Some(book) = self.books.get_mut(option) {
            book.add_realized(ended.realized.saturating_neg());
        }
        if let Some((_, book)) = self.books.at_mut(slot) {
            book.add_realized(ended.realized.saturating_sub(later));
            // A gain on the option makes a purchase cheaper, and what a sale brings more.
            let costs = |result: Money| match side {
                Side::Buy => result.saturating_neg(),
                Side::Sell => result,
            };
            book.adjust_cost(costs(later), costs(later_today));
        }
        self.realized = self.realized.saturating_sub(later);
        self.book_day(later_today.saturating_neg());
        self.retotal(slot);
    }

    /// No cash moves and nothing is realized; what comes in or goes out is no profit or loss of the
    /// day and moves no peak, as a deposit or withdrawal of money does not.
    fn transfer(
        &mut self,
        instrument: &Instrument,
        quantity: NetQuantity,
        cost: Money,
        at: Timestamp,
    ) {
        if quantity.is_zero() {
            return;
        }
        let slot = self.open_book(instrument);
        let before = self.equity();
        let side = if quantity.is_short() { Side::Sell } else { Side::Buy };
        let Some((_, book)) = self.books.at_mut(slot) else {
            return;
        };
        let moved = book.transfer(side, quantity.magnitude(), cost, at);
        self.transferred = self.transferred.saturating_add(moved);
        self.retotal(slot);
        let worth = self.equity().saturating_sub(before);
        self.peak = self.peak.saturating_add(worth);
        if let Some(day) = &mut self.day {
            day.deposits = day.deposits.saturating_add(worth);
        }
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
        let plan = ClosePlan::begin(event, at, self.version);
        self.plans.insert(event.instrument, plan);
    }

    pub(super) fn expose(&mut self, event: &Unprotected) {
        if event.lasted_nanos.is_some() {
            self.plans.remove(&event.instrument);
        }
    }
}
