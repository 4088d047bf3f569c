//! Entering an underlying again right after a position in it was closed.

use crate::decide::gate::{Card, Gate, Guards};
use crate::decide::verdict::{Unit, Verdict};
use crate::decide::{Account, Code, Intent, Market};
use crate::vocabulary::Timestamp;

/// Entering an underlying again right after a position in it was closed.
pub(super) struct Cooldown;

static CARD: Card = Card {
    name: "cooldown",
    denies: "Entering an underlying again right after a position in it was closed.",
    test: "Time since a position in the underlying was last closed, at least cooldown.",
    guards: Guards::Entries,
    unit: Unit::Time,
    limits: &["cooldown"],
    mandatory: false,
    codes: &[Code::CooldownActive],
};

impl Gate for Cooldown {
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
        let Some(cooldown) = account.limits().cooldown else {
            return Verdict::NOT_SET;
        };
        let underlying = intent.underlying(account);
        let Some(closed_at) = underlying.closed_at else {
            return Verdict::pass(i64::MAX, cooldown.nanos());
        };
        let passed = now.saturating_since(closed_at);
        let (observed, limit) = (passed.nanos(), cooldown.nanos());
        Verdict::pass_if(passed >= cooldown, Code::CooldownActive, observed, limit)
    }
}
