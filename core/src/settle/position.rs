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
    /// Profit or loss of the closed part, before fees.
    pub realized: Money,
}

/// What is held of one instrument.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Position {
    method: CostMethod,
    net: NetQuantity,
    cost: Money,
    realized: Money,
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
        let closed = quantity.min(self.closable_by(side));
        let opened = quantity.saturating_sub(closed);
        let mut traded = Traded {
            closed,
            opened,
            cost_out: Money::ZERO,
            value_closed: Money::ZERO,
            realized: Money::ZERO,
        };
        if !closed.is_zero() {
            traded.value_closed = value(closed);
            traded.cost_out = self.take_out(closed);
            traded.realized = match side {
                Side::Sell => traded.value_closed.saturating_sub(traded.cost_out),
                Side::Buy => traded.cost_out.saturating_sub(traded.value_closed),
            };
            self.realized = self.realized.saturating_add(traded.realized);
        }
        if !opened.is_zero() {
            self.put_in(opened, value(opened));
        }
        self.net = self.net.saturating_add(signed(side, quantity));
        debug_assert!(!self.net.is_zero() || self.cost.is_zero(), "a flat position costs nothing");
        traded
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

    fn put_in(&mut self, quantity: Quantity, cost: Money) {
        self.cost = self.cost.saturating_add(cost);
        if self.method != CostMethod::Average {
            self.lots.push_back(Lot { quantity, cost });
        }
    }

    fn take_out(&mut self, quantity: Quantity) -> Money {
        let out = match self.method {
            CostMethod::Average => self.cost.prorate(quantity, self.net.magnitude()),
            CostMethod::Fifo | CostMethod::Lifo => self.take_lots(quantity),
        };
        self.cost = self.cost.saturating_sub(out);
        out
    }

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
    /// billionth is rounded down, as the cash paid for fractions is an event of its own.
    pub fn split(&mut self, new: u32, old: u32) {
        let scaled = |quantity: Quantity| {
            let wide = i128::from(quantity.nanos()).saturating_mul(i128::from(new));
            let nanos = wide.checked_div(i128::from(old)).unwrap_or(0);
            Quantity::from_nanos(i64::try_from(nanos).unwrap_or(i64::MAX)).unwrap_or(quantity)
        };
        let quantity = scaled(self.net.magnitude());
        self.net = if self.net.is_short() {
            NetQuantity::short(quantity)
        } else {
            NetQuantity::long(quantity)
        };
        for lot in &mut self.lots {
            lot.quantity = scaled(lot.quantity);
        }
        self.square_lots();
    }

    /// Gives what rounding lost of the lots to the newest one.
    fn square_lots(&mut self) {
        let held = self.lots.iter().fold(Quantity::ZERO, |sum, lot| sum.saturating_add(lot.quantity));
        let missing = self.net.magnitude().saturating_sub(held);
        if let Some(last) = self.lots.back_mut() {
            last.quantity = last.quantity.saturating_add(missing);
        }
    }

    /// Moves `amount` of premium into the cost of what is held, as a broker's statement does when
    /// an option is exercised or assigned.
    pub(crate) fn adjust_cost(&mut self, amount: Money) {
        self.cost = self.cost.saturating_add(amount);
        if let Some(last) = self.lots.back_mut() {
            last.cost = last.cost.saturating_add(amount);
        }
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
