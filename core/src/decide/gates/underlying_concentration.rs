//! Too much of the account in one underlying, its shares and options together.

use crate::decide::gate::{Card, Gate, Guards};
use crate::decide::gates::least_of;
use crate::decide::verdict::{Unit, Verdict};
use crate::decide::{Account, Code, Intent, Market};
use crate::vocabulary::Timestamp;

/// Too much of the account in one underlying, its shares and options together.
pub(super) struct UnderlyingConcentration;

static CARD: Card = Card {
    name: "underlying-concentration",
    denies: "Too much of the account in one underlying, its shares and options together.",
    test: "Exposure of everything in the underlying, this order included, short puts at their \
         strike; at most max_underlying_concentration of equity.",
    guards: Guards::Entries,
    unit: Unit::Dollars,
    limits: &["max_underlying_concentration"],
    mandatory: false,
    codes: &[Code::UnderlyingConcentrated, Code::OrderUnpriceable],
};

impl Gate for UnderlyingConcentration {
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
        let Some(share) = account.limits().max_underlying_concentration else {
            return Verdict::NOT_SET;
        };
        let limit = least_of(None, intent, Some(share));
        let Some(amounts) = intent.amounts() else {
            return Verdict::defer(Code::OrderUnpriceable, 0, limit);
        };
        Verdict::at_most(amounts.underlying, limit, Code::UnderlyingConcentrated)
    }
}
