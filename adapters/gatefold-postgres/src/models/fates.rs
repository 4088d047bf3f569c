//! What became of every recommendation, in the words that a signal engine reads back.

use gatefold_core::advise::{Life, Source};
use gatefold_core::decide::Account;
use gatefold_core::record::event::{Judgement, Mode};
use gatefold_core::record::{Entry, Event, Version};
use gatefold_core::vocabulary::{AccountId, Instrument, OrderKey, RecommendationId, Timestamp};
use postgres::Transaction;
use postgres::types::ToSql;

use crate::inbox::answers;
use crate::models::Changed;
use crate::models::decisions::gate;
use crate::models::lines::Lines;
use crate::models::rows::words;

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
    /// Adds the row of a recommendation that was received since the last write.
    fn add(&self, lines: &mut Lines) {
        let Some((source, instrument, received)) = self.received else { return };
        let line = lines.row().put(self.account).put(self.id);
        line.put(source.name().to_uppercase())
            .put(instrument)
            .put(self.status)
            .put(&self.reason)
            .put(received)
            .put(self.at)
            .put(self.version);
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

/// What is written of many fates.
#[derive(Debug)]
pub(super) struct Fates {
    /// Rows of recommendations that were received since the last write.
    pub(super) received: Lines,
    /// Whose rows change, all of them; the inbox hears of these.
    all: Keys,
    /// Whose rows were there before, with what they say now.
    known: Keys,
    statuses: Vec<&'static str>,
    reasons: Vec<String>,
    times: Vec<String>,
    versions: Vec<String>,
}

/// Accounts and ids in columns, for statements that take them as arrays.
#[derive(Debug, Default)]
struct Keys {
    accounts: Vec<String>,
    ids: Vec<String>,
}

impl Keys {
    fn of<'a>(fates: impl Iterator<Item = &'a Fate>) -> Self {
        let (accounts, ids) = fates.map(|it| (it.account.to_string(), it.id.to_string())).collect();
        Self { accounts, ids }
    }
}

impl Fates {
    pub(super) fn of<'a>(fates: impl Iterator<Item = &'a Fate> + Clone) -> Self {
        let mut received = Lines::default();
        fates.clone().for_each(|it| it.add(&mut received));
        let known: Vec<&Fate> = fates.clone().filter(|it| it.received.is_none()).collect();
        Self {
            received,
            all: Keys::of(fates),
            known: Keys::of(known.iter().copied()),
            statuses: known.iter().map(|it| it.status).collect(),
            reasons: known.iter().filter_map(|it| words(&it.reason)).collect(),
            times: known.iter().map(|it| it.at.to_string()).collect(),
            versions: known.iter().map(|it| it.version.to_string()).collect(),
        }
    }

    /// Brings the rows of recommendations that were received before up to date.
    pub(super) fn update(&self, transaction: &mut Transaction<'_>) -> Result<(), postgres::Error> {
        const SQL: &str = "UPDATE recommendation_fates AS old \
            SET status = it.status, reason = it.reason, decided_at = it.at::timestamptz, \
                \"version\" = it.version::bigint \
            FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) \
                AS it(account, id, status, reason, at, version) \
            WHERE old.account = it.account AND old.recommendation_id = it.id";
        let Keys { accounts, ids } = &self.known;
        if ids.is_empty() {
            return Ok(());
        }
        let values: [&(dyn ToSql + Sync); 6] =
            [accounts, ids, &self.statuses, &self.reasons, &self.times, &self.versions];
        transaction.execute(SQL, &values).map(|_| ())
    }

    /// Writes what the rows say now back to the inbox.
    pub(super) fn answer(&self, transaction: &mut Transaction<'_>) -> Result<(), postgres::Error> {
        let Keys { accounts, ids } = &self.all;
        if ids.is_empty() {
            return Ok(());
        }
        let changed = "JOIN unnest($1::text[], $2::text[]) AS changed(account, id) \
                       ON fate.account = changed.account AND fate.recommendation_id = changed.id";
        transaction.execute(&answers::of_fates(changed), &[accounts, ids]).map(|_| ())
    }
}
