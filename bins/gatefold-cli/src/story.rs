//! Tests only: a small log on disk, written by the engine itself with a broker that fills at once.

use gatefold::core::advise::{
    Arrival, Effect, ExitTerms, Hours, OrderPrice, Recommendation, Source, TimeInForce,
};
use gatefold::core::decide::{Facts, Feed, Gates, Limits, MarketData, Quote};
use gatefold::core::engine::{Engine, Input, Opening, Settings};
use gatefold::core::record::Writer;
use gatefold::core::record::event::{Link, LinkChanged, Mode};
use gatefold::core::route::{self, Report, Snapshot, Submission};
use gatefold::core::settle::{CostMethod, Execution};
use gatefold::core::vocabulary::{
    AccountId, Actor, BrokerOrderId, Calendar, ExecutionId, Instrument, Money, Price, Quantity,
    RecommendationId, Side, Span, StrategyId, Timestamp,
};
use gatefold::log::{EmbeddedLog, Options};

/// When the story begins: a Tuesday, 12:30 in New York.
pub(crate) const BEGIN: &str = "2026-02-03T17:30:00Z";

/// A configuration for the account `large`, whose files lie beside it.
pub(crate) const CONFIG: &str = r#"
[log]
dir = "log"
[inbox]
format = "jsonl"
path = "inbox.jsonl"
[market]
kind = "replay"
quotes = "quotes.csv"
[broker]
kind = "simulated"
[accounts.large]
mode = "simulated"
cash = "25000"
cost_method = "average"
[accounts.large.limits]
max_positions = 5
max_exposure = "20000"
max_order_notional = "20000"
max_daily_loss = "500"
max_entries_per_day = 20
orders_per_second = 2
time_to_live = "120s"
max_quote_age = "5s"
collar = "0.02"
"#;

/// Its market.
pub(crate) const QUOTES: &str = "quoted_at,symbol,bid,bid_size,ask,ask_size\n\
    2026-02-03T17:29:59Z,ACME,9.99,500,10.00,500\n";

/// A market that quotes everything alike.
struct Market {
    bid: Price,
    at: Timestamp,
}

impl MarketData for Market {
    fn quote(&self, _: &Instrument) -> Option<Quote> {
        Some(Quote {
            bid: self.bid,
            bid_size: Quantity::whole(500),
            ask: self.bid.checked_add(Price::cents(1))?,
            ask_size: Quantity::whole(500),
            at: self.at,
            feed: Feed::Consolidated,
        })
    }

    fn facts(&self, _: &Instrument) -> Option<Facts> {
        Some(Facts::STOCK)
    }
}

/// A log that is being written, in a folder that goes with it.
pub(crate) struct Story {
    folder: tempfile::TempDir,
    log: EmbeddedLog,
    writer: Writer,
    engine: Engine,
    market: Market,
}

impl Story {
    /// Opens the accounts `large` (20,000 of exposure in five positions) and `tiny` (1,000 in one)
    /// on a day that has begun, with a broker whose books were read.
    pub(crate) fn begin() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (log, _) = EmbeddedLog::open(folder.path(), Options::default()).unwrap();
        let writer = Writer::new(log.epoch());
        let engine = Engine::new(Gates::standard(), Calendar::nyse(), Settings::simulated());
        let market = Market { bid: Price::cents(999), at: BEGIN.parse().unwrap() };
        let mut story = Self { folder, log, writer, engine, market };
        for (name, positions, exposure) in [("large", 5, 20_000), ("tiny", 1, 1_000)] {
            let account = AccountId::new(name).unwrap();
            let exposure = Money::dollars(exposure);
            story.step(Input::Open(Opening {
                account,
                mode: Mode::Simulated,
                cash: Money::dollars(25_000),
                cost_method: CostMethod::Average,
                limits: Limits::with(positions, exposure, exposure, Money::dollars(500)),
                actor: Actor::new("test").unwrap(),
                reason: "a story".to_owned(),
            }));
            let link = LinkChanged { link: Link::Up, evidence: "connected".to_owned() };
            story.step(Input::Reported { account, report: Report::Link(link) });
        }
        story.pass(Span::ZERO);
        story
    }

    /// The folder of the log, closed by its writer so that all of it can be read.
    pub(crate) fn end(self) -> tempfile::TempDir {
        self.log.close().unwrap();
        self.folder
    }

    /// Time passes.
    pub(crate) fn pass(&mut self, span: Span) {
        self.market.at = self.market.at.saturating_add(span);
        self.step(Input::Tick);
    }

    /// Everything is bid at this price from now on.
    pub(crate) fn quote(&mut self, bid: &str) {
        self.market.bid = bid.parse().unwrap();
    }

    /// Advice to buy ACME at 10.00, to be closed at 7.50 or 15.00.
    pub(crate) fn advise(&mut self, account: &str, id: &str, shares: u32) {
        let advice = Recommendation {
            id: RecommendationId::new(id).unwrap(),
            account: AccountId::new(account).unwrap(),
            strategy: StrategyId::new("swing").unwrap(),
            source: Source::External,
            instrument: Instrument::parse("ACME").unwrap(),
            side: Side::Buy,
            effect: Effect::Open,
            quantity: Quantity::whole(shares),
            price: OrderPrice::Limit(Price::dollars(10)),
            time_in_force: TimeInForce::Day,
            hours: Hours::Regular,
            confidence: Some("0.72".parse().unwrap()),
            model: None,
            reference_price: None,
            exits: ExitTerms {
                stop: Some(Price::cents(750)),
                target: Some(Price::dollars(15)),
                ..ExitTerms::default()
            },
            created_at: self.market.at,
            valid_until: None,
        };
        self.step(Input::Arrival(Arrival::Recommendation(advice)));
    }

    /// A line that is no advice.
    pub(crate) fn fail(&mut self, line: u64, text: &str, reason: &str) {
        self.step(Input::Arrival(Arrival::Failed {
            source: "inbox.jsonl".to_owned(),
            line,
            text: text.to_owned(),
            reason: reason.to_owned(),
        }));
    }

    fn step(&mut self, input: Input) {
        let mut step = self.engine.step(input, self.market.at, &self.market);
        let mut effects = std::mem::take(&mut step.effects);
        for batch in step.batches {
            let durable = self.writer.commit(&mut self.log, batch).unwrap();
            let released = self.engine.step(Input::Durable(durable), self.market.at, &self.market);
            effects.extend(released.effects);
        }
        for effect in effects {
            self.carry_out(effect);
        }
    }

    fn carry_out(&mut self, effect: route::Effect) {
        let now = self.market.at;
        match effect {
            route::Effect::Submit(order) => {
                let order = order.get().clone();
                let (account, key) = (*order.account(), order.key());
                let id = format!("b-{}", order.id());
                let answer = Submission::Accepted {
                    broker_order_id: BrokerOrderId::new(&id).unwrap(),
                    at: now,
                };
                self.step(Input::Submitted { account, key, answer });
                let price = match order.side() {
                    Side::Buy => order.price().unwrap(),
                    Side::Sell => self.market.bid,
                };
                let execution = Execution {
                    id: ExecutionId::new(&format!("x-{}", order.id())).unwrap(),
                    order: Some(key),
                    instrument: *order.instrument(),
                    side: order.side(),
                    quantity: order.quantity(),
                    price,
                    fee: Money::cents(50),
                    at: now,
                };
                self.step(Input::Reported { account, report: Report::Execution(execution) });
            }
            route::Effect::TakeSnapshot { account } => {
                let state = self.engine.account(&account).unwrap();
                let held = state.books().map(|(it, book)| (*it, book.position().net()));
                let snapshot = Snapshot {
                    requested_at: now,
                    buying_power: state.cash(),
                    cash: state.cash(),
                    positions: held.collect(),
                };
                self.step(Input::SnapshotTaken { account, answer: Ok(snapshot) });
            }
            route::Effect::Cancel { .. } | route::Effect::LookUp { .. } => {
                unreachable!("this broker answers at once")
            }
            route::Effect::Alert(_) => {}
        }
    }
}

/// What the program answers to a command line, with the folder's name taken out.
pub(crate) fn ask(folder: &tempfile::TempDir, line: &str) -> (String, String, u8) {
    let dir = folder.path().display().to_string();
    let words = ["gatefold"].into_iter().chain(line.split(' '));
    let log = ["--log", dir.as_str()];
    let cli = <crate::args::Cli as clap::Parser>::try_parse_from(words.chain(log)).unwrap();
    let answer = crate::answer(&cli.command).unwrap();
    (answer.out.replace(&dir, "DIR"), answer.err, answer.code)
}
