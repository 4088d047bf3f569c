//! What a length of time is, and how it is written in a configuration, is decided here.

use core::fmt;
use core::str::FromStr;

use crate::vocabulary::TimeError;
use crate::vocabulary::decimal::{aligned, clip};
use crate::vocabulary::run::wire_plain;

/// The units of printed spans, largest first, in nanoseconds. A day is 24 hours, whatever a clock
/// change does.
const UNITS: [(&str, u64); 7] = [
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

/// A length of time in nanoseconds; it may be negative.
///
/// ```
/// use gatefold_core::vocabulary::Span;
///
/// let limit: Span = "90s".parse()?;
/// assert_eq!(limit, Span::seconds(90));
/// assert_eq!(limit.to_string(), "1m30s");
/// assert!("90".parse::<Span>().is_err(), "a unit is needed");
/// # Ok::<(), gatefold_core::vocabulary::TimeError>(())
/// ```
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, bincode::Encode, bincode::Decode,
)]
pub struct Span(i64);

wire_plain!(Span: i64);

impl Span {
    /// No time.
    pub const ZERO: Span = Span(0);

    /// So many nanoseconds.
    #[inline]
    pub const fn from_nanos(nanos: i64) -> Span {
        Span(nanos)
    }

    /// The number of nanoseconds.
    #[inline]
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// So many milliseconds, held at the ends of the range (292 years).
    #[inline]
    pub const fn millis(millis: i64) -> Span {
        Span(millis.saturating_mul(1_000_000))
    }

    /// So many seconds, held at the ends of the range.
    #[inline]
    pub const fn seconds(seconds: i64) -> Span {
        Span(seconds.saturating_mul(1_000_000_000))
    }

    /// So many minutes, held at the ends of the range.
    #[inline]
    pub const fn minutes(minutes: i64) -> Span {
        Span(minutes.saturating_mul(60_000_000_000))
    }

    /// So many hours, held at the ends of the range.
    #[inline]
    pub const fn hours(hours: i64) -> Span {
        Span(hours.saturating_mul(3_600_000_000_000))
    }

    /// Whole seconds, toward zero.
    #[inline]
    pub const fn as_secs(self) -> i64 {
        match self.0.checked_div(1_000_000_000) {
            Some(seconds) => seconds,
            None => 0,
        }
    }

    /// The sum, held at the ends of the range.
    #[inline]
    pub const fn saturating_add(self, other: Span) -> Span {
        Span(self.0.saturating_add(other.0))
    }
}

impl FromStr for Span {
    type Err = TimeError;

    /// Reads whole numbers with units (`d`, `h`, `m`, `s`, `ms`, `us`, `ns`), largest first, each
    /// at most once.
    fn from_str(text: &str) -> Result<Span, TimeError> {
        let refused = || TimeError::Span { text: clip(text) };
        let (negative, mut rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let mut units = UNITS.iter();
        let mut nanos = 0_i64;
        if rest.is_empty() {
            return Err(refused());
        }
        while !rest.is_empty() {
            let (count, after) = split_at_first(rest, |byte| !byte.is_ascii_digit());
            let (unit, after) = split_at_first(after, |byte| byte.is_ascii_digit());
            // The iterator moves on, so that a unit cannot come again or after a smaller one.
            let (_, size) = units.find(|(name, _)| *name == unit).ok_or_else(refused)?;
            let count: i64 = count.parse().map_err(|_| refused())?;
            let size = i64::try_from(*size).map_err(|_| refused())?;
            // Subtracting keeps the most negative span readable.
            let part = count.checked_mul(size).ok_or_else(refused)?;
            nanos = nanos.checked_sub(part).ok_or_else(refused)?;
            rest = after;
        }
        let nanos = if negative { Some(nanos) } else { nanos.checked_neg() };
        nanos.map(Span).ok_or_else(refused)
    }
}

fn split_at_first(text: &str, stop: fn(u8) -> bool) -> (&str, &str) {
    let at = text.bytes().position(stop).unwrap_or(text.len());
    text.split_at_checked(at).unwrap_or((text, ""))
}

impl fmt::Display for Span {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        aligned(formatter, |out| write(out, *self))
    }
}

fn write(out: &mut dyn fmt::Write, span: Span) -> fmt::Result {
    if span == Span::ZERO {
        return out.write_str("0s");
    }
    if span < Span::ZERO {
        out.write_str("-")?;
    }
    let mut rest = span.0.unsigned_abs();
    // From hours on: "24h" says what is measured, "1d" would promise a calendar day.
    for (name, size) in UNITS.iter().skip(1) {
        let count = rest.checked_div(*size).unwrap_or(0);
        rest = rest.checked_rem(*size).unwrap_or(0);
        if count > 0 {
            write!(out, "{count}{name}")?;
        }
    }
    Ok(())
}

impl fmt::Debug for Span {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}
