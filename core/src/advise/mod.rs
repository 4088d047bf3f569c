//! Advice enters here: what somebody recommends, and what a recommendation may say.

mod inbox;
mod recommendation;

pub use inbox::{Arrival, Inbox, InboxError};
pub use recommendation::{
    Advice, Effect, ExitTerms, Hours, Life, OrderPrice, Recommendation, RecommendationError,
    Source, TimeInForce,
};
