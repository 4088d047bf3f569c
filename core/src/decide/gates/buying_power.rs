//! Orders that the account cannot pay for.

use crate::decide::gate::{Card, Gate, Guards};
use crate::decide::verdict::{Unit, Verdict};
use crate::decide::{Account, Code, Intent, Market};
use crate::vocabulary::Money;
use crate::vocabulary::Timestamp;

/// Orders that the account cannot pay for.
pub(super) struct BuyingPower;

static CARD: Card = Card {
    name: "buying-power",
    denies: "Orders that the account cannot pay for.",
    test: "The order's requirement, at most the broker's last reported buying power less what every order approved since holds, plus what sales brought since.",
    guards: Guards::Entries,
    unit: Unit::Dollars,
    limits: &["buying_power"],
    mandatory: true,
    codes: &[Code::BuyingPowerShort, Code::BuyingPowerUnknown],
};

impl Gate for BuyingPower {
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
        let needed = intent.requirement().unwrap_or(Money::MAX_FACT);
        let observed = needed.micros_away();
        let Some(left) = account.buying_power().left() else {
            return Verdict::defer(Code::BuyingPowerUnknown, observed, 0);
        };
        Verdict::pass_if(
            needed <= left,
            Code::BuyingPowerShort,
            observed,
            left.micros_toward(),
        )
    }
}
