//! How the OCC's symbol text for an option is read and printed is decided here.
//!
//! The form is that of the Options Symbology Initiative (OCC, 2010): a root of up to 6 characters
//! (padded with spaces, or not), the expiry as YYMMDD, C or P, and the strike in thousandths of a
//! dollar with 8 digits. It is read from the right, because an adjusted root ends in a digit that
//! stands right before the date.

use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use crate::vocabulary::decimal::{aligned, clip};
use crate::vocabulary::{Date, Multiplier, OptionContract, Price, Right, Root, SymbolError};

/// A thousandth of a dollar, the strike's unit, in nanos.
const MILL: i64 = 1_000_000;

impl OptionContract {
    /// Reads an OCC symbol: padded to 21 characters, or compact, or as some vendors write share
    /// classes: with the point kept and the root padded to 8. That point is dropped, as the OCC
    /// does, so that one contract is one value.
    ///
    /// The text does not say the multiplier: it is taken as 100, which need not hold if
    /// [`Self::is_adjusted`].
    pub fn parse(text: &str) -> Result<OptionContract, SymbolError> {
        if text.is_empty() {
            return Err(SymbolError::Empty);
        }
        if text.bytes().any(|byte| byte.is_ascii_lowercase()) {
            return Err(SymbolError::LowerCase { text: clip(text) });
        }
        parse(text).map_err(|why| {
            let text = clip(text);
            SymbolError::Option { text, why }
        })
    }

    /// The symbol with its root padded to six characters: always 21 characters.
    pub fn padded(&self) -> String {
        alloc::format!("{:<6}{}", self.root(), Terms(self))
    }
}

fn parse(text: &str) -> Result<OptionContract, &'static str> {
    const SHORT: &str = "it is shorter than root, date, right and strike";
    const FOREIGN: &str = "it is not ASCII";
    const ROOT: &str = "the root is not 1 to 6 capitals and digits, padded to 6 or not at all";
    let at = text.len().checked_sub(15).ok_or(SHORT)?;
    let (head, tail) = text.split_at_checked(at).ok_or(FOREIGN)?;
    let (date, rest) = tail.split_at_checked(6).ok_or(FOREIGN)?;
    let (letter, strike) = rest.split_at_checked(1).ok_or(FOREIGN)?;
    let right = match letter {
        "C" => Right::Call,
        "P" => Right::Put,
        _ => return Err("the right is neither C nor P"),
    };
    let root = parse_root(head).ok_or(ROOT)?;
    let expiry = parse_date(date).ok_or("the expiry is no date (YYMMDD)")?;
    let strike = parse_strike(strike).ok_or("the strike is not 8 digits")?;
    OptionContract::checked(root, expiry, right, strike, Multiplier::HUNDRED)
}

/// The root of padded, compact or dotted text.
fn parse_root(head: &str) -> Option<Root> {
    let trimmed = head.trim_end_matches(' ');
    let unpadded = head.len() == trimmed.len();
    match trimmed.split_once('.') {
        None if unpadded || head.len() == 6 => Root::new(trimmed).ok(),
        None => None,
        Some(("", _) | (_, "")) => None,
        Some((name, class)) if unpadded || matches!(head.len(), 6 | 8) => {
            Root::new(&alloc::format!("{name}{class}")).ok()
        }
        Some(_) => None,
    }
}

fn parse_date(text: &str) -> Option<Date> {
    let packed = digits(text)?;
    let (years, rest) = (packed.checked_div(10_000)?, packed.checked_rem(10_000)?);
    let (month, day) = (rest.checked_div(100)?, rest.checked_rem(100)?);
    let year = i16::try_from(years.checked_add(2000)?).ok()?;
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?)
}

fn parse_strike(text: &str) -> Option<Price> {
    digits(text)?.checked_mul(MILL).and_then(Price::from_nanos)
}

fn digits(text: &str) -> Option<i64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

/// Date, right and strike, as they follow the root.
struct Terms<'a>(&'a OptionContract);

impl fmt::Display for Terms<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (expiry, letter) = (self.0.expiry(), self.0.right().letter());
        let (year, month, day) = (expiry.year().rem_euclid(100), expiry.month(), expiry.day());
        let mills = self.0.strike().nanos().checked_div(MILL).unwrap_or(0);
        write!(formatter, "{year:02}{month:02}{day:02}{letter}{mills:08}")
    }
}

impl fmt::Display for OptionContract {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        aligned(formatter, |out| write!(out, "{}{}", self.root(), Terms(self)))
    }
}

impl FromStr for OptionContract {
    type Err = SymbolError;

    fn from_str(text: &str) -> Result<OptionContract, SymbolError> {
        OptionContract::parse(text)
    }
}
