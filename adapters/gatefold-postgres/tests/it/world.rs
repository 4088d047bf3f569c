//! An engine over a log in memory, and everything that can happen to it, by a seed.

use std::ops::ControlFlow;

use gatefold_core::advise::{
    Arrival, Effect as Meaning, ExitTerms, Hours, OrderPrice, Recommendation, Source as Adviser,
    TimeInForce,
};
use gatefold_core::decide::{Facts, Feed, Gates, Limits, MarketData, Quote};
use gatefold_core::engine::{Engine, Input, Opening, Settings};
use gatefold_core::record::event::{Link, LinkChanged, Mode};
use gatefold_core::record::{Entry, Log, Position, ReadError, Writer};
use gatefold_core::route::{
    CancelAnswer, Effect, LookUp, OrderReport, OrderState, RejectClass, Report, Snapshot,
    Submission,
};
use gatefold_core::settle::{CostMethod, Execution};
use gatefold_core::vocabulary::{
    AccountId, Actor, BrokerOrderId, Calendar, ExecutionId, Instrument, Money, Price, Quantity,
    RecommendationId, Side, Span, StrategyId, Timestamp,
};
use gatefold_postgres::Source;
use gatefold_sim::memory_log::MemoryLog;

const SYMBOLS: &[&str] = &["ACME", "AAPL", "MSFT", "QCOM", "MSFT260320P00400000"];

/// Nobody makes a price for it.
const UNQUOTED: &str = "QUIET";

pub(crate) fn account(name: &str) -> AccountId {
    AccountId::new(name).unwrap()
}

/// A log in memory, read beside its writer.
pub(crate) struct Beside(pub(crate) MemoryLog, pub(crate) &'static str);

impl Source for Beside {
    fn identity(&self) -> String {
        self.1.to_owned()
    }

    fn refresh(&mut self) -> Result<Position, ReadError> {
        Ok(self.0.head())
    }

    fn read(
        &self,
        after: Position,
        visit: &mut dyn FnMut(&Entry<'_>) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        self.0.read(after, visit)
    }
}

/// Everything else is quoted a cent apart, at a price that goes up and down with time.
struct Wave(Timestamp);

impl MarketData for Wave {
    fn quote(&self, instrument: &Instrument) -> Option<Quote> {
        if instrument.to_string() == UNQUOTED {
            return None;
        }
        let seconds = u32::try_from(self.0.nanos() / 1_000_000_000 % 3_600).unwrap();
        let bid = Price::cents(1_000 + (seconds / 60) % 7);
        let ask = Price::cents(1_001 + (seconds / 60) % 7);
        let (size, at, feed) = (Quantity::whole(1_000), self.0, Feed::Consolidated);
        Some(Quote { bid, bid_size: size, ask, ask_size: size, at, feed })
    }

    fn facts(&self, instrument: &Instrument) -> Option<Facts> {
        Some(if instrument.is_option() { Facts::OPTION } else { Facts::STOCK })
    }
}

/// Advice that is the same for every row, but for whose it is.
pub(crate) struct Template(Recommendation);

impl Template {
    pub(crate) fn read(&self, line: &str) -> Result<Recommendation, String> {
        let field = |name: &str| {
            let (_, rest) = line.split_once(&format!("\"{name}\": \"")).ok_or("no field")?;
            rest.split('"').next().ok_or("no end")
        };
        let id = RecommendationId::new(field("recommendation_id")?).map_err(|it| it.to_string())?;
        let strategy = StrategyId::new(&format!("of-{id}")).map_err(|it| it.to_string())?;
        Ok(Recommendation { id, account: account(field("account")?), strategy, ..self.0 })
    }
}

pub(crate) struct World {
    engine: Engine,
    pub(crate) log: MemoryLog,
    writer: Writer,
    now: Timestamp,
    seed: u64,
    fills: u64,
    advised: u64,
}

impl World {
    pub(crate) fn new(names: &[&str], seed: u64) -> Self {
        let log = MemoryLog::default();
        let mut world = Self {
            engine: Engine::new(Gates::standard(), Calendar::nyse(), Settings::simulated()),
            writer: Writer::new(log.epoch()),
            log,
            now: "2026-02-03T15:00:00Z".parse().unwrap(),
            seed,
            fills: 0,
            advised: 0,
        };
        for name in names {
            world.open(name);
        }
        world
    }

    fn open(&mut self, name: &str) {
        let dollars = Money::dollars;
        let mut limits = Limits::with(4, dollars(20_000), dollars(9_000), dollars(3_000));
        (limits.orders_per_second, limits.order_burst) = (1_000, 1_000);
        limits.max_entries_per_day = 100_000;
        let mode = if name == "paper" { Mode::Paper } else { Mode::Simulated };
        self.put(Input::Open(Opening {
            account: account(name),
            mode,
            cash: dollars(100_000),
            cost_method: CostMethod::Average,
            limits,
            actor: Actor::new("test").unwrap(),
            reason: "a test".to_owned(),
        }));
        let account = account(name);
        let up = LinkChanged { link: Link::Up, evidence: "a test".into() };
        self.put(Input::Reported { account, report: Report::Link(up) });
        self.snapshot(account);
    }

    fn chance(&mut self, of: u64) -> u64 {
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.seed >> 33) % of
    }

    /// One thing that happens: advice, time, or nothing that anybody asked for.
    pub(crate) fn happen(&mut self, names: &[&str]) {
        let seconds = i64::try_from(self.chance(20)).unwrap();
        self.now = self.now.saturating_add(Span::from_nanos(seconds * 1_000_000_000));
        let name = names[usize::try_from(self.chance(names.len() as u64)).unwrap()];
        match self.chance(6) {
            0 | 1 => self.put(Input::Tick),
            2 => self.snapshot(account(name)),
            3 => self.fail(),
            _ => {
                let advice = self.advice(name);
                self.put(Input::Arrival(Arrival::Recommendation(advice)));
            }
        }
    }

    /// Advice waits for a quote until its time is over.
    pub(crate) fn expire(&mut self, name: &str) {
        let advice = Recommendation {
            instrument: UNQUOTED.parse().unwrap(),
            side: Side::Buy,
            effect: Meaning::Open,
            price: OrderPrice::Limit(Price::cents(1_010)),
            ..self.advice(name)
        };
        self.put(Input::Arrival(Arrival::Recommendation(advice)));
        self.now = self.now.saturating_add(Span::seconds(3_600));
        self.put(Input::Tick);
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// What a row of an inbox becomes.
    pub(crate) fn template(&mut self) -> Template {
        Template(self.advice("large"))
    }

    fn fail(&mut self) {
        let line = self.chance(1_000_000);
        self.put(Input::Arrival(Arrival::Failed {
            source: "a file".to_owned(),
            line,
            text: "not\0advice \\ \"quoted\"\n".to_owned(),
            reason: "a test".to_owned(),
        }));
    }

    pub(crate) fn advice(&mut self, name: &str) -> Recommendation {
        self.advised += 1;
        let symbol = SYMBOLS[usize::try_from(self.chance(SYMBOLS.len() as u64)).unwrap()];
        let opens = self.chance(3) > 0;
        let (side, effect) =
            if opens { (Side::Buy, Meaning::Open) } else { (Side::Sell, Meaning::Close) };
        let stop = (opens && self.chance(2) == 0).then(|| Price::cents(1_002));
        let id = format!("r-{}", self.advised);
        Recommendation {
            id: RecommendationId::new(&id).unwrap(),
            account: account(name),
            strategy: StrategyId::new(&format!("swing-{id}")).unwrap(),
            source: Adviser::External,
            instrument: symbol.parse().unwrap(),
            side,
            effect,
            quantity: Quantity::whole(1 + u32::try_from(self.chance(5)).unwrap()),
            price: if opens { OrderPrice::Limit(Price::cents(1_010)) } else { OrderPrice::Market },
            time_in_force: TimeInForce::Day,
            hours: Hours::Regular,
            confidence: None,
            model: None,
            reference_price: None,
            exits: ExitTerms { stop, ..ExitTerms::default() },
            created_at: self.now,
            valid_until: None,
        }
    }

    pub(crate) fn put(&mut self, input: Input) {
        let market = Wave(self.now);
        let mut step = self.engine.step(input, self.now, &market);
        let mut effects = std::mem::take(&mut step.effects);
        for batch in step.batches {
            let durable = self.writer.commit(&mut self.log, batch).unwrap();
            let released = self.engine.step(Input::Durable(durable), self.now, &market);
            effects.extend(released.effects);
        }
        for effect in effects {
            self.carry_out(effect);
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Submit(order) => {
                let intent = order.get();
                let (account, key) = (*intent.account(), intent.key());
                let (instrument, side) = (*intent.instrument(), intent.side());
                let (quantity, price) = (intent.quantity(), intent.price().unwrap());
                let answer = match self.chance(8) {
                    0 => Submission::Rejected {
                        class: RejectClass::Order,
                        reason: "a test's broker".to_owned(),
                    },
                    _ => Submission::Accepted {
                        broker_order_id: BrokerOrderId::new(&format!("b{key}")).unwrap(),
                        at: self.now,
                    },
                };
                let taken = matches!(answer, Submission::Accepted { .. });
                self.put(Input::Submitted { account, key, answer });
                if taken {
                    self.fill(account, (key, instrument, side), quantity, price);
                }
            }
            Effect::Cancel { account, key, .. } => {
                let answer = CancelAnswer::Requested;
                self.put(Input::CancelAnswered { account, key, answer });
                let report = Report::Order(OrderReport {
                    key,
                    broker_order_id: BrokerOrderId::new(&format!("b{key}")).unwrap(),
                    state: OrderState::Canceled,
                    executions: Vec::new(),
                    reason: "asked for".to_owned(),
                    ordered: None,
                    at: self.now,
                });
                self.put(Input::Reported { account, report });
            }
            Effect::LookUp { account, key } => {
                self.put(Input::LookedUp { account, key, answer: LookUp::Missing });
            }
            Effect::TakeSnapshot { account } => self.snapshot(account),
            Effect::Alert(_) => {}
        }
    }

    fn fill(
        &mut self,
        account: AccountId,
        (key, instrument, side): (gatefold_core::vocabulary::OrderKey, Instrument, Side),
        quantity: Quantity,
        price: Price,
    ) {
        self.fills += 1;
        let execution = Execution {
            id: ExecutionId::new(&format!("x-{}", self.fills)).unwrap(),
            order: Some(key),
            instrument,
            side,
            quantity,
            price,
            fee: Money::cents(7),
            at: self.now,
        };
        self.put(Input::Reported { account, report: Report::Execution(execution) });
    }

    fn snapshot(&mut self, account: AccountId) {
        let Some(state) = self.engine.account(&account) else { return };
        let held = state.books().filter(|(_, book)| !book.position().net().is_zero());
        let positions = held.map(|(instrument, book)| (*instrument, book.position().net()));
        let answer = Ok(Snapshot {
            requested_at: self.now,
            buying_power: state.cash(),
            cash: state.cash(),
            positions: positions.collect(),
        });
        self.put(Input::SnapshotTaken { account, answer });
    }

    pub(crate) fn state(&self, name: &str) -> &gatefold_core::decide::Account {
        self.engine.account(&account(name)).unwrap()
    }
}
