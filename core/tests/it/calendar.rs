//! The embedded calendar agrees with the recorded sessions, and its look-ups agree with each other.

use gatefold_core::vocabulary::{Calendar, Date, Phase, Span, Timestamp, Weekday};

const SESSIONS: &str = include_str!("data/calendar/nyse_sessions_2013_2016.csv");

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn every_recorded_session_and_no_other_is_in_the_calendar() {
    let calendar = Calendar::nyse();
    let mut expected = SESSIONS.lines().skip(1).peekable();
    let mut day = date("2013-01-01");
    let mut count = 0;
    while day <= date("2016-12-31") {
        let line = expected.next_if(|line| line.starts_with(&day.to_string()));
        let found = calendar.session(day);
        let Some(line) = line else {
            assert_eq!(found, None, "{day}");
            day = day.next();
            continue;
        };
        let [_, _, close, open_utc, close_utc] = line.split(',').collect::<Vec<_>>()[..] else {
            panic!("{line} has not five fields");
        };
        let found = found.unwrap_or_else(|| panic!("{day} is missing"));
        assert_eq!((found.open, found.close), (at(open_utc), at(close_utc)), "{day}");
        assert_eq!(found.early, close != "16:00", "{day}");
        count += 1;
        day = day.next();
    }
    assert_eq!((count, expected.next()), (1008, None));
}

#[test]
fn a_day_is_new_yorks_from_midnight_to_midnight_on_every_date() {
    let calendar = Calendar::nyse();
    let mut day = date("2010-01-01");
    let nano = Span::from_nanos(1);
    while day < date("2030-12-31") {
        let start = calendar.midnight(day).unwrap();
        let end = calendar.midnight(day.next()).unwrap();
        let hours = end.saturating_since(start).as_secs() / 3600;
        assert!((23..=25).contains(&hours), "{day} has {hours} hours");
        assert!(hours == 24 || day.weekday() == Weekday::Sun, "{day} has {hours} hours");
        assert_eq!(calendar.date_of(start), Some(day));
        assert_eq!(calendar.date_of(end.saturating_sub(nano)), Some(day));
        day = day.next();
    }
}

#[test]
fn outside_the_table_nothing_is_known() {
    let calendar = Calendar::nyse();
    for moment in ["2010-01-01T04:59:59.999999999Z", "2031-01-01T05:00:00Z"] {
        assert_eq!(calendar.date_of(at(moment)), None);
        assert_eq!(calendar.phase(at(moment)), Phase::Unknown);
        assert_eq!(calendar.next_open(at(moment)), None);
    }
    for moment in [i64::MIN, i64::MAX] {
        assert_eq!(calendar.phase(Timestamp::from_nanos(moment)), Phase::Unknown);
    }
    assert_eq!(calendar.date_of(at("2010-01-01T05:00:00Z")), Some(date("2010-01-01")));
    assert_eq!(calendar.date_of(at("2031-01-01T04:59:59Z")), Some(date("2030-12-31")));
    assert_eq!(calendar.next_open(at("2030-12-31T15:00:00Z")), None);
    for day in [date("2009-12-31"), date("2031-01-01"), Date::MIN, Date::MAX] {
        assert_eq!((calendar.midnight(day), calendar.session(day)), (None, None));
        assert_eq!(calendar.sessions_between(day, date("2020-01-02")), None);
        assert_eq!(calendar.last_trading_day(day), None);
    }
}

#[test]
fn the_phases_of_a_day_begin_at_their_first_moment() {
    let calendar = Calendar::nyse();
    for (moment, phase) in [
        ("2015-12-24T08:59:59.999999999Z", Phase::Closed),
        ("2015-12-24T09:00:00Z", Phase::Pre),
        ("2015-12-24T14:29:59.999999999Z", Phase::Pre),
        ("2015-12-24T14:30:00Z", Phase::Regular),
        ("2015-12-24T17:59:59.999999999Z", Phase::Regular),
        ("2015-12-24T18:00:00Z", Phase::Post),
        ("2015-12-25T00:59:59.999999999Z", Phase::Post),
        ("2015-12-25T01:00:00Z", Phase::Closed),
        ("2015-12-25T15:00:00Z", Phase::Closed),
        ("2015-12-26T15:00:00Z", Phase::Closed),
        ("2015-06-22T13:30:00Z", Phase::Regular),
        ("2015-06-22T13:29:59Z", Phase::Pre),
        ("2025-01-09T15:00:00Z", Phase::Closed),
    ] {
        assert_eq!(calendar.phase(at(moment)), phase, "{moment}");
    }
}

#[test]
fn sessions_are_counted_after_the_first_date_and_with_the_second() {
    let calendar = Calendar::nyse();
    for (from, to, count) in [
        ("2015-12-24", "2015-12-24", Some(0)),
        ("2015-12-23", "2015-12-24", Some(1)),
        ("2015-12-24", "2015-12-27", Some(0)),
        ("2015-12-24", "2015-12-28", Some(1)),
        ("2012-10-26", "2012-10-31", Some(1)),
        ("2012-12-31", "2016-12-31", Some(1008)),
        ("2015-12-28", "2015-12-24", None),
        ("2015-12-27", "2015-12-26", None),
    ] {
        assert_eq!(calendar.sessions_between(date(from), date(to)), count, "{from} to {to}");
    }
}

#[test]
fn the_next_opening_is_after_the_moment_and_skips_closed_days() {
    let calendar = Calendar::nyse();
    for (moment, open) in [
        ("2015-12-24T14:29:59Z", "2015-12-24T14:30:00Z"),
        ("2015-12-24T14:30:00Z", "2015-12-28T14:30:00Z"),
        ("2012-10-27T12:00:00Z", "2012-10-31T13:30:00Z"),
        ("2015-03-06T21:00:00Z", "2015-03-09T13:30:00Z"),
    ] {
        assert_eq!(calendar.next_open(at(moment)), Some(at(open)), "{moment}");
    }
}

#[test]
fn an_option_that_expires_on_a_closed_day_trades_last_on_the_session_before() {
    let calendar = Calendar::nyse();
    for (expiry, last) in [
        ("2014-06-21", "2014-06-20"),
        ("2015-01-17", "2015-01-16"),
        ("2014-04-19", "2014-04-17"),
        ("2015-12-24", "2015-12-24"),
    ] {
        assert_eq!(calendar.last_trading_day(date(expiry)), Some(date(last)), "{expiry}");
    }
}
