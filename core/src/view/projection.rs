//! What a read model must be able to do.

use crate::record::{Entry, Event};

/// A read model: built from the log alone, rebuildable from zero, never read by a gate.
pub trait Projection {
    /// Takes one event in, in order of position.
    fn apply(&mut self, entry: &Entry<'_>, event: &Event);
}
