//! Configurations: a good one is read whole; of a bad one everything is told.

use std::path::Path;

use expect_test::{Expect, expect};
use gatefold::config::{Config, ConfigError, PartialFills, Quotes};
use gatefold::core::vocabulary::{Money, Span};

pub(crate) const GOOD: &str = r#"[log]
dir = "data/log"

[inbox]
format = "jsonl"
path = "advice.jsonl"

[market]
kind = "replay"
dir = "market"

[broker]
kind = "simulated"

[accounts.large]
mode = "simulated"
cash = "209000"
cost_method = "average"

[accounts.large.limits]
max_positions = 5
max_exposure = "10000"
max_order_notional = "17100"
max_daily_loss = "2000"
max_entries_per_day = 20
orders_per_second = 2
time_to_live = "120s"
max_quote_age = "5s"
collar = "0.02"
"#;

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(text, Path::new("day/gatefold.toml"))
}

/// Checks what is told of the good configuration with some text replaced.
#[track_caller]
pub(crate) fn check(replacements: &[(&str, &str)], told: Expect) {
    check_of(GOOD, replacements, told);
}

/// The same of another good configuration.
#[track_caller]
pub(crate) fn check_of(good: &str, replacements: &[(&str, &str)], told: Expect) {
    let mut text = good.to_owned();
    for (from, to) in replacements {
        assert!(text.contains(from), "{from:?} is in the good configuration");
        text = text.replacen(from, to, 1);
    }
    let error = parse(&text).expect_err("a bad configuration is refused");
    told.assert_eq(&error.to_string());
}

#[test]
fn a_good_file_is_read_and_its_paths_are_relative_to_it() {
    let config = parse(GOOD).unwrap();
    assert_eq!(config.log.dir, Path::new("day/data/log"));
    assert_eq!(config.inbox.path, Path::new("day/advice.jsonl"));
    assert_eq!(config.inbox.name, "advice.jsonl");
    let quotes = Quotes::Bars { dir: "day/market".into(), dates: Vec::new() };
    assert_eq!(config.market.quotes, quotes);
    let openings = config.openings();
    let [opening] = openings.as_slice() else { panic!("one account: {openings:?}") };
    assert_eq!(opening.account.as_str(), "large");
    assert_eq!(opening.cash, Money::dollars(209_000));
    assert_eq!(opening.limits.max_order_notional, Money::dollars(17_100));
    assert_eq!(opening.limits.max_drawdown, None);
    assert_eq!(opening.reason, "configured in gatefold.toml");
}

#[test]
fn everything_optional_is_read() {
    let text = GOOD
        .replace("dir = \"market\"", "quotes = \"quotes.csv\"\nuntil = \"2015-12-24T18:00:00Z\"\nspeed = \"as-fast-as-possible\"")
        .replace("kind = \"simulated\"", "kind = \"simulated\"\nseed = 7\npartial_fills = \"seeded\"\nfee_per_contract = \"0.65\"\nfee_per_share = \"0.005\"");
    let text = format!("{text}\n[engine]\nmarks_every = \"30s\"\nexit_attempts = 2\n");
    let config = parse(&text).unwrap();
    assert_eq!(config.market.quotes, Quotes::Ticks { file: "day/quotes.csv".into() });
    assert_eq!(config.market.until.map(|at| at.to_string()), Some("2015-12-24T18:00:00Z".into()));
    assert_eq!((config.broker.seed, config.broker.partial_fills), (7, PartialFills::Seeded));
    assert_eq!(config.broker.fee_per_contract, Money::cents(65));
    assert_eq!(config.settings().marks_every, Span::seconds(30));
    assert_eq!(config.settings().exit_attempts, 2);
    let days = GOOD.replace("dir = \"market\"", "dir = \"market\"\ndates = [\"2015-12-24\"]");
    let Quotes::Bars { dates, .. } = parse(&days).unwrap().market.quotes else { panic!("bars") };
    assert_eq!(dates, ["2015-12-24".parse().unwrap()]);
}

#[test]
fn accounts_keep_the_order_of_the_file() {
    let second = GOOD.split_once("[accounts.large]").unwrap().1;
    let second = format!("[accounts.large]{second}").replace("large", "alpha");
    let config = parse(&format!("{GOOD}{second}")).unwrap();
    let names: Vec<_> = config.accounts.iter().map(|account| account.id.to_string()).collect();
    assert_eq!(names, ["large", "alpha"]);
}

#[test]
fn an_unknown_key_is_told_with_the_nearest_one() {
    check(
        &[("max_positions = 5", "max_positions = 5\nmax_spraed = \"0.1\"")],
        expect![[r#"
        day/gatefold.toml:22:1: unknown key `max_spraed` in [accounts.large.limits]
           |
        22 | max_spraed = "0.1"
           | ^^^^^^^^^^
           = did you mean `max_spread`?

        1 problem in day/gatefold.toml; nothing was started"#]],
    );
    check(
        &[("[log]", "[telemetry]\nport = 1\n[log]")],
        expect![[r#"
            day/gatefold.toml:1:2: unknown key `telemetry` in the file
              |
            1 | [telemetry]
              |  ^^^^^^^^^
              = remove it; known here: log, inbox, market, broker, postgres, read_models, defaults, accounts, engine

            1 problem in day/gatefold.toml; nothing was started"#]],
    );
}

#[test]
fn a_missing_section_or_key_is_told() {
    check(
        &[("[log]\ndir = \"data/log\"\n", "")],
        expect![[r#"
        day/gatefold.toml:1:1: [log] is missing
          |
        1 | 
          | ^
          = write [log] with dir = "gatefold-data": where the record of everything lies

        1 problem in day/gatefold.toml; nothing was started"#]],
    );
    check(
        &[("cash = \"209000\"\n", "")],
        expect![[r#"
            day/gatefold.toml:15:11: cash is missing in [accounts.large]
               |
            15 | [accounts.large]
               |           ^^^^^
               = write it, as in cash = "10000" (an amount of US dollars)

            1 problem in day/gatefold.toml; nothing was started"#]],
    );
    check(
        &[("path =", "pth =")],
        expect![[r#"
            day/gatefold.toml:4:2: path is missing in [inbox] (is `pth` meant to be it?)
              |
            4 | [inbox]
              |  ^^^^^
              = write it, as in path = "data" (a path, relative to the configuration's folder)

            day/gatefold.toml:6:1: unknown key `pth` in [inbox]
              |
            6 | pth = "advice.jsonl"
              | ^^^
              = did you mean `path`?

            2 problems in day/gatefold.toml; nothing was started"#]],
    );
}

#[test]
fn there_is_no_default_account() {
    let (start, _) = GOOD.split_once("[accounts.large]").unwrap();
    let error = parse(start).unwrap_err().to_string();
    expect![[r#"
        day/gatefold.toml:1:1: [accounts] is missing
          |
        1 | [log]
          | ^
          = write [accounts.NAME] with mode, cash and cost_method, and [accounts.NAME.limits]; there is no default account

        1 problem in day/gatefold.toml; nothing was started"#]].assert_eq(&error);
    check(
        &[("[log]", "[limits]\nmax_positions = 5\n[log]")],
        expect![[r#"
        day/gatefold.toml:1:2: limits that belong to no account
          |
        1 | [limits]
          |  ^^^^^^
          = write them under [accounts.NAME.limits]: limits belong to one account, and nothing is inherited by an account that did not ask for it

        1 problem in day/gatefold.toml; nothing was started"#]],
    );
    let defaults = "[defaults.limits]\nmax_positions = 5\n[log]";
    check(
        &[("[log]", defaults)],
        expect![[r#"
            day/gatefold.toml:1:11: limits have no defaults
              |
            1 | [defaults.limits]
              |           ^^^^^^
              = write them under [accounts.NAME.limits]; an account inherits nothing

            1 problem in day/gatefold.toml; nothing was started"#]],
    );
}

#[test]
fn doubled_accounts_are_told() {
    let second = GOOD.split_once("[accounts.large]").unwrap().1;
    let same = format!("{GOOD}[accounts.large]{second}");
    expect![[r#"
        day/gatefold.toml:30:11: [accounts.large] is written twice
           |
        30 | [accounts.large]
           |           ^^^^^
           = remove one of the two, or rename it

        1 problem in day/gatefold.toml; nothing was started"#]]
    .assert_eq(&parse(&same).unwrap_err().to_string());
    let case = format!("{GOOD}[accounts.large]{second}");
    let case = case.replacen("accounts.large", "accounts.Large", 2);
    expect![[r#"
        day/gatefold.toml:30:11: account `large` differs from that of line 15 in case only
           |
        30 | [accounts.large]
           |           ^^^^^
           = give one of them another name: people and files mix such names up

        1 problem in day/gatefold.toml; nothing was started"#]]
    .assert_eq(&parse(&case).unwrap_err().to_string());
    check(
        &[
            ("[accounts.large]", "[accounts.\"two words\"]"),
            ("accounts.large.", "accounts.\"two words\"."),
        ],
        expect![[r#"
            day/gatefold.toml:15:11: [accounts.two words] has no usable name: account id "two words" holds ' ': use only letters, digits, '.', '_' and '-'
               |
            15 | [accounts."two words"]
               |           ^^^^^^^^^^^
               = rename it

            1 problem in day/gatefold.toml; nothing was started"#]],
    );
}

#[test]
fn real_money_needs_more_than_a_word() {
    check(
        &[("mode = \"simulated\"", "mode = \"live\"")],
        expect![[r#"
        day/gatefold.toml:16:8: mode = "live" trades real money without allow_live = true
           |
        16 | mode = "live"
           |        ^^^^^^
           = write mode = "paper"; or allow_live = true beside it, and give --allow-live on the command line

        1 problem in day/gatefold.toml; nothing was started"#]],
    );
    check(
        &[("mode = \"simulated\"", "mode = \"paper\"")],
        expect![[r#"
        day/gatefold.toml:16:8: mode = "paper" with a simulated broker
           |
        16 | mode = "paper"
           |        ^^^^^^^
           = write mode = "simulated", or kind = "alpaca" in [market] and [broker]

        1 problem in day/gatefold.toml; nothing was started"#]],
    );
    check(
        &[("kind = \"simulated\"", "kind = \"alpaca\"")],
        expect![[r#"
        day/gatefold.toml:1:1: market and broker belong to two worlds
          |
        1 | [log]
          | ^
          = write kind = "alpaca" in both [market] and [broker], or in neither

        day/gatefold.toml:12:2: [broker.accounts] is missing in [broker]
           |
        12 | [broker]
           |  ^^^^^^
           = write [broker.accounts.NAME] with number and keys_file for each account

        day/gatefold.toml:16:8: mode = "simulated" with [broker] kind = "alpaca"
           |
        16 | mode = "simulated"
           |        ^^^^^^^^^^^
           = write mode = "paper", or simulate the broker too

        3 problems in day/gatefold.toml; nothing was started"#]],
    );
    check(
        &[("kind = \"simulated\"", "kind = \"paper\"")],
        expect![[r#"
        day/gatefold.toml:13:8: kind = "paper" is a mode of an account
           |
        13 | kind = "paper"
           |        ^^^^^^^
           = write kind = "alpaca" here and mode = "paper" or "live" in each account

        1 problem in day/gatefold.toml; nothing was started"#]],
    );
}

#[test]
fn the_market_is_one_thing() {
    check(
        &[("dir = \"market\"\n", "")],
        expect![[r#"
        day/gatefold.toml:8:2: [market] names no quotes
          |
        8 | [market]
          |  ^^^^^^
          = write dir = "market" (a folder of bars) or quotes = "quotes.csv"

        1 problem in day/gatefold.toml; nothing was started"#]],
    );
    let both = "dir = \"market\"\nquotes = \"quotes.csv\"\n";
    check(
        &[("dir = \"market\"\n", both)],
        expect![[r#"
        day/gatefold.toml:11:1: quotes = ... beside dir = ...: only one of them can be the market
           |
        11 | quotes = "quotes.csv"
           | ^^^^^^
           = remove one of the two

        1 problem in day/gatefold.toml; nothing was started"#]],
    );
    let dated = "quotes = \"quotes.csv\"\ndates = [\"2015-12-24\"]\n";
    check(
        &[("dir = \"market\"\n", dated)],
        expect![[r#"
        day/gatefold.toml:11:1: dates select bar files, not quotes
           |
        11 | dates = ["2015-12-24"]
           | ^^^^^
           = remove it, or end the replay with until = "2015-12-24T18:00:00Z"

        1 problem in day/gatefold.toml; nothing was started"#]],
    );
    let dates = "dir = \"market\"\ndates = [\"24.12.2015\", 2015-12-24]\n";
    check(
        &[("dir = \"market\"\n", dates)],
        expect![[r#"
        day/gatefold.toml:11:10: dates = "24.12.2015" is no date
           |
        11 | dates = ["24.12.2015", 2015-12-24]
           |          ^^^^^^^^^^^^
           = write it as in "2015-12-24"

        day/gatefold.toml:11:24: dates = 2015-12-24 is not a date in quotes
           |
        11 | dates = ["24.12.2015", 2015-12-24]
           |                        ^^^^^^^^^^
           = write "2015-12-24"

        2 problems in day/gatefold.toml; nothing was started"#]],
    );
}

#[test]
fn all_problems_are_told_at_once_and_in_order() {
    check(
        &[
            ("format = \"jsonl\"", "format = \"csv\""),
            ("cash = \"209000\"", "cash = 209000"),
            ("max_exposure = \"10000\"", "max_exposure = 10000.5"),
            ("collar", "color"),
        ],
        expect![[r#"
            day/gatefold.toml:5:10: format = "csv" is not known here
              |
            5 | format = "csv"
              |          ^^^^^
              = write format = "jsonl"

            day/gatefold.toml:17:8: cash = 209000 is a bare number, not an amount of US dollars
               |
            17 | cash = 209000
               |        ^^^^^^
               = write it as text: cash = "209000"

            day/gatefold.toml:20:17: collar is missing in [accounts.large.limits] (is `color` meant to be it?)
               |
            20 | [accounts.large.limits]
               |                 ^^^^^^
               = write it, as in collar = "0.02" (a fraction from "0" to "1")

            day/gatefold.toml:22:16: max_exposure = 10000.5 is a float, which is never exact
               |
            22 | max_exposure = 10000.5
               |                ^^^^^^^
               = write it as text: max_exposure = "10000.5"

            day/gatefold.toml:29:1: unknown key `color` in [accounts.large.limits]
               |
            29 | color = "0.02"
               | ^^^^^
               = did you mean `collar`?

            5 problems in day/gatefold.toml; nothing was started"#]],
    );
}

#[test]
fn text_that_is_no_toml_is_told_with_its_place() {
    check(
        &[("max_positions = 5", "max_positions = = 5")],
        expect![[r#"
        day/gatefold.toml:21:17: extra `=`, expected nothing
           |
        21 | max_positions = = 5
           |                 ^
           = correct the TOML here

        day/gatefold.toml:21:19: unexpected key or value, expected newline, `#`
           |
        21 | max_positions = = 5
           |                   ^
           = correct the TOML here

        2 problems in day/gatefold.toml; nothing was started"#]],
    );
}

#[test]
fn a_file_that_is_not_there_is_told() {
    let error = Config::load("nowhere/gatefold.toml").unwrap_err().to_string();
    assert!(error.starts_with("configuration nowhere/gatefold.toml cannot be read: "), "{error}");
}
