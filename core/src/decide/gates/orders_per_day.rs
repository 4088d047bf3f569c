//! A loop that sends orders all day.

use crate::decide::gate::{Card, Gate, Guards};
use crate::decide::verdict::{Unit, Verdict};
use crate::decide::{Account, Code, Intent, Market};
use crate::vocabulary::Timestamp;

/// A loop that sends orders all day.
pub(super) struct OrdersPerDay;

static CARD: Card = Card {
    name: "orders-per-day",
    denies: "A loop that sends orders all day.",
    test: "Orders approved today, this one included, entries and exits apart; at most \
         max_entries_per_day and max_exits_per_day. Attempts count, refusals do not.",
    guards: Guards::All,
    unit: Unit::Count,
    limits: &["max_entries_per_day", "max_exits_per_day"],
    mandatory: true,
    codes: &[Code::OrdersPerDayReached, Code::DayNotOpened],
};

impl Gate for OrdersPerDay {
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
        let Some(day) = account.day() else {
            return Verdict::defer(Code::DayNotOpened, 0, 0);
        };
        let (sent, most) = if intent.closes() {
            (day.exits, limits.max_exits_per_day)
        } else {
            (day.entries, limits.max_entries_per_day)
        };
        let (observed, limit) = (i64::from(sent.saturating_add(1)), i64::from(most));
        Verdict::pass_if(observed <= limit, Code::OrdersPerDayReached, observed, limit)
    }
}
