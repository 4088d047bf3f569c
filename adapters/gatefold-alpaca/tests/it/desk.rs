//! One account of a local Alpaca, over real sockets, with an engine around it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use fake_alpaca::{FakeAlpaca, Faults, Rule, Running, Settings};
use gatefold_alpaca::{
    AccountSettings, AlpacaBroker, AlpacaMarket, Endpoints, Environment, FeedName, Feeds, Keys,
    Pace, START_OVERLAP,
};
use gatefold_core::advise::{
    Arrival, Effect, ExitTerms, Hours, OrderPrice, Recommendation, Source, TimeInForce,
};
use gatefold_core::decide::{Account, Gates, Limits, MarketData};
use gatefold_core::engine::{Command, Engine, Input, Opening, Settings as Patience};
use gatefold_core::record::event::{Link, Mode};
use gatefold_core::record::{Event, Writer};
use gatefold_core::route::{self, Broker, Order, OrderState};
use gatefold_core::settle::CostMethod;
use gatefold_core::vocabulary::{
    AccountId, Actor, Calendar, Instrument, Money, OrderKey, Quantity, RecommendationId, Side,
    Span, StrategyId,
};
use gatefold_sim::memory_log::MemoryLog;
use serde_json::Value;
use tempfile::TempDir;

/// Two stocks and two contracts on the day before Christmas 2015, which closes at 18:00Z.
const QUOTES: &str = "\
quoted_at,symbol,bid,bid_size,ask,ask_size
2015-12-24T14:30:00Z,GOOG,749.90,100,750.10,100
2015-12-24T14:30:00Z,BAC,17.00,500,17.02,500
2015-12-24T14:30:00Z,GOOG151224C00740000,10.00,10,10.40,10
2015-12-24T14:30:00Z,GOOG151231C00760000,3.00,10,3.20,10
2015-12-24T14:30:00Z,BAC151231P00017000,0.30,50,0.34,50
2015-12-24T15:00:00Z,GOOG,751.00,100,751.20,100
2015-12-24T15:00:00Z,BAC,16.50,500,16.52,500
2015-12-24T16:00:00Z,GOOG,752.00,100,752.20,100
2015-12-24T17:45:00Z,GOOG151224C00740000,11.90,10,12.10,10
2015-12-28T14:31:00Z,GOOG,755.00,100,755.20,100
";

/// A local Alpaca with accounts that may ask as often as they like.
pub(crate) struct Fake {
    pub(crate) running: Running,
    _market: TempDir,
}

impl Fake {
    pub(crate) fn start(change: impl FnOnce(&mut Settings)) -> Self {
        Self::over(QUOTES, change)
    }

    pub(crate) fn over(quotes: &str, change: impl FnOnce(&mut Settings)) -> Self {
        let market = tempfile::tempdir().unwrap();
        std::fs::write(market.path().join("quotes.csv"), quotes).unwrap();
        let mut settings = Settings::new(market.path());
        settings.accounts[0].requests_per_minute = 1_000_000;
        change(&mut settings);
        Self { running: FakeAlpaca::start(settings).unwrap(), _market: market }
    }

    pub(crate) fn endpoints(&self) -> Endpoints {
        Endpoints {
            trading: self.running.base_url.clone(),
            stream: self.running.stream_url.clone(),
            data: self.running.data_url.clone(),
        }
    }

    pub(crate) fn keys(&self, index: usize) -> Keys {
        let keys = &self.running.accounts[index];
        Keys::new(&keys.key_id, &keys.secret_key, "a test").unwrap()
    }

    pub(crate) fn account(&self, index: usize) -> AccountSettings {
        AccountSettings {
            account: me(),
            number: self.running.accounts[index].account_number.clone(),
            environment: Environment::Paper,
            endpoints: self.endpoints(),
            keys: self.keys(index),
            watermark: self.running.now(),
            cash: None,
            theirs_is_ours: false,
            pace: Pace {
                missing: Duration::from_millis(50),
                open: Duration::from_millis(100),
                idle: Duration::from_millis(200),
                ..Pace::default()
            },
        }
    }

    pub(crate) fn broker(self: &Arc<Self>, account: AccountSettings) -> AlpacaBroker {
        let fake = Arc::clone(self);
        AlpacaBroker::new(vec![account], Arc::new(move || fake.running.now()), Calendar::nyse())
    }

    /// An order that is none of ours.
    pub(crate) fn order_by_hand(&self, body: &Value) {
        let keys = &self.running.accounts[0];
        let mut reply = ureq::post(format!("{}/v2/orders", self.running.base_url))
            .header("APCA-API-KEY-ID", &keys.key_id)
            .header("APCA-API-SECRET-KEY", &keys.secret_key)
            .send(body.to_string())
            .unwrap();
        assert_eq!(reply.status(), 200, "{:?}", reply.body_mut().read_to_string());
    }

    pub(crate) fn books(&self) -> Value {
        self.running.ledger()["accounts"][0].clone()
    }

    pub(crate) fn faults(&self, rules: Vec<Rule>) {
        self.running.set_faults(Faults { seed: None, rules });
    }
}

pub(crate) fn me() -> AccountId {
    AccountId::new("main").unwrap()
}

/// How a desk is opened.
pub(crate) struct Setup {
    pub(crate) account: AccountSettings,
    pub(crate) opening: Opening,
    pub(crate) patience: Patience,
}

impl Setup {
    fn of(fake: &Fake) -> Self {
        let dollars = Money::dollars;
        let mut limits = Limits::with(5, dollars(60_000), dollars(30_000), dollars(5_000));
        limits.max_quote_age = Span::hours(24);
        limits.max_sync_age = Span::hours(24);
        limits.collar = "0.10".parse().unwrap();
        limits.orders_per_second = 100;
        let opening = Opening {
            account: me(),
            mode: Mode::Paper,
            cash: dollars(100_000),
            cost_method: CostMethod::Average,
            limits,
            actor: Actor::new("test").unwrap(),
            reason: "test".to_owned(),
        };
        let patience =
            Patience { absent_polls: 2, absent_for: Span::seconds(0), ..Patience::default() };
        Self { account: fake.account(0), opening, patience }
    }
}

pub(crate) struct Desk {
    settings: AccountSettings,
    patience: Patience,
    pub(crate) fake: Arc<Fake>,
    pub(crate) broker: AlpacaBroker,
    pub(crate) market: AlpacaMarket,
    pub(crate) engine: Engine,
    pub(crate) log: MemoryLog,
    writer: Writer,
    pub(crate) alerts: Vec<String>,
}

impl Desk {
    pub(crate) fn open() -> Self {
        Self::at(Fake::start(|_| {}))
    }

    /// A new account, with everything known and the stream there.
    pub(crate) fn at(fake: Fake) -> Self {
        Self::with(fake, |_| {})
    }

    /// The same, set up otherwise.
    pub(crate) fn with(fake: Fake, change: impl FnOnce(&mut Setup)) -> Self {
        let fake = Arc::new(fake);
        let mut setup = Setup::of(&fake);
        change(&mut setup);
        let Setup { account: settings, opening, patience } = setup;
        let broker = fake.broker(settings.clone());
        let feeds = Feeds { stocks: FeedName::Sip, options: FeedName::Opra };
        let pace = Pace { quotes: Duration::from_millis(50), ..Pace::default() };
        let market = AlpacaMarket::start(&fake.endpoints(), &fake.keys(0), feeds, &pace).unwrap();
        let engine = Engine::new(Gates::standard(), Calendar::nyse(), patience);
        let (log, alerts) = (MemoryLog::default(), Vec::new());
        let writer = Writer::new(log.epoch());
        let mut desk =
            Self { settings, patience, fake, broker, market, engine, log, writer, alerts };
        for guarded in desk.broker.guard() {
            assert_eq!(guarded.objections, []);
        }
        desk.step(Input::Open(opening));
        desk.until("the link is up", |desk| {
            desk.account().contact().link.is_some_and(|(link, _)| link == Link::Up)
                && desk.account().contact().synced_at.is_some()
        });
        desk
    }

    /// The process dies; something happens; another one starts from the log.
    pub(crate) fn restart(self, meanwhile: impl FnOnce(&Fake)) -> Self {
        let Self { settings, patience, fake, broker, market, engine, log, alerts, .. } = self;
        let watermark = engine.last_at().unwrap().saturating_sub(START_OVERLAP);
        drop((broker, engine));
        meanwhile(&fake);
        let log = log.reopen();
        let engine = Engine::replay(&log, Gates::standard(), Calendar::nyse(), patience).unwrap();
        let settings = AccountSettings { watermark, ..settings };
        let broker = fake.broker(settings.clone());
        let writer = Writer::new(log.epoch());
        let mut desk =
            Self { settings, patience, fake, broker, market, engine, log, writer, alerts };
        for guarded in desk.broker.guard() {
            assert_eq!(guarded.objections, []);
        }
        desk.step(Input::Resume);
        desk
    }

    pub(crate) fn account(&self) -> &Account {
        self.engine.account(&me()).unwrap()
    }

    pub(crate) fn step(&mut self, input: Input) {
        let mut inputs = vec![input];
        while let Some(input) = inputs.pop() {
            let now = self.fake.running.now();
            let step = self.engine.step(input, now, &self.market);
            assert!(step.notices.is_empty(), "{:?}", step.notices);
            let mut later = Vec::new();
            for batch in step.batches {
                let durable = self.writer.commit(&mut self.log, batch).unwrap();
                later.push(Input::Durable(durable));
            }
            for effect in step.effects {
                later.extend(self.carry_out(effect));
            }
            later.reverse();
            inputs.extend(later);
        }
    }

    fn carry_out(&mut self, effect: route::Effect) -> Option<Input> {
        Some(match effect {
            route::Effect::Submit(order) => {
                let (account, key) = (*order.get().account(), order.get().key());
                Input::Submitted { account, key, answer: self.broker.submit(order) }
            }
            route::Effect::Cancel { account, key, broker_order_id } => {
                let answer = self.broker.cancel(&account, key, broker_order_id.as_ref());
                Input::CancelAnswered { account, key, answer }
            }
            route::Effect::LookUp { account, key } => {
                Input::LookedUp { account, key, answer: self.broker.look_up(&account, key) }
            }
            route::Effect::TakeSnapshot { account } => {
                Input::SnapshotTaken { account, answer: self.broker.snapshot(&account) }
            }
            route::Effect::Alert(alert) => {
                self.alerts.push(alert.text);
                return None;
            }
        })
    }

    /// What the broker reports, and the passing of time.
    pub(crate) fn poll(&mut self) {
        match self.broker.reports(&me()) {
            Ok(reports) => {
                for report in reports {
                    self.step(Input::Reported { account: me(), report });
                }
            }
            Err(fault) => self.alerts.push(fault.to_string()),
        }
        self.step(Input::Tick);
    }

    #[track_caller]
    pub(crate) fn until(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let start = Instant::now();
        while !is_so(self) {
            self.poll();
            let (alerts, fault) = (&self.alerts, self.market.fault());
            assert!(
                start.elapsed() < Duration::from_secs(60),
                "{what}: not so\n{alerts:#?}\n{fault:?}\n{:#?}\n{:#?}",
                self.events(),
                self.fake.books()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub(crate) fn go(&mut self, time: &str) {
        self.fake.running.advance_to(time.parse().unwrap());
        self.poll();
    }

    /// Every event that is recorded, by name.
    pub(crate) fn events(&self) -> Vec<String> {
        let mut names = Vec::new();
        self.each_event(|event| names.push(format!("{event:?}").chars().take(160).collect()));
        names
    }

    pub(crate) fn each_event(&self, mut see: impl FnMut(&Event)) {
        gatefold_core::record::replay(
            &self.log,
            gatefold_core::record::Position::ZERO,
            &mut |_, event| {
                see(event);
                Ok(std::ops::ControlFlow::Continue(()))
            },
        )
        .unwrap();
    }

    /// Gives advice once its instrument is known, and says under which id it would be sent.
    pub(crate) fn advise(&mut self, advice: Recommendation) -> OrderKey {
        let of = advice.instrument;
        self.until("a quote is there", |desk| {
            desk.market.quote(&of).is_some() && desk.market.facts(&of).is_some()
        });
        let (_, key) = self.account().next_key(&advice.id);
        self.step(Input::Arrival(Arrival::Recommendation(advice)));
        key
    }

    /// Advice: id, side, open or close, quantity, symbol, price or "market".
    pub(crate) fn advice(&self, id: &str, text: &str) -> Recommendation {
        let words: Vec<&str> = text.split(' ').collect();
        let [side, effect, quantity, symbol, price] = words[..] else { panic!("{text}") };
        Recommendation {
            id: RecommendationId::new(id).unwrap(),
            account: me(),
            strategy: StrategyId::new("test").unwrap(),
            source: Source::External,
            instrument: Instrument::parse(symbol).unwrap(),
            side: if side == "buy" { Side::Buy } else { Side::Sell },
            effect: if effect == "open" { Effect::Open } else { Effect::Close },
            quantity: quantity.parse::<Quantity>().unwrap(),
            price: match price {
                "market" => OrderPrice::Market,
                limit => OrderPrice::Limit(limit.parse().unwrap()),
            },
            time_in_force: TimeInForce::Day,
            hours: Hours::Regular,
            confidence: None,
            model: None,
            reference_price: None,
            exits: ExitTerms::default(),
            created_at: self.fake.running.now(),
            valid_until: None,
        }
    }

    pub(crate) fn trade(&mut self, id: &str, text: &str) -> OrderKey {
        let advice = self.advice(id, text);
        self.advise(advice)
    }

    pub(crate) fn order(&self, key: OrderKey) -> &Order {
        self.account().order(&key).unwrap_or_else(|| panic!("{key}: {:#?}", self.events()))
    }

    #[track_caller]
    pub(crate) fn until_order(&mut self, key: OrderKey, state: OrderState) {
        self.until(&format!("{key} is {state}"), |desk| desk.order(key).state == state);
    }

    pub(crate) fn cancel(&mut self, key: OrderKey) {
        let actor = Actor::new("test").unwrap();
        self.step(Input::Command(Command::CancelOrder { account: me(), key, actor }));
    }

    pub(crate) fn close(&mut self, symbol: &str, quantity: u32) {
        let (actor, quantity) = (Actor::new("test").unwrap(), Quantity::whole(quantity));
        let instrument = Instrument::parse(symbol).unwrap();
        self.step(Input::Command(Command::Close { account: me(), instrument, quantity, actor }));
    }

    /// Positions and cash as the broker has them.
    pub(crate) fn assert_books_agree(&self) {
        let books = self.fake.books();
        let account = self.account();
        assert_eq!(account.cash().to_string(), money(&books["cash"]), "{books:#}");
        let mut ours: Vec<(String, String)> = account
            .books()
            .filter(|(_, book)| !book.position().net().is_zero())
            .map(|(it, book)| (it.to_string(), book.position().net().to_string()))
            .collect();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let mut theirs: Vec<(String, String)> = books["positions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| (text(&it["symbol"]), text(&it["qty"])))
            .collect();
        ours.sort();
        theirs.sort();
        assert_eq!(ours, theirs);
        assert_eq!(account.realized_pnl().to_string(), money(&books["realized"]), "{books:#}");
    }

    /// Orders under our ids that the broker has.
    pub(crate) fn orders_there(&self) -> usize {
        self.fake.books()["orders"].as_array().unwrap().len()
    }
}

fn money(value: &Value) -> String {
    value.as_str().unwrap().parse::<Money>().unwrap().to_string()
}
