//! Which log a configuration means, in a directory or in a database, and who may write to it, is
//! decided here once for all programs.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use gatefold_core::decide::Intent;
use gatefold_core::record::{Entry, Log, Position, ReadError, Recorded};
use gatefold_core::route::{
    Broker, BrokerFault, CancelAnswer, LookUp, RejectClass, Report, Snapshot, Submission,
};
use gatefold_core::vocabulary::{AccountId, BrokerOrderId, OrderKey};
use gatefold_log::{LogReader, OpenError, RecoveryReport};
use gatefold_postgres::{
    Held, Holding, Lease, LeaseError, LeaseTerms, LogError, LogOptions, PostgresLog,
    PostgresReader, Source,
};

use crate::config::{Config, LogKind};
use crate::databases::{DatabaseError, address};
use crate::wiring;

/// Why a log cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum LogFault {
    /// **Handling:** as the [`OpenError`] says.
    #[error(transparent)]
    Directory(#[from] OpenError),
    /// **Handling:** as the [`DatabaseError`] says.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// **Handling:** as the [`LogError`] says.
    #[error(transparent)]
    Log(#[from] LogError),
    /// **Handling:** as the [`LeaseError`] says.
    #[error(transparent)]
    Lease(#[from] LeaseError),
}

impl From<ReadError> for LogFault {
    fn from(error: ReadError) -> Self {
        Self::Log(LogError::Read(error))
    }
}

/// A log that is open for writing.
pub struct Opened {
    /// The log.
    pub log: Box<dyn Log>,
    /// What opening a directory found.
    pub recovered: Option<RecoveryReport>,
    /// Whether this process still leads; `None` where nobody else can.
    pub holding: Option<Holding>,
}

/// Where the configured log is, in words.
#[must_use]
pub fn place(config: &Config) -> String {
    match config.log.kind {
        LogKind::Directory => config.log.dir.display().to_string(),
        LogKind::Postgres => match address(config) {
            Ok(address) => format!("in the database {address}"),
            Err(_) => String::from("in the database of [postgres]"),
        },
    }
}

/// Takes the lease of all configured accounts, where the log is one that several processes may
/// write to; waits for whoever has it. `waiting` ends the wait with a break.
///
/// # Errors
/// As [`LogFault`] says.
pub fn lead(
    config: &Config,
    waiting: &mut dyn FnMut(&Held) -> ControlFlow<()>,
) -> Result<Option<Lease>, LogFault> {
    if config.log.kind == LogKind::Directory {
        return Ok(None);
    }
    let address = address(config)?;
    gatefold_postgres::check_schema(&mut gatefold_postgres::Session::new(address.clone()))
        .map_err(DatabaseError::from)?;
    let accounts: Vec<_> = config.accounts.iter().map(|account| account.id).collect();
    let nanos = u64::try_from(config.log.lease.nanos()).unwrap_or(0);
    let terms = LeaseTerms::lasting(Duration::from_nanos(nanos));
    Ok(Some(Lease::take(&address, &holder(), &accounts, terms, waiting)?))
}

/// Who this process is, to whoever waits for it.
fn holder() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = if name.trim().is_empty() { "an unnamed host" } else { name.trim() };
    format!("process {} on {host}", std::process::id())
}

/// Opens the configured log for writing, under the lease that [`lead`] took.
///
/// # Errors
/// As [`LogFault`] says.
pub fn open(config: &Config, lease: Option<Lease>) -> Result<Opened, LogFault> {
    let Some(lease) = lease else {
        let (log, recovered) = wiring::open_log(&config.log.dir)?;
        return Ok(Opened { log: Box::new(log), recovered: Some(recovered), holding: None });
    };
    let holding = Some(lease.holding());
    let log = PostgresLog::open(address(config)?, LogOptions::default())?.under(lease)?;
    Ok(Opened { log: Box::new(log), recovered: None, holding })
}

/// A log that is read beside its writer.
pub enum AnyReader {
    /// In a directory.
    Directory(Box<LogReader>),
    /// In a database.
    Postgres(Box<PostgresReader>),
}

/// Opens the configured log for reading.
///
/// # Errors
/// As [`LogFault`] says.
pub fn read(config: &Config) -> Result<AnyReader, LogFault> {
    Ok(match config.log.kind {
        LogKind::Directory => AnyReader::Directory(Box::new(wiring::read_log(&config.log.dir)?)),
        LogKind::Postgres => AnyReader::Postgres(Box::new(PostgresReader::open(address(config)?)?)),
    })
}

impl AnyReader {
    /// The last event that is seen.
    #[must_use]
    pub fn head(&self) -> Position {
        match self {
            Self::Directory(log) => log.head(),
            Self::Postgres(log) => log.head(),
        }
    }

    /// Calls `visit` for each durable event after position `after`, in order of position.
    ///
    /// # Errors
    /// As [`ReadError`] says.
    pub fn read(
        &self,
        after: Position,
        visit: &mut dyn FnMut(&Entry<'_>) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        match self {
            Self::Directory(log) => log.read(after, visit),
            Self::Postgres(log) => log.read(after, visit),
        }
    }
}

impl Source for AnyReader {
    fn identity(&self) -> String {
        match self {
            Self::Directory(log) => {
                log.anchor().uuid.iter().map(|byte| format!("{byte:02x}")).collect()
            }
            Self::Postgres(log) => log.identity(),
        }
    }

    fn refresh(&mut self) -> Result<Position, ReadError> {
        match self {
            Self::Directory(log) => {
                log.refresh().map_err(|error| ReadError::Io {
                    place: String::from("a look for what is new"),
                    detail: error.to_string(),
                })?;
                Ok(log.head())
            }
            Self::Postgres(log) => log.look(),
        }
    }

    fn read(
        &self,
        after: Position,
        visit: &mut dyn FnMut(&Entry<'_>) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        Self::read(self, after, visit)
    }
}

/// A broker that is sent to only while this process leads.
pub struct Leading {
    broker: Arc<dyn Broker>,
    holding: Holding,
}

/// The broker as a process may use it that has, or needs, this lease.
#[must_use]
pub fn leading(broker: Arc<dyn Broker>, holding: Option<&Holding>) -> Arc<dyn Broker> {
    match holding {
        Some(holding) => Arc::new(Leading { broker, holding: holding.clone() }),
        None => broker,
    }
}

impl Broker for Leading {
    fn submit(&self, order: Recorded<Intent>) -> Submission {
        match self.holding.check() {
            Ok(()) => self.broker.submit(order),
            // It was not sent, which is proof enough. It is recorded, so whoever leads now looks
            // for it.
            Err(not_held) => Submission::Rejected {
                class: RejectClass::Rate,
                reason: format!("not sent: {not_held}"),
            },
        }
    }

    fn cancel(
        &self,
        account: &AccountId,
        key: OrderKey,
        id: Option<&BrokerOrderId>,
    ) -> CancelAnswer {
        match self.holding.check() {
            Ok(()) => self.broker.cancel(account, key, id),
            Err(not_held) => CancelAnswer::Unknown { reason: format!("not sent: {not_held}") },
        }
    }

    fn look_up(&self, account: &AccountId, key: OrderKey) -> LookUp {
        self.broker.look_up(account, key)
    }

    fn snapshot(&self, account: &AccountId) -> Result<Snapshot, BrokerFault> {
        self.broker.snapshot(account)
    }

    fn reports(&self, account: &AccountId) -> Result<Vec<Report>, BrokerFault> {
        self.broker.reports(account)
    }
}
