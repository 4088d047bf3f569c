//! Reading a file in large pieces, handed out as slices.

use gatefold_core::record::disk::{Disk, DiskError};

use crate::format::bytes::{narrow, wide};

/// Bytes read at once.
const PIECE_BYTES: usize = 1_048_576;

/// A file and the piece of it that was read last.
pub(crate) struct Window<'w, D: Disk> {
    disk: &'w D,
    file: &'w D::File,
    start: u64,
    bytes: Vec<u8>,
}

impl<'w, D: Disk> Window<'w, D> {
    pub(crate) fn new(disk: &'w D, file: &'w D::File) -> Self {
        Self { disk, file, start: 0, bytes: Vec::new() }
    }

    /// The `len` bytes at `offset`; fewer only at the end of the file.
    pub(crate) fn get(&mut self, offset: u64, len: usize) -> Result<&[u8], DiskError> {
        let held = self.start..self.start + wide(self.bytes.len());
        if offset < held.start || held.end < offset + wide(len) {
            let left = narrow(self.disk.size(self.file)?.saturating_sub(offset));
            self.bytes = vec![0; len.max(PIECE_BYTES).min(left)];
            let count = self.disk.read_at(self.file, offset, &mut self.bytes)?;
            self.bytes.truncate(count);
            self.start = offset;
        }
        let from = narrow(offset - self.start);
        let to = self.bytes.len().min(from + len);
        Ok(&self.bytes[from..to])
    }
}
