//! Pure projections: what people and reports want to see of a log.

mod projection;

mod explain;
mod report;

pub use explain::{Explain, Explanation, Failure, Ground, Judged, Moment, Place, Ruling};
pub use projection::Projection;
pub use report::{AccountReport, Fate, Report};
