//! Orders in quicker succession than allowed.

use crate::decide::gate::{Card, Gate, Guards};
use crate::decide::verdict::{Unit, Verdict};
use crate::decide::{Account, Code, Intent, Market};
use crate::vocabulary::Timestamp;

/// Orders in quicker succession than allowed.
pub(super) struct OrderRate;

static CARD: Card = Card {
    name: "order-rate",
    denies: "Orders in quicker succession than allowed.",
    test: "Whole orders left in a bucket of order_burst (exits: exit_burst) that refills by \
         orders_per_second; none left defers.",
    guards: Guards::All,
    unit: Unit::Count,
    limits: &["orders_per_second", "order_burst", "exit_burst"],
    mandatory: true,
    codes: &[Code::OrderRateReached],
};

impl Gate for OrderRate {
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
        now: Timestamp,
    ) -> Verdict {
        if !intent.closes() && account.limits().orders_per_second == 0 {
            return Verdict::defer(Code::OrderRateReached, 0, 1);
        }
        let left = account.pace().available(intent.closes(), account.limits(), now);
        if left >= 1 {
            Verdict::pass(left, 1)
        } else {
            Verdict::defer(Code::OrderRateReached, left, 1)
        }
    }
}
