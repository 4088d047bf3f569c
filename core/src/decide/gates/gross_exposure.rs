//! More exposure than the account may have.

use crate::decide::gate::{Card, Gate, Guards};
use crate::decide::gates::least_of;
use crate::decide::verdict::{Unit, Verdict};
use crate::decide::{Account, Code, Intent, Market};
use crate::vocabulary::Timestamp;

/// More exposure than the account may have.
pub(super) struct GrossExposure;

static CARD: Card = Card {
    name: "gross-exposure",
    denies: "More exposure than the account may have.",
    test: "Worst case of every instrument, in-flight orders and this one included, by cost or \
         mark; at most max_exposure and max_exposure_of_equity. No equity, no entry.",
    guards: Guards::Entries,
    unit: Unit::Dollars,
    limits: &["max_exposure", "max_exposure_of_equity", "exposure_basis"],
    mandatory: true,
    codes: &[Code::GrossExposureExceeded, Code::EquityNotPositive, Code::OrderUnpriceable],
};

impl Gate for GrossExposure {
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
        let limits = account.limits();
        let most = account.thresholds().exposure;
        let limit = least_of(Some(most), intent, limits.max_exposure_of_equity);
        if !intent.standing().is_solvent {
            return Verdict::refuse(Code::EquityNotPositive, account.equity().micros_away(), 0);
        }
        let Some(amounts) = intent.amounts() else {
            return Verdict::defer(Code::OrderUnpriceable, 0, limit);
        };
        Verdict::at_most(amounts.gross, limit, Code::GrossExposureExceeded)
    }
}
