//! A recorded market and the simulated broker that lives off it, moved through time together.

use gatefold_core::vocabulary::Timestamp;
use gatefold_runtime::Stage;
use gatefold_sim::{Replay, SimBroker, SimClock};
use std::sync::Arc;

/// The stage of a simulated day.
pub struct SimStage {
    /// The quotes.
    pub market: Replay,
    /// Who fills orders at them.
    pub broker: Arc<SimBroker>,
    /// What time the broker takes it to be.
    pub clock: SimClock,
}

impl Stage for SimStage {
    fn next_time(&self) -> Option<Timestamp> {
        self.market.next_time()
    }

    fn advance_to(&mut self, now: Timestamp) {
        self.catch_up(now);
        self.broker.on_market();
    }

    fn catch_up(&mut self, now: Timestamp) {
        self.clock.advance_to(now);
        self.market.advance_to(now);
    }
}
