//! Makes one log of each kind that a reader meets.
//!
//! They go to a temporary directory, or to the one that `GATEFOLD_FIXTURES` names: the logs in
//! `tests/fixtures` were made that way, as the README there says.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use gatefold_core::decide::Feed;
use gatefold_core::record::codec::{Encoded, encode};
use gatefold_core::record::event::{AccountOpened, MarkSeen, MarkSource, MarksObserved, Mode};
use gatefold_core::record::{Append, Event, Log, Record, Stream, Version};
use gatefold_core::settle::CostMethod;
use gatefold_core::vocabulary::{EventId, Money, Price, Timestamp};
use gatefold_log::{ArchiveWhich, EmbeddedLog, Options, OsDisk, SEGMENT_BYTES_MIN, archive};

use crate::text;

/// Every kind of log that is made.
pub(crate) const KINDS: [&str; 6] = ["clean", "unclean", "torn", "rolled", "archived", "marks"];
/// Bytes of the body of an event that needs a group of two blocks.
const LONG: usize = 4_100;

/// A directory in which all kinds of logs are, each with `expected.jsonl` beside it.
pub(crate) struct Made {
    root: PathBuf,
    // Removed when dropped.
    _temporary: Option<tempfile::TempDir>,
}

/// A process that another thread starts holds the lock of every log that is open, until it has
/// become another program; a log that was just closed then looks as if it were written.
pub(crate) static FORKING: Mutex<()> = Mutex::new(());

impl Made {
    /// Makes them.
    pub(crate) fn all() -> Self {
        let named = std::env::var_os("GATEFOLD_FIXTURES").map(PathBuf::from);
        let temporary = named.is_none().then(|| tempfile::tempdir().unwrap());
        let root = named.unwrap_or_else(|| temporary.as_ref().unwrap().path().to_owned());
        let _alone = FORKING.lock();
        for kind in KINDS {
            make(kind, &root.join(format!("v1-{kind}")));
        }
        Self { root, _temporary: temporary }
    }

    pub(crate) fn log(&self, kind: &str) -> PathBuf {
        self.root.join(format!("v1-{kind}/log"))
    }

    pub(crate) fn expected(&self, kind: &str) -> String {
        fs::read_to_string(self.root.join(format!("v1-{kind}/expected.jsonl"))).unwrap()
    }
}

/// Makes the log of one kind in `to`.
fn make(kind: &str, to: &Path) {
    let scratch = tempfile::tempdir().unwrap();
    let mut writer = Writer::open(scratch.path());
    let expected;
    match kind {
        "clean" => {
            writer.append_some(2);
            assert!(writer.log.seal_idle().unwrap());
            writer.append("account:late", &[20]);
            writer.log.close().unwrap();
            expected = text::whole(scratch.path());
            copy(scratch.path(), &to.join("log"));
        }
        "unclean" => {
            writer.append_some(3);
            copy(scratch.path(), &to.join("log"));
            expected = text::whole(&to.join("log"));
        }
        "torn" => {
            writer.append_some(3);
            copy(scratch.path(), &to.join("log"));
            expected = text::whole(&to.join("log"));
            writer.append("account:large", &[LONG]);
            copy(scratch.path(), &to.join("log"));
            tear(&to.join("log/log/00000000000000000001.gfl"));
        }
        "rolled" => {
            writer.append_some(5);
            writer.log.close().unwrap();
            // Written to again and closed once more: two epochs.
            let mut again = Writer::open(scratch.path());
            again.append("account:late", &[20, 30]);
            again.append_some(1);
            again.append("account:large", &[LONG]);
            again.log.close().unwrap();
            expected = text::whole(scratch.path());
            copy(scratch.path(), &to.join("log"));
            let segments = fs::read_dir(to.join("log/log")).unwrap().count();
            assert_eq!(segments, 3, "two of them finished");
            // A missing file of ids is made again.
            let mut ids: Vec<_> = fs::read_dir(to.join("log/index")).unwrap().collect();
            fs::remove_file(ids.pop().unwrap().unwrap().path()).unwrap();
        }
        "archived" => {
            writer.append_some(5);
            writer.log.close().unwrap();
            expected = text::whole(scratch.path());
            let done = archive(scratch.path(), ArchiveWhich::AllBut(0), &mut |_| ()).unwrap();
            assert_eq!(done.archived.len(), 1, "one segment is finished: {done:?}");
            fs::remove_dir_all(scratch.path().join("index")).unwrap();
            copy(scratch.path(), &to.join("log"));
        }
        "marks" => {
            writer.append_events("account:main", marks());
            writer.log.close().unwrap();
            expected = text::whole(scratch.path());
            copy(scratch.path(), &to.join("log"));
        }
        _ => panic!("no kind of log is called {kind}"),
    }
    fs::write(to.join("expected.jsonl"), expected).unwrap();
}

/// Marks of a share and of a contract as version 1 of the event wrote them, byte for byte.
fn marks_of_version_1(at: Timestamp) -> Vec<u8> {
    let nanos = |values: [i64; 4]| values.map(i64::to_le_bytes).concat();
    let share = b"\x01GOOG\0\0\0\0";
    let prices = nanos([750_000_000_000, 749_900_000_000, 750_100_000_000, at.nanos()]);
    // GOOG151231P00750000: its expiry in days since 1970, a put, the strike, 100 shares.
    let expiry = 16_800_i32.to_le_bytes();
    let strike = 750_000_000_000_i64.to_le_bytes();
    let contract = [b"\x02\x04GOOG".as_slice(), &expiry, &[2], &strike, &[100, 0, 0, 0]].concat();
    let premiums = nanos([6_750_000_000, 6_600_000_000, 6_900_000_000, at.nanos()]);
    [&2_u64.to_le_bytes(), share.as_slice(), &prices, &contract, &premiums].concat()
}

/// An account that marks of both versions are about: of the first, and of the second with a source
/// and without.
fn marks() -> Vec<Encoded> {
    let at: Timestamp = "2015-12-24T14:31:00Z".parse().unwrap();
    let opened = Event::AccountOpened(AccountOpened {
        account: "main".parse().unwrap(),
        mode: Mode::Simulated,
        cash: Money::dollars(25_000),
        cost_method: CostMethod::Average,
    });
    let mark = |name: &str, cents: u32, feed: Option<Feed>| {
        let source =
            feed.map(|feed| MarkSource { feed, at: "2015-12-24T14:30:59.5Z".parse().unwrap() });
        let (bid, ask) = (Price::cents(cents - 1), Price::cents(cents + 1));
        MarkSeen {
            instrument: name.parse().unwrap(),
            price: Price::cents(cents),
            bid,
            ask,
            at,
            source,
        }
    };
    let marks = vec![
        mark("GOOG", 75_010, Some(Feed::Iex)),
        mark("GOOG151231P00750000", 675, Some(Feed::Indicative)),
        mark("BAC", 1_701, None),
    ];
    let seen = Event::MarksObserved(MarksObserved { marks });
    let first = Encoded { tag: 31, schema: 1, body: marks_of_version_1(at) };
    vec![encode(&opened).unwrap(), first, encode(&seen).unwrap()]
}

struct Writer {
    log: EmbeddedLog,
    appended: u64,
}

impl Writer {
    /// Without a thread, so that the same calls make the same groups.
    fn open(directory: &Path) -> Self {
        let options =
            Options { segment_bytes: SEGMENT_BYTES_MIN, idle_seal: None, ..Options::DEFAULT };
        let disk = OsDisk::create_root(directory).unwrap();
        let (log, _) = EmbeddedLog::open_on(disk, options).unwrap();
        let appended = log.head().get() * 1_000;
        Self { log, appended }
    }

    /// Batches of one to three events over three streams, with bodies from nothing to more than a
    /// block.
    fn append_some(&mut self, batches: u64) {
        for number in 0..batches {
            match number % 4 {
                0 => self.append("system", &[0, 7, 8]),
                1 => self.append("account:large", &[900]),
                2 => self.append("account:tiny", &[1, 64]),
                _ => self.append("account:large", &[LONG]),
            }
        }
    }

    fn append(&mut self, stream: &str, bodies: &[usize]) {
        let records: Vec<Record> = bodies.iter().map(|length| self.record(*length)).collect();
        self.append_records(stream, &records);
    }

    /// One batch of what a program wrote.
    fn append_events(&mut self, stream: &str, events: Vec<Encoded>) {
        let at = "2015-12-24T14:31:00Z".parse().unwrap();
        let records: Vec<Record> = (1..)
            .zip(events)
            .map(|(number, Encoded { tag, schema, body })| Record {
                id: EventId::from_raw(number),
                tag,
                schema,
                at,
                body,
            })
            .collect();
        self.append_records(stream, &records);
    }

    fn append_records(&mut self, stream: &str, records: &[Record]) {
        let stream = match stream.strip_prefix("account:") {
            Some(name) => Stream::Account(name.parse().unwrap()),
            None => Stream::System,
        };
        let expected: Version = self.log.version(&stream);
        let epoch = self.log.epoch();
        self.log.append(&Append { stream, expected, epoch, records }).unwrap();
    }

    /// Every field has bytes of its own, and the times are before and after 1970.
    fn record(&mut self, length: usize) -> Record {
        self.appended += 1;
        let number = self.appended;
        let spread = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let sign = if number.is_multiple_of(3) { -1 } else { 1 };
        let nanos = i64::try_from(spread >> 1).unwrap() * sign;
        let word = u16::try_from(spread & 0xffff).unwrap();
        let bytes = (0..length).map(|at| (spread >> (at % 8 * 8)).to_le_bytes()[0]);
        Record {
            id: EventId::from_raw(u128::from(spread) << 64 | u128::from(number)),
            tag: word,
            schema: !word,
            at: Timestamp::from_nanos(nanos),
            body: bytes.collect(),
        }
    }
}

/// What is durable of a log that may be open: nothing is unsynced between two appends.
pub(crate) fn copy(from: &Path, to: &Path) {
    for folder in ["", "log", "archive", "index"] {
        let names = fs::read_dir(from.join(folder)).into_iter().flatten();
        for entry in names.map(Result::unwrap).filter(|entry| entry.path().is_file()) {
            let name = entry.file_name().into_string().unwrap();
            if name == "LOCK" || name.ends_with(".spare") {
                continue;
            }
            fs::create_dir_all(to.join(folder)).unwrap();
            fs::copy(entry.path(), to.join(folder).join(name)).unwrap();
        }
    }
}

/// The last group loses its second block, as if that had not been written.
fn tear(segment: &Path) {
    let mut bytes = fs::read(segment).unwrap();
    let used = bytes.iter().rposition(|byte| *byte != 0).unwrap();
    let block = used / 4_096 * 4_096;
    assert_ne!(bytes[block..block + 4], *b"GRP1", "the last block continues a group");
    bytes[block..].fill(0);
    fs::write(segment, bytes).unwrap();
}
