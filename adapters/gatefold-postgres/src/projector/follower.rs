//! One step of following a log: a batch of rows and its checkpoint in, in one transaction.

use gatefold_core::record::Position;
use postgres::Transaction;

use crate::error::StoreError;
use crate::projector::Source;
use crate::projector::error::ProjectorError;
use crate::projector::folder::{Batch, Folder};
use crate::schema::check_schema;
use crate::session::Session;

/// The checkpoint's name.
const NAME: &str = "read_models";

/// How far a step came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Progress {
    pub(crate) position: Position,
    pub(crate) head: Position,
}

/// Whose tables are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    /// Those that everybody reads; the inbox is answered with them.
    Live,
    /// Those of a rebuild.
    Shadow,
}

/// A log's read models on their way into the tables.
pub(crate) struct Follower {
    session: Session,
    folder: Folder,
    /// What tells the log from every other.
    log: String,
    /// Folded and not written yet; kept until the server took it.
    batch: Option<Batch>,
    /// The tables are at this checkpoint; `None` until it was read.
    written: Option<Position>,
    /// Where the tables were and where the log ended, as far as is known.
    progress: Progress,
    /// The schema was compared since the last failure.
    checked: bool,
    purpose: Purpose,
}

/// What the checkpoint said when rows were to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    /// They are written.
    Written,
    /// Somebody else moved it.
    Moved,
}

impl Follower {
    /// Follows into the tables that everybody reads.
    pub(crate) fn new(session: Session, source: Box<dyn Source>) -> Result<Self, ProjectorError> {
        let log = source.identity();
        let folder = Folder::start(source)?;
        let progress = Progress { position: Position::ZERO, head: Position::ZERO };
        let (batch, written, purpose) = (None, None, Purpose::Live);
        Ok(Self { session, folder, log, batch, written, progress, checked: false, purpose })
    }

    /// Follows into tables beside, which the session's schema holds.
    pub(crate) fn shadow(
        session: Session,
        source: Box<dyn Source>,
    ) -> Result<Self, ProjectorError> {
        let follower = Self::new(session, source)?;
        Ok(Self { purpose: Purpose::Shadow, checked: true, ..follower })
    }

    /// Writes the next events, if there are some.
    ///
    /// # Errors
    /// [`ProjectorError`]; nothing of the step is written, or all of it was and the next step
    /// finds out.
    pub(crate) fn step(&mut self) -> Result<Progress, ProjectorError> {
        let done = self.advance();
        if done.is_err() && self.purpose == Purpose::Live {
            self.checked = false;
        }
        done
    }

    /// Where the log ended when it was looked at last, whatever became of the last step.
    pub(crate) fn head(&self) -> Position {
        self.folder.head()
    }

    fn advance(&mut self) -> Result<Progress, ProjectorError> {
        if !self.checked {
            check_schema(&mut self.session)?;
            self.checked = true;
        }
        if self.batch.is_none() {
            let written = self.written.map_or_else(|| self.checkpoint(), Ok)?;
            self.written = Some(written);
            self.progress.position = written;
            let folded = self.folder.after(written)?;
            (self.batch, self.progress.head) = (folded.batch, folded.head);
        }
        let Some(Batch { to, .. }) = self.batch else { return Ok(self.progress) };
        if to < self.progress.head {
            self.folder.fold_ahead(to)?;
        }
        match self.write()? {
            Found::Written => (self.written, self.progress.position) = (Some(to), to),
            // Rebuilt, or written by another process: fold anew to where it is.
            Found::Moved => self.written = None,
        }
        self.batch = None;
        Ok(self.progress)
    }

    /// Where the tables are, after their first row was made.
    fn checkpoint(&mut self) -> Result<Position, ProjectorError> {
        let Self { session, log, .. } = self;
        let (theirs, position) = session.run("the reading of its checkpoint", |client| {
            let mut transaction = client.transaction()?;
            transaction.execute(
                "INSERT INTO projection_checkpoint (name, log, position) VALUES ($1, $2, 0) \
                 ON CONFLICT (name) DO NOTHING",
                &[&NAME, log],
            )?;
            let row = transaction.query_one(
                "SELECT log, position FROM projection_checkpoint WHERE name = $1",
                &[&NAME],
            )?;
            let (theirs, position): (String, i64) = (row.try_get(0)?, row.try_get(1)?);
            transaction.commit()?;
            Ok((theirs, position))
        })?;
        if theirs != *log {
            return Err(ProjectorError::OtherLog { theirs, ours: log.clone() });
        }
        Ok(Position::new(u64::try_from(position).unwrap_or_default()))
    }

    /// Writes the batch and its checkpoint, or neither.
    fn write(&mut self) -> Result<Found, StoreError> {
        let Self { session, log, batch, purpose, .. } = self;
        let Some(batch) = batch else { return Ok(Found::Written) };
        let number = |position: Position| i64::try_from(position.get()).unwrap_or(i64::MAX);
        let (from, to) = (number(batch.from), number(batch.to));
        session.run("a batch of read models", |client| {
            let mut transaction = client.transaction()?;
            // What a crash of the server takes away is taken away with its checkpoint, and written
            // again: no need to wait for its disk.
            transaction.batch_execute("SET LOCAL synchronous_commit = off")?;
            let at = locked(&mut transaction, log)?;
            if at != Some(from) {
                // Level already: the commit was made and its answer was lost.
                return Ok(if at == Some(to) { Found::Written } else { Found::Moved });
            }
            batch.rows.write(&mut transaction)?;
            if *purpose == Purpose::Live {
                batch.rows.answer(&mut transaction)?;
            }
            transaction.execute(
                "UPDATE projection_checkpoint SET position = $2 WHERE name = $1",
                &[&NAME, &to],
            )?;
            transaction.commit()?;
            Ok(Found::Written)
        })
    }
}

/// Where the tables of a log are, held against everybody else; `None` where they are no longer its.
fn locked(transaction: &mut Transaction<'_>, log: &str) -> Result<Option<i64>, postgres::Error> {
    let at = "SELECT position FROM projection_checkpoint WHERE name = $1 AND log = $2 FOR UPDATE";
    transaction.query_opt(at, &[&NAME, &log])?.map(|row| row.try_get(0)).transpose()
}
