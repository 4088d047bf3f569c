//! How decisions and broker evidence change orders and what they reserve.

use crate::advise::Life;
use crate::decide::account::Account;
use crate::decide::aggregates::Hold;
use crate::decide::book::Book;
use crate::record::event::{CancelRefused, IntentApproved, LookUpMissed, OrderChanged};
use crate::route::{Order, OrderState};
use crate::vocabulary::{Instrument, Money, OrderKey, Quantity, Timestamp};

impl Account {
    /// Where the instrument's book stands; it is made if it is not there.
    #[inline(always)]
    pub(super) fn open_book(&mut self, instrument: &Instrument) -> usize {
        match self.books.slot(instrument) {
            Some(slot) => slot,
            None => self.make_book(instrument),
        }
    }

    #[cold]
    #[inline(never)]
    fn make_book(&mut self, instrument: &Instrument) -> usize {
        let symbol = instrument.underlying();
        let place = match self.underlyings.slot(&symbol) {
            Some(place) => place,
            None => self.underlyings.insert(symbol, crate::decide::Underlying::default()),
        };
        let place = u32::try_from(place).unwrap_or(u32::MAX);
        let book = Book::new(self.cost_method, instrument.multiplier(), place);
        self.books.insert(*instrument, book)
    }

    pub(super) fn approve(&mut self, event: &IntentApproved, at: Timestamp) {
        let advised = self.undecided.get(&event.recommendation);
        let order = Order {
            exits: advised.map(|advice| advice.exits).unwrap_or_default(),
            key: event.key,
            recommendation: event.recommendation,
            strategy: event.strategy,
            instrument: event.instrument,
            side: event.side,
            effect: event.effect,
            terms: event.terms,
            price: event.price,
            quantity: event.quantity,
            filled: Quantity::ZERO,
            leaves: event.split,
            state: OrderState::Approved,
            broker_order_id: None,
            approved_at: at,
            requirement: event.requirement,
            absent: None,
        };
        let closes = event.effect == crate::advise::Effect::Close;
        if let Some(day) = &mut self.day {
            let count = if closes { &mut day.exits } else { &mut day.entries };
            *count = count.saturating_add(1);
        }
        self.pace.take(closes, &self.limits, at);
        let fingerprint =
            (event.strategy, event.instrument, event.side, event.quantity, event.terms);
        self.recent.insert(fingerprint, (at, event.recommendation));
        self.hold(event.key, event.requirement);
        self.take_in(order);
        // Advice that may come again (an absent order is decided anew) stays known in full until
        // the broker has answered.
        let kept = self.undecided.get(&event.recommendation).copied();
        self.live(&event.recommendation, Life::Approved);
        if let Some(kept) = kept {
            self.undecided.insert(event.recommendation, kept);
        }
    }

    /// Makes an order count.
    fn take_in(&mut self, order: Order) {
        let slot = self.open_book(&order.instrument);
        if let Some((_, book)) = self.books.at_mut(slot) {
            book.set_leg(&order);
        }
        self.orders.insert(order.key, order);
        self.retotal(slot);
    }

    pub(super) fn hold(&mut self, key: OrderKey, amount: Money) {
        if amount.is_zero() {
            return;
        }
        let power = &mut self.buying_power;
        power.held = power.held.saturating_add(amount);
        let known = power.holds.get(&key).map_or(Money::ZERO, |hold| hold.amount);
        let amount = known.saturating_add(amount);
        power.holds.insert(key, Hold { amount, evidenced_at: None });
    }

    /// Gives back what the unfilled part of an ended order held.
    fn release(&mut self, order: &Order) {
        let power = &mut self.buying_power;
        let Some(hold) = power.holds.get_mut(&order.key) else { return };
        let back = hold.amount.prorate(order.unfilled(), order.quantity);
        hold.amount = hold.amount.saturating_sub(back);
        power.held = power.held.saturating_sub(back);
        if hold.amount.is_zero() {
            power.holds.remove(&order.key);
        }
    }

    pub(super) fn change_order(&mut self, event: &OrderChanged, at: Timestamp) {
        if !self.orders.contains(&event.key) {
            return self.revive(event, at);
        }
        let Some(order) = self.orders.get_mut(&event.key) else { return };
        if event.broker_order_id.is_some() {
            order.broker_order_id = event.broker_order_id;
        }
        if !order.state.may_become(event.state) {
            return;
        }
        order.state = event.state;
        self.contact.failures = match event.state {
            OrderState::Unknown => self.contact.failures.saturating_add(1),
            OrderState::Accepted => 0,
            OrderState::Approved
            | OrderState::PartiallyFilled
            | OrderState::PendingCancel
            | OrderState::PendingReplace
            | OrderState::Filled
            | OrderState::Canceled
            | OrderState::Expired
            | OrderState::Rejected
            | OrderState::Replaced
            | OrderState::Absent => self.contact.failures,
        };
        if matches!(event.state, OrderState::Accepted | OrderState::PartiallyFilled) {
            order.absent = None;
        }
        let evidenced = matches!(event.state, OrderState::Accepted | OrderState::PartiallyFilled);
        let (id, ended) = (order.recommendation, !event.state.is_working());
        if evidenced {
            self.undecided.remove(&id);
            if let Some(hold) = self.buying_power.holds.get_mut(&event.key) {
                hold.evidenced_at = Some(at);
            }
        }
        if ended {
            self.end_order(event.key);
        }
    }

    /// An order taken for absent turned up after all: it counts again.
    fn revive(&mut self, event: &OrderChanged, at: Timestamp) {
        let absent = |order: &&mut Order| order.state == OrderState::Absent;
        let Some(order) = self.closed.get_mut(&event.key).filter(absent) else { return };
        if !event.state.is_working() {
            order.state = event.state;
            order.broker_order_id = event.broker_order_id;
            return;
        }
        let Some(mut order) = self.closed.remove(&event.key) else { return };
        order.state = event.state;
        order.broker_order_id = event.broker_order_id;
        let book = self.book(&order.instrument);
        order.leaves = book.split(order.side, order.unfilled());
        self.hold(order.key, order.requirement);
        if let Some(hold) = self.buying_power.holds.get_mut(&event.key) {
            hold.evidenced_at = Some(at);
        }
        self.live(&order.recommendation.clone(), Life::Approved);
        self.take_in(order);
    }

    /// Takes an order out of what counts. What it filled stays filled.
    pub(super) fn end_order(&mut self, key: OrderKey) {
        let Some(order) = self.orders.remove(&key) else { return };
        assert!(!order.state.is_working(), "only an ended order stops to count");
        self.release(&order);
        if let Some(slot) = self.books.slot(&order.instrument) {
            if let Some((_, book)) = self.books.at_mut(slot) {
                book.set_leg(&order);
            }
            self.retotal(slot);
        }
        self.settle_advice(&order);
        self.closed.insert(key, order);
    }

    /// What the end of its order means for the advice.
    fn settle_advice(&mut self, order: &Order) {
        let id = order.recommendation;
        if order.state == OrderState::Absent {
            // The same key may be sent again: the advice waits for a new decision.
            if self.undecided.contains(&id) {
                self.live(&id, Life::Pending);
            } else {
                self.live(&id, Life::Unfilled);
            }
            return;
        }
        if order.filled.is_zero() && order.state != OrderState::Replaced {
            if order.state == OrderState::Rejected
                && let Some(advice) = self.advice.get_mut(&id)
            {
                advice.attempt = advice.attempt.saturating_add(1);
                advice.key = OrderKey::of(&self.id, &id, advice.attempt);
            }
            // A refusal that is not about this advice lets it be decided again.
            let kept = self.undecided.get(&id).copied();
            self.live(&id, Life::Unfilled);
            if let (Some(kept), OrderState::Rejected) = (kept, order.state) {
                self.undecided.insert(id, kept);
            }
            self.forget_fingerprint(order);
        }
    }

    fn forget_fingerprint(&mut self, order: &Order) {
        let of = (order.strategy, order.instrument, order.side, order.quantity, order.terms);
        if self.recent.get(&of).is_some_and(|(_, by)| *by == order.recommendation) {
            self.recent.remove(&of);
        }
    }

    pub(super) fn keep_order(&mut self, event: &CancelRefused) {
        if let Some(order) = self.orders.get_mut(&event.key)
            && order.state == OrderState::PendingCancel
        {
            // Who was never told that the broker has it knows no more now.
            order.state = match (order.filled.is_zero(), order.broker_order_id) {
                (true, None) => OrderState::Unknown,
                (true, Some(_)) => OrderState::Accepted,
                (false, _) => OrderState::PartiallyFilled,
            };
        }
    }

    pub(super) fn miss_order(&mut self, event: &LookUpMissed, at: Timestamp) {
        if let Some(order) = self.orders.get_mut(&event.key) {
            let (count, since) = order.absent.unwrap_or((0, at));
            order.absent = Some((count.saturating_add(1), since));
        }
    }
}
