//! Threads and bounded channels that drive the engine over any log and any broker.
//!
//! ```text
//!            inputs                batches
//!   edge ------------> engine ---------------> log thread (append, sync)
//!                      thread <---------------
//!                        |  ^      durable
//!                  calls |  | answers and reports
//!                        v  |
//!              one broker thread per account
//! ```
//!
//! A [`Shard`] is one engine with these threads around it. Nothing blocks in the circle: the engine
//! thread only hands on what fits, keeps the rest in queues of its own, and takes no new input
//! while those are long; so the edge is where a full channel is felt, as a named refusal
//! ([`Refused`]). An append that fails ends the shard ([`Fault::Commit`]): drop it, open the log
//! again, fold it, start anew.
//!
//! A [`Replay`] drives a shard through recorded time, in lockstep, so that the same input gives the
//! same log on every run.
//!
//! Where to read on: `desk` (the engine thread), `scribe` (the log thread), `caller` (a broker
//! thread), `shard` (the handle), `replay`.

mod clock;
mod error;
mod listener;
mod options;

mod caller;
mod desk;
mod line;
mod scribe;
mod shard;

mod agenda;
mod replay;
mod stage;

pub use agenda::{ARRIVALS_MAX, Agenda};
pub use clock::{Clock, ReplayClock, SystemClock};
pub use error::{Fault, Refused};
pub use listener::{Listener, Silent};
pub use options::{
    BACKLOG_MAX, BATCHES_PENDING_MAX, CALLS_PENDING_MAX, INPUTS_PENDING_MAX, Options, Pacing,
    SETTLE_ROUNDS_MAX,
};
pub use replay::{Ending, Progress, Replay, ReplayFault};
pub use shard::{Parts, Shard, Stopped};
pub use stage::Stage;
