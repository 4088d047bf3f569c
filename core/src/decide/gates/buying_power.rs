//! Orders that the account cannot pay for.

use crate::decide::gate::{Card, Gate, Guards};
use crate::decide::verdict::{Unit, Verdict};
use crate::decide::{Account, Code, Intent, Market};
use crate::vocabulary::Timestamp;

/// Orders that the account cannot pay for.
pub(super) struct BuyingPower;

static CARD: Card = Card {
    name: "buying-power",
    denies: "Orders that the account cannot pay for.",
    test: "The order's requirement, at most the broker's last reported buying power less what \
         every order approved since holds, plus what sales brought since.",
    guards: Guards::Entries,
    unit: Unit::Dollars,
    limits: &["buying_power"],
    mandatory: true,
    codes: &[Code::BuyingPowerShort, Code::BuyingPowerUnknown, Code::OrderUnpriceable],
};

impl Gate for BuyingPower {
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
        let Some(needed) = intent.requirement() else {
            return Verdict::defer(Code::OrderUnpriceable, 0, 0);
        };
        let observed = intent.amounts().map_or_else(|| needed.micros_away(), |it| it.requirement);
        let Some(left) = intent.standing().buying_power else {
            return Verdict::defer(Code::BuyingPowerUnknown, observed, 0);
        };
        Verdict::at_most(observed, left, Code::BuyingPowerShort)
    }
}
