//! The short way of a fill: no order of ours, and a book that is plain and stays so.

use crate::decide::aggregates::{Day, Totals, Underlying};
use crate::decide::book::{Book, Plainly};
use crate::settle::Execution;
use crate::vocabulary::{Instrument, Money, Side, Symbol, Table, Timestamp};

/// What a fill moves beside its book.
pub(super) struct Beside<'a> {
    pub(super) cash: &'a mut Money,
    pub(super) fees: &'a mut Money,
    pub(super) realized: &'a mut Money,
    pub(super) released: &'a mut Money,
    pub(super) day: &'a mut Option<Day>,
    pub(super) totals: &'a mut Totals,
    pub(super) underlyings: &'a mut Table<Symbol, Underlying>,
}

impl Beside<'_> {
    /// Books a fill in a book that is plain and stays so. Answers whether it is one.
    #[inline(always)]
    pub(super) fn fill_plainly(
        self,
        (instrument, book): (&Instrument, &mut Book),
        execution: &Execution,
        at: Timestamp,
    ) -> bool {
        // Two copies: each knows its side from the start.
        match execution.side {
            Side::Buy => self.fill(Side::Buy, instrument, book, execution, at),
            Side::Sell => self.fill(Side::Sell, instrument, book, execution, at),
        }
    }

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
        pay(side, value, fee, (self.cash, self.fees), book);
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

/// Moves what a trade is worth and its fee in or out of cash, and adds the fee to what was paid.
#[inline(always)]
pub(super) fn pay(
    side: Side,
    value: Money,
    fee: Money,
    (cash, fees): (&mut Money, &mut Money),
    book: &mut Book,
) {
    match side {
        Side::Buy => cash.decrease(value),
        Side::Sell => cash.increase(value),
    }
    cash.decrease(fee);
    fees.increase(fee);
    book.pay(fee);
}
