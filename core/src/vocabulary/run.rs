//! Fields that always take the same number of bytes are written and read as one run here, with one
//! check of the room for all of them instead of one for each.
//!
//! The bytes are those of the fields one after the other, and so are the refusals: a run that is
//! cut short or holds an invalid value is read again field by field, which finds the first fault.

use bincode::Decode;
use bincode::de::Decoder;
use bincode::de::read::Reader as _;
use bincode::enc::Encoder;
use bincode::enc::write::Writer as _;
use bincode::error::{DecodeError, EncodeError};

/// The most bytes of one run.
const RUN_BYTES_MAX: usize = 64;

/// A value that is always written in the same number of bytes, little-endian, as [`Encode`] and
/// [`Decode`] write and read it field by field.
pub(crate) trait Run: Sized {
    /// How many bytes.
    const BYTES: usize;

    /// Writes them to the front of `room`, which has that many at least, and moves it behind them.
    fn put(&self, room: &mut &mut [u8]);

    /// Reads them from the front of `bytes` and moves it behind them; `None` if they stand for no
    /// value. What it accepts it would write again as the same bytes.
    fn take(bytes: &mut &[u8]) -> Option<Self>;
}

/// Writes a run.
#[inline]
pub(crate) fn encode<E: Encoder, T: Run>(value: &T, encoder: &mut E) -> Result<(), EncodeError> {
    const { assert!(T::BYTES <= RUN_BYTES_MAX, "split the run in two") };
    let mut run = [0; RUN_BYTES_MAX];
    value.put(&mut run.as_mut_slice());
    encoder.writer().write(run.get(..T::BYTES).unwrap_or(&[]))
}

/// Reads a run.
#[inline]
pub(crate) fn decode<D: Decoder, T: Run + Decode<D::Context>>(
    decoder: &mut D,
) -> Result<T, DecodeError> {
    if let Some(mut run) = decoder.reader().peek_read(T::BYTES)
        && let Some(value) = T::take(&mut run)
    {
        decoder.claim_bytes_read(T::BYTES)?;
        decoder.reader().consume(T::BYTES);
        return Ok(value);
    }
    by_field(decoder)
}

/// Writes an `Option` of a run: one byte, and the run where there is one.
#[inline]
pub(crate) fn encode_option<E: Encoder, T: Run + Copy>(
    value: Option<T>,
    encoder: &mut E,
) -> Result<(), EncodeError> {
    match value {
        None => encode(&0_u8, encoder),
        Some(value) => encode(&(1_u8, value), encoder),
    }
}

/// Reads an `Option` of a run.
#[inline]
pub(crate) fn decode_option<D: Decoder, T: Run + Decode<D::Context>>(
    decoder: &mut D,
) -> Result<Option<T>, DecodeError> {
    let length = match decoder.reader().peek_read(1) {
        Some([0]) => 1,
        Some([1]) => T::BYTES.saturating_add(1),
        Some(_) | None => return by_field(decoder),
    };
    let run = decoder.reader().peek_read(length);
    let value = match run.and_then(|bytes| bytes.get(1..)) {
        Some([]) => None,
        Some(mut bytes) => match T::take(&mut bytes) {
            Some(value) => Some(value),
            None => return by_field(decoder),
        },
        None => return by_field(decoder),
    };
    decoder.claim_bytes_read(length)?;
    decoder.reader().consume(length);
    Ok(value)
}

/// Whoever comes here gets an error, as a rule; the rest are readers that do not show what is next.
#[cold]
#[inline(never)]
fn by_field<D: Decoder, T: Decode<D::Context>>(decoder: &mut D) -> Result<T, DecodeError> {
    T::decode(decoder)
}

macro_rules! integer {
    ($($name:ty),*) => {$(
        impl Run for $name {
            const BYTES: usize = size_of::<$name>();

            #[inline]
            fn put(&self, room: &mut &mut [u8]) {
                let all = core::mem::take(room);
                if let Some((place, rest)) = all.split_first_chunk_mut() {
                    *place = self.to_le_bytes();
                    *room = rest;
                }
            }

            #[inline]
            fn take(bytes: &mut &[u8]) -> Option<$name> {
                let (first, rest) = bytes.split_first_chunk()?;
                *bytes = rest;
                Some(<$name>::from_le_bytes(*first))
            }
        }
    )*};
}

integer!(u8, u16, u32, u64, u128, i32, i64, i128);

impl<const N: usize> Run for [u8; N] {
    const BYTES: usize = N;

    #[inline]
    fn put(&self, room: &mut &mut [u8]) {
        let all = core::mem::take(room);
        if let Some((place, rest)) = all.split_first_chunk_mut() {
            *place = *self;
            *room = rest;
        }
    }

    #[inline]
    fn take(bytes: &mut &[u8]) -> Option<Self> {
        let (first, rest) = bytes.split_first_chunk()?;
        *bytes = rest;
        Some(*first)
    }
}

macro_rules! tuple {
    ($($part:ident $place:tt)*) => {
        impl<$($part: Run),*> Run for ($($part,)*) {
            const BYTES: usize = 0_usize$(.saturating_add($part::BYTES))*;

            #[inline]
            fn put(&self, room: &mut &mut [u8]) {
                $(self.$place.put(room);)*
            }

            #[inline]
            fn take(bytes: &mut &[u8]) -> Option<Self> {
                Some(($($part::take(bytes)?,)*))
            }
        }
    };
}

tuple!(A 0 B 1);
tuple!(A 0 B 1 C 2);
tuple!(A 0 B 1 C 2 D 3);
tuple!(A 0 B 1 C 2 D 3 E 4);
tuple!(A 0 B 1 C 2 D 3 E 4 F 5);
tuple!(A 0 B 1 C 2 D 3 E 4 F 5 G 6);

/// Writes `Run`, `Encode`, `Decode` and `BorrowDecode` for a struct all of whose fields are runs;
/// they are listed in the order in which they are written.
macro_rules! wire_run {
    ($name:ident { $($field:ident: $part:ty),+ $(,)? }) => {
        impl $crate::vocabulary::run::Run for $name {
            const BYTES: usize =
                0_usize$(.saturating_add(<$part as $crate::vocabulary::run::Run>::BYTES))+;

            #[inline]
            fn put(&self, room: &mut &mut [u8]) {
                $($crate::vocabulary::run::Run::put(&self.$field, room);)+
            }

            #[inline]
            fn take(bytes: &mut &[u8]) -> Option<Self> {
                $(let $field = $crate::vocabulary::run::Run::take(bytes)?;)+
                Some($name { $($field),+ })
            }
        }

        impl bincode::Encode for $name {
            #[inline]
            fn encode<E: bincode::enc::Encoder>(
                &self,
                encoder: &mut E,
            ) -> Result<(), bincode::error::EncodeError> {
                $crate::vocabulary::run::encode(self, encoder)
            }
        }

        impl<Context> bincode::Decode<Context> for $name {
            #[inline]
            fn decode<D: bincode::de::Decoder<Context = Context>>(
                decoder: &mut D,
            ) -> Result<Self, bincode::error::DecodeError> {
                let parts: ($($part,)+) = $crate::vocabulary::run::decode(decoder)?;
                let ($($field,)+) = parts;
                Ok($name { $($field),+ })
            }
        }

        bincode::impl_borrow_decode!($name);
    };
}

/// Writes `Run` for a newtype that is written as what it wraps, whatever that is.
macro_rules! wire_plain {
    ($name:ident: $inner:ty) => {
        impl $crate::vocabulary::run::Run for $name {
            const BYTES: usize = <$inner as $crate::vocabulary::run::Run>::BYTES;

            #[inline]
            fn put(&self, room: &mut &mut [u8]) {
                $crate::vocabulary::run::Run::put(&self.0, room);
            }

            #[inline]
            fn take(bytes: &mut &[u8]) -> Option<Self> {
                <$inner as $crate::vocabulary::run::Run>::take(bytes).map($name)
            }
        }
    };
}

pub(crate) use {wire_plain, wire_run};
