//! The broker behind the wire: its accounts, its market, and what happens as time goes on.
//!
//! Positions, cash, fills and expiry are the simulator's ([`gatefold_sim::broker`]); Alpaca's own
//! rules, names and races are added here.

pub(crate) mod market;

pub(crate) mod account;
pub(crate) mod order;

pub(crate) mod draft;
pub(crate) mod rules;

pub(crate) mod funds;

pub(crate) mod place;
pub(crate) mod work;

pub(crate) mod cancel;
pub(crate) mod replace;

pub(crate) mod positions;

pub(crate) mod expiry;

pub(crate) mod history;
pub(crate) mod stream;

use std::time::{SystemTime, UNIX_EPOCH};

use gatefold_sim::broker::Fills;
use gatefold_sim::core::vocabulary::Timestamp;

use crate::desk::account::Account;
use crate::desk::market::Market;
use crate::faults::{Faults, Met, Occasion, Plan, Scene};
use crate::settings::{OptionOrders, Settings};
use crate::uuid::Uuid;

/// Ids in the order in which they are needed.
#[derive(Debug)]
pub(crate) struct Ids {
    seed: u64,
    next: u64,
}

impl Ids {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, next: 0 }
    }

    pub(crate) fn uuid(&mut self) -> Uuid {
        self.next = self.next.saturating_add(1);
        Uuid::of(&[self.seed, self.next])
    }
}

/// What the house does in matters where Alpaca leaves a choice.
#[derive(Clone, Copy, Debug)]
pub(crate) struct House {
    pub(crate) fills: Fills,
    pub(crate) option_orders: OptionOrders,
    pub(crate) expiry_interventions: bool,
}

/// Everything there is.
pub(crate) struct World {
    pub(crate) market: Market,
    pub(crate) accounts: Vec<Account>,
    pub(crate) faults: Plan,
    ids: Ids,
    house: House,
}

impl World {
    pub(crate) fn new(settings: &Settings, market: Market) -> Self {
        let mut ids = Ids::new(settings.seed);
        let created = market.now();
        let accounts = settings.accounts.iter().map(|account| {
            let id = ids.uuid();
            let number = format!("PA{:010}", id.raw() % 10_000_000_000);
            let mut account = account.clone();
            account.account_number.get_or_insert(number);
            let prefix = account.environment.name().replace("paper", "PK").replace("live", "AK");
            let key = format!("{:032x}", ids.uuid().raw()).to_uppercase();
            let key = key.get(..18).unwrap_or(&key).to_owned();
            account.key_id.get_or_insert_with(|| format!("{prefix}{key}"));
            let secret = format!("{:032x}{:032x}", ids.uuid().raw(), ids.uuid().raw());
            account.secret_key.get_or_insert_with(|| secret.chars().take(40).collect());
            Account::new(account, id, created)
        });
        let accounts = accounts.collect();
        let fills = match settings.random_partial_fills {
            true => Fills::OneInTen(settings.seed),
            false => Fills::Full,
        };
        let house = House {
            fills,
            option_orders: settings.option_orders,
            expiry_interventions: settings.expiry_interventions,
        };
        let faults = Plan::new(settings.faults.clone(), settings.seed);
        Self { market, accounts, faults, ids, house }
    }

    /// One account with all that its orders need; `None` if there is no such account.
    pub(crate) fn desk(&mut self, index: usize) -> Option<Desk<'_>> {
        let Self { market, accounts, faults, ids, house } = self;
        let account = accounts.get_mut(index)?;
        Some(Desk { account, market, faults, ids, house: *house })
    }

    /// Lets time pass, moment by moment, and everything happen that it brings about.
    pub(crate) fn advance_to(&mut self, now: Timestamp) {
        while let Some(moment) = self.market.next_moment().filter(|it| *it <= now) {
            self.step(moment);
        }
        if self.market.now() < now {
            self.step(now);
        }
    }

    /// Puts other faults in the place of those that are planned.
    pub(crate) fn set_faults(&mut self, faults: Faults) {
        self.faults.replace(faults);
    }

    fn step(&mut self, moment: Timestamp) {
        let before = self.market.today();
        self.market.advance_to(moment);
        let new_day = before != self.market.today();
        for index in 0..self.accounts.len() {
            if let Some(mut desk) = self.desk(index) {
                if new_day {
                    desk.begin_day();
                }
                desk.step();
            }
        }
    }
}

/// One account, and all that its orders need.
pub(crate) struct Desk<'a> {
    pub(crate) account: &'a mut Account,
    pub(crate) market: &'a mut Market,
    pub(crate) faults: &'a mut Plan,
    pub(crate) ids: &'a mut Ids,
    pub(crate) house: House,
}

impl Desk<'_> {
    /// Whether this occasion meets a fault.
    pub(crate) fn meet(&mut self, scene: Scene, symbol: &str) -> Option<Met> {
        let account = &self.account.settings.name;
        self.faults.meet(Occasion { scene, account, symbol, on: None })
    }

    /// What a new day brings: yesterday's equity is known, and the night has passed.
    fn begin_day(&mut self) {
        let equity = self.account.equity(&self.account.ledger, self.market);
        self.account.last_equity = equity;
        self.assign_overnight();
    }

    /// What time brings about: orders run out or trade, contracts end.
    fn step(&mut self) {
        self.intervene();
        let open: Vec<Uuid> = self.account.open().map(|order| order.id).collect();
        for id in open {
            self.run_out(id);
            self.work(id);
        }
        self.settle_expired();
    }
}

/// The wall clock, in milliseconds since 1970.
pub(crate) fn unix_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
