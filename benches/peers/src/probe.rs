//! The disk's own price of durability: 4 KiB into zero-filled space, then fdatasync.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use anyhow::Result;

use crate::stats::{Spread, nanos, timed};

const BLOCK: u64 = 4_096;
/// Space filled with zeros; blocks are used once and then from the start again.
const BLOCKS: u64 = 4_096;

/// A file that nobody else writes.
pub(crate) struct Probe {
    file: File,
    next: u64,
    block: Vec<u8>,
}

impl Probe {
    /// Fills the space and syncs it.
    pub(crate) fn new(path: &Path) -> Result<Probe> {
        let file = File::options().read(true).write(true).create(true).truncate(true).open(path)?;
        let zeros = vec![0; 1 << 20];
        let mut offset = 0;
        while offset < BLOCK * BLOCKS {
            file.write_all_at(&zeros, offset)?;
            offset += 1 << 20;
        }
        file.sync_all()?;
        Ok(Probe { file, next: 0, block: vec![0x5a; 4_096] })
    }

    /// The median of `times` writes and syncs, in nanoseconds.
    pub(crate) fn median(&mut self, times: u32) -> Result<u64> {
        let mut all = Vec::new();
        for _ in 0..times {
            let offset = (self.next % BLOCKS) * BLOCK;
            self.next += 1;
            let (took, done) = timed(|| {
                self.file.write_all_at(&self.block, offset)?;
                self.file.sync_data()
            });
            done?;
            all.push(nanos(took));
        }
        Ok(Spread::new(all).percentile(50))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probe_takes_time() {
        let folder = tempfile::tempdir().unwrap();
        let mut probe = Probe::new(&folder.path().join("probe")).unwrap();
        assert!(probe.median(5).unwrap() > 0);
    }
}
