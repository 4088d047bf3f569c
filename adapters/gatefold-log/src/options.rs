//! What the user of the log may choose.

use crate::format::BLOCK;
use crate::format::bytes::rounded_up;

/// The smallest segment: a header, a footer, and room for a few groups.
pub const SEGMENT_BYTES_MIN: u32 = 8 * 4_096;
/// The largest segment.
pub const SEGMENT_BYTES_MAX: u32 = 1_073_741_824;
/// How long a segment is if nothing else is said.
pub const SEGMENT_BYTES_DEFAULT: u32 = 67_108_864;
/// Space is filled with zeros, and so taken from the disk, in steps of this many bytes.
pub(crate) const FILL_BYTES: u64 = 1_048_576;

/// How a log is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Length of a segment in bytes, rounded up to whole blocks; between [`SEGMENT_BYTES_MIN`]
    /// and [`SEGMENT_BYTES_MAX`], else the nearer of them. A batch that does not fit into one gets
    /// a longer segment. Segments that exist keep their length.
    pub segment_bytes: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self { segment_bytes: SEGMENT_BYTES_DEFAULT }
    }
}

impl Options {
    pub(crate) fn segment_len(self) -> u64 {
        let bytes = self.segment_bytes.clamp(SEGMENT_BYTES_MIN, SEGMENT_BYTES_MAX);
        rounded_up(u64::from(bytes), BLOCK)
    }
}
