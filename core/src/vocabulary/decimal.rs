//! Which text is a number, and how a whole number of small units is printed as a decimal, is
//! decided here.

use alloc::string::String;
use core::fmt;

/// Why a text is not the number that was asked for.
#[derive(thiserror::Error, Clone, PartialEq, Eq, Debug)]
pub enum NumberError {
    /// There was no text. **Handling:** supply the missing number; it has no default.
    #[error("a number is missing: write plain decimal text such as \"12.50\"")]
    Empty,
    /// Something else than digits, one point and a leading minus. **Handling:** correct the text at
    /// its source; exponents, spaces, thousands separators and a leading plus are never accepted.
    #[error(
        "{text:?} is not plain decimal text: write digits and at most one point, as in \"12.50\""
    )]
    NotDecimal {
        /// The text as it came, at most 40 characters of it.
        text: String,
    },
    /// More decimals than the type's unit can hold. **Handling:** round at the source, where the
    /// meaning is known.
    #[error("{text:?} has more than {decimals} decimals: round it to {decimals} at its source")]
    TooPrecise {
        /// The text as it came, at most 40 characters of it.
        text: String,
        /// How many decimals the type holds.
        decimals: u32,
    },
    /// Larger than the type can hold. **Handling:** check the unit (cents for dollars?); the value
    /// is not real.
    #[error("{text:?} is too large for this kind of number: check its unit")]
    OutOfRange {
        /// The text as it came, at most 40 characters of it.
        text: String,
    },
    /// Below zero where only zero and more has a meaning. **Handling:** say the direction in its
    /// own field (a side).
    #[error(
        "{text:?} is negative: write the size without a sign and the direction in its own field"
    )]
    Negative {
        /// The text as it came, at most 40 characters of it.
        text: String,
    },
}

/// The beginning of a text, short enough for an error message.
pub(crate) fn clip(text: &str) -> String {
    text.chars().take(40).collect()
}

/// Reads plain decimal text as a whole number of units of 10^-`decimals`.
pub(crate) fn parse(text: &str, decimals: u32) -> Result<i128, NumberError> {
    if text.is_empty() {
        return Err(NumberError::Empty);
    }
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = match digits.split_once('.') {
        Some((_, "")) => return Err(NumberError::NotDecimal { text: clip(text) }),
        Some((whole, fraction)) => (whole, fraction),
        None => (digits, ""),
    };
    let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !plain(whole) || !plain(fraction) {
        return Err(NumberError::NotDecimal { text: clip(text) });
    }
    let kept = usize::try_from(decimals).unwrap_or(usize::MAX);
    if fraction.bytes().skip(kept).any(|byte| byte != b'0') {
        return Err(NumberError::TooPrecise { text: clip(text), decimals });
    }
    let padding = core::iter::repeat(b'0');
    let mut units = 0_i128;
    for byte in whole.bytes().chain(fraction.bytes().chain(padding).take(kept)) {
        let digit = i128::from(byte.saturating_sub(b'0'));
        // Subtracting keeps i128::MIN readable, whose magnitude has no positive twin.
        let grown = units.checked_mul(10).and_then(|units| units.checked_sub(digit));
        units = grown.ok_or_else(|| NumberError::OutOfRange { text: clip(text) })?;
    }
    if negative {
        return Ok(units);
    }
    units.checked_neg().ok_or_else(|| NumberError::OutOfRange { text: clip(text) })
}

/// As [`parse`], for a type of non-negative `i64`.
pub(crate) fn parse_unsigned(text: &str, decimals: u32) -> Result<i64, NumberError> {
    let units = parse(text, decimals)?;
    if units < 0 {
        return Err(NumberError::Negative { text: clip(text) });
    }
    i64::try_from(units).map_err(|_| NumberError::OutOfRange { text: clip(text) })
}

/// Prints a whole number of units of 10^-`decimals`, with at least `least` decimals and no zeros
/// after those.
pub(crate) fn print(
    formatter: &mut fmt::Formatter<'_>,
    units: i128,
    decimals: u32,
    least: u32,
) -> fmt::Result {
    aligned(formatter, |out| write(out, units, decimals, least))
}

/// Prints straight through or, if a width was asked for, padded to it: tables line up without every
/// caller's help.
pub(crate) fn aligned(
    formatter: &mut fmt::Formatter<'_>,
    write: impl Fn(&mut dyn fmt::Write) -> fmt::Result,
) -> fmt::Result {
    if formatter.width().is_none() {
        return write(formatter);
    }
    let mut text = String::new();
    write(&mut text)?;
    formatter.pad(&text)
}

fn write(out: &mut dyn fmt::Write, units: i128, decimals: u32, least: u32) -> fmt::Result {
    assert!(least <= decimals, "cannot print more decimals than the unit has");
    assert!(decimals <= 18, "no unit is finer than 1e-18");
    let one = 10_u128.saturating_pow(decimals);
    let size = units.unsigned_abs();
    let whole = size.checked_div(one).unwrap_or(0);
    let mut fraction = size.checked_rem(one).unwrap_or(0);
    let mut shown = decimals;
    while shown > least && fraction.is_multiple_of(10) {
        fraction = fraction.checked_div(10).unwrap_or(0);
        shown = shown.saturating_sub(1);
    }
    let sign = if units < 0 { "-" } else { "" };
    if shown == 0 {
        return write!(out, "{sign}{whole}");
    }
    let width = usize::try_from(shown).unwrap_or(0);
    write!(out, "{sign}{whole}.{fraction:0width$}")
}

/// `i64::from`, for constants.
pub(crate) const fn widen(value: u32) -> i64 {
    let [a, b, c, d] = value.to_le_bytes();
    i64::from_le_bytes([a, b, c, d, 0, 0, 0, 0])
}

/// `i128::from`, for constants.
pub(crate) const fn widen_signed(value: i64) -> i128 {
    let [a, b, c, d, e, f, g, h] = value.to_le_bytes();
    let s = if value < 0 { 0xff } else { 0 };
    i128::from_le_bytes([a, b, c, d, e, f, g, h, s, s, s, s, s, s, s, s])
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    struct Shown(i128, u32, u32);

    impl fmt::Display for Shown {
        fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            print(formatter, self.0, self.1, self.2)
        }
    }

    #[test]
    fn text_that_is_no_plain_decimal_is_refused() {
        for text in [
            "+1", " 1", "1 ", "1e3", "1,000", ".5", "5.", "-", "-.5", "--1", "1.2.3", "NaN", "0x1",
            "١", "1_000", "1.-5",
        ] {
            let refused = NumberError::NotDecimal { text: text.into() };
            assert_eq!(parse(text, 9), Err(refused), "{text}");
        }
        assert_eq!(parse("", 9), Err(NumberError::Empty));
    }

    #[test]
    fn decimals_beyond_the_unit_must_be_zero() {
        assert_eq!(parse("1.2500", 2), Ok(125));
        let refused = NumberError::TooPrecise { text: "1.251".into(), decimals: 2 };
        assert_eq!(parse("1.251", 2), Err(refused));
    }

    #[test]
    fn the_ends_of_the_range_are_read_and_one_more_is_refused() {
        assert_eq!(parse(&i128::MAX.to_string(), 0), Ok(i128::MAX));
        assert_eq!(parse(&i128::MIN.to_string(), 0), Ok(i128::MIN));
        let beyond = "170141183460469231731687303715884105728";
        assert!(matches!(parse(beyond, 0), Err(NumberError::OutOfRange { .. })));
    }

    #[test]
    fn printing_keeps_two_decimals_and_drops_later_zeros() {
        assert_eq!(Shown(6_000_000_000, 9, 2).to_string(), "6.00");
        assert_eq!(Shown(5_025_000_000, 9, 2).to_string(), "5.025");
        assert_eq!(Shown(100_000, 9, 2).to_string(), "0.0001");
        assert_eq!(Shown(-500_000_000, 9, 2).to_string(), "-0.50");
        assert_eq!(Shown(12_000_000_000, 9, 0).to_string(), "12");
        assert_eq!(alloc::format!("{:>8}|", Shown(1_500_000_000, 9, 2)), "    1.50|");
    }

    #[test]
    fn constants_widen_as_from_does() {
        for value in [0, 1, u32::MAX] {
            assert_eq!(widen(value), i64::from(value));
        }
        for value in [0, 1, -1, i64::MIN, i64::MAX] {
            assert_eq!(widen_signed(value), i128::from(value));
        }
    }
}
