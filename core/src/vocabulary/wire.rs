//! How a small enum is written is decided here: as one byte with a number that is given once and
//! never reused.

/// Writes `Run`, `Encode`, `Decode` and `BorrowDecode` for an enum without fields: one byte per
/// value.
///
/// `wire_enum!(Side { Buy = 1, Sell = 2 });` An unknown byte is a `DecodeError`, and a variant that
/// is missing from the list does not compile. Zero is left unused, so that zeroed storage never
/// reads as a value.
macro_rules! wire_enum {
    ($name:ident { $($variant:ident = $byte:literal),+ $(,)? }) => {
        impl bincode::Encode for $name {
            fn encode<E: bincode::enc::Encoder>(
                &self,
                encoder: &mut E,
            ) -> Result<(), bincode::error::EncodeError> {
                let byte: u8 = match self {
                    $($name::$variant => $byte,)+
                };
                bincode::Encode::encode(&byte, encoder)
            }
        }

        impl<Context> bincode::Decode<Context> for $name {
            fn decode<D: bincode::de::Decoder<Context = Context>>(
                decoder: &mut D,
            ) -> Result<Self, bincode::error::DecodeError> {
                let byte: u8 = bincode::Decode::decode(decoder)?;
                match byte {
                    $($byte => Ok($name::$variant),)+
                    found => Err(bincode::error::DecodeError::UnexpectedVariant {
                        type_name: stringify!($name),
                        allowed: &bincode::error::AllowedEnumVariants::Allowed(&[$($byte),+]),
                        found: u32::from(found),
                    }),
                }
            }
        }

        bincode::impl_borrow_decode!($name);

        impl $crate::vocabulary::run::Run for $name {
            const BYTES: usize = 1;

            #[inline]
            fn put(&self, room: &mut &mut [u8]) {
                let byte: u8 = match self {
                    $($name::$variant => $byte,)+
                };
                $crate::vocabulary::run::Run::put(&byte, room);
            }

            #[inline]
            fn take(bytes: &mut &[u8]) -> Option<Self> {
                match <u8 as $crate::vocabulary::run::Run>::take(bytes)? {
                    $($byte => Some($name::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

/// Writes `Run`, `Decode` and `BorrowDecode` for a type that is written as `$inner` but for which
/// not every `$inner` is valid.
///
/// `wire_checked!(Price: i64, Price::from_nanos, "a price is never negative");`
macro_rules! wire_checked {
    ($name:ident: $inner:ty, $check:expr, $why:literal) => {
        impl<Context> bincode::Decode<Context> for $name {
            fn decode<D: bincode::de::Decoder<Context = Context>>(
                decoder: &mut D,
            ) -> Result<Self, bincode::error::DecodeError> {
                let inner: $inner = bincode::Decode::decode(decoder)?;
                $check(inner).ok_or(bincode::error::DecodeError::Other($why))
            }
        }

        bincode::impl_borrow_decode!($name);

        impl $crate::vocabulary::run::Run for $name {
            const BYTES: usize = <$inner as $crate::vocabulary::run::Run>::BYTES;

            #[inline]
            fn put(&self, room: &mut &mut [u8]) {
                $crate::vocabulary::run::Run::put(&self.0, room);
            }

            #[inline]
            fn take(bytes: &mut &[u8]) -> Option<Self> {
                $check(<$inner as $crate::vocabulary::run::Run>::take(bytes)?)
            }
        }
    };
}

/// Defines an enum without fields together with its names and its byte on the wire.
macro_rules! wire_kind {
    (
        $(#[$doc:meta])*
        $name:ident { $($(#[$vdoc:meta])* $variant:ident = $byte:literal),+ $(,)? }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$vdoc])* $variant = $byte,)+
        }

        impl $name {
            /// Every value, in order of its byte.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The byte that is written to the log.
            #[inline]
            #[must_use]
            pub const fn to_byte(self) -> u8 {
                match self { $(Self::$variant => $byte,)+ }
            }

            /// The value's name as it is shown to people and written to JSON.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => stringify!($variant),)+ }
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.pad(self.name())
            }
        }

        $crate::vocabulary::wire::wire_enum!($name { $($variant = $byte),+ });
    };
}

pub(crate) use {wire_checked, wire_enum, wire_kind};
