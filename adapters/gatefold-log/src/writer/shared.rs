//! A log as all its writers share it: the way of an append.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use gatefold_core::record::disk::Disk;
use gatefold_core::record::{
    Append, AppendError, Appended, Entry, Epoch, Position, ReadError, Record, Stream, Version,
};

use crate::commit::{CommitError, Committer, Place};
use crate::format::group::Kind;
use crate::ids::{self, KnownIds};
use crate::read::{self, Until};
use crate::writer::books::{Books, LEFT};
use crate::writer::group::Group;
use crate::writer::keeper::Bell;
use crate::writer::turns::{Desk, Seat, Turns};

/// See the file's first lines.
pub(crate) struct Shared<D: Disk> {
    pub place: Place<D>,
    pub turns: Turns<Books>,
    committer: Mutex<Committer<D>>,
    pub bell: Bell,
    /// There is a keeper; else what it would do is done in line.
    pub kept: bool,
}

/// An append that passed the checks.
pub(crate) struct Placed {
    pub appended: Appended,
    /// The group it is in; `None` if it is durable.
    pub seat: Option<Seat<CommitError>>,
}

impl<D: Disk> Shared<D> {
    pub(crate) fn new(place: Place<D>, committer: Committer<D>, books: Books, kept: bool) -> Self {
        let (turns, committer) = (Turns::new(books), Mutex::new(committer));
        Self { place, turns, committer, bell: Bell::default(), kept }
    }

    fn desk(&self) -> MutexGuard<'_, Desk<Books>> {
        self.turns.desk()
    }

    /// How the leader puts a group on the disk.
    fn commit(&self, group: &mut Group) -> Result<(), CommitError> {
        // Its batches may have been placed before the log was poisoned.
        if let Some(detail) = &self.desk().work.poison {
            return Err(CommitError::Unknown(detail.clone()));
        }
        // Only the leader is ever here: the lock is free.
        let mut committer = self.committer.lock().unwrap_or_else(PoisonError::into_inner);
        let done = committer.commit(&self.place, group);
        drop(committer);
        let Place { ahead, behind, .. } = &self.place;
        if self.kept && (ahead.calls() || behind.calls() || group.finished.is_some()) {
            self.bell.ring();
        }
        done
    }

    /// Appends a batch and returns when it is durable.
    pub(crate) fn append(&self, append: &Append<'_>) -> Result<Appended, AppendError> {
        let placed = self.place(append)?;
        self.wait(placed)
    }

    /// Returns when a placed append is durable.
    pub(crate) fn wait(&self, placed: Placed) -> Result<Appended, AppendError> {
        if let Some(seat) = &placed.seat {
            self.turns.wait(seat, &|group| self.commit(group)).map_err(append_error)?;
            self.after_turn();
        }
        Ok(placed.appended)
    }

    /// What the keeper would do now, if there is none.
    fn after_turn(&self) {
        if self.kept {
            self.nudge();
        } else {
            self.store_ids();
        }
    }

    /// Tells a sleeping keeper that something was written or will have to be.
    pub(crate) fn nudge(&self) {
        if self.bell.is_asleep() {
            self.bell.ring();
        }
    }

    /// Notes that nobody may wait for a batch that was placed.
    pub(crate) fn leave(&self) {
        let mut desk = self.desk();
        let newly = desk.work.open.leave(Instant::now());
        drop(desk);
        // A keeper that waits for a later seal would not look before.
        if newly && self.place.options.idle_seal.is_some_and(|idle| idle > LEFT) {
            self.bell.ring();
        } else {
            self.nudge();
        }
    }

    /// Puts a batch into the open group, unless it is refused or in the log already.
    pub(crate) fn place(&self, append: &Append<'_>) -> Result<Placed, AppendError> {
        append.check_bounds()?;
        let mut in_sealed = KnownIds::default();
        let mut looked_at = None;
        loop {
            let mut desk = self.desk();
            desk.work.shut()?;
            let sealed = &desk.work.sealed;
            let seen = looked_at.as_ref().is_some_and(|seen| Arc::ptr_eq(seen, sealed));
            if !seen && !sealed.is_empty() {
                let sealed = Arc::clone(sealed);
                drop(desk);
                in_sealed = self.in_sealed(&sealed, append.records)?;
                looked_at = Some(sealed);
                continue;
            }
            if let Some(appended) = desk.work.check(append, &in_sealed)? {
                let seat = seat_of(&desk, appended.position);
                return Ok(Placed { appended, seat });
            }
            if !desk.work.open.has_room(append) {
                self.turns.pass(desk, &|group| self.commit(group));
                self.after_turn();
                continue;
            }
            let appended = desk.work.push(append);
            let seat = Some(desk.seat());
            return Ok(Placed { appended, seat });
        }
    }

    /// A finished segment that cannot say whether it holds an event is damaged: nothing may be
    /// appended on a guess.
    fn in_sealed(
        &self,
        sealed: &[Arc<ids::Sealed>],
        records: &[Record],
    ) -> Result<KnownIds, AppendError> {
        ids::in_sealed(&self.place.disk, sealed, records).map_err(|error| {
            let detail = ReadError::from(error).to_string();
            self.desk().work.spoil(&detail);
            AppendError::Poisoned { detail }
        })
    }

    /// Writes a group with nothing in it but its kind, when nobody else is at work, the log goes on
    /// and the books agree. Says how it went, if it was written.
    pub(crate) fn write_empty(
        &self,
        kind: Kind,
        agree: &dyn Fn(&Desk<Books>) -> bool,
    ) -> Option<Result<(), AppendError>> {
        let mut desk = self.desk();
        let goes_on = desk.work.refused().is_ok();
        if desk.seat_under_way().is_some() || !goes_on || !agree(&desk) {
            return None;
        }
        if desk.work.open.is_empty() {
            desk.work.open.kind = kind;
            desk.work.closed |= kind == Kind::CleanClose;
        }
        let seat = desk.seat();
        self.turns.lead(desk, &|group| self.commit(group));
        let outcome = self.turns.wait(&seat, &|group| self.commit(group));
        if !self.kept {
            self.store_ids();
        }
        Some(outcome.map_err(append_error))
    }

    /// Writes an idle seal if the newest group holds events; see
    /// [`EmbeddedLog::seal_idle`](crate::EmbeddedLog::seal_idle).
    pub(crate) fn seal_idle(&self) -> Result<bool, AppendError> {
        let wanted =
            |desk: &Desk<Books>| !desk.work.open.is_empty() || desk.work.last.0 == Kind::Events;
        loop {
            let desk = self.desk();
            desk.work.refused()?;
            if desk.seat_under_way().is_some() {
                self.turns.pass(desk, &|group| self.commit(group));
                continue;
            }
            if !wanted(&desk) {
                return Ok(false);
            }
            drop(desk);
            if let Some(done) = self.write_empty(Kind::IdleSeal, &wanted) {
                done?;
                if self.desk().work.last.0 == Kind::IdleSeal {
                    return Ok(true);
                }
            }
        }
    }

    /// Ends the log. What was accepted before is written first. However this ends, no group is
    /// under way any more and none follows: the owner's lock may go to another writer.
    pub(crate) fn close(&self) -> Result<(), AppendError> {
        loop {
            let mut desk = self.desk();
            desk.work.closing = true;
            if desk.seat_under_way().is_some() {
                self.turns.pass(desk, &|group| self.commit(group));
                continue;
            }
            if desk.work.closed {
                return Ok(());
            }
            desk.work.refused()?;
            drop(desk);
            if let Some(done) = self.write_empty(Kind::CleanClose, &|_| true) {
                done?;
            }
        }
    }

    /// States the next epoch: this writer is the one from now on. The group also proves that the
    /// one before it is durable.
    pub(crate) fn take_over(&self) -> Result<Epoch, CommitError> {
        let mut desk = self.desk();
        let epoch = desk.work.index.statements.epoch.next();
        let Books { open, index, .. } = &mut desk.work;
        open.state_epoch(index, epoch);
        let seat = desk.seat();
        drop(desk);
        self.turns.wait(&seat, &|group| self.commit(group))?;
        if !self.kept {
            self.store_ids();
        }
        Ok(epoch)
    }

    /// Calls `visit` for the durable events after `after`.
    pub(crate) fn read(
        &self,
        after: Position,
        visit: &mut dyn FnMut(&Entry<'_>) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        let desk = self.desk();
        let statements = desk.work.index.statements.clone();
        let cursor = desk.work.durable.cursor;
        drop(desk);
        let until = Until { group: cursor.group, position: Position::new(cursor.position) };
        read::read(&self.place.disk, &self.place.root, &statements, until, after, visit)
    }

    /// The position of the last durable event, the last durable group, and the chain's digest.
    pub(crate) fn digest(&self) -> (Position, u64, [u8; 32]) {
        let cursor = self.desk().work.durable.cursor;
        (Position::new(cursor.position), cursor.group, cursor.digest)
    }

    /// The version of the last durable event of a stream.
    pub(crate) fn version(&self, stream: &Stream) -> Version {
        let desk = self.desk();
        let number = desk.work.index.number(stream);
        number.map_or(Version::ZERO, |number| desk.work.durable_version(number))
    }

    /// The epoch in force.
    pub(crate) fn epoch(&self) -> Epoch {
        self.desk().work.index.statements.epoch
    }
}

/// The group that the event at this position is in; `None` if it is durable.
fn seat_of(desk: &Desk<Books>, position: Position) -> Option<Seat<CommitError>> {
    let first_open = desk.work.index.position.get() - u64::from(desk.work.open.events) + 1;
    if position.get() <= desk.work.durable.cursor.position {
        None
    } else if position.get() < first_open {
        desk.seat_under_way()
    } else {
        Some(desk.seat())
    }
}

fn append_error(error: CommitError) -> AppendError {
    match error {
        CommitError::Full(detail) => AppendError::Full { detail },
        CommitError::Unknown(detail) => AppendError::Indeterminate { detail },
    }
}
