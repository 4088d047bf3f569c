//! The one place where events become bytes: tag, shape version and body of every event.
//!
//! Invariant: a tag and a version that were written once keep their meaning for ever, and a log is
//! never rewritten. A new shape of an event is a new version of its tag:
//!
//! 1. Change the event's struct, and raise its version in `shapes!` by one.
//! 2. Write the step from the version before to the new one, a function from bytes to bytes
//!    ([`upcast`](crate::record::upcast) says how), and add it to `UPCASTS`. Steps that are there
//!    stay as they are: version 1 becomes 2 and then 3.
//! 3. Run the tests with `GATEFOLD_BLESS=1`: the new version gets its golden sample beside the old
//!    ones, which must go on being read.
//! 4. Raise the version of [`REDUCER`](crate::record::snapshot::REDUCER) if folded state changes.
//!
//! Programs that are older than a log's newest version refuse it by name
//! ([`CodecError::Unknown`]).

use alloc::string::String;
use alloc::vec::Vec;

use bincode::config::{Configuration, Fixint, Limit, LittleEndian};
use bincode::{Decode, Encode};

use crate::record::event::Event;
use crate::record::log::EVENT_BYTES_MAX;
use crate::record::upcast::{Upcast, upcast};

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
    ($($name:ident = $tag:literal, $schema:literal;)*) => {
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
            match event {
                $(Event::$name(body) => Ok(Encoded {
                    tag: $tag,
                    schema: $schema,
                    body: to_bytes($tag, body)?,
                }),)*
            }
        }

        /// Turns bytes into an event. All of `body` must be consumed, and encoding the event again
        /// must give the same bytes.
        ///
        /// # Errors
        /// [`CodecError::Unknown`] and [`CodecError::Corrupt`].
        pub fn decode(tag: u16, schema: u16, body: &[u8]) -> Result<Event, CodecError> {
            match (tag, schema) {
                $(($tag, $schema) => from_bytes($tag, $schema, body).map(Event::$name),)*
                (tag, schema) => decode_old(tag, schema, body),
            }
        }
    };
}

shapes! {
    AccountOpened = 1, 1;
    GateSetDeclared = 2, 1;
    LimitsSet = 3, 1;
    StateSet = 4, 1;
    DayRolled = 5, 1;
    CashMoved = 6, 1;
    RecommendationReceived = 10, 1;
    IntentApproved = 11, 1;
    IntentRefused = 12, 1;
    IntentDeferred = 13, 1;
    RecommendationExpired = 14, 1;
    RecommendationFailed = 15, 1;
    RecommendationSettled = 16, 1;
    OrderChanged = 20, 1;
    CancelRefused = 21, 1;
    LookUpMissed = 22, 1;
    ExecutionBooked = 30, 1;
    MarksObserved = 31, 1;
    SnapshotTaken = 40, 1;
    FindingRecorded = 41, 1;
    LinkChanged = 42, 1;
    ExitPlanSet = 50, 1;
    ExitTriggered = 51, 1;
    ExitFailed = 52, 1;
    ClosePlanned = 53, 1;
    Unprotected = 54, 1;
    PositionAdjusted = 60, 1;
}

/// The steps from every version that was ever written to the one after it.
const UPCASTS: &[Upcast] = &[];

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

fn to_bytes<T: Encode>(tag: u16, body: &T) -> Result<Vec<u8>, CodecError> {
    let mut bytes = Growing(Vec::with_capacity(BODY_BYTES_USUAL));
    let too_large = |detail: String| CodecError::TooLarge { tag, detail };
    bincode::encode_into_writer(body, &mut bytes, WIRE)
        .map_err(|error| too_large(alloc::format!("{error}")))?;
    if bytes.0.len() > EVENT_BYTES_MAX {
        return Err(too_large(alloc::format!("{} bytes", bytes.0.len())));
    }
    Ok(bytes.0)
}

fn from_bytes<T: Encode + Decode<()>>(tag: u16, schema: u16, body: &[u8]) -> Result<T, CodecError> {
    let corrupt = |detail: String| CodecError::Corrupt { tag, schema, detail };
    let (event, read) = bincode::decode_from_slice::<T, _>(body, WIRE)
        .map_err(|error| corrupt(alloc::format!("{error}")))?;
    if read != body.len() {
        return Err(corrupt(alloc::format!("{} bytes, of which {read} were read", body.len())));
    }
    let mut again = Same { rest: body };
    let same = bincode::encode_into_writer(&event, &mut again, WIRE).is_ok();
    if !same || !again.rest.is_empty() {
        return Err(corrupt(String::from("it does not encode to the same bytes again")));
    }
    Ok(event)
}

/// Bytes that are written again: a writer that refuses the first other one.
struct Same<'a> {
    rest: &'a [u8],
}

impl bincode::enc::write::Writer for Same<'_> {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> Result<(), bincode::error::EncodeError> {
        match self.rest.strip_prefix(bytes) {
            Some(rest) => {
                self.rest = rest;
                Ok(())
            }
            None => Err(bincode::error::EncodeError::Other("other bytes")),
        }
    }
}

/// A vector as bincode's writer.
struct Growing(Vec<u8>);

impl bincode::enc::write::Writer for Growing {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> Result<(), bincode::error::EncodeError> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}
