//! Snapshots, asked as people ask: written, compared, damaged, and forged.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

mod played;

use std::path::PathBuf;

use gatefold::core::record::Stream;
use gatefold::log::{LogReader, Snapshots};
use serde_json::Value;

use crate::played::Incident;

fn files(incident: &Incident) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(incident.file("gatefold-data").join("snap")).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|it| it == "gfs"));
    files.sort();
    files
}

fn verdicts(report: &Value) -> Vec<&str> {
    let all = report["snapshots"].as_array().unwrap();
    all.iter().map(|it| it["verdict"].as_str().unwrap()).collect()
}

#[test]
fn snapshots_are_written_beside_the_log_and_are_what_it_makes() {
    let incident = Incident::play();
    let none = incident.json("log verify --snapshots --json --log LOG");
    assert_eq!(none["snapshots"], Value::Array(Vec::new()));
    assert_eq!(incident.json("log verify --json --log LOG")["snapshots"], Value::Null);

    let before = incident.told("log anchor --log LOG");
    let written = incident.json("log snapshot --json --log LOG");
    let saved = written["snapshots"].as_array().unwrap();
    assert_eq!(saved.len(), files(&incident).len());
    assert_eq!(saved[0]["stream"], "system");
    assert_eq!(before, incident.told("log anchor --log LOG"), "the log is as it was");
    let text = incident.told("log snapshot --config CONFIG");
    assert!(text.contains("account:large") && text.contains("snapshots at position"), "{text}");

    let report = incident.json("log verify --snapshots --json --log LOG");
    assert_eq!(verdicts(&report), vec!["equal"; saved.len()]);
    let text = incident.told("log verify --snapshots --log LOG");
    assert!(text.contains("is what the log makes"), "{text}");
}

#[test]
fn a_damaged_one_harms_nothing_and_one_that_lies_is_told() {
    let incident = Incident::play();
    incident.told("log snapshot --log LOG");
    let path = files(&incident).remove(0);
    let whole = std::fs::read(&path).unwrap();
    let mut damaged = whole.clone();
    damaged[200] ^= 1;
    std::fs::write(&path, damaged).unwrap();
    let report = incident.json("log verify --snapshots --json --log LOG");
    assert_eq!(verdicts(&report).iter().filter(|it| **it == "left-aside").count(), 1);
    std::fs::write(&path, whole).unwrap();

    // The right place and a right sum over another state.
    let dir = incident.file("gatefold-data");
    let mut store = Snapshots::open(&dir).unwrap();
    let all = store.all().unwrap().into_iter().map(|it| it.found.unwrap());
    let account =
        |it: &gatefold::core::record::snapshot::Snapshot| matches!(it.stream, Stream::Account(_));
    let mut forged = all.into_iter().find(account).unwrap();
    *forged.bytes.last_mut().unwrap() ^= 1;
    let anchor = LogReader::open(&dir).unwrap().anchor();
    store.save(&anchor, &[forged]).unwrap();
    let output = incident.ask("log verify --snapshots --json --log LOG");
    assert_eq!(output.status.code(), Some(2));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(verdicts(&report).iter().filter(|it| **it == "different").count(), 1);
    assert_eq!(report["verdict"], "sound", "the log itself is");
}
