//! One account with an engine before its broker, driven one thing at a time.

mod advice;
mod agreement;

use std::time::{Duration, Instant};

use gatefold_core::decide::{Account, Gates, Limits};
use gatefold_core::engine::{Engine, Input, Opening, Settings};
use gatefold_core::record::event::{Link, LinkChanged, Mode};
use gatefold_core::record::{Log, Writer};
use gatefold_core::route::{self, Broker, OrderState, Report, Submission};
use gatefold_core::settle::CostMethod;
use gatefold_core::vocabulary::{Actor, Calendar, Money, OrderKey, Ratio, Span};

use crate::broker::venue::Venue;

/// An engine and what it recorded.
pub(in crate::broker) struct Mind {
    log: Box<dyn Log>,
    writer: Writer,
    engine: Engine,
}

impl Mind {
    fn empty(venue: &dyn Venue) -> Self {
        let log = venue.log();
        let writer = Writer::new(log.epoch());
        let engine = Engine::new(Gates::standard(), Calendar::nyse(), settings());
        Self { log, writer, engine }
    }
}

pub(in crate::broker) struct Desk {
    pub(in crate::broker) venue: Box<dyn Venue>,
    broker: Option<Box<dyn Broker>>,
    mind: Mind,
    /// Every answer to an order, and every report, in the order in which they came.
    pub(in crate::broker) answers: Vec<(OrderKey, Submission)>,
    told: Vec<Report>,
    /// The process dies before it hears the next answer.
    dies: bool,
}

impl Desk {
    /// Opens the account, and waits until everything is known of it.
    pub(in crate::broker) fn open(venue: Box<dyn Venue>) -> Self {
        let mut desk = Self {
            broker: Some(venue.broker(venue.now())),
            mind: Mind::empty(venue.as_ref()),
            venue,
            answers: Vec::new(),
            told: Vec::new(),
            dies: false,
        };
        desk.begin();
        desk
    }

    fn begin(&mut self) {
        let dollars = Money::dollars;
        let cash = self.venue.cash();
        let mut limits = Limits::with(5, cash, dollars(50_000), dollars(50_000));
        limits.max_quote_age = Span::hours(24);
        limits.max_sync_age = Span::hours(24);
        limits.collar = Ratio::from_ppm(500_000);
        limits.close_collar = limits.collar;
        limits.max_entries_per_day = 1_000;
        limits.orders_per_second = 1_000;
        limits.order_burst = 1_000;
        self.step(Input::Open(Opening {
            account: self.venue.account(),
            mode: Mode::Paper,
            cash,
            cost_method: CostMethod::Average,
            limits,
            actor: actor(),
            reason: "the contract of brokers".to_owned(),
        }));
        self.until("order updates arrive and the books are read", |desk| {
            let contact = desk.account().contact();
            contact.synced_at.is_some() && contact.link.is_some_and(|(link, _)| link == Link::Up)
        });
        let stock = self.venue.stock();
        self.until("the stock is quoted", |desk| {
            let market = desk.venue.market();
            market.quote(&stock).is_some() && market.facts(&stock).is_some()
        });
    }

    /// A second engine that knows of the account what this one knows now, and nothing of what
    /// comes.
    pub(in crate::broker) fn twin(&mut self) -> Mind {
        let twin = Mind::empty(self.venue.as_ref());
        let own = std::mem::replace(&mut self.mind, twin);
        self.begin();
        std::mem::replace(&mut self.mind, own)
    }

    /// From now on the other engine is asked.
    pub(in crate::broker) fn turn_to(&mut self, mind: Mind) {
        self.mind = mind;
        self.answers.clear();
    }

    /// The process dies; something happens; another one starts from the log.
    pub(in crate::broker) fn restart(&mut self, meanwhile: impl FnOnce(&mut dyn Venue)) {
        self.broker = None;
        meanwhile(self.venue.as_mut());
        let log = self.mind.log.as_ref();
        let replayed = Engine::replay(log, Gates::standard(), Calendar::nyse(), settings());
        self.mind.engine = replayed.expect("a log that can be folded");
        self.told.clear();
        let since = self.mind.engine.last_at().unwrap_or_else(|| self.venue.now());
        self.broker = Some(self.venue.broker(since.saturating_sub(Span::hours(24))));
        self.step(Input::Resume);
    }

    pub(in crate::broker) fn account(&self) -> &Account {
        self.mind.engine.account(&self.venue.account()).expect("an account that was opened")
    }

    pub(in crate::broker) fn broker(&self) -> &dyn Broker {
        self.broker.as_deref().expect("a process that lives")
    }

    fn step(&mut self, input: Input) {
        let mut inputs = vec![input];
        while let Some(input) = inputs.pop() {
            let now = self.venue.now();
            let step = self.mind.engine.step(input, now, self.venue.market());
            let mut later = Vec::new();
            for batch in step.batches {
                let durable = self.mind.writer.commit(self.mind.log.as_mut(), batch);
                later.push(Input::Durable(durable.expect("a log that takes a batch")));
            }
            for effect in step.effects {
                later.extend(self.carry_out(effect));
            }
            later.reverse();
            inputs.extend(later);
        }
    }

    fn carry_out(&mut self, effect: route::Effect) -> Option<Input> {
        let broker = self.broker.as_deref()?;
        Some(match effect {
            route::Effect::Submit(order) => {
                let (account, key) = (*order.get().account(), order.get().key());
                let answer = broker.submit(order);
                if std::mem::take(&mut self.dies) {
                    return None;
                }
                self.answers.push((key, answer.clone()));
                Input::Submitted { account, key, answer }
            }
            route::Effect::Cancel { account, key, broker_order_id } => {
                let answer = broker.cancel(&account, key, broker_order_id.as_ref());
                Input::CancelAnswered { account, key, answer }
            }
            route::Effect::LookUp { account, key } => {
                Input::LookedUp { account, key, answer: broker.look_up(&account, key) }
            }
            route::Effect::TakeSnapshot { account } => {
                Input::SnapshotTaken { account, answer: broker.snapshot(&account) }
            }
            route::Effect::Alert(_) => return None,
        })
    }

    /// What the broker reports, and the passing of time.
    pub(in crate::broker) fn poll(&mut self) {
        let account = self.venue.account();
        // A broker that cannot be reached for a moment is asked again.
        let mut reports = self.broker().reports(&account).unwrap_or_default();
        let says = reports.iter().any(|report| matches!(report, Report::Link(_)));
        if !says && self.account().contact().link.is_none() {
            // Who says nothing of the link has one as long as it answers.
            let evidence = "the broker answers".to_owned();
            reports.insert(0, Report::Link(LinkChanged { link: Link::Up, evidence }));
        }
        for report in reports {
            self.told.push(report.clone());
            self.step(Input::Reported { account, report });
        }
        self.step(Input::Tick);
    }

    #[track_caller]
    pub(in crate::broker) fn until(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let start = Instant::now();
        while !is_so(self) {
            self.poll();
            let orders: Vec<_> = self.account().orders().collect();
            assert!(
                start.elapsed() < self.venue.patience(),
                "{what}: not so\n{orders:#?}\n{:#?}\n{:#?}\n{:#?}",
                self.answers,
                self.told,
                self.venue.orders()
            );
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    #[track_caller]
    pub(in crate::broker) fn until_order(&mut self, key: OrderKey, state: OrderState) {
        self.until(&format!("{key} is {state}"), |desk| desk.state(key) == Some(state));
    }

    pub(in crate::broker) fn state(&self, key: OrderKey) -> Option<OrderState> {
        self.account().order(&key).map(|order| order.state)
    }

    /// The process dies after the broker has the next order and before it hears of that.
    pub(in crate::broker) fn die_after_the_next(&mut self) {
        self.dies = true;
    }
}

/// As for a broker across a network, with look-ups every second.
fn settings() -> Settings {
    Settings {
        absent_polls: 3,
        absent_for: Span::seconds(10),
        look_up_every: Span::seconds(1),
        failures_max: 1_000,
        ..Settings::default()
    }
}

fn actor() -> Actor {
    Actor::new("contract").expect("a short name")
}
