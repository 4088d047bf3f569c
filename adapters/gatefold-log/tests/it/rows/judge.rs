//! The judge of a damaged log: whatever is missing or changed has to be said, by the opening or by
//! the reading. Anything else is silence, and a test fails.

use std::ops::ControlFlow;

use gatefold_core::record::{AppendError, Log, Position, ReadError};
use gatefold_log::{EmbeddedLog, LogReader, OpenError, Options, RecoveryReport};
use gatefold_sim::disk::SimDisk;

use crate::kit::{Batch, append};

/// What became of a damaged log, as its user sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    /// Opening stopped.
    Stopped,
    /// Opening went through and reading stopped.
    Unreadable,
    /// The last group was cut, kept, and reported as possibly acknowledged.
    Cut,
    /// Something was cut and reported, and every event is there.
    WholeAndReported,
    /// Every event is there and nothing was said.
    Whole,
}

/// How often each outcome was.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub stopped: u64,
    pub unreadable: u64,
    pub cut: u64,
    pub whole_and_reported: u64,
    pub whole: u64,
}

impl Tally {
    pub(crate) fn count(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Stopped => self.stopped += 1,
            Outcome::Unreadable => self.unreadable += 1,
            Outcome::Cut => self.cut += 1,
            Outcome::WholeAndReported => self.whole_and_reported += 1,
            Outcome::Whole => self.whole += 1,
        }
    }

    /// Damage to the bytes of events that were proven durable.
    pub(crate) fn refused(&self) -> u64 {
        self.stopped + self.unreadable
    }
}

/// How many batches of a history a reading showed, and how it ended.
fn read_batches(
    read: impl FnOnce(&mut dyn FnMut(Position, u128, &[u8])) -> Result<(), ReadError>,
    history: &[Batch],
    when: &str,
) -> (usize, Result<(), ReadError>) {
    let mut records = history.iter().flat_map(|batch| &batch.records);
    let mut ends = Vec::new();
    let mut end = 0;
    for batch in history {
        end += batch.records.len();
        ends.push(end);
    }
    let mut events = 0_usize;
    let ended = read(&mut |position, id, body| {
        let expected = records.next().unwrap_or_else(|| panic!("{when}: an event was invented"));
        events += 1;
        assert_eq!(position.get(), u64::try_from(events).unwrap(), "{when}: a hole");
        assert!(expected.id.raw() == id && expected.body == body, "{when}: a changed event");
    });
    let whole = ends.iter().filter(|end| **end <= events).count();
    let half = events != 0 && !ends.contains(&events);
    assert!(ended.is_err() || !half, "{when}: half a batch");
    (whole, ended)
}

/// Opens and reads a log in which every batch of `history` was acknowledged and which was damaged
/// since then; panics at anything that is missing, changed or doubled without being said.
pub(crate) fn judge(disk: &SimDisk, options: Options, history: &[Batch], when: &str) -> Outcome {
    let (mut log, report) = match EmbeddedLog::open_on(disk.clone(), options) {
        Ok(opened) => opened,
        Err(OpenError::Full { .. } | OpenError::LockedByOther { .. }) => {
            panic!("{when}: damage is taken for something else")
        }
        Err(OpenError::Corrupt(corruption)) => {
            assert!(corruption.segment.contains("log/") || corruption.segment == "FORMAT");
            return Outcome::Stopped;
        }
        Err(_) => return Outcome::Stopped,
    };
    let (held, ended) = read_batches(
        |each| {
            log.read(Position::ZERO, &mut |entry| {
                each(entry.position, entry.id.raw(), entry.body);
                ControlFlow::Continue(())
            })
        },
        history,
        when,
    );
    let outcome = outcome(disk, &report, history.len(), held, &ended, when);
    for (index, batch) in history.iter().enumerate() {
        match append(&mut log, batch) {
            Ok(done) => {
                let present = index < held || ended.is_err();
                assert_eq!(
                    done.already, present,
                    "{when}: batch {index} doubled or taken for held"
                );
            }
            // A place that cannot be read is not a place where nothing is.
            Err(AppendError::Poisoned { .. } | AppendError::Indeterminate { .. }) => break,
            Err(_) => assert!(ended.is_err(), "{when}: batch {index} refused by a sound log"),
        }
    }
    outcome
}

fn outcome(
    disk: &SimDisk,
    report: &RecoveryReport,
    all: usize,
    held: usize,
    ended: &Result<(), ReadError>,
    when: &str,
) -> Outcome {
    if let Err(error) = ended {
        assert!(matches!(error, ReadError::Corrupt { .. }), "{when}: {error}");
        return Outcome::Unreadable;
    }
    match &report.torn {
        None if held == all => Outcome::Whole,
        None => panic!("{when}: {held} of {all} batches, in silence"),
        Some(_) if held == all => Outcome::WholeAndReported,
        Some(torn) => {
            assert!(torn.maybe_acknowledged, "{when}: {torn:?}");
            assert_eq!(held + 1, all, "{when}: more than the last group was cut");
            assert!(disk.bytes(&torn.kept_as).is_some(), "{when}: the cut bytes are gone");
            Outcome::Cut
        }
    }
}

/// The same for a reader without a lock, which changes nothing.
pub(crate) fn judge_reader(disk: &SimDisk, history: &[Batch], when: &str) -> Outcome {
    let Ok(reader) = LogReader::open_on(disk.clone()) else { return Outcome::Stopped };
    let (held, ended) = read_batches(
        |each| {
            reader.read(Position::ZERO, &mut |entry| {
                each(entry.position, entry.id.raw(), entry.body);
                ControlFlow::Continue(())
            })
        },
        history,
        when,
    );
    match (ended, reader.has_torn_tail()) {
        (Err(_), _) => Outcome::Unreadable,
        (Ok(()), true) if held == history.len() => Outcome::WholeAndReported,
        (Ok(()), true) if held + 1 == history.len() => Outcome::Cut,
        (Ok(()), false) if held == history.len() => Outcome::Whole,
        (Ok(()), _) => panic!("{when}: a reader sees {held} of {} batches", history.len()),
    }
}

/// The paths of a log's segments, in order.
pub(crate) fn segments(disk: &SimDisk) -> Vec<String> {
    disk.paths().into_iter().filter(|path| path.ends_with(".gfl")).collect()
}

/// The offsets at which groups begin, and how long they are without padding.
pub(crate) fn groups(bytes: &[u8]) -> Vec<(usize, usize)> {
    let mut groups = Vec::new();
    let mut at = BLOCK;
    while at < bytes.len() && bytes[at..at + 4] == *b"GRP1" {
        let body = u32::from_le_bytes(bytes[at + 44..at + 48].try_into().unwrap());
        let used = 96 + usize::try_from(body).unwrap();
        groups.push((at, used));
        at += used.next_multiple_of(BLOCK);
    }
    groups
}

/// Everything that is synced on its own starts on a multiple of this.
pub(crate) const BLOCK: usize = 4_096;

/// Numbers that look like chance and are the same every time.
pub(crate) struct Noise(pub u64);

impl Noise {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(bound).unwrap()).unwrap()
    }
}
