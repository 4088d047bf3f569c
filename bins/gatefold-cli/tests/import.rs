//! `gatefold import`, asked as people ask: the tables of the incident in a real PostgreSQL.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]
// Each of the test programs asks in some of the ways.
#![allow(dead_code, reason = "shared by the test programs")]

mod legacy;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use gatefold::config::Config;
use gatefold::core::engine::Input;
use gatefold::core::record::Event;
use gatefold::core::vocabulary::{Span, Timestamp};
use gatefold::sim::Replay;
use gatefold::wiring;
use serde_json::Value;

use crate::legacy::{Old, ask};

const IMPORT: &str = "import postgres --legacy --url-env OLD --config CONFIG";

/// How often each verdict with its class was given.
fn tally(told: &Value) -> BTreeMap<String, usize> {
    let mut tally = BTreeMap::new();
    for row in told["rows"].as_array().unwrap() {
        let class = row["class"].as_str().unwrap_or("");
        let key = format!(
            "{} {} {class}",
            row["table"].as_str().unwrap(),
            row["verdict"].as_str().unwrap()
        );
        *tally.entry(key.trim_end().to_owned()).or_insert(0) += 1;
    }
    tally
}

/// Every row of the tables has one line, and events are where the lines say.
fn accounted_for(old: &Old, told: &Value) {
    for (table, name, id) in [
        ("recommendations", "recommendations", "recommendation_id"),
        ("executions", "dispatch_executions", "execution_id"),
        ("positions", "active_positions", "id"),
    ] {
        let counts = &told["tables"][table];
        let of = |what: &str| counts[what].as_u64().unwrap();
        assert_eq!(counts["table"], name);
        assert_eq!(of("rows"), of("adopted") + of("dropped") + of("contradictory"));
        let ids = old.sql(&format!("SELECT {id} FROM {name}"));
        let ids: BTreeSet<String> = ids.lines().map(str::to_owned).collect();
        let rows = told["rows"].as_array().unwrap().iter().filter(|row| row["table"] == table);
        let rows: Vec<String> = rows.map(|row| row["id"].as_str().unwrap().to_owned()).collect();
        assert_eq!(rows.len(), ids.len(), "one line for each row of {name}");
        assert_eq!(rows.into_iter().collect::<BTreeSet<_>>(), ids);
        assert_eq!(of("rows"), u64::try_from(ids.len()).unwrap());
    }
    for row in told["rows"].as_array().unwrap() {
        let adopted = row["verdict"] == "adopted";
        assert_eq!(!row["events"].as_array().unwrap().is_empty(), adopted, "{row}");
        assert_eq!(row["class"].is_null(), adopted, "{row}");
    }
}

#[test]
fn the_incident_is_imported_as_it_was_and_every_row_is_accounted_for() {
    let old = Old::filled();
    // Two rows contradict others: nothing is written until somebody decided.
    let (code, out, _) = old.answer(IMPORT);
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("nothing was written: 2 rows contradict each other"), "{out}");
    assert!(out.contains("CONTRADICTORY: no-recommendation") && out.contains("would book it"));
    assert!(!old.file("gatefold-data").exists());
    let dry = old.json(&format!("{IMPORT} --dry-run --without-contradictory --json"), 0);
    assert!(!old.file("gatefold-data").exists());

    let told = old.json(&format!("{IMPORT} --without-contradictory --json"), 0);
    assert_eq!(told["outcome"], "written");
    assert_eq!(told["rows"], dry["rows"], "a dry run says the same");
    accounted_for(&old, &told);
    let expected: BTreeMap<String, usize> = [
        // 727 of the day: nine name an account of nobody, three none.
        ("recommendations adopted", 715),
        ("recommendations dropped unknown-account", 12),
        ("executions adopted", 16),
        ("executions dropped simulated", 59),
        ("executions contradictory no-recommendation", 1),
        // Sixteen, each of three four times more, two of nothing, one of another contract.
        ("positions adopted", 16),
        ("positions dropped duplicate", 12),
        ("positions dropped phantom", 2),
        ("positions contradictory other-symbol", 1),
    ]
    .map(|(what, count)| (what.to_owned(), count))
    .into();
    assert_eq!(tally(&told), expected);

    // Eleven positions with a limit of five, 61,000 dollars of them left of the listed twelve.
    let status = old.json("status --json --config CONFIG", 0);
    assert_eq!(status["failed_inputs"], 617);
    let large = &status["accounts"][0];
    let open = large["positions"].as_array().unwrap();
    assert_eq!((large["account"].as_str(), open.len()), (Some("large"), 11));
    let limit = |name: &str| {
        let all = large["limits"].as_array().unwrap();
        all.iter().find(|it| it["name"] == name).unwrap().clone()
    };
    let used = |name: &str| (limit(name)["used"].clone(), limit(name)["limit"].clone());
    assert_eq!(used("max_positions"), (11.into(), 5.into()));
    assert_eq!(used("max_exposure"), ("94590.00".into(), "10000.00".into()));
    assert!(open.iter().all(|it| it["plan"].as_str().unwrap().contains("stop")), "{open:?}");
    assert_eq!(large["recommendations"]["Executed"], 16);
    assert_eq!(large["orders"].as_array().unwrap().len(), 0, "nothing can still trade");

    // The log is one: it verifies, folds, explains.
    let verified = old.json("log verify --deep --json --config CONFIG", 0);
    assert_eq!((&verified["verdict"], &verified["events"]), (&"sound".into(), &told["events"]));
    old.json("replay --json --config CONFIG", 0);
    let (code, out, _) = old.answer("explain 7000 --config CONFIG");
    assert!(code == 0 && out.contains("column \"account_name\" does not exist"), "{out}");
    let (code, out, _) = old.answer("explain 5871 --config CONFIG");
    assert!(code == 0 && out.contains("MSFT260320P00400000") && out.contains("5871"), "{out}");
    let story = old.json("explain 5871 --json --config CONFIG", 0);
    let after = story["accounts"][0]["after"].as_array().unwrap();
    let kinds: Vec<&str> = after.iter().map(|it| it["event"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"ExecutionBooked") && kinds.contains(&"ExitPlanSet"), "{kinds:?}");
}

#[test]
fn importing_again_doubles_nothing_and_another_import_is_refused() {
    let old = Old::filled();
    let question = format!("{IMPORT} --without-contradictory --json");
    let told = old.json(&question, 0);
    let anchor = old.answer("log anchor --config CONFIG").1;
    let again = old.json(&question, 0);
    assert_eq!(again["outcome"], "already");
    assert_eq!(again["rows"], told["rows"]);
    // The same tables as files are the same import.
    let files = "import csv LEGACY --legacy --config CONFIG --without-contradictory --json";
    assert_eq!(old.json(files, 0)["outcome"], "already");
    assert_eq!(old.answer("log anchor --config CONFIG").1, anchor);
    // A row that changed, and one that came: neither is put into a log that exists.
    old.sql("UPDATE recommendations SET quantity = 13 WHERE recommendation_id = 5871");
    let (code, _, err) = old.answer(&question);
    assert!(code == 2 && err.contains("has changed since"), "{err}");
    old.sql("UPDATE recommendations SET quantity = 12 WHERE recommendation_id = 5871");
    assert_eq!(old.json(&question, 0)["outcome"], "already");
    old.sql(
        "INSERT INTO recommendations SELECT 9999, account_name, ticker, symbol, action, quantity, \
         limit_price, confidence, strategy, stop_price, target_price, 'SKIPPED', NULL, created_at, \
         updated_at FROM recommendations WHERE recommendation_id = 5871",
    );
    let (code, _, err) = old.answer(&question);
    assert!(code == 2 && err.contains("2 of the"), "{err}");
    assert_eq!(old.answer("log anchor --config CONFIG").1, anchor);
}

#[test]
fn without_account_columns_nothing_is_adopted_but_what_somebody_assigned() {
    let old = Old::filled();
    for table in ["recommendations", "dispatch_executions", "active_positions"] {
        old.sql(&format!("ALTER TABLE {table} DROP COLUMN account_name"));
    }
    let told = old.json(&format!("{IMPORT} --without-contradictory --json"), 1);
    assert_eq!(told["outcome"], "nothing");
    assert!(!old.file("gatefold-data").exists());
    accounted_for(&old, &told);
    let tally_of_none = tally(&told);
    assert!(tally_of_none.keys().all(|key| key.ends_with("unknown-account")), "{tally_of_none:?}");
    let notes: Vec<&str> =
        told["notes"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
    assert!(notes.contains(&"recommendations has no account column"), "{notes:?}");
    // What belongs to an assigned recommendation follows it.
    std::fs::write(
        old.file("decided.csv"),
        "table,id,decision\nrecommendations,5871,account=large\n\
         recommendations,5701,account=tiny\n",
    )
    .unwrap();
    let decided = "--decisions HERE/decided.csv --without-contradictory --json";
    let told = old.json(&format!("{IMPORT} {decided}"), 0);
    let all = tally(&told);
    assert_eq!(all["recommendations adopted"], 2);
    assert_eq!(all["executions adopted"], 2);
    assert_eq!(all["positions adopted"], 2);
    let status = old.json("status --json --config CONFIG", 0);
    let held = |account: usize| status["accounts"][account]["positions"][0]["instrument"].clone();
    let accounts = [&status["accounts"][0]["account"], &status["accounts"][1]["account"]];
    assert_eq!(accounts, ["tiny", "large"]);
    assert_eq!((held(0), held(1)), ("NOW260320P00110000".into(), "MSFT260320P00400000".into()));
    std::fs::write(old.file("decided.csv"), "table,id,decision\nexecutions,77,drop\n").unwrap();
    let (code, _, err) = old.answer(&format!("{IMPORT} {decided}"));
    assert!(code == 2 && err.contains("executions 77, and there is no such row"), "{err}");
}

#[test]
fn read_models_follow_an_imported_log() {
    let old = Old::filled();
    old.import_all();
    let new = old.add_read_models();
    for question in ["migrate CONFIG", "project CONFIG"] {
        let (code, _, err) = old.answer(question);
        assert_eq!(code, 0, "{question}: {err}");
    }
    for (sql, expected) in [
        ("SELECT count(*) FROM failed_arrivals", "617"),
        ("SELECT count(*) FROM dispatch_executions", "21"),
        ("SELECT count(*) FROM active_positions WHERE account = 'large'", "11"),
        ("SELECT gross_exposure FROM account_state WHERE account = 'large'", "94590.00"),
        (
            "SELECT string_agg(status || ' ' || count, ', ' ORDER BY status) FROM \
             (SELECT status, count(*) FROM recommendation_fates GROUP BY status) AS counts",
            "EXECUTED 16, EXPIRED 14, SIMULATED 59, SKIPPED 21",
        ),
    ] {
        assert_eq!(ask(&new, sql), expected, "{sql}");
    }
    let report = "report --since 24h --until 2026-02-04T15:15:00Z --config CONFIG --json";
    let report = old.json(report, 3);
    assert_eq!(report["database"]["read_models"]["lacking"], 0);
    // The tables that gatefold made are not imported again.
    let (code, _, err) = old.answer("import postgres --legacy --config CONFIG --log HERE/other");
    assert!(code == 2 && err.contains("gatefold's own tables"), "{err}");
}

#[test]
fn nothing_that_was_imported_can_still_trade() {
    let old = Old::filled();
    old.import_all();
    let config = Config::load(old.file("paper.toml")).unwrap();
    let (log, _) = wiring::open_log(&config.log.dir).unwrap();
    let mut engine = wiring::open_engine(&config, &log).unwrap();
    let market = Replay::of(Vec::new()).market();
    let mut now: Timestamp = "2026-02-04T15:15:00Z".parse().unwrap();
    let openings = config.openings().into_iter().map(Input::Open);
    for input in openings.chain([Input::Resume, Input::Tick, Input::Tick]) {
        now = now.saturating_add(Span::seconds(1));
        let step = engine.step(input, now, &market);
        assert!(step.notices.is_empty(), "{:?}", step.notices);
        for event in step.batches.iter().flat_map(|batch| batch.events()) {
            let trades = matches!(event, Event::IntentApproved(_) | Event::OrderChanged(_));
            assert!(!trades, "{event:?}");
        }
    }
    for account in engine.accounts() {
        assert_eq!((account.undecided().count(), account.orders().count()), (0, 0));
    }
}

#[test]
fn an_interrupted_import_leaves_nothing_half_done() {
    let old = Old::filled();
    let question = format!("{IMPORT} --without-contradictory --json");
    let mut interrupted = 0;
    for delay in [1, 3, 10, 20, 30, 40, 60, 90, 130, 200, 400] {
        let mut import = old.begin(&question);
        std::thread::sleep(Duration::from_millis(delay));
        let ended = import.try_wait().unwrap().is_some();
        import.kill().unwrap();
        import.wait().unwrap();
        if old.file("gatefold-data").exists() {
            // Moved into place: then it is whole.
            old.json("log verify --deep --json --config CONFIG", 0);
            assert_eq!(old.json(&question, 0)["outcome"], "already");
            std::fs::remove_dir_all(old.file("gatefold-data")).unwrap();
        } else {
            assert!(!ended, "an import that was not interrupted makes a log");
            interrupted += 1;
        }
    }
    assert!(interrupted > 0, "at least one was interrupted");
    assert_eq!(old.json(&question, 0)["outcome"], "written");
    assert!(!old.file("gatefold-data.importing").exists());
}

#[test]
fn wrong_usage_is_told_with_its_remedy() {
    let old = Old::filled();
    for (question, remedy) in [
        ("import postgres --url-env OLD --config CONFIG", "--legacy"),
        ("import postgres --legacy --config CONFIG", "[postgres]"),
        ("import postgres --legacy --url-env NOWHERE --config CONFIG", "NOWHERE"),
        ("import postgres --legacy --url-env OLD --config CONFIG --account =large", "no default"),
        ("import postgres --legacy --url-env OLD --config CONFIG --account a=b", "not configured"),
        ("import postgres --legacy --url-env OLD --config CONFIG --schema nope", "no table"),
        ("import postgres --legacy --url-env OLD --config CONFIG --name x=y", "TABLE=NAME"),
        ("import postgres --legacy --url-env OLD --log HERE/none", "--config"),
        ("import csv HERE/none --legacy --config CONFIG", "recommendations.csv"),
    ] {
        let (code, out, err) = old.answer(question);
        assert_eq!(code, 2, "{question}: {out}");
        assert!(err.contains(remedy), "{question}: {err}");
    }
}
