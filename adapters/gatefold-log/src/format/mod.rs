//! The bytes of the log: pure functions from values to bytes and back, without I/O.
//!
//! `docs/log-format.md` is the same in words. A written byte's meaning never changes.

pub(crate) mod archive;
pub(crate) mod bytes;
pub(crate) mod checkpoint;
#[cfg(test)]
mod documented;
pub(crate) mod footer;
pub(crate) mod frame;
#[cfg(test)]
mod golden;
pub(crate) mod group;
pub(crate) mod root;
pub(crate) mod segment;
pub(crate) mod snapshot;

/// The version of the format; a reader refuses a higher one.
pub(crate) const MAJOR: u16 = 1;
/// Changes that older readers understand.
pub(crate) const MINOR: u16 = 0;
/// Everything that is synced on its own starts on a multiple of this, so that no block that holds
/// acknowledged bytes is ever written again with other bytes.
pub(crate) const BLOCK: u64 = 4_096;
/// The same, as a length in memory.
pub(crate) const BLOCK_BYTES: usize = 4_096;
/// A block of zeros: space that was never written.
pub(crate) const ZERO_BLOCK: [u8; BLOCK_BYTES] = [0; BLOCK_BYTES];
/// The most bytes that a group's body may have: the largest batch with all its frames fits.
pub(crate) const GROUP_BODY_MAX: u32 = 2 * 1_048_576;
/// The largest number of a group, a segment, an epoch, a position or a version: whoever adds to one
/// that was read need not look whether it still fits.
pub(crate) const NUMBER_MAX: u64 = 1 << 62;
/// Flags in the upper half of a segment's flags must be understood by the reader.
pub(crate) const FLAGS_REQUIRED: u32 = 0xffff_0000;

/// The running hash over all groups.
pub(crate) type Digest = [u8; 32];

/// The digest that enters the first segment of a log.
pub(crate) fn genesis(uuid: &[u8; 16]) -> Digest {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"gatefold log v1");
    hasher.update(uuid);
    *hasher.finalize().as_bytes()
}
