//! Makes one log of each kind that a reader meets.
//!
//! They go to a temporary directory, or to the one that `GATEFOLD_FIXTURES` names: the logs in
//! `tests/fixtures` were made that way, as the README there says.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use gatefold_core::record::{Append, Log, Record, Stream, Version};
use gatefold_core::vocabulary::{EventId, Timestamp};
use gatefold_log::{ArchiveWhich, EmbeddedLog, Options, OsDisk, SEGMENT_BYTES_MIN, archive};

use crate::text;

/// Every kind of log that is made.
pub(crate) const KINDS: [&str; 5] = ["clean", "unclean", "torn", "rolled", "archived"];
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
        _ => panic!("no kind of log is called {kind}"),
    }
    fs::write(to.join("expected.jsonl"), expected).unwrap();
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
        let stream = match stream.strip_prefix("account:") {
            Some(name) => Stream::Account(name.parse().unwrap()),
            None => Stream::System,
        };
        let expected: Version = self.log.version(&stream);
        let epoch = self.log.epoch();
        self.log.append(&Append { stream, expected, epoch, records: &records }).unwrap();
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
