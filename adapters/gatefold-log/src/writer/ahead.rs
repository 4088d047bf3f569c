//! Space taken ahead of need: zeros before the place that is written to, and the next segment's
//! file. The keeper does it; a writer does it itself only where the keeper has fallen behind, or
//! where there is none.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use gatefold_core::record::disk::{Disk, DiskError};

use crate::format::segment::SegmentName;
use crate::recovery::layout::segment_path;
use crate::writer::filling::{IN_LINE_BYTES, STEP_BYTES, Spare, begin_spare, fill};

/// The keeper keeps as much filled ahead as the segment holds, within these bounds: a small log
/// stays small.
const AHEAD_MIN: u64 = 1_048_576;
const AHEAD_MAX: u64 = 16 * 1_048_576;
/// The spare is filled in the last quarter of the segment, by so many bytes for each that is used
/// there: full in time, and no faster, since that takes from the disk what appends need.
const SPARE_PACE: u64 = 5;

/// What the keeper is to fill. Nobody else fills until it [ends](Self::end) or is dropped, as by a
/// panic.
pub(crate) struct Gap<'a, F: Send + Sync> {
    pub path: String,
    pub from: u64,
    pub to: u64,
    ahead: &'a Ahead<F>,
    filled: bool,
}

impl<F: Send + Sync> Gap<'_, F> {
    /// It was filled durably, or could not be.
    pub(crate) fn end(mut self, filled: bool) {
        self.filled = filled;
    }
}

impl<F: Send + Sync> Drop for Gap<'_, F> {
    fn drop(&mut self) {
        self.ahead.report(self.filled.then_some(self.to));
    }
}

/// The spare while the keeper is at it, if there is one yet. Nobody else is until this is dropped.
pub(crate) struct Making<'a, F: Send + Sync> {
    ahead: &'a Ahead<F>,
    spare: Option<Spare<F>>,
}

impl<F: Send + Sync> Making<'_, F> {
    /// Makes its file, or fills some of it; what cannot be done is left to the writer.
    pub(crate) fn step<D: Disk<File = F>>(mut self, disk: &D, length: u64) {
        let made = match self.spare.take() {
            None => begin_spare(disk, length),
            Some(spare) => spare.step(disk),
        };
        self.spare = made.ok();
    }
}

impl<F: Send + Sync> Drop for Making<'_, F> {
    fn drop(&mut self) {
        self.ahead.put(self.spare.take());
    }
}

struct State<F> {
    name: SegmentName,
    length: u64,
    /// Up to here groups may have been written.
    used: u64,
    filled: u64,
    /// Somebody fills, or nobody may.
    busy: bool,
    /// Filling ahead failed: it is left to the writer until that succeeds.
    tired: bool,
    spare: Option<Spare<F>>,
    /// Somebody is at the spare's file.
    making: bool,
    /// The writer waits for the spare as it is.
    wanted: bool,
}

/// See the file's first lines.
pub(crate) struct Ahead<F> {
    state: Mutex<State<F>>,
    changed: Condvar,
}

impl<F: Send + Sync> Ahead<F> {
    /// For a segment that is used up to an offset, and filled up to one behind it.
    pub(crate) fn new(name: SegmentName, length: u64, used: u64, filled: u64) -> Self {
        assert!(used <= filled, "what is used was filled");
        let state = State {
            name,
            length,
            used,
            filled,
            busy: false,
            tired: false,
            spare: None,
            making: false,
            wanted: false,
        };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State<F>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'s>(&self, state: MutexGuard<'s, State<F>>) -> MutexGuard<'s, State<F>> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    /// Sees to it that the segment is filled up to `needed`, durably: a group then needs no new
    /// space, and its sync no change of metadata.
    pub(crate) fn reserve<D: Disk<File = F>>(
        &self,
        disk: &D,
        file: &F,
        needed: u64,
    ) -> Result<(), DiskError> {
        let mut state = self.lock();
        assert!(needed <= state.length, "the caller has checked for room");
        while state.filled < needed {
            if state.busy {
                state = self.wait(state);
                continue;
            }
            state.busy = true;
            let from = state.filled;
            let to = needed.max(from + IN_LINE_BYTES).min(state.length);
            drop(state);
            let filled = fill(disk, file, from, to);
            state = self.lock();
            state.busy = false;
            self.changed.notify_all();
            filled?;
            (state.filled, state.tired) = (to, false);
        }
        state.used = needed;
        Ok(())
    }

    /// There is something for the keeper to do.
    pub(crate) fn calls(&self) -> bool {
        let state = self.lock();
        state.gap().is_some() || state.wants_spare()
    }

    /// What the keeper fills now, if anything.
    pub(crate) fn claim(&self) -> Option<Gap<'_, F>> {
        let mut state = self.lock();
        let (from, to) = state.gap()?;
        state.busy = true;
        Some(Gap { path: segment_path(state.name), from, to, ahead: self, filled: false })
    }

    /// The keeper has filled up to here, or could not.
    fn report(&self, filled: Option<u64>) {
        let mut state = self.lock();
        state.busy = false;
        match filled {
            Some(to) => state.filled = to,
            None => state.tired = true,
        }
        self.changed.notify_all();
    }

    /// The spare, if the keeper shall do something for it now.
    pub(crate) fn claim_spare(&self) -> Option<Making<'_, F>> {
        let mut state = self.lock();
        if !state.wants_spare() {
            return None;
        }
        state.making = true;
        Some(Making { ahead: self, spare: state.spare.take() })
    }

    /// A spare was made, or could not be made or used.
    pub(crate) fn put(&self, spare: Option<Spare<F>>) {
        let mut state = self.lock();
        state.making = false;
        state.tired |= spare.is_none();
        state.spare = spare;
        self.changed.notify_all();
    }

    /// The spare, finished or not; made here if there is none. Until [`begin`](Self::begin) says
    /// that it has a name of its own, or [`put`](Self::put) that it was given up, no other is made.
    pub(crate) fn take<D: Disk<File = F>>(
        &self,
        disk: &D,
        length: u64,
    ) -> Result<Spare<F>, DiskError> {
        let mut state = self.lock();
        state.wanted = true;
        while state.making {
            state = self.wait(state);
        }
        (state.wanted, state.making) = (false, true);
        let spare = state.spare.take();
        drop(state);
        match spare {
            Some(spare) => Ok(spare),
            None => begin_spare(disk, length).and_then(|spare| {
                let to = IN_LINE_BYTES.min(length);
                spare.filled_to(disk, to)
            }),
        }
    }

    /// Keeps everybody from filling the segment, which is going to be cut.
    pub(crate) fn stop(&self) {
        let mut state = self.lock();
        while state.busy {
            state = self.wait(state);
        }
        state.busy = true;
    }

    /// Another segment is written to from now on.
    pub(crate) fn begin(&self, name: SegmentName, length: u64, used: u64, filled: u64) {
        let mut state = self.lock();
        (state.name, state.length) = (name, length);
        // What is used is never filled again, however little of the spare was.
        (state.used, state.filled) = (used, filled.max(used));
        (state.busy, state.tired, state.making) = (false, false, false);
        self.changed.notify_all();
    }
}

impl<F> State<F> {
    fn gap(&self) -> Option<(u64, u64)> {
        let ahead = self.used.clamp(AHEAD_MIN, AHEAD_MAX);
        let wanted = (self.used + ahead).min(self.length);
        let free = !self.busy && !self.tired && self.filled < wanted;
        free.then(|| (self.filled, (self.filled + STEP_BYTES).min(self.length)))
    }

    /// How far the spare should be filled by now. Late, since a log that never rolls shall not take
    /// twice its space; what is not filled when it is needed is filled then.
    fn spare_due(&self) -> u64 {
        self.used.saturating_sub(self.length / 4 * 3).saturating_mul(SPARE_PACE)
    }

    fn wants_spare(&self) -> bool {
        let behind = match &self.spare {
            None => self.spare_due() > 0,
            Some(spare) => spare.filled < self.spare_due().min(spare.length),
        };
        // A writer that waits for it takes it as it is.
        behind && !self.making && !self.wanted && !self.tired
    }
}

#[cfg(test)]
#[path = "ahead_tests.rs"]
mod tests;
