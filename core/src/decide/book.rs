//! A book: everything of one instrument in one account, with the totals that gates read.
//!
//! Every total is refreshed when something changes, so that a gate never walks over orders.

mod day;
mod exposure;
mod mark;
mod plain;

use alloc::vec::Vec;

use bincode::{Decode, Encode};

use crate::advise::OrderPrice;
use crate::decide::Split;
use crate::route::Order;
use crate::settle::{CostMethod, Position, Traded};
use crate::unwind::ExitPlan;
use crate::vocabulary::{Money, Multiplier, OrderKey, Price, Quantity, Side, Timestamp};

use day::Day;
pub use exposure::{Contribution, Exposure};
pub use mark::Mark;
pub(crate) use plain::Plainly;

/// The most orders that may work in one instrument of one account at a time.
pub const WORKING_PER_BOOK_MAX: usize = 16;

/// A working order as its book sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Leg {
    /// The order.
    pub key: OrderKey,
    /// Buy or sell.
    pub side: Side,
    /// The price it counts at.
    pub price: Price,
    /// The worst price it may trade at: its limit, or any price.
    pub reach: Price,
    /// What is left of it.
    pub leaves: Split,
}

/// Everything of one instrument in one account.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Book {
    multiplier: Multiplier,
    position: Position,
    fees: Money,
    legs: Vec<Leg>,
    opening_buys: (Quantity, Money),
    opening_sells: (Quantity, Money),
    closing: Quantity,
    buy_high: Option<Price>,
    sell_low: Option<Price>,
    mark: Option<Mark>,
    day: Day,
    adds: u32,
    contribution: Contribution,
    /// All that totals hold of it follows from what is held. Whatever changes more than that and
    /// the mark takes this back until all is counted again.
    plain: bool,
    /// The signed cost that the account's totals hold of it.
    pub(crate) cost_in_totals: Money,
    pub(crate) underlying: u32,
    pub(crate) exit: ExitPlan,
}

/// The book of an instrument that an account never touched.
pub(crate) static EMPTY: Book = Book {
    multiplier: Multiplier::ONE,
    position: Position::flat(CostMethod::Average),
    fees: Money::ZERO,
    legs: Vec::new(),
    opening_buys: (Quantity::ZERO, Money::ZERO),
    opening_sells: (Quantity::ZERO, Money::ZERO),
    closing: Quantity::ZERO,
    buy_high: None,
    sell_low: None,
    mark: None,
    day: Day::NEW,
    adds: 0,
    contribution: Contribution {
        counted: 0,
        gross: Money::ZERO,
        net_up: Money::ZERO,
        net_down: Money::ZERO,
        value: Money::ZERO,
        at_risk: Money::ZERO,
        free_shares: Quantity::ZERO,
        called_shares: Quantity::ZERO,
        put_cash: Money::ZERO,
        purchases: Money::ZERO,
    },
    plain: false,
    cost_in_totals: Money::ZERO,
    underlying: 0,
    exit: ExitPlan::NONE,
};

impl Book {
    pub(crate) fn new(method: CostMethod, multiplier: Multiplier, underlying: u32) -> Self {
        let position = Position::flat(method);
        let mut book = Self { position, multiplier, underlying, ..EMPTY.clone() };
        book.roll(None);
        book
    }

    /// How an order of this side and size would fall into closing and opening.
    #[inline]
    #[must_use]
    pub fn split(&self, side: Side, quantity: Quantity) -> Split {
        let closable = self.position.closable_by(side).saturating_sub(self.closing);
        let closing = quantity.min(closable);
        Split { closing, opening: quantity.saturating_sub(closing) }
    }

    /// What is held.
    #[inline]
    #[must_use]
    pub fn position(&self) -> &Position {
        &self.position
    }

    /// Fees paid in this instrument so far.
    #[must_use]
    pub fn fees(&self) -> Money {
        self.fees
    }

    /// The orders that may still trade.
    #[must_use]
    pub fn legs(&self) -> &[Leg] {
        &self.legs
    }

    /// The orders that are closing what is held.
    #[must_use]
    pub fn holders(&self) -> Vec<OrderKey> {
        let closing = |leg: &&Leg| !leg.leaves.closing.is_zero();
        self.legs.iter().filter(closing).map(|leg| leg.key).collect()
    }

    /// What is already being closed.
    #[inline]
    #[must_use]
    pub fn closing(&self) -> Quantity {
        self.closing
    }

    /// Whether something is held or being opened.
    #[inline]
    #[must_use]
    pub fn is_counted(&self) -> bool {
        self.contribution.counted > 0
    }

    /// Opening orders since the position was last flat, the first not counted.
    #[must_use]
    pub fn adds(&self) -> u32 {
        self.adds
    }

    /// The highest price an own working purchase would pay; `None` if there is none.
    #[inline]
    #[must_use]
    pub fn buy_high(&self) -> Option<Price> {
        self.buy_high
    }

    /// The lowest price an own working sale would take; `None` if there is none.
    #[inline]
    #[must_use]
    pub fn sell_low(&self) -> Option<Price> {
        self.sell_low
    }

    /// The last recorded mark.
    #[must_use]
    pub fn last_mark(&self) -> Option<&Mark> {
        self.mark.as_ref()
    }

    /// The price of the last recorded mark.
    #[inline]
    #[must_use]
    pub fn mark(&self) -> Option<Price> {
        self.mark.map(|mark| mark.price)
    }

    /// What this book adds to its account's totals.
    #[inline]
    #[must_use]
    pub fn contribution(&self) -> &Contribution {
        &self.contribution
    }

    /// The exit plan of what is held.
    #[must_use]
    pub fn exit(&self) -> &ExitPlan {
        &self.exit
    }

    /// Shares per contract.
    #[inline]
    #[must_use]
    pub fn multiplier(&self) -> Multiplier {
        self.multiplier
    }

    /// Cost of what is held: positive long, negative short.
    #[inline]
    #[must_use]
    pub fn signed_cost(&self) -> Money {
        let cost = self.position.cost();
        if self.position.net().is_short() { cost.saturating_neg() } else { cost }
    }

    /// Whether nothing of it needs to be remembered.
    pub(crate) fn is_idle(&self) -> bool {
        self.legs.is_empty() && self.position.net().is_zero()
    }

    pub(crate) fn add_leg(&mut self, order: &Order) {
        if !order.leaves.opening.is_zero() && self.is_counted() {
            self.adds = self.adds.saturating_add(1);
        }
        self.legs.push(Leg {
            key: order.key,
            side: order.side,
            price: order.price,
            reach: match (order.terms, order.side) {
                (OrderPrice::Limit(limit), _) => limit,
                (OrderPrice::Market, Side::Buy) => Price::MAX,
                (OrderPrice::Market, Side::Sell) => Price::ZERO,
            },
            leaves: order.leaves,
        });
        self.refresh_legs();
    }

    /// Takes over what is left of an order, or forgets it where nothing may trade any more.
    pub(crate) fn set_leg(&mut self, order: &Order) {
        if order.state.is_working() && !order.unfilled().is_zero() {
            match self.legs.iter_mut().find(|leg| leg.key == order.key) {
                Some(leg) => leg.leaves = order.leaves,
                None => return self.add_leg(order),
            }
        } else {
            let unfilled = order.filled.is_zero() && !order.leaves.opening.is_zero();
            if unfilled && self.legs.iter().any(|leg| leg.key == order.key) {
                // An order that opened nothing is no add.
                self.adds = self.adds.saturating_sub(1);
            }
            self.legs.retain(|leg| leg.key != order.key);
        }
        self.refresh_legs();
    }

    fn refresh_legs(&mut self) {
        self.plain = false;
        self.opening_buys = (Quantity::ZERO, Money::ZERO);
        self.opening_sells = (Quantity::ZERO, Money::ZERO);
        self.closing = Quantity::ZERO;
        self.buy_high = None;
        self.sell_low = None;
        for leg in &self.legs {
            self.closing = self.closing.saturating_add(leg.leaves.closing);
            let opening = leg.leaves.opening;
            let value = leg.price.times(opening, self.multiplier).unwrap_or(Money::MAX_FACT);
            let (total, price) = match leg.side {
                Side::Buy => (&mut self.opening_buys, &mut self.buy_high),
                Side::Sell => (&mut self.opening_sells, &mut self.sell_low),
            };
            *total = (total.0.saturating_add(opening), total.1.saturating_add(value));
            *price = Some(match (leg.side, *price) {
                (_, None) => leg.reach,
                (Side::Buy, Some(known)) => known.max(leg.reach),
                (Side::Sell, Some(known)) => known.min(leg.reach),
            });
        }
    }

    /// Books a trade. Answers what it did and the day's realized result of the closed part.
    pub(crate) fn trade(
        &mut self,
        side: Side,
        quantity: Quantity,
        price: Price,
        at: Timestamp,
    ) -> (Traded, Money) {
        self.plain = false;
        if self.mark.is_none() {
            self.mark = Some(Mark::of_trade(price, at));
        }
        let held = self.position.net().magnitude();
        let is_apart = self.day.is_apart();
        let traded = self.position.trade(side, quantity, price, self.multiplier);
        // What was opened today is all there is, and costs the day what it costs the position.
        let result = if is_apart { self.trade_day(side, held, &traded) } else { traded.realized };
        self.forget_if_flat();
        (traded, result)
    }

    /// Adds to the fees paid.
    #[inline(always)]
    pub(crate) fn pay(&mut self, fee: Money) {
        self.fees.increase(fee);
    }

    #[inline]
    fn forget_if_flat(&mut self) {
        if self.position.net().is_zero() {
            self.adds = 0;
            self.exit = ExitPlan::NONE;
        }
    }

    pub(crate) fn set_mark(&mut self, mark: Mark) {
        self.mark = Some(mark);
        self.exit.observe(self.position.net(), &mark);
    }

    /// Applies a split to all that counts in shares or dollars per share, so that the split itself
    /// changes no value: levels and marks of before would otherwise look like a crash. Answers what
    /// a holding too small to survive it realized.
    pub(crate) fn split_shares(&mut self, new: u32, old: u32) -> Money {
        if new == 0 || old == 0 {
            return Money::ZERO;
        }
        self.plain = false;
        let before = self.position.realized();
        self.position.split(new, old);
        let per_share = |price: &mut Price| *price = rescaled(*price, new, old);
        let (carried, opening_mark) = self.carried();
        self.split_day(Position::scaled(carried, new, old), rescaled(opening_mark, new, old));
        if let Some(mark) = &mut self.mark {
            per_share(&mut mark.price);
            per_share(&mut mark.bid);
            per_share(&mut mark.ask);
        }
        let exit = &mut self.exit;
        let levels = [&mut exit.terms.stop, &mut exit.terms.target, &mut exit.best];
        levels.into_iter().flatten().for_each(per_share);
        self.forget_if_flat();
        self.position.realized().saturating_sub(before)
    }

    /// Books what comes in or goes out without a trade. What goes out leaves at its own cost, what
    /// comes in has the cost it comes with. Answers by how much the signed cost changed.
    pub(crate) fn transfer(
        &mut self,
        side: Side,
        quantity: Quantity,
        cost: Money,
        at: Timestamp,
    ) -> Money {
        let before = self.signed_cost();
        let held = self.position.net().magnitude();
        let leaving = quantity.min(self.position.closable_by(side));
        let coming = quantity.saturating_sub(leaving);
        let coming_cost = cost.abs().prorate(coming, quantity);
        self.plain = false;
        self.part();
        self.take_day_basis(held, leaving);
        self.position.release(leaving);
        self.position.admit(side, coming, coming_cost);
        self.add_day_cost(coming_cost);
        self.rejoin();
        if self.mark.is_none() {
            let price = cost.abs().per_unit(quantity, self.multiplier);
            self.mark = Some(Mark::of_trade(price, at));
        }
        self.forget_if_flat();
        self.signed_cost().saturating_sub(before)
    }

    /// Adds to the cost of what was opened last, and to what it costs in the day's reckoning.
    pub(crate) fn adjust_cost(&mut self, amount: Money, of_day: Money) {
        self.plain = false;
        self.part();
        self.position.adjust_cost(amount);
        self.add_day_cost(of_day);
        self.rejoin();
    }

    pub(crate) fn add_realized(&mut self, amount: Money) {
        self.position.add_realized(amount);
    }
}

/// A price per share after a split of `new` for `old`, rounded half up to a billionth.
fn rescaled(price: Price, new: u32, old: u32) -> Price {
    let wide = i128::from(price.nanos()).saturating_mul(i128::from(old));
    let half = i128::from(new).checked_div(2).unwrap_or(0);
    let nanos = wide.saturating_add(half).checked_div(i128::from(new)).unwrap_or(0);
    i64::try_from(nanos).ok().and_then(Price::from_nanos).unwrap_or(Price::MAX)
}
