//! What is said of every kind of row: each case is three small tables, and the verdicts they get.

mod thrown;

use std::collections::HashMap;

use gatefold::core::decide::Limits;
use gatefold::core::engine::Opening;
use gatefold::core::record::event::Mode;
use gatefold::core::settle::CostMethod;
use gatefold::core::vocabulary::{AccountId, Actor, Money};
use gatefold::postgres::{LegacyTable, LegacyTables};

use crate::import::accounts::{Accounts, Decisions, Known};
use crate::import::csv_files;
use crate::import::owners::Old;
use crate::import::plan::{Plan, Verdict};

const ADVICE: &str = "id,account_name,symbol,action,quantity,limit_price,status,created_at\n";
const TRADES: &str = "id,recommendation_id,account_name,ticker,symbol,action,quantity,price,\
     notional,mode,executed_at,broker_order_id\n";
const HELD: &str = "id,account_name,symbol,quantity,entry_price,stop_loss,execution_id,status,\
                    opened_at,closed_at,exit_price\n";

/// Recommendation 1 of `large`, executed as execution 1.
const ADVISED: &str = "1,large,ACME,buy_to_open,100,10,EXECUTED,2026-02-03T15:00:00Z\n";
const TRADED: &str =
    "1,1,large,ACME,ACME,buy_to_open,100,10,1000,ALPACA_PAPER,2026-02-03T15:00:01Z,\n";

fn tables(advice: &str, trades: &str, held: &str) -> LegacyTables {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, head: &str, rows: &str| {
        std::fs::write(folder.path().join(name), format!("{head}{rows}")).unwrap();
    };
    write("recommendations.csv", ADVICE, advice);
    write("dispatch_executions.csv", TRADES, trades);
    write("active_positions.csv", HELD, held);
    csv_files::read(folder.path(), &Default::default()).unwrap()
}

fn accounts(mapping: &[&str]) -> Accounts {
    let mut accounts = Accounts::default();
    for name in ["large", "tiny"] {
        let account = AccountId::new(name).unwrap();
        let opening = Opening {
            account,
            mode: Mode::Paper,
            cash: Money::dollars(100_000),
            cost_method: CostMethod::Fifo,
            limits: Limits::with(5, Money::dollars(1), Money::dollars(1), Money::dollars(1)),
            actor: Actor::new("test").unwrap(),
            reason: String::new(),
        };
        let known = Known { mode: Mode::Paper, opening: Some(opening) };
        accounts.known.insert(account, known);
    }
    let mapping: Vec<String> = mapping.iter().map(ToString::to_string).collect();
    accounts.map(&mapping).unwrap();
    accounts
}

fn plan(tables: &LegacyTables, decided: &str) -> Plan {
    let accounts = accounts(&[]);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), format!("table,id,decision\n{decided}")).unwrap();
    let decisions = Decisions::read(file.path(), &accounts).unwrap();
    Old::new(tables, &accounts, &decisions).plan()
}

/// What is said of each row: `adopted`, or the class of what it is not adopted for, in capitals
/// where somebody must decide.
fn said(plan: &Plan) -> HashMap<String, String> {
    let word = |verdict: &Verdict| match verdict {
        Verdict::Adopted { .. } => "adopted".to_owned(),
        Verdict::Dropped { class, .. } => class.name().to_owned(),
        Verdict::Contradictory { class, .. } => class.name().to_uppercase(),
    };
    let mut said = HashMap::new();
    for line in &plan.lines {
        let key = format!("{} {} {}", line.table, line.id, line.at + 1);
        assert!(said.insert(key, word(&line.verdict)).is_none(), "a row is told once");
    }
    said
}

#[track_caller]
fn check((advice, trades, held): (&str, &str, &str), decided: &str, expected: &[(&str, &str)]) {
    let tables = tables(advice, trades, held);
    let plan = plan(&tables, decided);
    let said = said(&plan);
    for (row, verdict) in expected {
        let row = row.to_string();
        let why = plan.lines.iter().map(|line| format!("{line:?}\n")).collect::<String>();
        assert_eq!(said.get(&row).map(String::as_str), Some(*verdict), "{row}\n{why}");
    }
    let rows = advice.lines().count() + trades.lines().count() + held.lines().count();
    assert_eq!(said.len(), rows, "every row has its line");
}

#[test]
fn what_fits_together_is_adopted() {
    let held = "7,large,ACME,100,10,7.5,1,open,2026-02-03T15:00:01Z,,\n";
    check(
        (ADVISED, TRADED, held),
        "",
        &[
            ("recommendations 1 1", "adopted"),
            ("executions 1 1", "adopted"),
            ("positions 7 1", "adopted"),
        ],
    );
}

#[test]
fn rows_of_no_configured_account_are_never_adopted() {
    let odd = "2,large-default,ACME,buy_to_open,1,10,SKIPPED,2026-02-03T15:00:00Z\n\
               3,,ACME,buy_to_open,1,10,PENDING,2026-02-03T15:00:00Z\n";
    let expected =
        [("recommendations 2 1", "unknown-account"), ("recommendations 3 2", "unknown-account")];
    check((odd, "", ""), "", &expected);
    let decided = "recommendations,3,account=tiny\n";
    check((odd, "", ""), decided, &[expected[0], ("recommendations 3 2", "adopted")]);
    let tables = tables(odd, "", "");
    let (accounts, decisions) = (accounts(&["large-default=large"]), Decisions::default());
    let said = said(&Old::new(&tables, &accounts, &decisions).plan());
    assert_eq!(said["recommendations 2 1"], "adopted");
    assert_eq!(said["recommendations 3 2"], "unknown-account");
    let mut none = Accounts::default();
    for odd in ["=large", "x=", "x=nobody"] {
        assert!(none.map(&[odd.to_owned()]).is_err(), "{odd}");
    }
}

#[test]
fn a_row_without_an_account_takes_that_of_what_it_belongs_to() {
    let trade = TRADED.replace("large", "");
    let held = "7,,ACME,100,10,,1,open,2026-02-03T15:00:01Z,,\n";
    let all = [
        ("recommendations 1 1", "adopted"),
        ("executions 1 1", "adopted"),
        ("positions 7 1", "adopted"),
    ];
    check((ADVISED, &trade, held), "", &all);
    // And a recommendation that of its executions.
    check((&ADVISED.replace("large", ""), TRADED, held), "", &all);
    // Executions that disagree give it none.
    let two = format!("{TRADED}{}", TRADED.replace("1,1,large", "2,1,tiny"));
    let expected = [("recommendations 1 1", "unknown-account")];
    check((&ADVISED.replace("large", ""), &two, ""), "", &expected);
}

#[test]
fn rows_that_stand_twice_are_told_apart() {
    let twice = format!("{ADVISED}{ADVISED}");
    let expected = [("recommendations 1 1", "adopted"), ("recommendations 1 2", "duplicate")];
    check((&twice, TRADED, ""), "", &expected);
    let differing = format!("{ADVISED}{}", ADVISED.replace("100,10", "200,10"));
    let expected = [("recommendations 1 1", "SAME-ID"), ("recommendations 1 2", "SAME-ID")];
    check((&differing, TRADED, ""), "", &expected);
    let again = format!("{TRADED}{}", TRADED.replace("1,1,large", "2,1,large"));
    let expected = [("executions 1 1", "adopted"), ("executions 2 2", "LOOK-ALIKE")];
    check((ADVISED, &again, ""), "", &expected);
    let decided = "executions,2,adopt\n";
    check((ADVISED, &again, ""), decided, &[expected[0], ("executions 2 2", "adopted")]);
    let ordered = again.replace("01Z,\n", "01Z,broker-1\n");
    check((ADVISED, &ordered, ""), "", &[expected[0], ("executions 2 2", "duplicate")]);
}

#[test]
fn positions_that_came_again_every_five_minutes_are_one() {
    let row = |id: u32, execution: &str| {
        format!("{id},large,ACME,100,10,7.5,{execution},open,2026-02-03T15:0{id}:00Z,,\n")
    };
    for execution in ["1", ""] {
        let held: String = (1..5).map(|id| row(id, execution)).collect();
        let expected = [
            ("positions 1 1", "adopted"),
            ("positions 2 2", "duplicate"),
            ("positions 4 4", "duplicate"),
        ];
        check((ADVISED, TRADED, &held), "", &expected);
    }
    // Two rows that the executions make are two lots.
    let trades = format!(
        "{TRADED}{}",
        TRADED.replace("1,1,large", "2,1,large").replace("15:00:01Z", "15:00:02Z")
    );
    let held: String = (1..3).map(|id| row(id, "")).collect();
    let expected = [("positions 1 1", "adopted"), ("positions 2 2", "adopted")];
    check((ADVISED, &trades, &held), "", &expected);
}

#[test]
fn positions_that_nothing_made_are_phantoms() {
    let held = "1,large,IBM,5,10,,,open,,,\n2,large,ACME,5,10,,99,open,,,\n";
    let expected = [("positions 1 1", "phantom"), ("positions 2 2", "phantom")];
    check((ADVISED, TRADED, held), "", &expected);
    let sold = TRADED
        .replace("1,1,large", "2,,large")
        .replace("buy_to_open", "sell_to_close")
        .replace("01Z", "09Z");
    let held = "1,large,ACME,50,10,,,open,,,\n";
    check((ADVISED, &format!("{TRADED}{sold}"), held), "", &[("positions 1 1", "phantom")]);
}

#[test]
fn a_close_that_only_the_position_tells_is_booked() {
    let closed = "1,large,ACME,100,10,7.5,1,closed,2026-02-03T15:00:01Z,2026-02-03T17:46:00Z,7.5\n";
    let tables = tables(ADVISED, TRADED, closed);
    let closing = plan(&tables, "");
    assert_eq!(said(&closing)["positions 1 1"], "adopted");
    assert!(closing.nets.is_empty(), "{:?}", closing.nets);
    let no_price = closed.replace(",7.5\n", ",\n");
    check((ADVISED, TRADED, &no_price), "", &[("positions 1 1", "NO-EXIT")]);
}

#[test]
fn executions_that_do_not_fit_wait_for_a_decision() {
    let trade = |from: &str, to: &str| TRADED.replace(from, to);
    let cases = [
        (trade("1,1,large", "1,77,large"), "NO-RECOMMENDATION"),
        (trade("10,1000", "10,1001"), "ARITHMETIC"),
        (trade("ALPACA_PAPER", "LIVE"), "OTHER-MODE"),
        (trade("1,1,large", "1,1,tiny"), "OTHER-ACCOUNT"),
        (trade("ACME,ACME", "IBM,IBM"), "OTHER-SYMBOL"),
    ];
    for (trades, class) in cases {
        check((ADVISED, &trades, ""), "", &[("executions 1 1", class)]);
        let adopted = [("executions 1 1", "adopted")];
        check((ADVISED, &trades, ""), "executions,1,adopt\n", &adopted);
        check((ADVISED, &trades, ""), "executions,1,drop\n", &[("executions 1 1", "decided")]);
    }
    check(
        (ADVISED, &trade("ACME,ACME", "IBM,ACME"), ""),
        "",
        &[("executions 1 1", "OTHER-SYMBOL")],
    );
    check((ADVISED, &trade("ALPACA_PAPER", "SIM"), ""), "", &[("executions 1 1", "simulated")]);
    check((ADVISED, &trade(",100,", ",0,"), ""), "", &[("executions 1 1", "unreadable")]);
    check((ADVISED, &trade("ALPACA_PAPER", "?"), ""), "", &[("executions 1 1", "unreadable")]);
}

#[test]
fn a_status_that_executions_deny_waits_for_a_decision() {
    for status in ["PENDING", "SKIPPED", "FAILED", "EXPIRED", "SIMULATED"] {
        let advice = ADVISED.replace("EXECUTED", status);
        check((&advice, TRADED, ""), "", &[("recommendations 1 1", "STATUS")]);
        let tables = tables(&advice, TRADED, "");
        let decided = plan(&tables, "recommendations,1,adopt\n");
        assert!(format!("{:?}", decided.lines[0].verdict).contains("settled as Executed"));
    }
    check((ADVISED, "", ""), "", &[("recommendations 1 1", "STATUS")]);
    let odd = ADVISED.replace("EXECUTED", "DONE");
    check((&odd, TRADED, ""), "", &[("recommendations 1 1", "STATUS")]);
}

#[test]
fn positions_that_do_not_fit_wait_for_a_decision() {
    let held = |quantity: &str, entry: &str, execution: &str, symbol: &str| {
        format!("1,large,{symbol},{quantity},{entry},7.5,{execution},open,2026-02-03T15:00:01Z,,\n")
    };
    check((ADVISED, TRADED, &held("90", "10", "1", "ACME")), "", &[("positions 1 1", "QUANTITY")]);
    check(
        (ADVISED, TRADED, &held("100", "9", "1", "ACME")),
        "",
        &[("positions 1 1", "ARITHMETIC")],
    );
    check(
        (ADVISED, TRADED, &held("100", "10", "1", "IBM")),
        "",
        &[("positions 1 1", "OTHER-SYMBOL")],
    );
    let other = held("100", "10", "1", "ACME").replace("large", "tiny");
    check((ADVISED, TRADED, &other), "", &[("positions 1 1", "OTHER-ACCOUNT")]);
    for row in [held("90", "10", "1", "ACME"), held("100", "9", "1", "ACME")] {
        let adopted = [("positions 1 1", "adopted")];
        check((ADVISED, TRADED, &row), "positions,1,adopt\n", &adopted);
    }
    let simulated = TRADED.replace("ALPACA_PAPER", "SIMULATED");
    for execution in ["1", ""] {
        let row = held("100", "10", execution, "ACME");
        check((ADVISED, &simulated, &row), "", &[("positions 1 1", "follows")]);
    }
}

#[test]
fn the_help_lists_every_field_of_every_table() {
    for table in LegacyTable::ALL {
        let part = crate::import::HELP.split(&format!("\n  {table} ")).nth(1).unwrap();
        let line: String = part.lines().take(3).map(str::trim).collect::<Vec<_>>().join(" ");
        for field in table.fields() {
            let known = line.split([',', ' ']).any(|word| word == field.name);
            assert!(known, "{table}.{}: {line}", field.name);
        }
    }
}
