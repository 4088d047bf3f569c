//! From where on a file holds nothing but zeros, found from its end. Most of a segment that is
//! written to is space ahead, and reading it takes longer than all else that opening does: where
//! there may be a thread beside it, both are done at once.

use std::thread::{Builder, Scope, ScopedJoinHandle};

use gatefold_core::record::disk::{Disk, DiskError};

use crate::format::bytes::{narrow, wide};
use crate::format::{BLOCK_BYTES, ZERO_BLOCK};
use crate::recovery::layout::Found;

/// Bytes read at once: few system calls, and still in the processor's cache when compared.
const PIECE_BYTES: u64 = 262_144;
/// A file that is not longer is read sooner than a thread begins.
const ALONE_BYTES: u64 = 4 * PIECE_BYTES;

/// What is looked for, or was found, in one segment.
pub(crate) enum Zeros<'s> {
    /// Nobody has looked yet.
    Unknown,
    /// A thread looks.
    Aside(ScopedJoinHandle<'s, Looked>),
}

/// From where on; nothing is said of a file that ended early, which is for the walk to judge.
type Looked = Result<Option<u64>, DiskError>;

impl<'s> Zeros<'s> {
    /// Begins to look beside the caller, if that is allowed and worth it.
    pub(crate) fn begin<'e, D: Disk>(
        scope: &'s Scope<'s, 'e>,
        disk: &'s D,
        found: &'s Found<D::File>,
        aside: bool,
    ) -> Self {
        if !aside || found.size <= ALONE_BYTES {
            return Self::Unknown;
        }
        let builder = Builder::new().name("gatefold-zeros".to_owned());
        let thread = builder.spawn_scoped(scope, || zeros_from(disk, found));
        // Without a thread it takes longer.
        thread.map_or(Self::Unknown, Self::Aside)
    }

    /// From where on the segment holds nothing but zeros, if that can be said.
    pub(crate) fn known<D: Disk>(self, disk: &D, found: &Found<D::File>) -> Looked {
        match self {
            Self::Unknown => zeros_from(disk, found),
            Self::Aside(thread) => thread.join().unwrap_or(Ok(None)),
        }
    }
}

/// See the file's first lines.
fn zeros_from<D: Disk>(disk: &D, found: &Found<D::File>) -> Looked {
    let mut piece = vec![0; narrow(PIECE_BYTES.min(found.size))];
    let mut until = found.size;
    while until > 0 {
        let from = until.saturating_sub(PIECE_BYTES);
        let bytes = &mut piece[..narrow(until - from)];
        let count = disk.read_at(&found.file, from, bytes)?;
        if count < bytes.len() {
            return Ok(None);
        }
        let is_used = |block: &[u8]| block != &ZERO_BLOCK[..block.len()];
        if let Some(zeros) = bytes.rchunks(BLOCK_BYTES).position(is_used) {
            return Ok(Some(until - wide(zeros * BLOCK_BYTES)));
        }
        until = from;
    }
    Ok(Some(0))
}

#[cfg(test)]
#[path = "zeros_tests.rs"]
mod tests;
