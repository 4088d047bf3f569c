//! What may be lost, and how often and how fast orders may be sent.

use super::{check, check_each};

#[test]
fn the_daily_loss_is_strict() {
    let given = "limits max_daily_loss=1000; bought 100 AA at 100";
    let below = format!("{given}; mark AA 90.01");
    let pass = "pass 999.00 of 1000.00";
    check("daily-loss", &below, "buy 1 BB at 10", pass);
    let reached = format!("{given}; mark AA 90");
    let refused = "refuse DAILY_LOSS_REACHED 1000.00 of 1000.00";
    check("daily-loss", &reached, "buy 1 BB at 10", refused);
    check("daily-loss", &reached, "sell 100 AA at 90", "exempt");
}

/// Example 4 of the definitions: 2 % of 50,000, 700 realized and 350 not.
#[test]
fn an_unrealized_gain_never_hides_a_realized_loss() {
    let given = "account cash=50000; limits max_daily_loss_of_equity=0.02
                 bought 100 AA at 100; sold 100 AA at 93; bought 100 BB at 10";
    let down = format!("{given}; mark BB 6.50");
    let refused = "refuse DAILY_LOSS_REACHED 1050.00 of 1000.00";
    check("daily-loss", &down, "buy 1 CC at 10", refused);
    let up = format!("{given}; mark BB 15");
    check("daily-loss", &up, "buy 1 CC at 10", "pass 700.00 of 1000.00");
}

#[test]
fn fees_are_losses_and_withdrawals_are_not() {
    let fees = "limits max_daily_loss=1000; fee -999.99";
    check("daily-loss", fees, "buy 1 AA at 10", "pass 999.99 of 1000.00");
    let fees = "limits max_daily_loss=1000; fee -1000";
    let refused = "refuse DAILY_LOSS_REACHED 1000.00 of 1000.00";
    check("daily-loss", fees, "buy 1 AA at 10", refused);
    let withdrawn = "limits max_daily_loss=1000; deposit -5000";
    check("daily-loss", withdrawn, "buy 1 AA at 10", "pass 0.00 of 1000.00");
    let deposited = "limits max_daily_loss=1000; bought 100 AA at 100; mark AA 90; deposit 5000";
    check("daily-loss", deposited, "buy 1 AA at 10", refused);
}

#[test]
fn a_day_that_did_not_open_defers_and_no_loss_allowed_denies_all() {
    let defer = "defer DAY_NOT_OPENED 0.00 of 0.00";
    check("daily-loss", "account bare", "buy 1 AA at 10", defer);
    let refused = "refuse DAILY_LOSS_REACHED 0.00 of 0.00";
    check("daily-loss", "limits max_daily_loss=0", "buy 1 AA at 10", refused);
}

#[test]
fn yesterdays_loss_is_not_todays() {
    let given = "account cash=50000; limits max_daily_loss=1000; bought 100 AA at 100
                 mark AA 90; wait 24h; day 49000; mark AA 89";
    check("daily-loss", given, "buy 1 BB at 10", "pass 100.00 of 1000.00");
    let sold = format!("{given}; sold 100 AA at 88");
    check("daily-loss", &sold, "buy 1 BB at 10", "pass 200.00 of 1000.00");
}

#[test]
fn the_drawdown_is_strict_and_from_the_peak() {
    let given = "account cash=10000; limits max_drawdown=0.1; bought 100 AA at 50";
    let pass = "pass 999.00 of 1000.00";
    let below = format!("{given}; mark AA 40.01");
    check("drawdown", &below, "buy 1 BB at 10", pass);
    let reached = format!("{given}; mark AA 40");
    let refused = "refuse DRAWDOWN_REACHED 1000.00 of 1000.00";
    check("drawdown", &reached, "buy 1 BB at 10", refused);
    check("drawdown", &reached, "sell 100 AA at 40", "exempt");
    let from_peak = format!("{given}; mark AA 60; mark AA 49");
    let refused = "refuse DRAWDOWN_REACHED 1100.00 of 1100.00";
    check("drawdown", &from_peak, "buy 1 BB at 10", refused);
    check("drawdown", "", "buy 1 BB at 10", "not set");
}

#[test]
fn money_paid_in_or_out_is_no_drawdown() {
    let given = "account cash=10000; limits max_drawdown=0.1";
    let out = format!("{given}; deposit -5000");
    check("drawdown", &out, "buy 1 BB at 10", "pass 0.00 of 500.00");
    let hidden = format!("{given}; bought 100 AA at 50; mark AA 40; deposit 5000");
    check("drawdown", &hidden, "buy 1 BB at 10", "pass 1000.00 of 1500.00");
    let none = "limits max_drawdown=0";
    let refused = "refuse DRAWDOWN_REACHED 0.00 of 0.00";
    check("drawdown", none, "buy 1 BB at 10", refused);
}

#[test]
fn a_day_has_so_many_entries_and_attempts_count() {
    let given = "limits max_entries_per_day=2; order Filled buy 1 AA at 10";
    check("orders-per-day", given, "buy 1 BB at 10", "pass 2 of 2");
    for state in ["Approved", "Unknown", "Rejected", "Canceled", "Absent"] {
        let given = format!("{given}; order {state} buy 2 AA at 10");
        let refused = "refuse ORDERS_PER_DAY_REACHED 3 of 2";
        check("orders-per-day", &given, "buy 1 BB at 10", refused);
        let rolled = format!("{given}; wait 24h; day 1000000");
        check("orders-per-day", &rolled, "buy 1 BB at 10", "pass 1 of 2");
    }
}

#[test]
fn exits_of_a_day_are_counted_apart() {
    let given = "limits max_entries_per_day=0 max_exits_per_day=2; bought 9 AA at 10";
    let one = format!("{given}; order Filled sell 1 AA at 10");
    let lines = "sell 1 AA at 10 -> pass 2 of 2
                 buy 1 AA at 10 -> refuse ORDERS_PER_DAY_REACHED 1 of 0";
    check_each("orders-per-day", &one, lines);
    let two = format!("{one}; order Rejected sell 2 AA at 10");
    let refused = "refuse ORDERS_PER_DAY_REACHED 3 of 2";
    check("orders-per-day", &two, "sell 1 AA at 10", refused);
    let defer = "defer DAY_NOT_OPENED 0 of 0";
    check("orders-per-day", "account bare", "buy 1 AA at 10", defer);
}

#[test]
fn a_burst_is_used_up_and_refills_with_time() {
    let given = "limits order_burst=2 orders_per_second=2; order Approved buy 1 AA at 10";
    check("order-rate", given, "buy 1 BB at 10", "pass 1 of 1");
    let two = format!("{given}; order Rejected buy 2 AA at 10");
    let reached = "defer ORDER_RATE_REACHED 0 of 1";
    check("order-rate", &two, "buy 1 BB at 10", reached);
    let early = format!("{two}; wait 499ms");
    check("order-rate", &early, "buy 1 BB at 10", reached);
    let in_time = format!("{two}; wait 500ms");
    check("order-rate", &in_time, "buy 1 BB at 10", "pass 1 of 1");
    let long_after = format!("{two}; wait 1h");
    check("order-rate", &long_after, "buy 1 BB at 10", "pass 2 of 1");
}

#[test]
fn exits_have_a_reserve_of_their_own() {
    let given = "limits order_burst=0 orders_per_second=0 exit_burst=2; bought 9 AA at 10
                 order Accepted sell 1 AA at 10";
    let lines = "buy 1 AA at 9 -> defer ORDER_RATE_REACHED 0 of 1
                 sell 1 AA at 10 -> pass 1 of 1";
    check_each("order-rate", given, lines);
    let stopped = "limits orders_per_second=0";
    let reached = "defer ORDER_RATE_REACHED 0 of 1";
    check("order-rate", stopped, "buy 1 AA at 10", reached);
    let used = format!("{given}; order Accepted sell 2 AA at 10; wait 1h");
    check("order-rate", &used, "sell 1 AA at 10", reached);
}
