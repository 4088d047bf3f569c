//! Which text is a stock's ticker, and why other text is not, is decided here.

use alloc::string::String;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::str::FromStr;

use crate::vocabulary::decimal::clip;
use crate::vocabulary::wire::wire_checked;

/// Why a text names no instrument that can be traded here.
#[derive(thiserror::Error, Clone, PartialEq, Eq, Debug)]
pub enum SymbolError {
    /// There was no text. **Handling:** supply the missing symbol; it has no default.
    #[error("a symbol is empty: give a ticker such as \"AAPL\" or an OCC option symbol")]
    Empty,
    /// A lower-case letter. **Handling:** write it in capitals at its source; guessing could hit
    /// another security.
    #[error("symbol {text:?} holds lower case: write tickers in capitals")]
    LowerCase {
        /// The text as it came, at most 40 characters of it.
        text: String,
    },
    /// Longer than any ticker. **Handling:** correct it at its source.
    #[error("symbol {text:?} is longer than 8 characters and no OCC option symbol: correct it")]
    TooLong {
        /// The text as it came, at most 40 characters of it.
        text: String,
    },
    /// A character or an order of characters that no ticker has. **Handling:** correct it at its
    /// source.
    #[error(
        "symbol {text:?} is no ticker: write A-Z and 0-9, a letter first, and a share class after \
         one point, as in \"BRK.B\""
    )]
    Malformed {
        /// The text as it came, at most 40 characters of it.
        text: String,
    },
    /// A currency pair. **Handling:** send it to a system that trades it; it is refused here on
    /// purpose.
    #[error(
        "symbol {text:?} is a currency pair: crypto is not supported, trade stocks and options"
    )]
    Crypto {
        /// The text as it came, at most 40 characters of it.
        text: String,
    },
    /// Several instruments at once. **Handling:** send one recommendation for each leg.
    #[error("symbol {text:?} names several legs: multi-leg is not supported, send one leg each")]
    MultiLeg {
        /// The text as it came, at most 40 characters of it.
        text: String,
    },
    /// Option text that does not follow the OCC's form. **Handling:** correct it at its source.
    #[error("option symbol {text:?} is refused: {why}; write it as in \"AAPL240614C00100000\"")]
    Option {
        /// The text as it came, at most 40 characters of it.
        text: String,
        /// Which part is wrong, and how.
        why: &'static str,
    },
}

/// A US stock's ticker: 1 to 8 characters, capitals and digits with a letter first, and at most one
/// share class after a point.
///
/// Some sources write the class after a slash (`BRK/B`); it is read as the point, so that one stock
/// is one value.
///
/// ```
/// use gatefold_core::vocabulary::{Symbol, SymbolError};
///
/// assert_eq!(Symbol::new("BRK.B")?.as_str(), "BRK.B");
/// assert!(matches!(Symbol::new("aapl"), Err(SymbolError::LowerCase { .. })));
/// assert!(matches!(Symbol::new("BTC/USD"), Err(SymbolError::Crypto { .. })));
/// # Ok::<(), SymbolError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, bincode::Encode)]
// Invariant: characters of which `is_ticker` holds, then only zeros.
pub struct Symbol([u8; 8]);

wire_checked!(Symbol: [u8; 8], Symbol::from_padded, "eight bytes are no ticker");

impl Symbol {
    /// The ticker, if it is one.
    pub fn new(text: &str) -> Result<Symbol, SymbolError> {
        if text.is_empty() {
            return Err(SymbolError::Empty);
        }
        if let Some((_, quote)) = text.split_once('/')
            && quote.len() > 1
        {
            return Err(SymbolError::Crypto { text: clip(text) });
        }
        if text.bytes().any(|byte| byte.is_ascii_lowercase()) {
            return Err(SymbolError::LowerCase { text: clip(text) });
        }
        let mut padded = [0; 8];
        let Some(room) = padded.get_mut(..text.len()) else {
            return Err(SymbolError::TooLong { text: clip(text) });
        };
        room.copy_from_slice(text.as_bytes());
        for byte in room.iter_mut().filter(|byte| **byte == b'/') {
            *byte = b'.';
        }
        if !is_ticker(room) {
            return Err(SymbolError::Malformed { text: clip(text) });
        }
        Ok(Symbol(padded))
    }

    /// The ticker as text.
    #[inline]
    pub fn as_str(&self) -> &str {
        let bytes = self.0.get(..length(&self.0)).unwrap_or(&[]);
        core::str::from_utf8(bytes).unwrap_or("")
    }

    /// All characters in one word: as unique as the ticker, and in no useful order.
    #[inline]
    pub(crate) const fn word(self) -> u64 {
        u64::from_le_bytes(self.0)
    }

    /// The ticker with these characters, of which the caller knows that they are capitals and
    /// digits (and a share class that is known to be one), then only zeros.
    #[inline]
    pub(crate) fn of_root(padded: [u8; 8]) -> Option<Symbol> {
        let [first, ..] = padded;
        first.is_ascii_uppercase().then_some(Symbol(padded))
    }

    #[inline]
    fn from_padded(padded: [u8; 8]) -> Option<Symbol> {
        // Most tickers have no share class, and these are told without a branch on each character.
        let (mut plain, mut ended) = (true, false);
        for byte in padded {
            ended |= byte == 0;
            let name = byte.is_ascii_uppercase() | byte.is_ascii_digit();
            plain &= if ended { byte == 0 } else { name };
        }
        let [first, ..] = padded;
        if plain && first.is_ascii_uppercase() {
            return Some(Symbol(padded));
        }
        let (text, padding) = padded.split_at_checked(length(&padded))?;
        let valid = is_ticker(text) && padding.iter().all(|byte| *byte == 0);
        valid.then_some(Symbol(padded))
    }
}

#[inline]
fn length(padded: &[u8; 8]) -> usize {
    padded.iter().position(|byte| *byte == 0).unwrap_or(padded.len())
}

fn is_ticker(text: &[u8]) -> bool {
    let plain =
        |part: &[u8]| part.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    let begins = text.first().is_some_and(u8::is_ascii_uppercase);
    let mut parts = text.split(|byte| *byte == b'.');
    let (name, class, more) = (parts.next(), parts.next(), parts.next());
    let classed = class.is_none_or(|class| !class.is_empty() && plain(class));
    begins && name.is_some_and(plain) && classed && more.is_none()
}

impl Hash for Symbol {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.word());
    }
}

impl FromStr for Symbol {
    type Err = SymbolError;

    fn from_str(text: &str) -> Result<Symbol, SymbolError> {
        Symbol::new(text)
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl fmt::Debug for Symbol {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}
