//! A broker that is honest and unreliable: what it did it did once, but it tells of it late, twice,
//! in any order or only when asked. A history is a list of moves, so that a failing one shrinks.

use std::collections::BTreeMap;

use gatefold_core::advise::{
    Arrival, Effect, ExitTerms, Hours, OrderPrice, Recommendation, Source, TimeInForce,
};
use gatefold_core::decide::Limits;
use gatefold_core::engine::{Command, Input, Opening, Settings};
use gatefold_core::record::event::{CashKind, CashMoved, Link, Mode};
use gatefold_core::route::{
    CancelAnswer, LookUp, OrderReport, OrderState, RejectClass, Report, Submission,
};
use gatefold_core::settle::{CostMethod, Execution};
use gatefold_core::vocabulary::{
    AccountId, Actor, ExecutionId, Instrument, Money, OrderKey, Price, Quantity, Ratio,
    RecommendationId, Side, Span, StrategyId,
};

use crate::harness::world::{Sent, World, broker_id};

/// One move of a history: what, and three numbers that say which and how.
pub(crate) type Move = (u8, u8, u8, u8);

const SYMBOLS: [&str; 5] = ["AA", "BB", "CC", "MSFT260320P00400000", "MSFT260320C00400000"];

/// What a history may hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    /// Trades and money that are not ours.
    pub(crate) facts: bool,
    /// Orders that arrive after they were taken for absent.
    pub(crate) late: bool,
    /// The process dies now and then.
    pub(crate) crashes: bool,
}

#[derive(Clone, Debug)]
struct AtBroker {
    sent: Sent,
    state: OrderState,
    executions: Vec<Execution>,
}

impl AtBroker {
    fn left(&self) -> Quantity {
        let done = |sum: Quantity, it: &Execution| sum.saturating_add(it.quantity);
        self.sent.quantity.saturating_sub(self.executions.iter().fold(Quantity::ZERO, done))
    }

    fn report(&self, at: gatefold_core::vocabulary::Timestamp) -> OrderReport {
        OrderReport {
            key: self.sent.key,
            broker_order_id: broker_id(&self.sent.key),
            state: self.state,
            executions: self.executions.clone(),
            reason: String::from("as the broker says"),
            ordered: None,
            at,
        }
    }
}

/// The broker's side of one account.
#[derive(Debug, Default)]
struct Desk {
    seen: usize,
    waiting: Vec<Sent>,
    in_transit: Vec<Sent>,
    orders: Vec<AtBroker>,
    mail: Vec<Report>,
    advised: u32,
    facts: u32,
}

/// A world, the desks, and the rules of the history.
pub(crate) struct Chaos {
    pub(crate) world: World,
    pub(crate) accounts: Vec<AccountId>,
    desks: BTreeMap<AccountId, Desk>,
    rules: Rules,
    /// Only what concerns these accounts is done; time and market always are.
    only: Option<AccountId>,
}

fn pick<T>(all: &[T], number: u8) -> Option<usize> {
    if all.is_empty() { None } else { Some(usize::from(number) % all.len()) }
}

/// The limits of every account in these histories: tight, so that they are met.
pub(crate) fn limits() -> Limits {
    let mut limits =
        Limits::with(3, Money::dollars(2_000), Money::dollars(1_500), Money::dollars(500));
    limits.max_entries_per_day = 1_000;
    limits.max_exits_per_day = 1_000;
    limits.orders_per_second = 100;
    limits.order_burst = 1_000;
    limits.exit_burst = 1_000;
    limits.max_adds = Some(3);
    limits.shorting = gatefold_core::decide::Shorting::Allowed;
    limits.duplicate_window = Span::seconds(0);
    limits.collar = Ratio::from_ppm(100_000);
    limits.checked().unwrap()
}

impl Chaos {
    pub(crate) fn new(rules: Rules, only: Option<AccountId>, cost: CostMethod) -> Self {
        let start = "2026-02-03T15:00:00Z".parse().unwrap();
        let settings =
            Settings { absent_polls: 2, absent_for: Span::seconds(3), ..Settings::default() };
        let mut chaos = Self {
            world: World::new(start, settings),
            accounts: ["one", "two"].map(|name| AccountId::new(name).unwrap()).to_vec(),
            desks: BTreeMap::new(),
            rules,
            only,
        };
        chaos.quote(0);
        for account in chaos.accounts.clone() {
            chaos.desks.insert(account, Desk::default());
            if !chaos.concerns(&account) {
                continue;
            }
            chaos.world.feed(Input::Open(Opening {
                account,
                mode: Mode::Simulated,
                cash: Money::dollars(10_000),
                cost_method: cost,
                limits: limits(),
                actor: Actor::new("test").unwrap(),
                reason: "chaos".into(),
            }));
            chaos.world.link(account, Link::Up);
        }
        chaos.world.feed(Input::Tick);
        chaos
    }

    fn concerns(&self, account: &AccountId) -> bool {
        self.only.is_none_or(|only| only == *account)
    }

    fn quote(&mut self, shift: u8) {
        for (place, symbol) in SYMBOLS.iter().enumerate() {
            let base = if place < 3 { 10_000 } else { 400 };
            let place = u32::try_from(place).unwrap();
            let cents = base * (95 + (u32::from(shift) + place * 3) % 11) / 1_000;
            let instrument = Instrument::parse(symbol).unwrap();
            let (bid, ask) = (Price::cents(cents), Price::cents(cents + 2));
            self.world.market.set(instrument, bid, ask, self.world.now);
        }
    }

    /// Makes one move.
    pub(crate) fn play(&mut self, (what, which, how, much): Move) {
        let account = self.accounts[usize::from(which) % self.accounts.len()];
        match what % 26 {
            16 => self.world.tick(Span::seconds(i64::from(how % 20))),
            17 => self.world.tick(Span::seconds(i64::from(how) + 61)),
            18 if self.rules.crashes => {
                for desk in self.desks.values_mut() {
                    let unanswered = std::mem::take(&mut desk.waiting);
                    desk.in_transit.extend(unanswered);
                }
                self.world.crash();
            }
            19 => self.quote(how),
            _ if self.concerns(&account) => self.play_for(account, what % 26, how, much),
            _ => {}
        }
        self.collect();
    }

    /// Takes over what the engine has sent since.
    fn collect(&mut self) {
        for desk in self.desks.values_mut() {
            desk.seen = desk.seen.min(self.world.sent.len());
        }
        for account in self.accounts.clone() {
            let desk = self.desks.get_mut(&account).unwrap();
            let new = self.world.sent[desk.seen..].iter().filter(|it| it.account == account);
            desk.waiting.extend(new.cloned());
            desk.seen = self.world.sent.len();
        }
    }

    fn play_for(&mut self, account: AccountId, what: u8, how: u8, much: u8) {
        match what {
            0..=2 => self.advise(account, how, much, false),
            3 => self.advise(account, how, much, true),
            4..=7 => self.answer(account, how, much),
            8..=10 => self.fill(account, how, much),
            11 | 22 => self.end(account, how, much),
            12..=14 => self.mail(account, what, how),
            15 => self.look_up(account, how),
            20 => self.cancel(account, how, much),
            21 => self.close(account, how, much),
            23 => self.arrive_late(account, how),
            24 if self.rules.facts => self.fact(account, how, much),
            25 => self.world.link(account, if how < 80 { Link::Down } else { Link::Up }),
            _ => {}
        }
    }

    fn advise(&mut self, account: AccountId, how: u8, much: u8, close: bool) {
        let desk = self.desks.get_mut(&account).unwrap();
        desk.advised += 1;
        let id = RecommendationId::new(&format!("r{}", desk.advised)).unwrap();
        let instrument = Instrument::parse(SYMBOLS[usize::from(how) % SYMBOLS.len()]).unwrap();
        let held = self.world.account(&account).book(&instrument).position().net();
        let selling = if close { held.is_long() } else { how >= 200 };
        let cents = match (instrument.is_option(), selling) {
            (true, _) => 38 + u32::from(much % 5),
            (false, _) => 980 + u32::from(much % 40),
        };
        let price = if much.is_multiple_of(5) {
            OrderPrice::Market
        } else {
            OrderPrice::Limit(Price::cents(cents))
        };
        let exits = ExitTerms {
            stop: much.is_multiple_of(3).then_some(Price::cents(cents * 97 / 100)),
            trail: much.is_multiple_of(7).then_some(Ratio::from_ppm(20_000)),
            ..ExitTerms::default()
        };
        let advice = Recommendation {
            id,
            account,
            strategy: StrategyId::new("chaos").unwrap(),
            source: Source::External,
            instrument,
            side: if selling { Side::Sell } else { Side::Buy },
            effect: if close { Effect::Close } else { Effect::Open },
            quantity: Quantity::whole(1 + u32::from(much) % 90),
            price,
            time_in_force: TimeInForce::Day,
            hours: Hours::Regular,
            confidence: None,
            model: None,
            reference_price: None,
            exits,
            created_at: self.world.now,
            valid_until: None,
        };
        self.world.feed(Input::Arrival(Arrival::Recommendation(advice)));
    }

    /// A client order id is taken once; what comes second under it is turned away.
    fn take(desk: &mut Desk, sent: &Sent) -> bool {
        let new = desk.orders.iter().all(|order| order.sent.key != sent.key);
        if new {
            let (sent, state) = (sent.clone(), OrderState::Accepted);
            desk.orders.push(AtBroker { sent, state, executions: Vec::new() });
        }
        new
    }

    fn answer(&mut self, account: AccountId, how: u8, much: u8) {
        let desk = self.desks.get_mut(&account).unwrap();
        let Some(place) = pick(&desk.waiting, how) else {
            return;
        };
        let sent = desk.waiting.remove(place);
        let lost = Submission::Unknown { reason: "timeout".into() };
        let answer = match much % 8 {
            0 => lost,
            1 => {
                desk.in_transit.push(sent.clone());
                lost
            }
            2 => Submission::Rejected { class: RejectClass::Order, reason: "no".into() },
            3 => {
                Self::take(desk, &sent);
                lost
            }
            _ if Self::take(desk, &sent) => {
                Submission::Accepted { broker_order_id: broker_id(&sent.key), at: self.world.now }
            }
            _ => lost,
        };
        let taken = desk.orders.iter().any(|order| order.sent.key == sent.key);
        let answer = if taken && matches!(answer, Submission::Rejected { .. }) {
            Submission::Unknown { reason: "the client order id must be unique".into() }
        } else {
            answer
        };
        self.world.submitted(&sent, answer);
    }

    fn live(desk: &Desk) -> Vec<usize> {
        let working = |place: &usize| desk.orders[*place].state.is_working();
        (0..desk.orders.len()).filter(working).collect()
    }

    fn fill(&mut self, account: AccountId, how: u8, much: u8) {
        let now = self.world.now;
        let desk = self.desks.get_mut(&account).unwrap();
        let live = Self::live(desk);
        let Some(place) = pick(&live, how) else {
            return;
        };
        let order = &mut desk.orders[live[place]];
        let part = Quantity::whole(1 + u32::from(much) % 50).min(order.left());
        let part = if much.is_multiple_of(2) { order.left() } else { part };
        let execution = Execution {
            id: ExecutionId::new(&format!("{}-{}", order.sent.key, order.executions.len()))
                .unwrap(),
            order: Some(order.sent.key),
            instrument: order.sent.instrument,
            side: order.sent.side,
            quantity: part,
            price: better(&order.sent, much),
            fee: Money::cents(i64::from(much % 3)),
            at: now,
        };
        order.executions.push(execution.clone());
        order.state =
            if order.left().is_zero() { OrderState::Filled } else { OrderState::PartiallyFilled };
        desk.mail.push(Report::Execution(execution));
        let report = order.report(now);
        desk.mail.push(Report::Order(report));
    }

    fn end(&mut self, account: AccountId, how: u8, much: u8) {
        let now = self.world.now;
        let desk = self.desks.get_mut(&account).unwrap();
        let live = Self::live(desk);
        let Some(place) = pick(&live, how) else {
            return;
        };
        let order = &mut desk.orders[live[place]];
        order.state = match much % 4 {
            0 => OrderState::Expired,
            1 if order.executions.is_empty() => OrderState::Rejected,
            _ => OrderState::Canceled,
        };
        let report = order.report(now);
        desk.mail.push(Report::Order(report));
    }

    /// Delivers a letter, delivers it and keeps it, or loses it.
    fn mail(&mut self, account: AccountId, what: u8, how: u8) {
        let desk = self.desks.get_mut(&account).unwrap();
        let Some(place) = pick(&desk.mail, how) else {
            return;
        };
        let letter = if what == 13 { desk.mail[place].clone() } else { desk.mail.remove(place) };
        if what != 14 {
            self.world.reported(account, letter);
        }
    }

    /// What the broker answers when it is asked for an order: the truth.
    fn look_up(&mut self, account: AccountId, how: u8) {
        let orders: Vec<OrderKey> =
            self.world.account(&account).orders().map(|order| order.key).collect();
        let Some(place) = pick(&orders, how) else {
            return;
        };
        self.ask(account, orders[place]);
    }

    fn ask(&mut self, account: AccountId, key: OrderKey) {
        let now = self.world.now;
        let desk = &self.desks[&account];
        let found = desk.orders.iter().find(|order| order.sent.key == key);
        let on_its_way = desk.waiting.iter().chain(&desk.in_transit).any(|it| it.key == key);
        let answer = match found {
            Some(order) => LookUp::Found(order.report(now)),
            None if on_its_way && !self.rules.late => LookUp::Unavailable { reason: "down".into() },
            None => LookUp::Missing,
        };
        self.world.feed(Input::LookedUp { account, key, answer });
    }

    fn cancel(&mut self, account: AccountId, how: u8, much: u8) {
        let orders: Vec<OrderKey> =
            self.world.account(&account).orders().map(|order| order.key).collect();
        let Some(place) = pick(&orders, how) else {
            return;
        };
        let key = orders[place];
        let actor = Actor::new("test").unwrap();
        self.world.feed(Input::Command(Command::CancelOrder { account, key, actor }));
        let known = self.desks[&account].orders.iter().any(|order| order.sent.key == key);
        let reason = String::from("not now");
        let answer = match (known, much % 3) {
            (false, _) | (true, 0) => CancelAnswer::Refused { reason },
            (true, 1) => CancelAnswer::Unknown { reason },
            (true, _) => CancelAnswer::Requested,
        };
        self.world.feed(Input::CancelAnswered { account, key, answer });
    }

    fn close(&mut self, account: AccountId, how: u8, much: u8) {
        let books: Vec<Instrument> =
            self.world.account(&account).books().map(|(it, _)| *it).collect();
        let Some(place) = pick(&books, how) else {
            return;
        };
        let instrument = books[place];
        let quantity = Quantity::whole(1 + u32::from(much) % 30);
        let actor = Actor::new("test").unwrap();
        self.world.feed(Input::Command(Command::Close { account, instrument, quantity, actor }));
    }

    /// What was on its way arrives; under the same key the broker has it once.
    fn arrive_late(&mut self, account: AccountId, how: u8) {
        let desk = self.desks.get_mut(&account).unwrap();
        if let Some(place) = pick(&desk.in_transit, how) {
            let sent = desk.in_transit.remove(place);
            Self::take(desk, &sent);
        }
    }

    fn fact(&mut self, account: AccountId, how: u8, much: u8) {
        let desk = self.desks.get_mut(&account).unwrap();
        desk.facts += 1;
        let id = ExecutionId::new(&format!("fact-{}", desk.facts)).unwrap();
        let report = if how.is_multiple_of(2) {
            Report::Execution(Execution {
                id,
                order: None,
                instrument: Instrument::parse(SYMBOLS[usize::from(how) % SYMBOLS.len()]).unwrap(),
                side: if much.is_multiple_of(2) { Side::Buy } else { Side::Sell },
                quantity: Quantity::whole(1 + u32::from(much) % 20),
                price: Price::cents(10 + u32::from(much)),
                fee: Money::ZERO,
                at: self.world.now,
            })
        } else {
            let kind = CashKind::ALL[usize::from(much) % CashKind::ALL.len()];
            let amount = Money::cents(i64::from(how) - 100);
            let activity = Some(id);
            Report::Cash(CashMoved { kind, amount, activity, note: "fact".into() })
        };
        self.world.reported(account, report.clone());
        self.world.reported(account, report);
    }

    /// Everything arrives and every order is asked for, until the engine knows what the broker
    /// knows.
    pub(crate) fn settle(&mut self) {
        for account in self.accounts.clone() {
            if !self.concerns(&account) {
                continue;
            }
            for _ in 0..64 {
                self.collect();
                let desk = self.desks.get_mut(&account).unwrap();
                let on_its_way = std::mem::take(&mut desk.waiting);
                for sent in on_its_way.iter().chain(&std::mem::take(&mut desk.in_transit)) {
                    Self::take(desk, sent);
                }
                self.end(account, 0, 2);
                let desk = self.desks.get_mut(&account).unwrap();
                for letter in std::mem::take(&mut desk.mail) {
                    self.world.reported(account, letter);
                }
                let keys: Vec<OrderKey> = self.desks[&account]
                    .orders
                    .iter()
                    .map(|order| order.sent.key)
                    .chain(self.world.account(&account).orders().map(|order| order.key))
                    .collect();
                for key in keys {
                    self.ask(account, key);
                }
                self.world.wait(Span::seconds(5));
            }
        }
    }

    /// What the broker executed of an account, by instrument.
    pub(crate) fn executed(&self, account: &AccountId) -> BTreeMap<Instrument, i64> {
        let mut all: BTreeMap<Instrument, i64> = BTreeMap::new();
        for order in &self.desks[account].orders {
            for execution in &order.executions {
                let signed = execution.quantity.nanos() * execution.side.sign();
                *all.entry(execution.instrument).or_default() += signed;
            }
        }
        all.retain(|_, net| *net != 0);
        all
    }

    /// Orders the broker took for each recommendation, those that were refused not counted.
    pub(crate) fn taken(&self, account: &AccountId) -> BTreeMap<RecommendationId, usize> {
        let mut all: BTreeMap<RecommendationId, usize> = BTreeMap::new();
        let orders = self.desks[account].orders.iter();
        for order in orders.filter(|order| order.state != OrderState::Rejected) {
            *all.entry(order.sent.recommendation).or_default() += 1;
        }
        all
    }
}

/// A price at which the broker may fill: the order's own, or a little better.
fn better(sent: &Sent, much: u8) -> Price {
    let cent = Price::cents(u32::from(much % 2));
    match sent.side {
        Side::Buy => sent.price.saturating_sub(cent),
        Side::Sell => sent.price,
    }
}
