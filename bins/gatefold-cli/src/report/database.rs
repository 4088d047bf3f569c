//! What a report says of the configured database: whether its schema is the one that this build
//! expects, and how far its tables are behind the log. It only reads.

use gatefold::config::Config;
use gatefold::core::record::Position;
use gatefold::core::vocabulary::{Span, Timestamp};
use gatefold::databases::{self, DatabaseError};
use gatefold::postgres::{Session, Source as _, count_waiting, read_checkpoint};

use crate::books::Books;
use crate::report::gather::Gathered;

/// How far the tables are behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lag {
    /// The last event that is in them.
    pub(crate) position: Position,
    /// How many are not.
    pub(crate) events: u64,
    /// How long ago the first of those happened, at the end of the report.
    pub(crate) behind: Span,
}

/// The database beside the log.
#[derive(Debug)]
pub(crate) struct Beside {
    /// Its migration, or everything that is wrong.
    pub(crate) schema: Result<i32, String>,
    /// Of the read models, where they are configured.
    pub(crate) lag: Option<Lag>,
    /// Rows of the inbox that no log has received.
    pub(crate) waiting: Option<u64>,
}

/// What the database answered before the log was read, so that what comes in meanwhile is no lag.
#[derive(Debug)]
pub(crate) struct Asked {
    schema: Result<i32, String>,
    waiting: Option<u64>,
    /// The last event in the tables, where they are configured.
    pub(crate) tables_at: Option<Position>,
}

/// Asks the database that the configuration names, if it names one.
pub(crate) fn ask(books: &Books) -> Option<Asked> {
    let config = books.config.as_ref().filter(|config| config.postgres.is_some())?;
    let wrong = |why: String| Asked { schema: Err(why), waiting: None, tables_at: None };
    let version = match databases::check(config) {
        Ok(version) => version.map_or(0, |it| it.version),
        Err(error) => return Some(wrong(error.to_string())),
    };
    Some(match rest(config, books) {
        Ok((waiting, tables_at)) => {
            Asked { schema: Ok(version), waiting: Some(waiting), tables_at }
        }
        Err(why) => wrong(why),
    })
}

fn rest(config: &Config, books: &Books) -> Result<(u64, Option<Position>), String> {
    let told = |error: DatabaseError| error.to_string();
    let mut session = Session::new(databases::address(config).map_err(told)?);
    let waiting = count_waiting(&mut session).map_err(|error| error.to_string())?;
    if config.read_models.is_none() {
        return Ok((waiting, None));
    }
    let found = read_checkpoint(&mut session).map_err(|error| error.to_string())?;
    let ours = books.reader().identity();
    match found {
        Some(found) if found.log != ours => Err(format!(
            "the read models follow log {}, this one is {ours}: they were made of another",
            found.log
        )),
        found => Ok((waiting, Some(found.map_or(Position::ZERO, |found| found.position)))),
    }
}

impl Asked {
    /// With what the log said.
    pub(crate) fn beside(self, gathered: &Gathered, head: Position, until: Timestamp) -> Beside {
        let Self { schema, waiting, tables_at } = self;
        let lag = tables_at.map(|position| Lag {
            position,
            events: head.get().saturating_sub(position.get()),
            behind: gathered.lacking_since.map_or(Span::ZERO, |at| until.saturating_since(at)),
        });
        Beside { schema, lag, waiting }
    }
}
