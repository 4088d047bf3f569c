//! What the writers of one log share under a lock: the heads and ids with what is not durable yet,
//! and how far the log is durable.

use std::sync::Arc;
use std::time::{Duration, Instant};

use gatefold_core::record::{Append, AppendError, Appended, Position, Version};
use gatefold_core::vocabulary::EventId;

use crate::commit::CommitError;
use crate::format::bytes::wide;
use crate::format::group::Kind;
use crate::ids::{self, Held, Known, KnownIds, Presence, Sealed, SealedList};
use crate::index::Index;
use crate::recovery::walk::Cursor;
use crate::writer::group::Group;
use crate::writer::turns::Work;

/// What is said when a writer, or the log's own thread at a seal, panicked.
const PANICKED: &str = "a thread panicked in the middle of writing";
/// Who shared the group before may come again for so long; a lone append never waits.
const HOLD: Duration = Duration::from_micros(100);

/// A batch that was left alone is written after this time.
pub(crate) const LEFT: Duration = Duration::from_millis(5);

/// What is durable.
#[derive(Clone, Debug)]
pub(crate) struct Durable {
    pub cursor: Cursor,
    pub epoch: u64,
    streams: usize,
    /// By number, from 1.
    versions: Vec<Version>,
}

/// See the file's first lines.
pub(crate) struct Books {
    /// The log with the group under way and the open group.
    pub index: Index,
    pub durable: Durable,
    /// The ids of the segment that is written to, with the two groups, in order of position.
    pub known: KnownIds,
    pub sealed: SealedList,
    pub open: Group,
    free: Option<Group>,
    /// Batches in the group before, which may all come again.
    last_batches: u32,
    /// What the last durable group was for, and when it became durable.
    pub last: (Kind, Instant),
    pub poison: Option<String>,
    /// The owner ends the log: nothing more comes in, whether or not that succeeds.
    pub closing: bool,
    pub closed: bool,
}

impl Books {
    /// Of a log that ends here.
    pub(crate) fn new(index: Index, cursor: Cursor, known: KnownIds, sealed: SealedList) -> Self {
        let streams = index.streams();
        let numbers = (1..=streams).map(|number| u32::try_from(number).unwrap_or(u32::MAX));
        let versions = numbers.map(|number| index.version_of(number)).collect();
        let epoch = index.statements.epoch.get();
        Self {
            index,
            durable: Durable { cursor, epoch, streams, versions },
            known,
            sealed,
            open: Group::default(),
            free: None,
            last_batches: 0,
            last: (Kind::CleanClose, Instant::now()),
            poison: None,
            closing: false,
            closed: false,
        }
    }

    /// Why nothing more may be written, if so.
    pub(crate) fn refused(&self) -> Result<(), AppendError> {
        match &self.poison {
            Some(detail) => Err(AppendError::Poisoned { detail: detail.clone() }),
            None => Ok(()),
        }
    }

    /// Why nothing more may come in, if so.
    pub(crate) fn shut(&self) -> Result<(), AppendError> {
        self.refused()?;
        if self.closing {
            return Err(AppendError::Poisoned { detail: "the log was closed".to_owned() });
        }
        Ok(())
    }

    /// Nothing more may be written.
    pub(crate) fn spoil(&mut self, detail: &str) {
        self.poison.get_or_insert_with(|| detail.to_owned());
    }

    /// When a group has to be written that nobody waits for: the open one, if it was left alone, or
    /// a seal behind the last events.
    pub(crate) fn due(&self, idle_seal: Option<Duration>) -> Option<Instant> {
        self.refused().ok()?;
        let open = self.open.left.map(|left| left + LEFT);
        let idle = idle_seal.filter(|_| self.last.0 == Kind::Events);
        // A time that is too long to be told is never.
        let seal = idle.and_then(|idle| self.last.1.checked_add(idle));
        open.into_iter().chain(seal).min()
    }

    /// The checks of an append, in the order that `Log` documents, against everything that was
    /// accepted, durable or not.
    pub(crate) fn check(
        &self,
        append: &Append<'_>,
        in_sealed: &KnownIds,
    ) -> Result<Option<Appended>, AppendError> {
        let Append { stream, expected, epoch, records } = *append;
        let known = |id: EventId| -> Option<Known> {
            self.known.get(&id).or_else(|| in_sealed.get(&id)).copied()
        };
        match ids::presence(self.index.number(&stream), records, &known) {
            Presence::Absent => (),
            Presence::Reused(id) => return Err(AppendError::IdReused { stream, id }),
            Presence::Whole(position, version) => {
                return Ok(Some(Appended { position, version, already: true }));
            }
        }
        let actual = self.index.statements.epoch;
        if epoch < actual {
            return Err(AppendError::Fenced { stream, epoch, actual });
        }
        let actual = self.index.version(&stream);
        if expected != actual {
            return Err(AppendError::WrongExpected { stream, expected, actual });
        }
        Ok(None)
    }

    /// Takes a batch that passed the checks into the open group.
    pub(crate) fn push(&mut self, append: &Append<'_>) -> Appended {
        let before = self.index.position;
        self.open.push(&mut self.index, &mut self.known, append);
        let (position, version) = (self.index.position, self.index.version(&append.stream));
        assert!(
            position == before.after(wide(append.records.len())),
            "positions follow each other"
        );
        Appended { position, version, already: false }
    }

    /// The durable version of the stream with this number.
    pub(crate) fn durable_version(&self, number: u32) -> Version {
        let slot = usize::try_from(number).unwrap_or(0).checked_sub(1);
        slot.and_then(|slot| self.durable.versions.get(slot)).copied().unwrap_or_default()
    }

    fn has_become_durable(&mut self, group: &Group) {
        let Durable { epoch, streams, versions, .. } = &mut self.durable;
        *epoch = (*epoch).max(group.epoch);
        for touch in &group.touches {
            let number = usize::try_from(touch.number).unwrap_or(0);
            *streams = (*streams).max(number);
            if versions.len() < number {
                versions.resize(number, Version::ZERO);
            }
            versions[number - 1] = Version::new(touch.versions.1);
        }
        self.last = (group.kind, Instant::now());
        self.last_batches = group.batches;
    }

    /// Forgets a group of which nothing was written.
    fn undo(&mut self, group: &Group) {
        let left = self.known.len() - group.ids.len();
        self.known.truncate(left);
        for touch in &group.touches {
            let version = self.durable_version(touch.number);
            self.index.set_version(touch.number, version);
        }
    }

    /// A segment was finished before `group`: what else is known belongs to the one after it.
    fn seal(&mut self, mut held: Held, group: &Group) {
        let mut known = std::mem::take(&mut self.known);
        let of_it = known.len() - group.ids.len() - self.open.ids.len();
        self.known = known.split_off(of_it);
        held.known = known;
        Arc::make_mut(&mut self.sealed).push(Arc::new(Sealed::Held(held)));
    }
}

impl Work for Books {
    type Group = Group;
    type Fault = CommitError;

    fn take(&mut self) -> Group {
        let free = self.free.take().unwrap_or_default();
        std::mem::replace(&mut self.open, free)
    }

    fn expects_more(&self) -> bool {
        let may_come = self.last_batches > 1 && self.open.batches < self.last_batches;
        may_come && self.poison.is_none() && self.last.1.elapsed() < HOLD
    }

    fn settle(&mut self, group: Option<Group>, fault: Option<&CommitError>) {
        let Some(mut group) = group else {
            self.spoil(PANICKED);
            // It may be half changed, and nobody may write it.
            self.open = Group::default();
            return;
        };
        if let Some(held) = group.finished.take() {
            self.seal(held, &group);
        }
        if let Some(after) = group.after {
            self.durable.cursor = after;
        }
        match fault {
            None => self.has_become_durable(&group),
            Some(CommitError::Full(_)) => {
                let open = std::mem::take(&mut self.open);
                self.undo(&open);
                self.undo(&group);
                self.index.forget_streams(self.durable.streams);
                self.index.position = Position::new(self.durable.cursor.position);
                self.index.statements.epoch = gatefold_core::record::Epoch::new(self.durable.epoch);
            }
            Some(CommitError::Unknown(detail)) => self.spoil(detail),
        }
        self.free = Some(group.reset());
    }

    fn abandoned() -> CommitError {
        CommitError::Unknown(PANICKED.to_owned())
    }
}
