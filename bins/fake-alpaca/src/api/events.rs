//! Events of the past are answered here as server-sent events, to accounts that have that.

use std::fmt::Write as _;

use serde_json::Value;

use crate::api::{Answer, account_at, orders};
use crate::desk::World;
use crate::desk::account::Told;
use crate::net::Reply;
use crate::wire::body::Fields;
use crate::wire::error::ApiError;

/// The events from `since` on, or behind `since_id`, before `until`. Without an end the stream
/// would go on for ever, which is not served.
pub(super) fn replay(query: &Fields, index: usize, world: &World) -> Answer {
    let account = account_at(index, world)?;
    if !account.settings.replays_events {
        return Err(ApiError::no_such_path());
    }
    let (since, until) = (orders::moment(query, "since")?, orders::moment(query, "until")?);
    let Some(until) = until else {
        return Err(ApiError::unprocessable("until is required"));
    };
    // What is not known is behind all that is.
    let behind = match query.text("since_id") {
        None => 0,
        Some(id) => {
            let place = account.told.iter().position(|told| told.id == id);
            place.map_or(account.told.len(), |place| place.saturating_add(1))
        }
    };
    let wanted = |told: &&Told| since.is_none_or(|since| told.at >= since) && told.at < until;
    let mut text = String::new();
    for Told { id, data, .. } in account.told.iter().skip(behind).filter(wanted) {
        // Writing to a text does not fail.
        let _ = write!(text, "id: {id}\ndata: {data}\n\n");
    }
    let body = text.into_bytes();
    Ok(Reply { content_type: "text/event-stream", body, ..Reply::json(200, &Value::Null) })
}
