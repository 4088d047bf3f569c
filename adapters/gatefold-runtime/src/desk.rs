//! The engine thread: takes one thing at a time to the engine and hands on what comes of it,
//! without ever waiting for those it hands it to.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, after, never, select};
use gatefold_core::decide::MarketData;
use gatefold_core::engine::{Engine, Input};
use gatefold_core::record::{Batch, CommitError, Durable};
use gatefold_core::route::Effect;
use gatefold_core::vocabulary::AccountId;

use crate::caller::{Answer, Call};
use crate::clock::Clock;
use crate::error::Fault;
use crate::line::Line;
use crate::listener::Listener;
use crate::options::{
    BACKLOG_MAX, BATCHES_PENDING_MAX, CALLS_PENDING_MAX, Options, Pacing, SETTLE_ROUNDS_MAX,
};

/// What the handle asks of the engine thread. Heard at any time, however much is under way.
pub(crate) enum Request {
    /// Look at the engine between two steps.
    View(Box<dyn FnOnce(&Engine) + Send>),
    /// Answer once nothing is outstanding.
    Settle(Sender<()>),
    /// Come to rest, then end.
    Stop,
}

/// The engine with everything it talks to.
pub(crate) struct Desk {
    pub(crate) engine: Engine,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) market: Arc<dyn MarketData>,
    pub(crate) listener: Box<dyn Listener>,
    pub(crate) options: Options,
    pub(crate) inbox: Receiver<Input>,
    pub(crate) requests: Receiver<Request>,
    pub(crate) batches: Sender<Batch>,
    pub(crate) durables: Receiver<Result<Durable, CommitError>>,
    pub(crate) answers: Receiver<Answer>,
    pub(crate) lines: BTreeMap<AccountId, Line>,
    pub(crate) in_hand: InHand,
}

/// What the engine thread has in hand.
#[derive(Default)]
pub(crate) struct InHand {
    batches: VecDeque<Batch>,
    committing: usize,
    waiting_calls: usize,
    calling: usize,
    settling: Vec<Sender<()>>,
    stopping: Option<Instant>,
    /// Since the last rest: how often the brokers were polled, and whether that brought nothing.
    polls: usize,
    quiet: bool,
}

enum Wake {
    Durable(Result<Durable, CommitError>),
    LogGone,
    Answer(Answer),
    Input(Box<Input>),
    Request(Request),
    Tick,
    Poll,
    Late,
    HandleGone,
}

/// What timers say; silent in lockstep.
struct Timers {
    tick: Receiver<Instant>,
    poll: Receiver<Instant>,
}

impl Desk {
    /// Runs until a stop or a fault. After a fault the engine may be ahead of the log.
    pub(crate) fn run(&mut self) -> Result<(), Fault> {
        let timers = match self.options.pacing {
            Pacing::Lockstep => Timers { tick: never(), poll: never() },
            Pacing::Free { tick_every, poll_every } => Timers {
                tick: crossbeam_channel::tick(tick_every),
                poll: crossbeam_channel::tick(poll_every),
            },
        };
        loop {
            self.hand_on();
            if self.is_at_rest() && self.rest()? {
                return Ok(());
            }
            match self.wait(&timers) {
                Wake::Input(input) => self.step(*input)?,
                Wake::Durable(Ok(durable)) => {
                    self.in_hand.committing = self.in_hand.committing.saturating_sub(1);
                    self.step(Input::Durable(durable))?;
                }
                Wake::Durable(Err(error)) => {
                    return Err(Fault::Commit { error: Arc::new(error) });
                }
                Wake::LogGone => {
                    let text = "it is gone without a word".to_owned();
                    return Err(Fault::LogDied { text });
                }
                Wake::Answer(answer) => self.answered(answer)?,
                Wake::Request(Request::View(look)) => look(&self.engine),
                Wake::Request(Request::Settle(done)) => self.in_hand.settling.push(done),
                Wake::Request(Request::Stop) => self.in_hand.stopping = Some(Instant::now()),
                Wake::Tick => self.step(Input::Tick)?,
                Wake::Poll => self.poll_all(),
                Wake::Late => {
                    let (calls, within) = (self.in_hand.calling, self.options.stop_within);
                    return Err(Fault::Unanswered { calls, within });
                }
                Wake::HandleGone => return Err(Fault::Abandoned),
            }
        }
    }

    fn step(&mut self, input: Input) -> Result<(), Fault> {
        let now = self.clock.now();
        let step = self.engine.step(input, now, self.market.as_ref());
        for notice in &step.notices {
            self.listener.noticed(notice, now);
        }
        for batch in step.batches {
            self.listener.decided(&batch);
            self.in_hand.batches.push_back(batch);
        }
        for effect in step.effects {
            let (account, call) = match effect {
                Effect::Submit(order) => {
                    (*order.get().account(), Call::Submit(Box::new(order), Instant::now()))
                }
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
            let line = self.lines.get_mut(&account).ok_or(Fault::NoBroker { account })?;
            if line.queue(call) {
                self.in_hand.waiting_calls = self.in_hand.waiting_calls.saturating_add(1);
            }
        }
        Ok(())
    }

    fn answered(&mut self, answer: Answer) -> Result<(), Fault> {
        let Answer { account, told } = answer;
        self.in_hand.calling = self.in_hand.calling.saturating_sub(1);
        let told = told.map_err(|text| Fault::BrokerDied { account, text })?;
        if let Some(line) = self.lines.get_mut(&account) {
            line.answered(&told);
        }
        self.in_hand.quiet &= told.is_empty();
        told.into_iter().try_for_each(|input| self.step(input))
    }

    /// Gives the log and the brokers what they have room for. What is outstanding is counted, and
    /// never more than a channel holds, so a send finds room.
    fn hand_on(&mut self) {
        let in_hand = &mut self.in_hand;
        while in_hand.committing < BATCHES_PENDING_MAX {
            let Some(batch) = in_hand.batches.pop_front() else {
                break;
            };
            // A log thread that is gone is noticed where its answer is awaited.
            let _ = self.batches.try_send(batch);
            in_hand.committing = in_hand.committing.saturating_add(1);
        }
        let lockstep = self.options.pacing == Pacing::Lockstep;
        if lockstep && in_hand.committing > 0 {
            return;
        }
        for line in self.lines.values_mut() {
            while line.pending < CALLS_PENDING_MAX && !(lockstep && in_hand.calling > 0) {
                let Some(call) = line.waiting.pop_front() else {
                    break;
                };
                in_hand.waiting_calls = in_hand.waiting_calls.saturating_sub(1);
                line.give(call, &mut in_hand.calling);
            }
        }
    }

    /// Asks every broker that has nothing to do for reports. An account that is not open yet could
    /// not be told of them, and they are handed out once.
    fn poll_all(&mut self) {
        for (account, line) in &mut self.lines {
            let is_open = self.engine.account(account).is_some();
            if is_open && line.pending == 0 && line.waiting.is_empty() {
                line.waiting.push_back(Call::Poll);
                self.in_hand.waiting_calls = self.in_hand.waiting_calls.saturating_add(1);
            }
        }
        self.hand_on();
    }

    /// Nothing is queued, nothing is under way, nothing was sent that is not taken.
    fn is_at_rest(&self) -> bool {
        let in_hand = &self.in_hand;
        in_hand.batches.is_empty()
            && in_hand.committing == 0
            && in_hand.waiting_calls == 0
            && in_hand.calling == 0
            && self.inbox.is_empty()
    }

    /// Who waits for rest waits for a whole round of polls that brings nothing. True once the desk
    /// shall end.
    fn rest(&mut self) -> Result<bool, Fault> {
        if self.in_hand.settling.is_empty() && self.in_hand.stopping.is_none() {
            self.in_hand.quiet = false;
            return Ok(false);
        }
        let mut accounts = self.lines.keys();
        let any_open = accounts.any(|account| self.engine.account(account).is_some());
        if !self.in_hand.quiet && any_open {
            let rounds = self.in_hand.polls;
            if rounds >= SETTLE_ROUNDS_MAX {
                return Err(Fault::Endless { rounds });
            }
            self.in_hand.polls = rounds.saturating_add(1);
            self.in_hand.quiet = true;
            self.poll_all();
            return Ok(false);
        }
        self.in_hand.polls = 0;
        self.in_hand.quiet = false;
        for done in self.in_hand.settling.drain(..) {
            // Who gave up waiting need not be told.
            let _ = done.try_send(());
        }
        Ok(self.in_hand.stopping.is_some())
    }

    /// Waits for the next thing. In lockstep the log is heard before the brokers, and both before
    /// the edge; the handle's requests are heard at any time.
    fn wait(&self, timers: &Timers) -> Wake {
        let in_hand = &self.in_hand;
        let lockstep = self.options.pacing == Pacing::Lockstep;
        let writing = in_hand.committing > 0;
        let backlog = in_hand.batches.len().saturating_add(in_hand.waiting_calls);
        let open = if lockstep { !writing && in_hand.calling == 0 } else { backlog < BACKLOG_MAX };
        let closed = never();
        let durables = if writing { &self.durables } else { &never() };
        let answers = if lockstep && writing { &never() } else { &self.answers };
        let inbox = if open { &self.inbox } else { &closed };
        let late = in_hand.stopping.map_or_else(never, |since| {
            after(self.options.stop_within.saturating_sub(since.elapsed()))
        });
        let still = never();
        let (tick, poll) = match in_hand.stopping {
            None => (&timers.tick, &timers.poll),
            Some(_) => (&still, &still),
        };
        select! {
            recv(durables) -> it => it.map_or(Wake::LogGone, Wake::Durable),
            recv(answers) -> it => it.map_or(Wake::HandleGone, Wake::Answer),
            recv(self.requests) -> it => it.map_or(Wake::HandleGone, Wake::Request),
            recv(inbox) -> it => {
                it.map_or(Wake::HandleGone, |input| Wake::Input(Box::new(input)))
            },
            recv(tick) -> _ => Wake::Tick,
            recv(poll) -> _ => Wake::Poll,
            recv(late) -> _ => Wake::Late,
        }
    }
}
