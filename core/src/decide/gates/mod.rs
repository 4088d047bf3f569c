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

use crate::decide::gate::{Gate, Guards};
use crate::decide::row::write;
use crate::decide::verdict::{Verdict, Verdicts};
use crate::decide::{Account, Intent, Market};
use crate::vocabulary::{Ratio, Timestamp};

/// Writes the list of gates twice: as a list for those who ask what gates there are, and as one
/// function without dynamic calls, in which what several gates read is read once.
macro_rules! gates {
    ($($file:ident::$gate:ident,)*) => {
        /// Every built-in gate. The order is the order of reasons: the first refusal is the
        /// headline.
        pub const GATES: &[&dyn Gate] = &[$(&$file::$gate,)*];

        /// Gives the verdicts of all built-in gates, in their order.
        pub(crate) fn judge_built_in(
            account: &Account,
            intent: &Intent,
            market: &Market<'_>,
            now: Timestamp,
            verdicts: &mut Verdicts,
        ) {
            // Told apart once, so that no gate of entries asks again whether this is one.
            if intent.closes() {
                judge_each(true, account, intent, market, now, verdicts);
            } else {
                judge_each(false, account, intent, market, now, verdicts);
            }
        }

        #[inline(always)]
        fn judge_each(
            closes: bool,
            account: &Account,
            intent: &Intent,
            market: &Market<'_>,
            now: Timestamp,
            verdicts: &mut Verdicts,
        ) {
            let ([$($file,)*], seen) = verdicts.places::<{ GATES.len() }>();
            $(
                write(judge(&$file::$gate, closes, account, intent, market, now), $file, seen);
            )*
        }
    };
}

gates! {
    account_enabled::AccountEnabled,
    state_fresh::StateFresh,
    link_healthy::LinkHealthy,
    known_instrument::KnownInstrument,
    structural::Structural,
    uncovered::Uncovered,
    stale_recommendation::StaleRecommendation,
    duplicate_intent::DuplicateIntent,
    cooldown::Cooldown,
    one_per_symbol::OnePerSymbol,
    confidence::Confidence,
    session::SessionOpen,
    quote_fresh::QuoteFresh,
    price_collar::PriceCollar,
    price_drift::PriceDrift,
    spread::Spread,
    liquidity::Liquidity,
    option_dte::OptionDte,
    option_premium::OptionPremium,
    order_quantity::OrderQuantity,
    order_notional::OrderNotional,
    max_positions::MaxPositions,
    gross_exposure::GrossExposure,
    net_exposure::NetExposure,
    symbol_concentration::SymbolConcentration,
    underlying_concentration::UnderlyingConcentration,
    buying_power::BuyingPower,
    daily_loss::DailyLoss,
    drawdown::Drawdown,
    orders_per_day::OrdersPerDay,
    order_rate::OrderRate,
    self_cross::SelfCross,
    closable_quantity::ClosableQuantity,
    reduce_only::ReduceOnly,
}

/// One gate's verdict, or that it does not guard such orders.
#[inline(always)]
pub(crate) fn judge<G: Gate + ?Sized>(
    gate: &G,
    closes: bool,
    account: &Account,
    intent: &Intent,
    market: &Market<'_>,
    now: Timestamp,
) -> Verdict {
    let guarded = match gate.card().guards {
        Guards::All => true,
        Guards::Entries => !closes,
        Guards::Exits => closes,
    };
    if guarded { gate.check(account, intent, market, now) } else { Verdict::EXEMPT }
}

/// The least of a fixed limit and a share of equity; a share of nothing or less is nothing.
#[inline]
fn least_of(fixed: Option<i64>, intent: &Intent, share: Option<Ratio>) -> i64 {
    let of_equity = share.map(|share| intent.standing().equity.share(share));
    match (fixed, of_equity) {
        (Some(fixed), Some(of_equity)) => fixed.min(of_equity),
        (Some(limit), None) | (None, Some(limit)) => limit,
        (None, None) => 0,
    }
}
