//! Which orders the simulated broker refuses, and in which words, is decided here.

use gatefold_core::advise::Effect;
use gatefold_core::vocabulary::{Equity, Instrument, NetQuantity, Quantity, Right, Side};

use crate::broker::books::{Books, held};
use crate::broker::order::Ticket;

/// Why the broker refuses an order; `None` if it takes it.
pub(super) fn refusal(books: &Books, ticket: &Ticket) -> Option<String> {
    let whole = ticket.quantity.is_multiple_of(Quantity::whole(1));
    if ticket.quantity.is_zero() {
        return Some("quantity must be above 0".to_owned());
    }
    if ticket.instrument.is_option() && !whole {
        return Some(format!("{} contracts: only whole contracts are traded", ticket.quantity));
    }
    let net = books.ledger.net(&ticket.instrument);
    match ticket.effect {
        Effect::Close => too_much_to_close(books, ticket, net),
        Effect::Open => {
            wrong_intent(ticket, net).or_else(|| uncovered(books, ticket)).or_else(|| {
                let (required, available) = (held(ticket, ticket.quantity), books.buying_power());
                (required > available).then(|| {
                    format!(
                        "insufficient buying power (required: {required}, available: {available})"
                    )
                })
            })
        }
    }
}

fn too_much_to_close(books: &Books, ticket: &Ticket, net: NetQuantity) -> Option<String> {
    let closable = match ticket.side {
        Side::Sell if net.is_long() => net.magnitude(),
        Side::Buy if net.is_short() => net.magnitude(),
        Side::Sell | Side::Buy => Quantity::ZERO,
    };
    let bound = match ticket.side {
        Side::Sell => covering(books, &ticket.instrument),
        Side::Buy => Quantity::ZERO,
    };
    let taken = on_offer(books, &ticket.instrument, ticket.side).saturating_add(bound);
    let available = closable.saturating_sub(taken);
    (ticket.quantity > available).then(|| {
        let requested = ticket.quantity;
        format!(
            "insufficient qty available for order (requested: {requested}, available: {available})"
        )
    })
}

/// What working orders of one side would trade.
fn on_offer(books: &Books, instrument: &Instrument, side: Side) -> Quantity {
    let same = books
        .working
        .values()
        .filter(|order| order.ticket.instrument == *instrument && order.ticket.side == side);
    same.fold(Quantity::ZERO, |sum, order| sum.saturating_add(order.unfilled()))
}

/// Shares that cover short calls, sold or on offer.
fn covering(books: &Books, stock: &Instrument) -> Quantity {
    if stock.is_option() {
        return Quantity::ZERO;
    }
    let is_call = |instrument: &Instrument| {
        let call = instrument.option().is_some_and(|contract| contract.right() == Right::Call);
        call && instrument.underlying() == stock.underlying()
    };
    let held =
        books.ledger.positions().into_iter().filter(|(it, net)| is_call(it) && net.is_short());
    let held = held.map(|(it, net)| net.magnitude().saturating_times(it.multiplier()));
    let offered = books.working.values().map(|order| (&order.ticket, order.unfilled()));
    let offered = offered.filter(|(ticket, _)| {
        is_call(&ticket.instrument) && ticket.side == Side::Sell && ticket.effect == Effect::Open
    });
    let offered = offered.map(|(it, left)| left.saturating_times(it.instrument.multiplier()));
    held.chain(offered).fold(Quantity::ZERO, Quantity::saturating_add)
}

/// An order that says "open" and would close.
fn wrong_intent(ticket: &Ticket, net: NetQuantity) -> Option<String> {
    let closes = match ticket.side {
        Side::Buy => net.is_short(),
        Side::Sell => net.is_long(),
    };
    let side = ticket.side;
    closes.then(|| {
        format!("position intent mismatch, inferred: {side}_to_close, specified: {side}_to_open")
    })
}

/// A call that is sold must be covered by shares; longer calls do not count.
fn uncovered(books: &Books, ticket: &Ticket) -> Option<String> {
    let contract = ticket.instrument.option()?;
    if ticket.side == Side::Buy || contract.right() == Right::Put {
        return None;
    }
    let stock = Instrument::Equity(Equity(contract.underlying()));
    let net = books.ledger.net(&stock);
    let shares = if net.is_long() { net.magnitude() } else { Quantity::ZERO };
    let taken = on_offer(books, &stock, Side::Sell).saturating_add(covering(books, &stock));
    let needed = ticket.quantity.saturating_times(contract.multiplier());
    (needed > shares.saturating_sub(taken))
        .then(|| "account not eligible to trade uncovered option contracts".to_owned())
}
