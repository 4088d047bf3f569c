//! The handle to a running shard: put in, look at, come to rest, stop.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

use crossbeam_channel::{Sender, TrySendError, bounded};
use gatefold_core::decide::MarketData;
use gatefold_core::engine::{Engine, Input};
use gatefold_core::record::Log;
use gatefold_core::route::Broker;
use gatefold_core::vocabulary::AccountId;

use crate::caller::Caller;
use crate::clock::Clock;
use crate::desk::{Desk, Lines, Message};
use crate::error::{Fault, Refused, panic_text};
use crate::listener::Listener;
use crate::options::{BATCHES_PENDING_MAX, CALLS_PENDING_MAX, Options};
use crate::scribe;

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
    /// The state; `None` if the engine panicked. After a fault it is ahead of the log: drop it.
    pub engine: Option<Engine>,
    /// The log; `None` if its thread panicked.
    pub log: Option<Box<dyn Log>>,
    /// Why it ended, unless it was asked to and came to rest.
    pub fault: Option<Fault>,
}

type DeskEnd = Result<(Engine, Result<(), Fault>), String>;

/// One engine with its threads.
pub struct Shard {
    messages: Sender<Message>,
    options: Options,
    desk: JoinHandle<DeskEnd>,
    scribe: JoinHandle<Box<dyn Log>>,
    callers: Vec<JoinHandle<()>>,
}

impl Shard {
    /// Starts the threads.
    ///
    /// # Errors
    /// [`Fault::NoThread`] when the operating system gives none.
    pub fn start(parts: Parts, options: Options) -> Result<Self, Fault> {
        let (messages, messages_in) = bounded(options.inputs_pending.max(1));
        let (batches, batches_in) = bounded(BATCHES_PENDING_MAX);
        // As many places as can be outstanding: answering never waits.
        let (durables, durables_in) = bounded(BATCHES_PENDING_MAX);
        let answers_max = parts.brokers.len().saturating_mul(CALLS_PENDING_MAX + 1).max(1);
        let (answers, answers_in) = bounded(answers_max);
        let log = parts.log;
        let scribe = spawn("gatefold-log", move || scribe::run(log, &batches_in, &durables))?;
        let mut calls = BTreeMap::new();
        let mut callers = Vec::new();
        for (account, broker) in parts.brokers {
            let (line, line_in) = bounded(CALLS_PENDING_MAX);
            let answers = answers.clone();
            let caller = Caller::new(account, broker);
            let name = format!("gatefold-broker-{account}");
            callers.push(spawn(&name, move || caller.run(&line_in, &answers))?);
            calls.insert(account, line);
        }
        let lines = Lines {
            messages: messages_in,
            batches,
            durables: durables_in,
            calls,
            answers: answers_in,
        };
        let desk = Desk::new(
            parts.engine,
            parts.market,
            parts.clock,
            parts.listener,
            options,
            lines,
        );
        let desk = spawn("gatefold-engine", move || {
            catch_unwind(AssertUnwindSafe(|| desk.run()))
                .map_err(|panic| panic_text(panic.as_ref()))
        })?;
        Ok(Self { messages, options, desk, scribe, callers })
    }

    /// Puts something in. Does not wait.
    ///
    /// # Errors
    /// [`Refused`] hands the input back: the channel is full, or the shard has ended.
    pub fn send(&self, input: Input) -> Result<(), Refused> {
        let back = |message| match message {
            Message::Input(input) => input,
            Message::Settle(_) | Message::View(_) | Message::Stop => {
                unreachable!("what was sent comes back")
            }
        };
        self.messages.try_send(Message::Input(Box::new(input))).map_err(|error| match error {
            TrySendError::Full(message) => {
                Refused::Full { pending: self.messages.len(), input: back(message) }
            }
            TrySendError::Disconnected(message) => Refused::Ended { input: back(message) },
        })
    }

    /// Waits until everything that was put in is durable, carried out, and has brought no further
    /// report.
    ///
    /// # Errors
    /// [`Fault::Unsettled`] after [`Options::settle_within`], also where the shard has ended:
    /// [`stop`](Self::stop) tells why.
    pub fn settle(&self) -> Result<(), Fault> {
        let within = self.options.settle_within;
        let (reply, settled) = bounded(1);
        let sent = self.messages.send_timeout(Message::Settle(reply), within);
        let waited = sent.ok().and_then(|()| settled.recv_timeout(within).ok());
        waited.ok_or(Fault::Unsettled { within })
    }

    /// Looks at the engine between two inputs.
    ///
    /// # Errors
    /// As [`settle`](Self::settle).
    pub fn view<R: Send + 'static>(
        &self,
        look: impl FnOnce(&Engine) -> R + Send + 'static,
    ) -> Result<R, Fault> {
        let within = self.options.settle_within;
        let (reply, seen) = bounded(1);
        let message = Message::View(Box::new(move |engine: &Engine| {
            // Nobody may wait any more; then there is nobody to tell.
            let _ = reply.send(look(engine));
        }));
        let sent = self.messages.send_timeout(message, within);
        let waited = sent.ok().and_then(|()| seen.recv_timeout(within).ok());
        waited.ok_or(Fault::Unsettled { within })
    }

    /// Stops cleanly: what was taken is made durable, carried out and answered first.
    #[must_use]
    pub fn stop(self) -> Stopped {
        // A full channel is emptied by the desk; an ended desk needs no word.
        let _ = self.messages.send_timeout(Message::Stop, self.options.stop_within);
        drop(self.messages);
        let (engine, mut fault) = match self.desk.join() {
            Ok(Ok((engine, ended))) => (Some(engine), ended.err()),
            Ok(Err(text)) => (None, Some(Fault::EngineDied { text })),
            Err(panic) => (None, Some(Fault::EngineDied { text: panic_text(panic.as_ref()) })),
        };
        let log = match self.scribe.join() {
            Ok(log) => Some(log),
            Err(panic) => {
                fault = Some(Fault::LogDied { text: panic_text(panic.as_ref()) });
                None
            }
        };
        if fault.is_none() {
            // At rest no call is under way, so these end at once; after a fault one may hang.
            self.callers.into_iter().for_each(|caller| drop(caller.join()));
        }
        Stopped { engine, log, fault }
    }
}

fn spawn<R: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> R + Send + 'static,
) -> Result<JoinHandle<R>, Fault> {
    let started = Builder::new().name(name.to_owned()).spawn(work);
    started.map_err(|error| Fault::NoThread { name: name.to_owned(), text: error.to_string() })
}
