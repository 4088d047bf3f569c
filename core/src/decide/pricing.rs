//! How advice becomes an order: its quantity in whole lots, its price on tick, and the price that
//! it is judged by.

use crate::advise::{Effect, OrderPrice, Recommendation};
use crate::decide::book::Book;
use crate::decide::limits::Limits;
use crate::decide::market::{Market, Quote};
use crate::vocabulary::{Price, Quantity, Ratio, Rounding, Side};

/// Alpaca judges a short sale at no less than 3 % above the ask.
const SHORT_SALE_MARGIN: Ratio = Ratio::from_ppm(1_030_000);

/// Quantity and terms after normalization.
#[inline(always)]
pub(crate) fn normalize(advice: &Recommendation, market: &Market<'_>) -> (Quantity, OrderPrice) {
    let Some(facts) = market.facts else {
        return (advice.quantity, advice.price);
    };
    let quantity = advice.quantity.floor_to(facts.lot);
    let terms = match advice.price {
        OrderPrice::Market => OrderPrice::Market,
        OrderPrice::Limit(limit) => {
            let tick = facts.tick.at(limit);
            let on_tick = match advice.side {
                Side::Buy => limit.floor_to(tick),
                Side::Sell => limit.ceil_to(tick).unwrap_or(limit),
            };
            OrderPrice::Limit(on_tick)
        }
    };
    (quantity, terms)
}

/// The order price *q*: the limit, or for a market order the worst price its collar allows. `quote`
/// is the quote that such an order may rest on.
#[inline(always)]
pub(crate) fn price_for(
    advice: &Recommendation,
    terms: OrderPrice,
    limits: &Limits,
    book: &Book,
    quote: Option<&Quote>,
) -> Option<Price> {
    let closes = advice.effect == Effect::Close;
    let sold_short = !closes && advice.side == Side::Sell;
    if let OrderPrice::Limit(limit) = terms {
        let least = if sold_short { short_sale_floor(advice, quote) } else { None };
        return Some(limit.max(least.unwrap_or(Price::ZERO)));
    }
    if sold_short {
        return short_sale_floor(advice, quote);
    }
    let collar = if closes { limits.close_collar } else { limits.collar };
    let reference = quote.and_then(|quote| quote.taken_by(advice.side)).or_else(|| {
        // An exit may rest on the last mark where the quote is missing.
        if closes { book.mark() } else { None }
    })?;
    let slip = reference.scale(collar, Rounding::Up)?;
    match advice.side {
        Side::Buy => reference.checked_add(slip),
        Side::Sell => Some(reference.saturating_sub(slip)),
    }
}

/// What an opening sale may bring at least, and so the exposure it may make: it can fill at any bid
/// above its limit.
fn short_sale_floor(advice: &Recommendation, quote: Option<&Quote>) -> Option<Price> {
    let quote = quote.filter(|quote| quote.is_sound())?;
    if advice.instrument.is_option() {
        return Some(quote.ask);
    }
    quote.ask.scale(SHORT_SALE_MARGIN, Rounding::Up)
}
