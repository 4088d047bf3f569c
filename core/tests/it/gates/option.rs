//! What is asked of options alone: days to expiry, premium paid and taken.

use super::{check, check_each};

#[test]
fn days_to_expiry_are_sessions_and_both_ends_pass() {
    let given = "limits min_days_to_expiry=1 max_days_to_expiry=5";
    let lines = "buy 1 AA260203C00010000 at 10 -> refuse EXPIRY_TOO_NEAR 0 of 1
                 buy 1 AA260204C00010000 at 10 -> pass 1 of 5
                 buy 1 AA260210C00010000 at 10 -> pass 5 of 5
                 buy 1 AA260211C00010000 at 10 -> refuse EXPIRY_TOO_FAR 6 of 5
                 sell 1 AA260203C00010000 at 10 -> exempt
                 buy 1 AA at 10 -> not set";
    check_each("option-dte", given, lines);
}

#[test]
fn a_weekend_is_no_day_to_expiry() {
    let friday = "time 2026-02-06T17:30:00Z";
    check("option-dte", friday, "buy 1 AA260209C00010000 at 10", "pass 1 of endless");
}

#[test]
fn on_its_last_day_an_option_is_not_opened_late() {
    let given = |time: &str| format!("limits expiry_cutoff=30m; time {time}");
    let last = "buy 1 AA260203C00010000 at 10";
    let in_time = given("2026-02-03T20:30:00Z");
    check("option-dte", &in_time, last, "pass 0 of endless");
    let late = given("2026-02-03T20:30:00.000000001Z");
    check("option-dte", &late, last, "refuse EXPIRY_CUTOFF 0 of 0");
    let next = "buy 1 AA260204C00010000 at 10";
    check("option-dte", &late, next, "pass 1 of endless");
}

#[test]
fn an_expiry_beyond_the_calendar_is_refused() {
    let unknown = "refuse EXPIRY_UNKNOWN 0 of 0";
    check("option-dte", "", "buy 1 AA310117C00010000 at 10", unknown);
}

#[test]
fn premium_paid_is_at_most_its_limit() {
    let given = "limits max_premium=1000";
    let lines = "buy 1 AA260320C00010000 at 10.00 -> pass 1000.00 of 1000.00
                 buy 1 AA260320C00010000 at 10.01 -> refuse PREMIUM_TOO_HIGH 1001.00 of 1000.00
                 buy 2 AA260320C00010000 at 10.00 -> refuse PREMIUM_TOO_HIGH 2000.00 of 1000.00
                 sell 9 AA260320C00010000 at 10 -> exempt
                 short 9 AA260320C00010000 at 10 -> not set
                 buy 999 AA at 10 -> not set";
    check_each("option-premium", given, lines);
    check("option-premium", "", "buy 9 AA260320C00010000 at 10", "not set");
}

#[test]
fn premium_paid_is_at_most_its_share_of_equity() {
    let given = "account cash=10000; limits max_premium=5000 max_premium_of_equity=0.1";
    let lines = "buy 1 AA260320C00010000 at 10.00 -> pass 1000.00 of 1000.00
                 buy 1 AA260320C00010000 at 10.01 -> refuse PREMIUM_TOO_HIGH 1001.00 of 1000.00";
    check_each("option-premium", given, lines);
    let none = "limits max_premium=0";
    let refused = "refuse PREMIUM_TOO_HIGH 1.00 of 0.00";
    check("option-premium", none, "buy 1 AA260320C00010000 at 0.01", refused);
}

#[test]
fn premium_taken_is_at_least_its_limit() {
    let given = "limits min_credit=0.50";
    let lines = "short 1 AA260320C00010000 at 0.50 -> pass 0.50 of 0.50
                 short 1 AA260320C00010000 at 0.49 -> refuse PREMIUM_TOO_LOW 0.49 of 0.50
                 buy 1 AA260320C00010000 at 0.49 -> not set";
    check_each("option-premium", given, lines);
}
