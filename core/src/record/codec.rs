//! The one place where events become bytes: tag, shape version and body of every event.
//!
//! Invariant: a tag and a version that were written once keep their meaning for ever, and a log is
//! never rewritten. A new shape of an event is a new version of its tag:
//!
//! 1. Change the event's struct, and raise its version in `shapes!` by one.
//! 2. Write the step from the version before to the new one, a function from bytes to bytes
//!    ([`upcast`](crate::record::upcast) says how), and add it to `UPCASTS` in `record/steps.rs`.
//!    Steps that are there stay as they are: version 1 becomes 2 and then 3.
//! 3. Run the tests with `GATEFOLD_BLESS=1`: the new version gets its golden sample beside the old
//!    ones, which must go on being read.
//! 4. Raise the version of [`REDUCER`](crate::record::snapshot::REDUCER) if folded state changes.
//!
//! Programs that are older than a log's newest version refuse it by name
//! ([`CodecError::Unknown`]).

use alloc::string::String;
use alloc::vec::Vec;

use bincode::config::{Configuration, Fixint, Limit, LittleEndian};
use bincode::de::read::{Reader as _, SliceReader};
use bincode::de::{Decoder as _, DecoderImpl};
use bincode::error::EncodeError;
use bincode::{Decode, Encode};

use crate::record::event::Event;
use crate::record::log::EVENT_BYTES_MAX;
use crate::record::steps::UPCASTS;
use crate::record::upcast::upcast;

type Wire = Configuration<LittleEndian, Fixint, Limit<EVENT_BYTES_MAX>>;

const WIRE: Wire = bincode::config::standard()
    .with_little_endian()
    .with_fixed_int_encoding()
    .with_limit::<EVENT_BYTES_MAX>();

/// An event as bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// Which kind of event.
    pub tag: u16,
    /// Which shape of that kind.
    pub schema: u16,
    /// Its body.
    pub body: Vec<u8>,
}

/// Why bytes are not an event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// **Handling:** the log was written by a newer gatefold; use that one.
    #[error("no event has tag {tag} and version {schema}: the log was written by a newer gatefold")]
    Unknown {
        /// The tag found.
        tag: u16,
        /// The version found.
        schema: u16,
    },
    /// **Handling:** the bytes were changed after they were written; verify the log.
    #[error("the body of tag {tag} version {schema} is damaged: {detail}")]
    Corrupt {
        /// The tag found.
        tag: u16,
        /// The version found.
        schema: u16,
        /// What the decoder said.
        detail: String,
    },
    /// **Handling:** the event has more content than any event may have; shorten its texts.
    #[error("an event of tag {tag} does not fit into {EVENT_BYTES_MAX} bytes: {detail}")]
    TooLarge {
        /// The tag of the event.
        tag: u16,
        /// What the encoder said.
        detail: String,
    },
}

macro_rules! shapes {
    ($($name:ident = $tag:literal, $schema:literal, $read:ident;)*) => {
        /// Every tag with its current version and the event's name, in order of tag.
        pub const SHAPES: &[(u16, u16, &str)] = &[$(($tag, $schema, stringify!($name)),)*];

        /// The name of an event, as it is shown to people.
        #[must_use]
        pub const fn name(event: &Event) -> &'static str {
            match event { $(Event::$name(_) => stringify!($name),)* }
        }

        /// Turns an event into bytes.
        ///
        /// # Errors
        /// [`CodecError::TooLarge`] when it does not fit into [`EVENT_BYTES_MAX`] bytes.
        pub fn encode(event: &Event) -> Result<Encoded, CodecError> {
            let mut body = Vec::with_capacity(BODY_BYTES_USUAL);
            let (tag, schema) = encode_into(event, &mut body)?;
            Ok(Encoded { tag, schema, body })
        }

        /// The same into a vector whose memory is used again; what it held is gone. The answer is
        /// the event's tag and version.
        ///
        /// # Errors
        /// [`CodecError::TooLarge`] when it does not fit into [`EVENT_BYTES_MAX`] bytes; `body`
        /// then holds a part of it.
        pub fn encode_into(event: &Event, body: &mut Vec<u8>) -> Result<(u16, u16), CodecError> {
            body.clear();
            body.reserve(BODY_BYTES_USUAL);
            match event {
                $(Event::$name(event) => {
                    write($tag, event, body)?;
                    Ok(($tag, $schema))
                })*
            }
        }

        /// Turns bytes into an event. All of `body` must be consumed, and encoding the event again
        /// must give the same bytes.
        ///
        /// # Errors
        /// [`CodecError::Unknown`] and [`CodecError::Corrupt`].
        pub fn decode(tag: u16, schema: u16, body: &[u8]) -> Result<Event, CodecError> {
            match (tag, schema) {
                $(($tag, $schema) => $read($tag, $schema, body).map(Event::$name),)*
                (tag, schema) => decode_old(tag, schema, body),
            }
        }
    };
}

shapes! {
    AccountOpened = 1, 1, twice;
    GateSetDeclared = 2, 1, twice;
    LimitsSet = 3, 1, twice;
    StateSet = 4, 1, twice;
    DayRolled = 5, 1, twice;
    CashMoved = 6, 1, twice;
    RecommendationReceived = 10, 1, once;
    IntentApproved = 11, 2, once;
    IntentRefused = 12, 2, once;
    IntentDeferred = 13, 2, once;
    RecommendationExpired = 14, 1, twice;
    RecommendationFailed = 15, 1, twice;
    RecommendationSettled = 16, 1, twice;
    OrderChanged = 20, 1, once;
    CancelRefused = 21, 1, twice;
    LookUpMissed = 22, 1, twice;
    ExecutionBooked = 30, 1, once;
    MarksObserved = 31, 2, once;
    SnapshotTaken = 40, 1, twice;
    FindingRecorded = 41, 1, twice;
    LinkChanged = 42, 1, twice;
    ExitPlanSet = 50, 1, twice;
    ExitTriggered = 51, 1, twice;
    ExitFailed = 52, 1, twice;
    ClosePlanned = 53, 1, twice;
    Unprotected = 54, 1, twice;
    PositionAdjusted = 60, 1, twice;
}

/// Turns bytes of an older version into an event.
#[cold]
fn decode_old(tag: u16, schema: u16, body: &[u8]) -> Result<Event, CodecError> {
    let current = SHAPES.iter().find(|shape| shape.0 == tag).map(|shape| shape.1);
    match current {
        Some(current) if schema < current => {
            decode(tag, current, &upcast(UPCASTS, (tag, schema), current, body)?)
        }
        Some(_) | None => Err(CodecError::Unknown { tag, schema }),
    }
}

/// Where an event's bytes usually fit, so that encoding allocates once.
const BODY_BYTES_USUAL: usize = 1_024;

#[inline]
fn write<T: Encode>(tag: u16, event: &T, body: &mut Vec<u8>) -> Result<(), CodecError> {
    let written = bincode::encode_into_writer(event, Growing(body), WIRE);
    if written.is_err() || body.len() > EVENT_BYTES_MAX {
        return Err(too_large(tag, body.len(), written.err()));
    }
    Ok(())
}

#[cold]
fn too_large(tag: u16, length: usize, error: Option<EncodeError>) -> CodecError {
    let detail = match error {
        Some(error) => alloc::format!("{error}"),
        None => alloc::format!("{length} bytes"),
    };
    CodecError::TooLarge { tag, detail }
}

#[cold]
fn corrupt(tag: u16, schema: u16, detail: String) -> CodecError {
    CodecError::Corrupt { tag, schema, detail }
}

/// Reads an event that is trusted to accept only what it would write. That holds where every field
/// does: numbers of a fixed width, flags and kinds of one byte each, and what is checked as it is
/// read (texts, instruments, verdicts). What is listed so is what is read most; the tests and the
/// fuzzer, which are built with this assertion, hold it to it.
#[inline]
fn once<T: Encode + Decode<()>>(tag: u16, schema: u16, body: &[u8]) -> Result<T, CodecError> {
    let event = read(tag, schema, body)?;
    debug_assert!(is_written_so(&event, body), "tag {tag} accepts bytes that it does not write");
    Ok(event)
}

/// Reads an event and compares the bytes it would write with those that were read.
fn twice<T: Encode + Decode<()>>(tag: u16, schema: u16, body: &[u8]) -> Result<T, CodecError> {
    let event = read(tag, schema, body)?;
    if !is_written_so(&event, body) {
        let detail = String::from("it does not encode to the same bytes again");
        return Err(corrupt(tag, schema, detail));
    }
    Ok(event)
}

#[inline]
fn read<T: Decode<()>>(tag: u16, schema: u16, body: &[u8]) -> Result<T, CodecError> {
    let mut decoder = DecoderImpl::new(SliceReader::new(body), WIRE, ());
    let event = match T::decode(&mut decoder) {
        Ok(event) => event,
        Err(error) => return Err(corrupt(tag, schema, alloc::format!("{error}"))),
    };
    // Nothing may be left over.
    match decoder.reader().peek_read(1) {
        None => Ok(event),
        Some(_) => Err(left_over(tag, schema, body, decoder.reader())),
    }
}

#[cold]
fn left_over(tag: u16, schema: u16, body: &[u8], rest: &mut SliceReader<'_>) -> CodecError {
    let mut read = body.len();
    while rest.peek_read(1).is_some() {
        rest.consume(1);
        read = read.saturating_sub(1);
    }
    let detail = alloc::format!("{} bytes, of which {read} were read", body.len());
    corrupt(tag, schema, detail)
}

fn is_written_so<T: Encode>(event: &T, body: &[u8]) -> bool {
    let mut again = Same { rest: body };
    bincode::encode_into_writer(event, &mut again, WIRE).is_ok() && again.rest.is_empty()
}

/// Bytes that are written again: a writer that refuses the first other one.
struct Same<'a> {
    rest: &'a [u8],
}

impl bincode::enc::write::Writer for Same<'_> {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> Result<(), EncodeError> {
        match self.rest.strip_prefix(bytes) {
            Some(rest) => {
                self.rest = rest;
                Ok(())
            }
            None => Err(EncodeError::Other("other bytes")),
        }
    }
}

/// A vector as bincode's writer.
struct Growing<'a>(&'a mut Vec<u8>);

impl bincode::enc::write::Writer for Growing<'_> {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> Result<(), EncodeError> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}
