//! Filling with zeros: the segment that is written to, and the file that becomes the next one.

use gatefold_core::record::disk::{Access, Disk, DiskError};

use crate::format::bytes::narrow;

/// A file that becomes a segment by its name; until then it is nothing.
pub(crate) const SPARE: &str = "log/next.spare";
/// A writer that has to fill in line fills this much.
pub(crate) const IN_LINE_BYTES: u64 = 1_048_576;
/// The keeper fills this much at a time: a sync beside it waits for little.
pub(crate) const STEP_BYTES: u64 = 262_144;

/// A file of zeros.
pub(crate) struct Spare<F> {
    pub file: F,
    pub length: u64,
    /// Up to here zeros were written and synced.
    pub filled: u64,
}

/// Fills a segment with zeros from an offset on before anybody waits for it. Says up to where.
pub(crate) fn prepare<D: Disk>(
    disk: &D,
    file: &D::File,
    from: u64,
    to: u64,
) -> Result<u64, DiskError> {
    let mut filled = from;
    while filled < to {
        let step = (filled + IN_LINE_BYTES).min(to);
        disk.write_at(file, filled, &vec![0; narrow(step - filled)])?;
        filled = step;
    }
    if filled > from {
        disk.sync_data(file)?;
    }
    Ok(filled)
}

/// Writes zeros and syncs them.
pub(crate) fn fill<D: Disk>(disk: &D, file: &D::File, from: u64, to: u64) -> Result<(), DiskError> {
    disk.write_at(file, from, &vec![0; narrow(to - from)])?;
    disk.sync_data(file)
}

/// A spare with nothing in it yet.
pub(crate) fn begin_spare<D: Disk>(disk: &D, length: u64) -> Result<Spare<D::File>, DiskError> {
    let file = match disk.create(SPARE) {
        Err(DiskError::AlreadyExists { .. }) => disk.open(SPARE, Access::Write)?,
        created => created?,
    };
    disk.set_len(&file, 0)?;
    disk.set_len(&file, length)?;
    Ok(Spare { file, length, filled: 0 })
}

impl<F: Send + Sync> Spare<F> {
    /// The same with zeros up to here.
    pub(crate) fn filled_to<D: Disk<File = F>>(
        mut self,
        disk: &D,
        to: u64,
    ) -> Result<Self, DiskError> {
        fill(disk, &self.file, self.filled, to)?;
        self.filled = to;
        Ok(self)
    }

    /// The same with one more step of zeros.
    pub(crate) fn step<D: Disk<File = F>>(self, disk: &D) -> Result<Self, DiskError> {
        let to = (self.filled + STEP_BYTES).min(self.length);
        self.filled_to(disk, to)
    }
}
