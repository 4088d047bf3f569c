//! Opening after equity has fallen too far from its peak.

use crate::decide::gate::{Card, Gate, Guards};
use crate::decide::verdict::{Unit, Verdict};
use crate::decide::{Account, Code, Intent, Market};
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
        _account: &Account,
        intent: &Intent,
        _market: &Market<'_>,
        _now: Timestamp,
    ) -> Verdict {
        let standing = intent.standing();
        let Some(limit) = standing.fall_limit else {
            return Verdict::NOT_SET;
        };
        let observed = standing.fallen;
        Verdict::pass_if(observed < limit, Code::DrawdownReached, observed, limit)
    }
}
