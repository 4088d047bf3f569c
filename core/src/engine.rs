//! READ THIS FIRST. The whole story: an input and a time go in, events to record and effects to
//! release come out.
//!
//! ```text
//! Input + now -> Engine::step -> batches of events -> a log -> Durable -> Engine::step -> effects
//! ```
//!
//! The engine does no I/O. State advances when a batch is *decided*, so that the next decision in
//! the same microsecond counts it as in flight; effects are *released* only when the log says that
//! the batch is durable. If an append fails, drop the engine and fold the log again.
//!
//! This is the only module that calls more than one stage. Advice is judged in `advice`, what
//! brokers answer and report is settled in `reports`, time passes in `clockwork`, positions are
//! closed in `exits` and `closing`, operators command in `commands`.

mod advice;
mod clockwork;
mod closing;
mod commands;
mod exits;
mod input;
mod opening;
mod reports;
mod settings;
mod snapshots;
mod system;
mod turn;

use alloc::vec::Vec;
use core::ops::ControlFlow;

use crate::advise::Arrival;
use crate::decide::{Account, Gates, MarketData, evolve};
use crate::record::event::{Link, LinkChanged};
use crate::record::{Entry, Event, Log, Position, ReplayError, Stream, replay};
use crate::route::Report;
use crate::vocabulary::{AccountId, Calendar, Table, Timestamp};

pub use input::{Command, Input, Notice, Opening, Step};
pub use settings::Settings;
pub use system::System;
use turn::{Turn, World};

/// The accounts of one shard, and the gates they are judged by.
#[derive(Debug)]
pub struct Engine {
    gates: Gates,
    calendar: Calendar,
    settings: Settings,
    accounts: Table<AccountId, Account>,
    system: System,
    last_at: Option<Timestamp>,
    asked: clockwork::Asked,
    /// Accounts of which everything known is from before the process began.
    unheard: Vec<AccountId>,
}

impl Engine {
    /// An engine that has seen nothing.
    #[must_use]
    pub fn new(gates: Gates, calendar: Calendar, settings: Settings) -> Self {
        Self {
            gates,
            calendar,
            settings,
            accounts: Table::default(),
            system: System::default(),
            last_at: None,
            asked: clockwork::Asked::default(),
            unheard: Vec::new(),
        }
    }

    /// Says that what is known of every account is from before the process began, whatever the log
    /// says of its link: nothing opens in an account until its link is reported to be up. Advice
    /// waits meanwhile, and exits do not.
    pub fn await_contact(&mut self) {
        self.unheard = self.accounts.keys().copied().collect();
    }

    /// The engine that a log makes: the same state, byte for byte, as the one that wrote it.
    ///
    /// # Errors
    /// As [`ReplayError`] says; nothing is skipped.
    pub fn replay(
        log: &dyn Log,
        gates: Gates,
        calendar: Calendar,
        settings: Settings,
    ) -> Result<Self, ReplayError> {
        let mut engine = Self::new(gates, calendar, settings);
        replay(log, Position::ZERO, &mut |entry, event| {
            engine.apply(entry, event)?;
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(engine)
    }

    /// Folds one event of a log, in order.
    ///
    /// # Errors
    /// [`ReplayError::NotOpened`] when an account's first event does not open it.
    pub fn apply(&mut self, entry: &Entry<'_>, event: &Event) -> Result<(), ReplayError> {
        self.last_at = self.last_at.max(Some(entry.at));
        let Stream::Account(id) = entry.stream else {
            self.system.evolve(event);
            return Ok(());
        };
        match (self.accounts.get_mut(&id), event) {
            (Some(account), _) => evolve(account, event, entry.at),
            (None, Event::AccountOpened(opened)) => {
                self.accounts.insert(id, Account::opened(opened));
            }
            (None, _) => return Err(ReplayError::not_opened(entry)),
        }
        let folded = self.accounts.get(&id).map(Account::version);
        assert!(folded == Some(entry.version), "the fold and the log count alike");
        Ok(())
    }

    /// The one step of the machine.
    ///
    /// `now` never goes back: an earlier time is taken as the latest one seen.
    pub fn step(&mut self, input: Input, now: Timestamp, market: &dyn MarketData) -> Step {
        let now = self.last_at.map_or(now, |last| last.max(now));
        let mut step = Step::default();
        match input {
            Input::Durable(durable) => step.effects = durable.release(),
            Input::Open(opening) => self.open(&opening, now, market, &mut step),
            Input::Arrival(Arrival::Failed { source, line, text, reason }) => {
                self.fail(source, line, text, reason, now, &mut step);
            }
            Input::Arrival(Arrival::Recommendation(advice)) => {
                let Some(turn) = self.turn(&advice.account, now, market) else {
                    return self.unknown_account(&advice, now);
                };
                advice::receive(turn, advice, &mut step);
            }
            Input::Submitted { account, key, answer } => {
                self.with(&account, now, market, &mut step, |turn| {
                    reports::submitted(turn, key, answer);
                });
            }
            Input::CancelAnswered { account, key, answer } => {
                self.with(&account, now, market, &mut step, |turn| {
                    reports::cancel_answered(turn, key, answer);
                });
            }
            Input::LookedUp { account, key, answer } => {
                self.with(&account, now, market, &mut step, |turn| {
                    reports::looked_up(turn, key, answer);
                });
            }
            Input::SnapshotTaken { account, answer } => {
                self.with(&account, now, market, &mut step, |turn| {
                    reports::snapshot_taken(turn, answer);
                });
            }
            Input::Reported { account, report } => {
                if let Report::Link(LinkChanged { link: Link::Up, .. }) = &report {
                    self.unheard.retain(|unheard| *unheard != account);
                }
                self.with(&account, now, market, &mut step, |turn| {
                    reports::reported(turn, report);
                });
            }
            Input::Command(command) => self.command(command, now, market, &mut step),
            Input::Tick => self.tick(now, market, &mut step),
            Input::Resume => self.resume(now, market, &mut step),
        }
        if !step.batches.is_empty() {
            self.last_at = Some(now);
        }
        step
    }

    /// Does one account's part of a step; an account that is not here changes nothing.
    fn with(
        &mut self,
        account: &AccountId,
        now: Timestamp,
        market: &dyn MarketData,
        step: &mut Step,
        part: impl FnOnce(&mut Turn<'_>),
    ) {
        let Some(mut turn) = self.turn(account, now, market) else {
            step.notices.push(Notice::NoSuchAccount { account: *account });
            return;
        };
        turn.roll_day();
        part(&mut turn);
        turn.finish(step);
    }

    fn turn<'a>(
        &'a mut self,
        account: &AccountId,
        now: Timestamp,
        market: &'a dyn MarketData,
    ) -> Option<Turn<'a>> {
        let world = World {
            gates: &self.gates,
            calendar: &self.calendar,
            settings: &self.settings,
            market,
            now,
            heard: !self.unheard.contains(account),
        };
        self.accounts.get_mut(account).map(|account| Turn::new(account, world))
    }

    /// An account's folded state.
    #[must_use]
    pub fn account(&self, id: &AccountId) -> Option<&Account> {
        self.accounts.get(id)
    }

    /// Every account, in the order in which they were opened.
    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.accounts.values()
    }

    /// What belongs to no account.
    #[must_use]
    pub fn system(&self) -> &System {
        &self.system
    }

    /// The latest time that is recorded.
    #[must_use]
    pub fn last_at(&self) -> Option<Timestamp> {
        self.last_at
    }

    /// The gates.
    #[must_use]
    pub fn gates(&self) -> &Gates {
        &self.gates
    }

    /// The calendar.
    #[must_use]
    pub fn calendar(&self) -> &Calendar {
        &self.calendar
    }
}
