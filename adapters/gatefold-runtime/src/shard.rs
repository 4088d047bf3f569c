//! The handle to a running shard: put in, look at, come to rest, stop.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded, select};
use gatefold_core::decide::MarketData;
use gatefold_core::engine::{Engine, Input};
use gatefold_core::record::Log;
use gatefold_core::route::Broker;
use gatefold_core::vocabulary::AccountId;

use crate::caller::Caller;
use crate::clock::Clock;
use crate::desk::{Desk, InHand, Request};
use crate::error::{Fault, Refused, panic_text};
use crate::line::Line;
use crate::listener::Listener;
use crate::options::{BATCHES_PENDING_MAX, CALLS_PENDING_MAX, Options};
use crate::scribe;

/// So many questions of the handle may wait.
const REQUESTS_PENDING_MAX: usize = 16;
/// How often a thread that is ending is looked at.
const JOIN_EVERY: Duration = Duration::from_micros(200);

/// What a shard is made of.
pub struct Parts {
    /// The folded state, level with the log.
    pub engine: Engine,
    /// Where decisions go.
    pub log: Box<dyn Log>,
    /// Every account of the log and the configuration, with its broker.
    pub brokers: Vec<(AccountId, Arc<dyn Broker>)>,
    /// Quotes and facts.
    pub market: Arc<dyn MarketData>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Who hears what is decided.
    pub listener: Box<dyn Listener>,
}

/// What is left of a shard that was stopped.
pub struct Stopped {
    /// The state, level with the log; `None` after a fault, since it may be ahead of the log.
    pub engine: Option<Engine>,
    /// The log; `None` if its thread panicked or hangs.
    pub log: Option<Box<dyn Log>>,
    /// Why it ended, unless it was asked to and came to rest.
    pub fault: Option<Fault>,
}

/// One engine with its threads.
///
/// Dropped without a [`stop`](Shard::stop) it ends as in a crash: what is durable stays, and what
/// was under way is looked up by the next one.
pub struct Shard {
    inbox: Sender<Input>,
    requests: Sender<Request>,
    options: Options,
    /// Closed when the engine thread ends. Nothing is ever sent on it.
    ended: Receiver<()>,
    /// Why it ended, there before `ended` is closed.
    fault: Arc<OnceLock<Fault>>,
    desk: JoinHandle<Option<Engine>>,
    scribe: JoinHandle<Box<dyn Log>>,
    callers: Vec<JoinHandle<()>>,
}

impl Shard {
    /// Starts the threads.
    ///
    /// # Errors
    /// [`Fault::NoThread`] when the operating system gives none.
    pub fn start(parts: Parts, options: Options) -> Result<Self, Fault> {
        let Parts { engine, log, brokers, market, clock, listener } = parts;
        let (inbox, inbox_out) = bounded(options.inputs_pending.max(1));
        let (requests, requests_out) = bounded(REQUESTS_PENDING_MAX);
        let (batches, batches_out) = bounded(BATCHES_PENDING_MAX);
        // As many places as can be outstanding: answering never waits.
        let (durables, durables_out) = bounded(BATCHES_PENDING_MAX);
        let answers_max = brokers.len().saturating_mul(CALLS_PENDING_MAX).max(1);
        let (answers, answers_out) = bounded(answers_max);
        let scribe = spawn("gatefold-log", move || scribe::run(log, &batches_out, &durables))?;
        let mut lines = BTreeMap::new();
        let mut callers = Vec::new();
        for (account, broker) in brokers {
            let (calls, calls_out) = bounded(CALLS_PENDING_MAX);
            let answers = answers.clone();
            let caller = Caller::new(account, broker, options.submit_within);
            let name = format!("gatefold-broker-{account}");
            callers.push(spawn(&name, move || caller.run(&calls_out, &answers))?);
            lines.insert(account, Line::new(calls));
        }
        let desk = Desk {
            engine,
            clock,
            market,
            listener,
            options,
            inbox: inbox_out,
            requests: requests_out,
            batches,
            durables: durables_out,
            answers: answers_out,
            lines,
            in_hand: InHand::default(),
        };
        let fault = Arc::new(OnceLock::new());
        let told = Arc::clone(&fault);
        let (ending, ended) = bounded(0);
        // The answers' end is kept, so that a shard without brokers waits for inputs all the same.
        let desk = spawn("gatefold-engine", move || work(desk, &told, (ending, answers)))?;
        Ok(Self { inbox, requests, options, ended, fault, desk, scribe, callers })
    }

    /// Puts something in. Does not wait.
    ///
    /// # Errors
    /// [`Refused`] hands the input back: the channel is full, or the shard has ended.
    pub fn send(&self, input: Input) -> Result<(), Refused> {
        self.inbox.try_send(input).map_err(|error| match error {
            TrySendError::Full(input) => {
                Refused::Full { pending: self.inbox.len(), input: Box::new(input) }
            }
            TrySendError::Disconnected(input) => Refused::Ended { input: Box::new(input) },
        })
    }

    /// Waits until everything that was put in is durable, carried out, and has brought no further
    /// report.
    ///
    /// # Errors
    /// The [`Fault`] that ended the shard, or [`Fault::Unsettled`] after
    /// [`Options::settle_within`].
    pub fn settle(&self) -> Result<(), Fault> {
        let (reply, settled) = bounded(1);
        self.ask(Request::Settle(reply), &settled)
    }

    /// Looks at the engine between two steps.
    ///
    /// # Errors
    /// As [`settle`](Self::settle).
    pub fn view<R: Send + 'static>(
        &self,
        look: impl FnOnce(&Engine) -> R + Send + 'static,
    ) -> Result<R, Fault> {
        let (reply, seen) = bounded(1);
        let look = move |engine: &Engine| {
            // Nobody may wait any more; then there is nobody to tell.
            let _ = reply.try_send(look(engine));
        };
        self.ask(Request::View(Box::new(look)), &seen)
    }

    fn ask<R>(&self, request: Request, answer: &Receiver<R>) -> Result<R, Fault> {
        let within = self.options.settle_within;
        let fault = || self.fault.get().cloned().unwrap_or(Fault::Unsettled { within });
        self.requests.send_timeout(request, within).map_err(|_| fault())?;
        select! {
            recv(answer) -> it => it.map_err(|_| fault()),
            recv(self.ended) -> _ => answer.try_recv().map_err(|_| fault()),
            default(within) => Err(Fault::Unsettled { within }),
        }
    }

    /// Stops cleanly: what was taken is made durable, carried out and answered first, for at most
    /// [`Options::stop_within`].
    #[must_use]
    pub fn stop(self) -> Stopped {
        let within = self.options.stop_within.saturating_add(self.options.settle_within);
        // An ended desk needs no word.
        let _ = self.requests.send_timeout(Request::Stop, self.options.settle_within);
        let (engine, hung) = match join(self.desk, within) {
            Some(Ok(engine)) => (engine, false),
            Some(Err(_)) | None => (None, true),
        };
        let mut fault = self.fault.get().cloned();
        if hung {
            fault = fault.or(Some(Fault::Unsettled { within }));
        }
        let log = match join(self.scribe, within) {
            Some(Ok(log)) => Some(log),
            Some(Err(text)) => {
                fault = Some(Fault::LogDied { text });
                None
            }
            None => {
                fault = fault.or(Some(Fault::Unsettled { within }));
                None
            }
        };
        if fault.is_none() {
            // At rest no call is under way, so these end at once; after a fault one may hang.
            for caller in self.callers {
                let _ = join(caller, within);
            }
        }
        Stopped { engine, log, fault }
    }
}

/// Runs the desk, and says why it ended before it lets go of anything.
fn work<T>(mut desk: Desk, told: &OnceLock<Fault>, ending: T) -> Option<Engine> {
    // A desk that panicked is dropped, not looked at again.
    let fault = match catch_unwind(AssertUnwindSafe(|| desk.run())) {
        Ok(Ok(())) => return Some(desk.engine),
        Ok(Err(fault)) => fault,
        Err(panic) => Fault::EngineDied { text: panic_text(panic.as_ref()) },
    };
    // Set once, here.
    let _ = told.set(fault);
    drop((desk, ending));
    None
}

fn spawn<R: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> R + Send + 'static,
) -> Result<JoinHandle<R>, Fault> {
    let started = Builder::new().name(name.to_owned()).spawn(work);
    started.map_err(|error| Fault::NoThread { name: name.to_owned(), text: error.to_string() })
}

/// What a thread left, or its panic's message; `None` where it does not end in time.
fn join<R>(thread: JoinHandle<R>, within: Duration) -> Option<Result<R, String>> {
    let since = Instant::now();
    while !thread.is_finished() {
        if since.elapsed() > within {
            return None;
        }
        std::thread::sleep(JOIN_EVERY);
    }
    Some(thread.join().map_err(|panic| panic_text(panic.as_ref())))
}
