//! The built-in gates, one file each, in the order of reasons.

use crate::decide::gate::Gate;

/// Every built-in gate. The order is the order of reasons: the first refusal is the headline.
pub const GATES: &[&dyn Gate] = &[];
