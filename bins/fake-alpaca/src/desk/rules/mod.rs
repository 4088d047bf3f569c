//! Which orders are refused, in which words and in which order the reasons are looked for, is
//! decided here.

mod asset;
mod hours;
mod intent;
mod inventory;
mod money;
mod wash;

use gatefold_sim::core::vocabulary::Price;

use crate::desk::Desk;
use crate::desk::draft::Draft;
use crate::desk::order::Purpose;
use crate::wire::error::ApiError;

/// What the rules found out about a draft that they let pass.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Judged {
    /// What it does to the position.
    pub(crate) purpose: Purpose,
    /// The price at which it holds buying power.
    pub(crate) price: Price,
}

/// Judges a draft. `replaced` is the order that makes room for it, if there is one.
pub(crate) fn judge(
    desk: &Desk<'_>,
    draft: &Draft,
    replaced: Option<crate::uuid::Uuid>,
) -> Result<Judged, ApiError> {
    account(desk)?;
    asset::check(desk, draft)?;
    hours::check(desk, draft)?;
    let purpose = intent::infer(desk, draft, replaced)?;
    inventory::check(desk, draft, purpose, replaced)?;
    wash::check(desk, draft, replaced)?;
    let price = money::check(desk, draft, purpose, replaced)?;
    Ok(Judged { purpose, price })
}

/// Whether the account may trade at all.
pub(crate) fn account(desk: &Desk<'_>) -> Result<(), ApiError> {
    let settings = &desk.account.settings;
    if settings.account_blocked || settings.status != "ACTIVE" {
        return Err(ApiError::forbidden("account is not allowed to trade"));
    }
    if settings.trading_blocked {
        return Err(ApiError::forbidden("trading is blocked for this account"));
    }
    if settings.trade_suspended_by_user {
        return Err(ApiError::forbidden("trade suspended by user"));
    }
    Ok(())
}
