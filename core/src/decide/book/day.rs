//! The day's reckoning of a book: what was carried in counts from the day's opening mark, what was
//! opened today from its cost.

use bincode::{Decode, Encode};

use crate::decide::book::Book;
use crate::settle::{CostMethod, Traded};
use crate::vocabulary::{Money, Price, Quantity, Side};

/// The part of the day's trading that decides the day's realized result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub(super) struct Day {
    /// Still held of what was held when the day opened.
    carried: Quantity,
    /// The mark that the day opened with.
    opening_mark: Price,
    /// Cost of what was opened today and is still held. `None` where that is all that is held and
    /// costs the day what it costs the position, as it mostly does: then nothing is kept twice.
    opened_cost: Option<Money>,
}

impl Day {
    /// The day of a book in which nothing was held yet.
    pub(super) const NEW: Day =
        Day { carried: Quantity::ZERO, opening_mark: Price::ZERO, opened_cost: None };

    /// Whether the day reckons with another cost than the position.
    #[inline]
    pub(super) fn is_apart(&self) -> bool {
        self.opened_cost.is_some()
    }

    /// Counts what is opened.
    #[inline(always)]
    pub(super) fn add(&mut self, cost: Money) {
        if let Some(opened_cost) = &mut self.opened_cost {
            opened_cost.increase(cost);
        }
    }
}

impl Book {
    /// The closed part against the day's opening mark for what was carried in, and against entry
    /// cost for what was opened today; what was carried in closes first.
    pub(super) fn trade_day(&mut self, side: Side, held: Quantity, traded: &Traded) -> Money {
        let mut result = Money::ZERO;
        if !traded.closed.is_zero() {
            let basis = self.take_day_basis(held, traded.closed);
            result = match side {
                Side::Sell => traded.value_closed.saturating_sub(basis),
                Side::Buy => basis.saturating_sub(traded.value_closed),
            };
        }
        self.add_day_cost(traded.value_opened);
        self.rejoin();
        result
    }

    /// Takes what leaves a holding out of the day: what it was worth at the opening mark, or cost.
    /// The day must be apart.
    pub(super) fn take_day_basis(&mut self, held: Quantity, leaving: Quantity) -> Money {
        let carried = leaving.min(self.day.carried);
        let today = leaving.saturating_sub(carried);
        let opened_today = held.saturating_sub(self.day.carried);
        let opened_cost = self.day_cost();
        let cost = opened_cost.prorate(today, opened_today);
        let opening = self.day.opening_mark.times(carried, self.multiplier);
        self.day.carried = self.day.carried.saturating_sub(carried);
        self.day.opened_cost = Some(opened_cost.saturating_sub(cost));
        opening.unwrap_or(Money::MAX_FACT).saturating_add(cost)
    }

    /// Adds to the cost of what was opened today. The day must be apart.
    pub(super) fn add_day_cost(&mut self, cost: Money) {
        self.day.opened_cost = Some(self.day_cost().saturating_add(cost));
    }

    /// Lets the day's cost go its own way from now on: called before the position's changes.
    pub(super) fn part(&mut self) {
        self.day.opened_cost = Some(self.day_cost());
    }

    /// Stops to keep the day's cost where it is the position's again and stays so.
    pub(super) fn rejoin(&mut self) {
        let is_same = self.day.opened_cost == Some(self.position.cost());
        let is_average = self.position.method() == CostMethod::Average;
        if is_same && is_average && self.day.carried.is_zero() {
            self.day.opened_cost = None;
        }
    }

    fn day_cost(&self) -> Money {
        self.day.opened_cost.unwrap_or(self.position.cost())
    }

    /// Follows a split, after the position.
    pub(super) fn split_day(&mut self, carried: Quantity, opening_mark: Price) {
        self.day.carried = carried.min(self.position.net().magnitude());
        self.day.opening_mark = opening_mark;
        if self.position.net().is_zero() && self.day.is_apart() {
            self.day.opened_cost = Some(Money::ZERO);
            self.rejoin();
        }
    }

    /// Starts a new day: all that is held was carried in at the opening mark.
    pub(crate) fn roll(&mut self, opening_mark: Option<Price>) {
        self.day = Day {
            carried: self.position.net().magnitude(),
            opening_mark: opening_mark.or(self.mark()).unwrap_or(Price::ZERO),
            opened_cost: Some(Money::ZERO),
        };
        self.rejoin();
        self.exit.failures = 0;
        self.exit.retry_at = None;
        self.exit.exhausted = None;
    }

    /// What was held when the day opened and still is, and the mark that it counts from.
    pub(super) fn carried(&self) -> (Quantity, Price) {
        (self.day.carried, self.day.opening_mark)
    }
}
