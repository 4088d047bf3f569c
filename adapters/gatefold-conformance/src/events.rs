//! Events, appends and readings in the few words that the suites need.

use std::ops::ControlFlow;

use gatefold_core::record::{
    Append, AppendError, Appended, Entry, Epoch, Log, Position, Record, Stream, Version,
};
use gatefold_core::vocabulary::{AccountId, EventId, Timestamp};

/// An epoch that no log has by itself.
pub(crate) const EPOCH: Epoch = Epoch::new(1_000_000);

/// An account's stream.
pub(crate) fn account(name: &str) -> Stream {
    Stream::Account(AccountId::new(name).expect("a test's account name"))
}

/// An event whose every field follows from its number.
pub(crate) fn event(number: u64) -> Record {
    let small = u16::try_from(number % 1_000).unwrap_or(0);
    let length = usize::try_from(number % 97).unwrap_or(0);
    Record {
        id: EventId::from_raw(u128::from(number) << 64 | u128::from(number)),
        tag: small + 1,
        schema: small % 3 + 1,
        at: Timestamp::from_nanos(i64::try_from(number).unwrap_or(0) - 500),
        body: vec![small.to_le_bytes()[0]; length],
    }
}

/// Events with these numbers.
pub(crate) fn events(numbers: std::ops::RangeInclusive<u64>) -> Vec<Record> {
    numbers.map(event).collect()
}

/// Appends at this version under [`EPOCH`].
pub(crate) fn append(
    log: &mut dyn Log,
    stream: Stream,
    expected: u64,
    records: &[Record],
) -> Result<Appended, AppendError> {
    log.append(&Append { stream, expected: Version::new(expected), epoch: EPOCH, records })
}

/// The answer of an append that stored something.
pub(crate) fn stored(position: u64, version: u64) -> Appended {
    let (position, version) = (Position::new(position), Version::new(version));
    Appended { position, version, already: false }
}

/// One event as it was read, owned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Read {
    pub position: Position,
    pub stream: Stream,
    pub version: Version,
    pub record: Record,
}

impl Read {
    pub(crate) fn of(entry: &Entry<'_>) -> Self {
        let Entry { position, stream, version, id, tag, schema, at, body } = *entry;
        let record = Record { id, tag, schema, at, body: body.to_vec() };
        Self { position, stream, version, record }
    }
}

/// All events after a position.
pub(crate) fn read_after(log: &dyn Log, after: u64) -> Vec<Read> {
    let mut read = Vec::new();
    let result = log.read(Position::new(after), &mut |entry| {
        read.push(Read::of(entry));
        ControlFlow::Continue(())
    });
    result.expect("reading a sound log");
    read
}

/// What a log must hold, kept beside it.
#[derive(Debug, Default)]
pub(crate) struct Model {
    pub all: Vec<Read>,
}

impl Model {
    pub(crate) fn version(&self, stream: Stream) -> u64 {
        u64::try_from(self.all.iter().filter(|read| read.stream == stream).count()).unwrap_or(0)
    }

    pub(crate) fn head(&self) -> u64 {
        u64::try_from(self.all.len()).unwrap_or(0)
    }

    pub(crate) fn push(&mut self, stream: Stream, records: &[Record]) -> Appended {
        for record in records {
            let position = Position::new(self.head() + 1);
            let version = Version::new(self.version(stream) + 1);
            self.all.push(Read { position, stream, version, record: record.clone() });
        }
        stored(self.head(), self.version(stream))
    }

    pub(crate) fn assert_equals(&self, log: &dyn Log, when: &str) {
        assert_eq!(log.head(), Position::new(self.head()), "head {when}");
        assert_eq!(read_after(log, 0), self.all, "what is read {when}");
        for read in &self.all {
            let version = Version::new(self.version(read.stream));
            assert_eq!(log.version(&read.stream), version, "version of {} {when}", read.stream);
        }
    }
}
