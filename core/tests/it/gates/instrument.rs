//! What may be traded, which orders are legal, and what must be covered.

use super::{check, check_each};

const CALL: &str = "AA260320C00010000";
const PUT: &str = "AA260320P00010000";

#[test]
fn the_unknown_is_not_traded() {
    let given = "bought 5 AA at 10; facts none";
    let lines = "buy 1 AA at 10 -> refuse INSTRUMENT_UNKNOWN 0 of 1
                 sell 1 AA at 10 -> refuse INSTRUMENT_UNKNOWN 0 of 1";
    check_each("known-instrument", given, lines);
    check("known-instrument", "", "buy 1 AA at 10", "pass 1 of 1");
}

#[test]
fn a_halt_defers_and_burns_nothing() {
    let given = "bought 5 AA at 10; facts known tradable=Halted";
    let lines = "buy 1 AA at 10 -> defer INSTRUMENT_HALTED 2 of 1
                 sell 1 AA at 10 -> defer INSTRUMENT_HALTED 2 of 1";
    check_each("known-instrument", given, lines);
}

#[test]
fn what_is_restricted_can_only_be_left() {
    let given = "bought 5 AA at 10; facts known tradable=Restricted";
    let lines = "buy 1 AA at 10 -> refuse INSTRUMENT_RESTRICTED 3 of 1
                 sell 1 AA at 10 -> pass 3 of 1";
    check_each("known-instrument", given, lines);
}

#[test]
fn what_the_broker_does_not_trade_is_refused() {
    let refused = "refuse INSTRUMENT_NOT_TRADABLE 4 of 1";
    let given = "facts known tradable=No";
    check("known-instrument", given, "buy 1 AA at 10", refused);
}

#[test]
fn an_adjusted_contract_can_only_be_left() {
    let given = "bought 5 AA1260320C00010000 at 10";
    let lines = "buy 1 AA1260320C00010000 at 10 -> refuse INSTRUMENT_ADJUSTED 1 of 1
                 sell 1 AA1260320C00010000 at 10 -> pass 1 of 1";
    check_each("known-instrument", given, lines);
}

#[test]
fn orders_are_whole_lots_after_rounding_down() {
    let lines = "buy 9 AA at 10 -> refuse ORDER_QUANTITY_ZERO 0 of 10
                 buy 10 AA at 10 -> pass 10 of 10
                 buy 19 AA at 10 -> pass 10 of 10";
    check_each("structural", "facts known lot=10", lines);
}

#[test]
fn a_price_below_one_tick_is_no_price() {
    let lines = "buy 1 AA at 0.0001 -> pass 1 of 1
                 buy 1 AA at 0.00009 -> refuse ORDER_OFF_TICK 1 of 1
                 buy 1 AA at 10.009 -> pass 1 of 1";
    check_each("structural", "", lines);
    let sub_penny = format!("buy 1 {CALL} at 0.009");
    check("structural", "", &sub_penny, "refuse ORDER_OFF_TICK 1 of 1");
}

#[test]
fn terms_that_the_venue_does_not_take_are_refused() {
    let illegal = "refuse ORDER_TERMS_ILLEGAL 1 of 1";
    let lines = format!(
        "buy 1 AA at 10 hours=extended -> pass 1 of 1
         buy 1 AA at 10 tif=ioc -> pass 1 of 1
         buy 1 AA at 10 hours=extended tif=gtc -> {illegal}
         buy 1 AA at 10 hours=extended tif=ioc -> {illegal}
         buy 1 AA market hours=extended -> {illegal}
         buy 1 {CALL} at 10 tif=gtc -> pass 1 of 1
         buy 1 {CALL} at 10 tif=ioc -> {illegal}
         buy 1 {CALL} at 10 hours=extended -> {illegal}"
    );
    check_each("structural", "", &lines);
}

#[test]
fn a_contract_is_traded_to_the_end_of_its_last_day() {
    let lines = "buy 1 AA260203C00010000 at 10 -> pass 1 of 1
                 buy 1 AA260202C00010000 at 10 -> refuse ORDER_EXPIRED 1 of 1";
    check_each("structural", "", lines);
}

#[test]
fn no_order_crosses_zero() {
    let short = "sold 10 AA at 10";
    let lines = "buy 1 AA at 10 -> refuse ORDER_CROSSES_ZERO 1 of 1
                 buy 11 AA at 10 -> refuse ORDER_CROSSES_ZERO 11 of 1
                 cover 10 AA at 10 -> pass 10 of 1";
    check_each("structural", short, lines);
    let lines = "short 1 AA at 10 -> refuse ORDER_CROSSES_ZERO 1 of 1
                 sell 1 AA at 10 -> pass 1 of 1";
    check_each("structural", "bought 10 AA at 10", lines);
}

#[test]
fn an_order_whose_value_cannot_be_told_is_refused() {
    let lines = "buy 1000000000 AA at 1000000 -> pass 1000000000 of 1
                 buy 1000000000 AA market -> refuse ORDER_UNPRICEABLE 1000000000 of 1";
    check_each("structural", "quote 999999 1000000", lines);
}

#[test]
fn sixteen_orders_work_in_an_instrument() {
    let orders = |count: u32| {
        let one = |place| format!("order Unknown buy {place} AA at 10");
        (1..=count).map(one).collect::<Vec<_>>().join("; ")
    };
    check("structural", &orders(15), "buy 1 AA at 10", "pass 1 of 1");
    let full = "refuse ORDER_TOO_MANY_WORKING 17 of 16";
    check("structural", &orders(16), "buy 1 AA at 10", full);
    check("structural", &orders(16), "buy 1 BB at 10", "pass 1 of 1");
}

#[test]
fn shares_are_sold_short_by_permission() {
    let refused = "refuse UNCOVERED_SHORT 10 of 0";
    check("uncovered", "", "short 10 AA at 10", refused);
    let allowed = "limits shorting=allowed";
    check("uncovered", allowed, "short 10 AA at 10", "pass 0 of 0");
}

#[test]
fn a_short_call_needs_a_hundred_free_shares() {
    let call = format!("short 1 {CALL} at 1");
    check("uncovered", "bought 100 AA at 10", &call, "pass 100 of 100");
    let short = "refuse UNCOVERED_CALL 100 of 99";
    check("uncovered", "bought 99 AA at 10", &call, short);
    let being_sold = "bought 100 AA at 10; order Approved sell 1 AA at 11";
    check("uncovered", being_sold, &call, short);
    let being_bought = "bought 99 AA at 10; order Approved buy 1 AA at 10";
    check("uncovered", being_bought, &call, short);
}

#[test]
fn shares_cover_one_call_whatever_became_of_its_order() {
    for state in ["Approved", "Unknown", "PendingCancel", "Filled"] {
        let given = format!("bought 199 AA at 10; order {state} short 1 {CALL} at 1");
        let call = format!("short 1 {CALL} at 1.01");
        let short = "refuse UNCOVERED_CALL 100 of 99";
        check("uncovered", &given, &call, short);
    }
    for state in ["Rejected", "Canceled", "Absent"] {
        let given = format!("bought 100 AA at 10; order {state} short 1 {CALL} at 1");
        let call = format!("short 1 {CALL} at 1.01");
        check("uncovered", &given, &call, "pass 100 of 100");
    }
}

/// The limit is how many contracts the cash that is left secures.
#[test]
fn a_short_put_needs_cash_for_its_strike() {
    let one = format!("short 1 {PUT} at 1");
    let passes = |given: &str, verdict: &str| check("uncovered", given, &one, verdict);
    passes("account cash=1000", "pass 1 of 1");
    passes("account cash=999.99", "refuse UNCOVERED_PUT 1 of 0");
    passes("account cash=2999.99", "pass 1 of 2");
    passes("account cash=1100; order Approved buy 10 BB at 10", "pass 1 of 1");
    passes("account cash=1099.99; order Approved buy 10 BB at 10", "refuse UNCOVERED_PUT 1 of 0");
    let first = format!("order Unknown short 1 {PUT} at 2");
    passes(&format!("account cash=2000; {first}"), "pass 1 of 1");
    passes(&format!("account cash=1999.99; {first}"), "refuse UNCOVERED_PUT 1 of 0");
    let three = format!("short 3 {PUT} at 1");
    check("uncovered", "account cash=2999", &three, "refuse UNCOVERED_PUT 3 of 2");
}

#[test]
fn the_cover_of_a_short_call_is_not_sold() {
    let given = format!("bought 150 AA at 10; order Filled short 1 {CALL} at 1");
    let lines = "sell 50 AA at 10 -> pass 50 of 50
                 sell 51 AA at 10 -> refuse UNCOVERED_CLOSE 51 of 50";
    check_each("uncovered", &given, lines);
    let given = format!("{given}; order Approved sell 1 AA at 11");
    let lines = "sell 49 AA at 10 -> pass 49 of 49
                 sell 50 AA at 10 -> refuse UNCOVERED_CLOSE 50 of 49";
    check_each("uncovered", &given, lines);
    let covered = format!("cover 1 {CALL} at 1");
    check("uncovered", &given, &covered, "pass 0 of 0");
}
