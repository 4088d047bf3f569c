//! Closing more than is held and not being closed already.

use crate::decide::gate::{Card, Gate, Guards};
use crate::decide::verdict::{Unit, Verdict};
use crate::decide::{Account, Code, Intent, Market};
use crate::vocabulary::Timestamp;

/// Closing more than is held and not being closed already.
pub(super) struct ClosableQuantity;

static CARD: Card = Card {
    name: "closable-quantity",
    denies: "Closing more than is held and not being closed already.",
    test: "Quantity of the order, at most what is held less what working orders are closing; the \
         holders are recorded with a refusal.",
    guards: Guards::Exits,
    unit: Unit::Quantity,
    limits: &[],
    mandatory: true,
    codes: &[Code::CloseTooLarge],
};

impl Gate for ClosableQuantity {
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
        let book = intent.book(account);
        let closable = book.position().closable_by(intent.side()).saturating_sub(book.closing());
        let quantity = intent.quantity();
        let (observed, limit) = (quantity.nanos(), closable.nanos());
        Verdict::pass_if(quantity <= closable, Code::CloseTooLarge, observed, limit)
    }
}
