//! How limits, states, days, marks, snapshots and findings change an account.

use crate::advise::Life;
use crate::decide::account::Account;
use crate::decide::aggregates::Day;
use crate::decide::book::Mark;
use crate::decide::thresholds::Thresholds;
use crate::decide::trading_state::Cause;
use crate::record::event::{
    CashKind, CashMoved, DayRolled, FindingKind, FindingRecorded, LimitsSet, Link, LinkChanged,
    MarkSeen, MarksObserved, SnapshotTaken, StateSet,
};
use crate::vocabulary::{Money, Table, Timestamp};

impl Account {
    pub(super) fn limit(&mut self, event: &LimitsSet) {
        self.limits = event.limits.clone();
        self.grounds.limits = self.version;
        self.thresholds = Thresholds::of(&self.limits, self.day.as_ref());
        for slot in 0..self.books.len() {
            self.recount(slot);
        }
    }

    pub(super) fn restrict(&mut self, event: &StateSet) {
        self.states.set(event.scope, event.cause, event.state);
        self.grounds.state = self.version;
        if event.cause == Cause::Operator
            && event.state == crate::decide::TradingState::Active
            && event.scope == crate::decide::Scope::Account
        {
            for underlying in self.underlyings.values_mut() {
                underlying.reduce_only = false;
            }
        }
    }

    pub(super) fn roll(&mut self, event: &DayRolled) {
        self.day = Some(Day {
            date: event.date,
            opening_equity: event.opening_equity,
            deposits: Money::ZERO,
            realized: Money::ZERO,
            entries: 0,
            exits: 0,
        });
        self.grounds.day = self.version;
        self.thresholds = Thresholds::of(&self.limits, self.day.as_ref());
        self.states.roll();
        self.recent.clear();
        let advice = &self.advice;
        let waits = |life| matches!(life, Life::Pending | Life::Deferred | Life::Approved);
        self.undecided.retain(|id, _| advice.get(id).is_some_and(|known| waits(known.life)));
        self.closed.roll(event.date);
        self.executions.roll(event.date);
        self.found.roll(event.date);
        self.advice.roll(event.date);
        self.forget_idle_books();
        for book in self.books.values_mut() {
            book.roll(None);
        }
        for (instrument, mark) in &event.marks {
            if let Some(book) = self.books.get_mut(instrument) {
                book.roll(Some(*mark));
            }
        }
    }

    /// Drops books without position and orders, and underlyings that nothing refers to and no
    /// cooldown can need.
    fn forget_idle_books(&mut self) {
        self.books.retain(|_, book| !book.is_idle());
        let held: alloc::vec::Vec<_> =
            self.books.keys().map(crate::vocabulary::Instrument::underlying).collect();
        let kept_since = self.day.as_ref().map(|day| day.date);
        let mut slots = Table::default();
        for symbol in &held {
            if !slots.contains(symbol) {
                let known = self.underlyings.get(symbol).copied().unwrap_or_default();
                slots.insert(*symbol, known);
            }
        }
        for (symbol, underlying) in self.underlyings.iter() {
            let closed = underlying.closed_at.is_some_and(|at| is_recent(at, kept_since));
            if (closed || underlying.reduce_only) && !slots.contains(symbol) {
                slots.insert(*symbol, *underlying);
            }
        }
        self.underlyings = slots;
        for (slot, symbol) in held.iter().enumerate() {
            let place = self.underlyings.slot(symbol).and_then(|it| u32::try_from(it).ok());
            if let (Some((_, book)), Some(place)) = (self.books.at_mut(slot), place) {
                book.underlying = place;
            }
        }
    }

    /// Books a movement of cash, once: an activity id that is known changes nothing.
    pub(super) fn move_cash(&mut self, event: &CashMoved) {
        if let Some(activity) = event.activity
            && !self.executions.insert(&activity)
        {
            return;
        }
        self.cash = self.cash.saturating_add(event.amount);
        match event.kind {
            CashKind::Deposit => {
                self.deposits = self.deposits.saturating_add(event.amount);
                self.peak = self.peak.saturating_add(event.amount);
                if let Some(day) = &mut self.day {
                    day.deposits = day.deposits.saturating_add(event.amount);
                }
            }
            CashKind::Fee => {
                let fee = event.amount.saturating_neg();
                self.fees = self.fees.saturating_add(fee);
                self.book_day(event.amount);
            }
            CashKind::Income => {
                self.income = self.income.saturating_add(event.amount);
                self.book_day(event.amount);
            }
        }
        self.follow_peak();
    }

    #[inline]
    pub(super) fn book_day(&mut self, result: Money) {
        if let Some(day) = &mut self.day {
            day.realized.increase(result);
        }
    }

    #[inline]
    pub(super) fn follow_peak(&mut self) {
        let equity = self.equity();
        if equity > self.peak {
            self.peak = equity;
        }
    }

    pub(super) fn observe(&mut self, event: &MarksObserved) {
        for seen in &event.marks {
            let Some(slot) = self.books.slot(&seen.instrument) else { continue };
            if let Some((_, book)) = self.books.at_mut(slot) {
                let MarkSeen { instrument: _, price, bid, ask, at, source } = *seen;
                let mark = Mark { price, bid, ask, at, source };
                book.set_mark(mark);
            }
            self.retotal(slot);
        }
        self.grounds.marks = self.version;
        self.follow_peak();
    }

    pub(super) fn synchronize(&mut self, event: &SnapshotTaken) {
        self.contact.synced_at = Some(event.requested_at);
        self.contact.differing = event.differing;
        self.grounds.snapshot = self.version;
        let power = &mut self.buying_power;
        power.reported = Some(event.buying_power);
        power.released = Money::ZERO;
        power.holds.retain(|_, hold| hold.evidenced_at.is_none_or(|at| at >= event.requested_at));
        power.held =
            power.holds.values().fold(Money::ZERO, |sum, hold| sum.saturating_add(hold.amount));
    }

    pub(super) fn find(&mut self, event: &FindingRecorded) {
        match event.kind {
            FindingKind::Phantom | FindingKind::Missing | FindingKind::QuantityDiffers => {
                self.contact.mismatch = true;
            }
            FindingKind::Resolved => self.contact.mismatch = false,
            FindingKind::ForeignExecution | FindingKind::Overfill => {
                let symbol = event.instrument.map(|instrument| instrument.underlying());
                if let Some(it) = symbol.and_then(|symbol| self.underlyings.get_mut(&symbol)) {
                    it.reduce_only = true;
                }
            }
            FindingKind::UnknownOrder | FindingKind::IdCollision => {
                if let Some(key) = event.order {
                    self.found.insert(key, ());
                }
            }
            FindingKind::LateArrival
            | FindingKind::TooOld
            | FindingKind::WrongAccount
            | FindingKind::UnknownActivity
            | FindingKind::Contradiction => {}
        }
    }

    pub(super) fn link(&mut self, event: &LinkChanged, at: Timestamp) {
        let same = self.contact.link.is_some_and(|(link, _)| link == event.link);
        if !same || event.link == Link::Up {
            self.contact.link = Some((event.link, at));
        }
    }
}

fn is_recent(at: Timestamp, today: Option<crate::vocabulary::Date>) -> bool {
    let Some(today) = today else { return true };
    let day_nanos = 86_400_000_000_000_i64;
    let days = at.nanos().checked_div_euclid(day_nanos).unwrap_or(0);
    i64::from(today.days()).saturating_sub(days) <= i64::from(super::super::retained::RETAINED_DAYS)
}
