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

    #[inline]
    fn check(
        &self,
        account: &Account,
        intent: &Intent,
        _market: &Market<'_>,
        _now: Timestamp,
    ) -> Verdict {
        let Some(limit) = account.limits().max_net_exposure else {
            return Verdict::NOT_SET;
        };
        let shown = limit.micros_toward();
        let Some(with) = intent.exposure() else {
            return Verdict::defer(Code::OrderUnpriceable, 0, shown);
        };
        let held = intent.book(account).contribution();
        let totals = account.totals();
        let up = totals.net_up.saturating_sub(held.net_up).saturating_add(with.net_up);
        let down = totals.net_down.saturating_sub(held.net_down).saturating_add(with.net_down);
        let worst = up.abs().max(down.abs());
        let code = Code::NetExposureExceeded;
        Verdict::pass_if(worst <= limit, code, worst.micros_away(), shown)
    }
}
