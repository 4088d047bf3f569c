//! What the user of the log may choose.

use std::time::Duration;

use crate::format::BLOCK;
use crate::format::bytes::rounded_up;

/// The smallest segment: a header, a footer, and room for a few groups.
pub const SEGMENT_BYTES_MIN: u32 = 8 * 4_096;
/// The largest segment.
pub const SEGMENT_BYTES_MAX: u32 = 1_073_741_824;
/// How long a segment is if nothing else is said.
pub const SEGMENT_BYTES_DEFAULT: u32 = 67_108_864;
/// How long a log is idle before its newest event is sealed, if nothing else is said.
pub const IDLE_SEAL_DEFAULT: Duration = Duration::from_millis(5);

/// How a log is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Length of a segment in bytes, rounded up to whole blocks; between [`SEGMENT_BYTES_MIN`]
    /// and [`SEGMENT_BYTES_MAX`], else the nearer of them. A batch that does not fit into one gets
    /// a longer segment. Segments that exist keep their length.
    pub segment_bytes: u32,
    /// After this time without an append a small group is written behind the last event, in the
    /// background. It lets readers in other processes see that event and proves it if it is
    /// damaged later. `None`: only the next append or the close does.
    pub idle_seal: Option<Duration>,
    /// How much of a new log's first segment is filled with zeros before the log is opened, at most
    /// all of it. Appends into filled space cost one write and one sync from the first one on;
    /// otherwise space is filled while they go on, as the log grows, and small logs stay small.
    /// Nothing else depends on it, and logs that exist have their space already.
    pub prepared_bytes: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl Options {
    /// What is used if nothing else is said.
    pub const DEFAULT: Self = Self {
        segment_bytes: SEGMENT_BYTES_DEFAULT,
        idle_seal: Some(IDLE_SEAL_DEFAULT),
        prepared_bytes: 0,
    };

    pub(crate) fn segment_len(self) -> u64 {
        let bytes = self.segment_bytes.clamp(SEGMENT_BYTES_MIN, SEGMENT_BYTES_MAX);
        rounded_up(u64::from(bytes), BLOCK)
    }
}
