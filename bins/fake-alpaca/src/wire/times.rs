//! How moments are written is decided here: UTC with the zeros trimmed, microseconds in
//! activities, New York's offset on the clock.

use gatefold_sim::core::vocabulary::{Calendar, Span, Timestamp};
use serde_json::Value;

/// A moment in UTC, or null.
pub(crate) fn utc_or_null(at: Option<Timestamp>) -> Value {
    at.map_or(Value::Null, |at| Value::String(at.to_string()))
}

/// A moment in UTC to the microsecond, rounded as activities are.
pub(crate) fn micros(at: Timestamp) -> String {
    let nanos = at.nanos();
    let rest = nanos.rem_euclid(1_000);
    let up = if rest >= 500 { 1_000 } else { 0 };
    Timestamp::from_nanos(nanos.saturating_sub(rest).saturating_add(up)).to_string()
}

/// A moment on New York's clock with its offset: `2015-12-24T09:31:00-05:00`.
pub(crate) fn new_york(at: Timestamp, calendar: &Calendar) -> String {
    let hours = hours_behind(at, calendar);
    let local = at.saturating_sub(Span::hours(hours)).to_string();
    format!("{}-{hours:02}:00", local.trim_end_matches('Z'))
}

/// New York's clock as the prefix of an activity's id: `YYYYMMDDHHMMSSmmm`.
pub(crate) fn activity_prefix(at: Timestamp, calendar: &Calendar) -> String {
    let local = at.saturating_sub(Span::hours(hours_behind(at, calendar)));
    let whole = local.nanos().rem_euclid(1_000_000_000);
    let second = Timestamp::from_nanos(local.nanos().saturating_sub(whole)).to_string();
    let digits: String = second.chars().filter(char::is_ascii_digit).collect();
    format!("{digits}{:03}", whole.div_euclid(1_000_000))
}

/// How far New York's clock is behind UTC: 4 hours in summer, 5 in winter.
fn hours_behind(at: Timestamp, calendar: &Calendar) -> i64 {
    let midnight = calendar.date_of(at).and_then(|date| calendar.midnight(date));
    let hours = midnight.map(|it| it.nanos().rem_euclid(Span::hours(24).nanos()));
    hours.map_or(5, |nanos| nanos.div_euclid(Span::hours(1).nanos()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_york_is_five_hours_behind_in_winter_and_four_in_summer() {
        let calendar = Calendar::nyse();
        let winter: Timestamp = "2026-01-15T14:30:00.5Z".parse().unwrap();
        assert_eq!(new_york(winter, &calendar), "2026-01-15T09:30:00.5-05:00");
        let summer: Timestamp = "2026-10-08T15:10:18.097464903Z".parse().unwrap();
        assert_eq!(new_york(summer, &calendar), "2026-10-08T11:10:18.097464903-04:00");
        assert_eq!(activity_prefix(summer, &calendar), "20261008111018097");
        assert_eq!(micros(summer), "2026-10-08T15:10:18.097465Z");
    }
}
