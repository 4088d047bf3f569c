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
    assert!(read >= 6, "{read} logs are kept");
}

/// Version 1 did not record which quote a mark came from, and no reader makes one up.
#[test]
fn marks_of_both_versions_say_where_they_came_from_as_far_as_that_is_known() {
    let log = log_tests().join("fixtures/v1-marks/log");
    assert_eq!(assert_agrees(&log), 3);
    let raw = gatefold(&log, "log cat --raw --kind MarksObserved");
    let schemas = raw.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    assert_eq!(schemas.map(|it| it["schema"].clone()).collect::<Vec<_>>(), [1, 2]);
    let shown = gatefold(&log, "log cat --json --kind MarksObserved");
    let feeds: Vec<Value> = shown
        .lines()
        .flat_map(|line| {
            let event: Value = serde_json::from_str(line).unwrap();
            event["body"]["marks"].as_array().unwrap().clone()
        })
        .map(|mark| mark["source"].clone())
        .collect();
    let quoted = "2015-12-24T14:30:59.500000000Z";
    let named = |feed: &str| json!({ "feed": feed, "at": quoted });
    let unknown = Value::Null;
    let wanted =
        [&unknown, &unknown, &named("Iex"), &named("Indicative"), &unknown].map(Value::clone);
    assert_eq!(feeds, wanted);
    let words = gatefold(&log, "log cat --kind MarksObserved");
    assert!(words.contains("GOOG 750.00 (feed not recorded), 1 more"), "{words}");
    assert!(words.contains("GOOG 750.10 (Iex), 2 more"), "{words}");
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
