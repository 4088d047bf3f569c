//! One account, one stock, a market that stands still, and a broker that does what it is told.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use gatefold_core::advise::{
    Arrival, Effect, ExitTerms, Hours, OrderPrice, Recommendation, Source, TimeInForce,
};
use gatefold_core::decide::{Facts, Feed, Gates, Intent, Limits, MarketData, Quote};
use gatefold_core::engine::{Engine, Input, Opening, Settings};
use gatefold_core::record::event::Mode;
use gatefold_core::record::{Entry, Log, Position, Recorded};
use gatefold_core::route::{
    Broker, BrokerFault, CancelAnswer, LookUp, OrderReport, OrderState, Report, Snapshot,
    Submission,
};
use gatefold_core::settle::{CostMethod, Execution};
use gatefold_core::vocabulary::{
    AccountId, Actor, BrokerOrderId, Calendar, ExecutionId, Instrument, Money, NetQuantity,
    OrderKey, Price, Quantity, RecommendationId, Side, StrategyId, Timestamp,
};
use gatefold_runtime::{Clock, Options, Parts, ReplayClock, Shard, Silent};
use gatefold_sim::memory_log::MemoryLog;
use std::sync::Mutex;

pub(crate) const CASH: Money = Money::dollars(100_000);

/// 12:30 in New York on a trading day.
pub(crate) fn noon() -> Timestamp {
    "2026-02-03T17:30:00Z".parse().unwrap()
}

pub(crate) fn acme() -> Instrument {
    "ACME".parse().unwrap()
}

pub(crate) fn account(name: &str) -> AccountId {
    AccountId::new(name).unwrap()
}

/// Everything is quoted at 9.99 to 10.00, now.
pub(crate) struct Still(pub(crate) ReplayClock);

impl MarketData for Still {
    fn quote(&self, _: &Instrument) -> Option<Quote> {
        let (bid, ask, size) = (Price::cents(999), Price::cents(1_000), Quantity::whole(1_000));
        let (at, feed) = (self.0.now(), Feed::Consolidated);
        Some(Quote { bid, bid_size: size, ask, ask_size: size, at, feed })
    }

    fn facts(&self, _: &Instrument) -> Option<Facts> {
        Some(Facts::STOCK)
    }
}

/// What the broker does with an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Fills it at its limit and reports that.
    Fill,
    /// Keeps it.
    Rest,
    /// Panics.
    Panic,
    /// Does not answer for longer than anybody waits.
    Hang,
    /// Keeps it, and reports something at every poll for ever after.
    Chatter,
}

pub(crate) struct Hand {
    clock: ReplayClock,
    manner: Manner,
    pub(crate) submits: AtomicUsize,
    books: Mutex<Books>,
}

#[derive(Default)]
struct Books {
    orders: Vec<OrderReport>,
    owners: Vec<AccountId>,
    outbox: Vec<(AccountId, Report)>,
    held: Vec<(AccountId, Instrument, NetQuantity)>,
}

impl Hand {
    pub(crate) fn sent(&self) -> usize {
        self.submits.load(Ordering::SeqCst)
    }

    fn take(&self, intent: &Intent) -> Submission {
        let (key, at) = (intent.key(), self.clock.now());
        let broker_order_id = BrokerOrderId::new(&format!("b-{key}")).unwrap();
        let mut report = OrderReport {
            key,
            broker_order_id,
            state: OrderState::Accepted,
            executions: Vec::new(),
            reason: String::new(),
            ordered: None,
            at,
        };
        let mut books = self.books.lock().unwrap();
        if self.manner == Manner::Fill {
            let id = ExecutionId::new(&format!("x-{key}")).unwrap();
            let (quantity, price) = (intent.quantity(), intent.limit().unwrap());
            let (instrument, side, fee) = (*intent.instrument(), intent.side(), Money::ZERO);
            let execution =
                Execution { id, order: Some(key), instrument, side, quantity, price, fee, at };
            report.state = OrderState::Filled;
            report.executions = vec![execution];
            books.held.push((*intent.account(), instrument, NetQuantity::long(quantity)));
        }
        books.orders.push(report.clone());
        books.owners.push(*intent.account());
        books.outbox.push((*intent.account(), Report::Order(report)));
        Submission::Accepted { broker_order_id, at }
    }
}

impl Broker for Hand {
    fn submit(&self, order: Recorded<Intent>) -> Submission {
        self.submits.fetch_add(1, Ordering::SeqCst);
        match self.manner {
            Manner::Panic => panic!("the hand slipped"),
            Manner::Hang => std::thread::sleep(Duration::from_secs(3_600)),
            Manner::Fill | Manner::Rest | Manner::Chatter => {}
        }
        self.take(order.get())
    }

    fn cancel(&self, _: &AccountId, _: OrderKey, _: Option<&BrokerOrderId>) -> CancelAnswer {
        CancelAnswer::Requested
    }

    fn look_up(&self, _: &AccountId, key: OrderKey) -> LookUp {
        let books = self.books.lock().unwrap();
        let found = books.orders.iter().find(|order| order.key == key);
        found.map_or(LookUp::Missing, |order| LookUp::Found(order.clone()))
    }

    fn snapshot(&self, account: &AccountId) -> Result<Snapshot, BrokerFault> {
        let books = self.books.lock().unwrap();
        let own = books.held.iter().filter(|(owner, ..)| owner == account);
        let net = own.fold(NetQuantity::ZERO, |sum, (_, _, net)| sum.saturating_add(*net));
        Ok(Snapshot {
            requested_at: self.clock.now(),
            buying_power: CASH,
            cash: CASH,
            positions: if net.is_zero() { Vec::new() } else { vec![(acme(), net)] },
        })
    }

    fn reports(&self, account: &AccountId) -> Result<Vec<Report>, BrokerFault> {
        let mut books = self.books.lock().unwrap();
        let (mut own, mut others) = (Vec::new(), Vec::new());
        for (owner, report) in books.outbox.drain(..) {
            if owner == *account { own.push(report) } else { others.push((owner, report)) }
        }
        books.outbox = others;
        if self.manner == Manner::Chatter
            && let Some(order) = books.orders.first()
        {
            own.push(Report::Order(order.clone()));
        }
        Ok(own)
    }
}

/// A shard with everything around it in reach.
pub(crate) struct Set {
    pub(crate) shard: Shard,
    pub(crate) log: MemoryLog,
    pub(crate) clock: ReplayClock,
    pub(crate) hand: Arc<Hand>,
}

pub(crate) fn quick() -> Options {
    Options {
        settle_within: Duration::from_secs(20),
        stop_within: Duration::from_millis(200),
        ..Options::lockstep()
    }
}

/// Starts a shard on a log, as a process does: folded from it, with the accounts' threads.
pub(crate) fn start(log: MemoryLog, manner: Manner, options: Options, names: &[&str]) -> Set {
    let clock = ReplayClock::at(noon());
    let hand = Hand {
        clock: clock.clone(),
        manner,
        submits: AtomicUsize::new(0),
        books: Mutex::default(),
    };
    let hand = Arc::new(hand);
    let shard = start_with(&log, &clock, &hand, options, names);
    Set { shard, log, clock, hand }
}

/// Starts a shard with a broker that lived before it.
pub(crate) fn start_with(
    log: &MemoryLog,
    clock: &ReplayClock,
    hand: &Arc<Hand>,
    options: Options,
    names: &[&str],
) -> Shard {
    let engine =
        Engine::replay(log, Gates::standard(), Calendar::nyse(), Settings::simulated()).unwrap();
    let broker = |name: &&str| (account(name), Arc::clone(hand) as Arc<dyn Broker>);
    let parts = Parts {
        engine,
        log: Box::new(log.clone()),
        brokers: names.iter().map(broker).collect(),
        market: Arc::new(Still(clock.clone())),
        clock: Arc::new(clock.clone()),
        listener: Box::new(Silent),
    };
    Shard::start(parts, options).unwrap()
}

impl Set {
    /// Opens the accounts and gets them ready to trade.
    pub(crate) fn ready(self, names: &[&str]) -> Self {
        for name in names {
            self.shard.send(Input::Open(opening(name))).unwrap();
        }
        self.shard.send(Input::Tick).unwrap();
        self.shard.settle().unwrap();
        self
    }
}

pub(crate) fn opening(name: &str) -> Opening {
    let dollars = Money::dollars;
    let mut limits = Limits::with(50, dollars(90_000), dollars(90_000), dollars(9_000));
    (limits.orders_per_second, limits.order_burst) = (1_000, 1_000);
    limits.max_entries_per_day = 1_000;
    Opening {
        account: account(name),
        mode: Mode::Simulated,
        cash: CASH,
        cost_method: CostMethod::Average,
        limits,
        actor: Actor::new("test").unwrap(),
        reason: "a test".to_owned(),
    }
}

pub(crate) fn advice(name: &str, id: &str, created_at: Timestamp) -> Arrival {
    Arrival::Recommendation(Recommendation {
        id: RecommendationId::new(id).unwrap(),
        account: account(name),
        // The same order of one strategy in one moment would be a duplicate.
        strategy: StrategyId::new(&format!("swing-{id}")).unwrap(),
        source: Source::External,
        instrument: acme(),
        side: Side::Buy,
        effect: Effect::Open,
        quantity: Quantity::whole(10),
        price: OrderPrice::Limit(Price::dollars(10)),
        time_in_force: TimeInForce::Day,
        hours: Hours::Regular,
        confidence: None,
        model: None,
        reference_price: None,
        exits: ExitTerms::default(),
        created_at,
        valid_until: None,
    })
}

/// Every event of a log as bytes, with its place.
pub(crate) fn bytes(log: &dyn Log) -> Vec<String> {
    let mut all = Vec::new();
    let mut visit = |entry: &Entry<'_>| {
        all.push(format!("{entry:?}"));
        std::ops::ControlFlow::Continue(())
    };
    log.read(Position::ZERO, &mut visit).unwrap();
    all
}

/// What an account holds of the stock.
pub(crate) fn held(engine: &Engine, name: &str) -> NetQuantity {
    engine.account(&account(name)).unwrap().book(&acme()).position().net()
}
