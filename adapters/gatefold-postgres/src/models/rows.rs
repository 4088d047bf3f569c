//! Rows of what an account is: made from its folded state, exact to the last digit.

use gatefold_core::decide::Account;
use gatefold_core::vocabulary::{Instrument, Timestamp};

use crate::models::table::Row;

/// A value that is always there.
pub(super) fn text(value: impl ToString) -> Option<String> {
    Some(value.to_string())
}

/// A value that may not be there.
pub(super) fn maybe(value: Option<impl ToString>) -> Option<String> {
    value.map(|value| value.to_string())
}

/// Words, without the one character that the server does not take.
pub(super) fn words(value: &str) -> Option<String> {
    Some(value.replace('\0', "\u{fffd}"))
}

pub(super) fn account_state(account: &Account, as_of: Timestamp) -> Row {
    let (limits, totals, day) = (account.limits(), account.totals(), account.day());
    let held = account.books().filter(|(_, book)| !book.position().net().is_zero()).count();
    let orders = day.map_or(0, |day| day.entries.saturating_add(day.exits));
    let (pnl, realized) = (account.day_pnl(), day.map(|day| day.realized));
    let unrealized = pnl.zip(realized).map(|(all, realized)| all.saturating_sub(realized));
    vec![
        text(account.id()),
        text(account.mode().name().to_uppercase()),
        text(account.states().common()),
        text(account.version()),
        text(as_of),
        text(account.cash()),
        text(account.equity()),
        text(held),
        text(totals.counted),
        text(limits.max_positions),
        text(totals.gross),
        text(limits.max_exposure),
        text(account.realized_pnl()),
        text(account.unrealized_pnl()),
        text(account.fees()),
        maybe(day.map(|day| day.date)),
        maybe(day.map(|day| day.opening_equity)),
        maybe(pnl),
        maybe(realized),
        maybe(unrealized),
        maybe(account.day_loss()),
        text(limits.max_daily_loss),
        text(orders),
    ]
}

/// The row of a position; `None` while nothing is held.
pub(super) fn active_position(account: &Account, instrument: &Instrument) -> Option<Row> {
    let book = account.book(instrument);
    let held = book.position();
    if held.net().is_zero() {
        return None;
    }
    let (exit, multiplier) = (book.exit(), book.multiplier());
    let opened = exit.strategy.map(|_| exit.opened_at);
    let source = book.last_mark().and_then(|mark| mark.source);
    Some(vec![
        text(account.id()),
        text(instrument),
        text(instrument.underlying()),
        text(held.net()),
        text(book.signed_cost()),
        text(held.average_price(multiplier)),
        maybe(book.mark()),
        maybe(source.map(|source| source.feed)),
        maybe(source.map(|source| source.at)),
        maybe(book.mark().map(|mark| held.unrealized_at(mark, multiplier))),
        text(held.realized()),
        maybe(exit.terms.stop),
        maybe(exit.terms.target),
        maybe(exit.terms.trail),
        text(exit.protection()),
        maybe(opened),
    ])
}
