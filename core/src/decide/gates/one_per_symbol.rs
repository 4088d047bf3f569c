//! Adding to what is held or being opened.

use crate::decide::gate::{Card, Gate, Guards};
use crate::decide::verdict::{Unit, Verdict};
use crate::decide::{Account, Code, Intent, Market};
use crate::vocabulary::Timestamp;

/// Adding to what is held or being opened.
pub(super) struct OnePerSymbol;

static CARD: Card = Card {
    name: "one-per-symbol",
    denies: "Adding to what is held or being opened.",
    test: "Opening orders in the instrument after the first, against max_adds; working and unknown \
         orders count.",
    guards: Guards::Entries,
    unit: Unit::Count,
    limits: &["max_adds"],
    mandatory: false,
    codes: &[Code::SymbolHeld],
};

impl Gate for OnePerSymbol {
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
        let Some(most) = account.limits().max_adds else {
            return Verdict::NOT_SET;
        };
        let book = intent.book(account);
        let adds = if book.is_counted() { book.adds().saturating_add(1) } else { 0 };
        Verdict::pass_if(adds <= most, Code::SymbolHeld, adds.into(), most.into())
    }
}
