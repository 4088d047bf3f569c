//! What a dispatcher did for an account on a trading day. The log holds no starts of processes,
//! since a killed run ends like an unkilled one; so a run is a day.

use std::collections::BTreeMap;

use gatefold_core::decide::Account;
use gatefold_core::record::{Entry, Event};
use gatefold_core::vocabulary::{AccountId, Date, Money, Timestamp};

use crate::models::rows::text;
use crate::models::table::Row;

/// One account's day so far.
#[derive(Clone, Debug)]
pub(super) struct Run {
    account: AccountId,
    pub(super) date: Date,
    started_at: Timestamp,
    last_at: Timestamp,
    received: u32,
    approved: u32,
    refused: u32,
    deferred: u32,
    expired: u32,
    executions: u32,
    notional: Money,
}

impl Run {
    fn begun(account: AccountId, date: Date, at: Timestamp) -> Self {
        Self {
            account,
            date,
            started_at: at,
            last_at: at,
            received: 0,
            approved: 0,
            refused: 0,
            deferred: 0,
            expired: 0,
            executions: 0,
            notional: Money::ZERO,
        }
    }

    pub(super) fn row(&self) -> Row {
        vec![
            text(self.account),
            text(self.date),
            text(self.started_at),
            text(self.last_at),
            text(self.received),
            text(self.approved),
            text(self.refused),
            text(self.deferred),
            text(self.expired),
            text(self.executions),
            text(self.notional),
        ]
    }
}

/// Counts an event in its account's day.
#[expect(clippy::wildcard_enum_match_arm, reason = "no other event changes these rows")]
pub(super) fn apply<'a>(
    runs: &'a mut BTreeMap<AccountId, Run>,
    account: &Account,
    entry: &Entry<'_>,
    event: &Event,
) -> Option<&'a Run> {
    // What comes before the first day belongs to none.
    let day = account.day()?;
    let id = account.id();
    let run = runs.entry(id).or_insert_with(|| Run::begun(id, day.date, entry.at));
    if run.date != day.date {
        *run = Run::begun(id, day.date, entry.at);
    }
    run.last_at = entry.at;
    let count = match event {
        Event::RecommendationReceived(_) => Some(&mut run.received),
        Event::IntentApproved(_) => Some(&mut run.approved),
        Event::IntentRefused(_) => Some(&mut run.refused),
        Event::IntentDeferred(_) => Some(&mut run.deferred),
        Event::RecommendationExpired(_) => Some(&mut run.expired),
        Event::ExecutionBooked(booked) => {
            run.notional = run.notional.saturating_add(booked.execution.value());
            Some(&mut run.executions)
        }
        _ => None,
    };
    if let Some(count) = count {
        *count = count.saturating_add(1);
    }
    Some(run)
}
