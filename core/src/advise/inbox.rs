//! Where advice comes from.

use alloc::string::String;

use crate::advise::Recommendation;

/// One piece of input, understood or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// Valid advice.
    Recommendation(Recommendation),
    /// Input that is none. It is recorded as failed and does not stop the rest.
    Failed {
        /// The file or channel.
        source: String,
        /// The line or place there.
        line: u64,
        /// What it said, word for word.
        text: String,
        /// What is wrong and what to write instead.
        reason: String,
    },
}

/// Why an inbox cannot be read at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("inbox {name} cannot be read: {reason}")]
pub struct InboxError {
    /// The inbox.
    pub name: String,
    /// What was observed.
    pub reason: String,
}

/// A source of advice. Delivery may repeat: what was decided is recognized.
pub trait Inbox: Send {
    /// The next arrival; `None` when there is nothing now.
    ///
    /// # Errors
    /// [`InboxError`] when the source itself fails; nothing is lost by asking again.
    fn next(&mut self) -> Result<Option<Arrival>, InboxError>;
}
