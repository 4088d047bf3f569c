//! What a person or a monitor may hear of a shard while it runs is decided here.

use gatefold_core::engine::Notice;
use gatefold_core::record::Batch;
use gatefold_core::route::Alert;
use gatefold_core::vocabulary::Timestamp;

/// Hears what a shard decides. Called on the engine thread: it must be quick and must not block.
pub trait Listener: Send {
    /// Something was decided and goes to the log now.
    fn decided(&mut self, batch: &Batch);

    /// Something was noticed that changes nothing.
    fn noticed(&mut self, notice: &Notice, now: Timestamp);

    /// A person must hear of something.
    fn alerted(&mut self, alert: &Alert, now: Timestamp);
}

/// Hears nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Listener for Silent {
    fn decided(&mut self, _: &Batch) {}
    fn noticed(&mut self, _: &Notice, _: Timestamp) {}
    fn alerted(&mut self, _: &Alert, _: Timestamp) {}
}
