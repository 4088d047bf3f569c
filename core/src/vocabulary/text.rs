//! What a short name may consist of, and how it is kept without an allocation, is decided here.

mod newtype;
mod words;

use alloc::string::String;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::str::FromStr;

use bincode::de::Decoder;
use bincode::de::read::Reader;
use bincode::enc::Encoder;
use bincode::enc::write::Writer;
use bincode::error::{DecodeError, EncodeError};
use bincode::{Decode, Encode};

use crate::vocabulary::decimal::clip;
pub(crate) use newtype::{alphabet, is_same, text_type};
pub(crate) use words::padded;
use words::{blank, characters};

/// Why a text is not a name.
#[derive(thiserror::Error, Clone, PartialEq, Eq, Debug)]
pub enum TextError {
    /// There was no text. **Handling:** supply the missing name; it has no default.
    #[error("{what} is empty: give it at least one character")]
    Empty {
        /// What the text was meant to be.
        what: &'static str,
    },
    /// More characters than there is room for. **Handling:** shorten it at its source; it is never
    /// cut silently.
    #[error("{what} {text:?} has {length} bytes: shorten it to {length_max}")]
    TooLong {
        /// What the text was meant to be.
        what: &'static str,
        /// The text as it came, at most 40 characters of it.
        text: String,
        /// Its length in bytes.
        length: usize,
        /// The bytes there is room for.
        length_max: usize,
    },
    /// A character that is not allowed here. **Handling:** rename it at its source.
    #[error("{what} {text:?} holds {found:?}: use only {allowed}")]
    Character {
        /// What the text was meant to be.
        what: &'static str,
        /// The text as it came, at most 40 characters of it.
        text: String,
        /// The first character that is not allowed.
        found: char,
        /// Those that are.
        allowed: &'static str,
    },
    /// Not the printed form of a derived id. **Handling:** it is not one of ours; keep it as the
    /// foreign id it is.
    #[error("{what} {text:?} is not of our making: expected {expected}")]
    NotDerived {
        /// What the text was meant to be.
        what: &'static str,
        /// The text as it came, at most 40 characters of it.
        text: String,
        /// The printed form.
        expected: &'static str,
    },
}

/// A name of 1 to `N` printable ASCII characters without spaces, kept inline.
///
/// ```
/// use gatefold_core::vocabulary::Text;
///
/// let name: Text<8> = "AAPL".parse()?;
/// assert_eq!(name.as_str(), "AAPL");
/// assert!(Text::<8>::new("two words").is_err());
/// assert!(Text::<8>::new("ninechars").is_err());
/// # Ok::<(), gatefold_core::vocabulary::TextError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
// Invariant: 1 to N bytes of 0x21..=0x7e, then only zeros.
pub struct Text<const N: usize>([u8; N]);

impl<const N: usize> Text<N> {
    /// The name, if it is one.
    pub fn new(text: &str) -> Result<Text<N>, TextError> {
        Text::restricted("text", "printable ASCII without spaces", text, |_| true)
    }

    /// The name, if all its characters are printable and pass `allow`.
    pub(crate) fn restricted(
        what: &'static str,
        allowed: &'static str,
        text: &str,
        allow: fn(u8) -> bool,
    ) -> Result<Text<N>, TextError> {
        if text.is_empty() {
            return Err(TextError::Empty { what });
        }
        let fits =
            |found: &char| u8::try_from(*found).is_ok_and(|byte| is_printable(byte) && allow(byte));
        if let Some(found) = text.chars().find(|found| !fits(found)) {
            return Err(TextError::Character { what, text: clip(text), found, allowed });
        }
        let mut bytes = [0; N];
        let Some(room) = bytes.get_mut(..text.len()) else {
            let (length, length_max) = (text.len(), N);
            return Err(TextError::TooLong { what, text: clip(text), length, length_max });
        };
        room.copy_from_slice(text.as_bytes());
        Ok(Text(bytes))
    }

    /// The name with these characters, which the caller knows that one has.
    #[inline]
    pub(crate) const fn of_bytes(bytes: [u8; N]) -> Text<N> {
        Text(bytes)
    }

    /// The name as text.
    #[inline]
    pub fn as_str(&self) -> &str {
        let length = self.len();
        let bytes = self.0.get(..length).unwrap_or(&[]);
        core::str::from_utf8(bytes).unwrap_or("")
    }

    /// The characters, padded with zeros: in the order of the text and as unique as it.
    #[inline]
    pub(crate) const fn bytes(&self) -> &[u8; N] {
        &self.0
    }

    #[inline]
    fn length(&self) -> u8 {
        if Self::WIDE {
            // This the compiler does for sixteen characters at once.
            let count = |length: u8, byte: &u8| length.wrapping_add(u8::from(*byte != 0));
            return self.0.iter().fold(0, count);
        }
        let (words, rest) = self.0.as_chunks();
        let length = characters(padded(rest));
        words.iter().fold(length, |length, word| length.wrapping_add(characters(*word)))
    }

    #[inline]
    fn len(&self) -> usize {
        usize::from(self.length())
    }

    /// Names that fill whole registers of sixteen bytes.
    const WIDE: bool = N.is_multiple_of(16);

    /// The places of the characters.
    const PLACES: [u8; N] = {
        assert!(N < 256, "the length is one byte");
        let (mut places, mut place) = ([0; N], 0_u8);
        let mut rest = places.as_mut_slice();
        while let Some((first, behind)) = rest.split_first_mut() {
            *first = place;
            place = place.saturating_add(1);
            rest = behind;
        }
        places
    };

    /// The name of `length` characters that these bytes begin with, if they do.
    ///
    /// Takes all `N` bytes and blanks those behind the name: a fixed number needs no loop.
    #[inline]
    fn cut(length: u8, bytes: &[u8; N]) -> Option<Text<N>> {
        let (mut text, mut fits, mut left) = (*bytes, true, u32::from(length));
        if Self::WIDE {
            for (byte, place) in text.iter_mut().zip(&Self::PLACES) {
                let within = *place < length;
                fits &= !within | is_printable(*byte);
                *byte = if within { *byte } else { 0 };
            }
        } else {
            let (words, rest) = text.as_chunks_mut();
            for word in words {
                fits &= blank(word, left);
                left = left.saturating_sub(8);
            }
            let mut last = padded(rest);
            fits &= blank(&mut last, left);
            rest.iter_mut().zip(last).for_each(|(byte, new)| *byte = new);
        }
        (fits && length > 0 && usize::from(length) <= N).then_some(Text(text))
    }

    /// Whether all characters are of an alphabet; zero must be of it, too.
    #[inline]
    pub(crate) fn is_of(&self, alphabet: &[bool; 256]) -> bool {
        let allowed = |byte: &u8| alphabet.get(usize::from(*byte)).copied().unwrap_or(false);
        self.0.iter().fold(true, |fits, byte| fits & allowed(byte))
    }
}

/// Whether a character may be in any name.
pub(crate) const fn is_printable(byte: u8) -> bool {
    matches!(byte, 0x21..=0x7e)
}

impl<const N: usize> Hash for Text<N> {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(&self.0);
    }
}

impl<const N: usize> FromStr for Text<N> {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Text<N>, TextError> {
        Text::new(text)
    }
}

impl<const N: usize> fmt::Display for Text<N> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl<const N: usize> fmt::Debug for Text<N> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl<const N: usize> Encode for Text<N> {
    #[inline]
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        let length = self.length();
        encoder.writer().write(&[length])?;
        encoder.writer().write(self.0.get(..usize::from(length)).unwrap_or(&[]))
    }
}

impl<Context, const N: usize> Decode<Context> for Text<N> {
    #[inline]
    fn decode<D: Decoder<Context = Context>>(decoder: &mut D) -> Result<Text<N>, DecodeError> {
        let ahead = decoder.reader().peek_read(N.saturating_add(1));
        if let Some([length, rest @ ..]) = ahead
            && let Some(bytes) = rest.first_chunk()
            && let Some(text) = Text::cut(*length, bytes)
        {
            let read = usize::from(*length).saturating_add(1);
            decoder.claim_bytes_read(read)?;
            decoder.reader().consume(read);
            return Ok(text);
        }
        by_byte(decoder)
    }
}

/// The same for what is no name, and for a name with few bytes behind it.
#[inline(never)]
fn by_byte<D: Decoder, const N: usize>(decoder: &mut D) -> Result<Text<N>, DecodeError> {
    let length = usize::from(u8::decode(decoder)?);
    let mut bytes = [0; N];
    let room =
        bytes.get_mut(..length).ok_or(DecodeError::Other("a text is longer than its room"))?;
    if room.is_empty() {
        return Err(DecodeError::Other("a text is empty"));
    }
    decoder.claim_bytes_read(length)?;
    decoder.reader().read(room)?;
    if !room.iter().copied().all(is_printable) {
        return Err(DecodeError::Other("a text holds something else than printable ASCII"));
    }
    Ok(Text(bytes))
}

impl<'de, Context, const N: usize> bincode::BorrowDecode<'de, Context> for Text<N> {
    fn borrow_decode<D: bincode::de::BorrowDecoder<'de, Context = Context>>(
        decoder: &mut D,
    ) -> Result<Text<N>, DecodeError> {
        Decode::decode(decoder)
    }
}
