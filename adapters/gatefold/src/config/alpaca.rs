//! What a configuration must say to trade through Alpaca, and which of it does not go together, is
//! decided here. Keys themselves never stand in the file.

use std::path::{Path, PathBuf};

use gatefold_alpaca::{Endpoints, Environment, FeedName, Feeds, Pace};
use gatefold_core::record::event::Mode;
use gatefold_core::vocabulary::AccountId;

use crate::config::accounts::AccountConfig;
use crate::config::kind::{Form, Kind, PATH, refused, word};
use crate::config::section::Section;

/// Trading through Alpaca.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlpacaPlace {
    /// What time it is.
    pub clock: ClockPlace,
    /// So many seconds of that clock pass in one of this computer's.
    pub speed: u32,
    /// Which quotes are read.
    pub feeds: Feeds,
    /// Where quotes are read, unless at Alpaca's own.
    pub data: Option<String>,
    /// How each account is reached, in the order of the accounts.
    pub accounts: Vec<AlpacaAccount>,
}

impl AlpacaPlace {
    /// How long anything is waited for.
    #[must_use]
    pub fn pace(&self) -> Pace {
        Pace::at_speed(self.speed)
    }
}

/// Whose clock counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockPlace {
    /// This computer's.
    System,
    /// The broker's, for a broker on this computer whose time is not ours.
    Broker,
}

/// How one account is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlpacaAccount {
    /// Our name of it.
    pub account: AccountId,
    /// The broker's number of it.
    pub number: String,
    /// Paper or live.
    pub environment: Environment,
    /// Where its keys are.
    pub keys: KeyPlace,
    /// Where it is reached.
    pub endpoints: Endpoints,
}

/// Where keys are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyPlace {
    /// In two environment variables.
    Environment {
        /// That of the key id.
        id: String,
        /// That of the secret key.
        secret: String,
    },
    /// In a file that only its owner may read.
    File(PathBuf),
}

/// What `[broker]` says before the accounts are known.
pub(super) struct Draft<'a> {
    clock: ClockPlace,
    speed: u32,
    accounts: Option<Section<'a>>,
    place: std::ops::Range<usize>,
}

/// What `[market]` says.
pub(super) struct FeedDraft {
    pub(super) feeds: Feeds,
    pub(super) data: Option<String>,
}

const CLOCK: Kind<ClockPlace> = Kind {
    form: Form::Text,
    what: "whose clock counts",
    example: "\"system\"",
    unit: "",
    parse: |text| word(text, &[("system", ClockPlace::System), ("broker", ClockPlace::Broker)]),
};

/// No day is replayed faster.
const SPEED_MAX: u32 = 10_000;

const SPEED: Kind<u32> = Kind {
    form: Form::Whole,
    what: "how fast the broker's clock goes",
    example: "60",
    unit: "",
    parse: |text| match text.parse() {
        Ok(speed) if (1..=SPEED_MAX).contains(&speed) => Ok(speed),
        Ok(_) | Err(_) => refused("is no speed", "write 1 to 10000, as in KEY = 60"),
    },
};

const STOCKS: Kind<FeedName> = Kind {
    form: Form::Text,
    what: "the feed of stock quotes",
    example: "\"iex\"",
    unit: "",
    parse: |text| {
        let feeds = [FeedName::Sip, FeedName::Iex, FeedName::DelayedSip, FeedName::Otc];
        word(text, &feeds.map(|feed| (feed.name(), feed)))
    },
};

const OPTIONS: Kind<FeedName> = Kind {
    form: Form::Text,
    what: "the feed of option quotes",
    example: "\"indicative\"",
    unit: "",
    parse: |text| {
        let feeds = [FeedName::Opra, FeedName::Indicative];
        word(text, &feeds.map(|feed| (feed.name(), feed)))
    },
};

const ADDRESS: Kind<String> = Kind {
    form: Form::Text,
    what: "an address",
    example: "\"http://127.0.0.1:8080\"",
    unit: "",
    parse: |text| match text.split_once("://") {
        Some(("http" | "https" | "ws" | "wss", rest)) if !rest.is_empty() => Ok(text.to_owned()),
        Some(_) | None => {
            refused("is no address", "write it as in KEY = \"http://127.0.0.1:8080\"")
        }
    },
};

const NUMBER: Kind<String> = Kind {
    form: Form::Text,
    what: "the account's number at the broker",
    example: "\"PA3XXXXXXXXX\"",
    unit: "",
    parse: |text| {
        if text.is_empty() {
            return refused("is empty", "write the number that Alpaca's page shows");
        }
        Ok(text.to_owned())
    },
};

const VARIABLE: Kind<String> = Kind {
    form: Form::Text,
    what: "the name of an environment variable",
    example: "\"LARGE_KEY_ID\"",
    unit: "",
    parse: |text| {
        let name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if text.is_empty() || !text.bytes().all(name) {
            let help = "write the variable's name, never the key: KEY = \"LARGE_KEY_ID\"";
            return refused("is no name of a variable", help);
        }
        Ok(text.to_owned())
    },
};

pub(super) fn feeds(section: &mut Section<'_>) -> Option<FeedDraft> {
    let stocks = section.must("stocks", &STOCKS);
    let options = section.must("options", &OPTIONS);
    let data = section.read("data", &ADDRESS);
    Some(FeedDraft { feeds: Feeds { stocks: stocks?, options: options? }, data })
}

pub(super) fn broker<'a>(section: &mut Section<'a>) -> Draft<'a> {
    let mut clock = ClockPlace::System;
    section.set(&mut clock, "clock", &CLOCK);
    let speed = section.read("speed", &SPEED);
    if speed.is_some() && clock == ClockPlace::System {
        let message = "speed = ... with this computer's clock";
        let help = "remove it, or write clock = \"broker\" for a broker that replays a day";
        section.source().refuse(section.place(), message, help);
    }
    let help = "write [broker.accounts.NAME] with number and keys_file for each account";
    let accounts = section.must_section("accounts", help);
    Draft { clock, speed: speed.unwrap_or(1), accounts, place: section.place() }
}

impl Draft<'_> {
    /// Puts broker and accounts together.
    pub(super) fn join(
        self,
        market: FeedDraft,
        accounts: &[AccountConfig],
        base: &Path,
    ) -> Option<AlpacaPlace> {
        let FeedDraft { feeds, data } = market;
        let mut found: Vec<AlpacaAccount> = Vec::new();
        let section = self.accounts?;
        let source = section.source();
        for (entry, own) in section.children() {
            match accounts.iter().find(|it| it.id.as_str() == entry.key) {
                Some(account) => found.extend(self::account(own, account, data.as_ref(), base)),
                None => {
                    let message = format!("[broker.accounts.{}] names no account", entry.key);
                    let help = format!("write [accounts.{}] as well, or remove it", entry.key);
                    source.refuse(entry.key_span.clone(), message, help);
                }
            }
        }
        for account in accounts {
            let known = section.children().iter().any(|(it, _)| it.key == account.id.as_str());
            if !known {
                let message = format!("account {} has no keys", account.id);
                let help = format!("write [broker.accounts.{}] with number and keys", account.id);
                source.refuse(self.place.clone(), message, help);
            }
        }
        let local = found.iter().all(|it| it.endpoints.is_local());
        if self.clock == ClockPlace::Broker && !local {
            let message = "clock = \"broker\" with a broker that is not on this computer";
            source.refuse(self.place.clone(), message, "remove it: this computer's clock counts");
        }
        let (clock, speed) = (self.clock, self.speed);
        Some(AlpacaPlace { clock, speed, feeds, data, accounts: found })
    }
}

fn account(
    mut section: Section<'_>,
    account: &AccountConfig,
    data: Option<&String>,
    base: &Path,
) -> Option<AlpacaAccount> {
    let number = section.must("number", &NUMBER);
    let keys = keys(&mut section, base);
    let environment = match account.mode {
        Mode::Paper => Environment::Paper,
        // A simulated account is refused where its mode is read.
        Mode::Live | Mode::Simulated => Environment::Live,
    };
    let mut endpoints = Endpoints::of(environment);
    section.set(&mut endpoints.trading, "trading", &ADDRESS);
    section.set(&mut endpoints.stream, "stream", &ADDRESS);
    if let Some(data) = data {
        endpoints.data.clone_from(data);
    }
    let endpoints = match endpoints.checked(environment) {
        Ok(endpoints) => Some(endpoints),
        Err(error) => {
            let help = "correct trading, stream or [market] data, or the account's mode";
            section.source().refuse(section.place(), error.to_string(), help);
            None
        }
    };
    section.finish();
    let (account, number, keys, endpoints) = (account.id, number?, keys?, endpoints?);
    Some(AlpacaAccount { account, number, environment, keys, endpoints })
}

fn keys(section: &mut Section<'_>, base: &Path) -> Option<KeyPlace> {
    let file = section.read("keys_file", &PATH);
    let id = section.read("key_id_env", &VARIABLE);
    let secret = section.read("secret_key_env", &VARIABLE);
    match (file, id, secret) {
        (Some(file), None, None) => Some(KeyPlace::File(base.join(file))),
        (None, Some(id), Some(secret)) => Some(KeyPlace::Environment { id, secret }),
        _ => {
            let message = format!("{} does not say where its keys are", section.header());
            let help = "write either keys_file = \"large.keys\" (with mode 600), or key_id_env and \
                        secret_key_env";
            section.source().refuse(section.place(), message, help);
            None
        }
    }
}
