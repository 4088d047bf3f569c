//! The built-in gates, one file each, in the order of reasons.

mod account_enabled;
mod buying_power;
mod closable_quantity;
mod confidence;
mod cooldown;
mod daily_loss;
mod drawdown;
mod duplicate_intent;
mod gross_exposure;
mod known_instrument;
mod link_healthy;
mod liquidity;
mod max_positions;
mod net_exposure;
mod one_per_symbol;
mod option_dte;
mod option_premium;
mod order_notional;
mod order_quantity;
mod order_rate;
mod orders_per_day;
mod price_collar;
mod price_drift;
mod quote_fresh;
mod reduce_only;
mod self_cross;
mod session;
mod spread;
mod stale_recommendation;
mod state_fresh;
mod structural;
mod symbol_concentration;
mod uncovered;
mod underlying_concentration;

use crate::decide::book::Exposure;
use crate::decide::gate::Gate;
use crate::decide::{Account, Intent};
use crate::vocabulary::{Money, Ratio, Rounding};

/// Every built-in gate. The order is the order of reasons: the first refusal is the headline.
pub const GATES: &[&dyn Gate] = &[
    &account_enabled::AccountEnabled,
    &state_fresh::StateFresh,
    &link_healthy::LinkHealthy,
    &known_instrument::KnownInstrument,
    &structural::Structural,
    &uncovered::Uncovered,
    &stale_recommendation::StaleRecommendation,
    &duplicate_intent::DuplicateIntent,
    &cooldown::Cooldown,
    &one_per_symbol::OnePerSymbol,
    &confidence::Confidence,
    &session::SessionOpen,
    &quote_fresh::QuoteFresh,
    &price_collar::PriceCollar,
    &price_drift::PriceDrift,
    &spread::Spread,
    &liquidity::Liquidity,
    &option_dte::OptionDte,
    &option_premium::OptionPremium,
    &order_quantity::OrderQuantity,
    &order_notional::OrderNotional,
    &max_positions::MaxPositions,
    &gross_exposure::GrossExposure,
    &net_exposure::NetExposure,
    &symbol_concentration::SymbolConcentration,
    &underlying_concentration::UnderlyingConcentration,
    &buying_power::BuyingPower,
    &daily_loss::DailyLoss,
    &drawdown::Drawdown,
    &orders_per_day::OrdersPerDay,
    &order_rate::OrderRate,
    &self_cross::SelfCross,
    &closable_quantity::ClosableQuantity,
    &reduce_only::ReduceOnly,
];

/// The least of a fixed limit and a share of equity; a share of nothing or less is nothing.
#[inline]
fn least_of(fixed: Option<Money>, account: &Account, share: Option<Ratio>) -> Money {
    let of_equity = share.map(|share| {
        let part = account
            .equity()
            .scale(share, Rounding::Down)
            .unwrap_or(Money::ZERO);
        part.max(Money::ZERO)
    });
    match (fixed, of_equity) {
        (Some(fixed), Some(of_equity)) => fixed.min(of_equity),
        (Some(limit), None) | (None, Some(limit)) => limit,
        (None, None) => Money::ZERO,
    }
}

/// Exposure of the intent's instrument with the intent in it; `None` where it has no price.
#[inline]
fn exposure_with(account: &Account, intent: &Intent) -> Option<Exposure> {
    let basis = account.limits().exposure_basis;
    let book = intent.book(account);
    Some(book.exposure_with(
        intent.side(),
        intent.split().opening,
        intent.price()?,
        basis,
        intent.instrument().multiplier(),
    ))
}
