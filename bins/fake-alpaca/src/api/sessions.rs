//! The calls about time are answered here: clock and calendar.

use gatefold_sim::core::vocabulary::{Calendar, Date, Session, Span, Timestamp};
use serde_json::{Value, json};

use crate::api::{Answer, ok};
use crate::desk::World;
use crate::desk::market::Market;
use crate::wire::body::Fields;
use crate::wire::times::new_york;

/// Days of a calendar where no dates are given: a whole range would be thousands.
const FIRST: &str = "2010-01-01";
const LAST: &str = "2029-12-31";

pub(super) fn clock(world: &mut World) -> Answer {
    let now = world.market.stamp();
    let market = &world.market;
    let calendar = &market.calendar;
    let open = calendar.next_open(now);
    let moment = |at: Option<Timestamp>| at.map(|at| new_york(at, calendar));
    ok(&json!({
        "timestamp": new_york(now, calendar),
        "is_open": market.is_open(),
        "next_open": moment(open),
        "next_close": moment(next_close(market, now)),
    }))
}

/// Today's close, or that of the next session.
fn next_close(market: &Market, now: Timestamp) -> Option<Timestamp> {
    let session = |date: Date| market.calendar.session(date);
    let today = market.today().and_then(session).filter(|it| it.close > now);
    let next = || session(market.calendar.date_of(market.calendar.next_open(now)?)?);
    today.or_else(next).map(|session| session.close)
}

pub(super) fn calendar(query: &Fields, world: &World) -> Answer {
    let date = |name: &str, fallback: &str| {
        let given: Option<Date> = day(query, name)?;
        Ok(given.or_else(|| fallback.parse().ok()))
    };
    let (Some(mut date), Some(end)) = (date("start", FIRST)?, date("end", LAST)?) else {
        return ok(&Value::Array(Vec::new()));
    };
    let calendar = &world.market.calendar;
    let mut days = Vec::new();
    while date <= end {
        if let Some(session) = calendar.session(date) {
            days.push(row(date, session, calendar));
        }
        date = date.next();
    }
    ok(&Value::Array(days))
}

/// A date, or the date of a moment.
fn day(query: &Fields, name: &str) -> Result<Option<Date>, crate::wire::error::ApiError> {
    let text = query.text(name);
    let date = text.as_deref().and_then(|text| text.get(..10)?.parse().ok());
    match (text, date) {
        (None, _) => Ok(None),
        (Some(_), Some(date)) => Ok(Some(date)),
        (Some(text), None) => {
            let message = format!("invalid {name}: {text}");
            Err(crate::wire::error::ApiError::malformed(message))
        }
    }
}

fn row(date: Date, session: Session, calendar: &Calendar) -> Value {
    let clock = |at: Timestamp| {
        let text = new_york(at, calendar);
        text.get(11..16).unwrap_or_default().to_owned()
    };
    let midnight = calendar.midnight(date).unwrap_or(session.open);
    let plain = |hours: i64| clock(midnight.saturating_add(Span::hours(hours))).replace(':', "");
    json!({
        "date": date.to_string(),
        "open": clock(session.open),
        "close": clock(session.close),
        "session_open": plain(4),
        "session_close": plain(20),
        "settlement_date": settlement(date, calendar).to_string(),
    })
}

/// The next session's date.
fn settlement(date: Date, calendar: &Calendar) -> Date {
    let ahead = std::iter::successors(Some(date.next()), |date| Some(date.next()));
    let mut sessions = ahead.take(14).filter(|date| calendar.session(*date).is_some());
    sessions.next().unwrap_or(date)
}
