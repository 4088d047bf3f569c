//! Whether the broker's calendar is ours.

use gatefold_core::vocabulary::{Calendar, Date, Span, Timestamp};

use crate::wire::CalendarDay;

/// Every day of `from..=to` on which the two calendars differ, in words that name both sides.
pub(crate) fn differences(
    ours: &Calendar,
    theirs: &[CalendarDay],
    (from, to): (Date, Date),
) -> Vec<String> {
    let mut found = Vec::new();
    let mut date = from;
    while date <= to {
        let day = theirs.iter().find(|day| day.date.parse() == Ok(date));
        let session = ours.session(date);
        match (session, day) {
            (None, None) => {}
            (Some(_), None) => found.push(format!("{date}: closed at the broker, open in ours")),
            (None, Some(day)) => {
                found.push(format!(
                    "{date}: {} to {} at the broker, closed in ours",
                    day.open, day.close
                ));
            }
            (Some(session), Some(day)) => {
                let hours = |at| ours.midnight(date).and_then(|midnight| since(midnight, at));
                let (open, close) = (hours(session.open), hours(session.close));
                let (theirs_open, theirs_close) = (minutes(&day.open), minutes(&day.close));
                if open != theirs_open || close != theirs_close {
                    let show = |minutes: Option<i64>| minutes.map_or("?".to_owned(), of_day);
                    found.push(format!(
                        "{date}: {} to {} at the broker, {} to {} in ours",
                        day.open,
                        day.close,
                        show(open),
                        show(close)
                    ));
                }
            }
        }
        let next = date.next();
        if next <= date {
            break;
        }
        date = next;
    }
    found
}

fn since(midnight: Timestamp, at: Timestamp) -> Option<i64> {
    at.saturating_since(midnight).as_secs().checked_div(60)
}

fn minutes(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    hours.checked_mul(60)?.checked_add(minutes)
}

fn of_day(minutes: i64) -> String {
    format!("{:02}:{:02}", minutes.div_euclid(60), minutes.rem_euclid(60))
}

/// How far ahead the calendars are compared.
pub(crate) const AHEAD: Span = Span::hours(24 * 30);

#[cfg(test)]
mod tests {
    use super::*;

    fn day(date: &str, open: &str, close: &str) -> CalendarDay {
        CalendarDay { date: date.into(), open: open.into(), close: close.into() }
    }

    #[test]
    fn a_half_day_that_one_side_misses_is_told_with_both_sides() {
        let span = ("2015-12-23".parse().unwrap(), "2015-12-26".parse().unwrap());
        let theirs = [day("2015-12-23", "09:30", "16:00"), day("2015-12-24", "09:30", "13:00")];
        assert_eq!(differences(&Calendar::nyse(), &theirs, span), [""; 0]);
        let theirs = [
            day("2015-12-23", "09:30", "16:00"),
            day("2015-12-24", "09:30", "16:00"),
            day("2015-12-25", "09:30", "16:00"),
        ];
        assert_eq!(
            differences(&Calendar::nyse(), &theirs, span),
            [
                "2015-12-24: 09:30 to 16:00 at the broker, 09:30 to 13:00 in ours",
                "2015-12-25: 09:30 to 16:00 at the broker, closed in ours",
            ]
        );
        assert_eq!(differences(&Calendar::nyse(), &theirs[..1], span).len(), 1);
    }
}
