//! Whether an order trades, how much of it and at what price, is decided here, and nowhere else.

use gatefold_core::advise::{Hours, OrderPrice};
use gatefold_core::decide::Quote;
use gatefold_core::vocabulary::{Calendar, Phase, Price, Quantity, Side, Timestamp};

use crate::broker::order::{SimOrder, Ticket};
use crate::broker::settings::Fills;

/// Whether an order of these terms may trade at all at this moment: in the regular session, and
/// limits on stocks that ask for it before and after it too.
#[must_use]
pub fn may_trade(ticket: &Ticket, calendar: &Calendar, now: Timestamp) -> bool {
    match calendar.phase(now) {
        Phase::Regular => true,
        Phase::Pre | Phase::Post => {
            let limit = matches!(ticket.terms, OrderPrice::Limit(_));
            ticket.hours == Hours::Extended && limit && !ticket.instrument.is_option()
        }
        Phase::Closed | Phase::Unknown => false,
    }
}

/// What a quote fills of an order: at the far side, as far as a limit allows; nothing against a
/// quote that is crossed or has one side only.
#[must_use]
pub fn fill(
    order: &SimOrder,
    quote: &Quote,
    fills: Fills,
    now: Timestamp,
) -> Option<(Quantity, Price)> {
    let ticket = &order.ticket;
    // What is displayed at one moment is there once.
    let filled_now = order.executions.last().is_some_and(|last| last.at >= now);
    if !order.state.is_working() || now < order.accepted_at || filled_now || !quote.is_sound() {
        return None;
    }
    let (price, displayed) = match ticket.side {
        Side::Buy => (quote.ask, quote.ask_size),
        Side::Sell => (quote.bid, quote.bid_size),
    };
    let trades = match (ticket.terms, ticket.side) {
        (OrderPrice::Market, _) => true,
        (OrderPrice::Limit(limit), Side::Buy) => price <= limit,
        (OrderPrice::Limit(limit), Side::Sell) => price >= limit,
    };
    let quantity = match fills {
        Fills::Full => order.unfilled(),
        Fills::Seeded(seed) => taken(seed, ticket, displayed, now).min(order.unfilled()),
        Fills::OneInTen(seed) => mostly_all(seed, order, now),
    };
    (trades && !quantity.is_zero()).then_some((quantity, price))
}

/// From one unit up to what is displayed.
fn taken(seed: u64, ticket: &Ticket, displayed: Quantity, now: Timestamp) -> Quantity {
    let one = Quantity::whole(1);
    let units = displayed.nanos().checked_div(one.nanos()).unwrap_or(0);
    let Ok(units) = u64::try_from(units) else {
        return Quantity::ZERO;
    };
    let [a, b] = halves(ticket.key.raw());
    let chance = mix(&[seed, a, b, now.nanos().cast_unsigned()]);
    let Some(rest) = chance.checked_rem(units) else {
        return Quantity::ZERO;
    };
    let nanos = i64::try_from(rest.saturating_add(1)).unwrap_or(i64::MAX);
    let nanos = nanos.saturating_mul(one.nanos());
    Quantity::from_nanos(nanos).unwrap_or_default()
}

/// All that is left, but of one fill in ten a part.
fn mostly_all(seed: u64, order: &SimOrder, now: Timestamp) -> Quantity {
    let [a, b] = halves(order.ticket.key.raw());
    let chance = mix(&[seed, a, b, now.nanos().cast_unsigned()]);
    let left = order.unfilled();
    if chance.checked_rem(10) == Some(0) {
        taken(seed, &order.ticket, left, now).min(left)
    } else {
        left
    }
}

fn halves(raw: u128) -> [u64; 2] {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = raw.to_le_bytes();
    [u64::from_le_bytes([a, b, c, d, e, f, g, h]), u64::from_le_bytes([i, j, k, l, m, n, o, p])]
}

/// A number that looks like chance and is not: the same for the same parts (the finalizer of
/// splitmix64, by Sebastiano Vigna, in the public domain).
#[must_use]
pub fn mix(parts: &[u64]) -> u64 {
    parts.iter().fold(0x9e37_79b9_7f4a_7c15, |state, part| {
        let mut mixed = (state ^ part).wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    })
}
