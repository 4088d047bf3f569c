//! Pure projections: what people and reports want to see of a log.

mod explain;

pub use explain::{Explain, Explanation, Failure, Ground, Judged, Moment, Place, Ruling};
