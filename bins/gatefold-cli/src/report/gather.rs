//! What happened in a stretch of time, gathered in one reading of a log.

use std::collections::{BTreeMap, BTreeSet};

use gatefold::core::decide::Account;
use gatefold::core::engine::Engine;
use gatefold::core::record::event::{Mode, RecommendationFailed};
use gatefold::core::record::{Entry, Event, Position, Stream};
use gatefold::core::settle::Execution;
use gatefold::core::view::{self, Projection as _};
use gatefold::core::vocabulary::{AccountId, Calendar, Date, Instrument, Money, Side, Timestamp};

use crate::report::causes::Causes;
use crate::report::status::Status;
use crate::report::window::Window;

/// Executions of one account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Traded {
    pub(crate) count: u64,
    pub(crate) bought: Money,
    pub(crate) sold: Money,
    pub(crate) fees: Money,
}

impl Traded {
    fn take(&mut self, execution: &Execution) {
        self.count += 1;
        let value = execution.value();
        match execution.side {
            Side::Buy => self.bought = self.bought.saturating_add(value),
            Side::Sell => self.sold = self.sold.saturating_add(value),
        }
        self.fees = self.fees.saturating_add(execution.fee);
    }

    pub(crate) fn notional(&self) -> Money {
        self.bought.saturating_add(self.sold)
    }
}

/// What was done for an account on one of the exchange's days, as far as it is in the stretch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) first: Timestamp,
    pub(crate) last: Timestamp,
    pub(crate) events: u64,
    pub(crate) received: u64,
    pub(crate) approved: u64,
    pub(crate) executions: u64,
    pub(crate) notional: Money,
}

/// Everything that a report is made of.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    fates: view::Report,
    failed: Vec<Option<AccountId>>,
    pub(crate) executions: BTreeMap<AccountId, Traded>,
    pub(crate) runs: BTreeMap<(AccountId, Date), Run>,
    /// When positions came into being, in order.
    pub(crate) openings: BTreeMap<AccountId, Vec<Timestamp>>,
    pub(crate) causes: Causes,
    /// The last event that the tables hold, and when the first one after it happened.
    tables_at: Option<Position>,
    pub(crate) lacking_since: Option<Timestamp>,
    held: BTreeSet<(AccountId, Instrument)>,
}

impl Gathered {
    /// Nothing yet, beside tables that hold the log up to a position.
    pub(crate) fn beside(tables_at: Option<Position>) -> Self {
        Self { tables_at, ..Self::default() }
    }

    /// Takes in the next event of the log, folded into `engine` already.
    pub(crate) fn apply(
        &mut self,
        window: &Window,
        calendar: &Calendar,
        engine: &Engine,
        entry: &Entry<'_>,
        event: &Event,
    ) {
        self.fates.apply(entry, event);
        if self.lacking_since.is_none() && self.tables_at.is_some_and(|it| entry.position > it) {
            self.lacking_since = Some(entry.at);
        }
        let inside = window.holds(entry.at);
        if let Stream::Account(id) = entry.stream {
            if let Some(account) = engine.account(&id) {
                self.follow_holding(inside, account, entry.at, event);
            }
            if inside && let Some(date) = calendar.date_of(entry.at) {
                self.run((id, date), entry.at, event);
            }
            if inside && let Event::ExecutionBooked(booked) = event {
                self.executions.entry(id).or_default().take(&booked.execution);
            }
        }
        if inside {
            if let Event::RecommendationFailed(failed) = event {
                self.failed.push(named(failed));
            }
            self.causes.apply(entry.at, place(entry, event), event);
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "no other event changes a position")]
    fn follow_holding(&mut self, inside: bool, account: &Account, at: Timestamp, event: &Event) {
        let instruments: Vec<Instrument> = match event {
            Event::ExecutionBooked(booked) => vec![booked.execution.instrument],
            // An adjustment may touch the underlying, too.
            Event::PositionAdjusted(_) => account.books().map(|(it, _)| *it).collect(),
            _ => return,
        };
        for instrument in instruments {
            let key = (account.id(), instrument);
            let is_held = !account.book(&instrument).position().net().is_zero();
            if !is_held {
                self.held.remove(&key);
            } else if self.held.insert(key) && inside {
                self.openings.entry(account.id()).or_default().push(at);
            }
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "no other event is counted")]
    fn run(&mut self, key: (AccountId, Date), at: Timestamp, event: &Event) {
        let run = self.runs.entry(key).or_insert(Run {
            first: at,
            last: at,
            events: 0,
            received: 0,
            approved: 0,
            executions: 0,
            notional: Money::ZERO,
        });
        run.last = at;
        run.events += 1;
        match event {
            Event::RecommendationReceived(_) => run.received += 1,
            Event::IntentApproved(_) => run.approved += 1,
            Event::ExecutionBooked(booked) => {
                run.executions += 1;
                run.notional = run.notional.saturating_add(booked.execution.value());
            }
            _ => {}
        }
    }

    /// How many recommendations that arrived in the stretch stand where, by account; those that
    /// failed before they had one are nobody's.
    pub(crate) fn funnel(
        &self,
        window: &Window,
        engine: &Engine,
    ) -> BTreeMap<Option<AccountId>, BTreeMap<Status, u64>> {
        let mut funnel: BTreeMap<_, BTreeMap<Status, u64>> = BTreeMap::new();
        for (id, account) in self.fates.accounts() {
            let mode = engine.account(id).map_or(Mode::Simulated, Account::mode);
            for fate in account.advised().filter(|fate| window.holds(fate.received_at)) {
                let status = Status::of(fate.life, mode);
                *funnel.entry(Some(*id)).or_default().entry(status).or_default() += 1;
            }
        }
        for account in &self.failed {
            *funnel.entry(*account).or_default().entry(Status::Failed).or_default() += 1;
        }
        funnel
    }

    /// Which gates refused what arrived in the stretch, and how often, most often first.
    pub(crate) fn refusals(&self, window: &Window) -> Vec<(String, &'static str, u64)> {
        let mut refusals: BTreeMap<(String, &'static str), u64> = BTreeMap::new();
        for (_, account) in self.fates.accounts() {
            for fate in account.advised().filter(|fate| window.holds(fate.received_at)) {
                if let (gatefold::core::advise::Life::Refused, Some((place, code))) =
                    (fate.life, fate.headline)
                {
                    let gate = account.gates.get(place).cloned().unwrap_or_default();
                    *refusals.entry((gate, code.text())).or_default() += 1;
                }
            }
        }
        let flat = refusals.into_iter().map(|((gate, code), count)| (gate, code, count));
        let mut all: Vec<_> = flat.collect();
        all.sort_by_key(|(_, _, count)| std::cmp::Reverse(*count));
        all
    }
}

/// The account that failed input names, where it can be read.
fn named(failed: &RecommendationFailed) -> Option<AccountId> {
    let line: serde_json::Value = serde_json::from_str(&failed.text).ok()?;
    AccountId::new(line.get("account")?.as_str()?).ok()
}

/// Where an error stands: its line, or its place in the log.
fn place(entry: &Entry<'_>, event: &Event) -> String {
    if let Event::RecommendationFailed(failed) = event {
        return format!("{}:{}", failed.source, failed.line);
    }
    format!("event {} of {}", entry.position, entry.stream)
}
