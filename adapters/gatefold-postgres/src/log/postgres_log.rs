//! The log as its writers hold it.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use gatefold_core::record::{
    Append, AppendError, Appended, Durability, Entry, Epoch, Log, Position, ReadError, Stream,
    Version,
};
use postgres::{Client, Error};

use crate::address::Address;
use crate::log::batch::{Batch, Target, check, number};
use crate::log::bell::Bell;
use crate::log::error::LogError;
use crate::log::holding::Holding;
use crate::log::lease::Lease;
use crate::log::line::Line;
use crate::log::page;
use crate::log::reader::PostgresReader;
use crate::log::shared::Shared;
use crate::session::Session;

/// How a log is written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogOptions {
    /// A server that is away in the middle of an append is waited for so long; then the append's
    /// fate is unknown and the log takes no more.
    pub patience: Duration,
}

impl Default for LogOptions {
    /// Long enough for a restart of the server.
    fn default() -> Self {
        Self { patience: Duration::from_secs(30) }
    }
}

/// A log in a database, for any number of threads: clones append to the same log, and appends that
/// meet are made durable together.
#[derive(Clone, Debug)]
pub struct PostgresLog {
    /// Before the rest, so that nothing is renewed once nothing is written.
    lease: Option<Arc<Lease>>,
    shared: Arc<Shared>,
    reader: Arc<PostgresReader>,
    epoch: Epoch,
}

impl PostgresLog {
    /// Opens the log of a database without a lease: for tools, and for streams that nobody leases.
    /// Its epoch is above every one that wrote. The schema is compared first.
    ///
    /// # Errors
    /// As [`LogError`] says.
    pub fn open(address: Address, options: LogOptions) -> Result<Self, LogError> {
        let mut session = Session::new(address.clone());
        let reader = PostgresReader::open(address.clone())?;
        for (setting, value) in session.run("the look at its settings", settings)? {
            if value == "off" {
                let address = address.to_string();
                return Err(LogError::NotDurable { address, setting, value });
            }
        }
        let written = session.run("the look at its epochs", page::epoch)?;
        let bell = Bell::start(Session::new(address))?;
        let heads = Arc::clone(&reader.heads);
        let shared = Arc::new(Shared::new(Line::new(session, options.patience), heads, bell));
        let epoch = Epoch::new(number(written)).next();
        Ok(Self { lease: None, shared, reader: Arc::new(reader), epoch })
    }

    /// The same log, appended to under a lease. What others appended before the lease was given is
    /// seen from here on.
    ///
    /// # Errors
    /// As [`ReadError`] says.
    pub fn under(mut self, lease: Lease) -> Result<Self, ReadError> {
        self.epoch = lease.epoch();
        self.lease = Some(Arc::new(lease));
        self.reader.look()?;
        Ok(self)
    }

    /// Whether its lease is held; `None` where it has none.
    #[must_use]
    pub fn holding(&self) -> Option<Holding> {
        self.lease.as_ref().map(|lease| lease.holding())
    }

    /// The log as it is read.
    #[must_use]
    pub fn reader(&self) -> &PostgresReader {
        &self.reader
    }

    fn target(&self, stream: Stream) -> Result<Target, AppendError> {
        let number = self.reader.number_of(stream).map_err(|error| {
            let detail = error.to_string();
            self.shared.poison_with(detail.clone());
            AppendError::Poisoned { detail }
        })?;
        let lease = self.lease.as_ref().map(|lease| match stream {
            // It belongs to no account, so any of ours says whether we may write.
            Stream::System => lease.any_stream().unwrap_or(number),
            Stream::Account(_) => number,
        });
        Ok(Target { stream: number, lease })
    }
}

/// What an acknowledgement of the server rests on.
fn settings(client: &mut Client) -> Result<Vec<(&'static str, String)>, Error> {
    let mut found = Vec::new();
    for setting in ["fsync", "full_page_writes"] {
        let row = client.query_one("SELECT current_setting($1)", &[&setting])?;
        found.push((setting, row.try_get(0)?));
    }
    Ok(found)
}

impl Log for PostgresLog {
    fn append(&mut self, append: &Append<'_>) -> Result<Appended, AppendError> {
        if let Some(detail) = self.shared.poison() {
            return Err(AppendError::Poisoned { detail });
        }
        check(append)?;
        let target = self.target(append.stream)?;
        self.shared.append(Batch::of(append, target))
    }

    fn read(
        &self,
        after: Position,
        visit: &mut dyn FnMut(&Entry<'_>) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        self.reader.read(after, visit)
    }

    /// The last event that this process appended or read.
    fn head(&self) -> Position {
        self.reader.head()
    }

    /// The version that this process appended or read last.
    fn version(&self, stream: &Stream) -> Version {
        self.reader.version(stream)
    }

    fn epoch(&self) -> Epoch {
        self.epoch
    }

    fn durability(&self) -> Durability {
        Durability::Sync
    }
}
