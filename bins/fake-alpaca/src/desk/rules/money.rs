//! Whether there is enough to pay for an order is decided here.

use gatefold_sim::core::vocabulary::{Money, Price, Right, Side};

use crate::desk::Desk;
use crate::desk::draft::Draft;
use crate::desk::funds;
use crate::desk::order::Purpose;
use crate::uuid::Uuid;
use crate::wire::error::ApiError;
use crate::wire::numbers::dollars;

/// The price at which the order holds buying power, if there is enough of it.
pub(super) fn check(
    desk: &Desk<'_>,
    draft: &Draft,
    purpose: Purpose,
    replaced: Option<Uuid>,
) -> Result<Price, ApiError> {
    let Some(price) = funds::judged_price(draft, desk.market) else {
        return Err(ApiError::forbidden("no quote to judge a market order by"));
    };
    if !funds::opens(purpose) {
        return Ok(price);
    }
    let quantity = draft.quantity.unwrap_or_default();
    let needed = draft.notional.unwrap_or_else(|| {
        funds::required(&draft.instrument, draft.side, price, quantity, desk.market)
    });
    // What is replaced gives its part back: the larger of both counts.
    let replaced = replaced.and_then(|id| desk.account.order(id));
    let back = replaced.map_or(Money::ZERO, |order| funds::reserved(order, desk.market));
    if draft.contract().is_some() {
        options(desk, draft, needed, back)?;
    } else {
        let power = desk.account.buying_power(&desk.account.ledger, desk.market);
        let power = power.saturating_add(back);
        if needed > power {
            return Err(ApiError::forbidden("insufficient buying power")
                .with("buying_power", dollars(power, 2))
                .with("cost_basis", dollars(needed, 2)));
        }
    }
    Ok(price)
}

fn options(desk: &Desk<'_>, draft: &Draft, needed: Money, back: Money) -> Result<(), ApiError> {
    let free = desk.account.free_cash(&desk.account.ledger, desk.market).saturating_add(back);
    if needed <= free {
        return Ok(());
    }
    let (required, available) = (dollars(needed, 2), dollars(free, 2));
    let put = draft.contract().is_some_and(|it| it.right() == Right::Put);
    if draft.side == Side::Sell && put {
        return Err(ApiError::forbidden(format!(
            "insufficient options buying power for cash-secured put (required: {required}, \
             available: {available})"
        ))
        .with("buying_power", available)
        .with("required_options_buying_power", required));
    }
    Err(ApiError::forbidden("insufficient options buying power")
        .with("options_buying_power", available)
        .with("cost_basis", required))
}
