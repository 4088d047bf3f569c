//! A log in memory that keeps the documented order of checks.

use std::ops::ControlFlow;

use gatefold_core::record::{
    Append, AppendError, Appended, Durability, Entry, Epoch, Event, Log, Position, ReadError,
    Record, Stream, Version, decode_entry,
};

#[derive(Clone, Debug)]
struct Stored {
    stream: Stream,
    version: Version,
    record: Record,
}

/// Everything that was ever appended.
#[derive(Clone, Debug, Default)]
pub(crate) struct MemoryLog {
    stored: Vec<Stored>,
    epoch: Epoch,
}

impl MemoryLog {
    fn entry(&self, place: usize) -> Entry<'_> {
        let it = &self.stored[place];
        Entry {
            position: Position::new(u64::try_from(place).unwrap() + 1),
            stream: it.stream,
            version: it.version,
            id: it.record.id,
            tag: it.record.tag,
            schema: it.record.schema,
            at: it.record.at,
            body: &it.record.body,
        }
    }

    /// The log as it was after its first `count` events.
    pub(crate) fn prefix(&self, count: usize) -> Self {
        Self { stored: self.stored[..count].to_vec(), epoch: self.epoch }
    }

    pub(crate) fn len(&self) -> usize {
        self.stored.len()
    }

    /// Every event after the first `skip`, with its entry.
    pub(crate) fn events(&self, skip: usize) -> impl Iterator<Item = (Entry<'_>, Event)> {
        (skip..self.stored.len()).map(|place| {
            let entry = self.entry(place);
            let event = decode_entry(&entry).expect("what was encoded decodes");
            (entry, event)
        })
    }
}

impl Log for MemoryLog {
    fn append(&mut self, append: &Append<'_>) -> Result<Appended, AppendError> {
        let stream = append.stream;
        let own = |it: &&Stored| it.stream == stream;
        let known: Vec<&Stored> = append
            .records
            .iter()
            .filter_map(|record| {
                self.stored.iter().filter(own).find(|it| it.record.id == record.id)
            })
            .collect();
        if !append.records.is_empty() && known.len() == append.records.len() {
            let equal = known.iter().zip(append.records).all(|(it, record)| it.record == *record);
            let last = known[known.len() - 1];
            let place =
                self.stored.iter().position(|it| it.stream == stream && it.version == last.version);
            if equal {
                let position = Position::new(u64::try_from(place.unwrap()).unwrap() + 1);
                return Ok(Appended { position, version: last.version, already: true });
            }
        }
        if let Some(it) = known.first() {
            return Err(AppendError::IdReused { stream, id: it.record.id });
        }
        if append.epoch < self.epoch {
            let (epoch, actual) = (append.epoch, self.epoch);
            return Err(AppendError::Fenced { stream, epoch, actual });
        }
        let actual = self.version(&stream);
        if append.expected != actual {
            return Err(AppendError::WrongExpected { stream, expected: append.expected, actual });
        }
        if append.records.is_empty() {
            return Err(AppendError::OutOfBounds { events: 0, bytes: 0, bound: "at least one" });
        }
        self.epoch = append.epoch;
        let mut version = actual;
        for record in append.records {
            version = version.next();
            self.stored.push(Stored { stream, version, record: record.clone() });
        }
        Ok(Appended { position: self.head(), version, already: false })
    }

    fn read(
        &self,
        after: Position,
        visit: &mut dyn FnMut(&Entry<'_>) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        for place in usize::try_from(after.get()).unwrap()..self.stored.len() {
            if visit(&self.entry(place)).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn head(&self) -> Position {
        Position::new(u64::try_from(self.stored.len()).unwrap())
    }

    fn version(&self, stream: &Stream) -> Version {
        let own = self.stored.iter().filter(|it| it.stream == *stream);
        own.map(|it| it.version).max().unwrap_or(Version::ZERO)
    }

    fn epoch(&self) -> Epoch {
        self.epoch
    }

    fn durability(&self) -> Durability {
        Durability::Sync
    }
}
