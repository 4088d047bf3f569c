//! Starting the process under `strace`, and what it said before it ended.

use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

/// How the process ended and what it said.
pub(crate) struct Seen {
    pub lines: Vec<String>,
    pub status: ExitStatus,
    /// The injection happened.
    pub injected: bool,
}

impl Seen {
    /// How many batches were acknowledged; panics if an acknowledgement follows a failure.
    pub(crate) fn acknowledged(&self, when: &str) -> usize {
        let first = |word: &str| self.lines.iter().position(|line| line.starts_with(word));
        let last = |word: &str| self.lines.iter().rposition(|line| line.starts_with(word));
        if let (Some(failed), Some(ok)) = (first("indeterminate"), last("acknowledged")) {
            assert!(ok < failed, "{when}: acknowledged after a failure: {:?}", self.lines);
        }
        if let (Some(failed), Some(ok)) = (first("poisoned"), last("acknowledged")) {
            assert!(ok < failed, "{when}: acknowledged after a failure: {:?}", self.lines);
        }
        assert!(first("wrong").is_none(), "{when}: {:?}", self.lines);
        self.lines.iter().filter(|line| line.starts_with("acknowledged")).count()
    }

    /// The process was killed.
    pub(crate) fn killed(&self) -> bool {
        let signal = self.status.signal().or(self.status.code().map(|code| code - 128));
        signal == Some(9)
    }

    /// It said a line that begins so.
    pub(crate) fn said(&self, word: &str) -> bool {
        self.lines.iter().any(|line| line.starts_with(word))
    }
}

/// Whether the process can be observed; says so if not. A machine that checks for everybody must.
pub(crate) fn strace_is_there() -> bool {
    let there = Command::new("strace").arg("-V").output().is_ok_and(|it| it.status.success());
    let ci = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(there || !ci, "strace is missing: install it (`apt-get install strace`)");
    if !there {
        println!("skipped: strace is missing; install it (`apt-get install strace`)");
    }
    there
}

/// A directory in memory where there is one: the calls are the same, and syncs take no time.
pub(crate) fn fresh() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let parent = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    tempfile::tempdir_in(parent).unwrap()
}

/// Plays a part undisturbed; returns what it said after it started.
pub(crate) fn undisturbed(part: &str, directory: &Path) -> Vec<String> {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let output = command.arg(part).arg(directory).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{part}: {}", String::from_utf8_lossy(&output.stderr));
    lines(&output.stdout)[1..].to_vec()
}

fn lines(out: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(out).lines().map(str::to_owned).collect()
}

/// Plays a part while something is done to one of its system calls, as `strace -e inject` says it:
/// for example `fdatasync:error=EIO:when=3`.
pub(crate) fn play(part: &str, directory: &Path, inject: &str) -> Seen {
    let calls = inject.split(':').next().unwrap();
    let notes = tempfile::NamedTempFile::new().unwrap();
    let output = Command::new("strace")
        .args(["-f", "-qq", "-o"])
        .arg(notes.path())
        .args(["-e", &format!("trace={calls}"), "-e", &format!("inject={inject}")])
        .arg(std::env::current_exe().unwrap())
        .arg(part)
        .arg(directory)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let lines = lines(&output.stdout);
    let notes = std::fs::read_to_string(notes.path()).unwrap();
    let status = output.status;
    let killed = status.signal().is_some() || notes.contains("+++ killed by SIGKILL");
    let injected = notes.contains("INJECTED") || killed;
    Seen { lines, status, injected }
}

/// Does it to each call of a kind in turn, until there is none with that number, each time on a
/// fresh directory; returns how many the part made.
pub(crate) fn at_each(
    part: &str,
    inject: &str,
    prepare: &dyn Fn(&Path),
    judge: &dyn Fn(&Path, &Seen, &str),
) -> u64 {
    let mut judged = 0;
    for number in 1.. {
        let directory = fresh();
        let log = directory.path().join("log-of-the-script");
        prepare(&log);
        let inject = format!("{inject}:when={number}");
        let seen = play(part, &log, &inject);
        if !seen.injected {
            assert!(seen.status.success(), "{inject}: {:?} {:?}", seen.status, seen.lines);
            break;
        }
        // Before that the call was the loader's.
        if seen.said("started") {
            judge(&log, &seen, &inject);
            judged += 1;
        }
    }
    judged
}
