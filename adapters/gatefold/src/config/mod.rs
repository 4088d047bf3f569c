//! What may be configured, and that everything wrong with a file is told before anything starts,
//! is decided here.
//!
//! ```toml
//! [log]
//! dir = "gatefold-data/quickstart"      # relative paths are relative to this file's folder
//! snapshots = true                      # optional: keep folded state, so that starting is quick
//! # or kind = "postgres" alone: the log is in the database below, for several processes
//! # lease = "10s"                       # optional there: how long one leads without renewing
//!
//! [inbox]
//! format = "jsonl"
//! path = "recommendations.jsonl"
//!
//! [market]
//! kind = "replay"
//! dir = "market"                        # a folder of bars, or quotes = "quotes.csv"
//! dates = ["2015-12-24"]                # optional: all of them without it
//! until = "2015-12-24T18:00:00Z"        # optional: to the end of the data without it
//! speed = "as-fast-as-possible"         # optional, and the only one
//!
//! [broker]
//! kind = "simulated"
//! seed = 7                              # these four are optional
//! partial_fills = "off"                 # or "seeded"
//! fee_per_contract = "0.65"
//! fee_per_share = "0"
//!
//! [defaults.exits]                      # optional: for advice with no exit of its own
//! stop = "0.75"                         # x entry price
//! target = "1.50"
//!
//! [accounts.large]
//! mode = "simulated"
//! cash = "209000"
//! cost_method = "average"               # or "fifo", "lifo"
//!
//! [accounts.large.limits]               # these nine are mandatory
//! max_positions = 5
//! max_exposure = "10000"
//! max_order_notional = "17100"
//! max_daily_loss = "2000"
//! max_entries_per_day = 20
//! orders_per_second = 2
//! time_to_live = "120s"
//! max_quote_age = "5s"
//! collar = "0.02"
//!
//! [accounts.large.limits.strategies.swing_trade]
//! confidence_min = "0.60"
//!
//! [accounts.large.limits.models."v3"]
//! confidence_min = "0.55"
//!
//! [engine]                              # optional: the fields of the engine's `Settings`
//! marks_every = "1m"
//!
//! [postgres]                            # optional: a database beside the log
//! url_env = "GATEFOLD_POSTGRES"         # or url_file = "postgres.url", with rights 0600
//! root_certificates = "ca.pem"          # optional: the system's without it
//!
//! [read_models]                         # optional: tables that follow the log
//! kind = "postgres"
//! max_lag = "10s"                       # optional: being behind for longer is an alert
//! ```
//!
//! With a database, `[inbox]` may be `kind = "postgres"` alone: then the rows of
//! `dispatch_recommendations` are read, and `[read_models]` is mandatory, since it answers them.
//!
//! To trade through Alpaca, market, broker and accounts say so:
//!
//! ```toml
//! [market]
//! kind = "alpaca"
//! stocks = "iex"                        # or "sip", "delayed_sip"
//! options = "indicative"                # or "opra"
//!
//! [broker]
//! kind = "alpaca"
//!
//! [broker.accounts.large]
//! number = "PA3XXXXXXXXX"               # the account that the keys must open
//! keys_file = "large.keys"              # mode 600; or key_id_env and secret_key_env
//!
//! [accounts.large]
//! mode = "paper"                        # or "live", with allow_live = true
//! ```
//!
//! The limits are those of [`Limits`](gatefold_core::decide::Limits) by name. Mandatory are those
//! that every account needs and for which no value is right for all; the others are either not set
//! (their gate then says so in every verdict) or have the value that
//! [`Limits::with`](gatefold_core::decide::Limits::with) documents.
//!
//! Amounts, prices, ratios and quantities are written as text, because TOML's numbers with a point
//! are floats; counts are whole numbers; lengths of time have a unit.
//!
//! Invariant: nothing is inherited by an account, and no account exists that the file does not
//! name.

mod accounts;
mod alpaca;
mod databases;
mod engine;
mod exits;
mod places;

mod limits;

mod kind;
mod problem;
mod section;
mod syntax;

use std::path::{Path, PathBuf};

use gatefold_core::engine::{Opening, Settings};
use gatefold_core::vocabulary::Actor;

pub use accounts::AccountConfig;
pub use alpaca::{AlpacaAccount, AlpacaPlace, ClockPlace, KeyPlace};
pub use databases::{PostgresPlace, ReadModelsPlace, UrlPlace};
pub use exits::{ExitDefaults, ExitError};
pub use places::{
    BrokerPlace, InboxKind, InboxPlace, LogKind, LogPlace, MarketPlace, PartialFills, Quotes,
};
use problem::Source;
pub use problem::{ConfigError, Problem};
use section::Section;

/// A configuration in which everything fits together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The file, as it was named.
    pub file: PathBuf,
    /// The log.
    pub log: LogPlace,
    /// The inbox.
    pub inbox: InboxPlace,
    /// The market.
    pub market: MarketPlace,
    /// The simulated broker.
    pub broker: BrokerPlace,
    /// Alpaca, where it is sent to instead.
    pub alpaca: Option<AlpacaPlace>,
    /// The database, if there is one.
    pub postgres: Option<PostgresPlace>,
    /// The tables that follow the log, if there are some. Never without a database.
    pub read_models: Option<ReadModelsPlace>,
    /// Exits for advice that names none.
    pub exits: ExitDefaults,
    /// The accounts, in the order of the file. Never empty.
    pub accounts: Vec<AccountConfig>,
    settings: Settings,
}

impl Config {
    /// Reads a file.
    ///
    /// # Errors
    /// [`ConfigError`], with everything that is wrong.
    pub fn load(file: impl AsRef<Path>) -> Result<Self, ConfigError> {
        let file = file.as_ref();
        let text = std::fs::read_to_string(file)
            .map_err(|source| ConfigError::Unreadable { file: file.to_owned(), source })?;
        Self::parse(&text, file)
    }

    /// Reads the text of a file; its relative paths are relative to the folder of `file`.
    ///
    /// # Errors
    /// [`ConfigError::Refused`], with everything that is wrong.
    pub fn parse(text: &str, file: &Path) -> Result<Self, ConfigError> {
        let source = Source::new(text);
        let table = syntax::parse(&source, text);
        let config = table.as_ref().and_then(|table| {
            let root = Section::root(&source, table.get_ref());
            Self::read(root, file)
        });
        let problems = source.into_problems();
        match config {
            Some(config) if problems.is_empty() => Ok(config),
            Some(_) | None => {
                assert!(!problems.is_empty(), "what is not read was refused");
                Err(ConfigError::Refused { file: file.to_owned(), problems })
            }
        }
    }

    fn read(mut root: Section<'_>, file: &Path) -> Option<Self> {
        let base = file.parent().unwrap_or(Path::new(""));
        let log = places::log(&mut root, base);
        let inbox = places::inbox(&mut root, base);
        let market = places::market(&mut root, base);
        let broker = places::broker(&mut root);
        let databases = databases::read(&mut root, base, inbox.as_ref(), log.as_ref());
        let exits = exits::read(&mut root);
        let through_alpaca = matches!(broker, Some((_, Some(_))));
        let accounts = accounts::read(&mut root, through_alpaca);
        let settings = engine::read(&mut root, through_alpaca);
        let help = "write them under [accounts.NAME.limits]: limits belong to one account, and \
                    nothing is inherited by an account that did not ask for it";
        root.forbid("limits", "limits that belong to no account", help);
        let (market, broker) = (market?, broker?);
        let alpaca = match (market.1, broker.1) {
            (Some(feeds), Some(draft)) => draft.join(feeds, &accounts, base),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => {
                let message = "market and broker belong to two worlds";
                let help = "write kind = \"alpaca\" in both [market] and [broker], or in neither";
                root.source().refuse(root.place(), message, help);
                None
            }
        };
        root.finish();
        let (log, inbox, market, broker) = (log?, inbox?, market.0, broker.0);
        let (postgres, read_models) = databases?;
        let file = file.to_owned();
        Some(Self {
            file,
            log,
            inbox,
            market,
            broker,
            alpaca,
            postgres,
            read_models,
            exits,
            accounts,
            settings,
        })
    }

    /// The accounts as the engine opens them: the first inputs of every run.
    #[must_use]
    pub fn openings(&self) -> Vec<Opening> {
        let Ok(actor) = Actor::new("configuration") else {
            unreachable!("a constant name is valid")
        };
        // Only the name: where the file lies must not change what is recorded.
        let name = self.file.file_name().unwrap_or_default().to_string_lossy();
        let opening = |account: &AccountConfig| Opening {
            account: account.id,
            mode: account.mode,
            cash: account.cash,
            cost_method: account.cost_method,
            limits: account.limits.clone(),
            actor,
            reason: format!("configured in {name}"),
        };
        self.accounts.iter().map(opening).collect()
    }

    /// The engine's patience.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.settings
    }
}
