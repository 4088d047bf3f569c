//! What every log must be able to do, and what its answers mean.
//!
//! Who implements [`Log`] is trusted to tell the truth about durability: that is the trust
//! boundary of the promise *Recorded first*.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::ControlFlow;

use crate::record::stream::{Epoch, Position, Stream, Version};
use crate::vocabulary::{EventId, Timestamp};

/// The most bytes that one event's body may have.
pub const EVENT_BYTES_MAX: usize = 65_536;
/// The most events that one append may hold.
pub const BATCH_EVENTS_MAX: usize = 4_096;
/// The most bytes of event bodies that one append may hold.
pub const BATCH_BYTES_MAX: usize = 1_048_576;

/// One event as bytes, before it has a place in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Derived from the cause, so that a repeated append is recognized.
    pub id: EventId,
    /// Which kind of event the body is.
    pub tag: u16,
    /// Which shape of that kind the body has.
    pub schema: u16,
    /// When the event happened by the engine's clock, UTC.
    pub at: Timestamp,
    /// The event's encoded body.
    pub body: Vec<u8>,
}

/// A request to append the events of one decision, all or none.
#[derive(Clone, Debug)]
pub struct Append<'a> {
    /// The stream to append to.
    pub stream: Stream,
    /// The version the writer believes the stream has.
    pub expected: Version,
    /// The writer's lease.
    pub epoch: Epoch,
    /// At least one and at most [`BATCH_EVENTS_MAX`] events.
    pub records: &'a [Record],
}

impl Append<'_> {
    /// Whether the batch keeps the bounds of every log.
    ///
    /// # Errors
    /// [`AppendError::OutOfBounds`] with the bound that is crossed.
    pub fn check_bounds(&self) -> Result<(), AppendError> {
        let lengths = || self.records.iter().map(|record| record.body.len());
        let (events, bytes) = (self.records.len(), lengths().sum());
        let bound = if events == 0 {
            "a batch has at least one event"
        } else if events > BATCH_EVENTS_MAX {
            "a batch has at most 4,096 events"
        } else if lengths().any(|length| length > EVENT_BYTES_MAX) {
            "an event has at most 65,536 bytes"
        } else if bytes > BATCH_BYTES_MAX {
            "a batch has at most 1,048,576 bytes"
        } else {
            return Ok(());
        };
        Err(AppendError::OutOfBounds { events, bytes, bound })
    }
}

/// What an append answered: the events are durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// Position of the last event of the batch.
    pub position: Position,
    /// Version of the last event of the batch in its stream.
    pub version: Version,
    /// The same events (by id and content) were durable before this call.
    pub already: bool,
}

/// One event as it stands in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Its number among all events.
    pub position: Position,
    /// The stream it belongs to.
    pub stream: Stream,
    /// Its number in that stream.
    pub version: Version,
    /// Its derived identity.
    pub id: EventId,
    /// Which kind of event the body is.
    pub tag: u16,
    /// Which shape of that kind the body has.
    pub schema: u16,
    /// When it happened by the engine's clock.
    pub at: Timestamp,
    /// The encoded body.
    pub body: &'a [u8],
}

/// Whether an acknowledged event survives a crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// An acknowledged event survives a crash of process and machine.
    Sync,
    /// An acknowledged event may be lost. No order may be sent on its strength.
    None,
}

/// Why an append was not acknowledged.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// The stream moved on after the decision. **Handling:** fold what is new and decide again.
    #[error(
        "{stream} is at version {actual}, not {expected}: somebody else appended; decide again"
    )]
    WrongExpected {
        /// The stream appended to.
        stream: Stream,
        /// The version the writer believed.
        expected: Version,
        /// The version the stream has.
        actual: Version,
    },
    /// Another writer took the lease over. **Handling:** stop; this process may no longer write.
    #[error(
        "{stream} is written by epoch {actual} now, this writer has {epoch}: stop this process"
    )]
    Fenced {
        /// The stream appended to.
        stream: Stream,
        /// The epoch of the refused writer.
        epoch: Epoch,
        /// The epoch in force.
        actual: Epoch,
    },
    /// An id of this batch is in the log with other content. **Handling:** a bug in the caller;
    /// stop and report it.
    #[error("event id {id} of {stream} is in the log already with other content")]
    IdReused {
        /// The stream appended to.
        stream: Stream,
        /// The id that is there already.
        id: EventId,
    },
    /// The batch is empty or larger than the bounds. **Handling:** a bug in the caller; stop.
    #[error("a batch of {events} events and {bytes} bytes cannot be appended: {bound}")]
    OutOfBounds {
        /// Events in the batch.
        events: usize,
        /// Bytes of all bodies.
        bytes: usize,
        /// The bound that was crossed.
        bound: &'static str,
    },
    /// There is no space. Nothing was stored. **Handling:** free space, then start again.
    #[error("the log is full ({detail}): nothing was stored; free space and start again")]
    Full {
        /// Where and what the operating system said.
        detail: String,
    },
    /// The events may or may not be stored. **Handling:** open the log again and append the same
    /// ids; if they are there the answer is [`Appended::already`].
    #[error("it is not known whether the events were stored ({detail}): open the log again")]
    Indeterminate {
        /// Where and what the operating system said.
        detail: String,
    },
    /// An earlier failure makes every further append unsafe. **Handling:** open the log again.
    #[error("the log refuses appends after an earlier failure ({detail}): open it again")]
    Poisoned {
        /// The earlier failure.
        detail: String,
    },
}

/// Why events could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Bytes that were acknowledged have changed. **Handling:** stop, restore from a backup or
    /// salvage; the log is never shortened by itself.
    #[error("the log is damaged at {place}: {detail}")]
    Corrupt {
        /// File and offset, or position.
        place: String,
        /// What is wrong there.
        detail: String,
    },
    /// The operating system refused a read. **Handling:** repair the disk or the permissions.
    #[error("the log cannot be read at {place}: {detail}")]
    Io {
        /// File and offset.
        place: String,
        /// What the operating system said.
        detail: String,
    },
}

/// An append-only record of events in streams.
///
/// A batch out of bounds and a poisoned log are refused first; an id that stands twice in one batch
/// is [`AppendError::IdReused`]. Then the order of checks of [`append`](Log::append) is the same in
/// every implementation: (1) all ids of
/// the batch present in the stream, consecutive and equal: [`Appended::already`], whatever
/// `expected` says; (2) some present: [`AppendError::IdReused`]; (3) epoch below the one in force:
/// [`AppendError::Fenced`]; (4) `expected` is not the stream's version:
/// [`AppendError::WrongExpected`]; (5) append.
pub trait Log: Send {
    /// Appends all records of one decision, or none, and returns when they are durable.
    ///
    /// # Errors
    /// As [`AppendError`] says; after anything but [`AppendError::Indeterminate`] and
    /// [`AppendError::Poisoned`] nothing was stored.
    fn append(&mut self, append: &Append<'_>) -> Result<Appended, AppendError>;

    /// Calls `visit` for each durable event after position `after`, in order of position.
    ///
    /// # Errors
    /// As [`ReadError`] says. Events visited before the error were sound.
    fn read(
        &self,
        after: Position,
        visit: &mut dyn FnMut(&Entry<'_>) -> ControlFlow<()>,
    ) -> Result<(), ReadError>;

    /// The position of the last durable event.
    fn head(&self) -> Position;

    /// The version of the last durable event of a stream.
    fn version(&self, stream: &Stream) -> Version;

    /// The writer lease that this handle holds.
    fn epoch(&self) -> Epoch;

    /// What an acknowledgement of this log is worth.
    fn durability(&self) -> Durability;
}
