//! What gates compare of an order and of its account: micro-dollars, worked out once an order.

use crate::advise::{Effect, Recommendation};
use crate::decide::account::Account;
use crate::decide::aggregates::Underlying;
use crate::decide::book::{Book, Exposure};
use crate::decide::intent::Split;
use crate::decide::thresholds::{Parted, as_limit};
use crate::vocabulary::{Money, Price, Quantity, Right, Side};

/// An order as far as its worth depends on it.
pub(crate) struct Sizing<'a> {
    pub(crate) advice: &'a Recommendation,
    pub(crate) quantity: Quantity,
    pub(crate) split: Split,
    pub(crate) price: Option<Price>,
    /// Whether the account never touched the instrument.
    pub(crate) is_first: bool,
}

/// What an order is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Worth {
    /// |quantity| x price x multiplier.
    pub(crate) notional: Option<Money>,
    /// The buying power it needs.
    pub(crate) requirement: Option<Money>,
    /// The same and its account with it, as gates compare them; `None` where it has no price.
    pub(crate) amounts: Option<Amounts>,
}

/// What gates compare of an order and of the account with it, whole micro-dollars rounded away from
/// zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Amounts {
    /// The order's value.
    pub(crate) notional: i64,
    /// The buying power it needs.
    pub(crate) requirement: i64,
    /// Gross exposure of the account.
    pub(crate) gross: i64,
    /// Net exposure of the account, whichever way it leans more.
    pub(crate) net: i64,
    /// Gross exposure of the instrument.
    pub(crate) instrument: i64,
    /// What could be lost in the underlying.
    pub(crate) underlying: i64,
}

impl Worth {
    /// What an order is worth, and its account with it.
    #[inline(always)]
    pub(crate) fn of(
        order: &Sizing<'_>,
        account: &Account,
        book: &Book,
        underlying: &Underlying,
    ) -> Self {
        let multiplier = order.advice.instrument.multiplier();
        let notional = order.price.and_then(|price| price.times(order.quantity, multiplier));
        let requirement = order.buying_power_needed();
        let amounts = order.price.map(|price| {
            let with = order.exposure_with(account, book, price);
            let (totals, held) = (account.totals(), book.contribution());
            let beside = |total: Money, held: Money| total.saturating_sub(held);
            let up = beside(totals.net_up, held.net_up).saturating_add(with.net_up);
            let down = beside(totals.net_down, held.net_down).saturating_add(with.net_down);
            let added = beside(with.gross, held.gross).max(order.strike_added());
            let value = notional.map_or(i64::MAX, Money::micros_away);
            let shown = |money: Option<Money>| {
                if money == notional { value } else { money.map_or(i64::MAX, Money::micros_away) }
            };
            let gross = beside(totals.gross, held.gross).saturating_add(with.gross);
            let net = up.abs().max(down.abs());
            let gross_shown = gross.micros_away();
            Amounts {
                notional: value,
                requirement: shown(requirement),
                gross: gross_shown,
                // The same in an account that only buys.
                net: if net == gross { gross_shown } else { net.micros_away() },
                instrument: shown(Some(with.gross)),
                underlying: underlying.at_risk.saturating_add(added).micros_away(),
            }
        });
        Self { notional, requirement, amounts }
    }
}

impl Sizing<'_> {
    /// What the broker would hold for this order: premium or price for a purchase, 103 % for a
    /// short sale of shares, the strike for a short put, nothing for what closes or is covered.
    #[inline(always)]
    fn buying_power_needed(&self) -> Option<Money> {
        let (advice, opening) = (self.advice, self.split.opening);
        if advice.effect == Effect::Close || opening.is_zero() {
            return Some(Money::ZERO);
        }
        let price = self.price?;
        let multiplier = advice.instrument.multiplier();
        match (advice.side, advice.instrument.option()) {
            (Side::Buy, _) => price.times(opening, multiplier),
            (Side::Sell, None) => price.times(opening, multiplier),
            (Side::Sell, Some(contract)) => match contract.right() {
                Right::Put => contract.strike().times(opening, multiplier),
                Right::Call => Some(Money::ZERO),
            },
        }
    }

    /// The exposure of the instrument with this order in it.
    #[inline(always)]
    fn exposure_with(&self, account: &Account, book: &Book, price: Price) -> Exposure {
        let (side, opening) = (self.advice.side, self.split.opening);
        let multiplier = self.advice.instrument.multiplier();
        if !self.is_first {
            let basis = account.limits().exposure_basis;
            return book.exposure_with(side, opening, price, basis, multiplier);
        }
        // Of an instrument that was never touched, the order is all there is.
        let gross = price.times(opening, multiplier).unwrap_or(Money::MAX_FACT);
        match side {
            Side::Buy => Exposure { gross, net_up: gross, net_down: Money::ZERO },
            Side::Sell => Exposure { gross, net_up: Money::ZERO, net_down: gross.saturating_neg() },
        }
    }

    /// What a put sold to open may have to pay; nothing for any other order.
    #[inline(always)]
    fn strike_added(&self) -> Money {
        match self.advice.instrument.option() {
            Some(contract) if contract.right() == Right::Put && self.advice.side == Side::Sell => {
                let strike = contract.strike().times(self.split.opening, contract.multiplier());
                strike.unwrap_or(Money::MAX_FACT)
            }
            Some(_) | None => Money::ZERO,
        }
    }
}

/// What gates compare of the account alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Equity, of which limits are shares.
    pub(crate) equity: Parted,
    /// Whether equity is above nothing.
    pub(crate) is_solvent: bool,
    /// The day's loss; `None` before the day was opened.
    pub(crate) day_loss: Option<i64>,
    /// How far equity is below its peak.
    pub(crate) fallen: i64,
    /// Below which fall entries run, where a limit is set.
    pub(crate) fall_limit: Option<i64>,
    /// Buying power that is left, as a limit; `None` before the first report.
    pub(crate) buying_power: Option<i64>,
}

impl Standing {
    #[inline(always)]
    pub(crate) fn of(account: &Account) -> Self {
        let (equity, peak) = (account.equity(), account.peak_equity());
        Self {
            equity: Parted::of(equity),
            is_solvent: equity.is_positive(),
            day_loss: account.day().zip(account.day_pnl()).map(|(day, total)| {
                // The same as `Account::day_loss`, with one number turned around instead of two.
                lost(day.realized.min(total))
            }),
            fallen: lost(equity.saturating_sub(peak)),
            fall_limit: account.limits().max_drawdown.map(|most| Parted::of(peak).share(most)),
            buying_power: account.buying_power().left().map(as_limit),
        }
    }
}

/// What a result below nothing lost; a gain lost nothing.
#[inline(always)]
fn lost(result: Money) -> i64 {
    if result.is_negative() { result.saturating_neg().micros_away() } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::ExposureBasis;
    use crate::decide::book::EMPTY;
    use crate::vocabulary::Multiplier;

    #[test]
    fn the_first_order_in_an_instrument_exposes_what_its_empty_book_says() {
        let (price, opening) = (Price::cents(512), Quantity::whole(7));
        let multiplier = Multiplier::HUNDRED;
        let gross = price.times(opening, multiplier).unwrap();
        for basis in [ExposureBasis::Cost, ExposureBasis::Mark] {
            let of = |side| EMPTY.exposure_with(side, opening, price, basis, multiplier);
            let bought = Exposure { gross, net_up: gross, net_down: Money::ZERO };
            let sold = Exposure { gross, net_up: Money::ZERO, net_down: gross.saturating_neg() };
            assert_eq!((of(Side::Buy), of(Side::Sell)), (bought, sold));
        }
    }
}
