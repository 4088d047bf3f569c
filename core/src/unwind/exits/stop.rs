//! Close when a position can be closed no better than its stop.

use crate::unwind::exits::{Exit, Held, Trigger};
use crate::unwind::{ExitRule, exit_price};
use crate::vocabulary::Timestamp;

/// Long: the bid is at or below the stop. Short: the ask is at or above it.
pub(super) struct Stop;

impl Exit for Stop {
    fn triggered(&self, held: &Held<'_>, _now: Timestamp) -> Option<Trigger> {
        let level = held.plan.terms.stop?;
        let price = exit_price(held.net, held.mark?)?;
        let crossed = if held.net.is_short() { price >= level } else { price <= level };
        crossed.then_some(Trigger {
            rule: ExitRule::Stop,
            level: level.nanos(),
            observed: price.nanos(),
        })
    }
}
