//! What a book adds to its account's totals: exposure in its worst case, value, and cover.

use bincode::{Decode, Encode};

use crate::decide::aggregates::{Totals, Underlying, replace, replace_shares};
use crate::decide::book::Book;
use crate::decide::limits::ExposureBasis;
use crate::vocabulary::{Instrument, Money, Multiplier, Price, Quantity, Right, Side};

/// What a book adds to its account's totals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Contribution {
    /// 1 if the instrument is held or being opened, else 0.
    pub counted: u32,
    /// Worst-case exposure.
    pub gross: Money,
    /// Signed exposure if every working purchase fills.
    pub net_up: Money,
    /// Signed exposure if every working sale fills.
    pub net_down: Money,
    /// Value of what is held at its mark: positive long, negative short.
    pub value: Money,
    /// Most that could be lost: exposure, or the strike of short puts where that is more.
    pub at_risk: Money,
    /// Shares held and not already being sold.
    pub free_shares: Quantity,
    /// Shares that short calls, held or being sold, must deliver.
    pub called_shares: Quantity,
    /// Cash that short puts, held or being sold, must pay.
    pub put_cash: Money,
    /// Cash that working purchases would take.
    pub purchases: Money,
}

/// Exposure of one book in its worst case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exposure {
    /// The larger of the long and the short case.
    pub gross: Money,
    /// Signed, if every working purchase fills.
    pub net_up: Money,
    /// Signed, if every working sale fills.
    pub net_down: Money,
}

impl Book {
    /// What the book would add to its account's totals with one more order in it.
    #[inline]
    #[must_use]
    pub fn exposure_with(
        &self,
        side: Side,
        opening: Quantity,
        price: Price,
        basis: ExposureBasis,
        multiplier: Multiplier,
    ) -> Exposure {
        let added = price.times(opening, multiplier).unwrap_or(Money::MAX_FACT);
        let (mut buys, mut sells) = (self.opening_buys, self.opening_sells);
        let total = match side {
            Side::Buy => &mut buys,
            Side::Sell => &mut sells,
        };
        *total = (total.0.saturating_add(opening), total.1.saturating_add(added));
        self.exposure(buys, sells, basis, price, multiplier)
    }

    /// Worst case of position and opening orders, by cost or by mark. `floor` is the price below
    /// which a mark does not count (the candidate's own order price).
    #[inline]
    fn exposure(
        &self,
        buys: (Quantity, Money),
        sells: (Quantity, Money),
        basis: ExposureBasis,
        floor: Price,
        multiplier: Multiplier,
    ) -> Exposure {
        let net = self.position.net();
        let (long, short) = if net.is_short() {
            (Money::ZERO, self.held_exposure(basis, floor))
        } else {
            (self.held_exposure(basis, floor), Money::ZERO)
        };
        let (buy, sell) = match basis {
            ExposureBasis::Cost => (buys.1, sells.1),
            ExposureBasis::Mark => {
                let price = self.mark().map_or(floor, |mark| mark.max(floor));
                let value = |part| price.times(part, multiplier).unwrap_or(Money::MAX_FACT);
                (value(buys.0).max(buys.1), value(sells.0).max(sells.1))
            }
        };
        let up = long.saturating_add(buy);
        let down = short.saturating_add(sell);
        // What is already being closed takes its share of the position off the far side.
        let held = net.magnitude();
        let leaving = if self.closing.is_zero() {
            Money::ZERO
        } else {
            long.max(short).prorate(self.closing.min(held), held)
        };
        let (net_up, net_down) = if net.is_short() {
            (leaving.saturating_sub(short).saturating_add(buy), down.saturating_neg())
        } else {
            (up, long.saturating_sub(leaving).saturating_sub(sell))
        };
        Exposure { gross: up.max(down), net_up, net_down }
    }

    #[inline]
    fn held_exposure(&self, basis: ExposureBasis, floor: Price) -> Money {
        match basis {
            ExposureBasis::Cost => self.position.cost(),
            ExposureBasis::Mark => {
                let price = self.mark().map_or(floor, |mark| mark.max(floor));
                let held = self.position.net().magnitude();
                price.times(held, self.multiplier).unwrap_or(Money::MAX_FACT)
            }
        }
    }

    /// Value of what is held at its mark: positive long, negative short.
    #[inline]
    pub(super) fn value(&self) -> Money {
        self.position.value_at(self.mark().unwrap_or(Price::ZERO), self.multiplier)
    }

    /// Brings [`Self::contribution`] up to date, and the totals that it is part of.
    #[inline]
    pub(crate) fn refresh(
        &mut self,
        instrument: &Instrument,
        basis: ExposureBasis,
        totals: &mut Totals,
        underlying: Option<&mut Underlying>,
    ) {
        if self.plain {
            self.revalue(totals);
        } else {
            self.recount(instrument, basis, totals, underlying);
        }
    }

    /// The same, with everything worked out anew.
    #[inline(never)]
    pub(crate) fn recount(
        &mut self,
        instrument: &Instrument,
        basis: ExposureBasis,
        totals: &mut Totals,
        underlying: Option<&mut Underlying>,
    ) {
        let (buys, sells) = (self.opening_buys, self.opening_sells);
        let works = !buys.0.is_zero() || !sells.0.is_zero();
        let exposure = self.exposure(buys, sells, basis, Price::ZERO, self.multiplier);
        let counted = u32::from(works || !self.position.net().is_zero());
        let (value, cost) = (self.value(), self.signed_cost());
        let cover = self.cover(instrument);
        self.plain = self.follows_holding(instrument, basis);
        let part = &mut self.contribution;
        replace(&mut totals.gross, &mut part.gross, exposure.gross);
        replace(&mut totals.net_up, &mut part.net_up, exposure.net_up);
        replace(&mut totals.net_down, &mut part.net_down, exposure.net_down);
        replace(&mut totals.value, &mut part.value, value);
        replace(&mut totals.cost, &mut self.cost_in_totals, cost);
        // What few events move is compared first: that is cheaper than moving it by nothing.
        if part.purchases != buys.1 {
            replace(&mut totals.purchases, &mut part.purchases, buys.1);
        }
        if part.put_cash != cover.put_cash {
            replace(&mut totals.put_cash, &mut part.put_cash, cover.put_cash);
        }
        totals.counted = totals.counted.saturating_sub(part.counted).saturating_add(counted);
        part.counted = counted;
        let Some(underlying) = underlying else { return };
        let at_risk = exposure.gross.max(cover.put_cash);
        replace(&mut underlying.at_risk, &mut part.at_risk, at_risk);
        let (total, part) = (&mut underlying.free_shares, &mut self.contribution.free_shares);
        replace_shares(total, part, cover.free_shares);
        let (total, part) = (&mut underlying.called_shares, &mut self.contribution.called_shares);
        replace_shares(total, part, cover.called_shares);
    }

    /// What it gives and takes of cover for short options.
    #[inline]
    fn cover(&self, instrument: &Instrument) -> Cover {
        let mut cover = Cover::default();
        let net = self.position.net();
        match instrument {
            Instrument::Equity(_) => {
                if net.is_long() {
                    cover.free_shares = net.magnitude().saturating_sub(self.closing);
                }
            }
            Instrument::Option(contract) => {
                let held_short = if net.is_short() { net.magnitude() } else { Quantity::ZERO };
                let short = held_short.saturating_add(self.opening_sells.0);
                if short.is_zero() {
                    return cover;
                }
                match contract.right() {
                    Right::Call => cover.called_shares = short.saturating_times(self.multiplier),
                    Right::Put => {
                        let strike = contract.strike().times(short, self.multiplier);
                        cover.put_cash = strike.unwrap_or(Money::MAX_FACT);
                    }
                }
            }
        }
        cover
    }
}

/// The part of a [`Contribution`] that covers short options.
#[derive(Default)]
struct Cover {
    free_shares: Quantity,
    called_shares: Quantity,
    put_cash: Money,
}
