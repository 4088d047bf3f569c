//! What the tables say of a log: a projection that folds every event and remembers which rows
//! changed, until they are taken to be written.

mod batch;
mod decisions;
mod failures;
mod fates;
mod lines;
mod positions;
mod rows;
mod runs;
mod table;
mod tables;

use std::collections::{BTreeMap, BTreeSet};

use gatefold_core::decide::{Account, Gates};
use gatefold_core::engine::{Engine, Settings};
use gatefold_core::record::{Entry, Event, ReplayError, Stream, Version};
use gatefold_core::view::Projection;
use gatefold_core::vocabulary::{
    AccountId, Calendar, Date, Instrument, RecommendationId, Timestamp,
};

use crate::models::failures::Failures;
use crate::models::fates::Fate;
use crate::models::lines::Lines;
use crate::models::runs::Run;

pub(crate) use batch::Rows;

/// The read models of a log, as far as it was applied.
///
/// What a row says depends on the log's events alone, not on when they were applied or in which
/// batches they were written.
#[derive(Debug)]
pub(crate) struct ReadModels {
    engine: Engine,
    runs: BTreeMap<AccountId, Run>,
    /// Where each account's gates were declared.
    gates: BTreeMap<AccountId, Version>,
    rows: Wanted,
    changed: Changed,
    fault: Option<ReplayError>,
}

/// Whether an event's rows are remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// They are to be written.
    Rows,
    /// They are in the tables already.
    StateOnly,
}

/// Rows that are not taken yet. What replaces a row is made when it is taken, so that many changes
/// of one row cost one write.
#[derive(Debug, Default)]
struct Changed {
    gate_sets: Lines,
    decisions: Lines,
    executions: Lines,
    position_events: Lines,
    failures: Failures,
    fates: BTreeMap<(AccountId, RecommendationId), Fate>,
    runs: BTreeMap<(AccountId, Date), Run>,
    /// When its last event happened.
    accounts: BTreeMap<AccountId, Timestamp>,
    positions: BTreeSet<(AccountId, Instrument)>,
}

impl ReadModels {
    /// The read models of an empty log.
    pub(crate) fn new() -> Self {
        let engine = Engine::new(Gates::standard(), Calendar::nyse(), Settings::default());
        let (runs, gates, changed) = (BTreeMap::new(), BTreeMap::new(), Changed::default());
        Self { engine, runs, gates, rows: Wanted::Rows, changed, fault: None }
    }

    /// Says whether the rows of the events that come are to be remembered.
    pub(crate) fn want(&mut self, rows: Wanted) {
        self.rows = rows;
    }

    /// Takes an event that could not be folded, if there was one: it was passed over and can be
    /// tried again.
    pub(crate) fn take_fault(&mut self) -> Option<ReplayError> {
        self.fault.take()
    }

    /// How many bytes of rows are remembered, about.
    pub(crate) fn weight(&self) -> usize {
        let Changed { decisions, executions, position_events, .. } = &self.changed;
        [decisions, executions, position_events].iter().map(|it| it.text().len()).sum()
    }

    /// Takes the rows that changed.
    pub(crate) fn take(&mut self) -> Rows {
        Rows::of(std::mem::take(&mut self.changed), &self.engine)
    }
}

impl Projection for ReadModels {
    fn apply(&mut self, entry: &Entry<'_>, event: &Event) {
        let id = match entry.stream {
            Stream::Account(id) => Some(id),
            Stream::System => None,
        };
        let before = id.and_then(|id| self.engine.account(&id)).map(Account::realized_pnl);
        if let Err(fault) = self.engine.apply(entry, event) {
            self.fault = Some(fault);
            return;
        }
        let wanted = self.rows == Wanted::Rows;
        let changed = &mut self.changed;
        let Some(id) = id else {
            if let (Event::RecommendationFailed(failed), true) = (event, wanted) {
                changed.failures.push(entry, failed);
            }
            return;
        };
        let Some(account) = self.engine.account(&id) else { return };
        if let Event::GateSetDeclared(_) = event {
            self.gates.insert(id, entry.version);
        }
        let run = runs::apply(&mut self.runs, account, entry, event);
        if !wanted {
            return;
        }
        if let Some(run) = run {
            changed.runs.insert((id, run.date), run.clone());
        }
        changed.accounts.insert(id, entry.at);
        decisions::apply(changed, (account, self.gates.get(&id).copied()), entry, event);
        positions::apply(changed, account, entry, event, before.unwrap_or_default());
        fates::apply(changed, account, entry, event);
    }
}
