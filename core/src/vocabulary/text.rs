//! What a short name may consist of, and how it is kept without an allocation, is decided here.

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
        let (words, rest) = self.0.as_chunks();
        let last = padded(rest);
        let words = words.iter().chain((!rest.is_empty()).then_some(&last));
        words.fold(0, |length, word| length.wrapping_add(characters(*word)))
    }

    #[inline]
    fn len(&self) -> usize {
        usize::from(self.length())
    }

    /// The name of `length` characters that these bytes begin with, if they do.
    ///
    /// Takes all `N` bytes and blanks those behind the name: a fixed number needs no loop.
    #[inline]
    fn cut(length: u8, bytes: &[u8; N]) -> Option<Text<N>> {
        let (mut text, mut fits, mut left) = (*bytes, true, u32::from(length));
        let (words, rest) = text.as_chunks_mut();
        let mut last = padded(rest);
        for word in words.iter_mut().chain((!rest.is_empty()).then_some(&mut last)) {
            fits &= blank(word, left);
            left = left.saturating_sub(8);
        }
        rest.iter_mut().zip(last).for_each(|(byte, new)| *byte = new);
        (fits && length > 0 && usize::from(length) <= N).then_some(Text(text))
    }

    /// Whether all characters are of an alphabet; zero must be of it, too.
    #[inline]
    pub(crate) fn is_of(&self, alphabet: &[bool; 256]) -> bool {
        let allowed = |byte: &u8| alphabet.get(usize::from(*byte)).copied().unwrap_or(false);
        self.0.iter().fold(true, |fits, byte| fits & allowed(byte))
    }
}

/// Fewer than eight bytes as a word of eight.
#[inline]
fn padded(bytes: &[u8]) -> [u8; 8] {
    let mut word = [0; 8];
    word.iter_mut().zip(bytes).for_each(|(place, byte)| *place = *byte);
    word
}

/// How many characters are in a word that ends in zeros.
#[inline]
fn characters(word: [u8; 8]) -> u8 {
    let [.., blank] = u64::from_le_bytes(word).leading_zeros().wrapping_div(8).to_be_bytes();
    8_u8.wrapping_sub(blank)
}

/// Sets all but the first `kept` bytes to zero; answers whether those are printable. Eight bytes
/// are looked at in one word, because a branch on each is what reading a name would consist of.
#[inline]
fn blank(word: &mut [u8; 8], kept: u32) -> bool {
    const TOP: u64 = 0x8080_8080_8080_8080;
    let within = u64::MAX.checked_shr(64_u32.saturating_sub(kept.saturating_mul(8))).unwrap_or(0);
    let text = u64::from_le_bytes(*word) & within;
    *word = text.to_le_bytes();
    let text = text | (!within & 0x2121_2121_2121_2121);
    // The top bit of each byte: it is 0x21 at least, and 0x7f at least. A sum runs over into the
    // next byte only where a top bit is set before, and that is refused anyway.
    let from_first = text.wrapping_add(0x5f5f_5f5f_5f5f_5f5f);
    let behind_last = text.wrapping_add(0x0101_0101_0101_0101);
    from_first & !behind_last & !text & TOP == TOP
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

/// A table of the bytes that a function allows, and of zero.
macro_rules! alphabet {
    ($allow:path) => {{
        let (mut table, mut byte) = ([false; 256], 0_u8);
        let mut rest = table.as_mut_slice();
        while let Some((first, behind)) = rest.split_first_mut() {
            *first = byte == 0 || $allow(byte);
            byte = byte.wrapping_add(1);
            rest = behind;
        }
        table
    }};
}

/// Whether two tables are the same.
pub(crate) const fn is_same(one: &[bool; 256], other: &[bool; 256]) -> bool {
    let (mut one, mut other) = (one.as_slice(), other.as_slice());
    while let (Some((a, more)), Some((b, others))) = (one.split_first(), other.split_first()) {
        if *a != *b {
            return false;
        }
        (one, other) = (more, others);
    }
    true
}

/// Makes a newtype over `Text<N>` with an alphabet of its own.
///
/// `text_type!(/// doc; AccountId, 24, "account id", "letters", is_letter);`
macro_rules! text_type {
    (
        $(#[$meta:meta])*
        $name:ident, $length:literal, $what:literal, $allowed:literal, $allow:path
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($crate::vocabulary::Text<$length>);

        impl $name {
            /// The most bytes it can have.
            pub const LENGTH_MAX: usize = $length;

            /// Which bytes may be in it, zero as what it is padded with among them.
            const ALPHABET: [bool; 256] = $crate::vocabulary::text::alphabet!($allow);
            /// Whether these are all that any name may have.
            const EVERY: bool = {
                let every = $crate::vocabulary::text::alphabet!(
                    $crate::vocabulary::text::is_printable
                );
                $crate::vocabulary::text::is_same(&every, &Self::ALPHABET)
            };

            /// The name, if it is one.
            pub fn new(text: &str) -> Result<$name, $crate::vocabulary::TextError> {
                $crate::vocabulary::Text::restricted($what, $allowed, text, $allow).map($name)
            }

            /// The name as text.
            #[inline]
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl core::str::FromStr for $name {
            type Err = $crate::vocabulary::TextError;

            fn from_str(text: &str) -> Result<$name, $crate::vocabulary::TextError> {
                $name::new(text)
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                core::fmt::Display::fmt(&self.0, formatter)
            }
        }

        impl core::fmt::Debug for $name {
            fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                core::fmt::Debug::fmt(&self.0, formatter)
            }
        }

        impl bincode::Encode for $name {
            #[inline]
            fn encode<E: bincode::enc::Encoder>(
                &self,
                encoder: &mut E,
            ) -> Result<(), bincode::error::EncodeError> {
                bincode::Encode::encode(&self.0, encoder)
            }
        }

        impl<Context> bincode::Decode<Context> for $name {
            #[inline]
            fn decode<D: bincode::de::Decoder<Context = Context>>(
                decoder: &mut D,
            ) -> Result<$name, bincode::error::DecodeError> {
                let text: $crate::vocabulary::Text<$length> = bincode::Decode::decode(decoder)?;
                let why = concat!("a text is not of the alphabet of: ", $what);
                let fits = $name::EVERY || text.is_of(&$name::ALPHABET);
                fits.then_some($name(text)).ok_or(bincode::error::DecodeError::Other(why))
            }
        }

        bincode::impl_borrow_decode!($name);
    };
}

pub(crate) use {alphabet, text_type};
