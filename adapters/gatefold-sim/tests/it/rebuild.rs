//! A real engine before the simulated broker: what the log says is enough to make the broker again.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::Arc;

use gatefold_core::advise::{
    Arrival, Effect as Intention, ExitTerms, Hours, OrderPrice, Recommendation, Source, TimeInForce,
};
use gatefold_core::decide::{Gates, Limits};
use gatefold_core::engine::{Engine, Input, Opening, Settings, Step};
use gatefold_core::record::event::Mode;
use gatefold_core::record::{Position, Stream, Writer, replay};
use gatefold_core::route::{Broker, Effect, OrderState};
use gatefold_core::settle::CostMethod;
use gatefold_core::vocabulary::{
    AccountId, Actor, Calendar, Instrument, Money, Price, Quantity, Ratio, RecommendationId, Side,
    StrategyId, Timestamp,
};
use gatefold_sim::broker::{Fills, SimAccount, SimSettings};
use gatefold_sim::memory_log::MemoryLog;
use gatefold_sim::{Replay, SimBroker, SimClock};

use crate::kit::{at, day, instrument};

const CALL: &str = "GOOG  151224C00750000";

fn me() -> AccountId {
    AccountId::new("large").unwrap()
}

fn opening() -> Opening {
    let million = Money::dollars(1_000_000);
    let collar = Ratio::from_ppm(900_000);
    Opening {
        account: me(),
        mode: Mode::Simulated,
        cash: Money::dollars(200_000),
        cost_method: CostMethod::Average,
        limits: Limits { collar, ..Limits::with(100, million, million, million) },
        actor: Actor::new("test").unwrap(),
        reason: "opened".to_owned(),
    }
}

fn advice(
    id: &str,
    of: &str,
    side: Side,
    quantity: u32,
    limit: &str,
    time: &str,
) -> Recommendation {
    let limit: Price = limit.parse().unwrap();
    Recommendation {
        id: RecommendationId::new(id).unwrap(),
        account: me(),
        strategy: StrategyId::new("s").unwrap(),
        source: Source::External,
        instrument: instrument(of),
        side,
        effect: if side == Side::Buy { Intention::Open } else { Intention::Close },
        quantity: Quantity::whole(quantity),
        price: OrderPrice::Limit(limit),
        time_in_force: TimeInForce::Day,
        hours: Hours::Regular,
        confidence: None,
        model: None,
        reference_price: None,
        exits: ExitTerms::default(),
        created_at: at(time),
        valid_until: None,
    }
}

/// A process: engine, broker and market over a log that outlives it.
struct Process {
    engine: Engine,
    writer: Writer,
    log: MemoryLog,
    broker: SimBroker,
    market: Replay,
    clock: SimClock,
    /// Orders are handed to the broker and their answers are never seen.
    deaf: bool,
}

impl Process {
    /// Makes everything from the log, as a start does, and takes up what was in flight.
    fn start(log: &MemoryLog) -> Self {
        let mut process = Self::folded(log.reopen());
        if let Some(last) = process.engine.last_at() {
            process.move_to(last);
            process.put(Input::Resume);
        }
        process
    }

    /// Makes everything from the log, and does nothing yet.
    fn folded(log: MemoryLog) -> Self {
        let (market, clock) = (day("2015-12-24"), SimClock::default());
        let settings = SimSettings { fills: Fills::Seeded(7), ..SimSettings::default() };
        let calendar = Calendar::nyse();
        let handle = Arc::new(market.market());
        let broker = SimBroker::new(handle, clock.clone(), calendar.clone(), settings);
        replay(&log, Position::ZERO, &mut |entry, event| {
            if let Stream::Account(account) = entry.stream {
                broker.observe(&account, entry.at, event);
            }
            Ok(ControlFlow::Continue(()))
        })
        .unwrap();
        let engine = Engine::replay(&log, Gates::standard(), calendar, Settings::simulated());
        let writer = Writer::new(log.epoch());
        let engine = engine.unwrap();
        Self { engine, writer, log, broker, market, clock, deaf: false }
    }

    fn move_to(&mut self, now: Timestamp) {
        self.clock.advance_to(now);
        self.market.advance_to(now);
    }

    fn put(&mut self, input: Input) {
        let market = self.market.market();
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            let now = self.clock.now();
            let Step { batches, mut effects, .. } = self.engine.step(input, now, &market);
            for batch in batches {
                let durable = self.writer.commit(&mut self.log, batch).unwrap();
                effects.extend(self.engine.step(Input::Durable(durable), now, &market).effects);
            }
            inputs.extend(effects.into_iter().filter_map(|effect| self.carry_out(effect)));
            if !self.deaf && self.broker.account(&me()).is_some() {
                let reports = self.broker.reports(&me()).unwrap();
                let account = me();
                inputs
                    .extend(reports.into_iter().map(|report| Input::Reported { account, report }));
            }
        }
    }

    fn carry_out(&mut self, effect: Effect) -> Option<Input> {
        Some(match effect {
            Effect::Submit(order) => {
                let (account, key) = (*order.get().account(), order.get().key());
                let answer = self.broker.submit(order);
                if self.deaf {
                    return None;
                }
                Input::Submitted { account, key, answer }
            }
            Effect::Cancel { account, key, broker_order_id } => {
                let answer = self.broker.cancel(&account, key, broker_order_id.as_ref());
                Input::CancelAnswered { account, key, answer }
            }
            Effect::LookUp { account, key } => {
                let answer = self.broker.look_up(&account, key);
                Input::LookedUp { account, key, answer }
            }
            Effect::TakeSnapshot { account } => {
                let answer = self.broker.snapshot(&account);
                Input::SnapshotTaken { account, answer }
            }
            Effect::Alert(_) => return None,
        })
    }

    /// Lets the market and the engine go on minute by minute.
    fn run_to(&mut self, time: &str) {
        let until = at(time);
        while let Some(next) = self.market.next_time().filter(|next| *next <= until) {
            self.move_to(next);
            self.broker.on_market();
            self.put(Input::Tick);
        }
        self.move_to(until);
        self.put(Input::Tick);
    }

    fn advise(&mut self, advice: Recommendation) {
        self.put(Input::Arrival(Arrival::Recommendation(advice)));
    }

    fn account(&self) -> SimAccount {
        self.broker.account(&me()).unwrap()
    }

    fn engine_holds(&self) -> Vec<(Instrument, String)> {
        let account = self.engine.account(&me()).unwrap();
        let held = account.books().filter(|(_, book)| !book.position().net().is_zero());
        held.map(|(instrument, book)| (*instrument, book.position().net().to_string())).collect()
    }
}

/// A new process that has opened its account and knows where it stands.
fn begun() -> Process {
    let mut process = Process::start(&MemoryLog::default());
    process.move_to(at("2015-12-24T14:29:00Z"));
    process.broker.open(me(), Money::dollars(200_000));
    process.put(Input::Open(opening()));
    process.run_to("2015-12-24T14:45:00Z");
    process
}

/// The advice of the day, each at its minute.
fn advise_all(process: &mut Process, from: &str, until: &str) {
    let all = [
        advice("in", CALL, Side::Buy, 90, "0.60", "2015-12-24T14:45:00Z"),
        advice("low", "GOOG", Side::Buy, 10, "700.00", "2015-12-24T14:45:00Z"),
        advice("at", "GOOG", Side::Buy, 10, "760.00", "2015-12-24T14:45:00Z"),
        advice("out", "GOOG", Side::Sell, 4, "700.00", "2015-12-24T15:10:00Z"),
        advice("lower", "GOOG", Side::Buy, 10, "690.00", "2015-12-24T15:12:00Z"),
    ];
    for advice in all {
        let due = advice.created_at.to_string();
        if (at(from)..at(until)).contains(&advice.created_at) {
            process.run_to(&due);
            process.advise(advice);
        }
    }
    process.run_to(until);
}

const START: &str = "2015-12-24T14:45:00Z";
const STOPS: [&str; 4] = [
    "2015-12-24T15:03:30Z",
    "2015-12-24T15:11:00Z",
    "2015-12-24T16:30:00Z",
    "2015-12-24T18:01:00Z",
];

#[test]
fn a_broker_made_from_the_log_is_the_one_that_was() {
    let mut process = begun();
    let mut from = START;
    for stop in STOPS {
        advise_all(&mut process, from, stop);
        from = stop;
        let again = Process::folded(process.log.clone());
        assert_eq!(process.account(), again.account(), "at {stop}");
        assert_eq!(process.engine_holds(), again.engine_holds());
    }
    let account = process.account();
    let fills: Vec<usize> = account.ended.iter().map(|order| order.executions.len()).collect();
    assert!(fills.iter().any(|fills| *fills > 1), "filled in parts: {fills:?}");
    // The exit is let through by canceling what stands in its way.
    for state in [OrderState::Filled, OrderState::Canceled, OrderState::Expired] {
        assert!(account.ended.iter().any(|order| order.state == state), "none is {state}");
    }
    let held: Vec<String> = account.positions.iter().map(|(_, net)| net.to_string()).collect();
    assert_eq!(held, ["6"], "sold in part, and the contracts have expired");
    assert_eq!(process.engine_holds().len(), 1);
    let cash = process.engine.account(&me()).unwrap().cash();
    assert_eq!(account.cash, cash, "both count the same money");
}

#[test]
fn a_run_that_is_killed_ends_like_one_that_is_not() {
    let end = STOPS[3];
    let mut whole = begun();
    advise_all(&mut whole, START, end);
    for stop in STOPS {
        let mut killed = begun();
        advise_all(&mut killed, START, stop);
        let mut again = Process::start(&killed.log);
        advise_all(&mut again, stop, end);
        assert_eq!(again.account(), whole.account(), "killed at {stop}");
        assert_eq!(again.engine_holds(), whole.engine_holds());
    }
}

#[test]
fn an_order_whose_answer_was_never_seen_is_absent_and_is_sent_again() {
    let order = || advice("in", CALL, Side::Buy, 2, "1.50", "2015-12-24T14:45:00Z");
    let mut whole = begun();
    whole.advise(order());
    whole.run_to("2015-12-24T15:00:00Z");
    let mut killed = begun();
    killed.deaf = true;
    killed.advise(order());
    assert_eq!(killed.account().working.len() + killed.account().ended.len(), 1, "it was sent");
    let mut again = Process::start(&killed.log);
    again.run_to("2015-12-24T15:00:00Z");
    assert_eq!(again.engine_holds(), whole.engine_holds());
    assert_eq!(again.engine_holds(), [(instrument(CALL), "2".to_owned())]);
    let (ours, theirs) = (again.account().ended, whole.account().ended);
    assert_eq!(ours.len(), 1);
    assert_eq!(ours[0].ticket, theirs[0].ticket, "under the same key");
    assert_eq!(again.account().cash, whole.account().cash);
}
