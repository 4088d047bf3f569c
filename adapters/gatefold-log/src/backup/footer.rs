//! Telling two finished segments apart by their ends, without reading what lies between.

use gatefold_core::record::disk::{Disk, DiskError};

use crate::format::bytes::{narrow, u64_at, wide};
use crate::format::group::{GROUP_HEADER_BYTES, GroupHeader, Kind};
use crate::format::{BLOCK, BLOCK_BYTES, Digest};

/// The last bytes of a footer that carries an index: its length, then this.
const END: &[u8; 8] = b"GFFTEND1";
const END_BYTES: usize = 16;

/// What makes two finished segments the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ending {
    pub salt: u64,
    /// Bytes of the segment.
    pub size: u64,
    pub group: u64,
    pub position: u64,
    /// The chain's digest after the footer.
    pub digest: Digest,
}

/// The footer's word on a finished segment; none if the file does not end with a footer.
pub(crate) fn ending<D: Disk>(
    disk: &D,
    file: &D::File,
    salt: u64,
) -> Result<Option<Ending>, DiskError> {
    let size = disk.size(file)?;
    if size < 2 * BLOCK || !size.is_multiple_of(BLOCK) {
        return Ok(None);
    }
    let last = block(disk, file, size - BLOCK)?;
    let (length, mark) = last[BLOCK_BYTES - END_BYTES..].split_at(8);
    let length = if mark == END { u64_at(length, 0) } else { BLOCK };
    let Some(at) = size.checked_sub(length).filter(|at| *at >= BLOCK) else { return Ok(None) };
    let bytes = block(disk, file, at)?;
    let Ok(header) = GroupHeader::decode(&bytes[..GROUP_HEADER_BYTES]) else { return Ok(None) };
    let placed = header.offset == at && header.padded_len() == length;
    let footer = header.kind == Kind::Footer && header.salt == salt;
    let position = header.first_position.saturating_sub(1);
    let (group, digest) = (header.number, header.digest);
    Ok((placed && footer).then_some(Ending { salt, size, group, position, digest }))
}

fn block<D: Disk>(disk: &D, file: &D::File, at: u64) -> Result<[u8; BLOCK_BYTES], DiskError> {
    let mut block = [0; BLOCK_BYTES];
    let count = disk.read_at(file, at, &mut block)?;
    assert!(wide(count) <= BLOCK && narrow(BLOCK) == BLOCK_BYTES, "a read fills what it was given");
    block[count..].fill(0);
    Ok(block)
}
