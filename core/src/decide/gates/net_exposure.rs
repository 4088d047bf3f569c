//! A book that leans too far to one side.

use crate::decide::gate::{Card, Gate, Guards};
use crate::decide::verdict::{Unit, Verdict};
use crate::decide::{Account, Code, Intent, Market};
use crate::vocabulary::Timestamp;

/// A book that leans too far to one side.
pub(super) struct NetExposure;

static CARD: Card = Card {
    name: "net-exposure",
    denies: "A book that leans too far to one side.",
    test: "Signed exposure if every purchase fills, and if every sale fills, this order included; \
         the larger of both, at most max_net_exposure.",
    guards: Guards::Entries,
    unit: Unit::Dollars,
    limits: &["max_net_exposure"],
    mandatory: false,
    codes: &[Code::NetExposureExceeded, Code::OrderUnpriceable],
};

impl Gate for NetExposure {
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
        let Some(limit) = account.thresholds().net_exposure else {
            return Verdict::NOT_SET;
        };
        let Some(amounts) = intent.amounts() else {
            return Verdict::defer(Code::OrderUnpriceable, 0, limit);
        };
        Verdict::at_most(amounts.net, limit, Code::NetExposureExceeded)
    }
}
