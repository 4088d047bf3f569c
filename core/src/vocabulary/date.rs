//! What a calendar date is, apart from any clock or time zone, is decided here.

use core::fmt;
use core::str::FromStr;

use jiff::civil;

use crate::vocabulary::TimeError;
use crate::vocabulary::decimal::{aligned, clip};
use crate::vocabulary::wire::{wire_checked, wire_enum};

/// A day of the week.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Weekday {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

wire_enum!(Weekday { Mon = 1, Tue = 2, Wed = 3, Thu = 4, Fri = 5, Sat = 6, Sun = 7 });

/// A date of the years 1 to 9999, kept as days since 1970-01-01.
///
/// ```
/// use gatefold_core::vocabulary::{Date, Weekday};
///
/// let eve: Date = "2015-12-24".parse()?;
/// assert_eq!(eve.weekday(), Weekday::Thu);
/// assert_eq!(eve.next().to_string(), "2015-12-25");
/// assert!("2015-02-29".parse::<Date>().is_err());
/// # Ok::<(), gatefold_core::vocabulary::TimeError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, bincode::Encode)]
pub struct Date(i32);

wire_checked!(Date: i32, Date::from_days, "a date is of the years 1 to 9999");

impl Date {
    /// 0001-01-01.
    pub const MIN: Date = Date(-719_162);
    /// 9999-12-31.
    pub const MAX: Date = Date(2_932_896);

    /// The date, if there is one.
    pub fn new(year: i16, month: i8, day: i8) -> Option<Date> {
        if year < 1 {
            return None;
        }
        Date::from_civil(civil::Date::new(year, month, day).ok()?)
    }

    /// So many days after 1970-01-01 (before, if negative); `None` outside the years 1 to 9999.
    #[inline]
    pub const fn from_days(days: i32) -> Option<Date> {
        if days < Date::MIN.0 || days > Date::MAX.0 { None } else { Some(Date(days)) }
    }

    /// Days since 1970-01-01.
    #[inline]
    pub const fn days(self) -> i32 {
        self.0
    }

    /// The year, 1 to 9999.
    pub fn year(self) -> i16 {
        self.civil().year()
    }

    /// The month, 1 to 12.
    pub fn month(self) -> i8 {
        self.civil().month()
    }

    /// The day of the month, 1 to 31.
    pub fn day(self) -> i8 {
        self.civil().day()
    }

    /// The day of the week.
    pub const fn weekday(self) -> Weekday {
        // 1970-01-01 was a Thursday.
        match self.0.saturating_add(3).rem_euclid(7) {
            0 => Weekday::Mon,
            1 => Weekday::Tue,
            2 => Weekday::Wed,
            3 => Weekday::Thu,
            4 => Weekday::Fri,
            5 => Weekday::Sat,
            _ => Weekday::Sun,
        }
    }

    /// The day after; the last date has itself.
    #[inline]
    #[must_use]
    pub const fn next(self) -> Date {
        if self.0 >= Date::MAX.0 { self } else { Date(self.0.saturating_add(1)) }
    }

    /// The day before; the first date has itself.
    #[inline]
    #[must_use]
    pub const fn previous(self) -> Date {
        if self.0 <= Date::MIN.0 { self } else { Date(self.0.saturating_sub(1)) }
    }

    pub(crate) fn civil(self) -> civil::Date {
        let span = jiff::Span::new().try_days(self.0);
        let date = span.and_then(|span| civil::date(1970, 1, 1).checked_add(span));
        date.unwrap_or_else(|_| unreachable!("the years 1 to 9999 are within the library's range"))
    }

    pub(crate) fn from_civil(date: civil::Date) -> Option<Date> {
        // Between two dates jiff counts in days unless asked otherwise.
        let since = date.since(civil::date(1970, 1, 1)).ok()?;
        Date::from_days(since.get_days())
    }
}

impl FromStr for Date {
    type Err = TimeError;

    /// Reads YYYY-MM-DD and nothing else.
    fn from_str(text: &str) -> Result<Date, TimeError> {
        let refused = || TimeError::Date { text: clip(text) };
        let shaped = text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
        if text.len() != 10 || !shaped {
            return Err(refused());
        }
        let date = text.parse::<civil::Date>().map_err(|_| refused())?;
        Date::from_civil(date).ok_or_else(refused)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = self.civil();
        let (year, month, day) = (date.year(), date.month(), date.day());
        aligned(formatter, |out| write!(out, "{year:04}-{month:02}-{day:02}"))
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}
