//! gatefold-log; the one file that knows how it is written and read.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, ensure};
use gatefold_core::record::codec::Encoded;
use gatefold_core::record::{Append, Epoch, Log, Position, Record, Stream, Version};
use gatefold_core::vocabulary::{AccountId, EventId, Timestamp};
use gatefold_log::{Appender, Check, EmbeddedLog, LogReader, Options, Snapshots};

use crate::event::{Event, Tally};
use crate::peer::{Peer, Reading, Store};

pub(crate) struct Ours;

/// The first segment is filled with zeros when the log is made, as `okaywal` fills its file.
const PREPARED: Options = Options { prepared_bytes: u32::MAX, ..Options::DEFAULT };

/// The log, open for several writers.
pub(crate) struct Open {
    appender: Appender,
    epoch: Epoch,
    /// Held open; dropping it closes the log.
    _log: Mutex<EmbeddedLog>,
}

/// Opens the log, or creates it.
pub(crate) fn open(directory: &Path) -> Result<Open> {
    let (log, report) = EmbeddedLog::open(directory, PREPARED)?;
    ensure!(report.torn.is_none(), "{report}");
    let epoch = log.epoch();
    Ok(Open { appender: log.handle(), epoch, _log: Mutex::new(log) })
}

thread_local! {
    /// A writer encodes into the records of its last append (`gatefold_core::record::Writer`).
    static RECORDS: RefCell<Vec<Record>> = const { RefCell::new(Vec::new()) };
}

impl Open {
    /// Appends to the end of a stream that is at version `before`.
    pub(crate) fn append_encoded(
        &self,
        stream: u64,
        before: u64,
        bodies: impl IntoIterator<Item = Encoded>,
    ) -> Result<()> {
        let numbered = (before + 1..).zip(bodies);
        let record = |(seq, encoded): (u64, Encoded)| Record {
            id: id(stream, seq),
            tag: encoded.tag,
            schema: encoded.schema,
            at: Timestamp::EPOCH,
            body: encoded.body,
        };
        let records: Vec<Record> = numbered.map(record).collect();
        self.append_records(stream, before, &records)
    }

    fn append_records(&self, stream: u64, before: u64, records: &[Record]) -> Result<()> {
        let append = Append {
            stream: Stream::Account(account(stream)?),
            expected: Version::new(before),
            epoch: self.epoch,
            records,
        };
        let appended = self.appender.append(&append)?;
        ensure!(!appended.already, "the events were there before");
        Ok(())
    }
}

impl Store for Open {
    fn append(&self, batch: &[Event]) -> Result<()> {
        let (stream, before) = batch.first().map_or((0, 0), |it| (it.stream, it.seq - 1));
        RECORDS.with_borrow_mut(|records| {
            let (id, at) = (EventId::from_raw(0), Timestamp::EPOCH);
            records.resize_with(batch.len(), || Record { id, tag: 1, schema: 1, at, body: vec![] });
            for (record, event) in records.iter_mut().zip(batch) {
                record.id = self::id(event.stream, event.seq);
                record.body.clear();
                record.body.extend_from_slice(&event.bytes);
            }
            self.append_records(stream, before, records)
        })
    }
}

fn id(stream: u64, seq: u64) -> EventId {
    EventId::from_raw(u128::from(stream) << 64 | u128::from(seq))
}

fn account(stream: u64) -> Result<AccountId> {
    AccountId::new(&format!("a{stream}")).map_err(|error| anyhow!("account a{stream}: {error}"))
}

impl Peer for Ours {
    fn name(&self) -> &'static str {
        "gatefold-log"
    }

    fn settings(&self) -> &'static str {
        "defaults, but the first segment of 64 MiB prepared when the log is made, as okaywal's \
         file; expected version, event id and epoch checked on every append; scanned by a reader \
         that does not write"
    }

    fn open(&self, directory: &Path) -> Result<Box<dyn Store>> {
        Ok(Box::new(open(directory)?))
    }

    fn read(&self, directory: &Path, tally: &mut Tally) -> Result<Reading> {
        let (log, report) = EmbeddedLog::open(directory, Options::default())?;
        let said = report.torn.is_some() || report.recreated;
        let started = Instant::now();
        log.read(Position::ZERO, &mut |entry| {
            tally.see(entry.body);
            ControlFlow::Continue(())
        })?;
        Ok(Reading { took: started.elapsed(), warning: said.then(|| report.to_string()) })
    }
}

/// Saves what a snapshot of the log's end tells the next opening.
pub(crate) fn save_snapshot(directory: &Path) -> Result<()> {
    let reader = LogReader::open(directory)?;
    Snapshots::open(directory)?.save(&reader.anchor(), &[])?;
    Ok(())
}

/// Reads everything as a process does that does not write, with so many checks; returns how long
/// that took, without opening.
pub(crate) fn read_checked(directory: &Path, check: Check, tally: &mut Tally) -> Result<Duration> {
    let reader = LogReader::open(directory)?;
    let started = Instant::now();
    reader.read_with(check, Position::ZERO, &mut |entry| {
        tally.see(entry.body);
        ControlFlow::Continue(())
    })?;
    Ok(started.elapsed())
}
