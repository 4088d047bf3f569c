//! Who works next: many callers put something into the open group, one of them leads the work on
//! it, and meanwhile the next group is filled.
//!
//! At most one group is under way. A caller who finds nobody leading leads at once; the others sit
//! down on the bench of their group. There are two benches, used in turn, so that a finished group
//! wakes nobody but its own people, and one of the next group, who leads it. This file knows
//! nothing of logs, so that a model checker can run it as it is (`tests/turns.rs`).

use std::sync::{Arc, OnceLock, PoisonError};

use super::sync::{Condvar, Mutex, MutexGuard, yield_now};

/// What is done in turns.
pub(crate) trait Work {
    /// What is filled by many and worked on by one.
    type Group;
    /// Why the work on a group failed.
    type Fault: Clone;

    /// Takes the open group and begins an empty one.
    fn take(&mut self) -> Self::Group;

    /// Whether more is likely to come into the open group within a moment.
    fn expects_more(&self) -> bool;

    /// Takes in how the work on a group ended. After a fault the open group fails, too, and an
    /// empty one must be begun; without a group its leader panicked.
    fn settle(&mut self, group: Option<Self::Group>, fault: Option<&Self::Fault>);

    /// What is said after a panic.
    fn abandoned() -> Self::Fault;
}

/// How often a leader who expects more looks again.
pub(crate) const PATIENCE: u32 = 64;

/// One group's fate, shared by all who have a part in it.
struct Slot<F> {
    outcome: OnceLock<Result<(), F>>,
    bench: usize,
}

/// A part in a group.
pub(crate) struct Seat<F>(Arc<Slot<F>>);

impl<F> Slot<F> {
    fn new(bench: usize) -> Arc<Self> {
        Arc::new(Self { outcome: OnceLock::new(), bench })
    }
}

/// What only one looks at at a time.
pub(crate) struct Desk<W: Work> {
    /// The work's own state.
    pub work: W,
    open: Arc<Slot<W::Fault>>,
    under_way: Option<Arc<Slot<W::Fault>>>,
    sitting: [usize; 2],
}

impl<W: Work> Desk<W> {
    /// A part in the open group.
    pub(crate) fn seat(&self) -> Seat<W::Fault> {
        Seat(Arc::clone(&self.open))
    }

    /// A part in the group under way, if there is one.
    pub(crate) fn seat_under_way(&self) -> Option<Seat<W::Fault>> {
        self.under_way.as_ref().map(|slot| Seat(Arc::clone(slot)))
    }

    /// Somebody sits and waits.
    pub(crate) fn has_waiters(&self) -> bool {
        self.sitting != [0, 0]
    }
}

/// The desk, and the benches before it.
pub(crate) struct Turns<W: Work> {
    desk: Mutex<Desk<W>>,
    benches: [Condvar; 2],
}

/// How the leader works on a group.
pub(crate) type Lead<'l, W> =
    dyn Fn(&mut <W as Work>::Group) -> Result<(), <W as Work>::Fault> + 'l;

impl<W: Work> Turns<W> {
    pub(crate) fn new(work: W) -> Self {
        let desk = Desk { work, open: Slot::new(0), under_way: None, sitting: [0, 0] };
        Self { desk: Mutex::new(desk), benches: [Condvar::new(), Condvar::new()] }
    }

    /// The desk, once it is free.
    pub(crate) fn desk(&self) -> MutexGuard<'_, Desk<W>> {
        match self.desk.lock() {
            Ok(desk) => desk,
            Err(poisoned) => {
                // Somebody panicked in the middle of a change: nothing may go on from here.
                let mut desk = poisoned.into_inner();
                desk.work.settle(None, Some(&W::abandoned()));
                let bench = desk.open.bench;
                let open = std::mem::replace(&mut desk.open, Slot::new(bench));
                let _ = open.outcome.set(Err(W::abandoned()));
                self.benches.iter().for_each(Condvar::notify_all);
                // It is seen to. Otherwise everybody who comes would wake everybody again, and
                // those who wait for the group under way would keep each other awake until then.
                self.desk.clear_poison();
                desk
            }
        }
    }

    /// Returns when the group of `seat` was worked on, leading the work if nobody else does.
    pub(crate) fn wait(&self, seat: &Seat<W::Fault>, lead: &Lead<'_, W>) -> Result<(), W::Fault> {
        loop {
            if let Some(outcome) = seat.0.outcome.get() {
                return outcome.clone();
            }
            let desk = self.desk();
            self.advance(desk, seat, lead);
        }
    }

    fn advance<'t>(
        &'t self,
        desk: MutexGuard<'t, Desk<W>>,
        seat: &Seat<W::Fault>,
        lead: &Lead<'_, W>,
    ) {
        if seat.0.outcome.get().is_some() {
            return;
        }
        if desk.under_way.is_some() {
            self.sit(desk, seat.0.bench);
        } else {
            self.lead(desk, lead);
        }
    }

    /// Returns when the group under way was worked on; if there is none, works on the open one.
    pub(crate) fn pass<'t>(&'t self, desk: MutexGuard<'t, Desk<W>>, lead: &Lead<'_, W>) {
        match desk.under_way.as_ref().map(|slot| slot.bench) {
            Some(bench) => self.sit(desk, bench),
            None => self.lead(desk, lead),
        }
    }

    fn sit<'t>(&'t self, mut desk: MutexGuard<'t, Desk<W>>, bench: usize) {
        desk.sitting[bench] += 1;
        let woken = self.benches[bench].wait(desk);
        woken.unwrap_or_else(PoisonError::into_inner).sitting[bench] -= 1;
    }

    /// Works on the open group. Nobody else may be at it.
    pub(crate) fn lead<'t>(&'t self, desk: MutexGuard<'t, Desk<W>>, lead: &Lead<'_, W>) {
        assert!(desk.under_way.is_none(), "one group at a time");
        let turn = Turn { turns: self, slot: Arc::clone(&desk.open), ended: false };
        // Behind the turn, so that a panic frees the desk before the turn is given up.
        let mut desk = desk;
        desk.under_way = Some(Arc::clone(&turn.slot));
        let mut patience = PATIENCE;
        while patience > 0 && desk.work.expects_more() {
            drop(desk);
            yield_now();
            desk = self.desk();
            patience -= 1;
        }
        if turn.slot.outcome.get().is_some() {
            // Somebody panicked at the desk meanwhile: the group may be half changed.
            return;
        }
        let mut group = desk.work.take();
        desk.open = Slot::new(1 - turn.slot.bench);
        drop(desk);
        let outcome = lead(&mut group);
        turn.end(Some(group), outcome);
    }

    fn settle(
        &self,
        slot: &Arc<Slot<W::Fault>>,
        group: Option<W::Group>,
        outcome: Result<(), W::Fault>,
    ) {
        let mut desk = self.desk();
        desk.work.settle(group, outcome.as_ref().err());
        desk.under_way = None;
        let failed = outcome.is_err();
        // A slot is set once: what a panic left behind is not overwritten.
        let _ = slot.outcome.set(outcome.clone());
        if failed {
            let open = std::mem::replace(&mut desk.open, Slot::new(slot.bench));
            let _ = open.outcome.set(outcome);
        }
        let (own, next) = (slot.bench, 1 - slot.bench);
        let sitting = desk.sitting;
        drop(desk);
        if sitting[own] > 0 {
            self.benches[own].notify_all();
        }
        if sitting[next] > 0 && failed {
            self.benches[next].notify_all();
        } else if sitting[next] > 0 {
            self.benches[next].notify_one();
        }
    }
}

/// The lead of one group; given up if it is dropped, which a panic does.
struct Turn<'t, W: Work> {
    turns: &'t Turns<W>,
    slot: Arc<Slot<W::Fault>>,
    ended: bool,
}

impl<W: Work> Turn<'_, W> {
    fn end(mut self, group: Option<W::Group>, outcome: Result<(), W::Fault>) {
        self.turns.settle(&self.slot, group, outcome);
        // Not before: a panic in there is the leader's, too.
        self.ended = true;
    }
}

impl<W: Work> Drop for Turn<'_, W> {
    fn drop(&mut self) {
        if !self.ended {
            self.turns.settle(&self.slot, None, Err(W::abandoned()));
        }
    }
}
