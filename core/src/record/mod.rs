//! What happened is kept here: events, their bytes, the log they go to, and the one mint of
//! [`Recorded`].

pub mod event;

mod batch;
mod log;
mod replay;
mod stream;
mod writer;

pub mod codec;
pub mod disk;
pub mod snapshot;
mod steps;
pub mod upcast;

pub use batch::Batch;
pub use event::Event;
pub use log::{
    Append, AppendError, Appended, BATCH_BYTES_MAX, BATCH_EVENTS_MAX, Durability, EVENT_BYTES_MAX,
    Entry, Log, ReadError, Record,
};
pub use replay::{ReplayError, Visit, decode_entry, replay, show_entry};
pub use stream::{Epoch, Position, Stream, Version};
pub use writer::{CommitError, Durable, Recorded, Writer};
