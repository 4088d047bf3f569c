//! The short way of a fill: no order of ours, and a book that is plain and stays so.

use crate::decide::account::Account;
use crate::decide::aggregates::{Day, Totals, Underlying};
use crate::decide::book::{Book, Plainly};
use crate::settle::Execution;
use crate::vocabulary::{Instrument, Money, Side, Symbol, Table, Timestamp};

impl Account {
    /// Books a fill in a book that is plain and stays so. Answers whether it is one.
    #[inline(always)]
    pub(super) fn fill_plainly(&mut self, execution: &Execution, at: Timestamp) -> bool {
        let Some((instrument, book)) = self.books.entry_mut(&execution.instrument) else {
            return false;
        };
        let beside = Beside {
            cash: &mut self.cash,
            fees: &mut self.fees,
            realized: &mut self.realized,
            released: &mut self.buying_power.released,
            day: &mut self.day,
            totals: &mut self.totals,
            underlyings: &mut self.underlyings,
        };
        // Two copies: each knows its side from the start.
        match execution.side {
            Side::Buy => beside.fill(Side::Buy, instrument, book, execution, at),
            Side::Sell => beside.fill(Side::Sell, instrument, book, execution, at),
        }
    }
}

/// What a fill moves beside its book.
struct Beside<'a> {
    cash: &'a mut Money,
    fees: &'a mut Money,
    realized: &'a mut Money,
    released: &'a mut Money,
    day: &'a mut Option<Day>,
    totals: &'a mut Totals,
    underlyings: &'a mut Table<Symbol, Underlying>,
}

impl Beside<'_> {
    #[inline(always)]
    fn fill(
        self,
        side: Side,
        instrument: &Instrument,
        book: &mut Book,
        execution: &Execution,
        at: Timestamp,
    ) -> bool {
        let &Execution { quantity, price, fee, .. } = execution;
        let Some(plainly) = book.plainly(side, quantity, instrument) else { return false };
        let value = price.times(quantity, book.multiplier()).unwrap_or(Money::MAX_FACT);
        match side {
            Side::Buy => self.cash.decrease(value),
            Side::Sell => self.cash.increase(value),
        }
        self.cash.decrease(fee);
        self.fees.increase(fee);
        book.pay(fee);
        let place = usize::try_from(book.underlying).unwrap_or(usize::MAX);
        match plainly {
            Plainly::Opens => {
                let added = book.open_plainly(side, quantity, price, value);
                let underlying = self.underlyings.at_mut(place).map(|(_, underlying)| underlying);
                book.follow((side, plainly, added), instrument, self.totals, underlying);
                if let Some(day) = self.day {
                    day.realized.decrease(fee);
                }
            }
            Plainly::Closes => {
                let closed = book.close_plainly(side, quantity, value);
                let underlying = self.underlyings.at_mut(place).map(|(_, underlying)| underlying);
                book.follow((side, plainly, closed.cost_out), instrument, self.totals, underlying);
                self.realized.increase(closed.realized);
                if let Some(day) = self.day {
                    day.realized.increase(closed.realized.saturating_sub(fee));
                }
                if side == Side::Sell {
                    self.released.increase(value);
                }
            }
        }
        book.revalue(self.totals);
        if book.position().net().is_zero()
            && let Some((_, underlying)) = self.underlyings.at_mut(place)
        {
            underlying.closed_at = Some(at);
        }
        true
    }
}
