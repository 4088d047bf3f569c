//! The bounds of every queue and wait of a shard are named here.

use std::time::Duration;

/// So many inputs may wait at the edge; one more is refused.
pub const INPUTS_PENDING_MAX: usize = 1_024;
/// So many batches may be on their way to the log at a time.
pub const BATCHES_PENDING_MAX: usize = 256;
/// So many calls may be on their way to one account's broker thread at a time.
pub const CALLS_PENDING_MAX: usize = 64;
/// No new input is taken while so many batches and calls wait in the engine thread.
pub const BACKLOG_MAX: usize = 4_096;
/// So often in a row may polling the broker bring something new before that is a fault.
pub const SETTLE_ROUNDS_MAX: usize = 1_000;

/// Orders across a network wait for no longer.
const SUBMIT_WITHIN: Duration = Duration::from_secs(20);
const SUBMIT_MIN: Duration = Duration::from_secs(2);
/// No timer goes faster.
const STEP_MIN: Duration = Duration::from_millis(20);

/// How the threads of a shard go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pacing {
    /// One thing at a time: the log before the broker, the broker before new input. Time and polls
    /// come from the driver. The same input gives the same log, byte for byte.
    Lockstep,
    /// Everything at once, with time and polls from timers.
    Free {
        /// Time passes for the engine this often.
        tick_every: Duration,
        /// The broker is asked for reports this often, besides after every call.
        poll_every: Duration,
    },
}

/// How a shard is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// How the threads go together.
    pub pacing: Pacing,
    /// How many inputs may wait at the edge, at least 1.
    pub inputs_pending: usize,
    /// Coming to rest takes longer than this only if something hangs.
    pub settle_within: Duration,
    /// After a stop, outstanding broker calls are waited for this long.
    pub stop_within: Duration,
    /// An order that waited for its broker's thread for longer is not sent: what it was judged by
    /// is old. It is judged again. `None`: it may wait, as in a replay, where no time passes.
    pub submit_within: Option<Duration>,
}

impl Options {
    /// Fit for a replay.
    #[must_use]
    pub const fn lockstep() -> Self {
        Self {
            pacing: Pacing::Lockstep,
            inputs_pending: INPUTS_PENDING_MAX,
            settle_within: Duration::from_secs(60),
            stop_within: Duration::from_secs(30),
            submit_within: None,
        }
    }

    /// Fit for a broker across a network.
    #[must_use]
    pub const fn live() -> Self {
        let pacing = Pacing::Free {
            tick_every: Duration::from_millis(250),
            poll_every: Duration::from_millis(500),
        };
        Self { pacing, submit_within: Some(SUBMIT_WITHIN), ..Self::lockstep() }
    }

    /// Fit for a broker whose clock goes `speed` times as fast as this computer's: time passes for
    /// the engine in steps that are as small, down to what a computer can do.
    #[must_use]
    pub fn live_at_speed(speed: u32) -> Self {
        let live = Self::live();
        let Pacing::Free { tick_every, poll_every } = live.pacing else {
            return live;
        };
        let faster = |every: Duration| every.min(STEP_MIN.max(every / speed.max(1)));
        let (tick_every, poll_every) = (faster(tick_every), faster(poll_every));
        // Two lost answers take their time, however fast the day is.
        let submit_within = live.submit_within.map(|it| it.min(SUBMIT_MIN.max(it / speed.max(1))));
        Self { pacing: Pacing::Free { tick_every, poll_every }, submit_within, ..live }
    }
}
