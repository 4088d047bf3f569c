//! Limits: each is read from the key of its name; what cannot be one is told with its remedy.

use std::path::Path;

use expect_test::expect;
use gatefold::config::Config;
use gatefold::core::decide::{ExposureBasis, FeedRule, Gates, Limits, Shorting};
use gatefold::core::vocabulary::{Money, Price, Quantity, Ratio, Span};

use crate::config::{GOOD, check};

/// Every limit that has a default, with a value that is not it.
const OPTIONAL: &str = r#"
max_exposure_of_equity = "1.5"
exposure_basis = "mark"
max_order_of_equity = "0.1"
max_close_notional = "20000"
max_order_shares = "100"
max_order_contracts = "10"
max_net_exposure = "9000"
max_symbol_concentration = "0.2"
max_underlying_concentration = "0.3"
max_daily_loss_of_equity = "0.02"
max_drawdown = "0.1"
max_exits_per_day = 50
order_burst = 3
exit_burst = 7
duplicate_window = "20s"
cooldown = "5m"
max_adds = 0
confidence_min = "0.5"
max_price_drift = "0.01"
close_collar = "0.2"
collar_floor = "0.1"
feed = "any"
max_spread = "0.1"
max_spread_abs = "0.5"
min_displayed = "2"
min_open_interest = "200"
blackout_open = "5m"
blackout_close = "10m"
min_days_to_expiry = 7
max_days_to_expiry = 60
expiry_cutoff = "1h"
max_premium = "4000"
max_premium_of_equity = "0.02"
min_credit = "0.3"
shorting = "allowed"
max_sync_age = "10m"
max_link_silence = "30s"

[accounts.large.limits.models."v3"]
confidence_min = "0.55"

[accounts.large.limits.strategies.swing_trade]
confidence_min = "0.6"
"#;

fn full() -> Limits {
    let text = format!("{GOOD}{OPTIONAL}");
    let config = Config::parse(&text, Path::new("gatefold.toml")).unwrap();
    config.accounts.first().unwrap().limits.clone()
}

#[test]
fn every_limit_is_read_from_the_key_of_its_name() {
    let ratio = |text: &str| text.parse::<Ratio>().ok();
    // Without `..`: a limit that is added to the engine must be added here.
    let Limits {
        max_positions,
        max_exposure,
        max_exposure_of_equity,
        exposure_basis,
        max_order_notional,
        max_order_of_equity,
        max_close_notional,
        max_order_shares,
        max_order_contracts,
        max_net_exposure,
        max_symbol_concentration,
        max_underlying_concentration,
        max_daily_loss,
        max_daily_loss_of_equity,
        max_drawdown,
        max_entries_per_day,
        max_exits_per_day,
        orders_per_second,
        order_burst,
        exit_burst,
        duplicate_window,
        cooldown,
        max_adds,
        time_to_live,
        confidence_min,
        models,
        strategies,
        max_price_drift,
        collar,
        close_collar,
        collar_floor,
        max_quote_age,
        feed,
        max_spread,
        max_spread_abs,
        min_displayed,
        min_open_interest,
        blackout_open,
        blackout_close,
        min_days_to_expiry,
        max_days_to_expiry,
        expiry_cutoff,
        max_premium,
        max_premium_of_equity,
        min_credit,
        shorting,
        max_sync_age,
        max_link_silence,
    } = full();
    assert_eq!(max_positions, 5);
    assert_eq!(max_exposure, Money::dollars(10_000));
    assert_eq!(max_exposure_of_equity, ratio("1.5"));
    assert_eq!(exposure_basis, ExposureBasis::Mark);
    assert_eq!(max_order_notional, Money::dollars(17_100));
    assert_eq!(max_order_of_equity, ratio("0.1"));
    assert_eq!(max_close_notional, Money::dollars(20_000));
    assert_eq!(max_order_shares, Some(Quantity::whole(100)));
    assert_eq!(max_order_contracts, Some(Quantity::whole(10)));
    assert_eq!(max_net_exposure, Some(Money::dollars(9000)));
    assert_eq!(max_symbol_concentration, ratio("0.2"));
    assert_eq!(max_underlying_concentration, ratio("0.3"));
    assert_eq!(max_daily_loss, Money::dollars(2000));
    assert_eq!(max_daily_loss_of_equity, ratio("0.02"));
    assert_eq!(max_drawdown, ratio("0.1"));
    assert_eq!((max_entries_per_day, max_exits_per_day), (20, 50));
    assert_eq!((orders_per_second, order_burst, exit_burst), (2, 3, 7));
    assert_eq!(duplicate_window, Span::seconds(20));
    assert_eq!(cooldown, Some(Span::minutes(5)));
    assert_eq!(max_adds, Some(0));
    assert_eq!(time_to_live, Span::seconds(120));
    assert_eq!(confidence_min, ratio("0.5"));
    let models: Vec<_> =
        models.iter().map(|it| (it.model.to_string(), it.confidence_min)).collect();
    assert_eq!(models, [("v3".to_owned(), Ratio::from_ppm(550_000))]);
    let strategies: Vec<_> =
        strategies.iter().map(|it| (it.strategy.to_string(), it.confidence_min)).collect();
    assert_eq!(strategies, [("swing_trade".to_owned(), ratio("0.6"))]);
    assert_eq!(max_price_drift, ratio("0.01"));
    assert_eq!((Some(collar), Some(close_collar)), (ratio("0.02"), ratio("0.2")));
    assert_eq!(collar_floor, Price::cents(10));
    assert_eq!(max_quote_age, Span::seconds(5));
    assert_eq!(feed, FeedRule::AnyFeed);
    assert_eq!(max_spread, ratio("0.1"));
    assert_eq!(max_spread_abs, Some(Price::cents(50)));
    assert_eq!(min_displayed, ratio("2"));
    assert_eq!(min_open_interest, Some(Quantity::whole(200)));
    assert_eq!((blackout_open, blackout_close), (Span::minutes(5), Span::minutes(10)));
    assert_eq!((min_days_to_expiry, max_days_to_expiry), (Some(7), Some(60)));
    assert_eq!(expiry_cutoff, Span::hours(1));
    assert_eq!(max_premium, Some(Money::dollars(4000)));
    assert_eq!(max_premium_of_equity, ratio("0.02"));
    assert_eq!(min_credit, Some(Price::cents(30)));
    assert_eq!(shorting, Shorting::Allowed);
    assert_eq!(max_sync_age, Span::minutes(10));
    assert_eq!(max_link_silence, Span::seconds(30));
}

#[test]
fn every_key_that_a_gate_names_can_be_configured() {
    let text = format!("{GOOD}{OPTIONAL}");
    let gates = Gates::standard();
    assert!(gates.cards().count() > 20, "the built-in gates are all there");
    // Buying power is the broker's to say.
    let configured = |key: &&&str| **key != "buying_power";
    for key in gates.cards().flat_map(|card| card.limits).filter(configured) {
        let (begin, inside) = (format!("\n{key} = "), format!(".{key}."));
        assert!(text.contains(&begin) || text.contains(&inside), "{key} cannot be configured");
    }
}

#[test]
fn each_mandatory_limit_is_asked_for() {
    let (start, _) = GOOD.split_once("max_positions").unwrap();
    let error = Config::parse(start, Path::new("gatefold.toml")).unwrap_err().to_string();
    expect![[r#"
        gatefold.toml:20:17: max_positions is missing in [accounts.large.limits]
           |
        20 | [accounts.large.limits]
           |                 ^^^^^^
           = write it, as in max_positions = 5 (a whole number)

        gatefold.toml:20:17: max_exposure is missing in [accounts.large.limits]
           |
        20 | [accounts.large.limits]
           |                 ^^^^^^
           = write it, as in max_exposure = "10000" (an amount of US dollars)

        gatefold.toml:20:17: max_order_notional is missing in [accounts.large.limits]
           |
        20 | [accounts.large.limits]
           |                 ^^^^^^
           = write it, as in max_order_notional = "10000" (an amount of US dollars)

        gatefold.toml:20:17: max_daily_loss is missing in [accounts.large.limits]
           |
        20 | [accounts.large.limits]
           |                 ^^^^^^
           = write it, as in max_daily_loss = "10000" (an amount of US dollars)

        gatefold.toml:20:17: max_entries_per_day is missing in [accounts.large.limits]
           |
        20 | [accounts.large.limits]
           |                 ^^^^^^
           = write it, as in max_entries_per_day = 5 (a whole number)

        gatefold.toml:20:17: orders_per_second is missing in [accounts.large.limits]
           |
        20 | [accounts.large.limits]
           |                 ^^^^^^
           = write it, as in orders_per_second = 5 (a whole number)

        gatefold.toml:20:17: time_to_live is missing in [accounts.large.limits]
           |
        20 | [accounts.large.limits]
           |                 ^^^^^^
           = write it, as in time_to_live = "120s" (a length of time with its unit)

        gatefold.toml:20:17: max_quote_age is missing in [accounts.large.limits]
           |
        20 | [accounts.large.limits]
           |                 ^^^^^^
           = write it, as in max_quote_age = "120s" (a length of time with its unit)

        gatefold.toml:20:17: collar is missing in [accounts.large.limits]
           |
        20 | [accounts.large.limits]
           |                 ^^^^^^
           = write it, as in collar = "0.02" (a fraction from "0" to "1")

        9 problems in gatefold.toml; nothing was started"#]]
    .assert_eq(&error);
}

#[test]
fn numbers_that_are_not_exact_are_told() {
    check(
        &[("\"10000\"", "10000.5")],
        expect![[r#"
        day/gatefold.toml:22:16: max_exposure = 10000.5 is a float, which is never exact
           |
        22 | max_exposure = 10000.5
           |                ^^^^^^^
           = write it as text: max_exposure = "10000.5"

        1 problem in day/gatefold.toml; nothing was started"#]],
    );
    check(
        &[("\"10000\"", "10000")],
        expect![[r#"
        day/gatefold.toml:22:16: max_exposure = 10000 is a bare number, not an amount of US dollars
           |
        22 | max_exposure = 10000
           |                ^^^^^
           = write it as text: max_exposure = "10000"

        1 problem in day/gatefold.toml; nothing was started"#]],
    );
    check(
        &[("\"10000\"", "\"10,000\"")],
        expect![[r#"
        day/gatefold.toml:22:16: max_exposure = "10,000" is not plain decimal text
           |
        22 | max_exposure = "10,000"
           |                ^^^^^^^^
           = write digits and at most one point, as in max_exposure = "12500.50"

        1 problem in day/gatefold.toml; nothing was started"#]],
    );
    check(
        &[("\"10000\"", "\"0.0000001\"")],
        expect![[r#"
        day/gatefold.toml:22:16: max_exposure = "0.0000001" has more than 6 decimals
           |
        22 | max_exposure = "0.0000001"
           |                ^^^^^^^^^^^
           = round it to 6 decimals

        1 problem in day/gatefold.toml; nothing was started"#]],
    );
    check(
        &[("max_positions = 5", "max_positions = \"5\"")],
        expect![[r#"
        day/gatefold.toml:21:17: max_positions = "5" is text, not a whole number
           |
        21 | max_positions = "5"
           |                 ^^^
           = write max_positions = 5

        1 problem in day/gatefold.toml; nothing was started"#]],
    );
    check(
        &[("max_positions = 5", "max_positions = 5.0")],
        expect![[r#"
        day/gatefold.toml:21:17: max_positions = 5.0 is not a whole number
           |
        21 | max_positions = 5.0
           |                 ^^^
           = write max_positions = 5

        1 problem in day/gatefold.toml; nothing was started"#]],
    );
    check(
        &[("\"120s\"", "120")],
        expect![[r#"
        day/gatefold.toml:27:16: time_to_live = 120 is a bare number, not a length of time with its unit
           |
        27 | time_to_live = 120
           |                ^^^
           = write it as text: time_to_live = "120s"

        1 problem in day/gatefold.toml; nothing was started"#]],
    );
    check(
        &[("\"120s\"", "\"two minutes\"")],
        expect![[r#"
        day/gatefold.toml:27:16: time_to_live = "two minutes" is no length of time
           |
        27 | time_to_live = "two minutes"
           |                ^^^^^^^^^^^^^
           = write whole numbers with units d, h, m, s, ms, us, ns, as in time_to_live = "1m30s"

        1 problem in day/gatefold.toml; nothing was started"#]],
    );
}

#[test]
fn no_time_at_all_is_no_age() {
    check(
        &[("\"120s\"", "\"0s\"")],
        expect![[r#"
        day/gatefold.toml:27:16: time_to_live = "0s" is no time: everything is older, exits too
           |
        27 | time_to_live = "0s"
           |                ^^^^
           = write how old it may be, as in time_to_live = "120s"; max_positions = 0 denies entries

        1 problem in day/gatefold.toml; nothing was started"#]],
    );
}

#[test]
fn negative_numbers_are_told() {
    check(
        &[
            ("\"10000\"", "\"-10000\""),
            ("max_positions = 5", "max_positions = -5"),
            ("120s", "-120s"),
            ("0.02", "-0.02"),
        ],
        expect![[r#"
            day/gatefold.toml:21:17: max_positions = -5 is negative
               |
            21 | max_positions = -5
               |                 ^^
               = write 0 or more; a limit of 0 denies everything

            day/gatefold.toml:22:16: max_exposure = "-10000" is negative
               |
            22 | max_exposure = "-10000"
               |                ^^^^^^^^
               = write 0 or more; a limit of 0 denies everything

            day/gatefold.toml:27:16: time_to_live = "-120s" is negative
               |
            27 | time_to_live = "-120s"
               |                ^^^^^^^
               = write 0 or more; a limit of 0 denies everything

            day/gatefold.toml:29:10: collar = "-0.02" is negative
               |
            29 | collar = "-0.02"
               |          ^^^^^^^
               = write 0 or more; a limit of 0 denies everything

            4 problems in day/gatefold.toml; nothing was started"#]],
    );
}

#[test]
fn a_percentage_is_told_from_a_fraction() {
    check(
        &[("\"0.02\"", "\"2\"")],
        expect![[r#"
        day/gatefold.toml:29:10: collar = "2" is above 1
           |
        29 | collar = "2"
           |          ^^^
           = write a fraction: 2 % is collar = "0.02"

        1 problem in day/gatefold.toml; nothing was started"#]],
    );
    check(
        &[("\"0.02\"", "\"2 %\"")],
        expect![[r#"
        day/gatefold.toml:29:10: collar = "2 %" is a percentage
           |
        29 | collar = "2 %"
           |          ^^^^^
           = write 2 % as a fraction: 2 % is collar = "0.02"

        1 problem in day/gatefold.toml; nothing was started"#]],
    );
}

#[test]
fn a_word_that_is_not_known_is_told_with_those_that_are() {
    check(
        &[("collar = \"0.02\"", "collar = \"0.02\"\nshorting = \"yes\"")],
        expect![[r#"
        day/gatefold.toml:30:12: shorting = "yes" is not known here
           |
        30 | shorting = "yes"
           |            ^^^^^
           = write shorting = "forbidden" or "allowed"

        1 problem in day/gatefold.toml; nothing was started"#]],
    );
    check(
        &[("collar = \"0.02\"", "collar = \"0.02\"\nexposure_basis = \"delta\"")],
        expect![[r#"
        day/gatefold.toml:30:18: exposure_basis = "delta" needs greeks, which no adapter supplies
           |
        30 | exposure_basis = "delta"
           |                  ^^^^^^^
           = write exposure_basis = "cost"

        1 problem in day/gatefold.toml; nothing was started"#]],
    );
}

#[test]
fn every_contradiction_is_told() {
    let contradicting = r#"collar = "0.02"
close_collar = "0.01"
max_close_notional = "5000"
order_burst = 0
min_days_to_expiry = 60
max_days_to_expiry = 7"#;
    check(
        &[("collar = \"0.02\"", contradicting)],
        expect![[r#"
        day/gatefold.toml:30:16: close_collar = "0.01" contradicts collar = "0.02"
           |
        30 | close_collar = "0.01"
           |                ^^^^^^
           = exits need at least the room of entries; raise it to collar

        day/gatefold.toml:31:22: max_close_notional = "5000.00" contradicts max_exposure = "10000.00"
           |
        31 | max_close_notional = "5000"
           |                      ^^^^^^
           = a full position could not be closed; raise it to max_exposure

        day/gatefold.toml:32:15: order_burst = 0 contradicts orders_per_second = 2
           |
        32 | order_burst = 0
           |               ^
           = no order could ever be sent; set order_burst to at least 1

        day/gatefold.toml:33:22: min_days_to_expiry = 60 contradicts max_days_to_expiry = 7
           |
        33 | min_days_to_expiry = 60
           |                      ^^
           = no option could pass; lower it to max_days_to_expiry

        4 problems in day/gatefold.toml; nothing was started"#]],
    );
    check(
        &[("collar = \"0.02\"", "collar = \"0.2\"")],
        expect![[r#"
        day/gatefold.toml:20:17: close_collar = "0.1" (where nothing else is written) contradicts collar = "0.2"
           |
        20 | [accounts.large.limits]
           |                 ^^^^^^
           = exits need at least the room of entries; raise it to collar

        1 problem in day/gatefold.toml; nothing was started"#]],
    );
}
