//! The dispatcher as people run it, against a local Alpaca that replays a morning: its books are the
//! broker's, killed in between or not, and it says no before any order where an account is not the
//! configured one.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

use std::fs;
use std::ops::ControlFlow;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use fake_alpaca::{AccountSettings, FakeAlpaca, Running, Settings};
use gatefold::core::decide::Feed;
use gatefold::core::record::{Event, Position, decode_entry};
use gatefold::core::vocabulary::{Instrument, Span, Timestamp};
use gatefold::log::LogReader;
use serde_json::Value;
use tempfile::TempDir;

const LIMITS: &str = r#"
max_positions = 4
max_exposure = "12000"
max_order_notional = "5000"
max_daily_loss = "1000"
max_entries_per_day = 20
orders_per_second = 2
time_to_live = "10m"
max_quote_age = "10m"
collar = "0.50"
close_collar = "0.50"
feed = "any"
"#;

struct Morning {
    fake: Running,
    folder: TempDir,
}

fn advice(id: &str, symbol: &str, action: &str, quantity: u32, limit: &str, at: &str) -> String {
    format!(
        "{{\"recommendation_id\": \"{id}\", \"account\": \"large\", \"symbol\": \"{symbol}\", \
         \"action\": \"{action}\", \"quantity\": \"{quantity}\", \"limit_price\": \"{limit}\", \
         \"strategy\": \"swing\", \"created_at\": \"2015-12-24T{at}Z\"}}\n"
    )
}

impl Morning {
    fn begin(change: impl FnOnce(&mut Settings)) -> Self {
        let market = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/quickstart/market");
        let mut settings = Settings::new(market);
        settings.dates = vec!["2015-12-24".parse().unwrap()];
        settings.start = Some(at("14:40:00"));
        let mut account = AccountSettings::paper("large");
        account.requests_per_minute = 1_000_000;
        settings.accounts = vec![account];
        change(&mut settings);
        let fake = FakeAlpaca::start(settings).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let inbox = [
            advice("1", "GOOG", "buy_to_open", 5, "760.00", "14:41:00"),
            advice("2", "GOOG151231P00750000", "buy_to_open", 2, "9.50", "14:45:05"),
            advice("3", "GOOG", "sell_to_close", 2, "700.00", "15:05:00"),
            advice("4", "GOOG151231P00750000", "sell_to_close", 2, "6.00", "15:12:00"),
        ];
        fs::write(folder.path().join("inbox.jsonl"), inbox.concat()).unwrap();
        let morning = Self { fake, folder };
        morning.configure(0, "paper");
        morning
    }

    fn configure(&self, keys_of: usize, mode: &str) {
        let (fake, keys) = (&self.fake, &self.fake.accounts[keys_of]);
        let (id, secret) = (&keys.key_id, &keys.secret_key);
        let file = self.folder.path().join("large.keys");
        fs::write(&file, format!("key_id = {id}\nsecret_key = {secret}\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        let number = &fake.accounts[0].account_number;
        let text = format!(
            "[log]\ndir = \"log\"\n\n[inbox]\nformat = \"jsonl\"\npath = \"inbox.jsonl\"\n\n\
             [market]\nkind = \"alpaca\"\nstocks = \"sip\"\noptions = \"opra\"\n\
             data = \"{}\"\nuntil = \"2015-12-24T15:20:00Z\"\n\n\
             [broker]\nkind = \"alpaca\"\nclock = \"broker\"\n\n\
             [broker.accounts.large]\nnumber = \"{number}\"\nkeys_file = \"large.keys\"\n\
             trading = \"{}\"\nstream = \"{}\"\n\n\
             [accounts.large]\nmode = \"{mode}\"\nallow_live = true\ncash = \"100000\"\n\
             cost_method = \"average\"\n\n[accounts.large.limits]{LIMITS}\n\
             [engine]\nlook_up_every = \"1s\"\n",
            fake.data_url, fake.base_url, fake.stream_url
        );
        fs::write(self.folder.path().join("gatefold.toml"), text).unwrap();
    }

    /// Reads these feeds instead of the consolidated ones.
    fn ask_for(&self, stocks: &str, options: &str) {
        let path = self.folder.path().join("gatefold.toml");
        let text = fs::read_to_string(&path).unwrap();
        let text = text.replace("\"sip\"", &format!("\"{stocks}\""));
        fs::write(path, text.replace("\"opra\"", &format!("\"{options}\""))).unwrap();
    }

    /// Every recorded mark names the feed that was asked for, and when the exchange quoted it; and
    /// every quote that was judged by names it, too.
    fn assert_marked_by(&self, stocks: Feed, options: Feed) {
        let log = LogReader::open(&self.folder.path().join("log")).unwrap();
        let of = |it: &Instrument| if it.is_option() { options } else { stocks };
        // The broker's clock is read now and then: what it quotes may be ahead of what we read.
        let quoted = at("14:30:00")..=self.fake.now();
        let (mut shares, mut contracts, mut judged) = (0, 0, 0);
        log.read(Position::ZERO, &mut |entry| {
            let event = decode_entry(entry).unwrap();
            if let Event::MarksObserved(observed) = &event {
                for mark in &observed.marks {
                    let source = mark.source.unwrap();
                    assert_eq!(source.feed, of(&mark.instrument), "{mark:?}");
                    assert!(quoted.contains(&source.at), "{mark:?}");
                    *(if mark.instrument.is_option() { &mut contracts } else { &mut shares }) += 1;
                }
            }
            if let Event::IntentApproved(approved) = &event {
                assert_eq!(approved.judgement.quote.unwrap().feed, of(&approved.instrument));
                judged += 1;
            }
            ControlFlow::Continue(())
        })
        .unwrap();
        assert!(shares > 0 && contracts > 0, "{shares} marks of shares, {contracts} of contracts");
        assert_eq!(judged, 4);
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gatefold-dispatcher"));
        command.arg("run").arg(self.folder.path().join("gatefold.toml"));
        command.args(["--json", "--quiet"]).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Lets the morning pass in steps until the dispatcher ends.
    fn pass(&self, mut child: Child, step: &Span) -> Output {
        let start = Instant::now();
        while child.try_wait().unwrap().is_none() {
            assert!(start.elapsed() < Duration::from_secs(240), "the dispatcher does not end");
            self.fake.advance_to(self.fake.now().saturating_add(*step));
            std::thread::sleep(Duration::from_millis(300));
        }
        child.wait_with_output().unwrap()
    }

    fn books(&self) -> Value {
        self.fake.ledger()["accounts"][0].clone()
    }

    fn assert_agrees(&self, output: &Output) {
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{:?}\n{errors}", output.status);
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let (ours, theirs) = (&report["accounts"][0], self.books());
        for (name, of) in [("cash", "cash"), ("realized_pnl", "realized")] {
            let money = |it: &Value| -> gatefold::core::vocabulary::Money {
                it.as_str().unwrap().parse().unwrap()
            };
            assert_eq!(money(&ours[name]), money(&theirs[of]), "{name}\n{report:#}\n{errors}");
        }
        let held = |of: &Value, symbol: &str, quantity: &str| -> Vec<(String, String)> {
            let text = |it: &Value| it.as_str().unwrap().to_owned();
            let rows = of["positions"].as_array().unwrap().iter();
            rows.map(|it| (text(&it[symbol]), text(&it[quantity]))).collect()
        };
        assert_eq!(held(ours, "instrument", "quantity"), held(&theirs, "symbol", "qty"));
        assert_eq!(ours["fills"].as_u64().unwrap(), 4, "{report:#}\n{errors}");
        let orders = theirs["orders"].as_array().unwrap();
        assert_eq!(orders.len(), 4, "one order for each recommendation\n{orders:#?}");
    }
}

fn at(time: &str) -> Timestamp {
    format!("2015-12-24T{time}Z").parse().unwrap()
}

#[test]
fn a_morning_ends_with_the_brokers_books() {
    let morning = Morning::begin(|_| {});
    let child = morning.command().spawn().unwrap();
    let output = morning.pass(child, &Span::seconds(30));
    morning.assert_agrees(&output);
    morning.assert_marked_by(Feed::Sip, Feed::Opra);
}

/// And this account pays for no feed: were another than the configured ones asked for, there would
/// be no quote and no order.
#[test]
fn killed_again_and_again_it_goes_on_and_trades_nothing_twice() {
    let morning = Morning::begin(|settings| settings.accounts[0].subscribed = false);
    morning.ask_for("iex", "indicative");
    for kill_at in ["14:42:30", "14:46:00", "15:06:00"] {
        let mut child = morning.command().spawn().unwrap();
        while morning.fake.now() < at(kill_at) {
            morning.fake.advance_to(morning.fake.now().saturating_add(Span::seconds(30)));
            std::thread::sleep(Duration::from_millis(300));
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let child = morning.command().spawn().unwrap();
    let output = morning.pass(child, &Span::seconds(30));
    morning.assert_agrees(&output);
    morning.assert_marked_by(Feed::Iex, Feed::Indicative);
}

#[test]
fn quotes_that_are_not_paid_for_are_told_and_nothing_is_traded() {
    let morning = Morning::begin(|settings| settings.accounts[0].subscribed = false);
    let path = morning.folder.path().join("gatefold.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(path, text.replace("15:20:00Z", "14:43:00Z")).unwrap();
    let child = morning.command().spawn().unwrap();
    let output = morning.pass(child, &Span::seconds(30));
    let errors = String::from_utf8_lossy(&output.stderr);
    let words = "subscription does not permit querying recent SIP data";
    assert!(errors.contains("quotes cannot be read") && errors.contains(words), "{errors}");
    assert_eq!(morning.books()["orders"].as_array().unwrap().len(), 0);
}

/// It does not run, says why, shows no key, and no account of the broker's has an order.
#[track_caller]
fn stops(morning: &Morning, words: &str) {
    let output = morning.command().output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(errors.contains(words), "{errors}");
    for keys in &morning.fake.accounts {
        assert!(!errors.contains(&keys.secret_key) && !errors.contains(&keys.key_id), "{errors}");
    }
    for account in morning.fake.ledger()["accounts"].as_array().unwrap() {
        assert_eq!(account["orders"].as_array().unwrap().len(), 0);
    }
}

#[test]
fn swapped_keys_and_keys_of_real_money_stop_it_before_any_order() {
    let morning = Morning::begin(|settings| {
        settings.accounts.push(AccountSettings::paper("other"));
        settings.accounts.push(AccountSettings::live("real"));
    });
    morning.configure(1, "paper");
    stops(&morning, "were keys swapped?");
    morning.configure(2, "paper");
    stops(&morning, "the keys are live keys and the account is configured as paper");
}

#[test]
fn a_blocked_account_stops_it_before_any_order() {
    let morning = Morning::begin(|settings| settings.accounts[0].account_blocked = true);
    stops(&morning, "the broker says account_blocked");
}

#[test]
fn a_skewed_clock_stops_it_before_any_order() {
    let morning = Morning::begin(|settings| {
        settings.clock = fake_alpaca::Clock::Wall;
        settings.skew = Span::seconds(90);
    });
    let path = morning.folder.path().join("gatefold.toml");
    let text = fs::read_to_string(&path).unwrap();
    let text = text.replace("clock = \"broker\"", "clock = \"system\"");
    fs::write(path, text.replace("2015-12-24T15:20", "2099-12-24T15:20")).unwrap();
    stops(&morning, "the broker's clock is 1m");
}

#[test]
fn real_money_needs_the_flag() {
    let morning = Morning::begin(|_| {});
    morning.configure(0, "live");
    let output = morning.command().output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(errors.contains("account large is live: give --allow-live"), "{errors}");
}
