//! Trading while the session for the order is not open, and entering at its edges.

use crate::advise::Hours;
use crate::decide::gate::{Card, Gate, Guards};
use crate::decide::verdict::{Unit, Verdict};
use crate::decide::{Account, Code, Intent, Market};
use crate::vocabulary::Phase;
use crate::vocabulary::Timestamp;

/// Trading while the session for the order is not open, and entering at its edges.
pub(super) struct SessionOpen;

static CARD: Card = Card {
    name: "session",
    denies: "Trading while the session for the order is not open, and entering at its edges.",
    test: "Phase of the exchange's day: regular orders need the regular session, extended ones \
         also before and after it. Entries keep blackout_open after the open and blackout_close \
         before the close. Closed defers.",
    guards: Guards::All,
    unit: Unit::Time,
    limits: &["blackout_open", "blackout_close"],
    mandatory: true,
    codes: &[Code::SessionClosed, Code::SessionBlackout, Code::SessionUnknown],
};

impl Gate for SessionOpen {
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
        let today = intent.today();
        let phase = today.phase;
        let extended = intent.recommendation().hours == Hours::Extended;
        let open = match phase {
            Phase::Regular => true,
            Phase::Pre | Phase::Post => extended,
            Phase::Closed => false,
            Phase::Unknown => return Verdict::refuse(Code::SessionUnknown, 0, 0),
        };
        if !open {
            return Verdict::defer(Code::SessionClosed, 0, 0);
        }
        let Some(session) = today.session.filter(|_| phase == Phase::Regular) else {
            return Verdict::pass(0, 0);
        };
        let limits = account.limits();
        let (after, before) =
            (now.saturating_since(session.open), session.close.saturating_since(now));
        let (observed, limit) = (after.nanos(), limits.blackout_open.nanos());
        if !intent.closes() && after < limits.blackout_open {
            return Verdict::defer(Code::SessionBlackout, observed, limit);
        }
        if !intent.closes() && before < limits.blackout_close {
            let limit = limits.blackout_close.nanos();
            return Verdict::defer(Code::SessionBlackout, before.nanos(), limit);
        }
        Verdict::pass(observed, limit)
    }
}
