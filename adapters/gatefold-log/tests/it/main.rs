//! The log's promises under every fault that a simulated disk can show.

// A test's helpers report by panicking, as the tests do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod archive;
mod archive_checks;
mod aside;
mod asked;
mod backup;
mod backup_checks;
mod backup_files;
mod checkpoint;
mod crash;
mod damage;
mod faults;
mod forged;
mod groups;
mod hits;
mod keeper;
mod kit;
mod locked;
mod meanwhile;
mod model;
mod reader;
mod rejoined;
mod restored;
mod resume;
mod rolling;
mod rows;
mod salvage;
mod sealed;
mod snapshots;
mod tail;
mod threads;
mod tricky;
mod verify;
