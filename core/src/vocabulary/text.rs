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
    fn len(&self) -> usize {
        self.0.iter().position(|byte| *byte == 0).unwrap_or(N)
    }
}

const fn is_printable(byte: u8) -> bool {
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
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        let length = self.len();
        let byte =
            u8::try_from(length).map_err(|_| EncodeError::Other("a text has at most 255 bytes"))?;
        byte.encode(encoder)?;
        encoder.writer().write(self.0.get(..length).unwrap_or(&[]))
    }
}

impl<Context, const N: usize> Decode<Context> for Text<N> {
    fn decode<D: Decoder<Context = Context>>(decoder: &mut D) -> Result<Text<N>, DecodeError> {
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
}

impl<'de, Context, const N: usize> bincode::BorrowDecode<'de, Context> for Text<N> {
    fn borrow_decode<D: bincode::de::BorrowDecoder<'de, Context = Context>>(
        decoder: &mut D,
    ) -> Result<Text<N>, DecodeError> {
        Decode::decode(decoder)
    }
}

/// Makes a newtype over `Text<N>` with an alphabet of its own.
///
/// `text_type!(/// doc; AccountId, 24, "account id", "letters", is_letter);`
macro_rules! text_type {
    (
        $(#[$meta:meta])*
        $name:ident, $length:literal, $what:literal, $allowed:literal, $allow:expr
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, bincode::Encode)]
        pub struct $name($crate::vocabulary::Text<$length>);

        impl $name {
            /// The most bytes it can have.
            pub const LENGTH_MAX: usize = $length;

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

        impl<Context> bincode::Decode<Context> for $name {
            fn decode<D: bincode::de::Decoder<Context = Context>>(
                decoder: &mut D,
            ) -> Result<$name, bincode::error::DecodeError> {
                let text: $crate::vocabulary::Text<$length> = bincode::Decode::decode(decoder)?;
                let allow: fn(u8) -> bool = $allow;
                let fits = text.as_str().bytes().all(allow);
                let why = concat!("a text is not of the alphabet of: ", $what);
                fits.then_some($name(text)).ok_or(bincode::error::DecodeError::Other(why))
            }
        }

        bincode::impl_borrow_decode!($name);
    };
}

pub(crate) use text_type;
