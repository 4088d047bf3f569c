//! A small history, the log it goes to, and what must be there afterwards.

use std::ops::ControlFlow;

use gatefold_core::record::disk::{Access, Disk};
use gatefold_core::record::{
    Append, AppendError, Appended, Log, Position, Record, Stream, Version,
};
use gatefold_core::vocabulary::{AccountId, EventId, Timestamp};
use gatefold_log::{EmbeddedLog, LogReader, OpenError, Options, SEGMENT_BYTES_MIN};
use gatefold_sim::disk::SimDisk;

/// Segments so small that a short history rolls.
pub(crate) const SMALL: Options = Options { segment_bytes: SEGMENT_BYTES_MIN, ..Options::DEFAULT };

/// Segments in which a short history fits.
pub(crate) const ROOMY: Options = Options { segment_bytes: 12 * 4_096, ..Options::DEFAULT };

/// Segments of this many bytes.
pub(crate) fn options(segment_bytes: u32) -> Options {
    Options { segment_bytes, ..Options::DEFAULT }
}

/// One batch of a history.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    pub stream: Stream,
    pub expected: Version,
    pub records: Vec<Record>,
}

/// Batches of one to three events over two accounts and the system stream; some are longer than
/// one block.
pub(crate) fn history(batches: u64) -> Vec<Batch> {
    let account = |name| Stream::Account(AccountId::new(name).unwrap());
    let streams = [account("large"), account("tiny"), Stream::System];
    let mut versions = [0_u64; 3];
    let mut history = Vec::new();
    for number in 0..batches {
        let which = usize::try_from(number % 3).unwrap();
        let count = number % 3 + 1;
        let records = (0..count).map(|index| record(number * 10 + index)).collect();
        let expected = Version::new(versions[which]);
        versions[which] += count;
        history.push(Batch { stream: streams[which], expected, records });
    }
    history
}

/// The same with short events only.
pub(crate) fn short_history(batches: u64) -> Vec<Batch> {
    let mut history = history(batches);
    for record in history.iter_mut().flat_map(|batch| &mut batch.records) {
        record.body.truncate(20);
    }
    history
}

fn record(number: u64) -> Record {
    let length = if number.is_multiple_of(40) { 5_000 } else { 20 };
    Record {
        id: EventId::from_raw(u128::from(number) + 1),
        tag: 7,
        schema: 1,
        at: Timestamp::from_nanos(1_000),
        body: vec![number.to_le_bytes()[0] | 1; length],
    }
}

/// Appends one batch in the epoch in force.
pub(crate) fn append<D: Disk>(
    log: &mut EmbeddedLog<D>,
    batch: &Batch,
) -> Result<Appended, AppendError> {
    let Batch { stream, expected, records } = batch;
    let epoch = log.epoch();
    log.append(&Append { stream: *stream, expected: *expected, epoch, records })
}

/// Opens a log for writing.
pub(crate) fn open(disk: &SimDisk) -> Result<EmbeddedLog<SimDisk>, OpenError> {
    EmbeddedLog::open_on(disk.clone(), SMALL).map(|(log, _)| log)
}

/// Appends batches until one is refused, and returns how many were acknowledged.
pub(crate) fn append_while_possible(disk: &SimDisk, history: &[Batch]) -> usize {
    let Ok(mut log) = open(disk) else { return 0 };
    let acknowledged = history.iter().take_while(|batch| append(&mut log, batch).is_ok()).count();
    // A crash between here and there must not hide behind the clean close.
    drop(log);
    acknowledged
}

/// A log that was not closed: its process was killed after the last acknowledgement.
pub(crate) fn killed_after(batches: &[Batch], options: Options) -> SimDisk {
    let disk = SimDisk::default();
    let (mut log, _) = EmbeddedLog::open_on(disk.clone(), options).unwrap();
    for batch in batches {
        append(&mut log, batch).unwrap();
    }
    let disk = disk.killed();
    drop(log);
    disk
}

/// A log that was closed.
pub(crate) fn closed_after(batches: &[Batch], options: Options) -> SimDisk {
    let disk = SimDisk::default();
    let (mut log, _) = EmbeddedLog::open_on(disk.clone(), options).unwrap();
    for batch in batches {
        append(&mut log, batch).unwrap();
    }
    log.close().unwrap();
    disk
}

/// Asserts that a log holds the first batches of a history, whole and in order, and at least the
/// acknowledged ones; returns how many it holds.
pub(crate) fn assert_prefix(
    log: &dyn Log,
    history: &[Batch],
    acknowledged: usize,
    when: &str,
) -> usize {
    let mut read = Vec::new();
    let reading = log.read(Position::ZERO, &mut |entry| {
        let position = Position::new(u64::try_from(read.len() + 1).unwrap());
        assert_eq!(entry.position, position, "positions have no gap, {when}");
        read.push((entry.stream, entry.version, entry.id, entry.body.to_vec()));
        ControlFlow::Continue(())
    });
    reading.unwrap_or_else(|error| panic!("{when}: {error}"));
    let mut rest = read.as_slice();
    let mut whole = 0;
    for batch in history {
        if rest.is_empty() {
            break;
        }
        let mut version = batch.expected;
        for record in &batch.records {
            version = version.next();
            let expected = (batch.stream, version, record.id, record.body.clone());
            let (first, after) = rest.split_first().unwrap_or_else(|| panic!("half, {when}"));
            assert_eq!(*first, expected, "{when}");
            rest = after;
        }
        whole += 1;
    }
    assert_eq!(rest, [], "nothing is invented, {when}");
    assert!(whole >= acknowledged, "{whole} of {acknowledged} acknowledged batches, {when}");
    whole
}

/// Asserts that a log can be opened, holds what it must, takes the rest of the history (what is
/// there already is recognized), and holds all of it after one more opening.
pub(crate) fn assert_goes_on(disk: &SimDisk, history: &[Batch], acknowledged: usize, when: &str) {
    let mut log = open(disk).unwrap_or_else(|error| panic!("{when}: {error}"));
    let held = assert_prefix(&log, history, acknowledged, when);
    for (index, batch) in history.iter().enumerate() {
        let done = append(&mut log, batch).unwrap_or_else(|error| panic!("{when}: {error}"));
        assert_eq!(done.already, index < held, "batch {index}, {when}");
    }
    drop(log);
    let log = open(disk).unwrap_or_else(|error| panic!("again, {when}: {error}"));
    assert_prefix(&log, history, history.len(), when);
}

/// The offsets at which groups begin, and how long they are without padding.
pub(crate) fn groups(bytes: &[u8]) -> Vec<(usize, usize)> {
    let mut groups = Vec::new();
    let mut at = 4_096;
    while at < bytes.len() && bytes[at..at + 4] == *b"GRP1" {
        let body = u32::from_le_bytes(bytes[at + 44..at + 48].try_into().unwrap());
        let used = 96 + usize::try_from(body).unwrap();
        groups.push((at, used));
        at += used.next_multiple_of(4_096);
    }
    groups
}

/// How many events a reader without a lock sees.
pub(crate) fn read_only_head(disk: &SimDisk) -> u64 {
    LogReader::open_on(disk.clone()).unwrap().head().get()
}

/// The last group is there, and was never synced: its writer was killed before it could.
pub(crate) fn last_group_unsynced(disk: &SimDisk) {
    let held = |path: &String| disk.bytes(path).is_some_and(|bytes| !groups(&bytes).is_empty());
    let path = disk.paths().into_iter().rfind(|path| path.ends_with(".gfl") && held(path));
    let path = path.unwrap();
    let bytes = disk.bytes(&path).unwrap();
    let (at, len) = *groups(&bytes).last().unwrap();
    let (file, offset) = (disk.open(&path, Access::Write).unwrap(), u64::try_from(at).unwrap());
    disk.write_at(&file, offset, &vec![0; len]).unwrap();
    disk.sync_data(&file).unwrap();
    disk.write_at(&file, offset, &bytes[at..at + len]).unwrap();
}
