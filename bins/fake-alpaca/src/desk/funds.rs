//! What an account is worth, and what it may still buy, is decided here.

use gatefold_sim::broker::Ledger;
use gatefold_sim::core::advise::Effect;
use gatefold_sim::core::vocabulary::{
    Instrument, Money, Multiplier, NetQuantity, Price, Quantity, Ratio, Right, Rounding, Side,
};

use crate::desk::account::Account;
use crate::desk::draft::Draft;
use crate::desk::market::Market;
use crate::desk::order::{Order, Purpose};

/// A short sale is judged at 3 % above the ask, or at its limit.
const SHORT_SALE: Ratio = Ratio::from_ppm(1_030_000);
/// A market buy is judged so far above the ask: below 50 dollars, and from there up.
const COLLAR_LOW: Ratio = Ratio::from_ppm(1_040_000);
const COLLAR_HIGH: Ratio = Ratio::from_ppm(1_025_000);

impl Account {
    /// The price of an instrument in this account's eyes: the middle, or else what it cost.
    pub(crate) fn mark(ledger: &Ledger, market: &Market, instrument: &Instrument) -> Price {
        market.middle(instrument).unwrap_or_else(|| {
            let held = ledger.held().find(|(it, _)| *it == instrument);
            held.map_or(Price::ZERO, |(it, position)| position.average_price(it.multiplier()))
        })
    }

    /// What a position is worth, negative where it is short.
    pub(crate) fn value(
        ledger: &Ledger,
        market: &Market,
        instrument: &Instrument,
        net: NetQuantity,
    ) -> Money {
        let mark = Self::mark(ledger, market, instrument);
        let size = worth(mark, net.magnitude(), instrument.multiplier());
        if net.is_short() { size.saturating_neg() } else { size }
    }

    /// Cash and positions.
    pub(crate) fn equity(&self, ledger: &Ledger, market: &Market) -> Money {
        let values = ledger.positions();
        let values = values.iter().map(|(it, net)| Self::value(ledger, market, it, *net));
        values.fold(ledger.cash, Money::saturating_add)
    }

    /// What long and short positions are worth.
    pub(crate) fn market_values(&self, ledger: &Ledger, market: &Market) -> (Money, Money) {
        let sum = |short: bool| {
            let some = ledger.positions().into_iter().filter(|(_, net)| net.is_short() == short);
            let values = some.map(|(it, net)| Self::value(ledger, market, &it, net));
            values.fold(Money::ZERO, Money::saturating_add)
        };
        (sum(false), sum(true))
    }

    /// Cash that nothing holds, for what cannot be bought on margin.
    pub(crate) fn free_cash(&self, ledger: &Ledger, market: &Market) -> Money {
        let held = self.open().map(|order| reserved(order, market));
        let secured = ledger.positions().into_iter().map(|(it, net)| secured(&it, net));
        let free = held.chain(secured).fold(ledger.cash, Money::saturating_sub);
        if free.is_negative() { Money::ZERO } else { free }
    }

    /// What shares may still be bought for: equity that no position needs, times the multiplier.
    pub(crate) fn buying_power(&self, ledger: &Ledger, market: &Market) -> Money {
        let multiplier = i64::from(self.settings.multiplier.max(1));
        let part = |value: Money| Money::from_attos(value.attos().div_euclid(multiplier.into()));
        let mut free = ledger.cash;
        for (instrument, net) in ledger.positions() {
            free = free.saturating_sub(secured(&instrument, net));
            if instrument.is_option() {
                continue;
            }
            let value = Self::value(ledger, market, &instrument, net);
            free = free.saturating_add(value).saturating_sub(part(value.abs()));
        }
        for order in self.open() {
            let held = reserved(order, market);
            let option = order.instrument().is_option();
            free = free.saturating_sub(if option { held } else { part(held) });
        }
        if free.is_negative() {
            return Money::ZERO;
        }
        Money::from_attos(free.attos().saturating_mul(multiplier.into()))
    }

    /// Shares that cover short calls, sold or on offer.
    pub(crate) fn covering(&self, ledger: &Ledger, stock: &Instrument) -> Quantity {
        let covers = |it: &Instrument| {
            let call = it.option().is_some_and(|contract| contract.right() == Right::Call);
            call && it.underlying() == stock.underlying()
        };
        let held = ledger.positions().into_iter();
        let held = held.filter(|(it, net)| covers(it) && net.is_short());
        let held = held.map(|(it, net)| net.magnitude().saturating_times(it.multiplier()));
        let offered = self
            .open()
            .filter(|order| covers(order.instrument()) && order.purpose == Purpose::SellToOpen);
        let offered =
            offered.map(|order| order.unfilled().saturating_times(order.instrument().multiplier()));
        held.chain(offered).fold(Quantity::ZERO, Quantity::saturating_add)
    }

    /// Margin that the shares held need at the beginning.
    pub(crate) fn initial_margin(&self, ledger: &Ledger, market: &Market) -> Money {
        let stocks = ledger.positions().into_iter().filter(|(it, _)| !it.is_option());
        let values = stocks.map(|(it, net)| Self::value(ledger, market, &it, net).abs());
        let whole = values.fold(Money::ZERO, Money::saturating_add);
        Money::from_attos(whole.attos().div_euclid(2))
    }
}

/// What shorts hold in cash: the strike of a put, and the proceeds of short shares.
fn secured(instrument: &Instrument, net: NetQuantity) -> Money {
    match instrument.option() {
        Some(contract) if net.is_short() && contract.right() == Right::Put => {
            worth(contract.strike(), net.magnitude(), contract.multiplier())
        }
        Some(_) | None => Money::ZERO,
    }
}

/// What an open order holds.
pub(crate) fn reserved(order: &Order, market: &Market) -> Money {
    if order.effect() == Effect::Close {
        return Money::ZERO;
    }
    let ticket = order.ticket();
    let price = order.limit.or(order.stop).unwrap_or(ticket.price);
    match order.notional {
        Some(notional) => notional,
        None => required(&ticket.instrument, ticket.side, price, order.unfilled(), market),
    }
}

/// What an opening order of this size needs.
pub(crate) fn required(
    instrument: &Instrument,
    side: Side,
    price: Price,
    quantity: Quantity,
    market: &Market,
) -> Money {
    let multiplier = instrument.multiplier();
    match (side, instrument.option()) {
        (Side::Buy, _) => worth(price, quantity, multiplier),
        (Side::Sell, None) => {
            let ask = market.quote(instrument).map_or(price, |quote| quote.ask);
            let judged = ask.scale(SHORT_SALE, Rounding::Up).unwrap_or(ask);
            worth(judged.max(price), quantity, multiplier)
        }
        (Side::Sell, Some(contract)) if contract.right() == Right::Put => {
            let premium = worth(price, quantity, multiplier);
            worth(contract.strike(), quantity, multiplier).saturating_sub(premium)
        }
        (Side::Sell, Some(_)) => Money::ZERO,
    }
}

/// The price that a draft is judged at: its limit, or the collar around the market.
pub(crate) fn judged_price(draft: &Draft, market: &Market) -> Option<Price> {
    if let Some(price) = draft.limit.or(draft.stop) {
        return Some(price);
    }
    let quote = market.quote(&draft.instrument)?;
    match draft.side {
        Side::Sell => Some(quote.bid),
        Side::Buy => {
            let collar = if quote.ask < Price::dollars(50) { COLLAR_LOW } else { COLLAR_HIGH };
            quote.ask.scale(collar, Rounding::Up)
        }
    }
}

/// Whether a purpose opens.
pub(crate) const fn opens(purpose: Purpose) -> bool {
    matches!(purpose, Purpose::BuyToOpen | Purpose::SellToOpen)
}

pub(crate) fn worth(price: Price, quantity: Quantity, multiplier: Multiplier) -> Money {
    price.times(quantity, multiplier).unwrap_or(Money::MAX_FACT)
}
