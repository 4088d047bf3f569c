//! What a configuration must say to trade through Alpaca.

use std::path::Path;
use std::time::Duration;

use expect_test::{Expect, expect};
use gatefold::config::{ClockPlace, Config, KeyPlace, Quotes};

use crate::config::check_of;

const ALPACA: &str = r#"
[log]
dir = "data/log"

[inbox]
format = "jsonl"
path = "advice.jsonl"

[market]
kind = "alpaca"
stocks = "iex"
options = "indicative"

[broker]
kind = "alpaca"

[broker.accounts.large]
number = "PA1"
keys_file = "large.keys"

[accounts.large]
mode = "paper"
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

#[track_caller]
fn check(replacements: &[(&str, &str)], told: Expect) {
    check_of(ALPACA, replacements, told);
}

#[test]
fn a_paper_account_is_read() {
    let config = Config::parse(ALPACA, Path::new("day/gatefold.toml")).unwrap();
    let place = config.alpaca.as_ref().unwrap();
    assert_eq!(config.market.quotes, Quotes::Latest);
    assert_eq!((place.clock, place.feeds.stocks.name()), (ClockPlace::System, "iex"));
    let [account] = place.accounts.as_slice() else { panic!("{place:?}") };
    assert_eq!((account.account.as_str(), account.number.as_str()), ("large", "PA1"));
    assert_eq!(account.keys, KeyPlace::File("day/large.keys".into()));
    assert_eq!(account.endpoints.trading, "https://paper-api.alpaca.markets");
    // A broker across a network is given time before an order counts as absent.
    assert_eq!(config.settings().absent_polls, 5);
}

#[test]
fn a_local_server_and_its_clock_are_read() {
    let text = ALPACA
        .replace(
            "kind = \"alpaca\"\n\n[broker.",
            "kind = \"alpaca\"\nclock = \"broker\"\nspeed = 60\n\n[broker.",
        )
        .replace("options = \"indicative\"", "options = \"opra\"\ndata = \"http://127.0.0.1:3\"")
        .replace(
            "keys_file = \"large.keys\"",
            "key_id_env = \"A\"\nsecret_key_env = \"B\"\ntrading = \"http://127.0.0.1:1\"\n\
             stream = \"ws://127.0.0.1:1/stream\"",
        );
    let config = Config::parse(&text, Path::new("gatefold.toml")).unwrap();
    let place = config.alpaca.unwrap();
    assert_eq!((place.clock, place.speed), (ClockPlace::Broker, 60));
    assert!(place.pace().idle < Duration::from_secs(1));
    assert!(place.accounts[0].endpoints.is_local());
    let keys = KeyPlace::Environment { id: "A".to_owned(), secret: "B".to_owned() };
    assert_eq!(place.accounts[0].keys, keys);
}

#[test]
fn what_does_not_go_together_is_refused() {
    check(
        &[("mode = \"paper\"", "mode = \"simulated\"")],
        expect![[r#"
        day/gatefold.toml:22:8: mode = "simulated" with [broker] kind = "alpaca"
           |
        22 | mode = "simulated"
           |        ^^^^^^^^^^^
           = write mode = "paper", or simulate the broker too

        1 problem in day/gatefold.toml; nothing was started"#]],
    );
    check(
        &[("mode = \"paper\"", "mode = \"live\"")],
        expect![[r#"
        day/gatefold.toml:22:8: mode = "live" trades real money without allow_live = true
           |
        22 | mode = "live"
           |        ^^^^^^
           = write mode = "paper"; or allow_live = true beside it, and give --allow-live on the command line

        1 problem in day/gatefold.toml; nothing was started"#]],
    );
    check(
        &[("[broker.accounts.large]", "[broker.accounts.tiny]")],
        expect![[r#"
        day/gatefold.toml:14:2: account large has no keys
           |
        14 | [broker]
           |  ^^^^^^
           = write [broker.accounts.large] with number and keys

        day/gatefold.toml:17:18: [broker.accounts.tiny] names no account
           |
        17 | [broker.accounts.tiny]
           |                  ^^^^
           = write [accounts.tiny] as well, or remove it

        2 problems in day/gatefold.toml; nothing was started"#]],
    );
    check(
        &[("keys_file = \"large.keys\"", "key_id_env = \"A\"")],
        expect![[r#"
        day/gatefold.toml:17:18: [broker.accounts.large] does not say where its keys are
           |
        17 | [broker.accounts.large]
           |                  ^^^^^
           = write either keys_file = "large.keys" (with mode 600), or key_id_env and secret_key_env

        1 problem in day/gatefold.toml; nothing was started"#]],
    );
    check(
        &[("number = \"PA1\"", "number = \"PA1\"\ntrading = \"https://api.alpaca.markets\"")],
        expect![[r#"
            day/gatefold.toml:17:18: https://api.alpaca.markets belongs to live and the account is configured as paper: correct the address or the mode
               |
            17 | [broker.accounts.large]
               |                  ^^^^^
               = correct trading, stream or [market] data, or the account's mode

            1 problem in day/gatefold.toml; nothing was started"#]],
    );
    check(
        &[("number = \"PA1\"", "number = \"PA1\"\ntrading = \"http://broker.example\"")],
        expect![[r#"
            day/gatefold.toml:17:18: http://broker.example would send keys in the clear: write https:// or wss://
               |
            17 | [broker.accounts.large]
               |                  ^^^^^
               = correct trading, stream or [market] data, or the account's mode

            1 problem in day/gatefold.toml; nothing was started"#]],
    );
    check(
        &[("kind = \"alpaca\"\n\n[broker.", "kind = \"alpaca\"\nclock = \"broker\"\n\n[broker.")],
        expect![[r#"
            day/gatefold.toml:14:2: clock = "broker" with a broker that is not on this computer
               |
            14 | [broker]
               |  ^^^^^^
               = remove it: this computer's clock counts

            1 problem in day/gatefold.toml; nothing was started"#]],
    );
}
