//! Exits that the configuration gives to advice that names none.

use std::path::Path;

use expect_test::expect;
use gatefold::config::{Config, ExitDefaults};
use gatefold::core::advise::{Arrival, Inbox, Recommendation};
use gatefold::inbox::JsonLines;

use crate::config::{GOOD, check};

fn defaults() -> ExitDefaults {
    let exits = "[defaults.exits]\nstop = \"0.75\"\ntarget = \"1.50\"\nhold_at_most = \"2h\"\n";
    let text = format!("{exits}{GOOD}");
    Config::parse(&text, Path::new("gatefold.toml")).unwrap().exits
}

fn arrival(fields: &str) -> Arrival {
    let line = format!(
        r#"{{"recommendation_id":"r-1","account":"a","symbol":"AAPL","quantity":1,
        "strategy":"s","created_at":"2015-12-24T15:00:00Z",{fields}}}"#
    );
    let line = line.replace('\n', "");
    let mut inbox = JsonLines::new("test", line.as_bytes()).with_exits(defaults());
    inbox.next().unwrap().unwrap()
}

#[track_caller]
fn advice(fields: &str) -> Recommendation {
    match arrival(fields) {
        Arrival::Recommendation(advice) => advice,
        Arrival::Failed { reason, .. } => panic!("{reason}"),
    }
}

fn levels(advice: &Recommendation) -> (Option<String>, Option<String>) {
    let text = |level: Option<gatefold::core::vocabulary::Price>| level.map(|it| it.to_string());
    (text(advice.exits.stop), text(advice.exits.target))
}

#[test]
fn a_purchase_gets_multiples_of_its_limit() {
    let bought = advice(r#""action":"buy_to_open","limit_price":"4.80""#);
    assert_eq!(levels(&bought), (Some("3.60".into()), Some("7.20".into())));
    assert_eq!(bought.exits.hold_at_most, "2h".parse().ok());
}

#[test]
fn a_short_sale_gets_their_mirror_image() {
    let sold = advice(r#""action":"sell_to_open","limit_price":"4.80""#);
    assert_eq!(levels(&sold), (Some("6.00".into()), Some("2.40".into())));
}

#[test]
fn an_exit_of_its_own_keeps_the_defaults_out() {
    let own = advice(r#""action":"buy_to_open","limit_price":"4.80","stop_price":"4.00""#);
    assert_eq!(levels(&own), (Some("4.00".into()), None));
    assert_eq!(own.exits.hold_at_most, None);
}

#[test]
fn a_close_gets_none() {
    let close = advice(r#""action":"sell_to_close","limit_price":"4.80""#);
    assert!(close.exits.is_empty());
}

#[test]
fn a_market_order_takes_them_from_its_reference_price_or_fails() {
    let priced = advice(r#""action":"buy_to_open","reference_price":"4.80""#);
    assert_eq!(levels(&priced), (Some("3.60".into()), Some("7.20".into())));
    let Arrival::Failed { reason, .. } = arrival(r#""action":"buy_to_open""#) else {
        panic!("a position without a stop")
    };
    assert!(reason.contains("give limit_price, reference_price"), "{reason}");
}

#[test]
fn multiples_on_the_wrong_side_of_the_entry_are_told() {
    let wrong = "[defaults.exits]\nstop = \"1.25\"\ntarget = \"0.5\"\n[log]";
    check(
        &[("[log]", wrong)],
        expect![[r#"
        day/gatefold.toml:2:8: stop = "1.25" is out of range
          |
        2 | stop = "1.25"
          |        ^^^^^^
          = write stop = "0.75"

        day/gatefold.toml:3:10: target = "0.5" is out of range
          |
        3 | target = "0.5"
          |          ^^^^^
          = write target = "1.50"

        2 problems in day/gatefold.toml; nothing was started"#]],
    );
}
