//! Orders for more shares or contracts than a hand should type.

use crate::decide::gate::{Card, Gate, Guards};
use crate::decide::verdict::{Unit, Verdict};
use crate::decide::{Account, Code, Intent, Market};
use crate::vocabulary::Timestamp;

/// Orders for more shares or contracts than a hand should type.
pub(super) struct OrderQuantity;

static CARD: Card = Card {
    name: "order-quantity",
    denies: "Orders for more shares or contracts than a hand should type.",
    test: "Quantity of the order, at most max_order_shares or max_order_contracts.",
    guards: Guards::Entries,
    unit: Unit::Quantity,
    limits: &["max_order_shares", "max_order_contracts"],
    mandatory: false,
    codes: &[Code::QuantityExceeded],
};

impl Gate for OrderQuantity {
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
        let most = if intent.instrument().is_option() {
            limits.max_order_contracts
        } else {
            limits.max_order_shares
        };
        let Some(most) = most else {
            return Verdict::NOT_SET;
        };
        let quantity = intent.quantity();
        let (observed, limit) = (quantity.nanos(), most.nanos());
        Verdict::pass_if(quantity <= most, Code::QuantityExceeded, observed, limit)
    }
}
