//! The decoders of the log, for the fuzz targets alone: each takes bytes that nobody wrote, and
//! whatever it accepts has to encode to the same bytes again.

mod files;

pub use self::files::{
    archive, archive_fit, archive_sample, changed, footer, footer_sample, ids, ids_sample,
    manifest, manifest_sample, snapshot, snapshot_sample,
};
use crate::format::checkpoint::Checkpoint;
use crate::format::frame::frames;
use crate::format::group::{GROUP_HEADER_BYTES, GroupHeader};
use crate::format::root::Root;
use crate::format::segment::SegmentHeader;

/// A group's header; true if it is accepted. The sum is made to fit if `sum` says so.
#[must_use]
pub fn group(bytes: &[u8], sum: bool) -> bool {
    let mut bytes = bytes.to_vec();
    if sum && bytes.len() >= GROUP_HEADER_BYTES {
        let fits = crc32c::crc32c(&bytes[8..GROUP_HEADER_BYTES]);
        bytes[4..8].copy_from_slice(&fits.to_le_bytes());
    }
    let Ok(header) = GroupHeader::decode(&bytes) else { return false };
    assert!(header.padded_len() >= u64::from(header.body_len), "a length that wraps");
    true
}

/// A group's body; how many frames of it are accepted. Sums are made to fit if `sum` says so.
#[must_use]
pub fn body(bytes: &[u8], sum: bool) -> usize {
    let mut bytes = bytes.to_vec();
    if sum {
        fit_frames(&mut bytes);
    }
    let mut again = Vec::new();
    let mut accepted = 0;
    for frame in frames(&bytes).map_while(Result::ok) {
        frame.encode(&mut again);
        accepted += 1;
    }
    assert!(bytes.starts_with(&again), "an accepted frame encodes to other bytes");
    accepted
}

/// Makes the sums of frames fit as far as their lengths lead.
fn fit_frames(bytes: &mut [u8]) {
    let mut at = 0;
    while let Some(rest) = bytes.get_mut(at..) {
        let Some(length) = rest.first_chunk::<4>() else { break };
        let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
        if length < 8 || rest.len() < length {
            break;
        }
        let fits = crc32c::crc32c_append(crc32c::crc32c(&rest[..4]), &rest[8..length]);
        rest[4..8].copy_from_slice(&fits.to_le_bytes());
        at += length;
    }
}

/// A segment's first block; true if it is accepted. The sum is made to fit if `sum` says so.
#[must_use]
pub fn segment(bytes: &[u8], sum: bool) -> bool {
    let mut block = bytes.to_vec();
    if sum {
        block.resize(crate::format::BLOCK_BYTES, 0);
        let fits = crc32c::crc32c(&block[..124]);
        block[124..128].copy_from_slice(&fits.to_le_bytes());
    }
    let Ok(header) = SegmentHeader::decode(&block) else { return false };
    let again = SegmentHeader::decode(&header.encode());
    assert_eq!(again, Ok(header), "an accepted header comes back as another");
    true
}

/// The text of `FORMAT`; true if it is accepted. The sum is made to fit if `sum` says so.
#[must_use]
pub fn root(bytes: &[u8], sum: bool) -> bool {
    let mut text = bytes.to_vec();
    if sum {
        let fits = crc32c::crc32c(&text);
        text.extend_from_slice(format!("crc32c {fits:08x}\n").as_bytes());
    }
    let Ok(root) = Root::decode(&text) else { return false };
    assert_eq!(Root::decode(root.encode().as_bytes()), Ok(root), "it comes back as another");
    true
}

/// A checkpoint; true if it is accepted. The digest is made to fit if `sum` says so.
#[must_use]
pub fn checkpoint(bytes: &[u8], sum: bool) -> bool {
    let mut file = bytes.to_vec();
    if sum {
        file.extend_from_slice(blake3::hash(bytes).as_bytes());
    }
    let Ok(checkpoint) = Checkpoint::decode(&file) else { return false };
    assert_eq!(
        Checkpoint::decode(&checkpoint.encode()),
        Ok(checkpoint),
        "it comes back as another"
    );
    true
}
