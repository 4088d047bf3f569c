//! The log's own commands, asked as people ask: the built `gatefold` over the log of
//! `docs/incident`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

mod played;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use gatefold::log::Anchor;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::RowAccessor;
use serde_json::Value;

use crate::played::Incident;

/// More than fits into a pipe, so that a writer meets its closed end.
const PIPE_BYTES: usize = 65_536;

/// One object per line of an answer.
fn objects(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn cat(incident: &Incident, filters: &str) -> Vec<Value> {
    objects(&incident.told(&format!("log cat --log LOG --json {filters}")))
}

fn positions(events: &[Value]) -> Vec<u64> {
    events.iter().map(|event| event["position"].as_u64().unwrap()).collect()
}

/// Those of all events that `wanted` lets through.
fn chosen(all: &[Value], wanted: impl Fn(&Value) -> bool) -> Vec<u64> {
    let chosen: Vec<Value> = all.iter().filter(|event| wanted(event)).cloned().collect();
    assert!(!chosen.is_empty() && chosen.len() < all.len(), "the filter tells events apart");
    positions(&chosen)
}

#[test]
fn every_event_is_listed_with_named_fields_and_exact_decimals() {
    let incident = Incident::play();
    let all = cat(&incident, "");
    let count = u64::try_from(all.len()).unwrap();
    assert_eq!(positions(&all), (1..=count).collect::<Vec<_>>());
    let fill = all.iter().find(|event| event["kind"] == "ExecutionBooked").unwrap();
    let execution = fill["body"]["execution"].as_object().unwrap();
    let names: Vec<&str> = execution.keys().map(String::as_str).collect();
    assert_eq!(names, ["at", "fee", "id", "instrument", "order", "price", "quantity", "side"]);
    for name in ["quantity", "price", "fee"] {
        let text = execution[name].as_str().unwrap();
        assert!(text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'), "{name} {text}");
    }
    let at = fill["time"].as_str().unwrap();
    assert_eq!((at.len(), at.ends_with('Z')), (30, true), "{at}");
    let people = incident.told("log cat --config CONFIG");
    assert_eq!(people.lines().count(), all.len());
    let line = people.lines().nth(usize::try_from(fill["position"].as_u64().unwrap()).unwrap() - 1);
    let line = line.unwrap();
    for word in [at, "ExecutionBooked", fill["account"].as_str().unwrap()] {
        assert!(line.contains(word), "{line}");
    }
}

#[test]
fn filters_let_through_what_they_name() {
    let incident = Incident::play();
    let all = cat(&incident, "");
    let large = chosen(&all, |event| event["account"] == "large");
    assert_eq!(positions(&cat(&incident, "--account large")), large);
    assert!(cat(&incident, "--account nobody").is_empty());
    assert!(cat(&incident, "--system").iter().all(|event| event["account"].is_null()));
    let kinds =
        chosen(&all, |event| event["kind"] == "IntentRefused" || event["kind"] == "IntentApproved");
    assert_eq!(positions(&cat(&incident, "--kind intentrefused --kind IntentApproved")), kinds);
    let places = chosen(&all, |event| (20..=30).contains(&event["position"].as_u64().unwrap()));
    assert_eq!(positions(&cat(&incident, "--since 20 --until 30")), places);
    let tail = chosen(&all, |event| {
        event["position"].as_u64().unwrap() >= 20 && event["account"] == "large"
    });
    assert_eq!(positions(&cat(&incident, "--since 20 --account large")), tail);
    assert_eq!(positions(&cat(&incident, "--account large --limit 3")), large[..3]);
    let middle = all[all.len() / 2]["time"].as_str().unwrap();
    let at = |event: &Value| event["time"].as_str().unwrap().to_owned();
    let early = chosen(&all, |event| at(event).as_str() <= middle);
    let late = chosen(&all, |event| at(event).as_str() >= middle);
    assert_eq!(positions(&cat(&incident, &format!("--until {middle}"))), early);
    assert_eq!(positions(&cat(&incident, &format!("--since {middle}"))), late);
}

#[test]
fn a_recommendation_brings_its_orders_and_executions() {
    let incident = Incident::play();
    let all = cat(&incident, "");
    let approved = all.iter().find(|event| event["kind"] == "IntentApproved").unwrap();
    let id = approved["body"]["recommendation"].as_str().unwrap();
    let key = approved["body"]["key"].as_str().unwrap();
    let mentions = chosen(&all, |event| {
        let body = &event["body"];
        [&body["recommendation"], &body["recommendation"]["id"]].contains(&&Value::from(id))
            || [&body["key"], &body["execution"]["order"]].contains(&&Value::from(key))
    });
    assert!(mentions.len() > 3, "received, approved, accepted, executed: {mentions:?}");
    assert_eq!(positions(&cat(&incident, &format!("--recommendation {id}"))), mentions);
    // Its order is known from an event before the first that is wanted.
    let since = approved["position"].as_u64().unwrap() + 1;
    let after: Vec<u64> = mentions.iter().copied().filter(|it| *it >= since).collect();
    let asked = cat(&incident, &format!("--recommendation {id} --since {since}"));
    assert_eq!(positions(&asked), after);
}

#[test]
fn whoever_closes_the_pipe_has_read_enough() {
    let incident = Incident::play();
    assert!(incident.told("log cat --log LOG --json").len() > PIPE_BYTES);
    let mut command = Command::new(env!("CARGO_BIN_EXE_gatefold"));
    command.args(["log", "cat", "--json", "--log"]).arg(incident.file("gatefold-data"));
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(objects(&line).len(), 1);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn stats_count_what_cat_lists_and_name_the_anchor() {
    let incident = Incident::play();
    let (all, stats) = (cat(&incident, ""), incident.json("log stats --log LOG --json"));
    assert_eq!(stats["events"], all.len());
    for (list, name) in [("accounts", "account"), ("kinds", "kind")] {
        let told = stats[list].as_array().unwrap();
        let told: BTreeMap<String, u64> =
            told.iter().map(|it| (it[name].to_string(), it["events"].as_u64().unwrap())).collect();
        let mut listed = BTreeMap::<String, u64>::new();
        for event in &all {
            *listed.entry(event[name].to_string()).or_default() += 1;
        }
        assert_eq!(told, listed);
    }
    assert_eq!(stats["first_at"], all[0]["time"]);
    let groups = stats["groups"]["distribution"].as_array().unwrap();
    let groups: u64 = groups.iter().map(|it| it["groups"].as_u64().unwrap()).sum();
    assert_eq!(stats["groups"]["with_events"], groups);
    assert_eq!(stats["segments"]["count"], 1);

    let line = incident.told("log anchor --log LOG");
    let anchor: Anchor = line.parse().unwrap();
    assert_eq!(anchor.position.get(), u64::try_from(all.len()).unwrap());
    assert_eq!(stats["head"]["anchor"], line.trim_end());
    assert_eq!(incident.json("log anchor --log LOG --json")["digest"], stats["head"]["digest"]);
    assert!(incident.told("log stats --log LOG").contains("ExecutionBooked"));
}

#[test]
fn an_export_is_whole_or_not_at_all_and_overwrites_nothing() {
    let incident = Incident::play();
    let all = cat(&incident, "");
    for format in ["jsonl", "csv", "parquet"] {
        let question = format!("log export --log LOG --format {format} --out HERE/e.{format}");
        let summary = incident.json(&format!("{question} --json"));
        assert_eq!((&summary["events"], &summary["head"]), (&all.len().into(), &all.len().into()));
        let file = incident.file(&format!("e.{format}"));
        let first = std::fs::read(&file).unwrap();
        assert_eq!(summary["bytes"], first.len());
        let output = incident.ask(&question);
        assert_eq!(output.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&output.stderr).contains("--force"));
        let told = incident.told(&format!("{question} --force --limit 2"));
        assert!(told.contains("2 events"), "{told}");
        assert_ne!(std::fs::read(&file).unwrap(), first);
    }
    let output = incident.ask("log export --log LOG --format csv --out HERE/none/e.csv");
    assert_eq!(output.status.code(), Some(2));
    let left = std::fs::read_dir(incident.file("")).unwrap();
    let names = left.map(|it| it.unwrap().file_name().into_string().unwrap());
    assert!(!names.into_iter().any(|name| name.starts_with('.')), "nothing half-done is left");
}

#[test]
fn every_format_holds_every_event() {
    let incident = Incident::play();
    let all = cat(&incident, "");
    for format in ["jsonl", "csv", "parquet"] {
        incident.told(&format!("log export --log LOG --format {format} --out HERE/e.{format}"));
    }
    let lines = objects(&std::fs::read_to_string(incident.file("e.jsonl")).unwrap());
    assert_eq!(positions(&lines), positions(&all));
    let mut rows = csv::Reader::from_path(incident.file("e.csv")).unwrap();
    let heads = rows.headers().unwrap().clone();
    for ((row, line), event) in rows.records().map(Result::unwrap).zip(&lines).zip(&all) {
        let fields = event.as_object().unwrap();
        assert!(fields.iter().all(|(name, value)| line[name] == *value), "{line} {event}");
        for (name, text) in heads.iter().zip(&row) {
            let told = match &line[name] {
                Value::Null => String::new(),
                Value::String(text) => text.clone(),
                Value::Object(_) => {
                    assert_eq!(serde_json::from_str::<Value>(text).unwrap(), line[name]);
                    continue;
                }
                Value::Bool(_) | Value::Number(_) | Value::Array(_) => line[name].to_string(),
            };
            assert_eq!(text, told, "{name} of {line}");
        }
    }
    let file = std::fs::File::open(incident.file("e.parquet")).unwrap();
    let reader = SerializedFileReader::new(file).unwrap();
    let columns = reader.metadata().file_metadata().schema_descr().columns().to_vec();
    let names: Vec<&str> = columns.iter().map(|column| column.name()).collect();
    assert_eq!(names, heads.iter().collect::<Vec<_>>());
    let listed = reader.get_row_iter(None).unwrap().map(Result::unwrap);
    let listed = listed.map(|row| u64::try_from(row.get_long(0).unwrap()).unwrap());
    assert_eq!(listed.collect::<Vec<_>>(), positions(&all));
}

#[test]
fn columns_are_listed_without_a_log_and_wrong_questions_end_with_2() {
    let incident = Incident::play();
    assert!(incident.told("log export --columns").contains("decimal(38, 18)"));
    for question in [
        "log cat",
        "log cat --log HERE/nowhere",
        "log cat --log LOG --kind Nonsense",
        "log stats --log HERE/nowhere",
        "log anchor --log HERE/nowhere",
        "log export --log LOG --format csv",
        "log export --log LOG --format xml --out HERE/e.xml",
    ] {
        assert_eq!(incident.ask(question).status.code(), Some(2), "{question}");
    }
}
