//! What nobody has to wait for: zeros and files ahead of need, id files of finished segments, the
//! seal behind the last group, and batches that nobody waits for.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use gatefold_core::record::disk::{Access, Disk, DiskError};

use crate::commit::Place;
use crate::format::group::Kind;
use crate::ids::file::IdFile;
use crate::ids::{Held, KnownIds, Sealed};
use crate::writer::ahead::Gap;
use crate::writer::books::Books;
use crate::writer::filling::fill;
use crate::writer::shared::Shared;
use crate::writer::turns::Desk;

/// After a fault the keeper leaves the log alone for so long.
const REST: Duration = Duration::from_millis(100);
/// While somebody else is at a group, the keeper looks again after this time.
const MEANWHILE: Duration = Duration::from_millis(5);

/// Wakes the keeper.
#[derive(Default)]
pub(crate) struct Bell {
    rung: Mutex<Rung>,
    heard: Condvar,
    asleep: AtomicBool,
}

#[derive(Default)]
struct Rung {
    work: bool,
    stop: bool,
}

impl Bell {
    /// There is something to do.
    pub(crate) fn ring(&self) {
        self.rung.lock().unwrap_or_else(PoisonError::into_inner).work = true;
        self.heard.notify_one();
    }

    /// The log is closed.
    pub(crate) fn stop(&self) {
        self.rung.lock().unwrap_or_else(PoisonError::into_inner).stop = true;
        self.heard.notify_one();
    }

    /// The keeper sleeps until it is rung for.
    pub(crate) fn is_asleep(&self) -> bool {
        self.asleep.load(Ordering::SeqCst)
    }

    fn is_stopped(&self) -> bool {
        self.rung.lock().unwrap_or_else(PoisonError::into_inner).stop
    }

    /// Waits for the bell, but not longer than this.
    fn wait(&self, at_most: Option<Duration>) {
        let rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        let silent = |rung: &mut Rung| !rung.work && !rung.stop;
        let mut rung = match at_most {
            Some(time) => {
                let woken = self.heard.wait_timeout_while(rung, time, silent);
                woken.unwrap_or_else(PoisonError::into_inner).0
            }
            None => {
                let woken = self.heard.wait_while(rung, silent);
                woken.unwrap_or_else(PoisonError::into_inner)
            }
        };
        rung.work = false;
    }
}

/// The thread that does it.
pub(crate) struct Keeper {
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    /// Starts the thread; without one everything is done in line.
    pub(crate) fn start<D: Disk + 'static>(shared: &Arc<Shared<D>>) -> std::io::Result<Self> {
        let shared = Arc::clone(shared);
        let builder = thread::Builder::new().name("gatefold-log".to_owned());
        let thread = builder.spawn(move || shared.keep())?;
        Ok(Self { thread: Some(thread) })
    }

    /// Ends the thread.
    pub(crate) fn stop(&mut self, bell: &Bell) {
        bell.stop();
        if let Some(thread) = self.thread.take() {
            // A keeper that panicked has ended the log.
            let _ = thread.join();
        }
    }
}

/// Ends the log if the keeper panics: seals and batches that nobody waits for would not be written
/// any more. Whoever writes next is told.
struct EndsByPanic<'s, D: Disk>(&'s Shared<D>);

impl<D: Disk> Drop for EndsByPanic<'_, D> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.turns.desk().work.spoil("the log's own thread panicked");
        }
    }
}

impl<D: Disk> Shared<D> {
    fn keep(&self) {
        let _unwinding = EndsByPanic(self);
        // Appends look at the newest first: what both read they read from both ends.
        let mut cold: Vec<_> = self.turns.desk().work.sealed.iter().rev().cloned().collect();
        while !self.bell.is_stopped() {
            let warmed = self.warm_ids(&mut cold);
            let hashed = self.place.behind.step(&self.place.disk);
            let done = warmed || hashed;
            let busy = self.fill_gap() || done || self.make_spare() || self.store_ids();
            if let Some(time) = self.due() {
                let ahead = time.saturating_duration_since(Instant::now());
                let rest = if ahead.is_zero() { self.seal() } else { ahead };
                if !busy {
                    self.bell.wait(Some(rest));
                }
            } else if !busy {
                self.sleep();
            }
        }
    }

    /// Waits for the bell, if nothing is due.
    fn sleep(&self) {
        // Whoever writes after this rings; whoever wrote before it is seen below.
        self.bell.asleep.store(true, Ordering::SeqCst);
        if self.due().is_none() {
            self.bell.wait(None);
        }
        self.bell.asleep.store(false, Ordering::SeqCst);
    }

    /// When the keeper has to write a group, unless it is rung for before.
    fn due(&self) -> Option<Instant> {
        self.turns.desk().work.due(self.place.options.idle_seal)
    }

    /// Writes a seal or what nobody waits for. Says after how long to look again: after a while
    /// where that cannot be done, or somebody else is at a group, which a slow disk may hold up.
    fn seal(&self) -> Duration {
        let agree = |desk: &Desk<Books>| {
            let due = desk.work.due(self.place.options.idle_seal);
            due.is_some_and(|time| time <= Instant::now()) && !desk.has_waiters()
        };
        match self.write_empty(Kind::IdleSeal, &agree) {
            Some(Ok(())) => Duration::ZERO,
            Some(Err(_)) => REST,
            None => MEANWHILE,
        }
    }

    /// Fills a step of zeros ahead; false if there is nothing to fill.
    fn fill_gap(&self) -> bool {
        let Some(gap) = self.place.ahead.claim() else {
            return false;
        };
        let filled = self.fill(&gap);
        gap.end(filled.is_ok());
        match filled {
            Ok(()) | Err(DiskError::NoSpace { .. }) => (),
            // A sync that failed may have been about a group, too.
            Err(error) => self.turns.desk().work.spoil(&error.to_string()),
        }
        true
    }

    /// Through a handle of its own: a failed sync is told to each handle once.
    fn fill(&self, gap: &Gap<'_, D::File>) -> Result<(), DiskError> {
        let disk = &self.place.disk;
        fill(disk, &disk.open(&gap.path, Access::Write)?, gap.from, gap.to)
    }

    /// Makes the next segment's file or fills some of it; false if nothing of it is due.
    fn make_spare(&self) -> bool {
        let Place { disk, options, ahead, .. } = &self.place;
        let Some(spare) = ahead.claim_spare() else {
            return false;
        };
        spare.step(disk, options.segment_len());
        true
    }

    /// Reads one id file that opening did not; false if there is none left.
    fn warm_ids(&self, cold: &mut Vec<Arc<Sealed>>) -> bool {
        let Some(sealed) = cold.pop() else {
            return false;
        };
        if let Sealed::Filed(file) = sealed.as_ref() {
            // Nobody has asked: who does is told what is wrong.
            let _ = file.warm(&self.place.disk);
        }
        true
    }

    /// Writes the id file of one finished segment; false if there is none to write.
    pub(crate) fn store_ids(&self) -> bool {
        let unwritten = |sealed: &&Arc<Sealed>| match sealed.as_ref() {
            Sealed::Held(held) => !held.unwritten,
            Sealed::Filed(_) | Sealed::Prefix(_) => false,
        };
        let desk = self.turns.desk();
        let Some(sealed) = desk.work.sealed.iter().find(unwritten).map(Arc::clone) else {
            return false;
        };
        drop(desk);
        let Sealed::Held(held) = sealed.as_ref() else {
            return false;
        };
        let stored = match IdFile::write(&self.place.disk, held.segment, &held.entries) {
            Ok(file) => Sealed::Filed(file),
            Err(_) => Sealed::Held(Held {
                segment: held.segment,
                known: KnownIds::clone(&held.known),
                entries: Arc::clone(&held.entries),
                unwritten: true,
            }),
        };
        let mut desk = self.turns.desk();
        let list = Arc::make_mut(&mut desk.work.sealed);
        if let Some(place) = list.iter_mut().find(|other| Arc::ptr_eq(other, &sealed)) {
            let filed = matches!(stored, Sealed::Filed(_));
            *place = Arc::new(stored);
            // What a checkpoint kept of the segment is in its file now, if there is one.
            list.retain(|other| match other.as_ref() {
                Sealed::Prefix(prefix) => !filed || prefix.segment.name != held.segment.name,
                Sealed::Held(_) | Sealed::Filed(_) => true,
            });
        }
        true
    }
}
