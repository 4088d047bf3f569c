//! How large one order may be.

use super::{check, check_each};

const CALL: &str = "AA260320C00010000";

#[test]
fn shares_and_contracts_are_counted_apart() {
    let given = "limits max_order_shares=100 max_order_contracts=5";
    let lines = format!(
        "buy 100 AA at 10 -> pass 100 of 100
         buy 101 AA at 10 -> refuse QUANTITY_EXCEEDED 101 of 100
         buy 5 {CALL} at 10 -> pass 5 of 5
         buy 6 {CALL} at 10 -> refuse QUANTITY_EXCEEDED 6 of 5"
    );
    check_each("order-quantity", given, &lines);
    let large = format!("{given}; bought 150 AA at 10");
    check("order-quantity", &large, "sell 150 AA at 10", "exempt");
    check("order-quantity", "", "buy 999 AA at 10", "not set");
    let none = "limits max_order_shares=0";
    let refused = "refuse QUANTITY_EXCEEDED 1 of 0";
    check("order-quantity", none, "buy 1 AA at 10", refused);
}

#[test]
fn an_order_is_worth_at_most_its_limit() {
    let given = "limits max_order_notional=1000";
    let lines = format!(
        "buy 100 AA at 10 -> pass 1000.00 of 1000.00
         buy 100 AA at 10.01 -> refuse NOTIONAL_EXCEEDED 1001.00 of 1000.00
         buy 1 {CALL} at 10 -> pass 1000.00 of 1000.00
         buy 2 {CALL} at 10 -> refuse NOTIONAL_EXCEEDED 2000.00 of 1000.00"
    );
    check_each("order-notional", given, &lines);
    let none = "limits max_order_notional=0";
    let refused = "refuse NOTIONAL_EXCEEDED 0.01 of 0.00";
    check("order-notional", none, "buy 1 AA at 0.01", refused);
}

#[test]
fn a_market_order_is_worth_what_its_collar_lets_it_pay() {
    let given = "limits collar=0.02 max_order_notional=1071; quote 10 10.50";
    let lines = "buy 100 AA market -> pass 1071.00 of 1071.00
                 buy 101 AA market -> refuse NOTIONAL_EXCEEDED 1081.71 of 1071.00";
    check_each("order-notional", given, lines);
}

#[test]
fn an_order_is_worth_at_most_its_share_of_equity() {
    let given = "account cash=10000; limits max_order_of_equity=0.05";
    let lines = "buy 50 AA at 10 -> pass 500.00 of 500.00
                 buy 51 AA at 10 -> refuse NOTIONAL_EXCEEDED 510.00 of 500.00";
    check_each("order-notional", given, lines);
}

#[test]
fn an_exit_has_a_limit_of_its_own() {
    let given = "limits max_order_notional=100 max_close_notional=1000; bought 200 AA at 10";
    let lines = "sell 100 AA at 10 -> pass 1000.00 of 1000.00
                 sell 101 AA at 10 -> refuse NOTIONAL_EXCEEDED 1010.00 of 1000.00
                 buy 11 AA at 10 -> refuse NOTIONAL_EXCEEDED 110.00 of 100.00";
    check_each("order-notional", given, lines);
}
