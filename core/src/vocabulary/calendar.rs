//! When the exchange is open, and on which date a moment falls in New York, is decided here, from
//! data.
//!
//! The data are the exceptions to "Monday to Friday, 09:30 to 16:00" in
//! `nyse_exceptions_2010_2030.csv`: the calendar XNYS of the Python package exchange_calendars
//! 4.13.2 (Apache-2.0), compared with pandas_market_calendars 5.5.0 on every day. Dates after March
//! 2026 are the exchange's rule book, not history. Clock changes follow the rule in force in the
//! United States since 2007. An unscheduled closing is a new line in that file.

use alloc::vec::Vec;

use jiff::tz::TimeZone;

use crate::vocabulary::{Date, Span, Timestamp, Weekday};

const EXCEPTIONS: &str = include_str!("nyse_exceptions_2010_2030.csv");
const FIRST: (i16, i8, i8) = (2010, 1, 1);
const LAST: (i16, i8, i8) = (2030, 12, 31);
/// Hours of the regular session and of what is around it, since New York's midnight.
const PRE_OPEN: Span = Span::hours(4);
const OPEN: Span = Span::minutes(570);
const CLOSE: Span = Span::hours(16);
const POST_CLOSE: Span = Span::hours(20);
/// The longest the exchange has been closed is four days; twice that and more is room for the
/// unheard-of.
const CLOSED_DAYS_MAX: usize = 14;

/// The regular session of one day.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Session {
    /// The first moment of trading.
    pub open: Timestamp,
    /// The first moment after trading.
    pub close: Timestamp,
    /// Whether it closes before 16:00.
    pub early: bool,
}

/// What the exchange does at a moment.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Phase {
    /// Nothing: night, weekend or holiday.
    Closed,
    /// Trades before the session: from 04:00 in New York.
    Pre,
    /// The regular session.
    Regular,
    /// Trades after the session: until 20:00 in New York.
    Post,
    /// Outside the table. Absence refuses: treat it as closed.
    Unknown,
}

crate::vocabulary::wire::wire_enum!(Phase {
    Closed = 1,
    Pre = 2,
    Regular = 3,
    Post = 4,
    Unknown = 5
});

/// Where a moment falls: one look-up for all that is asked of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Today {
    /// The date in New York; `None` outside the table.
    pub date: Option<Date>,
    /// What the exchange does at the moment.
    pub phase: Phase,
    /// The session of the date; `None` if the exchange is closed on it.
    pub session: Option<Session>,
    /// Sessions of the table up to and including the date.
    sessions: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Day {
    midnight: Timestamp,
    session: Option<Session>,
    /// Sessions of the table up to and including this day.
    sessions: u32,
}

impl Day {
    #[inline]
    fn phase(&self, moment: Timestamp) -> Phase {
        let Some(session) = self.session else {
            return Phase::Closed;
        };
        // Clocks change on Sundays, so on a session's day hours since midnight are hours of the
        // clock.
        if moment < self.midnight.saturating_add(PRE_OPEN) {
            Phase::Closed
        } else if moment < session.open {
            Phase::Pre
        } else if moment < session.close {
            Phase::Regular
        } else if moment < self.midnight.saturating_add(POST_CLOSE) {
            Phase::Post
        } else {
            Phase::Closed
        }
    }
}

/// The calendar of the New York Stock Exchange, 2010 to 2030: one table row a day, so that a
/// look-up neither searches nor allocates.
///
/// ```
/// use gatefold_core::vocabulary::{Calendar, Date, Phase};
///
/// let calendar = Calendar::nyse();
/// let eve: Date = "2015-12-24".parse()?;
/// let session = calendar.session(eve).ok_or("no session")?;
/// assert!(session.early);
/// assert_eq!(session.close.to_string(), "2015-12-24T18:00:00Z");
/// assert_eq!(calendar.phase(session.close), Phase::Post);
/// assert_eq!(calendar.session(eve.next()), None, "Christmas");
/// assert_eq!(calendar.phase("2031-01-02T15:00:00Z".parse()?), Phase::Unknown);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Calendar {
    first: Date,
    days: Vec<Day>,
    /// New York's midnight after the last day.
    end: Timestamp,
}

impl Calendar {
    /// The calendar of the New York Stock Exchange. Building it takes some milliseconds: do it
    /// once.
    pub fn nyse() -> Calendar {
        let calendar = Calendar::build(EXCEPTIONS);
        calendar.unwrap_or_else(|| unreachable!("the embedded calendar is tested to be complete"))
    }

    /// Which data this is: exchange, source's version, range, and the date up to which it is
    /// history. It changes with the data, so that a log can say by which calendar it was written.
    pub const fn version(&self) -> &'static str {
        "xnys-4.13.2-2010..2030-as-of-2026-03"
    }

    /// The date in New York at this moment; `None` outside the table.
    #[inline]
    pub fn date_of(&self, moment: Timestamp) -> Option<Date> {
        let (index, _) = self.day_at(moment)?;
        let days = i32::try_from(index).ok()?.checked_add(self.first.days())?;
        Date::from_days(days)
    }

    /// New York's midnight at the beginning of a date; `None` outside the table.
    #[inline]
    pub fn midnight(&self, date: Date) -> Option<Timestamp> {
        self.day(date).map(|day| day.midnight)
    }

    /// The session of a date; `None` if the exchange is closed or the date is outside the table.
    #[inline]
    pub fn session(&self, date: Date) -> Option<Session> {
        self.day(date)?.session
    }

    /// All that is known of this moment.
    #[inline]
    pub fn today(&self, moment: Timestamp) -> Today {
        let Some((index, day)) = self.day_at(moment) else {
            return Today { date: None, phase: Phase::Unknown, session: None, sessions: 0 };
        };
        let days = i32::try_from(index).ok().and_then(|it| it.checked_add(self.first.days()));
        Today {
            date: days.and_then(Date::from_days),
            phase: day.phase(moment),
            session: day.session,
            sessions: day.sessions,
        }
    }

    /// What the exchange does at this moment.
    #[inline]
    pub fn phase(&self, moment: Timestamp) -> Phase {
        self.day_at(moment).map_or(Phase::Unknown, |(_, day)| day.phase(moment))
    }

    /// How many sessions there are after `from` up to and including `to`: 0 for the same day.
    ///
    /// `None` if either is outside the table or `to` is before `from`.
    #[inline]
    pub fn sessions_between(&self, from: Date, to: Date) -> Option<u32> {
        let (from, to) = (self.day(from)?, self.day(to)?);
        to.sessions.checked_sub(from.sessions).filter(|_| from.midnight <= to.midnight)
    }

    /// How many sessions there are from `today` to the last date on which an option with this
    /// expiry trades, and whether that is today; `None` outside the table, or after it.
    #[inline]
    pub fn sessions_to_expiry(&self, today: &Today, expiry: Date) -> Option<(u32, bool)> {
        let last = match self.day(expiry)? {
            day if day.session.is_some() => (expiry, day.sessions),
            _ => {
                let last = self.last_trading_day(expiry)?;
                (last, self.day(last)?.sessions)
            }
        };
        let date = today.date?;
        let sessions = last.1.checked_sub(today.sessions).filter(|_| date <= last.0)?;
        Some((sessions, date == last.0))
    }

    /// The first opening after this moment (an opening at this very moment has been); `None`
    /// outside the table or if the next opening is.
    #[inline]
    pub fn next_open(&self, moment: Timestamp) -> Option<Timestamp> {
        let (index, _) = self.day_at(moment)?;
        let ahead = self.days.get(index..)?.iter().take(CLOSED_DAYS_MAX);
        ahead.filter_map(|day| day.session).map(|session| session.open).find(|open| *open > moment)
    }

    /// The last date on which an option with this expiry trades: the expiry itself, or the session
    /// before it if the exchange is closed on it (until February 2015 monthly options named the
    /// Saturday after their last Friday).
    ///
    /// `None` outside the table.
    #[inline]
    pub fn last_trading_day(&self, expiry: Date) -> Option<Date> {
        self.day(expiry)?;
        let back = core::iter::successors(Some(expiry), |date| Some(date.previous()));
        back.take(CLOSED_DAYS_MAX).find(|date| self.session(*date).is_some())
    }

    fn day(&self, date: Date) -> Option<&Day> {
        let index = date.days().checked_sub(self.first.days())?;
        self.days.get(usize::try_from(index).ok()?)
    }

    #[inline]
    fn day_at(&self, moment: Timestamp) -> Option<(usize, &Day)> {
        let start = self.days.first()?.midnight;
        if moment < start || moment >= self.end {
            return None;
        }
        let since = moment.saturating_since(start).nanos();
        let guess = usize::try_from(since.checked_div(Span::hours(24).nanos())?).ok()?;
        // In summer midnight is an hour earlier than 24-hour steps from a winter's day say: then it
        // is the next row.
        let next = guess.checked_add(1)?;
        match self.days.get(next) {
            Some(day) if day.midnight <= moment => Some((next, day)),
            Some(_) | None => self.days.get(guess).map(|day| (guess, day)),
        }
    }

    fn build(exceptions: &str) -> Option<Calendar> {
        let zone = TimeZone::posix("EST5EDT,M3.2.0,M11.1.0").ok()?;
        let midnight = |date: Date| {
            let moment = zone.to_timestamp(date.civil().to_datetime(jiff::civil::Time::midnight()));
            moment.ok().and_then(Timestamp::from_jiff)
        };
        let first = Date::new(FIRST.0, FIRST.1, FIRST.2)?;
        let last = Date::new(LAST.0, LAST.1, LAST.2)?;
        let mut days = Vec::new();
        let mut sessions = 0_u32;
        let mut pending = exceptions.lines().skip(1).peekable();
        let mut date = first;
        while date <= last {
            let midnight = midnight(date)?;
            let hours = match pending.next_if(|line| is_of(line, date)) {
                Some(line) => parse_hours(line)?,
                None => usual_hours(date),
            };
            let session = hours.map(|(open, close)| Session {
                open: midnight.saturating_add(open),
                close: midnight.saturating_add(close),
                early: close < CLOSE,
            });
            sessions = sessions.checked_add(u32::from(session.is_some()))?;
            days.push(Day { midnight, session, sessions });
            date = date.next();
        }
        // A line left over is out of order or out of range: the data would be silently incomplete.
        if pending.next().is_some() {
            return None;
        }
        Some(Calendar { first, days, end: midnight(date)? })
    }
}

fn is_of(line: &str, date: Date) -> bool {
    let named = line.split(',').next().and_then(|text| text.parse::<Date>().ok());
    named == Some(date)
}

fn usual_hours(date: Date) -> Option<(Span, Span)> {
    match date.weekday() {
        Weekday::Mon | Weekday::Tue | Weekday::Wed | Weekday::Thu | Weekday::Fri => {
            Some((OPEN, CLOSE))
        }
        Weekday::Sat | Weekday::Sun => None,
    }
}

/// Open and close of a line `date,open,close,note`; `Some(None)` if both are empty, which is a
/// closed day.
fn parse_hours(line: &str) -> Option<Option<(Span, Span)>> {
    let mut fields = line.split(',').skip(1);
    match (fields.next()?, fields.next()?) {
        ("", "") => Some(None),
        (open, close) => Some(Some((parse_clock(open)?, parse_clock(close)?))),
    }
}

fn parse_clock(text: &str) -> Option<Span> {
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes) = (hours.parse().ok()?, minutes.parse().ok()?);
    Some(Span::hours(hours).saturating_add(Span::minutes(minutes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_out_of_order_or_out_of_range_is_not_overlooked() {
        assert!(Calendar::build("date,open,close,note\n2012-10-29,,,closed\n").is_some());
        assert_eq!(Calendar::build("date\n2012-10-30,,,x\n2012-10-29,,,x\n"), None);
        assert_eq!(Calendar::build("date\n2031-01-01,,,x\n"), None);
        assert_eq!(Calendar::build("date\n2012-10-29,9:30,,x\n"), None);
    }
}
