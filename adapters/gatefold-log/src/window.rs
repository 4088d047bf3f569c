//! Reading a file in large pieces into one buffer, handed out as slices.

use gatefold_core::record::disk::{Disk, DiskError};

use crate::format::bytes::{narrow, wide};

/// Bytes read at once: large enough that system calls do not count, and small enough that the
/// piece is still in the processor's own cache when its sums are taken.
const PIECE_BYTES: usize = 131_072;

/// A file and the piece of it that was read last.
pub(crate) struct Window<'w, D: Disk> {
    disk: &'w D,
    file: &'w D::File,
    start: u64,
    /// How much of the buffer holds bytes of the file.
    held: usize,
    buffer: Vec<u8>,
    /// Bytes read at once: a short file needs no long buffer.
    piece: usize,
}

impl<'w, D: Disk> Window<'w, D> {
    pub(crate) fn new(disk: &'w D, file: &'w D::File) -> Self {
        Self { disk, file, start: 0, held: 0, buffer: Vec::new(), piece: 0 }
    }

    /// The `len` bytes at `offset`; fewer only at the end of the file.
    pub(crate) fn get(&mut self, offset: u64, len: usize) -> Result<&[u8], DiskError> {
        self.get_mut(offset, len).map(|bytes| &*bytes)
    }

    /// The same to be written to for a moment: the file is as it was, and so should the bytes be.
    pub(crate) fn get_mut(&mut self, offset: u64, len: usize) -> Result<&mut [u8], DiskError> {
        let end = self.start + wide(self.held);
        if offset < self.start || end < offset + wide(len) {
            self.slide(offset, end, len)?;
        }
        let from = narrow(offset - self.start);
        let to = self.held.min(from + len);
        Ok(&mut self.buffer[from..to])
    }

    /// Reads a piece that begins at `offset`, keeping what of it is there already.
    fn slide(&mut self, offset: u64, end: u64, len: usize) -> Result<(), DiskError> {
        if self.piece == 0 {
            self.piece = PIECE_BYTES.min(narrow(self.disk.size(self.file)?).max(1));
        }
        let piece = len.max(self.piece);
        let kept = if self.start <= offset && offset < end {
            let from = narrow(offset - self.start);
            self.buffer.copy_within(from..self.held, 0);
            self.held - from
        } else {
            0
        };
        if self.buffer.len() < piece {
            self.buffer.resize(piece, 0);
        }
        // An error must not leave bytes behind that are taken for others.
        (self.start, self.held) = (offset, kept);
        let at = offset + wide(kept);
        self.held += self.disk.read_at(self.file, at, &mut self.buffer[kept..piece])?;
        Ok(())
    }
}
