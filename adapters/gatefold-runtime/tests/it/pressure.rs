//! A shard under pressure: brokers that are slow or wait, more input than fits, a stop in the midst
//! of it. Nothing may be lost, sent twice or wait for itself.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use gatefold_core::advise::Arrival;
use gatefold_core::decide::{Gates, Intent};
use gatefold_core::engine::{Engine, Input, Settings};
use gatefold_core::record::{Log as _, Position, Recorded, replay};
use gatefold_core::route::{
    Broker, BrokerFault, CancelAnswer, LookUp, OrderReport, OrderState, Report, Snapshot,
    Submission,
};
use gatefold_core::settle::Execution;
use gatefold_core::vocabulary::{
    AccountId, BrokerOrderId, Calendar, ExecutionId, Instrument, Money, NetQuantity, OrderKey,
    Quantity, Span,
};
use gatefold_runtime::{
    BATCHES_PENDING_MAX, Clock as _, Listener, Options, Pacing, Parts, Refused, ReplayClock, Shard,
    Silent,
};
use gatefold_sim::memory_log::MemoryLog;

use crate::kit::{CASH, Still, account, advice, noon, opening, quick};

const PAIR: &[&str] = &["large", "tiny"];

/// A door that every order waits at before it is filled.
#[derive(Default)]
struct Door {
    is_open: Mutex<bool>,
    opened: Condvar,
}

impl Door {
    fn open(&self) {
        *self.is_open.lock().unwrap() = true;
        self.opened.notify_all();
    }

    fn pass(&self) {
        let is_open = self.is_open.lock().unwrap();
        let wait = self.opened.wait_while(is_open, |is_open| !*is_open);
        drop(wait.unwrap());
    }
}

/// Fills every order at its limit once the door is open; each call takes a while.
struct Slow {
    clock: ReplayClock,
    door: Door,
    takes: Duration,
    entered: AtomicUsize,
    snapshots: AtomicUsize,
    sent: Mutex<Vec<OrderKey>>,
    outbox: Mutex<Vec<(AccountId, Report)>>,
    held: Mutex<Vec<(AccountId, Instrument, NetQuantity)>>,
}

impl Slow {
    fn taking(clock: &ReplayClock, takes: Duration) -> Arc<Self> {
        Arc::new(Self {
            clock: clock.clone(),
            door: Door::default(),
            takes,
            entered: AtomicUsize::new(0),
            snapshots: AtomicUsize::new(0),
            sent: Mutex::default(),
            outbox: Mutex::default(),
            held: Mutex::default(),
        })
    }

    fn sent(&self) -> Vec<OrderKey> {
        self.sent.lock().unwrap().clone()
    }

    fn hold(&self, owner: AccountId, instrument: Instrument, more: NetQuantity) {
        let mut held = self.held.lock().unwrap();
        let same =
            |it: &&mut (AccountId, Instrument, NetQuantity)| (it.0, it.1) == (owner, instrument);
        match held.iter_mut().find(same) {
            Some((_, _, net)) => *net = net.saturating_add(more),
            None => held.push((owner, instrument, more)),
        }
    }

    /// Waits until so many orders have come to the door.
    fn await_entered(&self, count: usize) {
        let since = Instant::now();
        while self.entered.load(Ordering::SeqCst) < count {
            assert!(since.elapsed() < Duration::from_secs(10), "no order came");
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Broker for Slow {
    fn submit(&self, order: Recorded<Intent>) -> Submission {
        self.entered.fetch_add(1, Ordering::SeqCst);
        self.door.pass();
        std::thread::sleep(self.takes);
        let intent = order.get();
        let (key, at, owner) = (intent.key(), self.clock.now(), *intent.account());
        let broker_order_id = BrokerOrderId::new(&format!("b-{key}")).unwrap();
        let execution = Execution {
            id: ExecutionId::new(&format!("x-{key}")).unwrap(),
            order: Some(key),
            instrument: *intent.instrument(),
            side: intent.side(),
            quantity: intent.quantity(),
            price: intent.limit().unwrap(),
            fee: Money::ZERO,
            at,
        };
        let report = Report::Order(OrderReport {
            key,
            broker_order_id,
            state: OrderState::Filled,
            executions: vec![execution],
            reason: String::new(),
            ordered: None,
            at,
        });
        self.sent.lock().unwrap().push(key);
        let net = NetQuantity::long(intent.quantity());
        self.hold(owner, *intent.instrument(), net);
        self.outbox.lock().unwrap().push((owner, report));
        Submission::Accepted { broker_order_id, at }
    }

    fn cancel(&self, _: &AccountId, _: OrderKey, _: Option<&BrokerOrderId>) -> CancelAnswer {
        CancelAnswer::Requested
    }

    fn look_up(&self, _: &AccountId, _: OrderKey) -> LookUp {
        LookUp::Missing
    }

    fn snapshot(&self, account: &AccountId) -> Result<Snapshot, BrokerFault> {
        self.snapshots.fetch_add(1, Ordering::SeqCst);
        let held = self.held.lock().unwrap();
        let own = held.iter().filter(|(owner, ..)| owner == account);
        Ok(Snapshot {
            requested_at: self.clock.now(),
            buying_power: CASH,
            cash: CASH,
            positions: own.map(|(_, instrument, net)| (*instrument, *net)).collect(),
        })
    }

    fn reports(&self, account: &AccountId) -> Result<Vec<Report>, BrokerFault> {
        let mut outbox = self.outbox.lock().unwrap();
        let (own, others) = outbox.drain(..).partition(|(owner, _)| owner == account);
        *outbox = others;
        let own: Vec<(AccountId, Report)> = own;
        Ok(own.into_iter().map(|(_, report)| report).collect())
    }
}

fn free() -> Options {
    Options {
        pacing: Pacing::Free {
            tick_every: Duration::from_millis(5),
            poll_every: Duration::from_millis(5),
        },
        stop_within: Duration::from_secs(8),
        ..quick()
    }
}

fn folded(log: &MemoryLog) -> Engine {
    Engine::replay(log, Gates::standard(), Calendar::nyse(), Settings::simulated()).unwrap()
}

/// Starts a shard with the accounts open and judged ready, nothing sent.
fn start(log: &MemoryLog, clock: &ReplayClock, slow: &Arc<Slow>, options: Options) -> Shard {
    let broker = |name: &&str| (account(name), Arc::clone(slow) as Arc<dyn Broker>);
    let listener: Box<dyn Listener> = Box::new(Silent);
    let parts = Parts {
        engine: folded(log),
        log: Box::new(log.clone()),
        brokers: PAIR.iter().map(broker).collect(),
        market: Arc::new(Still(clock.clone())),
        clock: Arc::new(clock.clone()),
        listener,
    };
    let shard = Shard::start(parts, options).unwrap();
    for name in PAIR {
        shard.send(Input::Open(opening(name))).unwrap();
        // The inbox may be a short one.
        shard.settle().unwrap();
    }
    shard.send(Input::Tick).unwrap();
    shard.settle().unwrap();
    shard
}

/// Advice on one of forty stocks, since only so many orders may work in one.
fn arrival(name: &str, id: usize) -> Input {
    let mut arrival = advice(name, &id.to_string(), noon());
    if let Arrival::Recommendation(advice) = &mut arrival {
        let letters = b'A'..=b'Z';
        let (first, second) = (id % 2, id / 2 % 20);
        let letter = |at| char::from(letters.clone().nth(at).unwrap());
        advice.instrument = format!("X{}{}", letter(first), letter(second)).parse().unwrap();
    }
    Input::Arrival(arrival)
}

/// What the account holds of all stocks together.
fn held(engine: &Engine, name: &str) -> NetQuantity {
    let books = engine.account(&account(name)).unwrap().books();
    books.fold(NetQuantity::ZERO, |sum, (_, book)| sum.saturating_add(book.position().net()))
}

fn shares(count: u32) -> NetQuantity {
    NetQuantity::long(Quantity::whole(count))
}

/// What a new process would find: the log alone, not the engine that wrote it.
fn assert_in_log(log: &MemoryLog, each: u32) {
    let engine = folded(log);
    for name in PAIR {
        assert_eq!(held(&engine, name), shares(each), "{name}");
    }
}

/// A poll that came too early would take the broker's word from an account that is not there yet to
/// hear it, and it would never trade.
#[test]
fn an_account_that_is_opened_late_trades_like_any_other() {
    let (log, clock) = (MemoryLog::default(), ReplayClock::at(noon()));
    let slow = Slow::taking(&clock, Duration::ZERO);
    slow.door.open();
    let shard = start(&log, &clock, &slow, quick());
    for name in PAIR {
        shard.send(arrival(name, 1)).unwrap();
        shard.settle().unwrap();
    }
    assert!(shard.stop().fault.is_none());
    assert_in_log(&log, 10);
}

#[test]
fn what_is_answered_and_filled_during_a_stop_is_in_the_log() {
    let (log, clock) = (MemoryLog::default(), ReplayClock::at(noon()));
    let slow = Slow::taking(&clock, Duration::from_millis(50));
    let shard = start(&log, &clock, &slow, free());
    for name in PAIR {
        shard.send(arrival(name, 1)).unwrap();
    }
    slow.await_entered(2);
    let before = log.head();
    assert!(slow.sent().is_empty(), "both orders are under way");
    let stopped = std::thread::scope(|scope| {
        let stopping = scope.spawn(|| shard.stop());
        std::thread::sleep(Duration::from_millis(50));
        assert!(!stopping.is_finished(), "a stop waits for its orders");
        slow.door.open();
        stopping.join().unwrap()
    });
    assert!(stopped.fault.is_none(), "{:?}", stopped.fault);
    assert_eq!(slow.sent().len(), 2);
    assert!(log.head() > before);
    assert_in_log(&log, 10);
}

/// A broker that is slow for an hour must not be asked everything that was due meanwhile, with every
/// order behind it.
#[test]
fn a_question_that_is_open_is_not_asked_again() {
    let (log, clock) = (MemoryLog::default(), ReplayClock::at(noon()));
    let slow = Slow::taking(&clock, Duration::ZERO);
    let shard = start(&log, &clock, &slow, free());
    shard.send(arrival("large", 1)).unwrap();
    slow.await_entered(1);
    let before = slow.snapshots.load(Ordering::SeqCst);
    let mut now = noon();
    for _ in 0..30 {
        now = now.saturating_add(Span::minutes(6));
        clock.advance_to(now);
        shard.send(Input::Tick).unwrap();
        // The other account's broker answers; only what is open is not asked.
        std::thread::sleep(Duration::from_millis(10));
    }
    slow.door.open();
    let stopped = shard.stop();
    assert!(stopped.fault.is_none(), "{:?}", stopped.fault);
    let asked = slow.snapshots.load(Ordering::SeqCst) - before;
    assert!((2..=33).contains(&asked), "{asked} snapshots of two accounts, one of which waited");
}

/// What was judged on quotes of a minute ago is not sent now.
#[test]
fn an_order_that_waited_too_long_is_not_sent_and_judged_again() {
    let (log, clock) = (MemoryLog::default(), ReplayClock::at(noon()));
    let slow = Slow::taking(&clock, Duration::ZERO);
    let options = Options { submit_within: Some(Duration::from_millis(100)), ..free() };
    let shard = start(&log, &clock, &slow, options);
    shard.send(arrival("large", 1)).unwrap();
    slow.await_entered(1);
    shard.send(arrival("large", 2)).unwrap();
    std::thread::sleep(Duration::from_millis(200));
    slow.door.open();
    let since = Instant::now();
    while slow.sent().len() < 2 {
        assert!(since.elapsed() < Duration::from_secs(10), "it was never judged again");
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(shard.stop().fault.is_none());
    let told = replayed(&log);
    assert_eq!(told.iter().filter(|it| it.contains("not sent: it waited")).count(), 1, "{told:?}");
    assert_eq!(told.iter().filter(|it| it.starts_with("IntentApproved")).count(), 3);
    let engine = folded(&log);
    assert_eq!(held(&engine, "large"), shares(20));
}

/// Every event of a log, as text.
fn replayed(log: &MemoryLog) -> Vec<String> {
    let mut told = Vec::new();
    replay(log, Position::ZERO, &mut |_, event| {
        told.push(format!("{event:?}"));
        Ok(ControlFlow::Continue(()))
    })
    .unwrap();
    told
}

#[test]
fn a_broker_that_waits_makes_the_edge_refuse_and_nothing_is_lost() {
    const ADVICE: usize = 400;
    let (log, clock) = (MemoryLog::default(), ReplayClock::at(noon()));
    let slow = Slow::taking(&clock, Duration::ZERO);
    let options = Options { inputs_pending: 2, ..free() };
    let shard = start(&log, &clock, &slow, options);
    let mut refusals = 0;
    for id in 0..ADVICE {
        let mut input = arrival("large", id);
        let given = format!("{input:?}");
        while let Err(refused) = shard.send(input) {
            let Refused::Full { pending, input: back } = refused else {
                panic!("{refused}");
            };
            assert!(pending <= 2, "{pending} waited where two fit");
            assert_eq!(format!("{back:?}"), given, "what comes back is what was given");
            refusals += 1;
            input = *back;
            std::thread::yield_now();
        }
    }
    assert!(refusals > 0, "the channel was never full");
    assert!(slow.sent().is_empty(), "the broker waited all the time");
    slow.door.open();
    let stopped = shard.stop();
    assert!(stopped.fault.is_none(), "{:?}", stopped.fault);
    let mut sent = slow.sent();
    assert_eq!(sent.len(), ADVICE);
    sent.sort();
    sent.dedup();
    assert_eq!(sent.len(), ADVICE, "no order was sent twice");
    assert_eq!(held(&folded(&log), "large"), shares(4_000));
}

#[test]
fn two_slow_brokers_and_more_batches_than_fit_lock_nothing_up() {
    let since = Instant::now();
    let (log, clock) = (MemoryLog::default(), ReplayClock::at(noon()));
    let slow = Slow::taking(&clock, Duration::from_millis(1));
    slow.door.open();
    let shard = start(&log, &clock, &slow, free());
    let before = log.head().get();
    for id in 0..BATCHES_PENDING_MAX {
        for name in PAIR {
            shard.send(arrival(name, id)).unwrap();
        }
    }
    let stopped = shard.stop();
    assert!(stopped.fault.is_none(), "{:?}", stopped.fault);
    assert_eq!(slow.sent().len(), 2 * BATCHES_PENDING_MAX);
    let written = log.head().get() - before;
    let fit = u64::try_from(BATCHES_PENDING_MAX).unwrap();
    assert!(written > 4 * fit, "{written} events are too few to fill the channels");
    assert_in_log(&log, u32::try_from(10 * BATCHES_PENDING_MAX).unwrap());
    assert!(since.elapsed() < Duration::from_secs(10), "{:?}", since.elapsed());
}
