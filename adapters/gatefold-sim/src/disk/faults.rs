//! What is to go wrong on a simulated disk, and how often what was done.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

/// What is to go wrong, counted from 1 since the faults were set or the disk was restarted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// The power is lost during this operation that changes something.
    pub crash_at: Option<u64>,
    /// This operation that changes something fails; a write does half of it, a sync loses what it
    /// was to make durable, anything else does nothing.
    pub change_fails_at: Option<u64>,
    /// This sync fails, and what it was to make durable is lost without a further word.
    pub sync_fails_at: Option<u64>,
    /// This operation that may need space finds none; half of its bytes are written.
    pub no_space_at: Option<u64>,
    /// This read fails.
    pub read_fails_at: Option<u64>,
    /// This read ends early although the file goes on: half of the bytes come.
    pub short_read_at: Option<u64>,
    /// This look at a name or a length (open, size, list, lock) fails.
    pub look_fails_at: Option<u64>,
    /// This write of bytes is shown as if it were there, its sync succeeds, and it never reaches
    /// the disk.
    pub lost_write_at: Option<u64>,
    /// This write of bytes reaches the disk elsewhere in its file: which write, and at which
    /// offset it lands. Until the power is lost it is shown where it belongs.
    pub misdirected_write_at: Option<(u64, u64)>,
    /// The fault goes on for ever, rather than happening once.
    pub forever: bool,
    /// How long every sync takes.
    pub sync_takes: Duration,
}

/// How often what was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Operations that change something, syncs included.
    pub changes: u64,
    /// Syncs of files and directories.
    pub syncs: u64,
    /// Operations that may need space.
    pub writes: u64,
    /// Writes of bytes into files.
    pub stores: u64,
    /// Reads of bytes.
    pub reads: u64,
    /// Looks at names and lengths.
    pub looks: u64,
}

/// Where a write of bytes goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Landing {
    /// Where it belongs.
    Here,
    /// Nowhere, though everybody is told that it did.
    Nowhere,
    /// At this offset of its file.
    At(usize),
}

impl Faults {
    /// Whether a fault that is to happen at one call happens at this one.
    pub(super) fn hits(&self, at: Option<u64>, count: u64) -> bool {
        at.is_some_and(|at| count == at || (self.forever && count > at))
    }

    /// Where this write of bytes goes.
    pub(super) fn landing(&self, count: u64) -> Landing {
        match self.misdirected_write_at {
            Some((at, offset)) if self.hits(Some(at), count) => {
                Landing::At(usize::try_from(offset).unwrap_or(usize::MAX))
            }
            _ if self.hits(self.lost_write_at, count) => Landing::Nowhere,
            _ => Landing::Here,
        }
    }
}

/// A door that syncs go through: a test closes it to have a disk that does not answer.
#[derive(Debug, Default)]
pub(super) struct Door {
    state: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    closed: bool,
    waiting: usize,
}

impl Door {
    pub(super) fn pass(&self) {
        let mut state = self.state.lock();
        state.waiting += 1;
        self.changed.notify_all();
        while state.closed {
            self.changed.wait(&mut state);
        }
        state.waiting -= 1;
    }

    pub(super) fn close(&self) {
        self.state.lock().closed = true;
    }

    pub(super) fn open(&self) {
        self.state.lock().closed = false;
        self.changed.notify_all();
    }

    /// Returns when somebody waits at the closed door; false if nobody comes in time.
    pub(super) fn is_reached_within(&self, time: Duration) -> bool {
        let mut state = self.state.lock();
        let mut in_time = true;
        while state.waiting == 0 && in_time {
            in_time = !self.changed.wait_for(&mut state, time).timed_out();
        }
        state.waiting > 0
    }
}

/// The syncs of a disk are held while this lives.
#[derive(Debug)]
pub struct Held {
    pub(super) door: Arc<Door>,
}

impl Held {
    /// Returns when a sync is being held; false if none comes within `time`.
    #[must_use]
    pub fn is_reached_within(&self, time: Duration) -> bool {
        self.door.is_reached_within(time)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.door.open();
    }
}
