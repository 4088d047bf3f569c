//! What became of every recommendation, in the words that a signal engine reads back.

use gatefold_core::advise::{Life, Source};
use gatefold_core::decide::Account;
use gatefold_core::record::event::{Judgement, Mode};
use gatefold_core::record::{Entry, Event, Version};
use gatefold_core::vocabulary::{AccountId, Instrument, OrderKey, RecommendationId, Timestamp};
use postgres::Transaction;
use postgres::types::ToSql;

use crate::inbox::SOURCE;
use crate::models::Changed;
use crate::models::decisions::gate;
use crate::models::rows::{text, words};
use crate::models::table::Row;

/// Where a recommendation stands after its last event.
#[derive(Clone, Debug)]
pub(super) struct Fate {
    account: AccountId,
    id: RecommendationId,
    /// Where it came from, about what and when; only where it was received since the last write.
    received: Option<(Source, Instrument, Timestamp)>,
    status: &'static str,
    reason: String,
    at: Timestamp,
    version: Version,
}

impl Fate {
    /// The row of a recommendation that was received since the last write.
    pub(super) fn row(&self) -> Option<Row> {
        let (source, instrument, received) = self.received?;
        Some(vec![
            text(self.account),
            text(self.id),
            text(source.name().to_uppercase()),
            text(instrument),
            text(self.status),
            words(&self.reason),
            text(received),
            text(self.at),
            text(self.version),
        ])
    }
}

/// Remembers what an event made of a recommendation.
pub(super) fn apply(changed: &mut Changed, account: &Account, entry: &Entry<'_>, event: &Event) {
    let Some((id, reason)) = said(account, event) else { return };
    let Some(life) = account.advice(&id).map(|advice| advice.life) else { return };
    let mut received = None;
    if let Event::RecommendationReceived(it) = event {
        received = Some((it.recommendation.source, it.recommendation.instrument, entry.at));
    }
    let place = changed.fates.entry((account.id(), id));
    let fate = place.or_insert_with(|| Fate {
        account: account.id(),
        id,
        received: None,
        status: "PENDING",
        reason: String::new(),
        at: entry.at,
        version: entry.version,
    });
    fate.received = fate.received.or(received);
    fate.status = status(life, account.mode());
    fate.reason = reason;
    (fate.at, fate.version) = (entry.at, entry.version);
}

/// Which recommendation an event is about, and what it says of it.
#[expect(clippy::wildcard_enum_match_arm, reason = "no other event changes these rows")]
fn said(account: &Account, event: &Event) -> Option<(RecommendationId, String)> {
    let owner = |key: &OrderKey| account.order(key).map(|order| order.recommendation);
    match event {
        Event::RecommendationReceived(it) => Some((it.recommendation.id, "received".to_owned())),
        Event::IntentApproved(it) => {
            Some((it.recommendation, format!("approved, order {}", it.key)))
        }
        Event::IntentRefused(it) => {
            Some((it.recommendation, headline(account, "refused", &it.judgement)))
        }
        Event::IntentDeferred(it) => {
            Some((it.recommendation, headline(account, "deferred", &it.judgement)))
        }
        Event::RecommendationExpired(it) => {
            Some((it.recommendation, "its time to live ran out".to_owned()))
        }
        Event::RecommendationSettled(it) => {
            Some((it.recommendation, format!("settled as {}", it.life)))
        }
        Event::ExecutionBooked(it) => {
            let id = it.execution.order.as_ref().and_then(owner)?;
            Some((id, "executed".to_owned()))
        }
        Event::OrderChanged(it) if !it.state.is_working() => {
            let id = owner(&it.key)?;
            let unfilled = account.advice(&id).is_some_and(|it| it.life == Life::Unfilled);
            unfilled.then(|| (id, format!("order {}: {}", it.state, it.evidence)))
        }
        _ => None,
    }
}

fn headline(account: &Account, what: &str, judgement: &Judgement) -> String {
    let Some((place, verdict)) = judgement.verdicts.headline() else { return what.to_owned() };
    let (gate, code) = (gate(account, place), verdict.code.text());
    format!("{what} by {gate} ({code}): observed {}, limit {}", verdict.observed, verdict.limit)
}

fn status(life: Life, mode: Mode) -> &'static str {
    match life {
        Life::Pending | Life::Deferred | Life::Approved => "PENDING",
        Life::Refused => "SKIPPED",
        // An order that came to nothing at the broker was tried and failed.
        Life::Failed | Life::Unfilled => "FAILED",
        Life::Expired => "EXPIRED",
        Life::Executed if mode != Mode::Simulated => "EXECUTED",
        Life::Executed | Life::Simulated => "SIMULATED",
    }
}

/// The columns of many fates, for statements that take them as arrays.
struct Columns {
    accounts: Vec<String>,
    ids: Vec<String>,
    statuses: Vec<&'static str>,
    reasons: Vec<String>,
    times: Vec<String>,
    versions: Vec<String>,
    received: Vec<Option<String>>,
}

fn columns<'a>(fates: impl Iterator<Item = &'a Fate>) -> Columns {
    let fates: Vec<&Fate> = fates.collect();
    Columns {
        accounts: fates.iter().map(|it| it.account.to_string()).collect(),
        ids: fates.iter().map(|it| it.id.to_string()).collect(),
        statuses: fates.iter().map(|it| it.status).collect(),
        reasons: fates.iter().filter_map(|it| words(&it.reason)).collect(),
        times: fates.iter().map(|it| it.at.to_string()).collect(),
        versions: fates.iter().map(|it| it.version.to_string()).collect(),
        received: fates.iter().map(|it| it.received.map(|(_, _, at)| at.to_string())).collect(),
    }
}

/// Brings the rows of recommendations that were received before up to date.
pub(super) fn update<'a>(
    transaction: &mut Transaction<'_>,
    fates: impl Iterator<Item = &'a Fate>,
) -> Result<(), postgres::Error> {
    const SQL: &str = "UPDATE recommendation_fates AS old \
        SET status = it.status, reason = it.reason, decided_at = it.at::timestamptz, \
            \"version\" = it.version::bigint \
        FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) \
            AS it(account, id, status, reason, at, version) \
        WHERE old.account = it.account AND old.recommendation_id = it.id";
    let it = columns(fates.filter(|it| it.received.is_none()));
    if it.ids.is_empty() {
        return Ok(());
    }
    let values: [&(dyn ToSql + Sync); 6] =
        [&it.accounts, &it.ids, &it.statuses, &it.reasons, &it.times, &it.versions];
    transaction.execute(SQL, &values).map(|_| ())
}

/// Writes statuses back to the inbox.
pub(super) fn answer<'a>(
    transaction: &mut Transaction<'_>,
    fates: impl Iterator<Item = &'a Fate>,
) -> Result<(), postgres::Error> {
    const SQL: &str = "UPDATE dispatch_recommendations AS old \
        SET status = it.status, status_reason = it.reason, status_at = it.at::timestamptz, \
            received_at = coalesce(it.received::timestamptz, old.received_at) \
        FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) \
            AS it(account, id, status, reason, at, received) \
        WHERE old.account_name = it.account AND old.recommendation_id = it.id";
    let it = columns(fates);
    if it.ids.is_empty() {
        return Ok(());
    }
    let values: [&(dyn ToSql + Sync); 6] =
        [&it.accounts, &it.ids, &it.statuses, &it.reasons, &it.times, &it.received];
    transaction.execute(SQL, &values).map(|_| ())
}

/// Fails the rows of the inbox that were no advice. A row that has a fate of its own keeps it.
pub(super) fn fail(
    transaction: &mut Transaction<'_>,
    failed: &[Row],
) -> Result<(), postgres::Error> {
    const SQL: &str = "UPDATE dispatch_recommendations AS old \
        SET status = 'FAILED', status_reason = it.reason, status_at = it.at::timestamptz, \
            received_at = it.at::timestamptz \
        FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) \
            AS it(source, line, reason, at) \
        WHERE it.source = $5 AND old.id = it.line::bigint AND old.received_at IS NULL";
    if failed.is_empty() {
        return Ok(());
    }
    let column = |at: usize| -> Vec<Option<&str>> {
        failed.iter().map(|row| row.get(at).and_then(Option::as_deref)).collect()
    };
    let (sources, lines, reasons, times) = (column(1), column(2), column(4), column(5));
    let values: [&(dyn ToSql + Sync); 5] = [&sources, &lines, &reasons, &times, &SOURCE];
    transaction.execute(SQL, &values).map(|_| ())
}
