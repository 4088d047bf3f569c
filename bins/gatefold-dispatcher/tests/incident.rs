//! The incident, run as people run it: the built dispatcher over the files of `docs/incident`, in
//! all three variants, undisturbed and killed at every write that it waits for.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/incident")
}

fn dispatcher(config: &str, log: &Path) -> Vec<String> {
    [
        env!("CARGO_BIN_EXE_gatefold-dispatcher"),
        "run",
        folder().join(config).to_str().unwrap(),
        "--json",
        "--quiet",
        "--log",
        log.to_str().unwrap(),
    ]
    .map(String::from)
    .to_vec()
}

fn execute(command: &[String]) -> Output {
    Command::new(&command[0]).args(&command[1..]).output().unwrap()
}

/// The report of a run that must succeed.
fn run(config: &str, log: &Path) -> Value {
    let output = execute(&dispatcher(config, log));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{:?}\n{errors}", output.status);
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What a report says of an account, in the words of `expected.toml`.
#[derive(Debug, PartialEq)]
struct Ended {
    approved: Vec<String>,
    skipped: BTreeMap<String, Vec<String>>,
    open_positions: i64,
    exposure: f64,
}

/// The ticker of each recommendation, in file order.
fn tickers() -> Vec<(String, String, String)> {
    let text = std::fs::read_to_string(folder().join("recommendations.jsonl")).unwrap();
    let line = |line: &str| {
        let fields: Value = serde_json::from_str(line).unwrap();
        let field = |name: &str| fields[name].as_str().unwrap().to_owned();
        (field("recommendation_id"), field("account"), field("ticker"))
    };
    text.lines().map(line).collect()
}

fn ended(report: &Value, account: &str) -> Ended {
    let of = |it: &&Value| it["account"] == account;
    let found = report["accounts"].as_array().unwrap().iter().find(of).unwrap();
    let outcomes: BTreeMap<&str, &Value> = found["recommendations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["id"].as_str().unwrap(), it))
        .collect();
    let mut approved = Vec::new();
    let mut skipped: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (id, _, ticker) in tickers().into_iter().filter(|(_, of, _)| of == account) {
        let outcome = outcomes[id.as_str()];
        match outcome["outcome"].as_str().unwrap() {
            "executed" => approved.push(ticker),
            "refused" => {
                let key = outcome["limit_key"].as_str().unwrap();
                skipped.entry(key.to_owned()).or_default().push(ticker);
            }
            other => panic!("{id} ended {other}"),
        }
    }
    Ended {
        approved,
        skipped,
        open_positions: found["open_positions"].as_i64().unwrap(),
        exposure: found["exposure"].as_str().unwrap().parse().unwrap(),
    }
}

fn expected(section: &str) -> Ended {
    let text = std::fs::read_to_string(folder().join("expected.toml")).unwrap();
    let all: toml::Table = text.parse().unwrap();
    let section = all[section].as_table().unwrap();
    let names = |value: &toml::Value| -> Vec<String> {
        value.as_array().unwrap().iter().map(|it| it.as_str().unwrap().to_owned()).collect()
    };
    let skipped = section
        .iter()
        .filter_map(|(key, value)| {
            Some((key.strip_prefix("skipped_by_")?.to_owned(), names(value)))
        })
        .collect();
    Ended {
        approved: names(&section["approved"]),
        skipped,
        open_positions: section["open_positions_after"].as_integer().unwrap(),
        exposure: f64::from(
            i32::try_from(section["exposure_after"].as_integer().unwrap()).unwrap(),
        ),
    }
}

/// A killed run holds the same state by another history: it looked up what it did not know.
fn without_hashes(report: &Value) -> Value {
    let mut accounts = report["accounts"].clone();
    for account in accounts.as_array_mut().unwrap() {
        account.as_object_mut().unwrap().remove("state_hash").unwrap();
    }
    accounts
}

fn check(config: &str, report: &Value) {
    if config == "gatefold.toml" {
        assert_eq!(ended(report, "large"), expected("large"));
        assert_eq!(ended(report, "tiny"), expected("tiny"));
    } else {
        assert_eq!(ended(report, "large"), expected("large_count_only"));
    }
}

#[test]
fn the_incident_ends_as_expected_in_all_variants_and_is_not_traded_again() {
    for config in ["gatefold.toml", "count-only.toml"] {
        let log = tempfile::tempdir().unwrap();
        let first = run(config, log.path());
        check(config, &first);
        let again = run(config, log.path());
        assert_eq!(again["already_decided"], 24, "{again}");
        assert_eq!(again["decided"], 0);
        assert_eq!(first["accounts"], again["accounts"]);
    }
}

/// A run leaves snapshots; the next one starts from them, or without them where one is damaged, and
/// ends the same.
#[test]
fn a_run_starts_from_the_snapshots_of_the_one_before_and_a_damaged_one_changes_nothing() {
    let log = tempfile::tempdir().unwrap();
    let first = run("gatefold.toml", log.path());
    let count = first["accounts"].as_array().unwrap().len() + 1;
    assert_eq!(first["snapshots"], count, "one of each account and one of what belongs to none");
    let verbose = |log: &Path| {
        let mut command = dispatcher("gatefold.toml", log);
        command.push("-v".to_owned());
        let output = execute(&command);
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        (report, String::from_utf8(output.stderr).unwrap())
    };
    let (again, told) = verbose(log.path());
    assert_eq!(first["accounts"], again["accounts"]);
    let from = format!("folded from position {} on", first["events"]);
    assert!(told.contains(&from), "{told}");

    let entries = std::fs::read_dir(log.path().join("snap")).unwrap();
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.extension().is_some_and(|it| it == "gfs") {
            let mut bytes = std::fs::read(&path).unwrap();
            bytes[150] ^= 1;
            std::fs::write(&path, bytes).unwrap();
        }
    }
    let (again, told) = verbose(log.path());
    assert_eq!(first["accounts"], again["accounts"]);
    assert!(told.contains("folded from position 0 on"), "{told}");
    assert!(told.contains("snapshot snap/system-") && told.contains("left aside"), "{told}");
    assert_eq!(verbose(log.path()).1.matches("left aside").count(), 0, "new ones were left");
}

/// SIGKILL at the n-th `fdatasync`, for every n until a run is not reached by it: that is after
/// every decision, every order and every fill, since each is durable before the next step.
#[test]
fn killed_at_every_sync_the_incident_ends_the_same() {
    let strace = Command::new("strace").arg("-V").output();
    if strace.is_err() {
        let ci = std::env::var("CI").is_ok_and(|value| value == "true");
        assert!(!ci, "strace is missing: install it (`apt-get install strace`)");
        println!("skipped: strace is missing; install it to kill the dispatcher at every sync");
        return;
    }
    let undisturbed = tempfile::tempdir().unwrap();
    let whole = run("gatefold.toml", undisturbed.path());
    let mut killed = 0;
    for when in 1.. {
        let log = tempfile::tempdir().unwrap();
        let mut command: Vec<String> =
            ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync", "-e"]
                .map(String::from)
                .to_vec();
        command.push(format!("inject=fdatasync:signal=KILL:when={when}"));
        command.extend(dispatcher("gatefold.toml", log.path()));
        let status = execute(&command).status;
        if status.success() {
            break;
        }
        let signal = status.signal().or(status.code().map(|code| code - 128));
        assert_eq!(signal, Some(9), "{status:?}");
        killed += 1;
        let report = run("gatefold.toml", log.path());
        check("gatefold.toml", &report);
        let (ended, undisturbed) = (without_hashes(&report), without_hashes(&whole));
        assert_eq!(ended, undisturbed, "killed at sync {when}");
    }
    assert!(killed >= 24, "every recommendation is durable on its own: {killed} kills");
}
