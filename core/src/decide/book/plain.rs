//! The short way of a trade, for books in which everything follows from what is held.
//!
//! Most books are plain most of the time: nothing works in them, they hold no short option and
//! count at average cost. Then exposure, net exposure and risk are all the cost of what is held; a
//! trade moves them by one amount, and no order, cover or lot is asked. What is done here leaves
//! exactly what [`Book::trade`] and [`Book::recount`] would leave; a test compares them.

use crate::decide::aggregates::{Totals, Underlying, replace_shares};
use crate::decide::book::Book;
use crate::decide::limits::ExposureBasis;
use crate::settle::CostMethod;
use crate::vocabulary::{Instrument, Money, NetQuantity, Price, Quantity, Side};

impl Book {
    /// Whether all that the book adds to totals follows from what is held.
    pub(super) fn follows_holding(&self, instrument: &Instrument, basis: ExposureBasis) -> bool {
        self.legs.is_empty()
            && self.mark.is_some()
            && self.position.method() == CostMethod::Average
            && basis == ExposureBasis::Cost
            && !self.position.cost().is_negative()
            && !(self.position.net().is_short() && instrument.is_option())
    }

    /// Whether a trade finds the book plain and leaves it so. A trade that closes must not go
    /// through zero, nor close what the day reckons another cost for.
    #[inline(always)]
    pub(crate) fn is_plain_to(&self, change: NetQuantity, instrument: &Instrument) -> bool {
        let net = self.position.net();
        if !self.plain {
            false
        } else if net.is_closed_by(change) {
            !net.less(change).opposes(net) && !self.day.is_apart()
        } else {
            !(change.is_short() && instrument.is_option())
        }
    }

    /// Opens by a trade that the book is plain to.
    #[inline(always)]
    pub(crate) fn open_plainly(
        &mut self,
        side: Side,
        quantity: Quantity,
        price: Price,
        value: Money,
    ) {
        let unit = || price.of_contract(self.multiplier);
        self.position.open(side, quantity, unit, value);
        self.day.add(value);
    }

    /// Closes by a trade that the book is plain to. Answers what that realized.
    #[inline(always)]
    pub(crate) fn close_plainly(&mut self, side: Side, quantity: Quantity, value: Money) -> Money {
        self.position.close(side, quantity, value).realized
    }

    /// Brings the totals up to date after a plain trade.
    #[inline(always)]
    pub(crate) fn follow(
        &mut self,
        instrument: &Instrument,
        totals: &mut Totals,
        underlying: Option<&mut Underlying>,
    ) {
        let (net, held, part) = (self.position.net(), self.position.cost(), &mut self.contribution);
        let added = held.saturating_sub(part.gross);
        totals.gross.increase(added);
        part.gross = held;
        part.at_risk = held;
        if let Some(underlying) = underlying {
            underlying.at_risk.increase(added);
            if !instrument.is_option() {
                let free = if net.is_long() { net.magnitude() } else { Quantity::ZERO };
                replace_shares(&mut underlying.free_shares, &mut part.free_shares, free);
            }
        }
        let (cost, spent) = if net.is_short() {
            (held.saturating_neg(), held.saturating_neg().saturating_sub(part.net_up))
        } else {
            (held, held.saturating_sub(part.net_up))
        };
        part.net_up = cost;
        part.net_down = cost;
        self.cost_in_totals = cost;
        totals.net_up.increase(spent);
        totals.net_down.increase(spent);
        totals.cost.increase(spent);
        if self.is_counted() == net.is_zero() {
            self.count_plainly(totals);
        }
        self.revalue(totals);
    }

    /// What changes when a position is opened or ended.
    #[inline(never)]
    fn count_plainly(&mut self, totals: &mut Totals) {
        let (part, counted) = (&mut self.contribution, u32::from(!self.position.net().is_zero()));
        totals.counted = totals.counted.saturating_sub(part.counted).saturating_add(counted);
        part.counted = counted;
        self.forget_if_flat();
    }

    /// Brings the value of what is held up to date: all that a mark moves in a plain book.
    #[inline(always)]
    pub(crate) fn revalue(&mut self, totals: &mut Totals) {
        let value = self.value();
        let moved = value.saturating_sub(self.contribution.value);
        self.contribution.value = value;
        totals.value.increase(moved);
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::vec;

    use proptest::prelude::*;

    use crate::decide::{Account, evolve};
    use crate::record::Event;
    use crate::record::event::{AccountOpened, DayRolled, ExecutionBooked, Mode};
    use crate::record::event::{MarkSeen, MarksObserved};
    use crate::settle::{CostMethod, Execution};
    use crate::vocabulary::{
        AccountId, Date, ExecutionId, Instrument, Money, Price, Quantity, Side, Timestamp,
    };

    const NAMES: [&str; 3] = ["AAPL", "MSFT260320C00047500", "MSFT260320P00047500"];

    fn instrument(n: usize) -> Instrument {
        NAMES[n].parse().unwrap()
    }

    fn event(n: usize, (kind, of, units, cents): (u8, usize, u32, u32)) -> Event {
        let price = Price::cents(cents);
        let at = Timestamp::EPOCH;
        match kind {
            0 => Event::DayRolled(DayRolled {
                date: Date::from_days((20_000..).nth(n).unwrap()).unwrap(),
                opening_equity: Money::dollars(1_000),
                marks: vec![(instrument(of), price)],
            }),
            1 => Event::MarksObserved(MarksObserved {
                marks: vec![MarkSeen {
                    instrument: instrument(of),
                    price,
                    bid: price,
                    ask: price,
                    at,
                    source: None,
                }],
            }),
            _ => Event::ExecutionBooked(ExecutionBooked {
                execution: Execution {
                    id: ExecutionId::new(&format!("e{n}")).unwrap(),
                    order: None,
                    instrument: instrument(of),
                    side: if kind % 2 == 0 { Side::Buy } else { Side::Sell },
                    quantity: Quantity::whole(units),
                    price,
                    fee: Money::cents(i64::from(units)),
                    at,
                },
            }),
        }
    }

    fn steps() -> impl Strategy<Value = alloc::vec::Vec<(u8, usize, u32, u32)>> {
        // Few prices and sizes, so that costs are often the same and positions often flat.
        prop::collection::vec((0..12_u8, 0..3_usize, 1..5_u32, 99..103_u32), 0..80)
    }

    proptest! {
        #[test]
        fn the_short_way_leaves_what_the_long_one_leaves(steps in steps()) {
            let mut account = Account::opened(&AccountOpened {
                account: AccountId::new("a").unwrap(),
                mode: Mode::Simulated,
                cash: Money::dollars(10_000),
                cost_method: CostMethod::Average,
            });
            let mut long = account.clone();
            for (n, step) in steps.into_iter().enumerate() {
                let event = event(n, step);
                evolve(&mut account, &event, Timestamp::EPOCH);
                long.books.values_mut().for_each(|book| book.plain = false);
                evolve(&mut long, &event, Timestamp::EPOCH);
                for slot in 0..long.books.len() {
                    long.recount(slot);
                }
                let mut counted = account.clone();
                for slot in 0..counted.books.len() {
                    counted.recount(slot);
                }
                prop_assert_eq!(&counted, &long, "after {:?}", &event);
                prop_assert_eq!(account.totals(), long.totals(), "after {:?}", event);
            }
        }
    }
}
