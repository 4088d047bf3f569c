//! Row 18: a second process that wants to write.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use gatefold_log::OpenError;

use crate::script::{check, reopen};

/// A process that has the log open for writing and appended one batch.
fn holder(directory: &Path) -> Child {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .arg("part-hold")
        .arg(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap() == "held"), "the holder holds the log");
    child
}

pub(crate) fn second_process() {
    let directory = tempfile::tempdir().unwrap();
    let mut child = holder(directory.path());
    match reopen(directory.path()) {
        Err(OpenError::LockedByOther { holder, .. }) => {
            assert_eq!(holder, format!("process {}", child.id()));
        }
        other => panic!("two processes write: {other:?}"),
    }
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
    check(directory.path(), 1, "after the holder ended");
}

pub(crate) fn killed_holder() {
    let directory = tempfile::tempdir().unwrap();
    let mut child = holder(directory.path());
    child.kill().unwrap();
    child.wait().unwrap();
    check(directory.path(), 1, "after the holder was killed");
}
