//! Acting on advice that is too old, ended, or from the future.

use crate::decide::gate::{Card, Gate, Guards};
use crate::decide::verdict::{Unit, Verdict};
use crate::decide::{Account, Code, Intent, Market};
use crate::vocabulary::Timestamp;

/// Acting on advice that is too old, ended, or from the future.
pub(super) struct StaleRecommendation;

static CARD: Card = Card {
    name: "stale-recommendation",
    denies: "Acting on advice that is too old, ended, or from the future.",
    test: "Age of the advice against time_to_live, at most two seconds in the future; an end of \
         its own is honored.",
    guards: Guards::All,
    unit: Unit::Time,
    limits: &["time_to_live"],
    mandatory: true,
    codes: &[Code::AdviceStale, Code::AdviceFromFuture, Code::AdviceEnded],
};

impl Gate for StaleRecommendation {
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
        let advice = intent.recommendation();
        let limit = account.limits().time_to_live.nanos();
        let age = now.saturating_since(advice.created_at).nanos();
        if age < SKEW.saturating_neg() {
            Verdict::refuse(Code::AdviceFromFuture, age, SKEW.saturating_neg())
        } else if age > limit {
            Verdict::refuse(Code::AdviceStale, age, limit)
        } else if advice.valid_until.is_some_and(|until| now > until) {
            Verdict::refuse(Code::AdviceEnded, age, limit)
        } else {
            Verdict::pass(age, limit)
        }
    }
}

/// So far ahead of ours an adviser's clock may run: two seconds.
const SKEW: i64 = 2_000_000_000;
