//! A batch: the events of one decision for one stream, and what waits until they are durable.

use alloc::vec::Vec;

use crate::decide::{Approved, Intent};
use crate::record::event::Event;
use crate::record::stream::{Stream, Version};
use crate::route::Effect;
use crate::vocabulary::Timestamp;

/// The events of one decision, atomic, with the proofs and effects that wait for them.
#[derive(Debug)]
#[must_use = "a batch that is not committed leaves the engine ahead of its log"]
pub struct Batch {
    pub(crate) stream: Stream,
    pub(crate) expected: Version,
    pub(crate) at: Timestamp,
    pub(crate) events: Vec<Event>,
    pub(crate) orders: Vec<Approved<Intent>>,
    pub(crate) effects: Vec<Effect>,
}

impl Batch {
    /// The stream it goes to.
    #[must_use]
    pub fn stream(&self) -> Stream {
        self.stream
    }

    /// The version it was decided on.
    #[must_use]
    pub fn expected(&self) -> Version {
        self.expected
    }

    /// The engine's time of it.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// Its events.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }
}
