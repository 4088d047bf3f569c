//! The log as it is read: by whoever writes it, beside, or from another machine.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use gatefold_core::record::{Entry, Position, ReadError, Stream, Version};
use parking_lot::Mutex;
use postgres::{Client, Error};

use crate::address::Address;
use crate::error::StoreError;
use crate::log::batch::{column, number};
use crate::log::checker::{Checker, RawEvent, Sound, corrupt};
use crate::log::error::LogError;
use crate::log::frame::{self, Link, first_link};
use crate::log::page;
use crate::log::subscription::PostgresSubscription;
use crate::projector::Source;
use crate::schema::check_schema;
use crate::session::Session;

/// What was last seen of a log's end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heads {
    pub(crate) position: Position,
    pub(crate) versions: BTreeMap<Stream, Version>,
}

/// How far a log went, to be kept elsewhere: whoever rewrote its past cannot make this digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogAnchor {
    /// Which log.
    pub log: u128,
    /// Its last event.
    pub position: Position,
    /// The chain's digest there.
    pub digest: [u8; 32],
}

/// A log that is read. Every reading checks numbers, sums and the chain of what it shows.
#[derive(Debug)]
pub struct PostgresReader {
    session: Mutex<Session>,
    address: Address,
    log: u128,
    names: Mutex<BTreeMap<i32, (String, Stream)>>,
    pub(crate) heads: Arc<Mutex<Heads>>,
}

impl PostgresReader {
    /// Opens the log of a database. The schema is compared first.
    ///
    /// # Errors
    /// As [`LogError`] says.
    pub fn open(address: Address) -> Result<Self, LogError> {
        let mut session = Session::new(address.clone());
        check_schema(&mut session)?;
        let log = session.run("the look at which log it is", page::identity)?;
        let (names, heads) = (Mutex::default(), Arc::default());
        let session = Mutex::new(session);
        let reader = Self { session, address, log, names, heads };
        reader.look()?;
        Ok(reader)
    }

    /// Where it is.
    #[must_use]
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Which log it is.
    #[must_use]
    pub fn id(&self) -> u128 {
        self.log
    }

    /// The last event that was seen; [`look`](Self::look) sees what came since.
    #[must_use]
    pub fn head(&self) -> Position {
        self.heads.lock().position
    }

    /// The version of a stream at that event.
    #[must_use]
    pub fn version(&self, stream: &Stream) -> Version {
        self.heads.lock().versions.get(stream).copied().unwrap_or_default()
    }

    /// Looks where the log ends, and that its streams together are as long as it is.
    ///
    /// # Errors
    /// As [`ReadError`] says.
    pub fn look(&self) -> Result<Position, ReadError> {
        let level = self.ask("the look at its end", page::level)?;
        let mut heads = Heads { position: position(level.position), ..Heads::default() };
        let mut counted = 0_i64;
        for (id, name, version) in level.streams {
            let stream = self.learn(id, name)?;
            counted = counted.saturating_add(version);
            heads.versions.insert(stream, Version::new(number(version)));
        }
        if counted != level.position {
            let detail = format!(
                "the log ends here, and its streams count {counted} events: events or streams \
                 were removed"
            );
            return Err(corrupt(level.position, detail));
        }
        let mut known = self.heads.lock();
        for (stream, version) in heads.versions {
            known.see(heads.position, stream, version);
        }
        Ok(known.position)
    }

    /// How far the log went, with every sum on the way checked from its beginning.
    ///
    /// # Errors
    /// As [`ReadError`] says, for the first place that is damaged.
    pub fn verify(&self) -> Result<LogAnchor, ReadError> {
        let head = self.look()?;
        let checker = self.walk(Position::ZERO, &mut |_| ControlFlow::Continue(()))?;
        let reached = position(checker.position());
        if reached < head {
            let detail = format!("the log ended at event {head} and ends here now");
            return Err(corrupt(checker.position(), detail));
        }
        Ok(LogAnchor { log: self.log, position: reached, digest: checker.link() })
    }

    /// Calls `visit` for each durable event after position `after`, in order of position.
    ///
    /// # Errors
    /// As [`ReadError`] says. Events visited before the error were sound.
    pub fn read(
        &self,
        after: Position,
        visit: &mut dyn FnMut(&Entry<'_>) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        self.walk(after, visit).map(|_| ())
    }

    /// The events after a position, as they become durable.
    #[must_use]
    pub fn subscribe(self, after: Position) -> PostgresSubscription {
        PostgresSubscription::new(self, after)
    }

    /// Reads on from the end of the group before a position. No lock is held while the visitor
    /// runs: it may look at the log itself.
    fn walk(
        &self,
        after: Position,
        visit: &mut dyn FnMut(&Entry<'_>) -> ControlFlow<()>,
    ) -> Result<Checker, ReadError> {
        let begin =
            self.ask("the look at the chain", |client| page::link(client, column(after.get())))?;
        let mut checker = match begin {
            Some((position, link)) => {
                let link = Link::try_from(link.as_slice());
                let link = link.map_err(|_| corrupt(position, "its chain is cut".to_owned()))?;
                Checker::after(position, link)
            }
            None => Checker::after(0, first_link(&self.log.to_be_bytes())),
        };
        loop {
            let from = checker.position();
            let rows = self.ask("a page of events", |client| page::events(client, from))?;
            if rows.is_empty() {
                break;
            }
            for row in rows {
                let Some(group) = self.take(&mut checker, row)? else { continue };
                if self.show(&group, after, visit).is_break() {
                    return Ok(checker);
                }
            }
        }
        if checker.is_between_groups() {
            return Ok(checker);
        }
        let detail = "the log ends here in the middle of what was appended at once".to_owned();
        Err(corrupt(checker.position(), detail))
    }

    fn take(&self, checker: &mut Checker, row: RawEvent) -> Result<Option<Vec<Sound>>, ReadError> {
        let (name, stream) = self.name(row.stream, row.position)?;
        checker.take(row, &name, stream)
    }

    fn show(
        &self,
        group: &[Sound],
        after: Position,
        visit: &mut dyn FnMut(&Entry<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let mut heads = self.heads.lock();
        for batch in group.chunk_by(|one, next| one.stream == next.stream) {
            let Some(last) = batch.last() else { continue };
            heads.see(last.position, last.stream, Version::new(last.version));
        }
        drop(heads);
        for Sound { position, stream, version, id, tag, schema, at, body } in group {
            if *position <= after {
                continue;
            }
            visit(&Entry {
                position: *position,
                stream: *stream,
                version: Version::new(*version),
                id: *id,
                tag: *tag,
                schema: *schema,
                at: *at,
                body,
            })?;
        }
        ControlFlow::Continue(())
    }

    /// A stream by its number, which may be new.
    fn name(&self, id: i32, position: i64) -> Result<(String, Stream), ReadError> {
        if let Some(known) = self.names.lock().get(&id) {
            return Ok(known.clone());
        }
        for (id, name, _) in self.ask("the look at its streams", page::level)?.streams {
            self.learn(id, name)?;
        }
        let names = self.names.lock();
        names.get(&id).cloned().ok_or_else(|| corrupt(position, format!("no stream {id}")))
    }

    fn learn(&self, id: i32, name: String) -> Result<Stream, ReadError> {
        let Some(stream) = frame::stream(&name) else {
            let place = format!("stream {id} of log_stream");
            return Err(ReadError::Corrupt { place, detail: format!("{name:?} is no stream") });
        };
        self.names.lock().insert(id, (name, stream));
        Ok(stream)
    }

    /// The number of a stream, which is made known to the database where it is not.
    pub(crate) fn number_of(&self, stream: Stream) -> Result<i32, StoreError> {
        let known = |names: &BTreeMap<i32, (String, Stream)>| {
            names.iter().find(|(_, (_, it))| *it == stream).map(|(id, _)| *id)
        };
        if let Some(id) = known(&self.names.lock()) {
            return Ok(id);
        }
        let name = stream.to_string();
        let id = self.session.lock().run("the naming of a stream", |client| {
            let insert = "INSERT INTO log_stream (name) VALUES ($1) ON CONFLICT DO NOTHING";
            client.execute(insert, &[&name])?;
            let row = client.query_one("SELECT id FROM log_stream WHERE name = $1", &[&name])?;
            row.try_get(0)
        })?;
        self.names.lock().insert(id, (name, stream));
        Ok(id)
    }

    fn ask<T>(
        &self,
        action: &'static str,
        mut work: impl FnMut(&mut Client) -> Result<T, Error>,
    ) -> Result<T, ReadError> {
        let mut session = self.session.lock();
        // A server that was restarted meanwhile is noticed by the first word that is sent.
        let was_connected = session.is_connected();
        let mut asked = session.run(action, &mut work);
        if asked.is_err() && was_connected {
            asked = session.run(action, &mut work);
        }
        asked.map_err(|error| ReadError::Io {
            place: format!("the log in {}", self.address),
            detail: error.to_string(),
        })
    }
}

fn position(column: i64) -> Position {
    Position::new(number(column))
}

impl Source for PostgresReader {
    fn identity(&self) -> String {
        format!("{:032x}", self.log)
    }

    fn refresh(&mut self) -> Result<Position, ReadError> {
        self.look()
    }

    fn read(
        &self,
        after: Position,
        visit: &mut dyn FnMut(&Entry<'_>) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        Self::read(self, after, visit)
    }
}
