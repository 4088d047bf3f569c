//! What the broker did becomes positions here: executions, and what they make of a position.

mod execution;
mod position;
mod reconcile;

pub use execution::{Execution, ExecutionError};
pub use position::{CostMethod, Lot, Position, Traded, signed};
pub use reconcile::{Difference, compare};
