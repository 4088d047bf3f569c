//! The account's history is answered here, page by page.

use gatefold_sim::core::vocabulary::{Date, Span, Timestamp};
use serde_json::Value;

use crate::api::{Answer, account_at, ok, orders};
use crate::desk::account::Activity;
use crate::desk::{World, unix_ms};
use crate::wire::body::Fields;
use crate::wire::error::ApiError;

const PAGE: usize = 100;

pub(super) fn list(query: &Fields, kind: Option<&str>, index: usize, world: &World) -> Answer {
    let kinds = match kind {
        Some(kind) => Some(vec![kind.to_owned()]),
        None => query.list("activity_types"),
    };
    let category = query.text("category");
    if kinds.is_some() && category.is_some() {
        let message = "category and activity_types are mutually exclusive";
        return Err(ApiError::unprocessable(message));
    }
    let size: usize = query.parsed("page_size")?.unwrap_or(PAGE);
    if !(1..=PAGE).contains(&size) {
        return Err(ApiError::unprocessable("page_size must be between 1 and 100"));
    }
    let (after, until) = (orders::moment(query, "after")?, orders::moment(query, "until")?);
    let date: Option<Date> = query.parsed("date")?;
    let (now, wall) = (world.market.now(), unix_ms());
    let day = date.and_then(|date| world.market.calendar.midnight(date));
    let fits = |it: &&Activity| {
        let trade = it.kind == "FILL";
        it.visible <= now
            && it.hidden_until.is_none_or(|until| until <= wall)
            && kinds.as_ref().is_none_or(|kinds| kinds.iter().any(|kind| kind == it.kind))
            && category.as_deref().is_none_or(|it| (it == "trade_activity") == trade)
            && after.is_none_or(|after| it.created > after)
            && until.is_none_or(|until| it.created < until)
            && date.is_none_or(|_| day.is_some_and(|day| is_of(it.created, day)))
    };
    let account = account_at(index, world)?;
    let mut rows: Vec<&Activity> = account.activities.iter().filter(fits).collect();
    rows.sort_by_key(|it| it.created);
    if query.text("direction").as_deref() != Some("asc") {
        rows.reverse();
    }
    let after_token = match query.text("page_token") {
        None => 0,
        Some(token) => {
            let last = rows.iter().position(|it| it.id == token);
            last.map_or(rows.len(), |last| last.saturating_add(1))
        }
    };
    // With a date all of its rows come at once.
    let size = if date.is_some() { usize::MAX } else { size };
    let page = rows.into_iter().skip(after_token).take(size).map(|it| it.row.clone());
    ok(&Value::Array(page.collect()))
}

fn is_of(created: Timestamp, midnight: Timestamp) -> bool {
    created >= midnight && created < midnight.saturating_add(Span::hours(24))
}
