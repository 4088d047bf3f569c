//! The embedded log: segments of chained groups in one directory, one sync per append.
//!
//! [`EmbeddedLog`] writes, [`LogReader`] reads beside it. An append is acknowledged after its
//! group is on the disk; opening reports what it found in a [`RecoveryReport`], cuts nothing but a
//! torn last group, keeps what it cuts, and stops at any other damage with its place
//! ([`Corruption`]). `docs/log-format.md` describes every byte.
//!
//! Where to read on: `embedded` (an append from end to end), `recovery` (what a directory of bytes
//! says), `format` (the bytes).
//!
//! ```
//! use gatefold_core::record::{Append, Log, Position, Record, Stream, Version};
//! use gatefold_core::vocabulary::{EventId, Timestamp};
//! use gatefold_log::{EmbeddedLog, Options};
//!
//! let directory = tempfile::tempdir()?;
//! let (mut log, report) = EmbeddedLog::open(directory.path(), Options::default())?;
//! assert!(report.created);
//!
//! let record = Record {
//!     id: EventId::from_raw(1),
//!     tag: 1,
//!     schema: 1,
//!     at: Timestamp::EPOCH,
//!     body: vec![1, 2, 3],
//! };
//! let append = Append {
//!     stream: Stream::System,
//!     expected: Version::ZERO,
//!     epoch: log.epoch(),
//!     records: &[record],
//! };
//! assert_eq!(log.append(&append)?.position, Position::new(1));
//! assert!(log.append(&append)?.already, "the same events again are recognized by their ids");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod active;
mod anchor;
mod archive;
mod backup;
mod commit;
mod embedded;
mod error;
mod format;
#[doc(hidden)]
pub mod fuzzing;
mod ids;
mod index;
mod json;
mod open;
mod options;
mod os_disk;
mod outside;
mod progress;
mod read;
mod recovery;
mod report;
mod salvage;
mod snapshot;
mod verify;
mod window;
mod writer;

pub use anchor::{Anchor, AnchorError};
pub use archive::{
    ArchiveError, ArchiveReport, ArchiveWhich, ArchivedSegment, archive, archive_on,
};
pub use backup::{
    BackupDamage, BackupError, BackupOptions, BackupReport, Expected, Link, RestoreError, Restored,
    backup, backup_on, hard_links, restore, restore_on,
};
pub use embedded::EmbeddedLog;
pub use error::{Corruption, OpenError};
pub use options::{
    IDLE_SEAL_DEFAULT, Options, SEGMENT_BYTES_DEFAULT, SEGMENT_BYTES_MAX, SEGMENT_BYTES_MIN,
};
pub use os_disk::{OsDisk, OsFile, OsLock};
pub use progress::{Doing, Progress};
pub use read::{Check, Group, LogReader, Subscription};
pub use recovery::decide::Label;
pub use report::{RecoveryReport, Torn};
pub use salvage::{
    Moved, MovedStream, Nameless, SALVAGE_REPORT, Salvage, SalvageError, salvage, salvage_on,
};
pub use snapshot::{RefusedSnapshot, SavedSnapshot, SnapshotSaveError, Snapshots, StoredSnapshot};
pub use verify::{
    Affected, AffectedStream, AnchorVerdict, CheckBody, Damage, TornTail, Verdict, Verification,
    VerifyOptions, VerifyProgress, verify, verify_on,
};
pub use writer::{Appender, Ticket};
