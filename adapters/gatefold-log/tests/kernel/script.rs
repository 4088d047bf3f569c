//! What the process appends, and how its log is judged afterwards.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

use gatefold_core::record::{
    Append, AppendError, Appended, Log, Position, Record, Stream, Version,
};
use gatefold_core::vocabulary::{AccountId, EventId, Timestamp};
use gatefold_log::{EmbeddedLog, OpenError, Options, RecoveryReport, SEGMENT_BYTES_MIN};

/// Segments so small that the script rolls.
pub(crate) const OPTIONS: Options =
    Options { segment_bytes: SEGMENT_BYTES_MIN, ..Options::DEFAULT };

/// Batches of the script; one of them needs three blocks.
pub(crate) const BATCHES: usize = 7;

/// One batch of the script.
pub(crate) struct Batch {
    pub stream: Stream,
    pub expected: Version,
    pub records: Vec<Record>,
}

/// The script: two streams by turns, one to three events each.
pub(crate) fn batches(count: usize) -> Vec<Batch> {
    let account = Stream::Account(AccountId::new("large").unwrap());
    let mut versions = BTreeMap::new();
    (0..u64::try_from(count).unwrap())
        .map(|number| {
            let stream = if number % 2 == 0 { account } else { Stream::System };
            let events = number % 3 + 1;
            let records = (0..events).map(|event| record(number * 10 + event)).collect();
            let version = versions.entry(stream).or_insert(0);
            let expected = Version::new(*version);
            *version += events;
            Batch { stream, expected, records }
        })
        .collect()
}

fn record(number: u64) -> Record {
    let length = if number == 20 { 9_000 } else { 120 };
    Record {
        id: EventId::from_raw(u128::from(number) + 1),
        tag: 3,
        schema: 1,
        at: Timestamp::EPOCH,
        body: vec![number.to_le_bytes()[0] | 1; length],
    }
}

/// Appends one batch in the epoch in force.
pub(crate) fn append(log: &mut EmbeddedLog, batch: &Batch) -> Result<Appended, AppendError> {
    let Batch { stream, expected, records } = batch;
    let epoch = Log::epoch(log);
    log.append(&Append { stream: *stream, expected: *expected, epoch, records })
}

/// How many whole batches a log holds; panics if it holds anything else.
pub(crate) fn held(
    read: impl FnOnce(&mut dyn FnMut(u64, u128, &[u8])),
    batches: &[Batch],
    when: &str,
) -> usize {
    let mut records = batches.iter().flat_map(|batch| &batch.records);
    let mut events = 0;
    read(&mut |position, id, body| {
        events += 1;
        let record = records.next().unwrap_or_else(|| panic!("{when}: an event was invented"));
        assert_eq!(position, events, "{when}: a hole");
        assert!(record.id.raw() == id && record.body == body, "{when}: a changed event");
    });
    let mut whole = 0;
    let mut end = 0;
    for batch in batches {
        end += u64::try_from(batch.records.len()).unwrap();
        whole += usize::from(end <= events);
        assert!(events <= end - u64::try_from(batch.records.len()).unwrap() || end <= events);
    }
    whole
}

/// Opens a log that was written by the script.
pub(crate) fn reopen(directory: &Path) -> Result<(EmbeddedLog, RecoveryReport), OpenError> {
    EmbeddedLog::open(directory, OPTIONS)
}

/// Reads a log that was written by the script; returns how many batches it holds.
pub(crate) fn held_by(log: &EmbeddedLog, batches: &[Batch], when: &str) -> usize {
    let read = |each: &mut dyn FnMut(u64, u128, &[u8])| {
        log.read(Position::ZERO, &mut |entry| {
            each(entry.position.get(), entry.id.raw(), entry.body);
            ControlFlow::Continue(())
        })
        .unwrap_or_else(|error| panic!("{when}: {error}"));
    };
    held(read, batches, when)
}

/// Asserts that the log can be opened, holds all that was acknowledged and only whole batches of
/// the script, takes the rest, and has it after one more opening.
pub(crate) fn check(directory: &Path, acknowledged: usize, when: &str) {
    let batches = batches(BATCHES);
    if directory.join("FORMAT").exists() {
        let reader = EmbeddedLog::open_read_only(directory);
        let reader = reader.unwrap_or_else(|error| panic!("{when}, reading: {error}"));
        let read = |each: &mut dyn FnMut(u64, u128, &[u8])| {
            reader
                .read(Position::ZERO, &mut |entry| {
                    each(entry.position.get(), entry.id.raw(), entry.body);
                    ControlFlow::Continue(())
                })
                .unwrap_or_else(|error| panic!("{when}, reading: {error}"));
        };
        let seen = held(read, &batches, when);
        assert!(seen >= acknowledged, "{when}: a reader sees {seen} of {acknowledged}");
    }
    let (mut log, report) = reopen(directory).unwrap_or_else(|error| panic!("{when}: {error}"));
    let held = held_by(&log, &batches, when);
    assert!(held >= acknowledged, "{when}: {held} of {acknowledged} acknowledged, {report}");
    for (index, batch) in batches.iter().enumerate() {
        let done = append(&mut log, batch).unwrap_or_else(|error| panic!("{when}: {error}"));
        assert_eq!(done.already, index < held, "{when}: batch {index}");
    }
    log.close().unwrap_or_else(|error| panic!("{when}: {error}"));
    let (log, report) = reopen(directory).unwrap_or_else(|error| panic!("{when}: {error}"));
    assert!(report.clean, "{when}: {report}");
    assert_eq!(held_by(&log, &batches, when), BATCHES, "{when}");
}
