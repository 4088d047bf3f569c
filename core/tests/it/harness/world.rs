//! The loop around the engine: commit each batch, release its effects, hear the broker, and after
//! every step compare the live state with a replayed one and with the naive model.

use std::collections::VecDeque;
use std::sync::LazyLock;

use gatefold_core::advise::OrderPrice;
use gatefold_core::decide::{Account, Gates};
use gatefold_core::engine::{Engine, Input, Notice, Settings, Step};
use gatefold_core::record::event::{Link, LinkChanged};
use gatefold_core::record::{Epoch, Writer};
use gatefold_core::route::{
    Alert, BrokerFault, CancelAnswer, Effect, LookUp, Order, OrderReport, OrderState, RejectClass,
    Report, Snapshot, Submission,
};
use gatefold_core::settle::Execution;
use gatefold_core::vocabulary::{
    AccountId, BrokerOrderId, Calendar, ExecutionId, Instrument, Money, OrderKey, Price, Quantity,
    RecommendationId, Side, Span, Timestamp,
};

use crate::harness::log::MemoryLog;
use crate::harness::market::TestMarket;
use crate::harness::model;

static NYSE: LazyLock<Calendar> = LazyLock::new(Calendar::nyse);

/// How the scripted broker answers a submission by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Policy {
    /// Not at all: the story answers.
    Silent,
    /// Takes the order and leaves it working.
    Accepts,
    /// Takes the order and fills it whole at its limit.
    Fills,
    /// Refuses it.
    Rejects(RejectClass),
    /// The call times out.
    TimesOut,
}

/// An order that reached the broker call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) account: AccountId,
    pub(crate) key: OrderKey,
    pub(crate) recommendation: RecommendationId,
    pub(crate) attempt: u16,
    pub(crate) instrument: Instrument,
    pub(crate) side: Side,
    pub(crate) quantity: Quantity,
    pub(crate) terms: OrderPrice,
    pub(crate) price: Price,
}

/// An engine with everything around it.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) engine: Engine,
    pub(crate) log: MemoryLog,
    pub(crate) market: TestMarket,
    pub(crate) settings: Settings,
    pub(crate) now: Timestamp,
    pub(crate) policy: Policy,
    pub(crate) broker_up: bool,
    pub(crate) quotes_flow: bool,
    pub(crate) buying_power: Option<Money>,
    pub(crate) sent: Vec<Sent>,
    pub(crate) cancels: Vec<OrderKey>,
    pub(crate) look_ups: Vec<OrderKey>,
    pub(crate) alerts: Vec<Alert>,
    pub(crate) notices: Vec<Notice>,
    answers: VecDeque<Input>,
    follower: Engine,
    followed: usize,
    writer: Writer,
    executions: u32,
}

fn engine(settings: Settings) -> Engine {
    Engine::new(Gates::standard(), NYSE.clone(), settings)
}

impl World {
    pub(crate) fn new(now: Timestamp, settings: Settings) -> Self {
        Self {
            engine: engine(settings),
            log: MemoryLog::default(),
            market: TestMarket::default(),
            settings,
            now,
            policy: Policy::Silent,
            broker_up: true,
            quotes_flow: true,
            buying_power: None,
            sent: Vec::new(),
            cancels: Vec::new(),
            look_ups: Vec::new(),
            alerts: Vec::new(),
            notices: Vec::new(),
            answers: VecDeque::new(),
            follower: engine(settings),
            followed: 0,
            writer: Writer::new(Epoch::new(1)),
            executions: 0,
        }
    }

    /// Puts one input in and carries everything out that follows from it.
    pub(crate) fn feed(&mut self, input: Input) {
        self.answers.push_back(input);
        while let Some(input) = self.answers.pop_front() {
            let step = self.engine.step(input, self.now, &self.market);
            self.carry_out(step);
            self.check();
        }
    }

    /// Puts one input in and dies when its batches are durable, before anything is released.
    pub(crate) fn feed_and_die(&mut self, input: Input) {
        let step = self.engine.step(input, self.now, &self.market);
        for batch in step.batches {
            drop(self.writer.commit(&mut self.log, batch).expect("the log takes it"));
        }
    }

    /// Orders of unknown fate, by account.
    pub(crate) fn lost(&self) -> Vec<(AccountId, OrderKey)> {
        let orders = self.engine.accounts().flat_map(|account| {
            let unknown = |order: &&Order| order.state == OrderState::Unknown;
            account.orders().filter(unknown).map(|order| (account.id(), order.key))
        });
        orders.collect()
    }

    fn carry_out(&mut self, step: Step) {
        self.notices.extend(step.notices);
        for batch in step.batches {
            let durable = self.writer.commit(&mut self.log, batch).expect("the log takes it");
            let released = self.engine.step(Input::Durable(durable), self.now, &self.market);
            assert!(released.batches.is_empty(), "durability decides nothing");
            self.release(released.effects);
        }
        self.release(step.effects);
    }

    fn release(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Submit(order) => {
                    let intent = order.get();
                    let sent = Sent {
                        account: *intent.account(),
                        key: intent.key(),
                        recommendation: *intent.id(),
                        attempt: intent.attempt(),
                        instrument: *intent.instrument(),
                        side: intent.side(),
                        quantity: intent.quantity(),
                        terms: intent.terms(),
                        price: intent.price().expect("an approved order has a price"),
                    };
                    self.answer(&sent);
                    self.sent.push(sent);
                }
                Effect::Cancel { key, .. } => self.cancels.push(key),
                Effect::LookUp { key, .. } => self.look_ups.push(key),
                Effect::TakeSnapshot { account } => {
                    let answer = self.snapshot(&account);
                    self.answers.push_back(Input::SnapshotTaken { account, answer });
                }
                Effect::Alert(alert) => self.alerts.push(alert),
            }
        }
    }

    fn answer(&mut self, sent: &Sent) {
        let (account, key) = (sent.account, sent.key);
        let broker_order_id = broker_id(&key);
        let accepted = Submission::Accepted { broker_order_id, at: self.now };
        let answer = match self.policy {
            Policy::Silent => return,
            Policy::Accepts | Policy::Fills => accepted,
            Policy::Rejects(class) => Submission::Rejected { class, reason: "no".into() },
            Policy::TimesOut => Submission::Unknown { reason: "timeout".into() },
        };
        self.answers.push_back(Input::Submitted { account, key, answer });
        if self.policy == Policy::Fills {
            let price = match sent.terms {
                OrderPrice::Limit(limit) => limit,
                OrderPrice::Market => sent.price,
            };
            let report = Report::Execution(self.execution(sent, sent.quantity, price));
            self.answers.push_back(Input::Reported { account, report });
        }
    }

    /// A fill of an order with an id that was not used before.
    pub(crate) fn execution(&mut self, of: &Sent, quantity: Quantity, price: Price) -> Execution {
        self.executions += 1;
        Execution {
            id: ExecutionId::new(&format!("x{}", self.executions)).unwrap(),
            order: Some(of.key),
            instrument: of.instrument,
            side: of.side,
            quantity,
            price,
            fee: Money::ZERO,
            at: self.now,
        }
    }

    /// The broker's books: what we hold ourselves, unless it is down.
    pub(crate) fn snapshot(&self, id: &AccountId) -> Result<Snapshot, BrokerFault> {
        if !self.broker_up {
            return Err(BrokerFault::Unreachable { reason: "down".into() });
        }
        let account = self.account(id);
        let positions = account.books().map(|(it, book)| (*it, book.position().net())).collect();
        Ok(Snapshot {
            requested_at: self.now,
            buying_power: self.buying_power.unwrap_or(account.cash()),
            cash: account.cash(),
            positions,
        })
    }

    /// An order report as the broker would send it.
    pub(crate) fn report(
        &self,
        key: OrderKey,
        state: OrderState,
        executions: Vec<Execution>,
    ) -> OrderReport {
        let reason = format!("{state}");
        let broker_order_id = broker_id(&key);
        OrderReport { key, broker_order_id, state, executions, reason, ordered: None, at: self.now }
    }

    pub(crate) fn submitted(&mut self, of: &Sent, answer: Submission) {
        self.feed(Input::Submitted { account: of.account, key: of.key, answer });
    }

    pub(crate) fn reported(&mut self, account: AccountId, report: Report) {
        self.feed(Input::Reported { account, report });
    }

    pub(crate) fn looked_up(&mut self, of: &Sent, answer: LookUp) {
        self.feed(Input::LookedUp { account: of.account, key: of.key, answer });
    }

    pub(crate) fn cancel_answered(&mut self, of: &Sent, answer: CancelAnswer) {
        self.feed(Input::CancelAnswered { account: of.account, key: of.key, answer });
    }

    pub(crate) fn link(&mut self, account: AccountId, link: Link) {
        let report = Report::Link(LinkChanged { link, evidence: "test".into() });
        self.reported(account, report);
    }

    /// Lets time pass without telling the engine.
    pub(crate) fn wait(&mut self, span: Span) {
        self.now = self.now.saturating_add(span);
        if self.quotes_flow {
            self.market.refresh(self.now);
        }
    }

    /// Lets time pass and tells the engine.
    pub(crate) fn tick(&mut self, span: Span) {
        self.wait(span);
        self.feed(Input::Tick);
    }

    /// The process dies and starts again on the same log.
    pub(crate) fn crash(&mut self) {
        self.answers.clear();
        self.engine = Engine::replay(&self.log, Gates::standard(), NYSE.clone(), self.settings)
            .expect("the log folds");
        self.check();
        self.feed(Input::Resume);
    }

    pub(crate) fn account(&self, id: &AccountId) -> &Account {
        self.engine.account(id).expect("the account is open")
    }

    /// Replay is live, and the totals are what a slow recount says.
    pub(crate) fn check(&mut self) {
        for (entry, event) in self.log.events(self.followed) {
            self.follower.apply(&entry, &event).expect("every stream opens first");
        }
        self.followed = self.log.len();
        let (live, replayed) = (self.engine.accounts(), self.follower.accounts());
        for (live, replayed) in live.zip(replayed) {
            assert_eq!(live, replayed, "replay is live");
            assert_eq!(live.state_hash(), replayed.state_hash(), "replay is live");
            model::check(live);
            let bytes = live.to_bytes().expect("it is small");
            assert_eq!(Account::from_bytes(&bytes).as_ref(), Ok(live), "state comes back");
        }
        assert_eq!(self.engine.accounts().count(), self.follower.accounts().count());
        assert_eq!(self.engine.system(), self.follower.system());
    }
}

/// The broker's id of an order in these tests.
pub(crate) fn broker_id(key: &OrderKey) -> BrokerOrderId {
    BrokerOrderId::new(&format!("b-{:08x}", key.raw() >> 96)).unwrap()
}
