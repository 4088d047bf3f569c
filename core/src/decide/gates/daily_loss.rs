//! Opening after the day has lost too much.

use crate::decide::gate::{Card, Gate, Guards};
use crate::decide::verdict::{Unit, Verdict};
use crate::decide::{Account, Code, Intent, Market};
use crate::vocabulary::Timestamp;

/// Opening after the day has lost too much.
pub(super) struct DailyLoss;

static CARD: Card = Card {
    name: "daily-loss",
    denies: "Opening after the day has lost too much.",
    test: "The day loss: the larger of realized and total loss since the day opened, below \
         max_daily_loss and max_daily_loss_of_equity (strictly). An unrealized gain never hides a \
         realized loss.",
    guards: Guards::Entries,
    unit: Unit::Dollars,
    limits: &["max_daily_loss", "max_daily_loss_of_equity"],
    mandatory: true,
    codes: &[Code::DailyLossReached, Code::DayNotOpened],
};

impl Gate for DailyLoss {
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
        let (loss, limit) = (intent.standing().day_loss, account.thresholds().day_loss);
        let (Some(observed), Some(limit)) = (loss, limit) else {
            return Verdict::defer(Code::DayNotOpened, 0, 0);
        };
        Verdict::pass_if(observed < limit, Code::DailyLossReached, observed, limit)
    }
}
