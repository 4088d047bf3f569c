//! When an order may be sent is decided here: sessions, auctions, and an option's last day.

use gatefold_sim::core::vocabulary::{Phase, Span};

use crate::desk::Desk;
use crate::desk::draft::Draft;
use crate::desk::order::{Kind, Lifetime};
use crate::wire::error::ApiError;

/// Orders for an auction are not taken from here on, until evening; since midnight.
const OPENING_SHUT: Span = Span::minutes(9 * 60 + 28);
const CLOSING_SHUT: Span = Span::minutes(15 * 60 + 50);
const EVENING: Span = Span::hours(19);

pub(super) fn check(desk: &Desk<'_>, draft: &Draft) -> Result<(), ApiError> {
    if draft.contract().is_some() {
        return option(desk, draft);
    }
    if draft.extended_hours {
        let lifetime = matches!(draft.lifetime, Lifetime::Day | Lifetime::Gtc);
        if draft.kind != Kind::Limit || !lifetime {
            let message = "only type=\"limit\" is allowed for extended hours orders";
            return Err(ApiError::malformed(message));
        }
    }
    auction(desk, draft)
}

fn auction(desk: &Desk<'_>, draft: &Draft) -> Result<(), ApiError> {
    let since = desk.market.since_midnight();
    let shut = match draft.lifetime {
        Lifetime::Opg => since >= OPENING_SHUT && since < EVENING,
        Lifetime::Cls => since >= CLOSING_SHUT && since < EVENING,
        Lifetime::Day | Lifetime::Gtc | Lifetime::Ioc | Lifetime::Fok => false,
    };
    let closed = desk.market.phase() == Phase::Closed && since < EVENING;
    if shut && !closed {
        let name = draft.lifetime.name();
        let message = format!("{name} orders are not accepted at this time");
        return Err(ApiError::unprocessable(message));
    }
    Ok(())
}

fn option(desk: &Desk<'_>, draft: &Draft) -> Result<(), ApiError> {
    let Some(contract) = draft.contract() else {
        return Ok(());
    };
    let symbol = &draft.instrument;
    let last = desk.market.calendar.last_trading_day(contract.expiry());
    let over = gatefold_sim::broker::last_close(contract.expiry(), &desk.market.calendar);
    if over.is_none_or(|close| close <= desk.market.now()) {
        let message = format!("contract \"{symbol}\" is expired");
        return Err(ApiError::unprocessable(message));
    }
    if draft.kind == Kind::Market && !desk.market.is_open() {
        let message = "options market orders are only allowed during market hours";
        return Err(ApiError::unprocessable(message));
    }
    // Whether it opens is known only after its purpose is: a close is let through here.
    let closes = super::intent::closes(desk, draft);
    if last == desk.market.today() && desk.market.is_late() && !closes {
        let message = format!("contract \"{symbol}\" expires soon, unable to open new positions");
        return Err(ApiError::unprocessable(message));
    }
    Ok(())
}
