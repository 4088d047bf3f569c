//! How a row of the inbox gets its answer: from the read models, which have it from the log.

/// What a row says after its answer.
const ANSWERED: &str = "UPDATE dispatch_recommendations AS row \
    SET status = fate.status, status_reason = fate.reason, status_at = fate.decided_at, \
        received_at = fate.received_at \
    FROM recommendation_fates AS fate";

/// The statement that answers the rows of some fates; `of` joins those.
pub(crate) fn of_fates(of: &str) -> String {
    format!(
        "{ANSWERED} {of} \
         WHERE row.account_name = fate.account AND row.recommendation_id = fate.recommendation_id"
    )
}

/// Fails the rows with these ids, for these reasons, at these times.
pub(crate) const FAIL: &str = "UPDATE dispatch_recommendations AS row \
    SET status = 'FAILED', status_reason = it.reason, status_at = it.at::timestamptz, \
        received_at = it.at::timestamptz \
    FROM unnest($1::bigint[], $2::text[], $3::text[]) AS it(id, reason, at) \
    WHERE row.id = it.id AND row.received_at IS NULL";

/// The statement that answers every row whose fate is another than it says, as a rebuild does: it
/// may have passed over events that nobody answered yet.
pub(crate) fn of_all() -> String {
    let other = "(row.status, row.status_reason, row.status_at, row.received_at) \
                 IS DISTINCT FROM (fate.status, fate.reason, fate.decided_at, fate.received_at)";
    format!("{} AND {other}", of_fates(""))
}
