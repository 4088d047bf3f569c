//! What an order does to the position is decided here: from the position and the resting orders.

use gatefold_sim::core::vocabulary::{Quantity, Side};

use crate::desk::Desk;
use crate::desk::draft::Draft;
use crate::desk::order::Purpose;
use crate::uuid::Uuid;
use crate::wire::error::ApiError;

/// The purpose of a draft; refused where another one was asked for.
pub(super) fn infer(
    desk: &Desk<'_>,
    draft: &Draft,
    replaced: Option<Uuid>,
) -> Result<Purpose, ApiError> {
    let inferred = inferred(desk, draft, replaced);
    match draft.purpose {
        Some(specified) if specified != inferred => Err(ApiError::unprocessable(format!(
            "position intent mismatch, inferred: {}, specified: {}",
            inferred.name(),
            specified.name()
        ))),
        Some(_) | None => Ok(inferred),
    }
}

/// Whether it closes, by what was asked for or else by what is held.
pub(super) fn closes(desk: &Desk<'_>, draft: &Draft) -> bool {
    let purpose = draft.purpose.unwrap_or_else(|| inferred(desk, draft, None));
    matches!(purpose, Purpose::BuyToClose | Purpose::SellToClose)
}

fn inferred(desk: &Desk<'_>, draft: &Draft, replaced: Option<Uuid>) -> Purpose {
    let net = desk.account.ledger.net(&draft.instrument);
    let held = match draft.side {
        Side::Sell if net.is_long() => net.magnitude(),
        Side::Buy if net.is_short() => net.magnitude(),
        Side::Sell | Side::Buy => Quantity::ZERO,
    };
    // Of contracts that rest for sale no second sale closes anything. Shares that rest for sale
    // are still held, and the sale fails for want of them.
    let resting =
        if draft.contract().is_some() { offered(desk, draft, replaced) } else { Quantity::ZERO };
    match (draft.side, resting < held) {
        (Side::Buy, true) => Purpose::BuyToClose,
        (Side::Buy, false) => Purpose::BuyToOpen,
        (Side::Sell, true) => Purpose::SellToClose,
        (Side::Sell, false) => Purpose::SellToOpen,
    }
}

/// What rests on the draft's side, but for the order that it replaces.
pub(super) fn offered(desk: &Desk<'_>, draft: &Draft, replaced: Option<Uuid>) -> Quantity {
    let all = desk.account.on_offer(&draft.instrument, draft.side);
    let replaced = replaced.and_then(|id| desk.account.order(id));
    all.saturating_sub(replaced.map_or(Quantity::ZERO, |order| order.unfilled()))
}
