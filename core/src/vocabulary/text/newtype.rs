//! A name with an alphabet of its own is defined here by one line.

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
