//! Paying too much premium for one order, or selling for too little.

use crate::decide::gate::{Card, Gate, Guards};
use crate::decide::gates::least_of;
use crate::decide::verdict::{Unit, Verdict};
use crate::decide::{Account, Code, Intent, Market};
use crate::vocabulary::Timestamp;
use crate::vocabulary::{Price, Side};

/// Paying too much premium for one order, or selling for too little.
pub(super) struct OptionPremium;

static CARD: Card = Card {
    name: "option-premium",
    denies: "Paying too much premium for one order, or selling for too little.",
    test: "Premium paid, at most max_premium and max_premium_of_equity; premium taken in per \
         share, at least min_credit.",
    guards: Guards::Entries,
    unit: Unit::Dollars,
    limits: &["max_premium", "max_premium_of_equity", "min_credit"],
    mandatory: false,
    codes: &[Code::PremiumTooHigh, Code::PremiumTooLow, Code::OrderUnpriceable],
};

impl Gate for OptionPremium {
    #[inline]
    fn card(&self) -> &'static Card {
        &CARD
    }

    #[inline(always)]
    fn check(
        &self,
        account: &Account,
        intent: &Intent,
        _market: &Market<'_>,
        _now: Timestamp,
    ) -> Verdict {
        let limits = account.limits();
        if !intent.instrument().is_option() {
            return Verdict::NOT_SET;
        }
        if intent.side() == Side::Sell {
            let Some(least) = limits.min_credit else {
                return Verdict::NOT_SET;
            };
            let Some(price) = intent.limit() else {
                return Verdict::defer(Code::OrderUnpriceable, 0, 0);
            };
            let shown = |price: Price| price.nanos().checked_div(1_000).unwrap_or(0);
            let (observed, limit) = (shown(price), shown(least));
            return Verdict::pass_if(price >= least, Code::PremiumTooLow, observed, limit);
        }
        if limits.max_premium.is_none() && limits.max_premium_of_equity.is_none() {
            return Verdict::NOT_SET;
        }
        let (Some(_), Some(amounts)) = (intent.notional(), intent.amounts()) else {
            return Verdict::defer(Code::OrderUnpriceable, 0, 0);
        };
        let most = account.thresholds().premium;
        let limit = least_of(most, intent, limits.max_premium_of_equity);
        Verdict::at_most(amounts.notional, limit, Code::PremiumTooHigh)
    }
}
