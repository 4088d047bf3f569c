//! Close when a position was held long enough, or before the session (or the contract) ends.

use crate::unwind::ExitRule;
use crate::unwind::exits::{Exit, Held, Trigger};
use crate::vocabulary::Timestamp;

/// Held at most so long; or out so long before the close: every day where only that is asked for,
/// on an option's last trading day where a longest holding time is given too.
pub(super) struct TimeStop;

impl Exit for TimeStop {
    fn triggered(&self, held: &Held<'_>, now: Timestamp) -> Option<Trigger> {
        let trigger = |level: Timestamp| {
            (now >= level).then_some(Trigger {
                rule: ExitRule::Time,
                level: level.nanos(),
                observed: now.nanos(),
            })
        };
        let terms = &held.plan.terms;
        let held_out = terms
            .hold_at_most
            .and_then(|longest| trigger(held.plan.opened_at.saturating_add(longest)));
        held_out.or_else(|| {
            let before = terms.out_before_close?;
            let today = held.calendar.date_of(now)?;
            let session = held.calendar.session(today)?;
            let last = held.instrument.expiry().and_then(|it| held.calendar.last_trading_day(it));
            let applies = terms.hold_at_most.is_none() || last == Some(today);
            if applies { trigger(session.close.saturating_sub(before)) } else { None }
        })
    }
}
