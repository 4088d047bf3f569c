//! Replay: reading a log back as events.

use alloc::string::ToString;
use core::ops::ControlFlow;

use crate::record::codec::{self, CodecError};
use crate::record::event::Event;
use crate::record::log::{Entry, Log, ReadError};
use crate::record::stream::Position;

/// Why a log could not be folded.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// **Handling:** as [`ReadError`] says.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// **Handling:** as [`CodecError`] says.
    #[error("event {position} of the log: {error}")]
    Codec {
        /// Where the event stands.
        position: Position,
        /// What is wrong with it.
        error: CodecError,
    },
    /// **Handling:** the log is not one of gatefold's engine, or its first events are missing;
    /// verify it.
    #[error("event {position} of {stream} comes before the account was opened")]
    NotOpened {
        /// Where the event stands.
        position: Position,
        /// Its stream.
        stream: alloc::string::String,
    },
}

impl ReplayError {
    pub(crate) fn not_opened(entry: &Entry<'_>) -> Self {
        Self::NotOpened { position: entry.position, stream: entry.stream.to_string() }
    }
}

/// An entry's event.
///
/// # Errors
/// [`ReplayError::Codec`] when its bytes are not one.
pub fn decode_entry(entry: &Entry<'_>) -> Result<Event, ReplayError> {
    codec::decode(entry.tag, entry.schema, entry.body)
        .map_err(|error| ReplayError::Codec { position: entry.position, error })
}

/// Shows an entry's event to `visit`, where it was decoded: moving an event costs more than
/// decoding a small one.
///
/// # Errors
/// [`ReplayError::Codec`] when its bytes are not one, and what `visit` answers.
pub fn show_entry<T>(
    entry: &Entry<'_>,
    visit: impl FnOnce(&Event) -> Result<T, ReplayError>,
) -> Result<T, ReplayError> {
    match &codec::decode(entry.tag, entry.schema, entry.body) {
        Ok(event) => visit(event),
        Err(error) => Err(ReplayError::Codec { position: entry.position, error: error.clone() }),
    }
}

/// What is done with each event of a replay.
pub type Visit<'a> = dyn FnMut(&Entry<'_>, &Event) -> Result<ControlFlow<()>, ReplayError> + 'a;

/// Visits every event after a position, decoded, until `visit` breaks or fails.
///
/// # Errors
/// What the log, the codec or `visit` answers first.
pub fn replay(log: &dyn Log, after: Position, visit: &mut Visit<'_>) -> Result<(), ReplayError> {
    let mut failed = None;
    log.read(after, &mut |entry| match show_entry(entry, |event| visit(entry, event)) {
        Ok(flow) => flow,
        Err(error) => {
            failed = Some(error);
            ControlFlow::Break(())
        }
    })?;
    failed.map_or(Ok(()), Err)
}
