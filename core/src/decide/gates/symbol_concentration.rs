//! Too much of the account in one instrument.

use crate::decide::gate::{Card, Gate, Guards};
use crate::decide::gates::least_of;
use crate::decide::verdict::{Unit, Verdict};
use crate::decide::{Account, Code, Intent, Market};
use crate::vocabulary::Timestamp;

/// Too much of the account in one instrument.
pub(super) struct SymbolConcentration;

static CARD: Card = Card {
    name: "symbol-concentration",
    denies: "Too much of the account in one instrument.",
    test: "Worst-case exposure to the instrument, this order included, at most \
         max_symbol_concentration of equity.",
    guards: Guards::Entries,
    unit: Unit::Dollars,
    limits: &["max_symbol_concentration"],
    mandatory: false,
    codes: &[Code::SymbolConcentrated, Code::OrderUnpriceable],
};

impl Gate for SymbolConcentration {
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
        let Some(share) = account.limits().max_symbol_concentration else {
            return Verdict::NOT_SET;
        };
        let limit = least_of(None, intent, Some(share));
        let Some(amounts) = intent.amounts() else {
            return Verdict::defer(Code::OrderUnpriceable, 0, limit);
        };
        Verdict::at_most(amounts.instrument, limit, Code::SymbolConcentrated)
    }
}
