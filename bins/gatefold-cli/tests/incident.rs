//! The incident, asked about as people ask: the built `gatefold` over a log of `docs/incident`. Why
//! each of its 24 recommendations was approved or skipped must be said by the program itself.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

mod played;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::played::Incident;

/// As many gates judge every recommendation.
const GATES: usize = 34;

/// Every line of the inbox: id, account and ticker, in file order.
fn lines(incident: &Incident) -> Vec<[String; 3]> {
    let line = |line: &str| {
        let fields: Value = serde_json::from_str(line).unwrap();
        ["recommendation_id", "account", "ticker"].map(|name| text_of(&fields[name]).to_owned())
    };
    let text = std::fs::read_to_string(incident.file("recommendations.jsonl")).unwrap();
    text.lines().map(line).collect()
}

fn text_of(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

/// How the program writes an amount for people: `13900.00` as `13,900.00`.
fn grouped(amount: &str) -> String {
    let (whole, cents) = amount.split_once('.').unwrap();
    let mut text = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    format!("{text}.{cents}")
}

/// A text whose lines may have been broken anywhere between two words.
fn unwrapped(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}

/// The only decision on a recommendation in an account, with every gate accounted for.
fn decision(incident: &Incident, id: &str, account: &str) -> Value {
    let question = format!("explain {id} --account {account} --log LOG --json");
    let mut answer = incident.json(&question);
    assert_eq!(answer["recommendation"], id);
    let accounts = answer["accounts"].as_array_mut().unwrap();
    assert_eq!(accounts.len(), 1, "{id}");
    assert_eq!(accounts[0]["account"], account);
    let decisions = accounts[0]["decisions"].as_array_mut().unwrap();
    assert_eq!(decisions.len(), 1, "{id} was judged once");
    let decision = decisions.remove(0);
    let gates = decision["gates"].as_array().unwrap();
    let mut names: Vec<&str> = gates.iter().map(|gate| text_of(&gate["gate"])).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!((gates.len(), names.len()), (GATES, GATES), "{id}: {names:?}");
    for gate in gates {
        for number in ["observed", "limit"] {
            // Null is a number too: no bound, or never. What refuses has both.
            let value = gate.get(number).unwrap_or_else(|| panic!("{gate}"));
            let may_be_null = gate["outcome"] != "Refuse";
            assert!(value.is_string() || (may_be_null && value.is_null()), "{id}: {gate}");
        }
    }
    decision
}

/// The word of `expected.toml` for a gate.
fn limit_of(gate: &str) -> &'static str {
    match gate {
        "gross-exposure" => "skipped_by_max_exposure",
        "buying-power" => "skipped_by_buying_power",
        other => panic!("{other} skips nothing in the incident"),
    }
}

#[test]
fn every_recommendation_is_explained_as_expected() {
    let incident = Incident::play();
    let lines = lines(&incident);
    assert_eq!(lines.len(), 24);
    let mut explained: BTreeMap<&str, BTreeMap<&str, Vec<&str>>> = BTreeMap::new();
    for [id, account, ticker] in &lines {
        let decision = decision(&incident, id, account);
        let key = match text_of(&decision["outcome"]) {
            "Approved" => {
                assert!(decision["gate"].is_null() && decision["order"].is_string(), "{id}");
                "approved"
            }
            "Refused" => {
                assert!(decision["order"].is_null(), "{id}");
                limit_of(text_of(&decision["gate"]))
            }
            other => panic!("{id} was {other}"),
        };
        let of_account = explained.entry(account).or_default();
        of_account.entry(key).or_default().push(ticker);
    }
    let expected: toml::Table =
        std::fs::read_to_string(incident.file("expected.toml")).unwrap().parse().unwrap();
    for account in ["large", "tiny"] {
        let section = expected[account].as_table().unwrap();
        let listed = |key: &str| -> Vec<&str> {
            let list = section.get(key).and_then(toml::Value::as_array);
            list.into_iter().flatten().map(|it| it.as_str().unwrap()).collect()
        };
        for key in ["approved", "skipped_by_max_exposure", "skipped_by_buying_power"] {
            let found = explained[account].get(key).cloned().unwrap_or_default();
            assert_eq!(found, listed(key), "{account}: {key}");
        }
    }
}

#[test]
fn the_text_names_the_gate_and_both_numbers() {
    let incident = Incident::play();
    let mut refused = 0;
    for [id, account, _] in &lines(&incident) {
        let text = incident.told(&format!("explain {id} --account {account} --log LOG"));
        let unwrapped = unwrapped(&text);
        let decision = decision(&incident, id, account);
        for gate in decision["gates"].as_array().unwrap() {
            let name = text_of(&gate["gate"]);
            let row = |line: &&str| line.split_whitespace().next() == Some(name);
            assert_eq!(text.lines().filter(row).count(), 1, "{id}: {name}\n{text}");
        }
        if decision["outcome"] == "Refused" {
            refused += 1;
            let name = text_of(&decision["gate"]);
            let gates = decision["gates"].as_array().unwrap();
            let gate = gates.iter().find(|gate| gate["gate"] == name).unwrap();
            let [observed, limit] =
                ["observed", "limit"].map(|number| grouped(text_of(&gate[number])));
            let headline = format!("Refused by {name}: {}", text_of(&gate["code"]));
            let because = format!("observed ${observed}, limit ${limit}");
            assert!(unwrapped.contains(&headline), "{id}: {headline}\n{text}");
            assert!(unwrapped.contains(&because), "{id}: {because}\n{text}");
        }
    }
    assert_eq!(refused, 22);
    // 7,200 are held and 6,700 more were advised, where 10,000 are allowed.
    let text = unwrapped(&incident.told("explain 5873 --account large --log LOG"));
    let because = "observed $13,900.00, limit $10,000.00";
    assert!(text.contains("gross-exposure") && text.contains(because), "{text}");
}

#[test]
fn every_other_question_is_answered_too() {
    let incident = Incident::play();
    let status = incident.json("status --log LOG --json");
    let mut positions = BTreeMap::new();
    for account in status["accounts"].as_array().unwrap() {
        let held = account["positions"].as_array().unwrap().len();
        positions.insert(text_of(&account["account"]), held);
    }
    assert_eq!(positions, BTreeMap::from([("large", 2), ("tiny", 0)]));
    incident.told("status --config CONFIG");

    let whole = incident.json("replay --log LOG --json");
    let last = whole["position"].as_u64().unwrap();
    let same = incident.json(&format!("replay --log LOG --until {last} --json"));
    assert_eq!(whole["accounts"], same["accounts"]);
    // MSFT was advised at 17:29:10; the next one came a minute later.
    let early = incident.json("replay --log LOG --until 2026-02-03T17:30:00Z --json");
    assert!(early["position"].as_u64().unwrap() < last);
    let first = &early["accounts"][0];
    assert_eq!(first["account"], "large");
    assert_eq!(first["positions"].as_array().unwrap().len(), 1, "{first}");

    // 8,840 of 10,000 are used: one contract of 600 fits, two do not.
    let quote = "--limit 6.00 --bid 5.98 --ask 6.00";
    let question = format!("headroom --account large MSFT260320P00400000 {quote} --log LOG --json");
    let headroom = incident.json(&question);
    assert_eq!(headroom["quantity"], "1", "{headroom}");
    assert_eq!(headroom["binding"]["gate"], "gross-exposure", "{headroom}");

    let check = incident.json("check CONFIG --json");
    assert_eq!(check["ok"], true, "{check}");
}

#[test]
fn what_was_never_received_is_a_no() {
    let incident = Incident::play();
    let output = incident.ask("explain nonsense --log LOG");
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("nonsense was not received"), "{told}");
    // Ids are unique in an account only: 5873 went to the other one.
    let output = incident.ask("explain 5873 --account tiny --log LOG");
    assert_eq!(output.status.code(), Some(1));
}
