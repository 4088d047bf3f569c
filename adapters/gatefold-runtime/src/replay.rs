//! A replay: a shard driven through recorded time in lockstep, from where its log ends.

use std::sync::atomic::{AtomicBool, Ordering};

use gatefold_core::engine::{Input, Opening};
use gatefold_core::vocabulary::Timestamp;

use crate::agenda::Agenda;
use crate::clock::ReplayClock;
use crate::error::{Fault, Refused};
use crate::shard::Shard;
use crate::stage::Stage;

/// How far a replay is.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// The time it has reached.
    pub now: Timestamp,
    /// Arrivals that are left.
    pub arrivals_left: usize,
}

/// How a replay ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// At the end of what was recorded.
    Done,
    /// Asked to stop, between two instants; started again it goes on there.
    Interrupted,
}

/// Why a replay could not go on.
#[derive(Debug, thiserror::Error)]
pub enum ReplayFault {
    /// **Handling:** as the [`Fault`] says.
    #[error(transparent)]
    Shard(#[from] Fault),
    /// **Handling:** as [`Refused`] says; in a replay it means that the shard has ended.
    #[error(transparent)]
    Refused(#[from] Refused),
}

/// Everything a replay needs besides its shard.
pub struct Replay<'a> {
    /// The recorded market and the broker that lives off it.
    pub stage: &'a mut dyn Stage,
    /// What arrives.
    pub agenda: &'a mut Agenda,
    /// The clock that the shard reads.
    pub clock: &'a ReplayClock,
    /// The accounts as they are configured.
    pub openings: Vec<Opening>,
    /// Where the log ends; `None` for a new one.
    pub resume_at: Option<Timestamp>,
    /// Nothing that happens after this time is played.
    pub until: Option<Timestamp>,
    /// Set from outside to stop between two instants.
    pub stop: &'a AtomicBool,
}

impl Replay<'_> {
    /// Plays to the end, or until it is stopped.
    ///
    /// # Errors
    /// As [`ReplayFault`] says; the log is complete up to there.
    pub fn run(
        mut self,
        shard: &Shard,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Ending, ReplayFault> {
        let Some(first) = self.next_time() else {
            return Ok(Ending::Done);
        };
        let start = self.resume_at.unwrap_or(first);
        self.clock.advance_to(start);
        if self.resume_at.is_some() {
            self.stage.catch_up(start);
        }
        for opening in core::mem::take(&mut self.openings) {
            shard.send(Input::Open(opening))?;
        }
        // Brokers are asked only when every account is there to be told.
        shard.settle()?;
        if self.resume_at.is_some() {
            self.put(shard, Input::Resume)?;
            self.instant(shard, start)?;
        }
        while let Some(next) = self.next_time() {
            if self.until.is_some_and(|until| next > until) {
                break;
            }
            if self.stop.load(Ordering::SeqCst) {
                return Ok(Ending::Interrupted);
            }
            let now = next.max(start);
            self.instant(shard, now)?;
            progress(Progress { now, arrivals_left: self.agenda.len() });
        }
        // What the last moment filled is marked and watched too.
        self.put(shard, Input::Tick)?;
        Ok(Ending::Done)
    }

    /// Everything of one moment: first the market, then what follows from it, then advice.
    fn instant(&mut self, shard: &Shard, now: Timestamp) -> Result<(), ReplayFault> {
        self.clock.advance_to(now);
        self.stage.advance_to(now);
        // What the broker traded at this moment is booked before exits are judged on it.
        shard.settle()?;
        self.put(shard, Input::Tick)?;
        while let Some(arrival) = self.agenda.due(now) {
            self.put(shard, Input::Arrival(arrival))?;
        }
        Ok(())
    }

    fn put(&self, shard: &Shard, input: Input) -> Result<(), ReplayFault> {
        shard.send(input)?;
        Ok(shard.settle()?)
    }

    fn next_time(&self) -> Option<Timestamp> {
        match (self.stage.next_time(), self.agenda.next_time()) {
            (Some(stage), Some(agenda)) => Some(stage.min(agenda)),
            (stage, agenda) => stage.or(agenda),
        }
    }
}
