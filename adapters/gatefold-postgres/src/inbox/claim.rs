//! How rows are claimed, so that two dispatchers never work on one row, and read as lines of JSON.

use postgres::fallible_iterator::FallibleIterator as _;
use postgres::{Client, Error};

use crate::inbox::SOURCE;

/// A row that is ours for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Claimed {
    /// Its id.
    pub(super) id: i64,
    /// Whose it is; may be nobody's.
    pub(super) account: String,
    /// Its columns as a line of JSON, numbers digit by digit.
    pub(super) line: String,
}

/// Rows that somebody else claims at the same moment are passed over, not waited for. A row that
/// the log knows already gets its answer and is nobody's work: its fate is waited for where it is
/// just being written, so that what is answered is the latest.
const CLAIM: &str = "WITH due AS MATERIALIZED ( \
        SELECT * FROM dispatch_recommendations \
        WHERE status = 'PENDING' AND received_at IS NULL \
            AND (claimed_until IS NULL OR claimed_until <= now()) \
        ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED), \
    said AS MATERIALIZED (SELECT id, jsonb_strip_nulls(jsonb_build_object( \
        'recommendation_id', recommendation_id, 'account', account_name, \
        'strategy', strategy, 'symbol', symbol, 'action', action, \
        'quantity', quantity::text, 'limit_price', limit_price::text, \
        'reference_price', reference_price::text, 'confidence', confidence::text, \
        'model_version', model_version, 'stop_price', stop_price::text, \
        'target_price', target_price::text, 'trail', trail::text, \
        'hold_at_most', hold_at_most, 'out_before_close', out_before_close, \
        'time_in_force', time_in_force, 'hours', hours, \
        'valid_until', to_char(valid_until, 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), \
        'created_at', to_char(created_at, 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') \
        ))::text AS line FROM due), \
    fate AS (SELECT due.id, it.status, it.reason, it.decided_at, it.received_at \
        FROM due JOIN recommendation_fates AS it \
            ON it.account = due.account_name AND it.recommendation_id = due.recommendation_id \
        FOR SHARE OF it), \
    failure AS (SELECT DISTINCT ON (said.id) said.id, it.reason, it.at \
        FROM said JOIN failed_arrivals AS it \
            ON it.source = $4 AND it.line = said.id AND starts_with(said.line, it.text)) \
    UPDATE dispatch_recommendations AS row \
    SET status = coalesce(fate.status, \
            CASE WHEN failure.id = row.id THEN 'FAILED' END, row.status), \
        status_reason = coalesce(fate.reason, failure.reason, row.status_reason), \
        status_at = coalesce(fate.decided_at, failure.at, row.status_at), \
        received_at = coalesce(fate.received_at, failure.at), \
        claimed_by = $2, claimed_until = now() + $3::bigint * interval '1 millisecond' \
    FROM said LEFT JOIN fate ON fate.id = said.id LEFT JOIN failure ON failure.id = said.id \
    WHERE row.id = said.id \
    RETURNING row.id, row.account_name, said.line, row.received_at IS NOT NULL";

/// What a dispatcher of this name had claimed when it ended, or when the answer to its claim was
/// lost, is due again. What it holds all the same comes twice, and the log knows it.
const RELEASE: &str = "UPDATE dispatch_recommendations SET claimed_until = NULL \
    WHERE claimed_by = $1 AND status = 'PENDING' AND received_at IS NULL";

/// What begins a connection that claims. A claim that a crash of the server takes away is a claim
/// that ran out: no need to wait for its disk.
const BEGIN: &str = "LISTEN dispatch_recommendations; SET synchronous_commit = off";

/// Makes a connection hear of rows that are inserted, and gives up what this name had claimed over
/// the one before.
pub(super) fn begin(client: &mut Client, name: &str) -> Result<(), Error> {
    client.batch_execute(BEGIN)?;
    client.execute(RELEASE, &[&name]).map(|_| ())
}

/// Claims what is due in order of id, at most `count` rows at a time, until there is work or
/// nothing is due.
pub(super) fn claim(
    client: &mut Client,
    name: &str,
    count: i64,
    for_ms: i64,
) -> Result<Vec<Claimed>, Error> {
    // What was heard of until now is seen by what follows.
    while client.notifications().iter().next()?.is_some() {}
    loop {
        let rows = client.query(CLAIM, &[&count, &name, &for_ms, &SOURCE])?;
        let mut claimed = Vec::with_capacity(rows.len());
        for row in &rows {
            let answered: bool = row.try_get(3)?;
            if !answered {
                let (id, account, line) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
                claimed.push(Claimed { id, account, line });
            }
        }
        if rows.is_empty() || !claimed.is_empty() {
            claimed.sort_by_key(|it| it.id);
            return Ok(claimed);
        }
    }
}
