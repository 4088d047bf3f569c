//! What the tables say of a log: a projection that folds every event and remembers which rows
//! changed, until they are written.

mod decisions;
mod fates;
mod positions;
mod rows;
mod runs;
pub(crate) mod table;
mod tables;

use std::collections::{BTreeMap, BTreeSet};

use gatefold_core::decide::{Account, Gates};
use gatefold_core::engine::{Engine, Settings};
use gatefold_core::record::{Entry, Event, ReplayError, Stream};
use gatefold_core::view::Projection;
use gatefold_core::vocabulary::{
    AccountId, Calendar, Date, Instrument, RecommendationId, Timestamp,
};
use postgres::Transaction;

use crate::models::fates::Fate;
use crate::models::runs::Run;
use crate::models::table::Row;

/// The read models of a log, as far as it was applied.
///
/// What a row says depends on the log's events alone, not on when they were applied or in which
/// batches they were written.
#[derive(Debug)]
pub(crate) struct ReadModels {
    engine: Engine,
    runs: BTreeMap<AccountId, Run>,
    changed: Changed,
    fault: Option<ReplayError>,
}

/// Rows that are not written yet. What replaces a row is made when it is written, so that many
/// changes of one row cost one write.
#[derive(Debug, Default)]
struct Changed {
    executions: Vec<Row>,
    position_events: Vec<Row>,
    verdicts: Vec<Row>,
    failed: Vec<Row>,
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
        let (runs, changed) = (BTreeMap::new(), Changed::default());
        Self { engine, runs, changed, fault: None }
    }

    /// Forgets which rows changed: they are in the tables already.
    pub(crate) fn forget(&mut self) {
        self.changed = Changed::default();
    }

    /// An event that could not be folded, if there was one.
    pub(crate) fn fault(&self) -> Option<&ReplayError> {
        self.fault.as_ref()
    }

    /// The same, taken out. Nothing can be applied after it all the same.
    pub(crate) fn take_fault(&mut self) -> Option<ReplayError> {
        self.fault.take()
    }

    /// Writes the rows that changed. They stay remembered until they are [forgotten](Self::forget),
    /// since a transaction may fail after this.
    pub(crate) fn write(&self, transaction: &mut Transaction<'_>) -> Result<(), postgres::Error> {
        let Changed { executions, position_events, verdicts, failed, .. } = &self.changed;
        let account = |(id, at): (&AccountId, &Timestamp)| {
            self.engine.account(id).map(|account| rows::account_state(account, *at))
        };
        let accounts: Vec<Row> = self.changed.accounts.iter().filter_map(account).collect();
        tables::ACCOUNT_STATE.put(transaction, &accounts)?;
        let fates: Vec<Row> = self.changed.fates.values().filter_map(Fate::row).collect();
        tables::FATES.put(transaction, &fates)?;
        fates::update(transaction, self.changed.fates.values())?;
        tables::FAILED.put(transaction, failed)?;
        tables::EXECUTIONS.put(transaction, executions)?;
        tables::POSITION_EVENTS.put(transaction, position_events)?;
        tables::VERDICTS.put(transaction, verdicts)?;
        let runs: Vec<Row> = self.changed.runs.values().map(Run::row).collect();
        tables::RUNS.put(transaction, &runs)?;
        let (mut held, mut flat) = (Vec::new(), Vec::new());
        for (id, instrument) in &self.changed.positions {
            let position = |account| rows::active_position(account, instrument);
            match self.engine.account(id).and_then(position) {
                Some(row) => held.push(row),
                None => flat.push(vec![Some(id.to_string()), Some(instrument.to_string())]),
            }
        }
        tables::POSITIONS.take(transaction, &flat)?;
        tables::POSITIONS.put(transaction, &held)
    }

    /// Writes the status of every recommendation that changed back to the row of the inbox that it
    /// came from, and fails the rows that were no advice.
    pub(crate) fn answer(&self, transaction: &mut Transaction<'_>) -> Result<(), postgres::Error> {
        fates::answer(transaction, self.changed.fates.values())?;
        fates::fail(transaction, &self.changed.failed)
    }

    fn account(&self, id: &AccountId) -> Option<&Account> {
        self.engine.account(id)
    }
}

impl Projection for ReadModels {
    fn apply(&mut self, entry: &Entry<'_>, event: &Event) {
        if self.fault.is_some() {
            return;
        }
        let id = match entry.stream {
            Stream::Account(id) => Some(id),
            Stream::System => None,
        };
        let before = id.and_then(|id| self.account(&id)).map(Account::realized_pnl);
        if let Err(fault) = self.engine.apply(entry, event) {
            self.fault = Some(fault);
            return;
        }
        let Some(id) = id else {
            if let Event::RecommendationFailed(failed) = event {
                self.changed.failed.push(rows::failed(entry, failed));
            }
            return;
        };
        let Some(account) = self.engine.account(&id) else { return };
        let changed = &mut self.changed;
        changed.accounts.insert(id, entry.at);
        decisions::apply(changed, account, entry, event);
        positions::apply(changed, account, entry, event, before.unwrap_or_default());
        fates::apply(changed, account, entry, event);
        runs::apply(changed, &mut self.runs, account, entry, event);
    }
}
