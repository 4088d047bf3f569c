//! `gatefold report`, asked as people ask: the morning of 4 February, a day that went well, and a
//! database that is behind, broken, or gone.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]
// Each of the test programs asks in some of the ways.
#![allow(dead_code, reason = "shared by the test programs")]

mod legacy;
mod played;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use serde_json::Value;
use throwaway_postgres::{Cluster, Database};

use crate::legacy::Old;
use crate::played::Incident;

const MORNING: &str = "report --since 24h --until 2026-02-04T15:15:00Z --config CONFIG";

fn status(report: &Value, status: &str) -> (u64, String) {
    let all = report["funnel"]["statuses"].as_array().unwrap();
    let one = all.iter().find(|it| it["status"] == status).unwrap();
    (one["count"].as_u64().unwrap(), one["share"].as_str().unwrap().to_owned())
}

#[test]
fn the_morning_of_4_february_is_what_the_old_team_assembled_by_hand() {
    let old = Old::filled();
    old.import_all();
    let report = old.json(&format!("{MORNING} --json"), 3);
    assert_eq!(report["funnel"]["total"], 727);
    // 617 of 727; what was pending then ends as expired in an import.
    assert_eq!(status(&report, "FAILED"), (617, "0.848693".to_owned()));
    assert_eq!(status(&report, "SIMULATED").0, 59);
    assert_eq!(status(&report, "SKIPPED").0, 21);
    assert_eq!(status(&report, "EXECUTED").0, 16);
    assert_eq!(status(&report, "EXPIRED").0, 14);
    assert_eq!(status(&report, "PENDING").0, 0);
    let executions = &report["executions"][0];
    assert_eq!((&executions["account"], &executions["mode"]), (&"large".into(), &"Paper".into()));
    assert_eq!(executions["bought"], "139680.00");
    assert_eq!(executions["count"], 21, "sixteen entries, five closes");
    let positions = &report["positions"][0];
    assert_eq!((&positions["counted"], &positions["limit"]), (&11.into(), &5.into()));
    assert_eq!(positions["open"].as_array().unwrap().len(), 11);
    let cause = &report["errors"][0];
    assert_eq!(cause["count"], 617);
    assert_eq!(cause["cause"], "UndefinedColumn: column \"account_name\" does not exist");
    assert_eq!(cause["samples"][0]["at"], "legacy recommendations:7000");
    let crossed: Vec<&str> = report["crossed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["threshold"].as_str().unwrap())
        .collect();
    assert_eq!(crossed, ["failure-rate", "rapid-openings"]);
    assert_eq!(report["crossed"][1]["observed"], "12 positions opened within 15m");
    let days: Vec<&Value> =
        report["runs"].as_array().unwrap().iter().map(|it| &it["day"]).collect();
    assert_eq!(days, ["2026-02-03", "2026-02-04", "2026-02-03", "2026-02-04"], "large, then tiny");

    // The first threshold that is crossed gives the exit code.
    old.json(&format!("{MORNING} --max-failure-rate 0.9 --json"), 4);
    let calm = format!("{MORNING} --max-failure-rate 0.9 --max-openings 12 --json");
    assert_eq!(old.json(&calm, 0)["crossed"], Value::Array(Vec::new()));
    old.json(&format!("{calm} --openings-within 2h"), 4);

    // Before the column was missing, in a text for people.
    let early = MORNING.replace("2026-02-04T15:15:00Z", "2026-02-03T18:00:00Z");
    let (code, out, _) = old.answer(&early);
    assert_eq!(code, 4, "{out}");
    assert!(
        out.contains("CROSSED  rapid-openings  large: 12 positions opened within 15m"),
        "{out}"
    );
    assert!(out.contains("no errors") && out.contains("no database is configured"), "{out}");
    assert!(out.contains("11 of 5 positions"), "{out}");
    assert!(out.lines().all(|line| line.chars().count() <= 120), "{out}");
}

#[test]
fn a_day_that_went_well_crosses_nothing() {
    let incident = Incident::play();
    let question = "report --since 2026-02-03 --until 2026-02-03T21:00:00Z --config CONFIG";
    let report = incident.json(&format!("{question} --json"));
    assert_eq!(report["funnel"]["total"], 24);
    assert_eq!(status(&report, "SIMULATED").0, 2);
    assert_eq!(status(&report, "SKIPPED").0, 22);
    assert_eq!(report["executions"][0]["notional"], "8840.00");
    assert_eq!(report["positions"][0]["open"].as_array().unwrap().len(), 2);
    let refused: u64 =
        report["refusals"].as_array().unwrap().iter().map(|it| it["count"].as_u64().unwrap()).sum();
    assert_eq!(refused, 22);
    assert_eq!(report["database"], Value::Null);
    let text = incident.told(question);
    assert!(text.contains("OK      no threshold is crossed"), "{text}");
    // An hour in which nothing happened.
    let quiet = "report --since 1h --until 2026-02-04T12:00:00Z --config CONFIG";
    assert!(incident.told(quiet).contains("no executions"));
    for (odd, told) in [
        ("report --since yesterday --config CONFIG", "give 24h"),
        ("report --since 2026-02-05 --until 2026-02-04T00:00:00Z --config CONFIG", "begin at"),
        ("report --config NOWHERE", "NOWHERE"),
    ] {
        let output = incident.ask(odd);
        let err = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && err.contains(told), "{odd}: {err}");
    }
}

fn sql(database: &Database, sql: &str) {
    let url = database.url("postgres");
    let told = Command::new("psql").args([&url, "-Xqc", sql]).output().unwrap();
    assert!(told.status.success(), "{sql}: {}", String::from_utf8_lossy(&told.stderr));
}

/// Which role asks from now on.
fn ask_as(incident: &Incident, database: &Database, role: &str) {
    let url = incident.file("postgres.url");
    fs::write(&url, database.url(role)).unwrap();
    fs::set_permissions(&url, Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn the_database_is_verified_by_a_role_that_may_only_read() {
    let mut cluster = Cluster::start().unwrap();
    let database = cluster.database("day").unwrap();
    let incident = Incident::play();
    let config = incident.file("gatefold.toml");
    let mut text = fs::read_to_string(&config).unwrap();
    text.push_str("\n[postgres]\nurl_file = \"postgres.url\"\n");
    text.push_str("\n[read_models]\nkind = \"postgres\"\nmax_lag = \"30s\"\n");
    fs::write(&config, text).unwrap();
    ask_as(&incident, &database, "postgres");
    incident.told("migrate CONFIG");
    sql(
        &database,
        "CREATE ROLE gatefold_dispatcher LOGIN; CREATE ROLE gatefold_report LOGIN; \
         CREATE ROLE gatefold_signals LOGIN",
    );
    sql(&database, include_str!("../../../adapters/gatefold-postgres/roles.sql"));
    ask_as(&incident, &database, "gatefold_report");

    let question = "report --since 2026-02-03 --until 2026-02-03T21:00:00Z --config CONFIG --json";
    let report = |expected: i32| -> Value {
        let output = incident.ask(question);
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(expected), "{err}");
        serde_json::from_slice(&output.stdout).unwrap()
    };
    // Nothing has followed the log yet: its first event is hours old.
    let lacking = report(5);
    assert_eq!(lacking["database"]["read_models"]["position"], 0);
    assert_eq!(lacking["crossed"][0]["threshold"], "lag");
    assert_eq!(lacking["thresholds"]["max_lag"], "30s");

    ask_as(&incident, &database, "postgres");
    incident.told("project CONFIG");
    sql(
        &database,
        "INSERT INTO dispatch_recommendations (account_name, strategy, symbol, action, quantity) \
         VALUES ('large', 's', 'AAPL', 'buy_to_open', 1)",
    );
    ask_as(&incident, &database, "gatefold_report");
    let level = report(0);
    assert_eq!(level["database"]["schema"]["ok"], true);
    assert_eq!(level["database"]["read_models"]["lacking"], 0);
    assert_eq!(level["database"]["read_models"]["position"], level["position"]);
    assert_eq!(level["database"]["waiting"], 1);

    sql(&database, "ALTER TABLE active_positions DROP COLUMN mark");
    let broken = report(6);
    let named = broken["database"]["schema"]["differences"].to_string();
    assert!(named.contains("column active_positions.mark is missing"), "{named}");
    assert_eq!(broken["crossed"][0]["threshold"], "schema");
    cluster.stop();
    let gone = report(6);
    assert!(gone["crossed"][0]["observed"].as_str().unwrap().contains("no connection"), "{gone}");
}
