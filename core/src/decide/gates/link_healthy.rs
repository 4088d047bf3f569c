//! Opening while the broker's order updates have been silent too long.

use crate::decide::gate::{Card, Gate, Guards};
use crate::decide::verdict::{Unit, Verdict};
use crate::decide::{Account, Code, Intent, Market};
use crate::record::event::Link;
use crate::vocabulary::Timestamp;

/// Opening while the broker's order updates have been silent too long.
pub(super) struct LinkHealthy;

static CARD: Card = Card {
    name: "link-healthy",
    denies: "Opening while the broker's order updates have been silent too long.",
    test: "Up passes. Down: time since the link went down or the books were last read, against \
         max_link_silence. Never up, or silent longer, defers.",
    guards: Guards::Entries,
    unit: Unit::Time,
    limits: &["max_link_silence"],
    mandatory: true,
    codes: &[Code::LinkDown],
};

impl Gate for LinkHealthy {
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
        let limit = account.limits().max_link_silence.nanos();
        let contact = account.contact();
        match contact.link {
            Some((Link::Up, _)) => Verdict::pass(0, limit),
            Some((Link::Down, since)) => {
                let heard = contact.synced_at.map_or(since, |synced| synced.max(since));
                let silence = now.saturating_since(heard).nanos();
                if silence <= limit {
                    Verdict::pass(silence, limit)
                } else {
                    Verdict::defer(Code::LinkDown, silence, limit)
                }
            }
            None => Verdict::defer(Code::LinkDown, i64::MAX, limit),
        }
    }
}
