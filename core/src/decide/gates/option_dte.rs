//! Opening options too near to or too far from their expiry.

use crate::decide::gate::{Card, Gate, Guards};
use crate::decide::verdict::{Unit, Verdict};
use crate::decide::{Account, Code, Intent, Market};
use crate::vocabulary::Timestamp;

/// Opening options too near to or too far from their expiry.
pub(super) struct OptionDte;

static CARD: Card = Card {
    name: "option-dte",
    denies: "Opening options too near to or too far from their expiry.",
    test: "Trading days from today to the last trading day, between min_days_to_expiry and \
         max_days_to_expiry; on the last day not within expiry_cutoff of the close.",
    guards: Guards::Entries,
    unit: Unit::Count,
    limits: &["min_days_to_expiry", "max_days_to_expiry", "expiry_cutoff"],
    mandatory: false,
    codes: &[Code::ExpiryTooNear, Code::ExpiryTooFar, Code::ExpiryCutoff, Code::ExpiryUnknown],
};

impl Gate for OptionDte {
    #[inline]
    fn card(&self) -> &'static Card {
        &CARD
    }

    #[inline(always)]
    fn check(
        &self,
        account: &Account,
        intent: &Intent,
        market: &Market<'_>,
        now: Timestamp,
    ) -> Verdict {
        let Some(expiry) = intent.instrument().expiry() else {
            return Verdict::NOT_SET;
        };
        let limits = account.limits();
        let today = intent.today();
        let Some((days, is_last)) = market.calendar.sessions_to_expiry(today, expiry) else {
            return Verdict::refuse(Code::ExpiryUnknown, 0, 0);
        };
        let days = i64::from(days);
        if is_last {
            let Some(session) = today.session else {
                return Verdict::refuse(Code::ExpiryUnknown, days, 0);
            };
            if session.close.saturating_since(now) < limits.expiry_cutoff {
                return Verdict::refuse(Code::ExpiryCutoff, days, 0);
            }
        }
        if let Some(least) = limits.min_days_to_expiry.map(i64::from)
            && days < least
        {
            return Verdict::refuse(Code::ExpiryTooNear, days, least);
        }
        let most = limits.max_days_to_expiry.map_or(i64::MAX, i64::from);
        Verdict::pass_if(days <= most, Code::ExpiryTooFar, days, most)
    }
}
