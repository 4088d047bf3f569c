//! Opening on books that were not compared with the broker's for too long, or that differ from
//! them.

use crate::decide::gate::{Card, Gate, Guards};
use crate::decide::verdict::{Unit, Verdict};
use crate::decide::{Account, Code, Intent, Market};
use crate::vocabulary::Timestamp;

/// Opening on books that were not compared with the broker's for too long, or that differ from
/// them.
pub(super) struct StateFresh;

static CARD: Card = Card {
    name: "state-fresh",
    denies: "Opening on books that were not compared with the broker's for too long, or that \
         differ from them.",
    test: "Age of the last snapshot of the broker's books against max_sync_age; an open mismatch \
         refuses. Missing or old defers.",
    guards: Guards::Entries,
    unit: Unit::Time,
    limits: &["max_sync_age"],
    mandatory: true,
    codes: &[Code::SyncNever, Code::SyncStale, Code::SyncMismatch],
};

impl Gate for StateFresh {
    #[inline]
    fn card(&self) -> &'static Card {
        &CARD
    }

    #[inline(always)]
    fn check(
        &self,
        account: &Account,
        _intent: &Intent,
        _market: &Market<'_>,
        now: Timestamp,
    ) -> Verdict {
        let limit = account.limits().max_sync_age.nanos();
        let contact = account.contact();
        let Some(synced_at) = contact.synced_at else {
            return Verdict::defer(Code::SyncNever, i64::MAX, limit);
        };
        let age = now.saturating_since(synced_at).nanos();
        if contact.mismatch {
            Verdict::refuse(Code::SyncMismatch, age, limit)
        } else if age > limit {
            Verdict::defer(Code::SyncStale, age, limit)
        } else {
            Verdict::pass(age, limit)
        }
    }
}
