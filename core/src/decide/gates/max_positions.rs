//! One more position than the account may hold.

use crate::decide::gate::{Card, Gate, Guards};
use crate::decide::verdict::{Unit, Verdict};
use crate::decide::{Account, Code, Intent, Market};
use crate::vocabulary::Timestamp;

/// One more position than the account may hold.
pub(super) struct MaxPositions;

static CARD: Card = Card {
    name: "max-positions",
    denies: "One more position than the account may hold.",
    test: "Instruments held or being opened, this one included, at most max_positions. Orders \
         count from approval on, also while their fate is unknown. Adding to what counts already \
         passes.",
    guards: Guards::Entries,
    unit: Unit::Count,
    limits: &["max_positions"],
    mandatory: true,
    codes: &[Code::PositionsExceeded],
};

impl Gate for MaxPositions {
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
        let limit = i64::from(account.limits().max_positions);
        let counted = account.totals().counted;
        if intent.book(account).is_counted() {
            return Verdict::pass_if(limit > 0, Code::PositionsExceeded, counted.into(), limit);
        }
        let observed = i64::from(counted.saturating_add(1));
        Verdict::pass_if(observed <= limit, Code::PositionsExceeded, observed, limit)
    }
}
