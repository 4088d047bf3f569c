//! Whether the account may trade at all: its state, its books, its link.

use super::{check, check_each};

#[test]
fn an_active_account_trades() {
    check("account-enabled", "", "buy 1 AA at 10", "pass 1 of 1");
}

#[test]
fn frozen_denies_entries_and_exits() {
    let frozen = "bought 5 AA at 10; state Frozen";
    let lines = "buy 1 AA at 10 -> refuse STATE_FROZEN 4 of 1
                 sell 5 AA at 10 -> refuse STATE_FROZEN 4 of 1";
    check_each("account-enabled", frozen, lines);
}

#[test]
fn halted_entries_let_exits_out() {
    let halted = "bought 5 AA at 10; state EntriesHalted";
    let lines = "buy 1 AA at 10 -> refuse STATE_ENTRIES_HALTED 2 of 1
                 sell 5 AA at 10 -> pass 2 of 1";
    check_each("account-enabled", halted, lines);
}

#[test]
fn reduce_only_is_left_to_its_own_gate() {
    let lines = "buy 1 AA at 10 -> pass 3 of 1
                 sell 1 AA at 10 -> pass 3 of 1";
    check_each("account-enabled", "state ReduceOnly", lines);
}

#[test]
fn a_lost_broker_burns_no_advice_but_any_other_cause_refuses() {
    let defer = "defer STATE_ENTRIES_HALTED 2 of 1";
    let refuse = "refuse STATE_ENTRIES_HALTED 2 of 1";
    let lost = "state EntriesHalted cause=Authentication";
    check("account-enabled", lost, "buy 1 AA at 10", defer);
    let failing = "state EntriesHalted cause=Failures";
    check("account-enabled", failing, "buy 1 AA at 10", defer);
    for cause in ["Operator", "DailyLoss", "Drawdown", "Anomaly", "Mismatch"] {
        let both = format!("{lost}; state EntriesHalted cause={cause}");
        check("account-enabled", &both, "buy 1 AA at 10", refuse);
    }
}

#[test]
fn the_most_restrictive_level_wins_and_each_is_lifted_apart() {
    let both = "state EntriesHalted scope=global; state Frozen cause=Anomaly";
    let frozen = "refuse STATE_FROZEN 4 of 1";
    check("account-enabled", both, "buy 1 AA at 10", frozen);
    let lifted = "state EntriesHalted scope=global; state Frozen cause=Anomaly; state Active";
    let halted = "refuse STATE_ENTRIES_HALTED 2 of 1";
    check("account-enabled", lifted, "buy 1 AA at 10", halted);
}

#[test]
fn a_strategy_is_frozen_alone() {
    let lines = "buy 1 AA at 10 strategy=swing -> refuse STATE_FROZEN 4 of 1
                 buy 1 AA at 10 strategy=other -> pass 1 of 1";
    check_each("account-enabled", "state Frozen scope=swing", lines);
}

#[test]
fn a_daily_loss_ends_with_the_day_and_a_drawdown_does_not() {
    let loss = "state EntriesHalted cause=DailyLoss; wait 24h; day 1000000";
    check("account-enabled", loss, "buy 1 AA at 10", "pass 1 of 1");
    let drawdown = "state EntriesHalted cause=Drawdown; wait 24h; day 1000000";
    let halted = "refuse STATE_ENTRIES_HALTED 2 of 1";
    check("account-enabled", drawdown, "buy 1 AA at 10", halted);
}

#[test]
fn books_never_compared_defer() {
    let never = "defer SYNC_NEVER endless of 15m";
    check("state-fresh", "account bare", "buy 1 AA at 10", never);
}

#[test]
fn books_may_be_as_old_as_the_limit() {
    let lines = |age: &str| format!("limits max_sync_age=5m; snapshot 1000 age={age}");
    check("state-fresh", &lines("5m"), "buy 1 AA at 10", "pass 5m of 5m");
    let stale = "defer SYNC_STALE 5m1ns of 5m";
    check("state-fresh", &lines("5m1ns"), "buy 1 AA at 10", stale);
}

#[test]
fn an_open_mismatch_refuses_until_it_is_resolved() {
    let mismatch = "refuse SYNC_MISMATCH 0s of 15m";
    for kind in ["Phantom", "Missing", "QuantityDiffers"] {
        let given = format!("found {kind} AA");
        check("state-fresh", &given, "buy 1 BB at 10", mismatch);
        let resolved = format!("{given}; found Resolved AA");
        check("state-fresh", &resolved, "buy 1 BB at 10", "pass 0s of 15m");
    }
}

#[test]
fn old_books_and_a_silent_link_hold_no_exit_back() {
    let given = "bought 5 AA at 10; link Down; wait 8h";
    check("state-fresh", given, "sell 5 AA at 10", "exempt");
    check("link-healthy", given, "sell 5 AA at 10", "exempt");
}

#[test]
fn a_link_that_was_never_up_defers() {
    let never = "defer LINK_DOWN endless of 1m";
    check("link-healthy", "account bare", "buy 1 AA at 10", never);
}

#[test]
fn a_link_may_be_silent_for_as_long_as_the_limit() {
    let down = |wait: &str| format!("limits max_link_silence=30s; link Down; wait {wait}");
    let pass = "pass 30s of 30s";
    check("link-healthy", &down("30s"), "buy 1 AA at 10", pass);
    let silent = "defer LINK_DOWN 30s1ns of 30s";
    check("link-healthy", &down("30s1ns"), "buy 1 AA at 10", silent);
    let back = down("1h") + "; link Up";
    check("link-healthy", &back, "buy 1 AA at 10", "pass 0s of 30s");
}

#[test]
fn reading_the_books_is_hearing_from_the_broker() {
    let polled = "link Down; wait 5m; snapshot 1000; wait 1m";
    check("link-healthy", polled, "buy 1 AA at 10", "pass 1m of 1m");
}

#[test]
fn another_strategys_halt_burns_no_advice_when_the_broker_is_lost() {
    let given = "state Frozen scope=other; state EntriesHalted cause=Authentication";
    let defer = "defer STATE_ENTRIES_HALTED 2 of 1";
    check("account-enabled", given, "buy 1 AA at 10 strategy=swing", defer);
}
