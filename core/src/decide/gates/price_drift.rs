//! Following advice after the market has moved away from it.

use crate::advise::OrderPrice;
use crate::decide::gate::{Card, Gate, Guards};
use crate::decide::verdict::{Unit, Verdict};
use crate::decide::{Account, Code, Intent, Market};
use crate::vocabulary::Rounding;
use crate::vocabulary::Timestamp;

/// Following advice after the market has moved away from it.
pub(super) struct PriceDrift;

static CARD: Card = Card {
    name: "price-drift",
    denies: "Following advice after the market has moved away from it.",
    test: "Distance between the price the order would trade at and the price the advice was based \
         on, at most max_price_drift of the latter. Without a usable quote it defers.",
    guards: Guards::Entries,
    unit: Unit::Price,
    limits: &["max_price_drift"],
    mandatory: false,
    codes: &[Code::DriftExceeded, Code::DriftUnknown],
};

impl Gate for PriceDrift {
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
        let Some(most) = account.limits().max_price_drift else {
            return Verdict::NOT_SET;
        };
        let advice = intent.recommendation();
        let based_on = advice.reference_price.or(match advice.price {
            OrderPrice::Limit(limit) => Some(limit),
            OrderPrice::Market => None,
        });
        let now_at = intent.reference();
        let Some(based_on) = based_on else {
            return Verdict::refuse(Code::DriftUnknown, 0, 0);
        };
        let Some(now_at) = now_at else {
            return Verdict::defer(Code::DriftUnknown, 0, 0);
        };
        let distance = based_on.max(now_at).saturating_sub(based_on.min(now_at));
        let Some(limit) = based_on.scale(most, Rounding::Down) else {
            return Verdict::refuse(Code::DriftUnknown, distance.nanos(), 0);
        };
        let code = Code::DriftExceeded;
        Verdict::pass_if(distance <= limit, code, distance.nanos(), limit.nanos())
    }
}
