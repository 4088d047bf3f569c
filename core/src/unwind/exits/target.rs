//! Close when a position can be closed at its target or better.

use crate::unwind::exits::{Exit, Held, Trigger};
use crate::unwind::{ExitRule, exit_price};
use crate::vocabulary::Timestamp;

/// Long: the bid is at or above the target. Short: the ask is at or below it.
pub(super) struct Target;

impl Exit for Target {
    fn triggered(&self, held: &Held<'_>, _now: Timestamp) -> Option<Trigger> {
        let level = held.plan.terms.target?;
        let price = exit_price(held.net, held.mark?)?;
        let reached = if held.net.is_short() { price <= level } else { price >= level };
        reached.then_some(Trigger {
            rule: ExitRule::Target,
            level: level.nanos(),
            observed: price.nanos(),
        })
    }
}
