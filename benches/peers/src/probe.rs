//! The disk's own price of durability: 4 KiB into zero-filled space, then fdatasync.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};

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

    /// The median of one writer's writes and syncs, in nanoseconds.
    ///
    /// Measured as the logs are: by a thread of its own, and for as long. On some machines the
    /// first two or three hundred syncs of a thread take four fifths of what the others take, so
    /// that few probes would be a floor that nothing reaches, not even what does the same for
    /// longer.
    pub(crate) fn median(&mut self, length: Duration) -> Result<u64> {
        let sampled = thread::scope(|scope| scope.spawn(|| self.sample(length)).join());
        sampled.map_err(|_| anyhow!("the probe panicked"))?
    }

    fn sample(&mut self, length: Duration) -> Result<u64> {
        let started = Instant::now();
        let mut all = Vec::new();
        while started.elapsed() < length {
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
        assert!(probe.median(Duration::from_millis(2)).unwrap() > 0);
    }
}
