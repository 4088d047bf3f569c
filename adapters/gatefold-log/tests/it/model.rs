//! Any interleaving of appends, refusals, rolls, faults, crashes and openings equals a log that is
//! a list in memory.

use std::ops::ControlFlow;

use gatefold_core::record::{
    Append, AppendError, Appended, Epoch, Log, Position, Record, Stream, Version,
};
use gatefold_core::vocabulary::{AccountId, EventId, Timestamp};
use gatefold_log::{EmbeddedLog, LogReader, Options, SEGMENT_BYTES_MIN};
use gatefold_sim::disk::{Faults, Keep, SimDisk};
use gatefold_sim::memory_log::MemoryLog;
use proptest::prelude::*;

use crate::kit::options;

/// What is asked for in an append.
#[derive(Clone, Copy, Debug)]
enum Ask {
    /// New events at the version that the stream has.
    New,
    /// A batch that was appended before, whatever is expected.
    Again(usize),
    /// The same with another body.
    Changed(usize),
    /// New events at another version.
    Stale(u64),
    /// New events of a writer that lost its lease.
    Deposed,
    /// New events of a writer with a higher lease.
    Promoted,
    Empty,
}

/// How a process ends.
#[derive(Clone, Copy, Debug)]
enum Ending {
    Close,
    Drop,
    Kill,
    LosePower(Keep),
}

/// What goes wrong during the next append.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    PowerLost(u64),
    SyncFails(u64),
    ChangeFails(u64),
    Full(u64),
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Append {
        stream: usize,
        events: u64,
        bytes: usize,
        ask: Ask,
    },
    Trouble {
        trouble: Trouble,
        stream: usize,
        events: u64,
        bytes: usize,
    },
    End(Ending),
    /// The power is lost while the log is opened.
    EndAndLosePowerWhileOpening {
        ending: Ending,
        at: u64,
        keep: Keep,
    },
    Read {
        after: u64,
    },
    ReadBeside,
}

fn asks() -> impl Strategy<Value = Ask> {
    prop_oneof![
        12 => Just(Ask::New),
        2 => (0..40_usize).prop_map(Ask::Again),
        1 => (0..40_usize).prop_map(Ask::Changed),
        1 => (0..9_u64).prop_map(Ask::Stale),
        1 => Just(Ask::Deposed),
        1 => Just(Ask::Promoted),
        1 => Just(Ask::Empty),
    ]
}

fn keeps() -> impl Strategy<Value = Keep> {
    prop_oneof![
        2 => any::<u64>().prop_map(Keep::Some),
        1 => Just(Keep::Nothing),
        1 => Just(Keep::Everything),
        1 => Just(Keep::Names),
        1 => Just(Keep::Contents),
    ]
}

fn endings() -> impl Strategy<Value = Ending> {
    prop_oneof![
        1 => Just(Ending::Close),
        1 => Just(Ending::Drop),
        2 => Just(Ending::Kill),
        3 => keeps().prop_map(Ending::LosePower),
    ]
}

fn troubles() -> impl Strategy<Value = Trouble> {
    prop_oneof![
        (1..12_u64).prop_map(Trouble::PowerLost),
        (1..6_u64).prop_map(Trouble::SyncFails),
        (1..12_u64).prop_map(Trouble::ChangeFails),
        (1..8_u64).prop_map(Trouble::Full),
    ]
}

fn sizes() -> impl Strategy<Value = usize> {
    prop_oneof![4 => 0..200_usize, 1 => 3_000..9_000_usize]
}

fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (0..3_usize, 1..4_u64, sizes(), asks())
            .prop_map(|(stream, events, bytes, ask)| Step::Append { stream, events, bytes, ask }),
        2 => (troubles(), 0..3_usize, 1..4_u64, sizes())
            .prop_map(|(trouble, stream, events, bytes)| {
                Step::Trouble { trouble, stream, events, bytes }
            }),
        2 => endings().prop_map(Step::End),
        1 => (endings(), 1..20_u64, keeps())
            .prop_map(|(ending, at, keep)| Step::EndAndLosePowerWhileOpening { ending, at, keep }),
        1 => (0..30_u64).prop_map(|after| Step::Read { after }),
        1 => Just(Step::ReadBeside),
    ]
}

/// A batch as it was asked for.
#[derive(Clone, Debug)]
struct Batch {
    stream: Stream,
    records: Vec<Record>,
}

type Seen = (Stream, Version, Record);

/// A log, the list it has to equal, and what may or may not be in it.
struct World {
    disk: SimDisk,
    options: Options,
    log: Option<EmbeddedLog<SimDisk>>,
    list: MemoryLog,
    appended: Vec<Batch>,
    /// The batch whose fate is not known until the log is opened again.
    unknown: Option<Batch>,
    next_id: u128,
}

fn stream(which: usize) -> Stream {
    let account = |name| Stream::Account(AccountId::new(name).unwrap());
    [Stream::System, account("large"), account("tiny")][which]
}

/// The answer without what may differ: the texts, and the epochs.
fn shape(answer: &Result<Appended, AppendError>) -> String {
    match answer {
        Ok(done) => format!("{done:?}"),
        Err(AppendError::WrongExpected { actual, .. }) => format!("wrong expected, {actual}"),
        Err(AppendError::IdReused { id, .. }) => format!("reused {id}"),
        Err(AppendError::Fenced { .. }) => "fenced".to_owned(),
        Err(AppendError::OutOfBounds { .. }) => "out of bounds".to_owned(),
        Err(other) => panic!("an answer that only a fault explains: {other}"),
    }
}

fn events_of(log: &dyn Log, after: u64) -> Vec<Seen> {
    let mut seen = Vec::new();
    let mut position = after;
    log.read(Position::new(after), &mut |entry| {
        position += 1;
        assert_eq!(entry.position.get(), position, "no hole");
        let record = Record {
            id: entry.id,
            tag: entry.tag,
            schema: entry.schema,
            at: entry.at,
            body: entry.body.to_vec(),
        };
        seen.push((entry.stream, entry.version, record));
        ControlFlow::Continue(())
    })
    .unwrap();
    seen
}

fn ask_of(
    log: &mut dyn Log,
    batch: &Batch,
    expected: Version,
    ask: Ask,
) -> Result<Appended, AppendError> {
    let epoch = match ask {
        Ask::Deposed => Epoch::new(log.epoch().get() - 1),
        Ask::Promoted => log.epoch().next(),
        Ask::New | Ask::Again(_) | Ask::Changed(_) | Ask::Stale(_) | Ask::Empty => log.epoch(),
    };
    let Batch { stream, records } = batch;
    log.append(&Append { stream: *stream, expected, epoch, records })
}

impl World {
    fn new(options: Options) -> Self {
        let disk = SimDisk::default();
        let log = EmbeddedLog::open_on(disk.clone(), options).unwrap().0;
        let (list, log) = (MemoryLog::default(), Some(log));
        Self { disk, options, log, list, appended: Vec::new(), unknown: None, next_id: 1 }
    }

    fn log(&mut self) -> &mut EmbeddedLog<SimDisk> {
        self.log.as_mut().unwrap()
    }

    fn new_batch(&mut self, which: usize, events: u64, bytes: usize) -> Batch {
        let records = (0..events).map(|event| {
            self.next_id += 1;
            let body = vec![self.next_id.to_le_bytes()[0]; bytes];
            let at = Timestamp::from_nanos(i64::try_from(event).unwrap() - 1);
            Record { id: EventId::from_raw(self.next_id), tag: 2, schema: 1, at, body }
        });
        Batch { records: records.collect(), stream: stream(which) }
    }

    fn batch(&mut self, which: usize, events: u64, bytes: usize, ask: Ask) -> Batch {
        let mut before = None;
        if let Ask::Again(index) | Ask::Changed(index) = ask
            && let Some(turn) = index.checked_rem(self.appended.len())
        {
            before = Some(self.appended[turn].clone());
        }
        let mut batch = before.unwrap_or_else(|| self.new_batch(which, events, bytes));
        match ask {
            Ask::Changed(_) => batch.records[0].body.push(1),
            Ask::Empty => batch.records.clear(),
            Ask::New | Ask::Again(_) | Ask::Stale(_) | Ask::Deposed | Ask::Promoted => (),
        }
        batch
    }

    fn append(&mut self, batch: &Batch, ask: Ask) {
        let version = self.list.version(&batch.stream);
        let expected = if let Ask::Stale(by) = ask { version.after(1 + by) } else { version };
        if matches!(ask, Ask::Deposed) && Log::epoch(self.log()).get() == 0 {
            return;
        }
        let listed = ask_of(&mut self.list, batch, expected, ask);
        let answer = ask_of(self.log(), batch, expected, ask);
        assert_eq!(shape(&answer), shape(&listed), "{ask:?} {batch:?}");
        if listed.is_ok_and(|done| !done.already) {
            self.appended.push(batch.clone());
        }
    }

    /// Appends while something goes wrong.
    fn append_in(&mut self, trouble: Trouble, batch: Batch) {
        let faults = match trouble {
            Trouble::PowerLost(at) => Faults { crash_at: Some(at), ..Faults::default() },
            Trouble::SyncFails(at) => Faults { sync_fails_at: Some(at), ..Faults::default() },
            Trouble::ChangeFails(at) => Faults { change_fails_at: Some(at), ..Faults::default() },
            Trouble::Full(at) => Faults { no_space_at: Some(at), ..Faults::default() },
        };
        self.disk.set_faults(faults);
        let expected = self.list.version(&batch.stream);
        let answer = ask_of(self.log(), &batch, expected, Ask::New);
        match answer {
            Ok(done) => {
                assert!(!done.already);
                let listed = ask_of(&mut self.list, &batch, expected, Ask::New).unwrap();
                assert_eq!(done, listed);
                self.appended.push(batch);
            }
            Err(AppendError::Full { .. }) => (),
            Err(AppendError::Indeterminate { .. }) => {
                let refused = ask_of(self.log(), &batch, expected, Ask::New);
                assert!(matches!(refused, Err(AppendError::Poisoned { .. })), "{refused:?}");
                self.unknown = Some(batch);
                let keep = Keep::Some(u64::try_from(self.next_id).unwrap());
                let power =
                    matches!(trouble, Trouble::PowerLost(_)) || self.next_id.is_multiple_of(2);
                self.end(if power { Ending::LosePower(keep) } else { Ending::Kill });
                self.open();
                return;
            }
            Err(other) => panic!("{trouble:?}: {other}"),
        }
        if self.disk.has_crashed() {
            self.end(Ending::LosePower(Keep::Nothing));
            self.open();
        } else {
            self.disk.set_faults(Faults::default());
        }
    }

    fn end(&mut self, ending: Ending) {
        let log = self.log.take().unwrap();
        match ending {
            Ending::Close => log.close().unwrap(),
            Ending::Drop => drop(log),
            Ending::Kill => {
                self.disk = self.disk.killed();
                drop(log);
            }
            Ending::LosePower(keep) => {
                self.disk = self.disk.lost_power(keep);
                drop(log);
            }
        }
    }

    /// Opens the log and settles what became of the unknown batch.
    fn open(&mut self) {
        let (log, report) = EmbeddedLog::open_on(self.disk.clone(), self.options).unwrap();
        self.log = Some(log);
        self.list = self.list.reopen();
        let held = self.log().head().get();
        assert_eq!(held, report.head.get());
        if let Some(batch) = self.unknown.take()
            && held > Log::head(&self.list).get()
        {
            let expected = self.list.version(&batch.stream);
            ask_of(&mut self.list, &batch, expected, Ask::New).unwrap();
            self.appended.push(batch);
        }
        self.compare(0);
    }

    fn compare(&mut self, after: u64) {
        let after = after.min(Log::head(&self.list).get());
        let listed = events_of(&self.list, after);
        assert_eq!(events_of(self.log(), after), listed);
        for which in 0..3 {
            let version = self.list.version(&stream(which));
            assert_eq!(self.log().version(&stream(which)), version);
        }
    }

    fn read_beside(&self) {
        let reader = LogReader::open_on(self.disk.clone()).unwrap();
        let mut seen = Vec::new();
        reader
            .read(Position::ZERO, &mut |entry| {
                seen.push((entry.stream, entry.version, entry.id));
                ControlFlow::Continue(())
            })
            .unwrap();
        let listed = events_of(&self.list, 0).into_iter();
        let listed: Vec<_> = listed.map(|(stream, version, it)| (stream, version, it.id)).collect();
        assert!(listed.starts_with(&seen), "a reader sees what is not durable");
        let last = self.appended.last().map_or(0, |batch| batch.records.len());
        assert!(seen.len() + last >= listed.len(), "a reader is one append behind at most");
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Append { stream, events, bytes, ask } => {
                let batch = self.batch(stream, events, bytes, ask);
                self.append(&batch, ask);
            }
            Step::Trouble { trouble, stream, events, bytes } => {
                let batch = self.new_batch(stream, events, bytes);
                self.append_in(trouble, batch);
            }
            Step::End(ending) => {
                self.end(ending);
                self.open();
            }
            Step::EndAndLosePowerWhileOpening { ending, at, keep } => {
                self.end(ending);
                self.disk.set_faults(Faults { crash_at: Some(at), ..Faults::default() });
                drop(EmbeddedLog::open_on(self.disk.clone(), self.options));
                self.disk = self.disk.lost_power(keep);
                self.open();
            }
            Step::Read { after } => self.compare(after),
            Step::ReadBeside => self.read_beside(),
        }
    }
}

proptest! {
    #[test]
    fn any_history_equals_a_list_in_memory(
        steps in prop::collection::vec(steps(), 1..40),
        segment_bytes in prop_oneof![Just(SEGMENT_BYTES_MIN), Just(20 * 4_096)],
    ) {
        let mut world = World::new(options(segment_bytes));
        for step in steps {
            world.take(step);
        }
        world.end(Ending::Kill);
        world.open();
    }
}
