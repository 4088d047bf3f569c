//! The calls about the account itself are answered here.

use gatefold_sim::core::vocabulary::{Date, Money};
use serde_json::{Value, json};

use crate::api::{Answer, account_at, desk_at, ok};
use crate::desk::{World, unix_ms};
use crate::wire::body::Fields;
use crate::wire::error::ApiError;
use crate::wire::numbers::dollars;

/// Decimals of amounts in an account.
const CENTS: u32 = 2;

pub(super) fn account(index: usize, world: &mut World) -> Answer {
    let desk = desk_at(index, world)?;
    let ledger = desk.account.shown(unix_ms()).clone();
    let (account, market) = (&*desk.account, &*desk.market);
    let settings = &account.settings;
    let cents = |amount: Money| dollars(amount, CENTS);
    let equity = account.equity(&ledger, market);
    let (long, short) = account.market_values(&ledger, market);
    let power = account.buying_power(&ledger, market);
    let free = account.free_cash(&ledger, market);
    let margin = account.initial_margin(&ledger, market);
    let regt = Money::from_attos(power.attos().div_euclid(i128::from(settings.multiplier.max(1))));
    let regt = regt.saturating_add(if settings.multiplier > 1 { regt } else { Money::ZERO });
    let maintenance = Money::from_attos(margin.attos().saturating_mul(3).div_euclid(5));
    let as_of = market.today().map(|date| Date::previous(date).to_string());
    ok(&json!({
        "id": account.id.to_string(),
        "account_number": settings.account_number,
        "status": settings.status,
        "crypto_status": "INACTIVE",
        "crypto_tier": 0,
        "currency": "USD",
        "buying_power": cents(power),
        "effective_buying_power": cents(power),
        "regt_buying_power": cents(regt),
        "options_buying_power": cents(free),
        "non_marginable_buying_power": cents(free),
        "cash": cents(ledger.cash),
        "accrued_fees": "0",
        "portfolio_value": cents(equity),
        "trading_blocked": settings.trading_blocked,
        "transfers_blocked": settings.transfers_blocked,
        "account_blocked": settings.account_blocked,
        "created_at": account.created.to_string(),
        "trade_suspended_by_user": settings.trade_suspended_by_user,
        "multiplier": settings.multiplier.to_string(),
        "shorting_enabled": settings.shorting_enabled,
        "equity": cents(equity),
        "last_equity": dollars(account.last_equity, 9),
        "long_market_value": cents(long),
        "short_market_value": cents(short),
        "position_market_value": cents(long.saturating_sub(short)),
        "initial_margin": cents(margin),
        "maintenance_margin": cents(maintenance),
        "last_maintenance_margin": "0",
        "sma": "0",
        "balance_asof": as_of,
        "intraday_adjustments": "0",
        "pending_reg_taf_fees": "0",
        "options_approved_level": settings.options_level,
        "options_trading_level": settings.options_level,
        "admin_configurations": {},
        "user_configurations": null,
    }))
}

pub(super) fn configurations(index: usize, world: &World) -> Answer {
    let account = account_at(index, world)?;
    let settings = &account.settings;
    ok(&json!({
        "fractional_trading": true,
        "max_margin_multiplier": settings.multiplier.to_string(),
        "max_options_trading_level": settings.options_level,
        "no_shorting": !settings.shorting_enabled,
        "ptp_no_exception_entry": false,
        "disable_overnight_trading": false,
        "suspend_trade": settings.trade_suspended_by_user,
        "trade_confirm_email": "all",
    }))
}

/// Changes what can be changed; the rest is taken and has no effect here.
pub(super) fn configure(fields: &Fields, index: usize, world: &mut World) -> Answer {
    let desk = desk_at(index, world)?;
    let settings = &mut desk.account.settings;
    if fields.has("no_shorting") {
        settings.shorting_enabled = !fields.flag("no_shorting");
    }
    if fields.has("suspend_trade") {
        settings.trade_suspended_by_user = fields.flag("suspend_trade");
    }
    if let Some(multiplier) = fields.parsed("max_margin_multiplier")? {
        if !matches!(multiplier, 1_u32 | 2 | 4) {
            return Err(ApiError::malformed("max_margin_multiplier must be 1, 2 or 4"));
        }
        settings.multiplier = multiplier;
    }
    if let Some(level) = fields.parsed("max_options_trading_level")? {
        if level > 3_u8 {
            return Err(ApiError::malformed("max_options_trading_level must be at most 3"));
        }
        settings.options_level = level;
    }
    configurations(index, world)
}

/// The equity of the day: where it began, and where it is.
pub(super) fn portfolio(index: usize, world: &World) -> Answer {
    let account = account_at(index, world)?;
    let (now, before) = (account.equity(&account.ledger, &world.market), account.last_equity);
    let gain = now.saturating_sub(before);
    let seconds = world.market.now().nanos().div_euclid(1_000_000_000);
    let number = |amount: Money| crate::wire::numbers::number(dollars(amount, CENTS));
    let part = crate::wire::numbers::number(crate::wire::numbers::part(gain, before, 6));
    ok(&json!({
        "timestamp": [seconds],
        "equity": [number(now)],
        "profit_loss": [number(gain)],
        "profit_loss_pct": [part],
        "base_value": number(before),
        "base_value_asof": world.market.today().map(|date| Value::from(date.previous().to_string())),
        "timeframe": "1D",
    }))
}
