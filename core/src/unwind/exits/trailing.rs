//! Close when the price has fallen too far from its best since entry.

use crate::unwind::exits::{Exit, Held, Trigger};
use crate::unwind::{ExitRule, exit_price};
use crate::vocabulary::{Rounding, Timestamp};

/// Long: the bid is at or below best x (1 - trail). Short: the ask is at or above best x
/// (1 + trail).
pub(super) struct Trailing;

impl Exit for Trailing {
    fn triggered(&self, held: &Held<'_>, _now: Timestamp) -> Option<Trigger> {
        let trail = held.plan.terms.trail?;
        let best = held.plan.best?;
        let price = exit_price(held.net, held.mark?)?;
        let distance = best.scale(trail, Rounding::Down)?;
        let (level, crossed) = if held.net.is_short() {
            let level = best.checked_add(distance)?;
            (level, price >= level)
        } else {
            let level = best.saturating_sub(distance);
            (level, price <= level)
        };
        crossed.then_some(Trigger {
            rule: ExitRule::Trailing,
            level: level.nanos(),
            observed: price.nanos(),
        })
    }
}
