//! Trading in a state that does not allow it.

use crate::decide::TradingState;
use crate::decide::gate::{Card, Gate, Guards};
use crate::decide::verdict::{Unit, Verdict};
use crate::decide::{Account, Code, Intent, Market};
use crate::vocabulary::Timestamp;

/// Trading in a state that does not allow it.
pub(super) struct AccountEnabled;

static CARD: Card = Card {
    name: "account-enabled",
    denies: "Trading in a state that does not allow it.",
    test: "The most restrictive state of account, strategy and everything. Frozen denies all \
         orders, EntriesHalted denies entries (defers them where a lost broker set it); ReduceOnly \
         is judged by reduce-only.",
    guards: Guards::All,
    unit: Unit::State,
    limits: &[],
    mandatory: true,
    codes: &[Code::StateFrozen, Code::StateEntriesHalted],
};

impl Gate for AccountEnabled {
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
        let strategy = &intent.recommendation().strategy;
        let state = account.states().effective(strategy);
        let observed = i64::from(state.to_byte());
        let limit = i64::from(TradingState::Active.to_byte());
        match state {
            TradingState::Active | TradingState::ReduceOnly => Verdict::pass(observed, limit),
            TradingState::EntriesHalted if intent.closes() => Verdict::pass(observed, limit),
            TradingState::EntriesHalted if account.states().is_environmental(strategy) => {
                Verdict::defer(Code::StateEntriesHalted, observed, limit)
            }
            TradingState::EntriesHalted => {
                Verdict::refuse(Code::StateEntriesHalted, observed, limit)
            }
            TradingState::Frozen => Verdict::refuse(Code::StateFrozen, observed, limit),
        }
    }
}
