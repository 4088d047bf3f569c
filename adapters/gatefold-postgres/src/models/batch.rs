//! The rows of many events, ready to be written: nothing of them depends on the fold any more, so
//! that one thread can fold on while another writes, and write again what the server did not take.

use gatefold_core::engine::Engine;
use postgres::Transaction;

use crate::models::failures::Failures;
use crate::models::fates::Fates;
use crate::models::lines::Lines;
use crate::models::runs::Run;
use crate::models::table::Row;
use crate::models::{Changed, rows, tables};

/// All rows that some events changed.
#[derive(Debug)]
pub(crate) struct Rows {
    accounts: Vec<Row>,
    gate_sets: Lines,
    decisions: Lines,
    executions: Lines,
    position_events: Lines,
    failures: Failures,
    fates: Fates,
    runs: Vec<Row>,
    held: Vec<Row>,
    flat: Vec<Row>,
}

impl Rows {
    /// The rows of what changed, as the fold has them now.
    pub(super) fn of(changed: Changed, engine: &Engine) -> Self {
        let Changed { gate_sets, decisions, executions, position_events, failures, .. } = changed;
        let row = |(id, at)| engine.account(id).map(|it| rows::account_state(it, at));
        let accounts = changed.accounts.iter().filter_map(|(id, at)| row((id, *at))).collect();
        let (mut held, mut flat) = (Vec::new(), Vec::new());
        for (id, instrument) in &changed.positions {
            let position = |account| rows::active_position(account, instrument);
            match engine.account(id).and_then(position) {
                Some(row) => held.push(row),
                None => flat.push(vec![rows::text(id), rows::text(instrument)]),
            }
        }
        Self {
            accounts,
            gate_sets,
            decisions,
            executions,
            position_events,
            failures,
            fates: Fates::of(changed.fates.values()),
            runs: changed.runs.values().map(Run::row).collect(),
            held,
            flat,
        }
    }

    /// Writes them. Accounts come first: every other row's account is one of theirs.
    pub(crate) fn write(&self, transaction: &mut Transaction<'_>) -> Result<(), postgres::Error> {
        tables::ACCOUNT_STATE.put(transaction, &self.accounts)?;
        tables::GATE_SETS.add(transaction, &self.gate_sets)?;
        tables::DECISIONS.add(transaction, &self.decisions)?;
        tables::EXECUTIONS.add(transaction, &self.executions)?;
        tables::POSITION_EVENTS.add(transaction, &self.position_events)?;
        tables::FAILED.add(transaction, &self.failures.lines)?;
        tables::FATES.add(transaction, &self.fates.received)?;
        self.fates.update(transaction)?;
        tables::RUNS.put(transaction, &self.runs)?;
        tables::POSITIONS.take(transaction, &self.flat)?;
        tables::POSITIONS.put(transaction, &self.held)
    }

    /// Writes the status of every recommendation that changed back to the row of the inbox that it
    /// came from, and fails the rows that were no advice.
    pub(crate) fn answer(&self, transaction: &mut Transaction<'_>) -> Result<(), postgres::Error> {
        self.fates.answer(transaction)?;
        self.failures.answer(transaction)
    }
}
