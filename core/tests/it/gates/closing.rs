//! How orders meet what is held and what already works: crossing, closing, reducing.

use super::{check, check_each};

const WORKING: [&str; 4] = ["Approved", "Unknown", "Accepted", "PendingCancel"];

#[test]
fn nobody_trades_with_himself() {
    for state in WORKING {
        let given = format!("bought 9 AA at 10; order {state} sell 9 AA at 10.05 strategy=other");
        let lines = "buy 1 AA at 10.04 -> pass 10.04 of 10.05
                     buy 1 AA at 10.05 -> refuse SELF_CROSS 10.05 of 10.05
                     buy 1 BB at 10.05 -> pass 10.05 of 0.00
                     sell 1 AA at 10 -> exempt";
        check_each("self-cross", &given, lines);
    }
    for state in ["Rejected", "Canceled", "Absent", "Filled"] {
        let given = format!("bought 9 AA at 10; order {state} sell 9 AA at 10.05");
        check("self-cross", &given, "buy 1 AA at 10.05", "pass 10.05 of 0.00");
    }
}

#[test]
fn a_market_order_crosses_every_other() {
    let given = "limits collar=0; quote 10 10.50; bought 9 AA at 10";
    let far = format!("{given}; order Accepted sell 9 AA at 99");
    let refused = "refuse SELF_CROSS 10.50 of 99.00";
    check("self-cross", &far, "buy 1 AA market", refused);
    let market = format!("{given}; order Accepted sell 9 AA market");
    let refused = "refuse SELF_CROSS 0.01 of 0.00";
    check("self-cross", &market, "buy 1 AA at 0.01", refused);
}

#[test]
fn a_short_sale_crosses_a_working_purchase() {
    let given =
        "limits shorting=allowed; order Unknown buy 9 AA at 10; order Unknown buy 9 AA at 9";
    let lines = "short 1 AA at 10.01 -> pass 10.01 of 10.00
                 short 1 AA at 10 -> refuse SELF_CROSS 10.00 of 10.00";
    check_each("self-cross", given, lines);
}

#[test]
fn what_is_held_is_closed_once() {
    let given = "bought 100 AA at 10";
    let lines = "sell 100 AA at 10 -> pass 100 of 100
                 sell 101 AA at 10 -> refuse CLOSE_TOO_LARGE 101 of 100
                 cover 1 AA at 10 -> refuse CLOSE_TOO_LARGE 1 of 0
                 sell 1 BB at 10 -> refuse CLOSE_TOO_LARGE 1 of 0
                 buy 999 AA at 10 -> exempt";
    check_each("closable-quantity", given, lines);
    for state in WORKING {
        let given = format!("{given}; order {state} sell 60 AA at 12");
        let lines = "sell 40 AA at 10 -> pass 40 of 40
                     sell 41 AA at 10 -> refuse CLOSE_TOO_LARGE 41 of 40";
        check_each("closable-quantity", &given, lines);
    }
    let part = format!("{given}; order part-20 sell 60 AA at 12");
    check("closable-quantity", &part, "sell 40 AA at 10", "pass 40 of 40");
    let filled = format!("{given}; order Filled sell 60 AA at 12");
    check("closable-quantity", &filled, "sell 40 AA at 10", "pass 40 of 40");
    for state in ["Rejected", "Canceled", "Absent"] {
        let given = format!("{given}; order {state} sell 60 AA at 12");
        check("closable-quantity", &given, "sell 100 AA at 10", "pass 100 of 100");
    }
}

/// Example 2 of the definitions: a resting sale of everything leaves nothing to sell.
#[test]
fn a_resting_exit_holds_what_it_closes() {
    let given = "bought 100 AA at 10; order Accepted sell 100 AA at 12";
    let refused = "refuse CLOSE_TOO_LARGE 50 of 0";
    check("closable-quantity", given, "sell 50 AA at 10", refused);
}

#[test]
fn a_purchase_under_way_is_not_held_yet() {
    let given = "order Unknown buy 100 AA at 10";
    let refused = "refuse CLOSE_TOO_LARGE 1 of 0";
    check("closable-quantity", given, "sell 1 AA at 10", refused);
}

#[test]
fn a_short_position_is_covered_once() {
    let given = "sold 10 AA at 10; order Unknown cover 4 AA at 9";
    let lines = "cover 6 AA at 10 -> pass 6 of 6
                 cover 7 AA at 10 -> refuse CLOSE_TOO_LARGE 7 of 6
                 sell 1 AA at 10 -> refuse CLOSE_TOO_LARGE 1 of 0";
    check_each("closable-quantity", given, lines);
}

#[test]
fn reduce_only_opens_nothing() {
    for scope in ["account", "global", "swing"] {
        let given = format!("bought 10 AA at 10; state ReduceOnly scope={scope}");
        let lines = "buy 1 AA at 10 -> refuse REDUCE_ONLY_OPENING 1 of 0
                     buy 1 BB at 10 -> refuse REDUCE_ONLY_OPENING 1 of 0
                     sell 10 AA at 10 -> pass 0 of 0
                     sell 11 AA at 10 -> refuse REDUCE_ONLY_OPENING 1 of 0";
        check_each("reduce-only", &given, lines);
    }
    let other = "state ReduceOnly scope=other";
    check("reduce-only", other, "buy 1 AA at 10", "pass 1 of 0");
    let lifted = "state ReduceOnly; state Active";
    check("reduce-only", lifted, "buy 1 AA at 10", "pass 1 of 0");
}

#[test]
fn an_underlying_with_an_unexplained_trade_opens_nothing() {
    for kind in ["Overfill", "ForeignExecution"] {
        let given = format!("bought 10 AA at 10; found {kind} AA");
        let lines = "buy 1 AA at 10 -> refuse REDUCE_ONLY_OPENING 1 of 0
                     buy 1 AA260320C00010000 at 10 -> refuse REDUCE_ONLY_OPENING 1 of 0
                     buy 1 BB at 10 -> pass 1 of 0
                     sell 10 AA at 10 -> pass 0 of 0";
        check_each("reduce-only", &given, lines);
        let lifted = format!("{given}; state Active");
        check("reduce-only", &lifted, "buy 1 AA at 10", "pass 1 of 0");
    }
}
