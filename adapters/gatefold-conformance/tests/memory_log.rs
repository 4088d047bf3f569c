//! The suite itself: the log in memory passes it, and a log that breaks a promise does not.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use gatefold_conformance::{log_contract, log_restart_contract};
use gatefold_core::record::{
    Append, AppendError, Appended, Durability, Entry, Epoch, Log, Position, ReadError, Stream,
    Version,
};
use gatefold_sim::memory_log::MemoryLog;

#[test]
fn the_log_in_memory_keeps_the_contract() {
    log_contract(&mut || Box::new(MemoryLog::default()));
}

#[test]
fn the_log_in_memory_keeps_the_contract_across_restarts() {
    let log = MemoryLog::default();
    log_restart_contract(&mut || Box::new(log.reopen()));
}

/// One way to break a promise.
#[derive(Clone, Copy, Debug)]
enum Flaw {
    IgnoresEpochs,
    IgnoresVersions,
    ForgetsRepetitions,
    SkipsTheLastEvent,
    GoesOnAfterStop,
    CountsVersionsOverall,
    AcceptsEmptyBatches,
}

const FLAWS: [Flaw; 7] = [
    Flaw::IgnoresEpochs,
    Flaw::IgnoresVersions,
    Flaw::ForgetsRepetitions,
    Flaw::SkipsTheLastEvent,
    Flaw::GoesOnAfterStop,
    Flaw::CountsVersionsOverall,
    Flaw::AcceptsEmptyBatches,
];

struct Flawed {
    log: MemoryLog,
    flaw: Flaw,
}

impl Log for Flawed {
    fn append(&mut self, append: &Append<'_>) -> Result<Appended, AppendError> {
        let mut append = append.clone();
        match self.flaw {
            Flaw::IgnoresEpochs => append.epoch = Epoch::new(u64::MAX),
            Flaw::IgnoresVersions => append.expected = self.log.version(&append.stream),
            Flaw::AcceptsEmptyBatches if append.records.is_empty() => {
                let (position, version) = (self.log.head(), append.expected);
                return Ok(Appended { position, version, already: false });
            }
            Flaw::ForgetsRepetitions
            | Flaw::SkipsTheLastEvent
            | Flaw::GoesOnAfterStop
            | Flaw::CountsVersionsOverall
            | Flaw::AcceptsEmptyBatches => (),
        }
        let done = self.log.append(&append)?;
        let already = done.already && !matches!(self.flaw, Flaw::ForgetsRepetitions);
        Ok(Appended { already, ..done })
    }

    fn read(
        &self,
        after: Position,
        visit: &mut dyn FnMut(&Entry<'_>) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        let head = self.log.head();
        self.log.read(after, &mut |entry| match self.flaw {
            Flaw::SkipsTheLastEvent if entry.position == head => ControlFlow::Break(()),
            Flaw::GoesOnAfterStop => {
                let _ = visit(entry);
                ControlFlow::Continue(())
            }
            Flaw::IgnoresEpochs
            | Flaw::IgnoresVersions
            | Flaw::ForgetsRepetitions
            | Flaw::SkipsTheLastEvent
            | Flaw::CountsVersionsOverall
            | Flaw::AcceptsEmptyBatches => visit(entry),
        })
    }

    fn head(&self) -> Position {
        self.log.head()
    }

    fn version(&self, stream: &Stream) -> Version {
        match self.flaw {
            Flaw::CountsVersionsOverall => Version::new(self.log.head().get()),
            Flaw::IgnoresEpochs
            | Flaw::IgnoresVersions
            | Flaw::ForgetsRepetitions
            | Flaw::SkipsTheLastEvent
            | Flaw::GoesOnAfterStop
            | Flaw::AcceptsEmptyBatches => self.log.version(stream),
        }
    }

    fn epoch(&self) -> Epoch {
        self.log.epoch()
    }

    fn durability(&self) -> Durability {
        Durability::Sync
    }
}

#[test]
fn a_log_that_breaks_a_promise_does_not_pass() {
    for flaw in FLAWS {
        let run = catch_unwind(AssertUnwindSafe(|| {
            log_contract(&mut || Box::new(Flawed { log: MemoryLog::default(), flaw }));
        }));
        assert!(run.is_err(), "{flaw:?} is not noticed");
    }
}
