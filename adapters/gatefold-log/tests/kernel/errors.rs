//! Rows 11, 12 and 13 on the real kernel: each system call of the script fails once.

use std::path::Path;

use crate::observer::{Seen, at_each, strace_is_there};
use crate::script::{self, BATCHES, append, batches, check};

/// Nothing is there before the process starts.
fn nothing(_: &Path) {}

/// A whole log that was closed.
fn a_closed_log(directory: &Path) {
    let (mut log, _) = script::reopen(directory).unwrap();
    for batch in &batches(BATCHES) {
        append(&mut log, batch).unwrap();
    }
    log.close().unwrap();
}

/// After the first failure nothing is acknowledged, and what was acknowledged is there.
fn poisoned(directory: &Path, seen: &Seen, when: &str) {
    assert!(seen.status.success(), "{when}: {:?} {:?}", seen.status, seen.lines);
    let acknowledged = seen.acknowledged(when);
    let failed = seen.said("refused") || seen.said("indeterminate") || seen.said("poisoned");
    let at_the_end = acknowledged == BATCHES;
    assert!(failed || at_the_end, "{when}: nobody noticed: {:?}", seen.lines);
    check(directory, acknowledged, when);
}

pub(crate) fn sync_fails() {
    if !strace_is_there() {
        return;
    }
    let syncs = at_each("part-append", "fdatasync:error=EIO", &nothing, &|log, seen, when| {
        assert!(!seen.said("closed") || seen.acknowledged(when) == BATCHES, "{when}");
        poisoned(log, seen, when);
    });
    assert!(syncs > u64::try_from(BATCHES).unwrap() + 4, "{syncs} syncs");
}

pub(crate) fn directory_sync_fails() {
    if !strace_is_there() {
        return;
    }
    let syncs = at_each("part-append", "fsync:error=EIO", &nothing, &poisoned);
    assert!(syncs >= 4, "{syncs} syncs of directories");
}

pub(crate) fn no_space() {
    if !strace_is_there() {
        return;
    }
    for call in ["pwrite64", "ftruncate", "mkdir", "rename"] {
        let inject = format!("{call}:error=ENOSPC");
        let calls = at_each("part-append", &inject, &nothing, &|log, seen, when| {
            assert!(seen.status.success(), "{when}: {:?} {:?}", seen.status, seen.lines);
            check(log, seen.acknowledged(when), when);
        });
        assert!(calls > 0, "{call} is never called");
    }
}

pub(crate) fn empty_writes() {
    if !strace_is_there() {
        return;
    }
    let writes = at_each("part-append", "pwrite64:retval=0", &nothing, &poisoned);
    assert!(writes > u64::try_from(BATCHES).unwrap() + 4, "{writes} writes");
}

/// A hundred bytes are said to be written and are not: the loop writes what comes after them.
pub(crate) fn lying_writes() {
    if !strace_is_there() {
        return;
    }
    at_each("part-append", "pwrite64:retval=100", &nothing, &|log, seen, when| {
        assert!(seen.status.success(), "{when}: {:?} {:?}", seen.status, seen.lines);
        let acknowledged = seen.acknowledged(when);
        match script::reopen(log) {
            Err(error) => assert!(error.to_string().contains("damaged"), "{when}: {error}"),
            Ok((reopened, report)) => {
                let held = script::held_by(&reopened, &batches(BATCHES), when);
                let said = report.torn.is_some_and(|torn| torn.maybe_acknowledged);
                assert!(held >= acknowledged || said, "{when}: {held} of {acknowledged}");
            }
        }
    });
}

pub(crate) fn interrupted() {
    if !strace_is_there() {
        return;
    }
    for call in ["pwrite64", "fdatasync", "fsync", "ftruncate"] {
        let inject = format!("{call}:error=EINTR");
        let calls = at_each("part-append", &inject, &nothing, &|log, seen, when| {
            assert!(seen.said("closed"), "{when}: {:?}", seen.lines);
            assert_eq!(seen.acknowledged(when), BATCHES, "{when}");
            check(log, BATCHES, when);
        });
        assert!(calls > 0, "{call} is never called");
    }
    let reads = at_each("part-read", "pread64:error=EINTR", &a_closed_log, &|_, seen, when| {
        assert!(seen.said("read 13"), "{when}: {:?}", seen.lines);
    });
    assert!(reads > 4, "{reads} reads");
}

pub(crate) fn reads_fail() {
    if !strace_is_there() {
        return;
    }
    for call in ["pread64", "statx", "getdents64"] {
        let inject = format!("{call}:error=EIO");
        let calls = at_each("part-read", &inject, &a_closed_log, &|log, seen, when| {
            let refused = seen.said("refused") || seen.said("unread");
            assert!(refused || seen.said("read 13"), "{when}: {:?}", seen.lines);
            check(log, BATCHES, when);
        });
        assert!(calls > 0, "{call} is never called");
    }
}

pub(crate) fn short_reads() {
    if !strace_is_there() {
        return;
    }
    at_each("part-read", "pread64:retval=0", &a_closed_log, &|log, seen, when| {
        let refused = seen.said("refused") || seen.said("unread");
        assert!(refused || seen.said("read 13"), "{when}: {:?}", seen.lines);
        check(log, BATCHES, when);
    });
}
