//! BLAKE3 of the segment that is written to, which its footer states. Nobody waits for it: the
//! keeper takes in what was written a while ago, and only what is left at the end is taken in line.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use gatefold_core::record::disk::{Access, Disk, DiskError};

use crate::format::bytes::{narrow, wide};
use crate::format::segment::{SegmentHeader, SegmentName};
use crate::format::{BLOCK, Digest};
use crate::recovery::layout::segment_path;

/// The keeper takes in what was written when it is as much as this.
const STEP_BYTES: u64 = 1_048_576;
/// Bytes read and hashed at once: many, since BLAKE3 hashes parts of them side by side, and few,
/// since a writer may wait for the lock or for the processor meanwhile.
const PIECE_BYTES: usize = 131_072;

/// BLAKE3 of a file from its start on, as far as it was taken in.
pub(crate) struct FileHash {
    hasher: blake3::Hasher,
    to: u64,
    /// Kept from piece to piece: giving memory back stops all threads for a moment.
    piece: Vec<u8>,
}

impl FileHash {
    /// Of a segment with this header and nothing else.
    pub(crate) fn of(header: &SegmentHeader) -> Self {
        let mut hash = Self { hasher: blake3::Hasher::new(), to: 0, piece: Vec::new() };
        hash.push(0, &header.encode());
        hash
    }

    /// Takes in what was written at `offset`, if everything before it was taken in.
    fn push(&mut self, offset: u64, bytes: &[u8]) {
        if self.to == offset {
            self.hasher.update(bytes);
            self.to += wide(bytes.len());
        }
    }

    /// Takes in the file from where it stopped to `offset`.
    pub(crate) fn catch_up<D: Disk>(
        &mut self,
        disk: &D,
        file: &D::File,
        offset: u64,
    ) -> Result<(), DiskError> {
        self.piece.resize(PIECE_BYTES, 0);
        while self.to < offset {
            let length = PIECE_BYTES.min(narrow(offset - self.to));
            let piece = &mut self.piece[..length];
            let read = disk.read_at(file, self.to, piece)?;
            assert!(read > 0, "the file is as long as what was written to it");
            self.hasher.update(&piece[..read]);
            self.to += wide(read);
        }
        Ok(())
    }

    pub(crate) fn digest(&self) -> Digest {
        *self.hasher.finalize().as_bytes()
    }
}

/// The hash of the segment that is written to, shared by the writer and the keeper.
pub(crate) struct Behind {
    state: Mutex<(SegmentName, FileHash)>,
    /// Groups were written up to here.
    written: AtomicU64,
    /// The hash goes up to here, or nothing is to be done before more is written.
    taken: AtomicU64,
    /// There is a keeper to take in what was written; else the writer does at once.
    kept: bool,
}

impl Behind {
    /// For a segment that is written up to an offset.
    pub(crate) fn new(name: SegmentName, header: &SegmentHeader, offset: u64, kept: bool) -> Self {
        Self {
            state: Mutex::new((name, FileHash::of(header))),
            written: AtomicU64::new(offset),
            // What was there before is left until something is written: who opens a log and reads
            // shall not share the machine with it.
            taken: AtomicU64::new(offset),
            kept,
        }
    }

    fn lock(&self) -> MutexGuard<'_, (SegmentName, FileHash)> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A group was written at `offset`.
    pub(crate) fn wrote(&self, offset: u64, bytes: &[u8]) {
        if !self.kept {
            self.lock().1.push(offset, bytes);
        }
        self.written.store(offset + wide(bytes.len()), Ordering::Release);
    }

    /// There is something for the keeper to take in.
    pub(crate) fn calls(&self) -> bool {
        let (written, taken) =
            (self.written.load(Ordering::Acquire), self.taken.load(Ordering::Acquire));
        self.kept && written >= taken.saturating_add(STEP_BYTES)
    }

    /// Takes in a step of what was written; false if there is not so much, or it cannot be read.
    pub(crate) fn step<D: Disk>(&self, disk: &D) -> bool {
        if !self.calls() {
            return false;
        }
        for _ in 0..STEP_BYTES / wide(PIECE_BYTES) {
            if !self.take_in(disk) {
                return false;
            }
            // A writer whose group is durable may have to go on on this processor.
            thread::yield_now();
        }
        true
    }

    /// Takes in a piece; false if it cannot be read.
    fn take_in<D: Disk>(&self, disk: &D) -> bool {
        let mut state = self.lock();
        let (name, hash) = &mut *state;
        // Under the lock no other segment is begun.
        let to = self.written.load(Ordering::Acquire).min(hash.to + wide(PIECE_BYTES));
        let read = disk.open(&segment_path(*name), Access::Read);
        let taken = read.and_then(|file| hash.catch_up(disk, &file, to));
        self.taken.store(hash.to, Ordering::Release);
        taken.is_ok()
    }

    /// The hash of the segment, which ends at `offset`.
    pub(crate) fn end<D: Disk>(
        &self,
        disk: &D,
        file: &D::File,
        offset: u64,
    ) -> Result<Digest, DiskError> {
        let hash = &mut self.lock().1;
        hash.catch_up(disk, file, offset)?;
        Ok(hash.digest())
    }

    /// Another segment is written to from now on.
    pub(crate) fn begin(&self, name: SegmentName, header: &SegmentHeader) {
        let mut state = self.lock();
        *state = (name, FileHash::of(header));
        self.written.store(BLOCK, Ordering::Release);
        self.taken.store(BLOCK, Ordering::Release);
    }
}
