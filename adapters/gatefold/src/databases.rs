//! The database beside the log: how it is reached, compared, fed from the log, and made anew, is
//! decided here once for all programs.

use std::time::Duration;

use gatefold_core::record::Position;
use gatefold_postgres::{
    Address, AddressError, Alert, InboxSettings, MigrationError, PostgresInbox, Projector,
    ProjectorError, Rebuilt, SchemaError, SchemaVersion, Session, Source, Step, StoreError,
};

use crate::config::{Config, InboxKind, LogKind, PostgresPlace, UrlPlace};
use crate::inbox::read_line;
use crate::logs::{self, LogFault};

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// **Handling:** write `[postgres]` into the configuration.
    #[error("no database is configured: write [postgres] with url_env = \"GATEFOLD_POSTGRES\"")]
    NotConfigured,
    /// **Handling:** as the [`AddressError`] says.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// **Handling:** as the [`SchemaError`] says.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// **Handling:** as the [`MigrationError`] says.
    #[error(transparent)]
    Migration(#[from] MigrationError),
    /// **Handling:** as the [`ProjectorError`] says.
    #[error(transparent)]
    Projector(#[from] ProjectorError),
    /// **Handling:** as the [`LogFault`] says.
    #[error(transparent)]
    Log(Box<LogFault>),
    /// **Handling:** raise the limit on threads or memory.
    #[error("the thread of the read models could not be started: {0}")]
    NoThread(#[from] std::io::Error),
}

/// Where the configured database is.
///
/// # Errors
/// [`DatabaseError::NotConfigured`], or what is wrong with its connection string.
pub fn address(config: &Config) -> Result<Address, DatabaseError> {
    let place = config.postgres.as_ref().ok_or(DatabaseError::NotConfigured)?;
    let PostgresPlace { url, root_certificates } = place;
    let address = match url {
        UrlPlace::Environment(name) => Address::from_env(name)?,
        UrlPlace::File(file) => Address::from_file(file)?,
    };
    Ok(address.with_roots(root_certificates.clone()))
}

/// Applies the migrations that are missing.
///
/// # Errors
/// As [`DatabaseError`] says.
pub fn migrate(config: &Config) -> Result<Vec<Step>, DatabaseError> {
    Ok(gatefold_postgres::migrate(&mut Session::new(address(config)?))?)
}

/// Compares the configured database's schema with what this build expects; `None` where no
/// database is configured.
///
/// # Errors
/// As [`DatabaseError`] says, with every difference by name.
pub fn check(config: &Config) -> Result<Option<SchemaVersion>, DatabaseError> {
    if config.postgres.is_none() {
        return Ok(None);
    }
    Ok(Some(gatefold_postgres::check_schema(&mut Session::new(address(config)?))?))
}

/// What every start asks: a wrong schema refuses it. A database that only read models need, and
/// that cannot be reached, does not: they catch up when it is back. Answers why it could not be
/// reached.
///
/// # Errors
/// As [`DatabaseError`] says, with every difference by name.
pub fn check_start(config: &Config) -> Result<Option<StoreError>, DatabaseError> {
    match check(config) {
        Err(DatabaseError::Schema(SchemaError::Store(
            unreachable @ StoreError::Unreachable { .. },
        ))) if config.inbox.kind == InboxKind::File && config.log.kind == LogKind::Directory => {
            Ok(Some(unreachable))
        }
        checked => checked.map(|_| None),
    }
}

/// Opens the inbox that is a table.
///
/// # Errors
/// As [`DatabaseError`] says.
pub fn open_inbox(config: &Config) -> Result<PostgresInbox, DatabaseError> {
    let accounts = config.accounts.iter().map(|account| account.id).collect();
    let settings = InboxSettings::new(dispatcher_name(config), accounts);
    let exits = config.exits;
    let read = Box::new(move |line: &str| read_line(line, &exits));
    Ok(PostgresInbox::open(address(config)?, settings, read)?)
}

/// Under which name rows are claimed, which only one dispatcher has at a time. So one that is
/// started again, or takes over, finds what was claimed, and none takes for its own what another
/// claimed. A log in a directory has one writer; of a log in a database, each account has one.
fn dispatcher_name(config: &Config) -> String {
    match config.log.kind {
        LogKind::Directory => {
            let machine = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
            let dir = std::path::absolute(&config.log.dir);
            let dir = dir.unwrap_or_else(|_| config.log.dir.clone());
            format!("{}:{}", machine.trim(), dir.display())
        }
        LogKind::Postgres => {
            let mut accounts: Vec<_> =
                config.accounts.iter().map(|account| account.id.to_string()).collect();
            accounts.sort();
            format!("leader of {}", accounts.join(", "))
        }
    }
}

/// Starts the thread that keeps the tables level with the log; `None` where none are configured.
///
/// # Errors
/// As [`DatabaseError`] says.
pub fn start_projector(
    config: &Config,
    alert: Box<dyn Fn(&Alert) + Send>,
) -> Result<Option<Projector>, DatabaseError> {
    let Some(models) = config.read_models else { return Ok(None) };
    let max_lag =
        u64::try_from(models.max_lag.nanos()).map_or(Duration::ZERO, Duration::from_nanos);
    let source = source(config)?;
    Ok(Some(Projector::start(address(config)?, source, max_lag, alert)?))
}

/// The configured log as read models read it.
fn source(config: &Config) -> Result<Box<dyn Source>, DatabaseError> {
    Ok(Box::new(logs::read(config).map_err(|fault| DatabaseError::Log(Box::new(fault)))?))
}

/// Brings the tables level with the log once.
///
/// # Errors
/// As [`DatabaseError`] says.
pub fn catch_up(config: &Config) -> Result<Position, DatabaseError> {
    let source = source(config)?;
    Ok(gatefold_postgres::catch_up(address(config)?, source)?)
}

/// Makes the tables anew from the whole log and swaps them in, beside a running dispatcher.
///
/// # Errors
/// As [`DatabaseError`] says.
pub fn rebuild(
    config: &Config,
    progress: &mut dyn FnMut(Position, Position),
) -> Result<Rebuilt, DatabaseError> {
    let source = source(config)?;
    Ok(gatefold_postgres::rebuild(&address(config)?, source, progress)?)
}
