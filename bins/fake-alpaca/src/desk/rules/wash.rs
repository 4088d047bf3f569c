//! Which orders would trade with the account's own is decided here, by Alpaca's table.

use gatefold_sim::core::vocabulary::{Price, Side};

use crate::desk::Desk;
use crate::desk::draft::Draft;
use crate::desk::order::{Kind, Order};
use crate::uuid::Uuid;
use crate::wire::error::ApiError;

pub(super) fn check(
    desk: &Desk<'_>,
    draft: &Draft,
    replaced: Option<Uuid>,
) -> Result<(), ApiError> {
    if draft.kind == Kind::TrailingStop {
        return Ok(());
    }
    let opposite = desk.account.open().filter(|order| {
        *order.instrument() == draft.instrument
            && order.side() != draft.side
            && order.kind != Kind::TrailingStop
            && Some(order.id) != replaced
    });
    let mut clashes = opposite.filter_map(|order| Some((order, reason(draft, order)?)));
    let Some((order, reason)) = clashes.next() else {
        return Ok(());
    };
    Err(ApiError::forbidden("potential wash trade detected. use complex orders")
        .with("existing_order_id", order.id.to_string())
        .with("reject_reason", reason))
}

/// Why two orders on opposite sides may trade with each other.
fn reason(draft: &Draft, order: &Order) -> Option<&'static str> {
    let unbound = |kind: Kind| matches!(kind, Kind::Market | Kind::Stop);
    if unbound(order.kind) || unbound(draft.kind) {
        return Some("opposite side market/stop order exists");
    }
    let (own, other): (Option<Price>, Option<Price>) = (draft.limit, order.limit);
    let (bought, sold) = match draft.side {
        Side::Buy => (own, other),
        Side::Sell => (other, own),
    };
    (bought >= sold).then_some("opposite side limit order exists")
}
