//! The short way of a trade, for books in which everything follows from what is held.
//!
//! Most books are plain most of the time: nothing works in them, they hold no short option and
//! count at average cost. Then exposure, net exposure and risk are all the cost of what is held; a
//! trade moves them by one amount, and no order, cover or lot is asked. What is done here leaves
//! exactly what [`Book::trade`] and [`Book::recount`] would leave; a test compares them.

use crate::decide::aggregates::{Totals, Underlying, replace_shares};
use crate::decide::book::Book;
use crate::decide::limits::ExposureBasis;
use crate::settle::{CostMethod, Traded};
use crate::vocabulary::{Instrument, Money, Price, Quantity, Side};

/// What a trade does to a plain book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plainly {
    /// It adds to what is held.
    Opens,
    /// It closes what is held, or a part.
    Closes,
}

impl Plainly {
    #[inline(always)]
    fn resize(self, total: &mut Money, by: Money) {
        match self {
            Plainly::Opens => total.increase(by),
            Plainly::Closes => total.decrease(by),
        }
    }
}

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

    /// What a trade does to the book, if it finds it plain and leaves it so. A trade that closes
    /// must not go through zero, nor close what the day reckons another cost for.
    #[inline(always)]
    pub(crate) fn plainly(
        &self,
        side: Side,
        quantity: Quantity,
        instrument: &Instrument,
    ) -> Option<Plainly> {
        let net = self.position.net();
        let closes = match side {
            Side::Buy => net.is_short(),
            Side::Sell => net.is_long(),
        };
        if !self.plain {
            None
        } else if closes {
            (quantity <= net.magnitude() && !self.day.is_apart()).then_some(Plainly::Closes)
        } else {
            let is_short = side == Side::Sell && !quantity.is_zero();
            (!is_short || !instrument.is_option()).then_some(Plainly::Opens)
        }
    }

    /// Opens by a trade that the book is plain to. Answers by how much that raised its cost.
    #[inline(always)]
    pub(crate) fn open_plainly(
        &mut self,
        side: Side,
        quantity: Quantity,
        price: Price,
        value: Money,
    ) -> Money {
        let unit = || price.of_contract(self.multiplier);
        let added = self.position.open(side, quantity, unit, value);
        self.day.add(value);
        added
    }

    /// Closes by a trade that the book is plain to.
    #[inline(always)]
    pub(crate) fn close_plainly(&mut self, side: Side, quantity: Quantity, value: Money) -> Traded {
        self.position.close(side, quantity, value)
    }

    /// Brings the totals up to date, but for value, after a plain trade that raised or lowered the
    /// cost of what is held by so much.
    #[inline(always)]
    pub(crate) fn follow(
        &mut self,
        (side, plainly, moved): (Side, Plainly, Money),
        instrument: &Instrument,
        totals: &mut Totals,
        underlying: Option<&mut Underlying>,
    ) {
        let (net, held, part) = (self.position.net(), self.position.cost(), &mut self.contribution);
        plainly.resize(&mut totals.gross, moved);
        part.gross = held;
        part.at_risk = held;
        if let Some(underlying) = underlying {
            plainly.resize(&mut underlying.at_risk, moved);
            if !instrument.is_option() {
                let free = if net.is_long() { net.magnitude() } else { Quantity::ZERO };
                replace_shares(&mut underlying.free_shares, &mut part.free_shares, free);
            }
        }
        // A purchase raises the signed cost and a sale lowers it, whatever is held.
        for total in [&mut totals.net_up, &mut totals.net_down, &mut totals.cost] {
            match side {
                Side::Buy => total.increase(moved),
                Side::Sell => total.decrease(moved),
            }
        }
        let cost = match (plainly, side) {
            (Plainly::Opens, Side::Buy) | (Plainly::Closes, Side::Sell) => held,
            (Plainly::Opens, Side::Sell) | (Plainly::Closes, Side::Buy) => held.saturating_neg(),
        };
        part.net_up = cost;
        part.net_down = cost;
        self.cost_in_totals = cost;
        let is_counted_anew = match plainly {
            Plainly::Opens => !self.is_counted(),
            Plainly::Closes => net.is_zero(),
        };
        if is_counted_anew {
            self.count_plainly(totals);
        }
    }

    /// What changes when a position is opened or ended.
    #[inline(never)]
    fn count_plainly(&mut self, totals: &mut Totals) {
        let (part, counted) = (&mut self.contribution, u32::from(!self.position.net().is_zero()));
        if part.counted != counted {
            totals.counted = totals.counted.saturating_sub(part.counted).saturating_add(counted);
            part.counted = counted;
            self.forget_if_flat();
        }
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
