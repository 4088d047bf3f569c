//! Verifying, salvaging and following a log, asked as people ask.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

mod played;

use std::path::PathBuf;

use serde_json::Value;

use crate::played::Incident;

/// The files that hold events, in order.
fn segments(incident: &Incident, log: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(incident.file(log).join("log")).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn flip(incident: &Incident, log: &str, at: usize) {
    let path = segments(incident, log).remove(0);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[at] ^= 1;
    std::fs::write(&path, bytes).unwrap();
}

/// Where the groups of a log's first segment begin.
fn groups(incident: &Incident, log: &str) -> Vec<usize> {
    let bytes = std::fs::read(segments(incident, log).remove(0)).unwrap();
    (4_096..bytes.len()).step_by(4_096).filter(|at| bytes[*at..*at + 4] == *b"GRP1").collect()
}

#[test]
fn a_log_is_verified_salvaged_and_verified_again() {
    let incident = Incident::play();
    let sound = incident.json("log verify --deep --json --log LOG");
    assert_eq!(sound["verdict"], "sound");
    let anchor = incident.told("log anchor --log LOG");
    let words: Vec<&str> = anchor.split_whitespace().collect();
    let (place, digest) = (words[3].parse::<u64>().unwrap(), words[5]);
    assert_eq!((sound["head"].as_u64(), sound["digest"].as_str()), (Some(place), Some(digest)));
    assert!(incident.told("log verify --config CONFIG").contains(": sound\n"));

    let all = incident.told("log cat --json --log LOG");
    let at = groups(&incident, "gatefold-data");
    flip(&incident, "gatefold-data", at[2] + 200);
    flip(&incident, "gatefold-data", at[5] + 20);
    let output = incident.ask("log verify --json --log LOG");
    assert_eq!(output.status.code(), Some(2));
    let damaged: Value = serde_json::from_slice(&output.stdout).unwrap();
    let offsets: Vec<u64> = damaged["damages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|damage| damage["offset"].as_u64().unwrap())
        .collect();
    assert_eq!(offsets, [at[2], at[5]].map(|at| u64::try_from(at).unwrap()));
    let text = incident.ask("log verify --log LOG");
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains(": damaged") && text.contains("damage 2 of 2"), "{text}");

    let output = incident.ask("log salvage --json --log LOG --to HERE/saved");
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let kept: Value =
        serde_json::from_slice(&std::fs::read(incident.file("saved/salvage-report.json")).unwrap())
            .unwrap();
    assert_eq!(report, kept);
    assert_eq!(incident.json("log verify --deep --json --log HERE/saved")["verdict"], "sound");
    let saved = incident.told("log cat --json --log HERE/saved");
    let ids = |text: &str| -> Vec<Value> {
        let event = |line| serde_json::from_str::<Value>(line).unwrap()["event_id"].clone();
        text.lines().map(event).collect()
    };
    let (before, after) = (ids(&all), ids(&saved));
    let (saved, sound) = (&report["events"], report["from"]["events"].as_u64().unwrap());
    assert_eq!(saved.as_u64(), Some(u64::try_from(after.len()).unwrap()));
    assert!(after.len() < before.len(), "{report}");
    // Where a stream's name is lost with its first events, the others are sound and nameless.
    let nameless = report["nameless"].as_array().unwrap().iter();
    let nameless: u64 = nameless.map(|it| it["events"].as_u64().unwrap()).sum();
    assert_eq!(saved.as_u64(), Some(sound - nameless), "{report}");
    let mut rest = before.iter();
    assert!(after.iter().all(|id| rest.any(|it| it == id)), "every event, in order");
    let again = incident.ask("log salvage --log LOG --to HERE/saved");
    assert_eq!(again.status.code(), Some(2), "the target is not empty");
}

#[test]
fn what_is_wrong_shows_in_the_exit_code() {
    let incident = Incident::play();
    let at = *groups(&incident, "gatefold-data").last().unwrap();
    flip(&incident, "gatefold-data", at + 70);
    let torn = incident.ask("log verify --log LOG");
    assert_eq!(torn.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&torn.stdout).contains("torn tail"));
    for question in
        ["log verify", "log verify --log HERE/nowhere", "log verify --anchor x --log LOG"]
    {
        assert_eq!(incident.ask(question).status.code(), Some(3), "{question}");
    }
    assert_eq!(incident.ask("log verify --help").status.code(), Some(0));
    assert_eq!(incident.ask("log tail").status.code(), Some(2));
    let incident = Incident::play();
    let line = incident.told("log anchor --log LOG").trim().to_owned();
    let ask = |line: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_gatefold"));
        command.args(["log", "verify", "--anchor", line, "--log"]);
        command.arg(incident.file("gatefold-data")).output().unwrap()
    };
    assert_eq!(ask(&line).status.code(), Some(0));
    let last = line.chars().next_back().unwrap();
    let other = format!("{}{}", &line[..line.len() - 1], if last == '0' { '1' } else { '0' });
    let rewritten = ask(&other);
    assert_eq!(rewritten.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&rewritten.stdout).contains("history was rewritten"));
}

#[test]
fn the_tail_of_a_log_is_its_last_events() {
    let incident = Incident::play();
    let all = incident.told("log cat --json --log LOG");
    let lines: Vec<&str> = all.lines().collect();
    let last = incident.told("log tail --json --last 3 --idle 0 --log LOG");
    assert_eq!(last.lines().collect::<Vec<_>>(), lines[lines.len() - 3..]);
    let some = incident.told("log tail --json --after 4 --limit 2 --log LOG");
    assert_eq!(some.lines().collect::<Vec<_>>(), lines[4..6]);
    let account = incident.told("log tail --after 0 --account large --idle 0 --log LOG");
    let cat = incident.told("log cat --json --account large --log LOG");
    assert_eq!(account.lines().count(), cat.lines().count());
}
