//! Trading what is unknown, halted, restricted or not tradable.

use crate::decide::Tradable;
use crate::decide::gate::{Card, Gate, Guards};
use crate::decide::verdict::{Unit, Verdict};
use crate::decide::{Account, Code, Intent, Market};
use crate::vocabulary::OptionContract;
use crate::vocabulary::Timestamp;

/// Trading what is unknown, halted, restricted or not tradable.
pub(super) struct KnownInstrument;

static CARD: Card = Card {
    name: "known-instrument",
    denies: "Trading what is unknown, halted, restricted or not tradable.",
    test: "Facts of the instrument: unknown refuses, halted defers, not tradable refuses, \
         restricted refuses entries, an adjusted contract refuses entries.",
    guards: Guards::All,
    unit: Unit::Count,
    limits: &[],
    mandatory: true,
    codes: &[
        Code::InstrumentUnknown,
        Code::InstrumentHalted,
        Code::InstrumentRestricted,
        Code::InstrumentNotTradable,
        Code::InstrumentAdjusted,
    ],
};

impl Gate for KnownInstrument {
    #[inline]
    fn card(&self) -> &'static Card {
        &CARD
    }

    #[inline(always)]
    fn check(
        &self,
        _account: &Account,
        intent: &Intent,
        market: &Market<'_>,
        _now: Timestamp,
    ) -> Verdict {
        let limit = i64::from(Tradable::Yes.to_byte());
        let Some(facts) = market.facts else {
            return Verdict::refuse(Code::InstrumentUnknown, 0, limit);
        };
        let observed = i64::from(facts.tradable.to_byte());
        match facts.tradable {
            Tradable::Yes => {}
            Tradable::Halted => return Verdict::defer(Code::InstrumentHalted, observed, limit),
            Tradable::Restricted if !intent.closes() => {
                return Verdict::refuse(Code::InstrumentRestricted, observed, limit);
            }
            Tradable::No => {
                return Verdict::refuse(Code::InstrumentNotTradable, observed, limit);
            }
            Tradable::Restricted => {}
        }
        let adjusted = intent.instrument().option().is_some_and(OptionContract::is_adjusted);
        if adjusted && !intent.closes() {
            return Verdict::refuse(Code::InstrumentAdjusted, observed, limit);
        }
        Verdict::pass(observed, limit)
    }
}
