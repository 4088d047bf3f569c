//! The engine thread: takes inputs, hands batches to the log and calls to the brokers, and knows
//! when everything has come to rest.
//!
//! It never waits for a full channel: what does not fit stays in queues of its own, and while those
//! are long no new input is taken.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use crossbeam_channel::{Receiver, Select, Sender, TryRecvError, TrySendError, never, tick};
use gatefold_core::decide::MarketData;
use gatefold_core::engine::{Engine, Input};
use gatefold_core::record::{Batch, CommitError, Durable};
use gatefold_core::route::Effect;
use gatefold_core::vocabulary::AccountId;

use crate::caller::{Answer, Call};
use crate::clock::Clock;
use crate::error::Fault;
use crate::listener::Listener;
use crate::options::{BACKLOG_MAX, BATCHES_PENDING_MAX, Options, Pacing, SETTLE_ROUNDS_MAX};

/// What the handle asks of the engine thread.
pub(crate) enum Message {
    Input(Box<Input>),
    Settle(Sender<()>),
    View(Box<dyn FnOnce(&Engine) + Send>),
    Stop,
}

/// The desk's ends of all channels.
pub(crate) struct Lines {
    pub(crate) messages: Receiver<Message>,
    pub(crate) batches: Sender<Batch>,
    pub(crate) durables: Receiver<Result<Durable, CommitError>>,
    pub(crate) calls: BTreeMap<AccountId, Sender<Call>>,
    pub(crate) answers: Receiver<Answer>,
}

pub(crate) struct Desk {
    pub(crate) engine: Engine,
    pub(crate) market: Arc<dyn MarketData>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) listener: Box<dyn Listener>,
    pub(crate) options: Options,
    pub(crate) lines: Lines,
    outbox: VecDeque<Batch>,
    committing: usize,
    queue: VecDeque<(AccountId, Call)>,
    calling: usize,
    settling: Option<Settling>,
    stopping: Option<Instant>,
}

/// A settle under way: the brokers are polled until a whole round brings nothing new.
struct Settling {
    reply: Sender<()>,
    rounds: usize,
    news: bool,
}

/// What woke the desk.
enum Event {
    Durable(Result<Durable, CommitError>),
    Answer(Answer),
    Message(Message),
    Tick,
    Poll,
    LogGone,
    HandleGone,
    Late,
}

impl Desk {
    pub(crate) fn new(
        engine: Engine,
        market: Arc<dyn MarketData>,
        clock: Arc<dyn Clock>,
        listener: Box<dyn Listener>,
        options: Options,
        lines: Lines,
    ) -> Self {
        Self {
            engine,
            market,
            clock,
            listener,
            options,
            lines,
            outbox: VecDeque::new(),
            committing: 0,
            queue: VecDeque::new(),
            calling: 0,
            settling: None,
            stopping: None,
        }
    }

    /// Runs until it is stopped and at rest, or until a fault.
    pub(crate) fn run(mut self) -> (Engine, Result<(), Fault>) {
        let ended = self.work();
        (self.engine, ended)
    }

    fn work(&mut self) -> Result<(), Fault> {
        let (ticks, polls) = match self.options.pacing {
            Pacing::Lockstep => (never(), never()),
            Pacing::Free { tick_every, poll_every } => (tick(tick_every), tick(poll_every)),
        };
        loop {
            self.hand_on()?;
            if self.is_at_rest() {
                if self.stopping.is_some() && self.settling.is_none() {
                    return Ok(());
                }
                self.settle()?;
            }
            match self.wait(&ticks, &polls) {
                Event::Durable(Ok(durable)) => {
                    self.committing -= 1;
                    self.take(Input::Durable(durable));
                }
                Event::Durable(Err(error)) => return Err(Fault::Commit { error: error.into() }),
                Event::Answer(answer) => self.answered(answer)?,
                Event::Message(message) => self.asked(message),
                Event::Tick => self.take(Input::Tick),
                Event::Poll => self.poll_all(),
                Event::LogGone => return Err(Fault::LogDied { text: String::new() }),
                Event::HandleGone if self.stopping.is_some() => {}
                Event::HandleGone => return Err(Fault::Abandoned),
                Event::Late => {
                    let (calls, within) = (self.calling, self.options.stop_within);
                    return Err(Fault::Unanswered { calls, within });
                }
            }
        }
    }

    /// Waits for whatever comes first. New messages only where there is room for what follows.
    fn wait(&self, ticks: &Receiver<Instant>, polls: &Receiver<Instant>) -> Event {
        let busy = self.settling.is_some() || self.stopping.is_some();
        let full = self.outbox.len() + self.queue.len() >= BACKLOG_MAX;
        let lockstep = self.options.pacing == Pacing::Lockstep;
        let open = !busy && !full && (!lockstep || self.is_at_rest());
        let mut select = Select::new();
        let durables = select.recv(&self.lines.durables);
        let answers = select.recv(&self.lines.answers);
        let ticking = (!busy).then(|| (select.recv(ticks), select.recv(polls)));
        let messages = open.then(|| select.recv(&self.lines.messages));
        let ready = match self.stopping {
            None => select.ready(),
            Some(end) => match select.ready_deadline(end) {
                Ok(ready) => ready,
                Err(_) => return Event::Late,
            },
        };
        if ready == durables {
            return match self.lines.durables.try_recv() {
                Ok(durable) => Event::Durable(durable),
                Err(TryRecvError::Disconnected) => Event::LogGone,
                Err(TryRecvError::Empty) => self.wait(ticks, polls),
            };
        }
        if ready == answers {
            return match self.lines.answers.try_recv() {
                Ok(answer) => Event::Answer(answer),
                Err(_) => self.wait(ticks, polls),
            };
        }
        if Some(ready) == messages {
            return match self.lines.messages.try_recv() {
                Ok(message) => Event::Message(message),
                Err(TryRecvError::Disconnected) => Event::HandleGone,
                Err(TryRecvError::Empty) => self.wait(ticks, polls),
            };
        }
        if ticking.is_some_and(|(tick, _)| tick == ready) {
            let _ = ticks.try_recv();
            return Event::Tick;
        }
        let _ = polls.try_recv();
        Event::Poll
    }

    fn asked(&mut self, message: Message) {
        match message {
            Message::Input(input) => self.take(*input),
            Message::Settle(reply) => {
                self.settling = Some(Settling { reply, rounds: 0, news: true });
            }
            Message::View(look) => look(&self.engine),
            Message::Stop => self.stopping = Some(Instant::now() + self.options.stop_within),
        }
    }

    /// One step of the engine.
    fn take(&mut self, input: Input) {
        let now = self.clock.now();
        let step = self.engine.step(input, now, self.market.as_ref());
        for notice in &step.notices {
            self.listener.noticed(notice, now);
        }
        for batch in step.batches {
            self.listener.decided(&batch);
            self.outbox.push_back(batch);
        }
        for effect in step.effects {
            let (account, call) = match effect {
                Effect::Submit(order) => (*order.get().account(), Call::Submit(order)),
                Effect::Cancel { account, key, broker_order_id } => {
                    (account, Call::Cancel { key, broker_order_id })
                }
                Effect::LookUp { account, key } => (account, Call::LookUp { key }),
                Effect::TakeSnapshot { account } => (account, Call::Snapshot),
                Effect::Alert(alert) => {
                    self.listener.alerted(&alert, now);
                    continue;
                }
            };
            self.queue.push_back((account, call));
        }
    }

    fn answered(&mut self, answer: Answer) -> Result<(), Fault> {
        self.calling -= 1;
        let account = answer.account;
        let told = answer.told.map_err(|text| Fault::BrokerDied { account, text })?;
        if let (Some(settling), false) = (&mut self.settling, told.is_empty()) {
            settling.news = true;
        }
        told.into_iter().for_each(|input| self.take(input));
        Ok(())
    }

    /// Gives the log and the brokers what they have room for. In lockstep the log goes first, and
    /// one broker call is made at a time.
    fn hand_on(&mut self) -> Result<(), Fault> {
        while self.committing < BATCHES_PENDING_MAX {
            let Some(batch) = self.outbox.pop_front() else { break };
            match self.lines.batches.try_send(batch) {
                Ok(()) => self.committing += 1,
                Err(TrySendError::Full(batch)) => {
                    self.outbox.push_front(batch);
                    break;
                }
                Err(TrySendError::Disconnected(batch)) => {
                    // The log's last word is still in its channel.
                    self.outbox.push_front(batch);
                    break;
                }
            }
        }
        let lockstep = self.options.pacing == Pacing::Lockstep;
        if lockstep && (self.committing > 0 || self.calling > 0) {
            return Ok(());
        }
        let mut full = BTreeSet::new();
        for _ in 0..self.queue.len() {
            let Some((account, call)) = self.queue.pop_front() else { break };
            let Some(line) = self.lines.calls.get(&account) else {
                return Err(Fault::NoBroker { account });
            };
            if full.contains(&account) {
                self.queue.push_back((account, call));
                continue;
            }
            match line.try_send(call) {
                Ok(()) => self.calling += 1,
                Err(TrySendError::Full(call) | TrySendError::Disconnected(call)) => {
                    full.insert(account);
                    self.queue.push_back((account, call));
                }
            }
            if lockstep {
                break;
            }
        }
        Ok(())
    }

    fn is_at_rest(&self) -> bool {
        let queues = self.outbox.is_empty() && self.queue.is_empty();
        queues && self.committing == 0 && self.calling == 0
    }

    /// At rest: either a whole round of polls brought nothing, or another round begins.
    fn settle(&mut self) -> Result<(), Fault> {
        let Some(settling) = &mut self.settling else { return Ok(()) };
        if !settling.news {
            // Nobody may wait any more; then there is nobody to tell.
            let _ = settling.reply.send(());
            self.settling = None;
            return Ok(());
        }
        settling.news = false;
        settling.rounds += 1;
        let rounds = settling.rounds;
        if rounds > SETTLE_ROUNDS_MAX {
            return Err(Fault::Endless { rounds });
        }
        self.poll_all();
        self.hand_on()
    }

    fn poll_all(&mut self) {
        let waiting: BTreeSet<AccountId> = self.queue.iter().map(|(account, _)| *account).collect();
        for account in self.lines.calls.keys().filter(|account| !waiting.contains(account)) {
            self.queue.push_back((*account, Call::Poll));
        }
    }
}
