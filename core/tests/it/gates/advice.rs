//! Whether advice is to be followed: its age, its twins, its timing, its confidence.

use super::{check, check_each};

#[test]
fn advice_is_followed_until_its_time_to_live_is_over() {
    let lines = "buy 1 AA at 10 -> pass 0s of 30s
                 buy 1 AA at 10 age=30s -> pass 30s of 30s
                 buy 1 AA at 10 age=30s1ns -> refuse ADVICE_STALE 30s1ns of 30s
                 sell 1 AA at 10 age=30s1ns -> refuse ADVICE_STALE 30s1ns of 30s";
    let given = "limits time_to_live=30s; bought 5 AA at 10";
    check_each("stale-recommendation", given, lines);
}

#[test]
fn an_advisers_clock_may_be_two_seconds_ahead() {
    let lines = "buy 1 AA at 10 age=-2s -> pass -2s of 2m
                 buy 1 AA at 10 age=-2s1ns -> refuse ADVICE_FROM_FUTURE -2s1ns of -2s";
    check_each("stale-recommendation", "", lines);
}

#[test]
fn advice_ends_when_it_says() {
    let lines = "buy 1 AA at 10 age=5s until=2026-02-03T17:30:00Z -> pass 5s of 2m
                 buy 1 AA at 10 age=5s until=2026-02-03T17:29:59.999999999Z -> \
                 refuse ADVICE_ENDED 5s of 2m";
    check_each("stale-recommendation", "", lines);
}

#[test]
fn the_same_order_is_a_duplicate_within_the_window() {
    let after = |wait: &str| format!("order Unknown buy 10 AA at 10; wait {wait}");
    let duplicate = "refuse DUPLICATE_ORDER 10s of 10s";
    check("duplicate-intent", &after("10s"), "buy 10 AA at 10", duplicate);
    let passed = "pass 10s1ns of 10s";
    check("duplicate-intent", &after("10s1ns"), "buy 10 AA at 10", passed);
}

#[test]
fn an_order_that_differs_is_no_duplicate() {
    let given = "bought 50 AA at 10; order Accepted id=me buy 10 AA at 10";
    let lines = "buy 11 AA at 10 -> pass endless of 10s
                 buy 10 AA at 9.99 -> pass endless of 10s
                 buy 10 AA market -> pass endless of 10s
                 buy 10 BB at 10 -> pass endless of 10s
                 buy 10 AA at 10 strategy=other -> pass endless of 10s
                 buy 10 AA at 10 id=me -> pass endless of 10s
                 buy 10 AA at 10.009 -> refuse DUPLICATE_ORDER 0s of 10s
                 sell 10 AA at 10 -> exempt";
    check_each("duplicate-intent", given, lines);
}

#[test]
fn an_order_that_came_to_nothing_has_no_duplicate_and_a_filled_one_has() {
    for state in ["Rejected", "Canceled"] {
        let given = format!("order {state} buy 10 AA at 10");
        check("duplicate-intent", &given, "buy 10 AA at 10", "pass endless of 10s");
    }
    for state in ["Approved", "Unknown", "Filled", "part-3", "PendingCancel"] {
        let given = format!("order {state} buy 10 AA at 10");
        let duplicate = "refuse DUPLICATE_ORDER 0s of 10s";
        check("duplicate-intent", &given, "buy 10 AA at 10", duplicate);
    }
}

#[test]
fn a_closed_underlying_cools_down() {
    let closed =
        |wait: &str| format!("limits cooldown=1h; bought 5 AA at 10; sold 5 AA at 10; wait {wait}");
    check("cooldown", &closed("1h"), "buy 1 AA at 10", "pass 1h of 1h");
    let early = closed("59m");
    let lines = "buy 1 AA at 10 -> refuse COOLDOWN_ACTIVE 59m of 1h
                 buy 1 AA260320C00010000 at 10 -> refuse COOLDOWN_ACTIVE 59m of 1h
                 buy 1 BB at 10 -> pass endless of 1h
                 sell 1 AA at 10 -> exempt";
    check_each("cooldown", &early, lines);
}

#[test]
fn a_part_of_a_position_that_is_sold_starts_no_cooldown() {
    let part = "limits cooldown=1h; bought 5 AA at 10; sold 4 AA at 10";
    check("cooldown", part, "buy 1 AA at 10", "pass endless of 1h");
    let closed = "bought 5 AA at 10; sold 5 AA at 10";
    check("cooldown", closed, "buy 1 AA at 10", "not set");
}

#[test]
fn one_per_symbol_counts_what_is_held_and_what_is_on_its_way() {
    let none = "limits max_adds=0";
    check("one-per-symbol", none, "buy 1 AA at 10", "pass 0 of 0");
    check("one-per-symbol", "", "buy 1 AA at 10", "not set");
    for held in [
        "bought 1 AA at 10",
        "sold 1 AA at 10",
        "order Approved buy 1 AA at 10",
        "order Unknown buy 1 AA at 10",
        "order PendingCancel buy 1 AA at 10",
        "order part-1 buy 2 AA at 10",
    ] {
        let given = format!("{none}; {held}");
        let refused = "refuse SYMBOL_HELD 1 of 0";
        check("one-per-symbol", &given, "buy 2 AA at 10", refused);
        check("one-per-symbol", &given, "buy 2 BB at 10", "pass 0 of 0");
        check("one-per-symbol", &given, "sell 1 AA at 10", "exempt");
    }
    for gone in ["Rejected", "Canceled", "Absent"] {
        let given = format!("{none}; order {gone} buy 1 AA at 10");
        check("one-per-symbol", &given, "buy 2 AA at 10", "pass 0 of 0");
    }
    let closed = format!("{none}; bought 1 AA at 10; sold 1 AA at 10");
    check("one-per-symbol", &closed, "buy 2 AA at 10", "pass 0 of 0");
}

#[test]
fn a_position_takes_as_many_adds_as_are_allowed() {
    let held = "limits max_adds=1; bought 1 AA at 10";
    check("one-per-symbol", held, "buy 1 AA at 10", "pass 1 of 1");
    for state in ["Approved", "Unknown", "Filled"] {
        let added = format!("{held}; order {state} buy 1 AA at 10");
        let refused = "refuse SYMBOL_HELD 2 of 1";
        check("one-per-symbol", &added, "buy 2 AA at 10", refused);
    }
}

#[test]
fn confidence_is_at_least_its_threshold() {
    let lines = "buy 1 AA at 10 confidence=0.6 -> pass 0.6 of 0.6
                 buy 1 AA at 10 confidence=0.599999 -> refuse CONFIDENCE_LOW 0.599999 of 0.6
                 buy 1 AA at 10 -> refuse CONFIDENCE_MISSING 0 of 0.6
                 sell 1 AA at 10 -> exempt";
    check_each("confidence", "limits confidence_min=0.6", lines);
    check("confidence", "", "buy 1 AA at 10 confidence=0", "not set");
}

#[test]
fn each_model_has_a_threshold_and_an_unknown_one_is_denied() {
    let given = "limits model=m1:0.7";
    let lines = "buy 1 AA at 10 model=m1 confidence=0.7 -> pass 0.7 of 0.7
                 buy 1 AA at 10 model=m1 confidence=0.69 -> refuse CONFIDENCE_LOW 0.69 of 0.7
                 buy 1 AA at 10 model=m1 -> refuse CONFIDENCE_MISSING 0 of 0.7
                 buy 1 AA at 10 model=m2 confidence=1 -> refuse CONFIDENCE_MODEL_UNKNOWN 0 of 0
                 buy 1 AA at 10 confidence=0 -> not set";
    check_each("confidence", given, lines);
    let unknown = "refuse CONFIDENCE_MODEL_UNKNOWN 0 of 0";
    let account = "limits confidence_min=0.1";
    check("confidence", account, "buy 1 AA at 10 model=m2 confidence=1", unknown);
}

#[test]
fn a_strategy_has_a_threshold_of_its_own() {
    let given = "limits confidence_min=0.5 strategy=bold:0.2";
    let lines = "buy 1 AA at 10 strategy=bold confidence=0.2 -> pass 0.2 of 0.2
                 buy 1 AA at 10 strategy=bold confidence=0.19 -> refuse CONFIDENCE_LOW 0.19 of 0.2
                 buy 1 AA at 10 confidence=0.49 -> refuse CONFIDENCE_LOW 0.49 of 0.5";
    check_each("confidence", given, lines);
}

#[test]
fn naming_a_model_is_no_way_around_a_strategys_threshold() {
    let given = "limits strategy=swing:0.9";
    let unknown = "refuse CONFIDENCE_MODEL_UNKNOWN 0 of 0";
    let advice = "buy 1 AA at 10 model=m1 confidence=0.1";
    check("confidence", given, advice, unknown);
}

#[test]
fn an_add_that_came_to_nothing_is_no_add() {
    for state in ["Rejected", "Canceled", "Absent"] {
        let given = format!("limits max_adds=1; bought 1 AA at 10; order {state} buy 2 AA at 10");
        check("one-per-symbol", &given, "buy 3 AA at 10", "pass 1 of 1");
    }
}
