//! Row 12 on the real kernel: a small file system that is full, and has room again.

use std::ops::ControlFlow;
use std::path::Path;
use std::process::Command;

use gatefold_core::record::{AppendError, Position};
use gatefold_log::{EmbeddedLog, OpenError, Options};

use crate::script::{append, batches, held, held_by};

const FILE_SYSTEM: &str = "size=512k,mode=700";
const ROOM: &str = "remount,size=4m";
const OPTIONS: Options = Options { segment_bytes: 64 * 1_024, ..Options::DEFAULT };
const BALLAST_BYTES: usize = 128 * 1_024;
/// More than the file system holds.
const BATCHES: usize = 400;

/// Fills a file system of its own. The mount ends with the process that made it.
pub(crate) fn full() {
    let directory = tempfile::tempdir().unwrap();
    let mut tried = String::new();
    for flags in ["-m", "-rm"] {
        let output = Command::new("unshare")
            .arg(flags)
            .arg(std::env::current_exe().unwrap())
            .arg("part-fill")
            .arg(directory.path())
            .output()
            .unwrap_or_else(|error| panic!("unshare (of util-linux) is missing: {error}"));
        if output.status.success() {
            assert!(String::from_utf8_lossy(&output.stdout).ends_with("filled\n"));
            return;
        }
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        // Only a mount that is not permitted is tried another way.
        assert!(!said.contains("panicked") || said.contains("no mount"), "{said}");
        tried.push_str(&format!("unshare {flags}: {said}\n"));
    }
    panic!(
        "no file system can be mounted: run this as root, or permit user namespaces \
         (kernel.unprivileged_userns_clone, user.max_user_namespaces):\n{tried}"
    );
}

fn mount(directory: &Path, options: &str) {
    let output = Command::new("mount")
        .args(["-t", "tmpfs", "-o", options, "gatefold"])
        .arg(directory)
        .output()
        .unwrap_or_else(|error| panic!("no mount: {error}"));
    assert!(output.status.success(), "no mount: {}", String::from_utf8_lossy(&output.stderr));
}

/// Appends until there is no space; returns how many batches are acknowledged now. While the log
/// is full it is read whole, by the writer and beside it.
fn append_until_full(log: &mut EmbeddedLog, directory: &Path, from: usize) -> usize {
    let batches = batches(BATCHES);
    let mut stored = from;
    let refusal = loop {
        match append(log, &batches[stored]) {
            Ok(done) => assert!(!done.already),
            Err(error) => break error,
        }
        stored += 1;
    };
    assert!(matches!(refusal, AppendError::Full { .. }), "{refusal}");
    assert_eq!(held_by(log, &batches, "full"), stored, "nothing is half there");
    let seen = seen_beside(directory);
    assert!(stored - 1 <= seen && seen <= stored, "a reader sees {seen} of {stored}");
    stored
}

fn seen_beside(directory: &Path) -> usize {
    let reader = EmbeddedLog::open_read_only(directory).unwrap();
    let read = |each: &mut dyn FnMut(u64, u128, &[u8])| {
        reader
            .read(Position::ZERO, &mut |entry| {
                each(entry.position.get(), entry.id.raw(), entry.body);
                ControlFlow::Continue(())
            })
            .unwrap();
    };
    held(read, &batches(BATCHES), "beside")
}

/// The part: runs in a mount namespace of its own.
pub(crate) fn fill(directory: &Path) {
    mount(directory, FILE_SYSTEM);
    let (ballast, log_directory) = (directory.join("ballast"), directory.join("log"));
    std::fs::write(&ballast, vec![1; BALLAST_BYTES]).unwrap();
    let (mut log, _) = EmbeddedLog::open(&log_directory, OPTIONS).unwrap();
    let first = append_until_full(&mut log, &log_directory, 0);
    assert!(first > 20, "{first} batches fit");
    std::fs::remove_file(&ballast).unwrap();
    let second = append_until_full(&mut log, &log_directory, first);
    assert!(second > first + 10, "{second} batches after {first}: it goes on");
    drop(log);
    match EmbeddedLog::open(&log_directory, OPTIONS) {
        // Its first entry has no room, or just had.
        Err(OpenError::Full { .. }) | Ok(_) => (),
        Err(other) => panic!("{other}"),
    }
    assert_eq!(seen_beside(&log_directory), second, "full and unopened it is readable");
    mount(directory, ROOM);
    let (mut log, report) = EmbeddedLog::open(&log_directory, OPTIONS).unwrap();
    assert!(report.torn.is_none_or(|torn| !torn.maybe_acknowledged));
    assert_eq!(held_by(&log, &batches(BATCHES), "with room"), second);
    assert!(!append(&mut log, &batches(BATCHES)[second]).unwrap().already);
    println!("filled");
}
