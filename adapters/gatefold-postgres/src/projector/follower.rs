//! One step of following a log: events in, rows and checkpoint out, in one transaction.

use std::ops::ControlFlow;

use gatefold_core::record::{Position, ReplayError, decode_entry};
use gatefold_core::view::Projection as _;

use crate::error::StoreError;
use crate::models::ReadModels;
use crate::projector::Source;
use crate::projector::error::ProjectorError;
use crate::schema::check_schema;
use crate::session::Session;

/// So many events are written at a time.
const BATCH_EVENTS_MAX: u64 = 4_096;
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

/// A log, its read models in memory, and the tables.
pub(crate) struct Follower {
    session: Session,
    source: Box<dyn Source>,
    models: ReadModels,
    /// The models are folded to here.
    folded: Position,
    /// The tables are at this checkpoint; `None` until it was read.
    written: Option<Position>,
    /// The schema was compared since the last failure.
    checked: bool,
    purpose: Purpose,
}

/// What the checkpoint said when rows were to be written.
enum Found {
    /// They are written.
    Written,
    /// Somebody else moved it.
    Moved,
}

impl Follower {
    /// Follows into the tables that everybody reads.
    pub(crate) fn new(session: Session, source: Box<dyn Source>) -> Self {
        let (models, folded, purpose) = (ReadModels::new(), Position::ZERO, Purpose::Live);
        Self { session, source, models, folded, written: None, checked: false, purpose }
    }

    /// Follows into tables beside, which the session's schema holds.
    pub(crate) fn shadow(session: Session, source: Box<dyn Source>) -> Self {
        Self { purpose: Purpose::Shadow, checked: true, ..Self::new(session, source) }
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

    fn advance(&mut self) -> Result<Progress, ProjectorError> {
        let head = self.source.refresh()?;
        if !self.checked {
            check_schema(&mut self.session)?;
            self.checked = true;
        }
        let written = match self.written {
            Some(written) => written,
            None => self.begin(head)?,
        };
        if self.folded == written {
            self.fold(BATCH_EVENTS_MAX, None)?;
        }
        if self.folded > written {
            match self.write(written)? {
                Found::Written => {
                    self.models.forget();
                    self.written = Some(self.folded);
                }
                // Rebuilt, or written by another process: fold anew to where it is.
                Found::Moved => self.written = None,
            }
        }
        Ok(Progress { position: self.written.unwrap_or_default(), head })
    }

    /// Folds to where the tables are.
    fn begin(&mut self, head: Position) -> Result<Position, ProjectorError> {
        let ours = self.source.identity();
        let (theirs, checkpoint) = self.checkpoint(&ours)?;
        if theirs != ours {
            return Err(ProjectorError::OtherLog { theirs, ours });
        }
        if checkpoint > head {
            return Err(ProjectorError::Ahead { checkpoint, head });
        }
        (self.models, self.folded) = (ReadModels::new(), Position::ZERO);
        while self.folded < checkpoint {
            self.fold(BATCH_EVENTS_MAX, Some(checkpoint))?;
            self.models.forget();
        }
        self.written = Some(checkpoint);
        Ok(checkpoint)
    }

    /// Folds at most so many events, and none after `until`.
    fn fold(&mut self, count: u64, until: Option<Position>) -> Result<(), ProjectorError> {
        let Self { source, models, folded, .. } = self;
        let mut left = count;
        let mut failed: Option<ReplayError> = None;
        source.read(*folded, &mut |entry| {
            if until.is_some_and(|until| entry.position > until) {
                return ControlFlow::Break(());
            }
            match decode_entry(entry) {
                Ok(event) => models.apply(entry, &event),
                Err(error) => failed = Some(error),
            }
            if failed.is_some() || models.fault().is_some() {
                return ControlFlow::Break(());
            }
            *folded = entry.position;
            left = left.saturating_sub(1);
            if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        if let Some(error) = failed.or_else(|| models.take_fault()) {
            return Err(error.into());
        }
        Ok(())
    }

    /// Which log the tables are of and where they are, after their first row was made.
    fn checkpoint(&mut self, log: &str) -> Result<(String, Position), StoreError> {
        self.session.run("the reading of its checkpoint", |client| {
            let mut transaction = client.transaction()?;
            transaction.execute(
                "INSERT INTO projection_checkpoint (name, log, position) VALUES ($1, $2, 0) \
                 ON CONFLICT (name) DO NOTHING",
                &[&NAME, &log],
            )?;
            let row = transaction.query_one(
                "SELECT log, position FROM projection_checkpoint WHERE name = $1",
                &[&NAME],
            )?;
            let (log, position): (String, i64) = (row.try_get(0)?, row.try_get(1)?);
            transaction.commit()?;
            Ok((log, Position::new(u64::try_from(position).unwrap_or_default())))
        })
    }

    /// Writes the rows and the checkpoint, or neither.
    fn write(&mut self, written: Position) -> Result<Found, StoreError> {
        let Self { session, models, folded, purpose, .. } = self;
        let number = |position: Position| i64::try_from(position.get()).unwrap_or(i64::MAX);
        let (from, to) = (number(written), number(*folded));
        session.run("a batch of read models", |client| {
            let mut transaction = client.transaction()?;
            let at: i64 = transaction
                .query_one(
                    "SELECT position FROM projection_checkpoint WHERE name = $1 FOR UPDATE",
                    &[&NAME],
                )?
                .try_get(0)?;
            if at != from {
                // Level already: the commit was made and its answer was lost.
                return Ok(if at == to { Found::Written } else { Found::Moved });
            }
            models.write(&mut transaction)?;
            if *purpose == Purpose::Live {
                models.answer(&mut transaction)?;
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
