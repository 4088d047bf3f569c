//! The connection that appends: a group in one call, and one by one where that was refused.

use std::time::{Duration, Instant};

use gatefold_core::record::{AppendError, Appended, Epoch, Position, Record, Version};
use gatefold_core::vocabulary::{EventId, Timestamp};
use postgres::{Client, Error, Row, Statement};

use crate::error::StoreError;
use crate::log::batch::{Batch, Columns, Uuid, number};
use crate::log::judge::{Known, Stored, judge};
use crate::session::Session;

/// The function's own word for a version or an epoch that is not in force.
const NOT_AS_EXPECTED: &str = "GF409";
/// An id that is in the log already.
const NOT_UNIQUE: &str = "23505";
/// How long is waited before a lost connection is made again.
const PAUSE: Duration = Duration::from_millis(50);
/// So often is a batch judged that was refused and then nothing spoke against.
const ROUNDS_MAX: usize = 16;

const APPEND: &str =
    "SELECT log_append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";

/// Why a call stored nothing, or may have.
enum Unstored {
    /// A batch of the group is not what its writer believes.
    Refused,
    /// There is no space.
    Full(String),
    /// The server refuses such calls.
    Never(String),
    /// Nobody knows.
    Unknown(String),
}

/// What became of a group.
pub(crate) struct Flushed {
    /// One for each batch.
    pub(crate) answers: Vec<Result<Appended, AppendError>>,
    /// Why nothing more may be appended.
    pub(crate) poison: Option<String>,
}

/// The connection.
#[derive(Debug)]
pub(crate) struct Line {
    session: Session,
    append: Option<Prepared>,
    patience: Duration,
}

struct Prepared(Statement);

impl std::fmt::Debug for Prepared {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("prepared")
    }
}

impl Line {
    /// `patience`: how long a server that is away is waited for before a group is of unknown fate.
    pub(crate) fn new(session: Session, patience: Duration) -> Self {
        Self { session, append: None, patience }
    }

    /// Appends batches of different streams, all in one transaction where nothing speaks against
    /// any of them.
    pub(crate) fn flush(&mut self, group: &[&Batch]) -> Flushed {
        let mut flushed = Flushed { answers: Vec::with_capacity(group.len()), poison: None };
        match self.call(group) {
            Ok(before) => {
                let mut position = before;
                for batch in group {
                    position = position.after(batch.events());
                    let version = batch.expected.after(batch.events());
                    flushed.answers.push(Ok(Appended { position, version, already: false }));
                }
            }
            Err(Unstored::Refused) => {
                for batch in group {
                    let answer = match &flushed.poison {
                        Some(detail) => Err(AppendError::Poisoned { detail: detail.clone() }),
                        None => self.alone(batch, &mut flushed.poison),
                    };
                    flushed.answers.push(answer);
                }
            }
            Err(unstored) => {
                let told = |_: &&Batch| Err(told(&unstored, &mut flushed.poison));
                flushed.answers.extend(group.iter().map(told));
            }
        }
        flushed
    }

    /// Appends one batch, or finds out what speaks against it.
    fn alone(
        &mut self,
        batch: &Batch,
        poison: &mut Option<String>,
    ) -> Result<Appended, AppendError> {
        for _ in 0..ROUNDS_MAX {
            let known =
                match self.patiently("the look at what is there", |client| known(client, batch)) {
                    Ok(known) => known,
                    Err(unstored) => return Err(told(&unstored, poison)),
                };
            if let Some(answer) = judge(batch, &known) {
                return answer;
            }
            match self.call(&[batch]) {
                Ok(before) => {
                    let position = before.after(batch.events());
                    let version = batch.expected.after(batch.events());
                    return Ok(Appended { position, version, already: false });
                }
                Err(Unstored::Refused) => {}
                Err(unstored) => return Err(told(&unstored, poison)),
            }
        }
        let detail = format!("{ROUNDS_MAX} refusals of an append that nothing speaks against");
        Err(told(&Unstored::Never(detail), poison))
    }

    /// Appends, once: a call whose answer was lost is made again, and is refused then where it was
    /// carried out.
    fn call(&mut self, group: &[&Batch]) -> Result<Position, Unstored> {
        let columns = Columns::of(group);
        let mut statement = self.append.take();
        let appended = self.patiently("an append", |client| {
            let prepared = match statement.take() {
                Some(Prepared(prepared)) => prepared,
                None => prepare(client)?,
            };
            let row = client.query_one(&prepared, &columns.parameters())?;
            Ok((row.try_get::<_, i64>(0)?, prepared))
        });
        let (before, prepared) = appended?;
        self.append = Some(Prepared(prepared));
        Ok(Position::new(number(before)))
    }

    /// Does something until the server answers it, for as long as the patience lasts.
    fn patiently<T>(
        &mut self,
        action: &'static str,
        mut work: impl FnMut(&mut Client) -> Result<T, Error>,
    ) -> Result<T, Unstored> {
        let since = Instant::now();
        let mut is_doubtful = false;
        loop {
            let error = match self.session.run(action, &mut work) {
                Ok(done) => return Ok(done),
                Err(error) => error,
            };
            // What was prepared went with the connection.
            self.append = None;
            match classify(&error) {
                Unstored::Unknown(_) if since.elapsed() < self.patience => {
                    is_doubtful = true;
                    std::thread::sleep(PAUSE);
                }
                // That this attempt stored nothing says nothing of the one before.
                Unstored::Full(text) | Unstored::Never(text) if is_doubtful => {
                    return Err(Unstored::Unknown(text));
                }
                unstored @ (Unstored::Refused
                | Unstored::Full(_)
                | Unstored::Never(_)
                | Unstored::Unknown(_)) => return Err(unstored),
            }
        }
    }
}

fn prepare(client: &mut Client) -> Result<Statement, Error> {
    client.batch_execute(
        "SELECT set_config('synchronous_commit', 'on', false) \
         WHERE current_setting('synchronous_commit') = 'off'",
    )?;
    client.prepare(APPEND)
}

/// What an error says of what was stored.
fn classify(error: &StoreError) -> Unstored {
    let text = error.to_string();
    match error {
        StoreError::Certificates { .. } => Unstored::Never(text),
        // Before a first word was sent; but a call before it may have been.
        StoreError::Unreachable { .. } => Unstored::Unknown(text),
        StoreError::Refused { code, .. } => match code.as_str() {
            NOT_AS_EXPECTED | NOT_UNIQUE => Unstored::Refused,
            code if code.is_empty() || is_passing(code) => Unstored::Unknown(text),
            code if code.starts_with("53") => Unstored::Full(text),
            _ => Unstored::Never(text),
        },
    }
}

/// Whether the same call may pass a moment later: connections and shutdowns, deadlocks, locks and
/// time-outs, too many connections, a statement that an ended connection had prepared.
fn is_passing(code: &str) -> bool {
    let classes = ["08", "40", "57P"];
    let codes = ["26000", "53300", "55P03", "57014", "25P03"];
    classes.iter().any(|class| code.starts_with(class)) || codes.contains(&code)
}

/// What the writer is told of a group that was not stored, or may have been.
fn told(unstored: &Unstored, poison: &mut Option<String>) -> AppendError {
    match unstored {
        Unstored::Full(detail) => AppendError::Full { detail: detail.clone() },
        Unstored::Unknown(detail) => {
            *poison = Some(detail.clone());
            AppendError::Indeterminate { detail: detail.clone() }
        }
        Unstored::Never(detail) => {
            *poison = Some(detail.clone());
            AppendError::Poisoned { detail: detail.clone() }
        }
        Unstored::Refused => {
            let detail = String::from("the database took back what it had not judged");
            *poison = Some(detail.clone());
            AppendError::Poisoned { detail }
        }
    }
}

/// Reads what the log knows of a batch. Ids, versions and epochs only ever grow, so that what is
/// found stays found.
fn known(client: &mut Client, batch: &Batch) -> Result<Known, Error> {
    let ids: Vec<Uuid> = batch.records.iter().map(|record| Uuid(record.id.raw())).collect();
    let sql = "SELECT stream, version, position, event_id, tag, schema_version, at_nanos, body \
               FROM log_event WHERE event_id = ANY ($1)";
    let stored = client.query(sql, &[&ids])?.iter().map(stored).collect::<Result<_, _>>()?;
    let sql = "SELECT version, epoch, (SELECT epoch FROM log_lease WHERE stream = $2) \
               FROM log_stream WHERE id = $1";
    let lease = batch.target.lease.unwrap_or(batch.target.stream);
    let row = client.query_one(sql, &[&batch.target.stream, &lease])?;
    let (version, written) = (row.try_get(0)?, row.try_get(1)?);
    let leased: Option<i64> = row.try_get(2)?;
    Ok(Known {
        stored,
        version: Version::new(number(version)),
        written: Epoch::new(number(written)),
        leased: leased.map(|it| Epoch::new(number(it))),
    })
}

fn stored(row: &Row) -> Result<Stored, Error> {
    let small = |column: i32| u16::try_from(column).unwrap_or(u16::MAX);
    let id: Uuid = row.try_get(3)?;
    Ok(Stored {
        stream: row.try_get(0)?,
        version: Version::new(number(row.try_get(1)?)),
        position: Position::new(number(row.try_get(2)?)),
        record: Record {
            id: EventId::from_raw(id.0),
            tag: small(row.try_get(4)?),
            schema: small(row.try_get(5)?),
            at: Timestamp::from_nanos(row.try_get(6)?),
            body: row.try_get(7)?,
        },
    })
}
