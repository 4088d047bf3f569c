//! `gatefold check` against a local Alpaca: every account that is not the configured one is a clear
//! refusal before any order.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use fake_alpaca::{AccountSettings, FakeAlpaca, Running, Settings};
use tempfile::TempDir;

fn fake(change: impl FnOnce(&mut Settings)) -> Running {
    let market = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/quickstart/market");
    let mut settings = Settings::new(market);
    settings.dates = vec!["2015-12-24".parse().unwrap()];
    settings.accounts = vec![
        AccountSettings::paper("main"),
        AccountSettings::paper("other"),
        AccountSettings::live("real"),
    ];
    change(&mut settings);
    FakeAlpaca::start(settings).unwrap()
}

fn folder(fake: &Running, keys_of: usize, clock: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let keys = &fake.accounts[keys_of];
    let file = folder.path().join("main.keys");
    fs::write(&file, format!("key_id = {}\nsecret_key = {}\n", keys.key_id, keys.secret_key))
        .unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let text = format!(
        r#"
[log]
dir = "log"

[inbox]
format = "jsonl"
path = "inbox.jsonl"

[market]
kind = "alpaca"
stocks = "iex"
options = "indicative"
data = "{}"

[broker]
kind = "alpaca"
clock = "{clock}"

[broker.accounts.main]
number = "{}"
keys_file = "main.keys"
trading = "{}"
stream = "{}"

[accounts.main]
mode = "paper"
cash = "100000"
cost_method = "average"

[accounts.main.limits]
max_positions = 5
max_exposure = "10000"
max_order_notional = "5000"
max_daily_loss = "500"
max_entries_per_day = 20
orders_per_second = 2
time_to_live = "120s"
max_quote_age = "15s"
collar = "0.02"
"#,
        fake.data_url, fake.accounts[0].account_number, fake.base_url, fake.stream_url
    );
    fs::write(folder.path().join("gatefold.toml"), text).unwrap();
    fs::write(folder.path().join("inbox.jsonl"), "").unwrap();
    folder
}

/// What `gatefold check` says, and whether it is content.
fn check(folder: &TempDir) -> (String, bool) {
    let output = Command::new(env!("CARGO_BIN_EXE_gatefold"))
        .arg("check")
        .arg(folder.path().join("gatefold.toml"))
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    // Lines are broken where the page ends.
    let flat = (said + &errors).split_whitespace().collect::<Vec<_>>().join(" ");
    (flat, output.status.success())
}

#[track_caller]
fn refused(fake: &Running, keys_of: usize, clock: &str, expected: &[&str]) {
    let folder = folder(fake, keys_of, clock);
    let (said, content) = check(&folder);
    assert!(!content, "{said}");
    for words in expected {
        assert!(said.contains(words), "{words:?} is not in: {said}");
    }
    for keys in &fake.accounts {
        assert!(!said.contains(&keys.secret_key) && !said.contains(&keys.key_id), "{said}");
    }
    let books = fake.ledger();
    assert!(
        books["accounts"]
            .as_array()
            .unwrap()
            .iter()
            .all(|it| { it["orders"].as_array().unwrap().is_empty() })
    );
}

#[test]
fn an_account_in_order_is_ready() {
    let fake = fake(|_| {});
    let (said, content) = check(&folder(&fake, 0, "broker"));
    assert!(content, "{said}");
    assert!(said.contains("broker: main (in order, cash 100000.00"), "{said}");
}

#[test]
fn swapped_keys() {
    let fake = fake(|_| {});
    let (ours, theirs) = (&fake.accounts[0].account_number, &fake.accounts[1].account_number);
    refused(&fake, 1, "broker", &["were keys swapped?", ours, theirs]);
}

#[test]
fn live_keys_in_a_paper_configuration() {
    let fake = fake(|_| {});
    refused(&fake, 2, "system", &["the keys are live keys and the account is configured as paper"]);
}

#[test]
fn a_blocked_account() {
    let fake = fake(|settings| settings.accounts[0].account_blocked = true);
    refused(&fake, 0, "broker", &["the broker says account_blocked"]);
}

#[test]
fn a_skewed_clock() {
    // The local broker replays 2015, and this computer does not.
    let fake = fake(|_| {});
    refused(&fake, 0, "system", &["the broker's clock is", "set this computer's clock"]);
}

#[test]
fn a_clock_that_is_a_minute_and_a_half_off_and_one_that_is_not() {
    // The local broker tells this computer's time, and is ahead of it.
    let wall = |settings: &mut Settings, skew: i64| {
        settings.clock = fake_alpaca::Clock::Wall;
        settings.skew = gatefold::core::vocabulary::Span::seconds(skew);
    };
    let ahead = fake(|settings| wall(settings, 90));
    refused(
        &ahead,
        0,
        "system",
        &["the broker's clock is 1m", "(at most 2s): set this computer's"],
    );
    let behind = fake(|settings| wall(settings, -90));
    refused(&behind, 0, "system", &["the broker's clock is -1m", "set this computer's clock"]);
    let (said, content) = check(&folder(&fake(|settings| wall(settings, 0)), 0, "system"));
    assert!(content, "{said}");
}

#[test]
fn every_block_and_every_state_but_active() {
    let refused_as = |change: fn(&mut AccountSettings), words: &str| {
        refused(&fake(|settings| change(&mut settings.accounts[0])), 0, "broker", &[words]);
    };
    refused_as(|it| it.trading_blocked = true, "the broker says trading_blocked");
    refused_as(|it| it.transfers_blocked = true, "the broker says transfers_blocked");
    refused_as(|it| it.trade_suspended_by_user = true, "the broker says trade_suspended_by_user");
    refused_as(
        |it| "ACCOUNT_CLOSED".clone_into(&mut it.status),
        "the account is ACCOUNT_CLOSED at the broker, not ACTIVE",
    );
}

#[test]
fn other_cash_than_the_books_would_begin_with() {
    let fake = fake(|settings| {
        settings.accounts[0].cash = gatefold::core::vocabulary::Money::dollars(5_000);
    });
    refused(&fake, 0, "broker", &["the account holds 5000.00 in cash", "cash = \"5000.00\""]);
}

#[test]
fn a_key_file_that_others_may_read() {
    let fake = fake(|_| {});
    let folder = folder(&fake, 0, "broker");
    let file = folder.path().join("main.keys");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let (said, content) = check(&folder);
    assert!(!content && said.contains("run chmod 600"), "{said}");
}
