//! The contract of every log, run by the embedded log on a real and on a simulated disk.

// A test's helpers report by panicking, as the tests do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;

use gatefold_conformance::{log_contract, log_restart_contract};
use gatefold_core::record::Log;
use gatefold_log::{EmbeddedLog, Options, SEGMENT_BYTES_MIN};
use gatefold_sim::disk::SimDisk;

const SMALL: Options = Options { segment_bytes: SEGMENT_BYTES_MIN, ..Options::DEFAULT };

fn on_disk(directory: &Path, options: Options) -> Box<dyn Log> {
    Box::new(EmbeddedLog::open(directory, options).unwrap().0)
}

#[test]
fn the_embedded_log_keeps_the_contract() {
    let mut directories = Vec::new();
    log_contract(&mut || {
        directories.push(tempfile::tempdir().unwrap());
        on_disk(directories.last().unwrap().path(), Options::default())
    });
}

#[test]
fn the_embedded_log_keeps_the_contract_over_many_small_segments() {
    log_contract(&mut || Box::new(EmbeddedLog::open_on(SimDisk::default(), SMALL).unwrap().0));
}

#[test]
fn the_embedded_log_keeps_the_contract_across_restarts() {
    for options in [Options::default(), SMALL] {
        let directory = tempfile::tempdir().unwrap();
        log_restart_contract(&mut || on_disk(directory.path(), options));
    }
}
