//! The rules that ask for the close of a position, one file each, in the order they are asked.
//!
//! Rules are level-triggered: they look at the state and the last mark, so a changed plan or a
//! restart misses nothing.

mod stop;
mod target;
mod time;
mod trailing;

use crate::decide::Mark;
use crate::unwind::{ExitPlan, ExitRule};
use crate::vocabulary::{Calendar, Instrument, NetQuantity, Timestamp};

/// What a rule may know.
#[derive(Clone, Copy, Debug)]
pub struct Held<'a> {
    /// What is held.
    pub instrument: &'a Instrument,
    /// How much, signed.
    pub net: NetQuantity,
    /// Its plan.
    pub plan: &'a ExitPlan,
    /// Its last mark.
    pub mark: Option<&'a Mark>,
    /// Sessions and holidays.
    pub calendar: &'a Calendar,
}

/// A rule's reason to close.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trigger {
    /// Which rule.
    pub rule: ExitRule,
    /// The level or time that was crossed.
    pub level: i64,
    /// The price or time that crossed it.
    pub observed: i64,
}

/// One rule of exit.
pub trait Exit: Sync {
    /// Why the position is to be closed now, or `None`.
    fn triggered(&self, held: &Held<'_>, now: Timestamp) -> Option<Trigger>;
}

/// All rules, in the order in which they are asked.
pub const EXITS: &[&dyn Exit] =
    &[&stop::Stop, &target::Target, &trailing::Trailing, &time::TimeStop];

/// The first rule that asks for the close.
#[must_use]
pub fn triggered(held: &Held<'_>, now: Timestamp) -> Option<Trigger> {
    EXITS.iter().find_map(|exit| exit.triggered(held, now))
}
