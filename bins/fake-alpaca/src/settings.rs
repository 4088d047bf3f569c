//! What a fake Alpaca is told when it starts is decided here: market, accounts, clock, faults.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use gatefold_sim::core::vocabulary::{Date, Money, Span, Timestamp};
use serde::Deserialize;

use crate::faults::Faults;

/// Which of Alpaca's two worlds an account belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// Paper trading: keys begin with `PK`.
    #[default]
    Paper,
    /// Live trading: keys begin with `AK`.
    Live,
}

impl Environment {
    /// `paper` or `live`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Paper => "paper",
            Self::Live => "live",
        }
    }
}

/// What time it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clock {
    /// The recording's time. It stands still unless it is told to move, or has a pace.
    #[default]
    Replay,
    /// The machine's time; the recording's first day is shown as if it were today.
    Wall,
}

/// Which option orders are taken: the sources about Alpaca disagree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OptionOrders {
    /// Day orders, market or limit: what all sources allow.
    #[default]
    Strict,
    /// Good till canceled, stop and stop limit too.
    Wide,
}

/// One account. By default an active paper account with 100,000 dollars and everything allowed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountSettings {
    /// The name it goes by in files and answers; not known to clients.
    pub name: String,
    /// Paper or live.
    #[serde(default)]
    pub environment: Environment,
    /// The key's id; made up from the seed if absent.
    #[serde(default)]
    pub key_id: Option<String>,
    /// The key's secret; made up from the seed if absent.
    #[serde(default)]
    pub secret_key: Option<String>,
    /// The account's number; made up from the seed if absent.
    #[serde(default)]
    pub account_number: Option<String>,
    /// Cash to begin with, US dollars.
    #[serde(default = "hundred_thousand", deserialize_with = "money")]
    pub cash: Money,
    /// `ACTIVE`, or any other state that Alpaca knows.
    #[serde(default = "active")]
    pub status: String,
    /// The account is blocked.
    #[serde(default)]
    pub account_blocked: bool,
    /// Trading is blocked.
    #[serde(default)]
    pub trading_blocked: bool,
    /// Transfers are blocked.
    #[serde(default)]
    pub transfers_blocked: bool,
    /// The owner suspended trading.
    #[serde(default)]
    pub trade_suspended_by_user: bool,
    /// Shares may be sold short.
    #[serde(default = "yes")]
    pub shorting_enabled: bool,
    /// How far cash reaches for shares: 1, 2 or 4.
    #[serde(default = "four")]
    pub multiplier: u32,
    /// 0 none, 1 covered, 2 and long, 3 and spreads.
    #[serde(default = "three")]
    pub options_level: u8,
    /// Requests a minute before 429 is answered.
    #[serde(default = "two_hundred")]
    pub requests_per_minute: u32,
    /// The account pays for `sip` and `opra`; without that they are refused.
    #[serde(default = "yes")]
    pub subscribed: bool,
    /// Events of orders are replayed over HTTP. Whether Alpaca does that on paper is not known.
    #[serde(default)]
    pub replays_events: bool,
}

impl AccountSettings {
    /// A paper account.
    #[must_use]
    pub fn paper(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            environment: Environment::Paper,
            key_id: None,
            secret_key: None,
            account_number: None,
            cash: hundred_thousand(),
            status: active(),
            account_blocked: false,
            trading_blocked: false,
            transfers_blocked: false,
            trade_suspended_by_user: false,
            shorting_enabled: true,
            multiplier: four(),
            options_level: three(),
            requests_per_minute: two_hundred(),
            subscribed: yes(),
            replays_events: false,
        }
    }

    /// A live account.
    #[must_use]
    pub fn live(name: &str) -> Self {
        Self { environment: Environment::Live, ..Self::paper(name) }
    }
}

fn hundred_thousand() -> Money {
    Money::dollars(100_000)
}

fn active() -> String {
    "ACTIVE".to_owned()
}

const fn yes() -> bool {
    true
}

const fn three() -> u8 {
    3
}

const fn four() -> u32 {
    4
}

const fn two_hundred() -> u32 {
    200
}

/// Dollars as decimal text, so that no float comes near them.
fn money<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Money, D::Error> {
    let text = String::deserialize(from)?;
    text.parse().map_err(serde::de::Error::custom)
}

/// What a fake Alpaca needs to know. [`Settings::new`] has the defaults.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where it listens: a loopback address, port 0 for any that is free. Paper trading is served
    /// there; live trading and market data have the two ports after it, or free ones.
    pub listen: SocketAddr,
    /// A folder of recorded quotes, or one file of them.
    pub market: PathBuf,
    /// Only these dates of it (of New York); all if empty.
    pub dates: Vec<Date>,
    /// Accounts, at least one.
    pub accounts: Vec<AccountSettings>,
    /// What time it is.
    pub clock: Clock,
    /// Where the replay's clock begins; a minute after the first opening if absent.
    pub start: Option<Timestamp>,
    /// Seconds of the replay in a second; 0: it moves only when it is told to.
    pub pace: u32,
    /// What goes wrong.
    pub faults: Faults,
    /// Ids, keys and everything left to chance follow from it.
    pub seed: u64,
    /// Of one fill in ten a part comes first, as on paper. Off by default, so that tests need not
    /// reckon with it.
    pub random_partial_fills: bool,
    /// Which option orders are taken.
    pub option_orders: OptionOrders,
    /// The broker closes long options on their last day that the account could not exercise.
    pub expiry_interventions: bool,
    /// Requests a minute of the market data host, for all keys together.
    pub data_requests_per_minute: u32,
    /// Stocks that are traded in whole shares only.
    pub whole_shares: Vec<String>,
    /// The clock that `GET /v2/clock` tells is so far ahead of the market's.
    pub skew: Span,
    /// So many streams at once, half-open ones too; further handshakes are answered with 429.
    pub streams_max: Option<usize>,
}

impl Settings {
    /// One paper account named `main` over the market data in a folder; nothing goes wrong.
    #[must_use]
    pub fn new(market: impl AsRef<Path>) -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            market: market.as_ref().to_owned(),
            dates: Vec::new(),
            accounts: vec![AccountSettings::paper("main")],
            clock: Clock::Replay,
            start: None,
            pace: 0,
            faults: Faults::default(),
            seed: 1,
            random_partial_fills: false,
            option_orders: OptionOrders::Strict,
            expiry_interventions: true,
            data_requests_per_minute: 10_000,
            whole_shares: Vec::new(),
            skew: Span::from_nanos(0),
            streams_max: None,
        }
    }
}
