//! A broker that is honest and unreliable: what it did it did once, but it tells of it late, twice,
//! in any order or only when asked. A history is a list of moves, so that a failing one shrinks.

mod desk;

use std::collections::BTreeMap;

use gatefold_core::advise::{
    Arrival, Effect, ExitTerms, Hours, OrderPrice, Recommendation, Source, TimeInForce,
};
use gatefold_core::decide::Limits;
use gatefold_core::engine::{Command, Input, Opening, Settings};
use gatefold_core::record::event::{CashKind, CashMoved, Link, Mode};
use gatefold_core::route::{CancelAnswer, Report};
use gatefold_core::settle::{CostMethod, Execution};
use gatefold_core::vocabulary::{
    AccountId, Actor, ExecutionId, Instrument, Money, OrderKey, Price, Quantity, Ratio,
    RecommendationId, Side, Span, StrategyId,
};

use crate::harness::chaos::desk::{Desk, pick};
use crate::harness::world::World;

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

/// A world, the desks, and the rules of the history.
pub(crate) struct Chaos {
    pub(crate) world: World,
    pub(crate) accounts: Vec<AccountId>,
    desks: BTreeMap<AccountId, Desk>,
    rules: Rules,
    /// Only what concerns these accounts is done; time and market always are.
    only: Option<AccountId>,
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

    fn desk(&mut self, account: AccountId) -> &mut Desk {
        self.desks.get_mut(&account).unwrap()
    }

    fn play_for(&mut self, account: AccountId, what: u8, how: u8, much: u8) {
        let now = self.world.now;
        match what {
            0..=2 => self.advise(account, how, much, false),
            3 => self.advise(account, how, much, true),
            4..=7 => {
                if let Some((sent, answer)) = self.desk(account).answer(how, much, now) {
                    self.world.submitted(&sent, answer);
                }
            }
            8..=10 => self.desk(account).fill(how, much, now),
            11 | 22 => self.desk(account).end(how, much, now),
            12..=14 => {
                if let Some(letter) = self.desk(account).letter(what, how) {
                    self.world.reported(account, letter);
                }
            }
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

    /// Asks the broker for one of the orders that the engine knows.
    fn look_up(&mut self, account: AccountId, how: u8) {
        let orders: Vec<OrderKey> =
            self.world.account(&account).orders().map(|order| order.key).collect();
        let Some(place) = pick(&orders, how) else {
            return;
        };
        self.ask(account, orders[place]);
    }

    fn ask(&mut self, account: AccountId, key: OrderKey) {
        let answer = self.desks[&account].look_up(key, self.rules.late, self.world.now);
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
            desk.take(&sent);
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
                let now = self.world.now;
                let desk = self.desk(account);
                let on_its_way = std::mem::take(&mut desk.waiting);
                for sent in on_its_way.iter().chain(&std::mem::take(&mut desk.in_transit)) {
                    desk.take(sent);
                }
                desk.end(0, 2, now);
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
        self.desks[account].executed()
    }

    /// Orders the broker took for each recommendation, those that were refused not counted.
    pub(crate) fn taken(&self, account: &AccountId) -> BTreeMap<RecommendationId, usize> {
        self.desks[account].taken()
    }
}
