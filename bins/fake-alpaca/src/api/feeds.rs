//! Whether a feed exists and an account may ask for it is decided here.

use serde_json::json;

use crate::wire::body::Fields;
use crate::wire::error::ApiError;

const STOCKS: [&str; 6] = ["sip", "iex", "delayed_sip", "otc", "boats", "overnight"];
const OPTIONS: [&str; 2] = ["opra", "indicative"];
/// Those that cost money.
const PAID: [&str; 2] = ["sip", "opra"];

/// Refuses what names a feed that does not exist, or one that is not paid for. Who names none gets
/// what may be had.
pub(super) fn admit(site: Option<&str>, query: &Fields, subscribed: bool) -> Result<(), ApiError> {
    let Some(feed) = query.text("feed") else { return Ok(()) };
    let refused = |status: u16, message: String| {
        Err(ApiError { status, body: json!({ "message": message }) })
    };
    let known = match site {
        Some("options") => OPTIONS.as_slice(),
        Some(_) | None => STOCKS.as_slice(),
    };
    if !known.contains(&feed.as_str()) {
        return refused(400, format!("invalid feed: {feed}"));
    }
    if PAID.contains(&feed.as_str()) && !subscribed {
        let tape = feed.to_uppercase();
        return refused(403, format!("subscription does not permit querying recent {tape} data"));
    }
    Ok(())
}
