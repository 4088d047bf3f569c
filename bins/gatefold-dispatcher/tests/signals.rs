//! Asked to stop in the middle, the dispatcher stops between two instants, says so, and goes on
//! when it is run again.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

const SIGTERM_EXIT: i32 = 143;

fn dispatcher(log: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gatefold-dispatcher"));
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/quickstart/gatefold.toml");
    command.arg("run").arg(config).arg("--quiet").arg("--log").arg(log);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The report without the lines that tell how much of it this run decided.
fn report(output: &Output) -> Vec<String> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let counts = |line: &&str| {
        !["recommendations", "everything was", "log: ", "stopped after"]
            .iter()
            .any(|word| line.contains(word) && !line.starts_with(' '))
    };
    text.lines().filter(counts).map(str::to_owned).collect()
}

#[test]
fn stopped_by_sigterm_it_goes_on_when_it_is_run_again() {
    let undisturbed = tempfile::tempdir().unwrap();
    let whole = dispatcher(undisturbed.path()).output().unwrap();
    assert!(whole.status.success(), "{whole:?}");
    let mut stopped = 0;
    for tenth in 1..=30_u64 {
        let log = tempfile::tempdir().unwrap();
        let child = dispatcher(log.path()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(tenth * 20));
        let pid = child.id().to_string();
        // It may have ended by itself; then there is nobody to ask.
        let _ = Command::new("kill").args(["-TERM", &pid]).stderr(Stdio::null()).status();
        let ended = child.wait_with_output().unwrap();
        if ended.status.code() == Some(SIGTERM_EXIT) {
            let text = String::from_utf8_lossy(&ended.stdout);
            assert!(text.contains("run it again to go on"), "{text}");
            stopped += 1;
        }
        let again = dispatcher(log.path()).output().unwrap();
        assert!(again.status.success(), "{again:?}");
        assert_eq!(report(&again), report(&whole), "asked to stop after {} ms", tenth * 20);
        if stopped == 3 {
            return;
        }
    }
    panic!("no run was stopped in the middle ({stopped} were)");
}
