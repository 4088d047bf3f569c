//! What a moment is, and how it is written, is decided here: UTC, in nanoseconds, as RFC 3339.

use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use crate::vocabulary::Span;
use crate::vocabulary::decimal::{aligned, clip};
use crate::vocabulary::run::wire_plain;

/// Why a text is no moment, date or span.
#[derive(thiserror::Error, Clone, PartialEq, Eq, Debug)]
pub enum TimeError {
    /// No moment, or one outside the years 1678 to 2261. **Handling:** correct it at its source; an
    /// offset is required, because a guessed zone would be hours wrong.
    #[error(
        "time {text:?} is not RFC 3339 with an offset: write it as in \"2015-12-24T14:30:00Z\""
    )]
    Timestamp {
        /// The text as it came, at most 40 characters of it.
        text: String,
    },
    /// No date of the years 1 to 9999. **Handling:** correct it at its source.
    #[error("date {text:?} does not exist or is not ISO 8601: write it as in \"2015-12-24\"")]
    Date {
        /// The text as it came, at most 40 characters of it.
        text: String,
    },
    /// No length of time, or one of more than 292 years. **Handling:** correct it at its source.
    #[error(
        "span {text:?} is not whole numbers with units (d, h, m, s, ms, us, ns), as in \"1m30s\""
    )]
    Span {
        /// The text as it came, at most 40 characters of it.
        text: String,
    },
}

/// A moment: UTC nanoseconds since 1970, as Unix counts (without leap seconds).
///
/// ```
/// use gatefold_core::vocabulary::{Span, Timestamp};
///
/// let open: Timestamp = "2015-12-24T09:30:00-05:00".parse()?;
/// assert_eq!(open.to_string(), "2015-12-24T14:30:00Z");
/// assert_eq!(open.saturating_add(Span::millis(5)).to_string(), "2015-12-24T14:30:00.005Z");
/// assert!("2015-12-24T09:30:00".parse::<Timestamp>().is_err(), "where?");
/// # Ok::<(), gatefold_core::vocabulary::TimeError>(())
/// ```
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, bincode::Encode, bincode::Decode,
)]
pub struct Timestamp(i64);

wire_plain!(Timestamp: i64);

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Timestamp = Timestamp(0);

    /// So many nanoseconds after the epoch (before, if negative).
    #[inline]
    pub const fn from_nanos(nanos: i64) -> Timestamp {
        Timestamp(nanos)
    }

    /// Nanoseconds since the epoch.
    #[inline]
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// How long after `earlier` this is (negative, if it is before), held at the ends of the range.
    #[inline]
    pub const fn saturating_since(self, earlier: Timestamp) -> Span {
        // A branch that is never taken is cheaper than choosing between three numbers.
        match self.0.checked_sub(earlier.0) {
            Some(nanos) => Span::from_nanos(nanos),
            None => Span::from_nanos(self.0.saturating_sub(earlier.0)),
        }
    }

    /// The moment a span later, held at the ends of the range.
    #[inline]
    pub const fn saturating_add(self, span: Span) -> Timestamp {
        Timestamp(self.0.saturating_add(span.nanos()))
    }

    /// The moment a span earlier, held at the ends of the range.
    #[inline]
    pub const fn saturating_sub(self, span: Span) -> Timestamp {
        Timestamp(self.0.saturating_sub(span.nanos()))
    }

    pub(crate) fn from_jiff(moment: jiff::Timestamp) -> Option<Timestamp> {
        i64::try_from(moment.as_nanosecond()).ok().map(Timestamp)
    }
}

impl FromStr for Timestamp {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Timestamp, TimeError> {
        let moment = text.parse::<jiff::Timestamp>().ok();
        let moment = moment.and_then(Timestamp::from_jiff);
        moment.ok_or_else(|| TimeError::Timestamp { text: clip(text) })
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_nanosecond(i128::from(self.0)) {
            Ok(moment) => aligned(formatter, |out| write!(out, "{moment}")),
            Err(_) => unreachable!("64 bits of nanoseconds are within the library's range"),
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}
