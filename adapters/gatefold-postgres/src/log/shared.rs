//! Who appends for whom: whoever finds the line free appends for all who wait, and hands on to the
//! first of those who came meanwhile.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gatefold_core::record::{AppendError, Appended, Position, Stream, Version};
use parking_lot::{Condvar, Mutex};

use crate::log::batch::Batch;
use crate::log::bell::Bell;
use crate::log::line::{Flushed, Line};
use crate::log::reader::Heads;

/// A group closes at so many batches, events or bytes of bodies.
const GROUP_BATCHES_MAX: usize = 256;
const GROUP_EVENTS_MAX: u64 = 8_192;
const GROUP_BYTES_MAX: usize = 4_194_304;
/// So long may a leader wait for those whom the group before has just answered. One who appends
/// alone is never waited for.
const GATHER_MAX: Duration = Duration::from_micros(400);

/// The appends of one process.
#[derive(Debug)]
pub(crate) struct Shared {
    queue: Mutex<Queue>,
    arrived: Condvar,
    /// Held by the leader alone.
    line: Mutex<Line>,
    pub(crate) heads: Arc<Mutex<Heads>>,
    pub(crate) bell: Bell,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    is_led: bool,
    /// So many wrote at the same time a moment ago.
    crowd: usize,
    /// The leader waits for so many.
    wanted: usize,
    poison: Option<String>,
}

#[derive(Debug)]
struct Waiting {
    batch: Batch,
    slot: Arc<Slot>,
}

/// Where one who waits is told.
#[derive(Debug, Default)]
struct Slot {
    word: Mutex<Option<Word>>,
    woken: Condvar,
}

#[derive(Debug)]
enum Word {
    Lead,
    Done(Result<Appended, AppendError>),
}

impl Slot {
    fn tell(&self, word: Word) {
        *self.word.lock() = Some(word);
        self.woken.notify_one();
    }

    fn hear(&self) -> Word {
        let mut word = self.word.lock();
        loop {
            match word.take() {
                Some(word) => return word,
                None => self.woken.wait(&mut word),
            }
        }
    }
}

impl Shared {
    pub(crate) fn new(line: Line, heads: Arc<Mutex<Heads>>, bell: Bell) -> Self {
        let (queue, arrived) = (Mutex::default(), Condvar::new());
        Self { queue, arrived, line: Mutex::new(line), heads, bell }
    }

    /// Whether appends are refused after a failure, and why.
    pub(crate) fn poison(&self) -> Option<String> {
        self.queue.lock().poison.clone()
    }

    /// Refuses every further append.
    pub(crate) fn poison_with(&self, detail: String) {
        self.queue.lock().poison.get_or_insert(detail);
    }

    /// Appends, together with whoever appends at the same time.
    pub(crate) fn append(&self, batch: Batch) -> Result<Appended, AppendError> {
        let slot = Arc::new(Slot::default());
        let mut queue = self.queue.lock();
        if let Some(detail) = &queue.poison {
            return Err(AppendError::Poisoned { detail: detail.clone() });
        }
        queue.waiting.push_back(Waiting { batch, slot: Arc::clone(&slot) });
        if !queue.is_led {
            queue.is_led = true;
            slot.tell(Word::Lead);
        } else if queue.waiting.len() >= queue.wanted {
            self.arrived.notify_one();
        }
        drop(queue);
        match slot.hear() {
            Word::Done(answer) => answer,
            Word::Lead => {
                self.lead();
                // The leader's own batch is the first of its group.
                match slot.hear() {
                    Word::Done(answer) => answer,
                    Word::Lead => unreachable!("nobody leads twice with one batch"),
                }
            }
        }
    }

    fn lead(&self) {
        let group = self.gather();
        let batches: Vec<&Batch> = group.iter().map(|it| &it.batch).collect();
        let Flushed { answers, poison } = self.line.lock().flush(&batches);
        assert!(answers.len() == group.len(), "every batch of a group is answered");
        self.publish(&batches, &answers);
        let mut queue = self.queue.lock();
        if let Some(detail) = poison {
            for Waiting { slot, .. } in queue.waiting.drain(..) {
                slot.tell(Word::Done(Err(AppendError::Poisoned { detail: detail.clone() })));
            }
            queue.poison = Some(detail);
        }
        queue.crowd = group.len().saturating_add(queue.waiting.len());
        match queue.waiting.front() {
            Some(next) => next.slot.tell(Word::Lead),
            None => queue.is_led = false,
        }
        drop(queue);
        for (Waiting { slot, .. }, answer) in group.iter().zip(answers) {
            slot.tell(Word::Done(answer));
        }
    }

    /// The first who wait, at most one of each stream.
    fn gather(&self) -> Vec<Waiting> {
        let mut queue = self.queue.lock();
        if queue.crowd > 1 {
            let until = Instant::now().checked_add(GATHER_MAX);
            queue.wanted = queue.crowd;
            while let (true, Some(until)) = (queue.waiting.len() < queue.crowd, until) {
                if self.arrived.wait_until(&mut queue, until).timed_out() {
                    break;
                }
            }
            queue.wanted = 0;
        }
        let (mut group, mut left): (Vec<Waiting>, VecDeque<Waiting>) = Default::default();
        let (mut events, mut bytes) = (0_u64, 0_usize);
        for waiting in queue.waiting.drain(..) {
            let batch = &waiting.batch;
            let (more_events, more_bytes) = (batch.events(), batch.bytes());
            let fits = group.len() < GROUP_BATCHES_MAX
                && events.saturating_add(more_events) <= GROUP_EVENTS_MAX
                && bytes.saturating_add(more_bytes) <= GROUP_BYTES_MAX;
            let is_first = group.iter().all(|it| it.batch.stream != batch.stream);
            if group.is_empty() || (fits && is_first) {
                events = events.saturating_add(more_events);
                bytes = bytes.saturating_add(more_bytes);
                group.push(waiting);
            } else {
                left.push_back(waiting);
            }
        }
        queue.waiting = left;
        group
    }

    /// Lets readers of this process and others know.
    fn publish(&self, batches: &[&Batch], answers: &[Result<Appended, AppendError>]) {
        let mut heads = self.heads.lock();
        let mut is_new = false;
        for (batch, answer) in batches.iter().zip(answers) {
            if let Ok(Appended { position, version, already }) = answer {
                heads.see(*position, batch.stream, *version);
                is_new |= !already;
            }
        }
        drop(heads);
        if is_new {
            self.bell.ring();
        }
    }
}

impl Heads {
    /// Takes in that an event is durable.
    pub(crate) fn see(&mut self, position: Position, stream: Stream, version: Version) {
        self.position = self.position.max(position);
        let known = self.versions.entry(stream).or_default();
        *known = (*known).max(version);
    }
}
