//! What an order for a stock or for a contract may ask for is decided here.

use gatefold_sim::core::vocabulary::{Price, Quantity};

use crate::desk::Desk;
use crate::desk::draft::Draft;
use crate::desk::order::{Kind, Lifetime};
use crate::settings::OptionOrders;
use crate::wire::error::ApiError;
use crate::wire::numbers::plain;

pub(super) fn check(desk: &Desk<'_>, draft: &Draft) -> Result<(), ApiError> {
    if draft.contract().is_some() { option(desk, draft) } else { stock(draft) }
}

fn option(desk: &Desk<'_>, draft: &Draft) -> Result<(), ApiError> {
    let refused = |message: &str| Err(ApiError::unprocessable(message));
    if draft.notional.is_some() {
        return refused("notional orders are not supported for options trading");
    }
    if draft.quantity.is_some_and(|it| !it.is_multiple_of(Quantity::whole(1))) {
        return refused("qty must be integer for options trading");
    }
    if draft.extended_hours {
        return refused("extended hours is not supported for options trading");
    }
    let wide = desk.house.option_orders == OptionOrders::Wide;
    let lifetime = match draft.lifetime {
        Lifetime::Day => true,
        Lifetime::Gtc => wide,
        Lifetime::Opg | Lifetime::Cls | Lifetime::Ioc | Lifetime::Fok => false,
    };
    if !lifetime {
        return refused("order_time_in_force provided not supported for options trading");
    }
    let kind = match draft.kind {
        Kind::Market | Kind::Limit => true,
        Kind::Stop | Kind::StopLimit => wide,
        Kind::TrailingStop => false,
    };
    if !kind {
        return refused("invalid order type for options trading");
    }
    let cents = |price: Option<Price>| price.is_none_or(|it| it.is_multiple_of(Price::cents(1)));
    if !cents(draft.limit) || !cents(draft.stop) {
        return refused("limit price must be limited to 2 decimal places");
    }
    match desk.account.settings.options_level {
        0 => Err(ApiError::forbidden("account not authorized to trade options")),
        _ => Ok(()),
    }
}

fn stock(draft: &Draft) -> Result<(), ApiError> {
    for (name, price) in [("limit_price", draft.limit), ("stop_price", draft.stop)] {
        if let Some(price) = price.filter(|price| !price.is_multiple_of(tick(*price))) {
            let price = plain(price);
            return Err(ApiError::unprocessable(format!(
                "invalid {name} {price}. sub-penny increment does not fulfill minimum pricing \
                 criteria"
            )));
        }
    }
    if !is_fractional(draft) {
        return Ok(());
    }
    if draft.lifetime != Lifetime::Day {
        return Err(ApiError::unprocessable("fractional orders must be DAY orders"));
    }
    if draft.kind == Kind::TrailingStop {
        return Err(ApiError::unprocessable("fractional orders cannot be trailing stop orders"));
    }
    Ok(())
}

/// Whether it is for less than a share, or for an amount of dollars.
pub(super) fn is_fractional(draft: &Draft) -> bool {
    let whole = |it: Quantity| it.is_multiple_of(Quantity::whole(1));
    draft.quantity.is_none_or(|quantity| !whole(quantity))
}

/// A cent from a dollar up, a hundredth of a cent below.
fn tick(price: Price) -> Price {
    if price >= Price::dollars(1) {
        return Price::cents(1);
    }
    Price::from_nanos(100_000).unwrap_or_default()
}
