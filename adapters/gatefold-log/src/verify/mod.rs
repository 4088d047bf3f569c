//! Verifying a whole log: every sum, every link of the chain, every frame, and after a damaged
//! place all the rest, so that every place is listed.
//!
//! `groups` goes through one segment and on behind damage, `facts` notes what is in it, `join`
//! holds the segments against each other in order, and `run` does it with several threads.

mod facts;
pub(crate) mod groups;
mod join;
mod report;
mod run;
pub(crate) mod segment;

use std::path::Path;

use gatefold_core::record::disk::Disk;

use crate::anchor::Anchor;
use crate::error::OpenError;
use crate::os_disk::OsDisk;

pub use report::{
    Affected, AffectedStream, AnchorVerdict, Damage, TornTail, Verdict, Verification,
};

/// Says of an event's tag, schema and body whether they are an event.
pub type CheckBody<'c> = dyn Fn(u16, u16, &[u8]) -> Result<(), String> + Sync + 'c;

/// What is verified besides sums, chain, numbers and frames.
#[derive(Clone, Copy, Default)]
pub struct VerifyOptions<'v> {
    /// Every body is given to this function, every frame's own sum is taken, no event id may be in
    /// the log twice (32 bytes of memory for each event), and every finished segment is hashed as a
    /// whole and compared with its footer.
    pub deep: Option<&'v CheckBody<'v>>,
    /// How many segments are verified at the same time, at least 1; 0 for as many as there are
    /// processors. The answer does not depend on it.
    pub threads: usize,
    /// The log must have been there.
    pub anchor: Option<Anchor>,
}

/// Told how many bytes of how many are verified, from several threads.
pub type Progress<'p> = dyn Fn(u64, u64) + Sync + 'p;

/// Verifies the log in `directory`. Nothing is changed, and no lock is taken: a writer may be at
/// work.
///
/// # Errors
/// As [`OpenError`] says, but damage is no error: it is what the [`Verification`] is about.
pub fn verify(
    directory: &Path,
    options: &VerifyOptions<'_>,
    progress: &Progress<'_>,
) -> Result<Verification, OpenError> {
    let disk = OsDisk::new(directory);
    verify_on(&disk, options, progress).map_err(|error| error.at(directory))
}

/// The same for the log on `disk`.
///
/// # Errors
/// As [`verify`].
pub fn verify_on<D: Disk>(
    disk: &D,
    options: &VerifyOptions<'_>,
    progress: &Progress<'_>,
) -> Result<Verification, OpenError> {
    run::verify(disk, options, progress)
}
