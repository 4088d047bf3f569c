//! A position: what is held of one instrument, what it cost, and what it has realized.
//!
//! Conventions. Cost is what the open quantity was bought for (long) or sold for (short), without
//! fees. Average cost takes a closed part out of cost in proportion; first-in-first-out takes
//! the oldest lots. The one rounding is that of the closed share of cost, toward zero to 1e-18
//! dollars; what is taken out and what stays always add up exactly.

use alloc::collections::VecDeque;

use bincode::{Decode, Encode};

use crate::vocabulary::wire::wire_kind;
use crate::vocabulary::{Money, Multiplier, NetQuantity, Price, Quantity, Side};

wire_kind! {
    /// Which part of cost leaves with a closed quantity.
    CostMethod {
        /// The average cost of all that is held.
        Average = 1,
        /// The cost of the oldest lots first.
        Fifo = 2,
        /// The cost of the newest lots first.
        Lifo = 3,
    }
}

/// What was opened in one execution and is still held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Lot {
    /// Shares or contracts.
    pub quantity: Quantity,
    /// What they were bought or sold for.
    pub cost: Money,
}

/// What one execution did to a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traded {
    /// What it closed.
    pub closed: Quantity,
    /// What it opened.
    pub opened: Quantity,
    /// What the closed part had cost.
    pub cost_out: Money,
    /// What the closed part was traded for.
    pub value_closed: Money,
    /// What the opened part was traded for.
    pub value_opened: Money,
    /// Profit or loss of the closed part, before fees.
    pub realized: Money,
}

impl Traded {
    const NOTHING: Traded = Traded {
        closed: Quantity::ZERO,
        opened: Quantity::ZERO,
        cost_out: Money::ZERO,
        value_closed: Money::ZERO,
        value_opened: Money::ZERO,
        realized: Money::ZERO,
    };
}

/// What is held of one instrument.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Position {
    method: CostMethod,
    net: NetQuantity,
    cost: Money,
    realized: Money,
    /// What one unit cost when the position was last opened. Whether all that is held cost as much
    /// is asked each time: then a part of it is a product, and otherwise a division.
    unit_cost: Price,
    lots: VecDeque<Lot>,
}

impl Position {
    /// Nothing held, nothing realized.
    #[must_use]
    pub const fn flat(method: CostMethod) -> Self {
        Self {
            method,
            net: NetQuantity::ZERO,
            cost: Money::ZERO,
            realized: Money::ZERO,
            unit_cost: Price::ZERO,
            lots: VecDeque::new(),
        }
    }

    /// Books one trade, through zero if it is larger than what is held.
    ///
    /// ```
    /// use gatefold_core::settle::{CostMethod, Position};
    /// use gatefold_core::vocabulary::{Money, Multiplier, Price, Quantity, Side};
    ///
    /// let mut held = Position::flat(CostMethod::Average);
    /// let hundred = Quantity::whole(100);
    /// held.trade(Side::Buy, hundred, Price::dollars(10), Multiplier::ONE);
    /// let sold = held.trade(Side::Sell, Quantity::whole(40), Price::dollars(12), Multiplier::ONE);
    /// assert_eq!(sold.realized, Money::dollars(80));
    /// assert_eq!(held.cost(), Money::dollars(600));
    /// ```
    #[inline]
    pub fn trade(
        &mut self,
        side: Side,
        quantity: Quantity,
        price: Price,
        multiplier: Multiplier,
    ) -> Traded {
        let value = |part| price.times(part, multiplier).unwrap_or(Money::MAX_FACT);
        let unit = || price.of_contract(multiplier);
        let closable = self.closable_by(side);
        if closable.is_zero() {
            self.open(side, quantity, unit, value(quantity));
            return Traded { opened: quantity, value_opened: value(quantity), ..Traded::NOTHING };
        }
        if quantity <= closable {
            return self.close(side, quantity, value(quantity));
        }
        // What goes through zero has two parts, each with a value of its own.
        let closed = self.close(side, closable, value(closable));
        let rest = quantity.saturating_sub(closable);
        self.open(side, rest, unit, value(rest));
        Traded { opened: rest, value_opened: value(rest), ..closed }
    }

    /// Books a trade of this value, at so much a unit, that finds nothing to close. Answers by how
    /// much that raised the cost.
    #[inline(always)]
    pub(crate) fn open(
        &mut self,
        side: Side,
        quantity: Quantity,
        unit: impl FnOnce() -> Price,
        value: Money,
    ) -> Money {
        debug_assert!(self.closable_by(side).is_zero(), "it would close first");
        if self.net.is_zero() {
            self.unit_cost = unit();
        }
        let added = self.put_in(quantity, value);
        self.net = self.net.saturating_add(signed(side, quantity));
        added
    }

    /// Books a trade of this value that closes at most what is held.
    #[inline(always)]
    pub(crate) fn close(&mut self, side: Side, quantity: Quantity, value: Money) -> Traded {
        debug_assert!(quantity <= self.closable_by(side), "it would open, too");
        let left = self.net.less(signed(side, quantity));
        let cost_out = self.take_out(quantity);
        let realized = match side {
            Side::Sell => value.saturating_sub(cost_out),
            Side::Buy => cost_out.saturating_sub(value),
        };
        self.realized.increase(realized);
        self.net = left;
        debug_assert!(!self.net.is_zero() || self.cost.is_zero(), "a flat position costs nothing");
        Traded { closed: quantity, cost_out, value_closed: value, realized, ..Traded::NOTHING }
    }

    /// What an order of this side would find to close.
    #[inline]
    #[must_use]
    pub fn closable_by(&self, side: Side) -> Quantity {
        let closes = match side {
            Side::Buy => self.net.is_short(),
            Side::Sell => self.net.is_long(),
        };
        if closes { self.net.magnitude() } else { Quantity::ZERO }
    }

    #[inline(always)]
    fn put_in(&mut self, quantity: Quantity, cost: Money) -> Money {
        if self.method != CostMethod::Average {
            self.lots.push_back(Lot { quantity, cost });
        }
        let Some(sum) = self.cost.checked_add(cost) else {
            return self.fill_up(cost);
        };
        self.cost = sum;
        cost
    }

    /// Puts in what takes the cost to the end of its range. Answers how much that was.
    #[cold]
    #[inline(never)]
    fn fill_up(&mut self, cost: Money) -> Money {
        let before = self.cost;
        self.cost.increase(cost);
        self.cost.saturating_sub(before)
    }

    #[inline(always)]
    fn take_out(&mut self, quantity: Quantity) -> Money {
        let out = match self.method {
            CostMethod::Average => self.average_cost(quantity),
            CostMethod::Fifo | CostMethod::Lifo => self.take_lots(quantity),
        };
        self.cost.decrease(out);
        out
    }

    /// The share of cost that a part of what is held has.
    #[inline(always)]
    fn average_cost(&self, part: Quantity) -> Money {
        let held = self.net.magnitude();
        let at_unit_cost = |quantity| self.unit_cost.times(quantity, Multiplier::ONE);
        match at_unit_cost(part) {
            Some(share) if at_unit_cost(held) == Some(self.cost) => share,
            _ => self.cost.prorate(part, held),
        }
    }

    #[inline(never)]
    fn take_lots(&mut self, quantity: Quantity) -> Money {
        let mut left = quantity;
        let mut out = Money::ZERO;
        while !left.is_zero() {
            let lot = match self.method {
                CostMethod::Lifo => self.lots.back_mut(),
                CostMethod::Fifo | CostMethod::Average => self.lots.front_mut(),
            };
            let Some(lot) = lot else { break };
            let part = left.min(lot.quantity);
            let cost = lot.cost.prorate(part, lot.quantity);
            out = out.saturating_add(cost);
            left = left.saturating_sub(part);
            lot.cost = lot.cost.saturating_sub(cost);
            lot.quantity = lot.quantity.saturating_sub(part);
            if lot.quantity.is_zero() {
                match self.method {
                    CostMethod::Lifo => self.lots.pop_back(),
                    CostMethod::Fifo | CostMethod::Average => self.lots.pop_front(),
                };
            }
        }
        assert!(left.is_zero(), "lots hold exactly what the position holds");
        out
    }

    /// Applies a split: `new` shares for `old`, cost unchanged. What does not come out whole to a
    /// billionth is rounded down, as the cash paid for fractions is an event of its own; a holding
    /// that rounds to nothing is closed for nothing. A ratio with a zero in it changes nothing.
    pub fn split(&mut self, new: u32, old: u32) {
        if new == 0 || old == 0 {
            return;
        }
        let quantity = Self::scaled(self.net.magnitude(), new, old);
        if quantity.is_zero() {
            return self.write_off();
        }
        self.net = if self.net.is_short() {
            NetQuantity::short(quantity)
        } else {
            NetQuantity::long(quantity)
        };
        if self.method != CostMethod::Average {
            self.split_lots(new, old);
        }
    }

    /// Gives what rounding lost of the lots, whole lots among it, to the newest one.
    fn split_lots(&mut self, new: u32, old: u32) {
        let mut missing = self.net.magnitude();
        let mut homeless = Money::ZERO;
        self.lots.retain_mut(|lot| {
            lot.quantity = Self::scaled(lot.quantity, new, old);
            missing = missing.saturating_sub(lot.quantity);
            if lot.quantity.is_zero() {
                homeless = homeless.saturating_add(lot.cost);
            }
            !lot.quantity.is_zero()
        });
        match self.lots.back_mut() {
            Some(last) => {
                last.quantity = last.quantity.saturating_add(missing);
                last.cost = last.cost.saturating_add(homeless);
            }
            None => self.lots.push_back(Lot { quantity: missing, cost: homeless }),
        }
    }

    /// A quantity after a split of `new` for `old`, rounded down to a billionth.
    pub(crate) fn scaled(quantity: Quantity, new: u32, old: u32) -> Quantity {
        let wide = i128::from(quantity.nanos()).saturating_mul(i128::from(new));
        let nanos = wide.checked_div(i128::from(old)).unwrap_or(0);
        i64::try_from(nanos).ok().and_then(Quantity::from_nanos).unwrap_or(Quantity::MAX)
    }

    fn write_off(&mut self) {
        let result = if self.net.is_short() { self.cost } else { self.cost.saturating_neg() };
        self.add_realized(result);
        self.net = NetQuantity::ZERO;
        self.cost = Money::ZERO;
        self.lots.clear();
    }

    /// Lets go of what a transfer takes away: it leaves at its own cost and realizes nothing.
    pub(crate) fn release(&mut self, quantity: Quantity) {
        let quantity = quantity.min(self.net.magnitude());
        let side = if self.net.is_short() { Side::Buy } else { Side::Sell };
        self.take_out(quantity);
        self.net = self.net.saturating_add(signed(side, quantity));
    }

    /// Takes in what a transfer brings, at the cost it comes with.
    pub(crate) fn admit(&mut self, side: Side, quantity: Quantity, cost: Money) {
        if !quantity.is_zero() {
            let through = self.closable_by(side).is_zero();
            assert!(through, "what closes is released, not admitted");
            self.put_in(quantity, cost);
            self.net = self.net.saturating_add(signed(side, quantity));
        }
    }

    /// Adds to the cost of what was opened last: an option's premium that its exercise or
    /// assignment moves here.
    pub fn adjust_cost(&mut self, amount: Money) {
        self.cost = self.cost.saturating_add(amount);
        if let Some(last) = self.lots.back_mut() {
            last.cost = last.cost.saturating_add(amount);
        }
    }

    /// Adds to the result: a premium that comes from, or goes to, another instrument.
    #[inline]
    pub fn add_realized(&mut self, amount: Money) {
        self.realized.increase(amount);
    }

    /// Which part of cost leaves with a closed quantity.
    #[inline]
    pub(crate) fn method(&self) -> CostMethod {
        self.method
    }

    /// The signed quantity held: above zero long, below zero short.
    #[inline]
    #[must_use]
    pub fn net(&self) -> NetQuantity {
        self.net
    }

    /// What the open quantity was bought (long) or sold (short) for.
    #[inline]
    #[must_use]
    pub fn cost(&self) -> Money {
        self.cost
    }

    /// Profit and loss of everything closed so far, before fees.
    #[must_use]
    pub fn realized(&self) -> Money {
        self.realized
    }

    /// The lots held, oldest first; empty under average cost.
    pub fn lots(&self) -> impl Iterator<Item = &Lot> {
        self.lots.iter()
    }

    /// The average price paid or received for what is held.
    #[must_use]
    pub fn average_price(&self, multiplier: Multiplier) -> Price {
        self.cost.per_unit(self.net.magnitude(), multiplier)
    }

    /// What is held, valued at a mark: positive long, negative short.
    #[inline]
    #[must_use]
    pub fn value_at(&self, mark: Price, multiplier: Multiplier) -> Money {
        let value = mark.times(self.net.magnitude(), multiplier).unwrap_or(Money::MAX_FACT);
        if self.net.is_short() { value.saturating_neg() } else { value }
    }

    /// Profit or loss of what is held, if it were closed at a mark.
    #[must_use]
    pub fn unrealized_at(&self, mark: Price, multiplier: Multiplier) -> Money {
        let value = self.value_at(mark, multiplier);
        if self.net.is_short() {
            value.saturating_add(self.cost)
        } else {
            value.saturating_sub(self.cost)
        }
    }
}

/// A traded quantity as the signed change it makes.
#[inline]
#[must_use]
pub fn signed(side: Side, quantity: Quantity) -> NetQuantity {
    match side {
        Side::Buy => NetQuantity::long(quantity),
        Side::Sell => NetQuantity::short(quantity),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_opened_says_by_how_much_the_cost_grew() {
        let mut held = Position::flat(CostMethod::Average);
        let mut open = |value| {
            let grown = held.open(Side::Buy, Quantity::whole(1), || Price::ZERO, value);
            (grown, held.cost())
        };
        let (most, one) = (Money::from_attos(i128::MAX), Money::from_attos(1));
        let nearly = most.saturating_sub(one);
        assert_eq!(open(nearly), (nearly, nearly));
        assert_eq!(open(Money::dollars(1)), (one, most), "held at the end of the range");
        assert_eq!(open(Money::dollars(1)), (Money::ZERO, most));
    }
}
