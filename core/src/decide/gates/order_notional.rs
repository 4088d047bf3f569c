//! Orders worth more than one order may be.

use crate::decide::gate::{Card, Gate, Guards};
use crate::decide::gates::least_of;
use crate::decide::verdict::{Unit, Verdict};
use crate::decide::{Account, Code, Intent, Market};
use crate::vocabulary::Timestamp;

/// Orders worth more than one order may be.
pub(super) struct OrderNotional;

static CARD: Card = Card {
    name: "order-notional",
    denies: "Orders worth more than one order may be.",
    test: "Quantity x price x multiplier, at most max_order_notional and max_order_of_equity; for \
         exits at most max_close_notional.",
    guards: Guards::All,
    unit: Unit::Dollars,
    limits: &["max_order_notional", "max_order_of_equity", "max_close_notional"],
    mandatory: true,
    codes: &[Code::NotionalExceeded, Code::OrderUnpriceable],
};

impl Gate for OrderNotional {
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
        let (limits, thresholds) = (account.limits(), account.thresholds());
        let limit = if intent.closes() {
            thresholds.close_notional
        } else {
            least_of(Some(thresholds.order_notional), intent, limits.max_order_of_equity)
        };
        let (Some(_), Some(amounts)) = (intent.notional(), intent.amounts()) else {
            return Verdict::defer(Code::OrderUnpriceable, 0, limit);
        };
        Verdict::at_most(amounts.notional, limit, Code::NotionalExceeded)
    }
}
