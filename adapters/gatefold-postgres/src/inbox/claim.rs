//! How rows are claimed, so that two dispatchers never work on one row, and read as lines of JSON.

use postgres::{Client, Error};

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

/// Rows whose fate the log decided before they were inserted get their answer, and no claim.
const ANSWER: &str = "UPDATE dispatch_recommendations AS row \
    SET status = it.status, status_reason = it.reason, status_at = it.decided_at, \
        received_at = it.received_at \
    FROM recommendation_fates AS it \
    WHERE row.status = 'PENDING' AND row.received_at IS NULL \
        AND it.account = row.account_name AND it.recommendation_id = row.recommendation_id";

/// Rows that somebody else claims at the same moment are passed over, not waited for.
const CLAIM: &str = "WITH due AS ( \
        SELECT id FROM dispatch_recommendations \
        WHERE status = 'PENDING' AND received_at IS NULL \
            AND (claimed_until IS NULL OR claimed_until <= now()) \
        ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED) \
    UPDATE dispatch_recommendations AS row \
    SET claimed_by = $2, claimed_until = now() + $3::bigint * interval '1 millisecond' \
    FROM due WHERE row.id = due.id \
    RETURNING row.id, row.account_name, jsonb_strip_nulls(jsonb_build_object( \
        'recommendation_id', row.recommendation_id, 'account', row.account_name, \
        'strategy', row.strategy, 'symbol', row.symbol, 'action', row.action, \
        'quantity', row.quantity::text, 'limit_price', row.limit_price::text, \
        'reference_price', row.reference_price::text, 'confidence', row.confidence::text, \
        'model_version', row.model_version, 'stop_price', row.stop_price::text, \
        'target_price', row.target_price::text, 'trail', row.trail::text, \
        'hold_at_most', row.hold_at_most, 'out_before_close', row.out_before_close, \
        'time_in_force', row.time_in_force, 'hours', row.hours, \
        'valid_until', to_char(row.valid_until, 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), \
        'created_at', to_char(row.created_at, 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') \
    ))::text";

/// What a dispatcher of this name had claimed when it ended is due again.
const RELEASE: &str = "UPDATE dispatch_recommendations SET claimed_until = NULL \
    WHERE claimed_by = $1 AND status = 'PENDING' AND received_at IS NULL";

/// Claims what is due, at most `count` rows, in order of id.
pub(super) fn claim(
    client: &mut Client,
    name: &str,
    count: i64,
    for_ms: i64,
) -> Result<Vec<Claimed>, Error> {
    let mut transaction = client.transaction()?;
    transaction.execute(ANSWER, &[])?;
    let rows = transaction.query(CLAIM, &[&count, &name, &for_ms])?;
    let mut claimed = Vec::with_capacity(rows.len());
    for row in rows {
        claimed.push(Claimed {
            id: row.try_get(0)?,
            account: row.try_get(1)?,
            line: row.try_get(2)?,
        });
    }
    transaction.commit()?;
    claimed.sort_by_key(|it| it.id);
    Ok(claimed)
}

/// Gives up what this name had claimed before.
pub(super) fn release(client: &mut Client, name: &str) -> Result<(), Error> {
    client.execute(RELEASE, &[&name]).map(|_| ())
}
