//! Whether the market can be traded now: session, quote, price, spread, size.

use gatefold_core::decide::{Code, Outcome, Verdict};

use super::desk::Desk;
use super::{check, check_each};

#[test]
fn the_session_opens_and_closes_to_the_nanosecond() {
    let at = |time: &str| format!("bought 5 AA at 10; time {time}");
    let closed = "defer SESSION_CLOSED 0s of 0s";
    let before = at("2026-02-03T14:29:59.999999999Z");
    check("session", &before, "buy 1 AA at 10", closed);
    check("session", &before, "sell 1 AA at 10", closed);
    let open = at("2026-02-03T14:30:00Z");
    check("session", &open, "buy 1 AA at 10", "pass 0s of 0s");
    let last = at("2026-02-03T20:30:00Z");
    check("session", &last, "sell 1 AA at 10", "pass 6h of 0s");
    let last = at("2026-02-03T20:59:59.999999999Z");
    let passed = "pass 6h29m59s999ms999us999ns of 0s";
    check("session", &last, "buy 1 AA at 10", passed);
    let after = at("2026-02-03T21:00:00Z");
    check("session", &after, "buy 1 AA at 10", closed);
}

#[test]
fn extended_hours_are_four_to_eight() {
    let closed = "defer SESSION_CLOSED 0s of 0s";
    let extended = "buy 1 AA at 10 hours=extended";
    for (time, expected) in [
        ("2026-02-03T08:59:59.999999999Z", closed),
        ("2026-02-03T09:00:00Z", "pass 0s of 0s"),
        ("2026-02-03T14:29:59Z", "pass 0s of 0s"),
        ("2026-02-03T21:00:00Z", "pass 0s of 0s"),
        ("2026-02-04T00:59:59.999999999Z", "pass 0s of 0s"),
        ("2026-02-04T01:00:00Z", closed),
    ] {
        check("session", &format!("time {time}"), extended, expected);
    }
}

#[test]
fn holidays_weekends_and_early_closes_are_the_exchanges() {
    let closed = "defer SESSION_CLOSED 0s of 0s";
    for time in ["2026-02-07T17:00:00Z", "2026-12-25T17:00:00Z", "2026-11-27T18:00:00Z"] {
        check("session", &format!("time {time}"), "buy 1 AA at 10", closed);
    }
    let half_day = "time 2026-11-27T17:30:00Z";
    check("session", half_day, "buy 1 AA at 10", "pass 3h of 0s");
    let unknown = "refuse SESSION_UNKNOWN 0s of 0s";
    check("session", "time 2031-01-02T17:00:00Z", "buy 1 AA at 10", unknown);
}

#[test]
fn entries_keep_away_from_open_and_close_and_exits_do_not() {
    let given = |time: &str| {
        format!("limits blackout_open=5m blackout_close=10m; bought 5 AA at 10; time {time}")
    };
    let early = given("2026-02-03T14:34:59Z");
    let lines = "buy 1 AA at 10 -> defer SESSION_BLACKOUT 4m59s of 5m
                 sell 1 AA at 10 -> pass 4m59s of 5m";
    check_each("session", &early, lines);
    let open = given("2026-02-03T14:35:00Z");
    check("session", &open, "buy 1 AA at 10", "pass 5m of 5m");
    let late = given("2026-02-03T20:50:00Z");
    check("session", &late, "buy 1 AA at 10", "pass 6h20m of 5m");
    let later = given("2026-02-03T20:50:01Z");
    let lines = "buy 1 AA at 10 -> defer SESSION_BLACKOUT 9m59s of 10m
                 sell 1 AA at 10 -> pass 6h20m1s of 5m";
    check_each("session", &later, lines);
}

#[test]
fn a_quote_may_be_as_old_as_the_limit() {
    for (age, expected) in [
        ("3s", "pass 3s of 3s"),
        ("3s1ns", "defer QUOTE_STALE 3s1ns of 3s"),
        ("-2s", "pass -2s of 3s"),
        ("-2s1ns", "defer QUOTE_FROM_FUTURE -2s1ns of -2s"),
    ] {
        let given = format!("limits max_quote_age=3s; quote 10 10.01 age={age}");
        check("quote-fresh", &given, "buy 1 AA at 10", expected);
    }
}

#[test]
fn a_quote_has_two_sides_apart() {
    let missing = "defer QUOTE_MISSING endless of 5s";
    check("quote-fresh", "quote none", "buy 1 AA at 10", missing);
    let crossed = "defer QUOTE_CROSSED 0s of 5s";
    for quote in ["10.01 10", "10 10", "0 10", "10 0"] {
        let given = format!("quote {quote}");
        check("quote-fresh", &given, "buy 1 AA at 10", crossed);
    }
}

#[test]
fn an_exit_rests_on_the_last_mark_where_there_is_no_quote() {
    for (quote, expected) in [
        ("none", "pass endless of 5s"),
        ("10 10.01 age=1h", "pass 1h of 5s"),
        ("0 10", "pass 0s of 5s"),
    ] {
        let given = format!("bought 5 AA at 10; quote {quote}");
        check("quote-fresh", &given, "sell 5 AA at 10", expected);
    }
    let nothing = "defer QUOTE_MISSING endless of 5s";
    check("quote-fresh", "quote none", "sell 5 AA at 10", nothing);
}

#[test]
fn live_options_need_the_consolidated_feed() {
    let call = "buy 1 AA260320C00010000 at 10";
    let quote = "quote 10 10.01 feed=Indicative";
    let live = format!("account mode=Live; {quote}");
    let refused = "refuse QUOTE_INDICATIVE 0s of 5s";
    check("quote-fresh", &live, call, refused);
    check("quote-fresh", &live, "buy 1 AA at 10", "pass 0s of 5s");
    for (feed, expected) in [
        ("Consolidated", "pass 0s of 5s"),
        ("Sip", "pass 0s of 5s"),
        ("Opra", "pass 0s of 5s"),
        ("Iex", refused),
        ("DelayedSip", refused),
        ("Otc", refused),
        ("Replay", refused),
    ] {
        check("quote-fresh", &live.replace("Indicative", feed), call, expected);
    }
    let any = format!("{live}; limits feed=AnyFeed");
    check("quote-fresh", &any, call, "pass 0s of 5s");
    let paper = format!("account mode=Paper; {quote}");
    check("quote-fresh", &paper, call, "pass 0s of 5s");
}

#[test]
fn an_entry_reaches_as_far_as_its_collar() {
    let given = "limits collar=0.02 shorting=allowed; quote 10 10.50";
    let lines = "buy 1 AA at 10.71 -> pass 10.71 of 10.71
                 buy 1 AA at 10.72 -> refuse COLLAR_EXCEEDED 10.72 of 10.71
                 buy 1 AA at 1 -> pass 1.00 of 10.71
                 buy 1 AA market -> pass 10.71 of 10.71
                 short 1 AA at 9.80 -> pass 9.80 of 9.80
                 short 1 AA at 9.79 -> refuse COLLAR_EXCEEDED 9.79 of 9.80";
    check_each("price-collar", given, lines);
}

#[test]
fn an_exit_reaches_further() {
    let given = "limits collar=0.02 close_collar=0.1; bought 5 AA at 10; quote 10 10.01";
    let lines = "sell 5 AA at 9.00 -> pass 9.00 of 9.00
                 sell 5 AA at 8.99 -> refuse COLLAR_EXCEEDED 8.99 of 9.00
                 sell 5 AA market -> pass 9.00 of 9.00";
    check_each("price-collar", given, lines);
    check_each("price-collar", &format!("{given}; quote none"), lines);
}

#[test]
fn a_cheap_thing_has_a_collar_of_cents() {
    let given = "limits collar_floor=0.05; quote 0.10 0.11";
    let lines = "buy 1 AA260320C00010000 at 0.16 -> pass 0.16 of 0.16
                 buy 1 AA260320C00010000 at 0.17 -> refuse COLLAR_EXCEEDED 0.17 of 0.16";
    check_each("price-collar", given, lines);
}

#[test]
fn a_collar_without_a_quote_defers() {
    let unknown = "defer COLLAR_UNKNOWN 0.00 of 0.00";
    check("price-collar", "quote none", "buy 1 AA at 10", unknown);
    check("price-collar", "quote none", "sell 1 AA at 10", unknown);
}

#[test]
fn the_market_may_drift_from_advice_either_way() {
    let drift = |ask: &str| format!("limits max_price_drift=0.02; quote 9 {ask}");
    let advice = "buy 1 AA at 9.90 reference=10";
    let (pass, at) = ("pass 0.20 of 0.20", "price-drift");
    check(at, &drift("10.20"), advice, pass);
    check(at, &drift("9.80"), advice, pass);
    let exceeded = "refuse DRIFT_EXCEEDED 0.21 of 0.20";
    check(at, &drift("10.21"), advice, exceeded);
    check(at, &drift("9.79"), advice, exceeded);
    check(at, &drift("10.20"), "buy 1 AA at 10", pass);
    let unknown = "refuse DRIFT_UNKNOWN 0.00 of 0.00";
    check(at, &drift("10.20"), "buy 1 AA market", unknown);
    check(at, &drift("10.21"), "sell 1 AA at 10", "exempt");
    check(at, "quote 9 20", advice, "not set");
}

#[test]
fn bid_and_ask_are_close_enough() {
    let spread = |limits: &str, quote: &str| format!("limits {limits}; quote {quote}");
    let advice = "buy 1 AA at 10";
    let given = spread("max_spread=0.01", "9.95 10.05");
    check("spread", &given, advice, "pass 0.10 of 0.10");
    let given = spread("max_spread=0.01", "9.94 10.06");
    check("spread", &given, advice, "refuse SPREAD_EXCEEDED 0.12 of 0.10");
    let given = spread("max_spread_abs=0.05", "9.95 10.00");
    check("spread", &given, advice, "pass 0.05 of 0.05");
    let given = spread("max_spread_abs=0.05", "9.94 10.00");
    check("spread", &given, advice, "refuse SPREAD_EXCEEDED 0.06 of 0.05");
    let given = spread("max_spread=0.01 max_spread_abs=0.05", "9.95 10.05");
    check("spread", &given, advice, "refuse SPREAD_EXCEEDED 0.10 of 0.05");
    check("spread", &given, "sell 1 AA at 10", "exempt");
    check("spread", "quote 1 10", advice, "not set");
}

#[test]
fn enough_is_displayed_on_the_side_that_is_taken() {
    let given = "limits min_displayed=0.5 shorting=allowed; quote 10 10.01 bids=3 asks=5";
    let lines = "buy 10 AA at 10 -> pass 5 of 5
                 buy 11 AA at 10 -> refuse LIQUIDITY_THIN 5 of 5.5
                 short 6 AA at 10 -> pass 3 of 3
                 short 7 AA at 10 -> refuse LIQUIDITY_THIN 3 of 3.5
                 sell 7 AA at 10 -> exempt";
    check_each("liquidity", given, lines);
    check("liquidity", "", "buy 1 AA at 10", "not set");
}

#[test]
fn an_option_is_held_open_by_enough_people() {
    let option = "buy 1 AA260320C00010000 at 10";
    let given = |interest: &str| format!("limits min_open_interest=200; facts known {interest}");
    let at = "liquidity";
    check(at, &given("interest=200"), option, "pass 200 of 200");
    let low = "refuse LIQUIDITY_INTEREST_LOW 199 of 200";
    check(at, &given("interest=199"), option, low);
    let unknown = "refuse LIQUIDITY_UNKNOWN 0 of 200";
    check(at, &given(""), option, unknown);
    check(at, &given(""), "buy 1 AA at 10", "not set");
}

/// A refusal would burn the advice for a quote that comes back in a second.
#[test]
fn no_gate_refuses_for_want_of_a_quote() {
    let given = "limits max_price_drift=0.1 max_spread=0.1 min_displayed=0.1 \
                 max_net_exposure=9 max_symbol_concentration=0.1 max_underlying_concentration=0.1 \
                 max_premium=9";
    for quote in ["none", "0 10", "10 0"] {
        let desk = Desk::told(&format!("{given}; quote {quote}"));
        for advice in [
            "buy 1 AA market reference=10",
            "buy 1 AA at 1",
            "buy 1 AA260320C00010000 market reference=10",
            "short 1 AA260320C00010000 market reference=10",
        ] {
            let (_, verdicts) = desk.judge(advice);
            let all = verdicts.iter();
            let refused: Vec<_> = all.filter(|it| it.outcome == Outcome::Refuse).collect();
            let uncovered = |it: &&Verdict| it.code == Code::UncoveredCall;
            let burned = refused.iter().filter(|it| !uncovered(it)).count();
            assert_eq!(burned, 0, "{advice} with quote {quote}: {refused:?}");
        }
    }
    let defer = "defer ORDER_UNPRICEABLE 1 of 1";
    check("structural", "quote none", "buy 1 AA market", defer);
}
