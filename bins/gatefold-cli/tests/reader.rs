//! `gatefold log cat --raw` and `gatefold log anchor` against the reader in Python that knows the
//! log from `docs/log-format.md` alone: over the kept logs and over that of `docs/incident`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

mod played;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::played::Incident;

const LOG_TESTS: &str = "../../adapters/gatefold-log/tests";

fn log_tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(LOG_TESTS)
}

/// What a program says that must succeed.
fn said(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| {
        panic!("{} cannot be started ({error}); it is needed here", command.get_program().display())
    });
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{command:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

fn gatefold(log: &Path, words: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gatefold"));
    said(command.args(words.split_whitespace()).arg("--log").arg(log))
}

/// Both say the same; how many events that were.
fn assert_agrees(log: &Path) -> usize {
    let reader = log_tests().join("reader/gfl.py");
    let python = said(Command::new("python3").arg("-B").arg(reader).arg(log));
    let ours = gatefold(log, "log cat --raw");
    let (events, head) = python.trim_end().rsplit_once('\n').unwrap();
    for (ours, theirs) in ours.lines().zip(events.lines()) {
        assert_eq!(ours, theirs, "{}", log.display());
    }
    assert_eq!(ours.lines().count(), events.lines().count(), "{}", log.display());
    let head: Value = serde_json::from_str(head).unwrap();
    let anchor: Value = serde_json::from_str(&gatefold(log, "log anchor --json")).unwrap();
    let fields =
        ["position", "group", "digest"].map(|name| (name.to_owned(), anchor[name].clone()));
    assert_eq!(head, json!({ "head": fields.into_iter().collect::<serde_json::Map<_, _>>() }));
    ours.lines().count()
}

#[test]
fn kept_logs_are_listed_as_another_reader_lists_them() {
    let mut read = 0;
    for entry in std::fs::read_dir(log_tests().join("fixtures")).unwrap() {
        let log = entry.unwrap().path().join("log");
        if log.is_dir() {
            assert!(assert_agrees(&log) > 0);
            read += 1;
        }
    }
    assert!(read >= 5, "{read} logs are kept");
}

#[test]
fn a_dispatchers_log_is_listed_as_another_reader_lists_it() {
    let incident = Incident::play();
    let all = incident.told("log cat --log LOG --json");
    assert_eq!(assert_agrees(&incident.file("gatefold-data")), all.lines().count());
    let anchor = incident.json("log anchor --log LOG --json");
    assert_eq!(anchor["position"], all.lines().count());
}

#[test]
fn raw_lines_are_filtered_as_others_are() {
    let incident = Incident::play();
    for filter in ["--account large", "--system", "--kind IntentRefused", "--since 20 --limit 3"] {
        let positions = |form: &str| -> Vec<Value> {
            let text = incident.told(&format!("log cat --log LOG {form} {filter}"));
            let object = |line| serde_json::from_str::<Value>(line).unwrap();
            text.lines().map(|line| object(line)["position"].clone()).collect()
        };
        assert_eq!(positions("--raw"), positions("--json"), "{filter}");
        assert!(!positions("--raw").is_empty() || filter == "--system", "{filter}");
    }
    for more in ["--json", "--recommendation 1"] {
        let output = incident.ask(&format!("log cat --log LOG --raw {more}"));
        assert_eq!(output.status.code(), Some(2), "{more}");
    }
}
