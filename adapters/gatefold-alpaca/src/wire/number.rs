//! A decimal as it stands on the wire: a string or a number, never a float.

use std::fmt;

use gatefold_core::vocabulary::{Money, NetQuantity, NumberError, Price, Quantity};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// The text of a decimal, without quotes and without an exponent.
///
/// Conversions are exact or fail: nothing is rounded here.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Number(String);

impl Number {
    /// The number with this text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As a price per share.
    ///
    /// # Errors
    /// [`NumberError`] where it is none, or finer than a billionth of a dollar.
    pub fn price(&self) -> Result<Price, NumberError> {
        self.0.parse()
    }

    /// As a quantity without direction.
    ///
    /// # Errors
    /// [`NumberError`] where it is negative, or finer than a billionth.
    pub fn quantity(&self) -> Result<Quantity, NumberError> {
        self.0.parse()
    }

    /// As a quantity with direction: negative is short, or out.
    ///
    /// # Errors
    /// [`NumberError`] where it is finer than a billionth.
    pub fn net(&self) -> Result<NetQuantity, NumberError> {
        match self.0.strip_prefix('-') {
            Some(size) => size.parse().map(NetQuantity::short),
            None => self.0.parse().map(NetQuantity::long),
        }
    }

    /// As US dollars.
    ///
    /// # Errors
    /// [`NumberError`] where it is none.
    pub fn money(&self) -> Result<Money, NumberError> {
        self.0.parse()
    }
}

impl fmt::Display for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}", self.0)
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        let text = raw.strip_prefix('"').and_then(|it| it.strip_suffix('"')).unwrap_or(raw);
        Ok(Self(plain(text)))
    }
}

/// Digits beyond which an exponent is nonsense.
const SHIFT_MAX: usize = 40;

/// `1.5e-7` as `0.00000015`; everything else as it is. Small numbers are written with exponents.
fn plain(text: &str) -> String {
    expanded(text).unwrap_or_else(|| text.to_owned())
}

fn expanded(text: &str) -> Option<String> {
    let (mantissa, exponent) = text.split_once(['e', 'E'])?;
    let exponent: i32 = exponent.strip_prefix('+').unwrap_or(exponent).parse().ok()?;
    let shift = usize::try_from(exponent.unsigned_abs()).ok().filter(|it| *it <= SHIFT_MAX)?;
    let (sign, size) = match mantissa.strip_prefix('-') {
        Some(size) => ("-", size),
        None => ("", mantissa),
    };
    let (whole, fraction) = size.split_once('.').unwrap_or((size, ""));
    let zeros = "0".repeat(shift);
    let (whole, fraction) = if exponent < 0 {
        let padded = format!("{zeros}{whole}");
        let (whole, moved) = padded.split_at_checked(padded.len().checked_sub(shift)?)?;
        (whole.to_owned(), format!("{moved}{fraction}"))
    } else {
        let padded = format!("{fraction}{zeros}");
        let (moved, fraction) = padded.split_at_checked(shift)?;
        (format!("{whole}{moved}"), fraction.to_owned())
    };
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        digits => digits,
    };
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    Some(format!("{sign}{whole}{point}{fraction}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_and_numbers_keep_every_digit() {
        let read = |json: &str| serde_json::from_str::<Number>(json).unwrap();
        for (json, text) in [
            ("\"0.057436865\"", "0.057436865"),
            ("172.7", "172.7"),
            ("2.0", "2.0"),
            ("-24", "-24"),
            ("1e-5", "0.00001"),
            ("1.25E+3", "1250"),
            ("-1.5e-7", "-0.00000015"),
            ("12.5e1", "125"),
            ("201.9617035750071243", "201.9617035750071243"),
        ] {
            assert_eq!(read(json).as_str(), text, "{json}");
        }
        assert_eq!(read("\"-24\"").net().unwrap().to_string(), "-24");
        assert!(read("201.9617035750071243").quantity().is_err(), "nothing is rounded");
        assert!(read("\"\"").price().is_err());
    }
}
