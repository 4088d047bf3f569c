//! A close plan: to sell what a resting order holds, cancel it first, wait for the evidence, sell,
//! and put back an order for what remains.

use alloc::vec::Vec;

use bincode::{Decode, Encode};

use crate::record::Version;
use crate::record::event::ClosePlanned;
use crate::vocabulary::{Actor, Instrument, OrderKey, Quantity, RecommendationId, Timestamp};

/// A close that waits for the orders that hold its quantity.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ClosePlan {
    /// What is closed.
    pub instrument: Instrument,
    /// How much of it.
    pub quantity: Quantity,
    /// The orders being canceled first.
    pub holders: Vec<OrderKey>,
    /// Since when the position is without them.
    pub since: Timestamp,
    /// Who asked.
    pub actor: Actor,
    /// The version of the event that began it, which names its recommendations.
    pub version: Version,
}

impl ClosePlan {
    pub(crate) fn begin(event: &ClosePlanned, at: Timestamp, version: Version) -> Self {
        Self {
            instrument: event.instrument,
            quantity: event.quantity,
            holders: event.holders.clone(),
            since: at,
            actor: event.actor,
            version,
        }
    }

    /// The id of the recommendation that closes the quantity.
    #[must_use]
    pub fn closing_id(&self) -> Option<RecommendationId> {
        self.id("sell")
    }

    /// The id of the recommendation that puts the protecting order back for what remains.
    #[must_use]
    pub fn restoring_id(&self) -> Option<RecommendationId> {
        self.id("keep")
    }

    fn id(&self, step: &str) -> Option<RecommendationId> {
        let text = alloc::format!("close-{}-{step}", self.version);
        RecommendationId::new(&text).ok()
    }
}
