//! Whether there is enough to sell, and whether anything may be sold short, is decided here.

use gatefold_sim::core::vocabulary::{Equity, Instrument, Quantity, Right, Side};

use crate::desk::Desk;
use crate::desk::draft::Draft;
use crate::desk::order::Purpose;
use crate::desk::rules::{asset, intent};
use crate::uuid::Uuid;
use crate::wire::error::ApiError;
use crate::wire::numbers::plain;

pub(super) fn check(
    desk: &Desk<'_>,
    draft: &Draft,
    purpose: Purpose,
    replaced: Option<Uuid>,
) -> Result<(), ApiError> {
    match purpose {
        Purpose::BuyToClose | Purpose::SellToClose => closing(desk, draft, replaced),
        Purpose::BuyToOpen => buying(desk, draft),
        Purpose::SellToOpen if draft.contract().is_some() => writing(desk, draft),
        Purpose::SellToOpen => selling_short(desk, draft),
    }
}

/// No more than is held and not on offer; never through zero in one order.
fn closing(desk: &Desk<'_>, draft: &Draft, replaced: Option<Uuid>) -> Result<(), ApiError> {
    let held = desk.account.ledger.net(&draft.instrument).magnitude();
    let offered = intent::offered(desk, draft, replaced);
    let locked = locked(desk, &draft.instrument, draft.side);
    let taken = offered.saturating_add(locked);
    let available = held.saturating_sub(taken);
    let requested = requested(desk, draft);
    if requested <= available {
        return Ok(());
    }
    let message = format!(
        "insufficient qty available for order (requested: {}, available: {})",
        plain(requested),
        plain(available)
    );
    let resting = desk
        .account
        .open()
        .filter(|order| *order.instrument() == draft.instrument && order.side() == draft.side);
    let related: Vec<String> = resting.map(|order| order.id.to_string()).collect();
    let error = ApiError::forbidden(message)
        .with("available", plain(available))
        .with("existing_qty", plain(held))
        .with("held_for_orders", plain(taken))
        .with("symbol", draft.instrument.to_string());
    Err(if related.is_empty() { error } else { error.with("related_orders", related) })
}

/// The quantity of a draft; of dollars, what they buy at the market's price.
fn requested(desk: &Desk<'_>, draft: &Draft) -> Quantity {
    draft.quantity.unwrap_or_else(|| {
        let price = desk.market.middle(&draft.instrument).unwrap_or_default();
        let notional = draft.notional.unwrap_or_default();
        crate::desk::work::affordable(notional, price)
    })
}

/// Shares that cover calls, sold or on offer: they are not for sale.
pub(crate) fn locked(desk: &Desk<'_>, stock: &Instrument, side: Side) -> Quantity {
    if stock.is_option() || side == Side::Buy {
        return Quantity::ZERO;
    }
    desk.account.covering(&desk.account.ledger, stock)
}

fn buying(desk: &Desk<'_>, draft: &Draft) -> Result<(), ApiError> {
    let level = desk.account.settings.options_level;
    if draft.contract().is_some() && level < 2 {
        let message = "account not eligible to trade long option contracts";
        return Err(ApiError::forbidden(message));
    }
    let short_sale = desk.account.open().any(|order| {
        *order.instrument() == draft.instrument && order.purpose == Purpose::SellToOpen
    });
    if short_sale && draft.contract().is_none() {
        let message = "cannot open a long buy while a short sell order is open";
        return Err(ApiError::forbidden(message));
    }
    Ok(())
}

fn selling_short(desk: &Desk<'_>, draft: &Draft) -> Result<(), ApiError> {
    if asset::is_fractional(draft) {
        return Err(ApiError::unprocessable("fractional orders cannot be sold short"));
    }
    let settings = &desk.account.settings;
    if !settings.shorting_enabled || settings.multiplier < 2 {
        return Err(ApiError::forbidden("account is not allowed to short"));
    }
    let long_buy = desk.account.open().any(|order| {
        *order.instrument() == draft.instrument && order.purpose == Purpose::BuyToOpen
    });
    if long_buy {
        let message = "cannot open a short sell while a long buy order is open";
        return Err(ApiError::forbidden(message));
    }
    Ok(())
}

/// A call that is sold must be covered by shares that are free.
fn writing(desk: &Desk<'_>, draft: &Draft) -> Result<(), ApiError> {
    let Some(contract) = draft.contract().filter(|it| it.right() == Right::Call) else {
        return Ok(());
    };
    let stock = Instrument::Equity(Equity(contract.underlying()));
    let net = desk.account.ledger.net(&stock);
    let shares = if net.is_long() { net.magnitude() } else { Quantity::ZERO };
    let offered = desk.account.on_offer(&stock, Side::Sell);
    let taken = offered.saturating_add(locked(desk, &stock, Side::Sell));
    let available = shares.saturating_sub(taken);
    let contracts = draft.quantity.unwrap_or_default();
    let needed = contracts.saturating_times(contract.multiplier());
    if needed <= available {
        return Ok(());
    }
    // Whoever says that the sale opens, and has nothing to cover it, is told so. Without a
    // purpose the sale is taken for a covered one.
    if draft.purpose.is_some() && shares.is_zero() {
        let message = "account not eligible to trade uncovered option contracts";
        return Err(ApiError::forbidden(message));
    }
    let (needed, available) = (plain(needed), plain(available));
    Err(ApiError::forbidden(format!(
        "insufficient underlying qty available for covered call (required: {needed}, available: \
         {available})"
    ))
    .with("available_qty", available)
    .with("required_qty", needed)
    .with("symbol", draft.instrument.to_string())
    .with("underlying_asset_id", crate::wire::order::asset_id(&stock).to_string()))
}
