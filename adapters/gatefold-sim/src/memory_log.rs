//! A log in memory with the contract of every log: for tests, and for runs that leave nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::Arc;

use gatefold_core::record::{
    Append, AppendError, Appended, Durability, Entry, Epoch, Log, Position, ReadError, Record,
    Stream, Version,
};
use gatefold_core::vocabulary::EventId;
use parking_lot::Mutex;

/// What is to happen to the next append that passes all checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppendFault {
    /// There is no space: nothing is stored, and the log goes on.
    Full,
    /// The answer is "not known", the events are stored, and the log is poisoned.
    IndeterminateStored,
    /// The answer is "not known", nothing is stored, and the log is poisoned.
    IndeterminateLost,
}

/// A handle to a log in memory; its clones share the log.
///
/// It answers [`Durability::Sync`], which is true as far as a crash is simulated: dropping an
/// engine and [reopening](MemoryLog::reopen) the log loses nothing.
#[derive(Clone, Debug, Default)]
pub struct MemoryLog {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug)]
struct Shared {
    stored: Vec<Stored>,
    versions: BTreeMap<Stream, Version>,
    ids: BTreeMap<EventId, usize>,
    epoch: Epoch,
    fault: Option<AppendFault>,
    poison: Option<String>,
}

#[derive(Clone, Debug)]
struct Stored {
    stream: Stream,
    version: Version,
    record: Record,
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            stored: Vec::new(),
            versions: BTreeMap::new(),
            ids: BTreeMap::new(),
            epoch: Epoch::new(1),
            fault: None,
            poison: None,
        }
    }
}

impl MemoryLog {
    /// The same log as a new process finds it: sound again, and with the next epoch in force.
    #[must_use]
    pub fn reopen(&self) -> Self {
        let mut shared = self.shared.lock();
        shared.poison = None;
        shared.fault = None;
        shared.epoch = shared.epoch.next();
        Self { shared: Arc::clone(&self.shared) }
    }

    /// The epoch in force.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.shared.lock().epoch
    }

    /// Lets the next append that passes all checks fail.
    pub fn fail_next_append(&self, fault: AppendFault) {
        self.shared.lock().fault = Some(fault);
    }
}

impl Shared {
    /// The checks of an append, in the order that [`Log`] documents.
    fn check(&self, append: &Append<'_>) -> Result<Option<Appended>, AppendError> {
        let Append { stream, expected, epoch, records } = *append;
        append.check_bounds()?;
        if let Some(already) = self.whole(stream, records) {
            return Ok(Some(already));
        }
        if let Some(id) = self.reused(records) {
            return Err(AppendError::IdReused { stream, id });
        }
        if epoch < self.epoch {
            return Err(AppendError::Fenced { stream, epoch, actual: self.epoch });
        }
        let actual = self.versions.get(&stream).copied().unwrap_or_default();
        if expected != actual {
            return Err(AppendError::WrongExpected { stream, expected, actual });
        }
        Ok(None)
    }

    /// The batch as it stands in the log, if it does: all its events, in order and equal.
    fn whole(&self, stream: Stream, records: &[Record]) -> Option<Appended> {
        let mut last: Option<(usize, &Stored)> = None;
        for record in records {
            let index = *self.ids.get(&record.id)?;
            let stored = self.stored.get(index)?;
            let follows = last.is_none_or(|(_, last)| last.version.next() == stored.version);
            if !follows || stored.stream != stream || stored.record != *record {
                return None;
            }
            last = Some((index, stored));
        }
        let (index, stored) = last?;
        Some(Appended { position: position_of(index), version: stored.version, already: true })
    }

    /// An id of the batch that is in the log, or twice in the batch.
    fn reused(&self, records: &[Record]) -> Option<EventId> {
        let mut seen = BTreeSet::new();
        let mut ids = records.iter().map(|record| record.id);
        ids.find(|id| self.ids.contains_key(id) || !seen.insert(*id))
    }

    fn store(&mut self, append: &Append<'_>) {
        let mut version = append.expected;
        for record in append.records {
            version = version.next();
            self.ids.insert(record.id, self.stored.len());
            self.stored.push(Stored { stream: append.stream, version, record: record.clone() });
        }
        self.versions.insert(append.stream, version);
        self.epoch = self.epoch.max(append.epoch);
    }

    fn head(&self) -> Position {
        match self.stored.len().checked_sub(1) {
            Some(last) => position_of(last),
            None => Position::ZERO,
        }
    }
}

fn position_of(index: usize) -> Position {
    Position::ZERO.after(u64::try_from(index).unwrap_or(u64::MAX)).next()
}

impl Log for MemoryLog {
    fn append(&mut self, append: &Append<'_>) -> Result<Appended, AppendError> {
        let mut shared = self.shared.lock();
        if let Some(detail) = shared.poison.clone() {
            return Err(AppendError::Poisoned { detail });
        }
        if let Some(already) = shared.check(append)? {
            return Ok(already);
        }
        let fault = shared.fault.take();
        match fault {
            Some(AppendFault::Full) => {
                return Err(AppendError::Full { detail: "simulated".to_owned() });
            }
            Some(AppendFault::IndeterminateLost) => (),
            Some(AppendFault::IndeterminateStored) | None => shared.store(append),
        }
        if fault.is_some() {
            let detail = "simulated failure of an append".to_owned();
            shared.poison = Some(detail.clone());
            return Err(AppendError::Indeterminate { detail });
        }
        let version = shared.versions.get(&append.stream).copied().unwrap_or_default();
        Ok(Appended { position: shared.head(), version, already: false })
    }

    fn read(
        &self,
        after: Position,
        visit: &mut dyn FnMut(&Entry<'_>) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        let skipped = usize::try_from(after.get()).unwrap_or(usize::MAX);
        // No lock is held while the visitor runs: it may look at the log itself.
        let stored: Vec<Stored> = self.shared.lock().stored.iter().skip(skipped).cloned().collect();
        for (index, Stored { stream, version, record }) in stored.iter().enumerate() {
            let entry = Entry {
                position: position_of(skipped + index),
                stream: *stream,
                version: *version,
                id: record.id,
                tag: record.tag,
                schema: record.schema,
                at: record.at,
                body: &record.body,
            };
            if visit(&entry).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn head(&self) -> Position {
        self.shared.lock().head()
    }

    fn version(&self, stream: &Stream) -> Version {
        self.shared.lock().versions.get(stream).copied().unwrap_or_default()
    }

    fn epoch(&self) -> Epoch {
        Self::epoch(self)
    }

    fn durability(&self) -> Durability {
        Durability::Sync
    }
}

#[cfg(test)]
mod tests {
    use gatefold_core::vocabulary::Timestamp;

    use super::*;

    fn append(log: &mut MemoryLog, number: u128) -> Result<Appended, AppendError> {
        let (id, at) = (EventId::from_raw(number), Timestamp::EPOCH);
        let records = [Record { id, tag: 1, schema: 1, at, body: vec![1] }];
        let (stream, epoch) = (Stream::System, log.epoch());
        let expected = log.version(&stream);
        log.append(&Append { stream, expected, epoch, records: &records })
    }

    #[test]
    fn a_full_log_stores_nothing_and_goes_on() {
        let mut log = MemoryLog::default();
        log.fail_next_append(AppendFault::Full);
        assert!(matches!(append(&mut log, 1), Err(AppendError::Full { .. })));
        assert_eq!(log.head(), Position::ZERO);
        assert!(append(&mut log, 1).is_ok());
    }

    #[test]
    fn after_an_unknown_outcome_the_log_is_poisoned_until_it_is_reopened() {
        let cases =
            [(AppendFault::IndeterminateStored, true), (AppendFault::IndeterminateLost, false)];
        for (fault, stored) in cases {
            let mut log = MemoryLog::default();
            log.fail_next_append(fault);
            assert!(matches!(append(&mut log, 1), Err(AppendError::Indeterminate { .. })));
            assert!(matches!(append(&mut log, 2), Err(AppendError::Poisoned { .. })));
            let mut log = log.reopen();
            assert_eq!(append(&mut log, 1).unwrap().already, stored);
        }
    }

    #[test]
    fn who_reopens_the_log_fences_who_had_it() {
        let log = MemoryLog::default();
        let old = log.epoch();
        let mut new = log.reopen();
        let (stream, expected) = (Stream::System, Version::ZERO);
        let (id, at) = (EventId::from_raw(1), Timestamp::EPOCH);
        let records = [Record { id, tag: 1, schema: 1, at, body: Vec::new() }];
        let refused = new.append(&Append { stream, expected, epoch: old, records: &records });
        assert!(matches!(refused, Err(AppendError::Fenced { .. })), "{refused:?}");
    }
}
