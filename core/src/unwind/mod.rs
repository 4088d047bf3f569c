//! Exits: when a position is to be closed again. An exit is advice and goes round the loop.

mod close_plan;
pub mod exits;
mod plan;

pub use close_plan::ClosePlan;
pub use plan::{ExitInHand, ExitPlan, ExitRule, Protection, exit_price};
