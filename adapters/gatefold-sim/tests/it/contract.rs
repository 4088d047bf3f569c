//! The simulated broker keeps the contract of brokers, and the suite notices one that does not.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use gatefold_conformance::{Filling, Held, Order, Trouble, Venue, broker_contract};
use gatefold_core::decide::{Feed, Intent, MarketData, Quote};
use gatefold_core::record::{Log, Recorded};
use gatefold_core::route::{
    Broker, BrokerFault, CancelAnswer, LookUp, OrderReport, OrderState, RejectClass, Report,
    Snapshot, Submission,
};
use gatefold_core::vocabulary::{
    AccountId, BrokerOrderId, Calendar, Instrument, Money, OrderKey, Quantity, Span, Timestamp,
};
use gatefold_sim::broker::{Faults, Fills, SimSettings, SubmitFault};
use gatefold_sim::memory_log::MemoryLog;
use gatefold_sim::{QuoteChange, Replay, ReplayMarket, SimBroker, SimClock};

use crate::kit::{at, instrument};

const START: &str = "2015-12-24T14:31:00Z";
const FALL: &str = "2015-12-24T16:00:00Z";

/// The simulated broker over a stock that falls from 100 to 90 dollars.
struct Sim {
    broker: Arc<SimBroker>,
    market: ReplayMarket,
    replay: RefCell<Replay>,
    clock: SimClock,
    flaw: Option<Flaw>,
}

fn quoted(price: u32, time: &str) -> QuoteChange {
    let cents = |cents: u32| gatefold_core::vocabulary::Price::cents(cents);
    let quote = Quote {
        bid: cents(price * 100 - 2),
        bid_size: Quantity::whole(20),
        ask: cents(price * 100),
        ask_size: Quantity::whole(20),
        at: at(time),
        feed: Feed::Consolidated,
    };
    QuoteChange::new(instrument("IBM"), quote)
}

impl Sim {
    fn open(filling: Filling, flaw: Option<Flaw>) -> Box<dyn Venue> {
        let replay = Replay::of(vec![quoted(100, START), quoted(90, FALL)]);
        let (market, clock) = (replay.market(), SimClock::default());
        let fills = match filling {
            Filling::Whole => Fills::Full,
            Filling::Parts => Fills::Seeded(7),
        };
        let settings = SimSettings { fills, ..SimSettings::default() };
        let shown = Arc::new(market.clone());
        let broker = SimBroker::new(shown, clock.clone(), Calendar::nyse(), settings);
        let (broker, replay) = (Arc::new(broker), RefCell::new(replay));
        let sim = Self { broker, market, replay, clock, flaw };
        sim.go(at(START));
        sim.broker.open(sim.account(), sim.cash());
        Box::new(sim)
    }

    fn go(&self, to: Timestamp) {
        self.clock.advance_to(to);
        self.replay.borrow_mut().advance_to(to);
        self.broker.on_market();
    }
}

impl Venue for Sim {
    fn account(&self) -> AccountId {
        AccountId::new("large").unwrap()
    }

    fn cash(&self) -> Money {
        Money::dollars(100_000)
    }

    fn stock(&self) -> Instrument {
        instrument("IBM")
    }

    fn market(&self) -> &dyn MarketData {
        &self.market
    }

    fn patience(&self) -> Duration {
        // It tells at once.
        Duration::from_millis(200)
    }

    fn log(&self) -> Box<dyn Log> {
        Box::new(MemoryLog::default())
    }

    fn broker(&self, _since: Timestamp) -> Box<dyn Broker> {
        let (broker, flaw) = (Arc::clone(&self.broker), self.flaw);
        Box::new(Flawed { broker, flaw })
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn pass(&mut self, span: Span) {
        self.go(self.clock.now().saturating_add(span));
    }

    fn fall(&mut self) {
        self.go(at(FALL));
    }

    fn trouble(&mut self, trouble: Trouble) {
        let fault = match trouble {
            Trouble::AnswerLost => SubmitFault::LostAnswer,
            Trouble::OrderLost => SubmitFault::LostOrder,
            Trouble::Refused => {
                let reason = "the venue does not want it".to_owned();
                SubmitFault::Rejected { class: RejectClass::Order, reason }
            }
        };
        self.broker.set_faults(Faults { submits: [fault].into(), ..Faults::default() });
    }

    fn orders(&self) -> Vec<Order> {
        let account = self.broker.account(&self.account()).unwrap();
        let orders = account.working.iter().chain(&account.ended);
        let order = |it: &gatefold_sim::broker::SimOrder| Order {
            key: it.ticket.key,
            filled: it.filled,
            works: it.state.is_working(),
        };
        orders.map(order).collect()
    }

    fn held(&self) -> Held {
        let account = self.broker.account(&self.account()).unwrap();
        Held { cash: account.cash, positions: account.positions }
    }
}

/// One way to break a promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flaw {
    TakesALostAnswerForARefusal,
    TellsNoExecutions,
    TellsEndsBeforeExecutions,
    IgnoresCancels,
    FindsNothing,
    ShowsNoPositions,
    SaysThatItCanceled,
    TakesEveryId,
    KnowsEveryAccount,
}

const FLAWS: [Flaw; 9] = [
    Flaw::TakesALostAnswerForARefusal,
    Flaw::TellsNoExecutions,
    Flaw::TellsEndsBeforeExecutions,
    Flaw::IgnoresCancels,
    Flaw::FindsNothing,
    Flaw::ShowsNoPositions,
    Flaw::SaysThatItCanceled,
    Flaw::TakesEveryId,
    Flaw::KnowsEveryAccount,
];

/// The simulated broker as a process has it.
struct Flawed {
    broker: Arc<SimBroker>,
    flaw: Option<Flaw>,
}

impl Flawed {
    fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    /// Orders whose executions are told, as filled and without them.
    fn bare_ends(&self, account: &AccountId, told: &[Report]) -> Vec<Report> {
        let mut ends = Vec::new();
        for report in told {
            if let Report::Execution(execution) = report
                && let Some(key) = execution.order
                && let LookUp::Found(found) = self.broker.look_up(account, key)
                && found.state == OrderState::Filled
            {
                ends.push(Report::Order(OrderReport { executions: Vec::new(), ..found }));
            }
        }
        ends
    }
}

impl Broker for Flawed {
    fn submit(&self, order: Recorded<Intent>) -> Submission {
        let answer = self.broker.submit(order);
        let Submission::Unknown { reason } = &answer else {
            return answer;
        };
        if self.has(Flaw::TakesALostAnswerForARefusal) {
            let reason = reason.clone();
            return Submission::Rejected { class: RejectClass::Order, reason };
        }
        if self.has(Flaw::TakesEveryId) {
            let broker_order_id = BrokerOrderId::new("made-up").unwrap();
            return Submission::Accepted { broker_order_id, at: Timestamp::EPOCH };
        }
        answer
    }

    fn cancel(
        &self,
        account: &AccountId,
        key: OrderKey,
        id: Option<&BrokerOrderId>,
    ) -> CancelAnswer {
        if self.has(Flaw::IgnoresCancels) {
            return CancelAnswer::Requested;
        }
        let answer = self.broker.cancel(account, key, id);
        if self.has(Flaw::SaysThatItCanceled) { CancelAnswer::Requested } else { answer }
    }

    fn look_up(&self, account: &AccountId, key: OrderKey) -> LookUp {
        if self.has(Flaw::FindsNothing) {
            return LookUp::Missing;
        }
        self.broker.look_up(account, key)
    }

    fn snapshot(&self, account: &AccountId) -> Result<Snapshot, BrokerFault> {
        let nothing = Snapshot {
            requested_at: Timestamp::EPOCH,
            buying_power: Money::ZERO,
            cash: Money::ZERO,
            positions: Vec::new(),
        };
        let answer = self.broker.snapshot(account);
        if self.has(Flaw::KnowsEveryAccount) {
            return Ok(answer.unwrap_or(nothing));
        }
        let mut snapshot = answer?;
        if self.has(Flaw::ShowsNoPositions) {
            snapshot.positions.clear();
        }
        Ok(snapshot)
    }

    fn reports(&self, account: &AccountId) -> Result<Vec<Report>, BrokerFault> {
        let mut told = self.broker.reports(account)?;
        if self.has(Flaw::TellsNoExecutions) {
            told.retain(|it| !matches!(it, Report::Execution(_)));
        }
        if self.has(Flaw::TellsEndsBeforeExecutions) {
            let ends = self.bare_ends(account, &told);
            told.splice(0..0, ends);
        }
        Ok(told)
    }
}

#[test]
fn the_simulated_broker_keeps_the_contract() {
    broker_contract(&mut |filling| Sim::open(filling, None));
}

#[test]
fn a_broker_that_breaks_a_promise_does_not_pass() {
    for flaw in FLAWS {
        let run = catch_unwind(AssertUnwindSafe(|| {
            broker_contract(&mut |filling| Sim::open(filling, Some(flaw)));
        }));
        assert!(run.is_err(), "{flaw:?} is not noticed");
    }
}
