//! The same order from another recommendation a moment later.

use crate::decide::gate::{Card, Gate, Guards};
use crate::decide::verdict::{Unit, Verdict};
use crate::decide::{Account, Code, Intent, Market};
use crate::vocabulary::Timestamp;

/// The same order from another recommendation a moment later.
pub(super) struct DuplicateIntent;

static CARD: Card = Card {
    name: "duplicate-intent",
    denies: "The same order from another recommendation a moment later.",
    test: "Time since another recommendation had the same strategy, instrument, side, quantity and \
         price approved, against duplicate_window.",
    guards: Guards::Entries,
    unit: Unit::Time,
    limits: &["duplicate_window"],
    mandatory: true,
    codes: &[Code::DuplicateOrder],
};

impl Gate for DuplicateIntent {
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
        let limit = account.limits().duplicate_window.nanos();
        if account.recent.is_empty() {
            return Verdict::pass(i64::MAX, limit);
        }
        let advice = intent.recommendation();
        let same =
            (advice.strategy, advice.instrument, advice.side, intent.quantity(), intent.terms());
        match account.recent(&same) {
            Some((at, by)) if *by != advice.id => {
                let passed = now.saturating_since(*at).nanos();
                Verdict::pass_if(passed > limit, Code::DuplicateOrder, passed, limit)
            }
            Some(_) | None => Verdict::pass(i64::MAX, limit),
        }
    }
}
