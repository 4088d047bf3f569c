//! Row 14: the process is killed at each of its system calls.

use std::path::Path;

use crate::observer::{at_each, fresh, play, strace_is_there, undisturbed};
use crate::script::check;

/// Every call through which a log changes or looks at its directory, and the one that says so.
const CALLS: &[&str] = &[
    "mkdir",
    "openat",
    "flock",
    "ftruncate",
    "pwrite64",
    "fdatasync",
    "fsync",
    "rename",
    "write",
    "pread64",
    "close",
];

pub(crate) fn at_any_call() {
    if !strace_is_there() {
        return;
    }
    for call in CALLS {
        let inject = format!("{call}:signal=KILL");
        let kills = at_each("part-append", &inject, &|_| (), &|log, seen, when| {
            assert!(seen.killed(), "{when}: {:?}", seen.status);
            check(log, seen.acknowledged(when), when);
        });
        assert!(kills > 0, "{call} is never called");
    }
}

/// A log whose writer was killed in the middle of its script, at a roll. No two are alike: the
/// log's own thread makes some of the calls.
fn a_killed_log(directory: &Path) {
    let seen = play("part-append", directory, "ftruncate:signal=KILL:when=5");
    assert!(seen.killed(), "{:?} {:?}", seen.status, seen.lines);
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &to);
        } else {
            std::fs::copy(path, to).unwrap();
        }
    }
}

pub(crate) fn at_any_call_of_the_opening() {
    if !strace_is_there() {
        return;
    }
    let (killed, whole) = (fresh(), fresh());
    a_killed_log(killed.path());
    copy(killed.path(), whole.path());
    let before = undisturbed("part-read", whole.path());
    let events: u64 = before[0].strip_prefix("read ").unwrap().parse().unwrap();
    assert!(events > 0, "{before:?}");
    for call in ["openat", "ftruncate", "pwrite64", "fdatasync", "fsync"] {
        let inject = format!("{call}:signal=KILL");
        at_each("part-read", &inject, &|log| copy(killed.path(), log), &|log, seen, when| {
            assert!(seen.killed(), "{when}: {:?}", seen.status);
            let after = undisturbed("part-read", log);
            assert_eq!(after, before, "{when}: the same result on the next opening");
            check(log, 0, when);
        });
    }
}
