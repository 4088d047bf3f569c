//! The ids of the first part of the segment that is written to, as a checkpoint kept them.

use std::sync::Arc;

use gatefold_core::record::disk::Disk;
use gatefold_core::vocabulary::EventId;

use crate::error::WalkError;
use crate::ids::{Finished, IdAt, Known, key_of, scan};

/// The ids up to a checkpoint; the others of the segment are known as they are written.
pub(crate) struct Prefix {
    /// The segment; it has no footer yet.
    pub segment: Finished,
    /// Sorted.
    pub entries: Arc<Vec<IdAt>>,
}

impl Prefix {
    /// Where the event with this id stands, if it is among them. A hit is confirmed by reading the
    /// frame; what cannot be confirmed or denied is an error.
    pub(crate) fn find<D: Disk>(&self, disk: &D, id: EventId) -> Result<Option<Known>, WalkError> {
        let key = key_of(id);
        let first = self.entries.partition_point(|entry| entry.key < key);
        for entry in self.entries[first..].iter().take_while(|entry| entry.key == key) {
            let found = scan::read_frame(disk, &self.segment, *entry, id)?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }
}
