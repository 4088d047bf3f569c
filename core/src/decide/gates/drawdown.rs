//! Opening after equity has fallen too far from its peak.

use crate::decide::gate::{Card, Gate, Guards};
use crate::decide::thresholds::Parted;
use crate::decide::verdict::{Unit, Verdict};
use crate::decide::{Account, Code, Intent, Market};
use crate::vocabulary::Money;
use crate::vocabulary::Timestamp;

/// Opening after equity has fallen too far from its peak.
pub(super) struct Drawdown;

static CARD: Card = Card {
    name: "drawdown",
    denies: "Opening after equity has fallen too far from its peak.",
    test: "Peak equity less equity, below max_drawdown of the peak (strictly); deposits and \
         withdrawals do not count.",
    guards: Guards::Entries,
    unit: Unit::Dollars,
    limits: &["max_drawdown"],
    mandatory: false,
    codes: &[Code::DrawdownReached],
};

impl Gate for Drawdown {
    #[inline]
    fn card(&self) -> &'static Card {
        &CARD
    }

    #[inline(always)]
    fn check(
        &self,
        account: &Account,
        _intent: &Intent,
        _market: &Market<'_>,
        _now: Timestamp,
    ) -> Verdict {
        let Some(most) = account.limits().max_drawdown else {
            return Verdict::NOT_SET;
        };
        let peak = account.peak_equity();
        let fallen = peak.saturating_sub(account.equity()).max(Money::ZERO);
        let (observed, limit) = (fallen.micros_away(), Parted::of(peak).share(most));
        Verdict::pass_if(observed < limit, Code::DrawdownReached, observed, limit)
    }
}
