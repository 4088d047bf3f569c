//! Reads and folds a log on a thread of its own, one batch ahead of whoever writes the rows.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::Builder;

use gatefold_core::record::{Position, ReplayError, show_entry};
use gatefold_core::view::Projection as _;

use crate::models::{ReadModels, Rows, Wanted};
use crate::projector::Source;
use crate::projector::error::ProjectorError;

/// So many events are folded into one batch, where so many are there.
const BATCH_EVENTS_MAX: u64 = 8_192;
/// No event is added to a batch whose rows have so many bytes.
const BATCH_BYTES_MAX: usize = 16 << 20;

/// The rows of the events after a position, up to another.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) from: Position,
    pub(super) to: Position,
    pub(super) rows: Rows,
}

/// What follows a position.
#[derive(Debug)]
pub(super) struct Folded {
    /// `None` where nothing does.
    pub(super) batch: Option<Batch>,
    /// Where the log ended.
    pub(super) head: Position,
}

enum Ask {
    /// Fold what comes after this.
    After(Position),
    /// See where the log ends.
    Look,
}

type Answer = Result<Folded, ProjectorError>;

/// The thread, and what it was asked. It ends when this is dropped.
pub(super) struct Folder {
    asks: Sender<Ask>,
    answers: Receiver<Answer>,
    /// Asked for, and not taken yet. Never more than one, so that at most two batches are held.
    asked: Option<Position>,
    head: Arc<AtomicU64>,
}

impl Folder {
    pub(super) fn start(source: Box<dyn Source>) -> Result<Self, ProjectorError> {
        let (asks, asked) = channel();
        let (answering, answers) = channel();
        let head = Arc::new(AtomicU64::new(0));
        let fold = Fold {
            source,
            models: ReadModels::new(),
            folded: Position::ZERO,
            head: Arc::clone(&head),
        };
        let thread = Builder::new().name("gatefold-folder".to_owned());
        thread
            .spawn(move || fold.answer(&asked, &answering))
            .map_err(|error| ProjectorError::Thread { reason: error.to_string() })?;
        Ok(Self { asks, answers, asked: None, head })
    }

    /// What follows a position, as soon as it is folded.
    pub(super) fn after(&mut self, position: Position) -> Answer {
        if let Some(asked) = self.asked.take() {
            let answer = self.hear()?;
            if asked == position {
                return answer;
            }
        }
        self.say(Ask::After(position))?;
        self.hear()?
    }

    /// Lets the thread fold on while a batch is being written.
    pub(super) fn fold_ahead(&mut self, position: Position) -> Result<(), ProjectorError> {
        if self.asked.is_none() {
            self.say(Ask::After(position))?;
            self.asked = Some(position);
        }
        Ok(())
    }

    /// Where the log ended when it was looked at last; it is looked at again meanwhile.
    pub(super) fn head(&self) -> Position {
        // A thread that is gone is told of where its answer is needed.
        let _ = self.asks.send(Ask::Look);
        Position::new(self.head.load(Ordering::Relaxed))
    }

    fn say(&self, ask: Ask) -> Result<(), ProjectorError> {
        self.asks.send(ask).map_err(|_| gone())
    }

    fn hear(&self) -> Result<Answer, ProjectorError> {
        self.answers.recv().map_err(|_| gone())
    }
}

fn gone() -> ProjectorError {
    ProjectorError::Thread { reason: "it ended, as its last words on standard error say".into() }
}

/// A log and its read models in memory.
struct Fold {
    source: Box<dyn Source>,
    models: ReadModels,
    /// The models are folded to here.
    folded: Position,
    head: Arc<AtomicU64>,
}

impl Fold {
    /// Answers until nobody asks.
    fn answer(mut self, asked: &Receiver<Ask>, answers: &Sender<Answer>) {
        for ask in asked {
            match ask {
                Ask::After(position) => {
                    if answers.send(self.after(position)).is_err() {
                        return;
                    }
                }
                // What is wrong with the log is told where a batch is asked for.
                Ask::Look => drop(self.look()),
            }
        }
    }

    fn look(&mut self) -> Result<Position, ProjectorError> {
        let head = self.source.refresh()?;
        self.head.store(head.get(), Ordering::Relaxed);
        Ok(head)
    }

    fn after(&mut self, position: Position) -> Answer {
        let head = self.look()?;
        if position > head {
            return Err(ProjectorError::Ahead { checkpoint: position, head });
        }
        if self.folded != position {
            self.start_at(position)?;
        }
        self.models.want(Wanted::Rows);
        let done = self.fold(BATCH_EVENTS_MAX);
        let (from, to) = (position, self.folded);
        if to == from {
            // Events before one that cannot be read are written; then it is the first to come.
            done?;
            return Ok(Folded { batch: None, head });
        }
        Ok(Folded { batch: Some(Batch { from, to, rows: self.models.take() }), head })
    }

    /// Folds anew up to a position whose rows are in the tables.
    fn start_at(&mut self, position: Position) -> Result<(), ProjectorError> {
        (self.models, self.folded) = (ReadModels::new(), Position::ZERO);
        self.models.want(Wanted::StateOnly);
        while self.folded < position {
            let before = self.folded;
            self.fold(position.get().saturating_sub(before.get()))?;
            if self.folded == before {
                return Err(ProjectorError::Ahead { checkpoint: position, head: before });
            }
        }
        Ok(())
    }

    /// Folds at most so many events.
    fn fold(&mut self, count: u64) -> Result<(), ProjectorError> {
        let Self { source, models, folded, .. } = self;
        let mut left = count;
        let mut failed: Option<ReplayError> = None;
        source.read(*folded, &mut |entry| {
            let shown = show_entry(entry, |event| {
                models.apply(entry, event);
                models.take_fault().map_or(Ok(()), Err)
            });
            if let Err(error) = shown {
                failed = Some(error);
                return ControlFlow::Break(());
            }
            *folded = entry.position;
            left = left.saturating_sub(1);
            let full = left == 0 || models.weight() > BATCH_BYTES_MAX;
            if full { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        failed.map_or(Ok(()), |error| Err(error.into()))
    }
}
