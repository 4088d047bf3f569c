//! Salvage: copying everything of a damaged log that verifies into a new one.
//!
//! What is lost leaves a hole, and a log has no holes: so behind the first one events get new
//! positions, and new versions where their stream lost events. The new log is another log with an
//! identity and a chain of its own, so that nobody takes it for the old one; every event keeps its
//! id, time and bytes. The file `salvage-report.json` in its directory lists what is missing and
//! what has moved. The old directory is only read.

mod copy;

use std::path::Path;

use gatefold_core::record::disk::{Disk, DiskError};
use gatefold_core::record::{AppendError, Position, Stream, Version};

use crate::error::OpenError;
use crate::open::LOCK;
use crate::options::Options;
use crate::os_disk::OsDisk;
use crate::verify::{Progress, Verification, VerifyOptions, verify_on};

/// The file in the new log's directory that says what could not be copied.
pub const SALVAGE_REPORT: &str = "salvage-report.json";

/// What was copied and what was not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Salvage {
    /// What is wrong with the old log, place by place.
    pub source: Verification,
    /// The new log's identity.
    pub uuid: [u8; 16],
    /// Events copied.
    pub events: u64,
    /// Which events are where now, in order.
    pub moved: Vec<Moved>,
    /// The same for each stream's versions.
    pub streams: Vec<MovedStream>,
    /// Sound events that could not be copied because no sound place names their stream.
    pub nameless: Vec<Nameless>,
    /// Positions of sound events that could not be copied because their ids are in the log before.
    pub repeated: Vec<Position>,
}

/// Events that were copied one behind the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The position of the first one in the old log.
    pub first: Position,
    /// The position of the last one in the old log.
    pub last: Position,
    /// The position of the first one in the new log.
    pub to: Position,
}

/// Events of one stream that were copied one behind the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MovedStream {
    /// The stream.
    pub stream: Stream,
    /// The version of the first one in the old log.
    pub first: Version,
    /// The version of the last one in the old log.
    pub last: Version,
    /// The version of the first one in the new log.
    pub to: Version,
}

/// Sound events of a stream whose name is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nameless {
    /// The stream's number in the old log.
    pub number: u32,
    /// How many events.
    pub events: u64,
    /// The position of the first one.
    pub first: Position,
    /// The position of the last one.
    pub last: Position,
}

impl Salvage {
    /// Everything of the old log is in the new one.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let damaged = !self.source.damages.is_empty() || self.source.torn.is_some();
        !damaged && self.nameless.is_empty() && self.repeated.is_empty()
    }

    /// The report as JSON.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        crate::json::report(self)
    }
}

/// Why a log could not be salvaged. The old log is as it was.
#[derive(Debug, thiserror::Error)]
pub enum SalvageError {
    /// The old log cannot be read at all. **Handling:** as [`OpenError`] says.
    #[error("the log to be salvaged: {0}")]
    Source(OpenError),
    /// The target holds something. **Handling:** name a directory that is empty or not there; what
    /// an interrupted salvage left may be removed.
    #[error("{target} holds {found}: name a directory that is empty or not there")]
    NotEmpty {
        /// The target.
        target: String,
        /// Something that is in it.
        found: String,
    },
    /// The new log cannot be made. **Handling:** as [`OpenError`] says; then remove what is in the
    /// target and start again.
    #[error("the new log: {0}")]
    Target(OpenError),
    /// The new log cannot be written. **Handling:** as [`AppendError`] says; then remove what is in
    /// the target and start again.
    #[error("the new log: {0}: remove it and start again")]
    Append(#[from] AppendError),
    /// The report cannot be written. **Handling:** remove what is in the target and start again.
    #[error("the new log's report: {0}: remove the new log and start again")]
    Report(DiskError),
}

/// Copies everything of the log in `from` that verifies into a new log in `to`, which is kept as
/// `options` say.
///
/// # Errors
/// As [`SalvageError`] says.
pub fn salvage(
    from: &Path,
    to: &Path,
    options: Options,
    progress: &Progress<'_>,
) -> Result<Salvage, SalvageError> {
    let at_target = |error: SalvageError| match error {
        SalvageError::NotEmpty { found, .. } => {
            SalvageError::NotEmpty { target: to.display().to_string(), found }
        }
        SalvageError::Source(error) => SalvageError::Source(error.at(from)),
        SalvageError::Target(error) => SalvageError::Target(error.at(to)),
        SalvageError::Append(_) | SalvageError::Report(_) => error,
    };
    let source = OsDisk::new(from);
    // The target is made only once the source is known to be a log.
    verifiable(&source).map_err(at_target)?;
    let target = OsDisk::create_root(to).map_err(OpenError::from);
    let target = target.map_err(|error| at_target(SalvageError::Target(error)))?;
    salvage_on(&source, &target, options, progress).map_err(at_target)
}

/// The same from disk to disk.
///
/// # Errors
/// As [`SalvageError`] says.
pub fn salvage_on<S: Disk, T: Disk + Clone>(
    source: &S,
    target: &T,
    options: Options,
    progress: &Progress<'_>,
) -> Result<Salvage, SalvageError> {
    verifiable(source)?;
    let io = |error| SalvageError::Target(OpenError::from(error));
    if let Some(found) = target.list("").map_err(io)?.into_iter().next() {
        return Err(SalvageError::NotEmpty { target: "the target".to_owned(), found });
    }
    // Two passes over the bytes: the first one lists, the second one copies.
    let half = |done: u64, total: u64| progress(done, 2 * total);
    let found =
        verify_on(source, &VerifyOptions::default(), &half).map_err(SalvageError::Source)?;
    let total = found.bytes;
    let salvage = copy::copy(source, target, options, found, &|done| {
        progress(total + done, 2 * total);
    })?;
    write_report(target, &salvage).map_err(SalvageError::Report)?;
    Ok(salvage)
}

/// Nobody writes the log.
fn verifiable<D: Disk>(source: &D) -> Result<(), SalvageError> {
    let locked = source.is_locked(LOCK).map_err(OpenError::from);
    if locked.map_err(SalvageError::Source)? {
        let (directory, holder) = (String::new(), "another process".to_owned());
        return Err(SalvageError::Source(OpenError::LockedByOther { directory, holder }));
    }
    Ok(())
}

/// Writes the report so that it is there as a whole or not at all. It is the last thing that is
/// written: a directory without it holds an interrupted salvage.
fn write_report<D: Disk>(disk: &D, salvage: &Salvage) -> Result<(), DiskError> {
    let new = format!("{SALVAGE_REPORT}.new");
    let file = disk.create(&new)?;
    disk.write_at(&file, 0, format!("{:#}\n", salvage.to_json()).as_bytes())?;
    disk.sync_data(&file)?;
    disk.rename(&new, SALVAGE_REPORT)?;
    disk.sync_dir("")
}
