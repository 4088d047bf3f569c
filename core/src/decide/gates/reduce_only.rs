//! Opening while only reducing is allowed.

use crate::decide::TradingState;
use crate::decide::gate::{Card, Gate, Guards};
use crate::decide::verdict::{Unit, Verdict};
use crate::decide::{Account, Code, Intent, Market};
use crate::vocabulary::Timestamp;

/// Opening while only reducing is allowed.
pub(super) struct ReduceOnly;

static CARD: Card = Card {
    name: "reduce-only",
    denies: "Opening while only reducing is allowed.",
    test: "The opening part of the order must be nothing while account, strategy, everything or \
         the underlying is in ReduceOnly.",
    guards: Guards::All,
    unit: Unit::Quantity,
    limits: &[],
    mandatory: true,
    codes: &[Code::ReduceOnlyOpening],
};

impl Gate for ReduceOnly {
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
        let opening = intent.split().opening.nanos();
        let state = account.states().effective(&intent.recommendation().strategy);
        let underlying = intent.underlying(account);
        let only = state == TradingState::ReduceOnly || underlying.reduce_only;
        Verdict::pass_if(!only || opening == 0, Code::ReduceOnlyOpening, opening, 0)
    }
}
