//! Which stretch of time a report is about is decided here.

use std::str::FromStr;

use anyhow::{Context, Result, ensure};
use gatefold::core::vocabulary::{Calendar, Date, Span, Timestamp};
use gatefold::runtime::{Clock as _, SystemClock};

/// From when on, as it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Since {
    /// So long before the end.
    Span(Span),
    /// Since the exchange's midnight of that day.
    Date(Date),
    /// Since this moment.
    Time(Timestamp),
}

impl FromStr for Since {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(span) = text.parse::<Span>() {
            return if span > Span::ZERO {
                Ok(Self::Span(span))
            } else {
                Err("give a length of time above 0, as in 24h".to_owned())
            };
        }
        if let Ok(date) = text.parse::<Date>() {
            return Ok(Self::Date(date));
        }
        text.parse::<Timestamp>()
            .map(Self::Time)
            .map_err(|error| format!("{error}; give 24h, 7d, 2026-02-03 or 2026-02-03T15:15:00Z"))
    }
}

/// A stretch of time, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) since: Timestamp,
    pub(crate) until: Timestamp,
}

impl Window {
    /// The stretch that is asked for; it ends now where nothing else is said.
    pub(crate) fn of(since: Since, until: Option<Timestamp>, calendar: &Calendar) -> Result<Self> {
        let until = until.unwrap_or_else(|| SystemClock.now());
        let since = match since {
            Since::Span(span) => until.saturating_sub(span),
            Since::Date(date) => {
                calendar.midnight(date).with_context(|| format!("{date} has no midnight"))?
            }
            Since::Time(time) => time,
        };
        ensure!(since < until, "the report would begin at {since} and end at {until}");
        Ok(Self { since, until })
    }

    pub(crate) fn holds(&self, at: Timestamp) -> bool {
        self.since <= at && at <= self.until
    }

    pub(crate) fn length(&self) -> Span {
        self.until.saturating_since(self.since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beginning_is_a_span_a_date_or_a_moment() {
        let until: Timestamp = "2026-02-04T15:15:00Z".parse().unwrap();
        let begin = |text: &str| {
            let window = Window::of(text.parse().unwrap(), Some(until), &Calendar::nyse());
            window.unwrap().since.to_string()
        };
        assert_eq!(begin("24h"), "2026-02-03T15:15:00Z");
        assert_eq!(begin("7d"), "2026-01-28T15:15:00Z");
        assert_eq!(begin("2026-02-03"), "2026-02-03T05:00:00Z");
        assert_eq!(begin("2026-02-03T17:29:00Z"), "2026-02-03T17:29:00Z");
        for odd in ["yesterday", "-1h", "0s", "24"] {
            assert!(odd.parse::<Since>().is_err(), "{odd}");
        }
        let later = Since::Time(until.saturating_add(Span::seconds(1)));
        assert!(Window::of(later, Some(until), &Calendar::nyse()).is_err());
        assert!(Window::of(Since::Span(Span::hours(1)), None, &Calendar::nyse()).is_ok());
    }
}
