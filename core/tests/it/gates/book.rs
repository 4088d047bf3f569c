//! How much the account may hold and be opening, and what it can pay for.

use super::{check, check_each};

const CALL: &str = "AA260320C00010000";
const PUT: &str = "AA260320P00010000";

/// Every state in which an order may still trade: silence resolves nothing.
const WORKING: [&str; 4] = ["Approved", "Unknown", "Accepted", "PendingCancel"];
const ENDED: [&str; 3] = ["Rejected", "Canceled", "Absent"];

#[test]
fn five_positions_are_held_working_approved_and_unknown() {
    let held = "limits max_positions=5; bought 1 A at 10; bought 1 B at 10; bought 1 C at 10
                order Accepted buy 1 D at 10";
    for state in WORKING {
        let given = format!("{held}; order {state} buy 1 E at 10");
        let lines = "buy 1 F at 10 -> refuse POSITIONS_EXCEEDED 6 of 5
                     buy 1 C at 10 -> pass 5 of 5
                     buy 1 E at 10 -> pass 5 of 5
                     sell 1 C at 10 -> exempt";
        check_each("max-positions", &given, lines);
    }
    for state in ENDED {
        let given = format!("{held}; order {state} buy 1 E at 10");
        check("max-positions", &given, "buy 1 F at 10", "pass 5 of 5");
    }
}

#[test]
fn an_order_that_closes_is_no_position_more_and_none_less() {
    let given = "limits max_positions=1; bought 2 A at 10; order Accepted sell 2 A at 10";
    let refused = "refuse POSITIONS_EXCEEDED 2 of 1";
    check("max-positions", given, "buy 1 B at 10", refused);
    let closed = "limits max_positions=1; bought 2 A at 10; order Filled sell 2 A at 10";
    check("max-positions", closed, "buy 1 B at 10", "pass 1 of 1");
}

#[test]
fn no_positions_deny_all() {
    let held = "limits max_positions=0; bought 1 A at 10";
    let refused = "refuse POSITIONS_EXCEEDED 1 of 0";
    check("max-positions", held, "buy 1 A at 10", refused);
    check("max-positions", "limits max_positions=0", "buy 1 A at 10", refused);
    check("max-positions", "account bare", "buy 1 A at 10", refused);
}

#[test]
fn exposure_is_what_is_held_and_in_flight_at_cost() {
    let held = "limits max_exposure=1000; bought 50 AA at 10; mark AA 99";
    for state in WORKING.into_iter().chain(["part-10", "Filled"]) {
        let given = format!("{held}; order {state} buy 30 BB at 10");
        let lines = "buy 20 CC at 10 -> pass 1000.00 of 1000.00
                     buy 21 CC at 10 -> refuse GROSS_EXPOSURE_EXCEEDED 1010.00 of 1000.00
                     buy 20 BB at 10 -> pass 1000.00 of 1000.00
                     buy 21 AA at 10 -> refuse GROSS_EXPOSURE_EXCEEDED 1010.00 of 1000.00
                     sell 50 AA at 99 -> exempt";
        check_each("gross-exposure", &given, lines);
    }
    for state in ENDED {
        let given = format!("{held}; order {state} buy 30 BB at 10");
        check("gross-exposure", &given, "buy 50 CC at 10", "pass 1000.00 of 1000.00");
    }
}

#[test]
fn a_working_sale_frees_no_exposure() {
    let given = "limits max_exposure=1000; bought 100 AA at 10; order Accepted sell 100 AA at 10";
    let refused = "refuse GROSS_EXPOSURE_EXCEEDED 1010.00 of 1000.00";
    check("gross-exposure", given, "buy 1 BB at 10", refused);
}

#[test]
fn the_first_option_counts_a_hundredfold() {
    let given = "limits max_exposure=1000";
    let lines = format!(
        "buy 1 {CALL} at 10.00 -> pass 1000.00 of 1000.00
         buy 1 {CALL} at 10.01 -> refuse GROSS_EXPOSURE_EXCEEDED 1001.00 of 1000.00"
    );
    check_each("gross-exposure", given, &lines);
}

#[test]
fn exposure_by_mark_takes_the_dearer_of_mark_and_order() {
    let given = "limits exposure_basis=Mark max_exposure=1300; bought 50 AA at 10; mark AA 20";
    let lines = "buy 15 AA at 10 -> pass 1300.00 of 1300.00
                 buy 16 AA at 10 -> refuse GROSS_EXPOSURE_EXCEEDED 1320.00 of 1300.00
                 buy 2 AA at 25 -> pass 1300.00 of 1300.00
                 buy 30 BB at 10 -> pass 1300.00 of 1300.00";
    check_each("gross-exposure", given, lines);
}

#[test]
fn a_short_sale_counts_at_three_percent_above_the_ask() {
    let given = "limits shorting=allowed max_exposure=1030; quote 9.99 10";
    let lines = "short 100 AA at 9.99 -> pass 1030.00 of 1030.00
                 short 101 AA at 9.99 -> refuse GROSS_EXPOSURE_EXCEEDED 1040.30 of 1030.00
                 short 100 AA at 11 -> refuse GROSS_EXPOSURE_EXCEEDED 1100.00 of 1030.00";
    check_each("gross-exposure", given, lines);
}

#[test]
fn exposure_is_at_most_its_share_of_equity_and_none_without() {
    let given = "account cash=10000; limits max_exposure_of_equity=0.1";
    let lines = "buy 100 AA at 10 -> pass 1000.00 of 1000.00
                 buy 101 AA at 10 -> refuse GROSS_EXPOSURE_EXCEEDED 1010.00 of 1000.00";
    check_each("gross-exposure", given, lines);
    let broke = "account cash=1000; bought 100 AA at 10; mark AA 0";
    let refused = "refuse EQUITY_NOT_POSITIVE 0.00 of 0.00";
    check("gross-exposure", broke, "buy 1 BB at 10", refused);
    let none = "limits max_exposure=0";
    let refused = "refuse GROSS_EXPOSURE_EXCEEDED 0.01 of 0.00";
    check("gross-exposure", none, "buy 1 AA at 0.01", refused);
}

#[test]
fn long_and_short_offset_once_both_are_filled() {
    let given = "limits shorting=allowed max_net_exposure=500; bought 60 AA at 10";
    let short = format!("{given}; sold 20 BB at 10");
    let lines = "buy 10 CC at 10 -> pass 500.00 of 500.00
                 buy 11 CC at 10 -> refuse NET_EXPOSURE_EXCEEDED 510.00 of 500.00
                 sell 60 AA at 10 -> exempt";
    check_each("net-exposure", &short, lines);
    let working = format!("{given}; order Unknown short 20 BB at 11");
    let refused = "refuse NET_EXPOSURE_EXCEEDED 610.00 of 500.00";
    check("net-exposure", &working, "buy 1 CC at 10", refused);
    check("net-exposure", "", "buy 1 CC at 10", "not set");
}

#[test]
fn the_short_side_has_the_same_limit() {
    let given = "limits shorting=allowed max_net_exposure=500; sold 28 AA at 10";
    let lines = "short 20 BB at 11 -> pass 500.00 of 500.00
                 short 21 BB at 11 -> refuse NET_EXPOSURE_EXCEEDED 511.00 of 500.00
                 buy 70 BB at 10 -> pass 420.00 of 500.00
                 buy 79 BB at 10 -> refuse NET_EXPOSURE_EXCEEDED 510.00 of 500.00";
    check_each("net-exposure", given, lines);
}

#[test]
fn one_instrument_takes_its_share_of_equity() {
    let limit = "account cash=10000; limits max_symbol_concentration=0.1";
    for state in WORKING {
        let given = format!("{limit}; bought 20 AA at 10; order {state} buy 30 AA at 10");
        let lines = "buy 50 AA at 10 -> pass 1000.00 of 1000.00
                     buy 51 AA at 10 -> refuse SYMBOL_CONCENTRATED 1010.00 of 1000.00
                     buy 100 BB at 10 -> pass 1000.00 of 1000.00
                     sell 20 AA at 10 -> exempt";
        check_each("symbol-concentration", &given, lines);
    }
    check("symbol-concentration", "", "buy 1 AA at 10", "not set");
}

#[test]
fn shares_and_options_of_an_underlying_are_one() {
    let given = format!(
        "account cash=10000; limits max_underlying_concentration=0.2
         bought 50 AA at 10; order Unknown buy 1 {CALL} at 10"
    );
    let lines = "buy 50 AA at 10 -> pass 2000.00 of 2000.00
                 buy 51 AA at 10 -> refuse UNDERLYING_CONCENTRATED 2010.00 of 2000.00
                 buy 1 AA260320C00020000 at 5 -> pass 2000.00 of 2000.00
                 buy 1 AA260320C00020000 at 6 -> refuse UNDERLYING_CONCENTRATED 2100.00 of 2000.00
                 buy 200 BB at 10 -> pass 2000.00 of 2000.00
                 sell 50 AA at 10 -> exempt";
    check_each("underlying-concentration", &given, lines);
    check("underlying-concentration", "", "buy 1 AA at 10", "not set");
}

#[test]
fn a_short_put_puts_its_strike_at_risk() {
    let limit = "account cash=10000; limits max_underlying_concentration=0.2; quote 0.99 1";
    let put = format!("short 1 {PUT} at 1");
    let given = format!("{limit}; bought 100 AA at 10");
    let pass = "pass 2000.00 of 2000.00";
    check("underlying-concentration", &given, &put, pass);
    let given = format!("{limit}; bought 101 AA at 10");
    let refused = "refuse UNDERLYING_CONCENTRATED 2010.00 of 2000.00";
    check("underlying-concentration", &given, &put, refused);
    let working = format!("{limit}; order Approved {put}");
    check("underlying-concentration", &working, "buy 100 AA at 10", pass);
    check("underlying-concentration", &working, "buy 101 AA at 10", refused);
}

#[test]
fn buying_power_is_the_brokers_less_what_was_approved_since() {
    let given = "snapshot 1000";
    for state in WORKING.into_iter().chain(["part-10", "Filled"]) {
        let given = format!("{given}; order {state} buy 40 AA at 10");
        let lines = "buy 60 BB at 10 -> pass 600.00 of 600.00
                     buy 61 BB at 10 -> refuse BUYING_POWER_SHORT 610.00 of 600.00
                     sell 40 AA at 10 -> exempt";
        check_each("buying-power", &given, lines);
    }
    for state in ENDED {
        let given = format!("{given}; order {state} buy 40 AA at 10");
        check("buying-power", &given, "buy 100 BB at 10", "pass 1000.00 of 1000.00");
    }
}

#[test]
fn an_order_holds_until_a_newer_snapshot_counts_it() {
    let unknown = "order Unknown buy 40 AA at 10; wait 1s; snapshot 1000";
    let refused = "refuse BUYING_POWER_SHORT 610.00 of 600.00";
    check("buying-power", unknown, "buy 61 BB at 10", refused);
    let accepted = "order Accepted buy 40 AA at 10; wait 1s; snapshot 600";
    check("buying-power", accepted, "buy 60 BB at 10", "pass 600.00 of 600.00");
    let asked_before = "order Accepted buy 40 AA at 10; wait 1s; snapshot 1000 age=2s";
    check("buying-power", asked_before, "buy 61 BB at 10", refused);
}

#[test]
fn a_sale_brings_buying_power_once_it_is_filled() {
    let held = "bought 10 AA at 10; snapshot 1000";
    let working = format!("{held}; order Accepted sell 10 AA at 10");
    let refused = "refuse BUYING_POWER_SHORT 1100.00 of 1000.00";
    check("buying-power", &working, "buy 110 BB at 10", refused);
    let filled = format!("{held}; order Filled sell 10 AA at 10");
    check("buying-power", &filled, "buy 110 BB at 10", "pass 1100.00 of 1100.00");
}

#[test]
fn a_short_put_needs_its_strike_and_an_unasked_broker_defers() {
    let put = format!("short 1 {PUT} at 1");
    check("buying-power", "snapshot 1000", &put, "pass 1000.00 of 1000.00");
    let refused = "refuse BUYING_POWER_SHORT 1000.00 of 999.99";
    check("buying-power", "snapshot 999.99", &put, refused);
    let unknown = "defer BUYING_POWER_UNKNOWN 10.00 of 0.00";
    check("buying-power", "account bare", "buy 1 AA at 10", unknown);
    let none = "refuse BUYING_POWER_SHORT 0.01 of 0.00";
    check("buying-power", "snapshot 0", "buy 1 AA at 0.01", none);
}
