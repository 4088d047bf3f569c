//! Where a walk begins, and how much of what it passes it checks.

use gatefold_core::record::disk::{Disk, DiskError};

use crate::format::BLOCK;
use crate::format::bytes::{narrow, wide};
use crate::format::group::{GROUP_HEADER_BYTES, GroupHeader};
use crate::read::Check;
use crate::window::Window;

/// Where a walk begins and how much it checks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start {
    /// A group begins here.
    pub offset: u64,
    pub check: Check,
    /// Groups of events of which none is behind this position are passed by: their headers are
    /// checked, their bodies are not read, and nobody visits them.
    pub after: u64,
}

impl Start {
    /// The first group of a segment, and every check of every group.
    pub(crate) const FULL: Self = Self { offset: BLOCK, check: Check::Chain, after: 0 };

    /// The group is passed by.
    pub(crate) fn passes(&self, header: &GroupHeader) -> bool {
        let next = header.first_position.saturating_add(u64::from(header.events));
        header.events > 0 && next <= self.after.saturating_add(1)
    }
}

/// The body of a group that was inspected.
pub(crate) fn body_at<'w, D: Disk>(
    window: &'w mut Window<'_, D>,
    at: u64,
    header: &GroupHeader,
) -> Result<&'w [u8], DiskError> {
    window.get(at + wide(GROUP_HEADER_BYTES), narrow(u64::from(header.body_len)))
}
