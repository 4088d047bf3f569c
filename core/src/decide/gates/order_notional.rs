//! Orders worth more than one order may be.

use crate::decide::gate::{Card, Gate, Guards};
use crate::decide::gates::least_of;
use crate::decide::verdict::{Unit, Verdict};
use crate::decide::{Account, Code, Intent, Market};
use crate::vocabulary::Money;
use crate::vocabulary::Timestamp;

/// Orders worth more than one order may be.
pub(super) struct OrderNotional;

static CARD: Card = Card {
    name: "order-notional",
    denies: "Orders worth more than one order may be.",
    test: "Quantity x price x multiplier, at most max_order_notional and max_order_of_equity; for exits at most max_close_notional.",
    guards: Guards::All,
    unit: Unit::Dollars,
    limits: &[
        "max_order_notional",
        "max_order_of_equity",
        "max_close_notional",
    ],
    mandatory: true,
    codes: &[Code::NotionalExceeded],
};

impl Gate for OrderNotional {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn check(
        &self,
        account: &Account,
        intent: &Intent,
        _market: &Market<'_>,
        _now: Timestamp,
    ) -> Verdict {
        let limits = account.limits();
        let limit = if intent.closes() {
            limits.max_close_notional
        } else {
            least_of(
                Some(limits.max_order_notional),
                account,
                limits.max_order_of_equity,
            )
        };
        let notional = intent.notional().unwrap_or(Money::MAX_FACT);
        let (observed, shown) = (notional.micros_away(), limit.micros_toward());
        Verdict::pass_if(notional <= limit, Code::NotionalExceeded, observed, shown)
    }
}
