//! How a configuration becomes accounts at Alpaca: keys are read, the log says where to begin, and
//! every account is examined before any order.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use gatefold_core::engine::Engine;
use gatefold_core::record::event::Mode;
use gatefold_core::record::{Entry, Event, Log, Position, ReadError, Stream, decode_entry};
use gatefold_core::vocabulary::{AccountId, Calendar, Timestamp};
use gatefold_postgres::Holding;
use gatefold_runtime::{Clock, SystemClock};

pub use gatefold_alpaca::guard::{Guarded, Objection};
use gatefold_alpaca::{AccountSettings, BrokerClock, Endpoints, START_OVERLAP};
pub use gatefold_alpaca::{AlpacaBroker, AlpacaMarket, KeyError, Keys, Now, Pace};

use crate::config::{AlpacaAccount, AlpacaPlace, ClockPlace, Config, KeyPlace};
use crate::logs::AnyReader;

/// Why Alpaca cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AlpacaFault {
    /// **Handling:** give the flag, or write mode = "paper".
    #[error(
        "account {account} is live: give --allow-live on the command line to trade real money, or \
         write mode = \"paper\""
    )]
    LiveNotAllowed {
        /// The account.
        account: AccountId,
    },
    /// **Handling:** as [`KeyError`] says.
    #[error("account {account}: {source}")]
    Keys {
        /// The account.
        account: AccountId,
        /// What is wrong with its keys.
        source: KeyError,
    },
    /// **Handling:** give the account keys of its own; these were not sent anywhere.
    #[error("account {account}: {objection}")]
    OtherEnvironment {
        /// The account.
        account: AccountId,
        /// What is wrong, with both sides.
        objection: Objection,
    },
    /// **Handling:** as [`ReadError`] says.
    #[error("the log does not say where to begin: {0}")]
    Log(#[from] ReadError),
    /// **Handling:** check the address of the broker, and that it runs.
    #[error("{0}")]
    Clock(String),
    /// **Handling:** raise the limit on threads.
    #[error("no thread for {what}: {source}")]
    Thread {
        /// What it was for.
        what: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Whether every account may be traded: real money only with the flag. Reads no keys.
///
/// # Errors
/// [`AlpacaFault::LiveNotAllowed`] for the first one that may not.
pub fn check_live(config: &Config, allow_live: bool) -> Result<(), AlpacaFault> {
    let live = config.accounts.iter().find(|it| it.mode == Mode::Live);
    match live.filter(|_| !allow_live) {
        Some(account) => Err(AlpacaFault::LiveNotAllowed { account: account.id }),
        None => Ok(()),
    }
}

/// Whose clock counts, ready to be asked.
///
/// # Errors
/// [`AlpacaFault`] where the broker's clock counts and cannot be read.
pub fn open_clock(place: &AlpacaPlace) -> Result<Arc<dyn Clock>, AlpacaFault> {
    match (place.clock, place.accounts.first()) {
        (ClockPlace::Broker, Some(first)) => {
            let clock =
                BrokerClock::start(&first.endpoints.trading, &fitting(first)?, &place.pace())
                    .map_err(AlpacaFault::Clock)?;
            Ok(Arc::new(Theirs(clock)))
        }
        (ClockPlace::System | ClockPlace::Broker, _) => Ok(Arc::new(SystemClock)),
    }
}

struct Theirs(BrokerClock);

impl Clock for Theirs {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

fn keys(of: &AlpacaAccount) -> Result<Keys, AlpacaFault> {
    let read = match &of.keys {
        KeyPlace::Environment { id, secret } => Keys::from_environment(id, secret),
        KeyPlace::File(file) => Keys::from_file(file),
    };
    read.map_err(|source| AlpacaFault::Keys { account: of.account, source })
}

/// The keys of an account, if they are of its environment: no host is shown those of the other.
fn fitting(of: &AlpacaAccount) -> Result<Keys, AlpacaFault> {
    let keys = keys(of)?;
    let ours = of.environment;
    match keys.environment().filter(|theirs| *theirs != ours) {
        None => Ok(keys),
        Some(theirs) => {
            let objection = Objection::OtherEnvironment { theirs, ours };
            Err(AlpacaFault::OtherEnvironment { account: of.account, objection })
        }
    }
}

/// The broker, with every account where its log ends. Nothing is sent yet; examine it with
/// [`AlpacaBroker::guard`] before anything is. With a lease, nothing is sent while it is not held.
///
/// # Errors
/// As [`AlpacaFault`] says: live without the flag, no keys, or a log that cannot be read.
pub fn open_broker(
    config: &Config,
    place: &AlpacaPlace,
    known: &Known,
    clock: &Arc<dyn Clock>,
    allow_live: bool,
    holding: Option<&Holding>,
) -> Result<AlpacaBroker, AlpacaFault> {
    check_live(config, allow_live)?;
    let now = clock.now();
    let mut accounts = Vec::new();
    for account in &place.accounts {
        let own = config.accounts.iter().find(|it| it.id == account.account);
        let opened = known.opened.get(&account.account).copied();
        let watermark = match (opened, known.last_at) {
            (Some(opened), Some(last)) => last.saturating_sub(START_OVERLAP).max(opened),
            (Some(opened), None) => opened,
            (None, _) => now,
        };
        accounts.push(AccountSettings {
            account: account.account,
            number: account.number.clone(),
            environment: account.environment,
            endpoints: account.endpoints.clone(),
            keys: keys(account)?,
            watermark,
            cash: own.filter(|_| opened.is_none()).map(|it| it.cash),
            theirs_is_ours: place.clock == ClockPlace::Broker,
            pace: place.pace(),
        });
    }
    let clock = Arc::clone(clock);
    let now: Now = Arc::new(move || clock.now());
    let broker = AlpacaBroker::new(accounts, now, Calendar::nyse());
    Ok(match holding.cloned() {
        Some(holding) => broker.sending_while(Arc::new(move || {
            holding.check().map_err(|not_held| not_held.to_string())
        })),
        None => broker,
    })
}

/// The quotes, read with the keys of the first account that has some of its own environment.
///
/// # Errors
/// As [`AlpacaFault`] says.
pub fn open_market(place: &AlpacaPlace) -> Result<AlpacaMarket, AlpacaFault> {
    let Some(first) = place.accounts.first() else {
        return Err(AlpacaFault::Clock("no account is configured to read quotes with".to_owned()));
    };
    let chosen = place.accounts.iter().find(|it| fitting(it).is_ok()).unwrap_or(first);
    let endpoints: &Endpoints = &chosen.endpoints;
    AlpacaMarket::start(endpoints, &fitting(chosen)?, place.feeds, &place.pace())
        .map_err(|source| AlpacaFault::Thread { what: "quotes", source })
}

/// What a log knows of the past.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// When each account was opened.
    pub opened: BTreeMap<AccountId, Timestamp>,
    /// The last recorded moment.
    pub last_at: Option<Timestamp>,
}

impl Known {
    /// What a log knows of the accounts that an engine folded from it.
    ///
    /// # Errors
    /// As [`ReadError`] says.
    pub fn of(log: &dyn Log, engine: &Engine) -> Result<Self, ReadError> {
        let (wanted, last_at) = (engine.accounts().count(), engine.last_at());
        let mut known = Self { opened: BTreeMap::new(), last_at };
        log.read(Position::ZERO, &mut |entry| known.see(entry, wanted))?;
        Ok(known)
    }

    /// The same for so many accounts, of a log that another process may be writing.
    ///
    /// # Errors
    /// As [`ReadError`] says.
    pub fn beside(log: &AnyReader, accounts: usize) -> Result<Self, ReadError> {
        let mut known = Self::default();
        log.read(Position::ZERO, &mut |entry| known.see(entry, accounts))?;
        Ok(known)
    }

    fn see(&mut self, entry: &Entry<'_>, wanted: usize) -> ControlFlow<()> {
        if let Stream::Account(account) = entry.stream
            && let Ok(Event::AccountOpened(_)) = decode_entry(entry)
        {
            self.opened.insert(account, entry.at);
        }
        let all = self.opened.len() >= wanted;
        if all { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}
