//! The writer: appends a decision through any log, waits until it is durable, and mints
//! [`Recorded`], here and nowhere else.

use alloc::vec::Vec;

use crate::decide::{Approved, Intent};
use crate::record::batch::Batch;
use crate::record::codec::{self, CodecError};
use crate::record::log::{Append, AppendError, Durability, Log, Record};
use crate::record::stream::{Epoch, Position, Stream, Version};
use crate::route::Effect;
use crate::vocabulary::EventId;

/// Proof that an approved order's intent is durable. It is moved into the broker call and spent
/// there.
///
/// ```compile_fail
/// use gatefold_core::{decide::Intent, record::Recorded, route::Broker};
/// fn twice(broker: &dyn Broker, order: Recorded<Intent>) {
///     let _ = broker.submit(order);
///     let _ = broker.submit(order); // moved above
/// }
/// ```
#[derive(Debug)]
#[must_use = "a recorded order that is dropped must be looked up before anything else is done"]
pub struct Recorded<T> {
    inner: T,
    position: Position,
}

impl<T> Recorded<T> {
    /// What was recorded, to look at.
    #[must_use]
    pub fn get(&self) -> &T {
        &self.inner
    }

    /// The log position by which it is durable.
    #[must_use]
    pub fn position(&self) -> Position {
        self.position
    }
}

/// A batch that is durable, with what may now be released.
#[derive(Debug)]
#[must_use = "the orders and effects of a durable batch wait to be released"]
pub struct Durable {
    stream: Stream,
    version: Version,
    position: Position,
    orders: Vec<Recorded<Intent>>,
    effects: Vec<Effect>,
}

impl Durable {
    /// The stream it went to.
    #[must_use]
    pub fn stream(&self) -> Stream {
        self.stream
    }

    /// The version of its last event.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// The position of its last event.
    #[must_use]
    pub fn position(&self) -> Position {
        self.position
    }

    /// What may now be done, orders first.
    pub(crate) fn release(self) -> Vec<Effect> {
        let orders = self.orders.into_iter().map(Effect::Submit);
        orders.chain(self.effects).collect()
    }
}

/// Why a batch is not durable.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// **Handling:** as the [`AppendError`] says; drop the engine and fold the log again.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// **Handling:** a bug in the engine or a text that is too long; nothing was written. Drop
    /// the engine and fold the log again.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// **Handling:** open the log with durability `Sync`; no order is ever sent on less.
    #[error("the log does not promise durability (`{found:?}`): no order may rest on it")]
    NotDurable {
        /// What the log promises.
        found: Durability,
    },
}

/// Appends decisions under one writer lease.
#[derive(Debug)]
pub struct Writer {
    epoch: Epoch,
    records: Vec<Record>,
}

impl Writer {
    /// A writer that holds the lease `epoch`.
    #[must_use]
    pub fn new(epoch: Epoch) -> Self {
        Self { epoch, records: Vec::new() }
    }

    /// Makes a batch durable and mints the proofs of its orders.
    ///
    /// # Errors
    /// As [`CommitError`] says. The caller must drop its engine and fold the log again.
    pub fn commit(&mut self, log: &mut dyn Log, batch: Batch) -> Result<Durable, CommitError> {
        let found = log.durability();
        if found != Durability::Sync {
            return Err(CommitError::NotDurable { found });
        }
        self.encode(&batch)?;
        let append = Append {
            stream: batch.stream,
            expected: batch.expected,
            epoch: self.epoch,
            records: &self.records,
        };
        let appended = log.append(&append)?;
        let count = u64::try_from(batch.events.len()).unwrap_or(u64::MAX);
        assert!(
            batch.expected.after(count) == appended.version,
            "a log appends exactly the events it was given"
        );
        let position = appended.position;
        let mint = |order: Approved<Intent>| {
            let within = batch.expected <= order.as_of() && order.as_of() < appended.version;
            assert!(within, "an order is recorded with the decision that approved it");
            Recorded { inner: order.spend(), position }
        };
        Ok(Durable {
            stream: batch.stream,
            version: appended.version,
            position,
            orders: batch.orders.into_iter().map(mint).collect(),
            effects: batch.effects,
        })
    }

    /// Event ids come from the decision and the place in it: the same decision has the same ids
    /// after any crash, another decision at the same place has others.
    fn encode(&mut self, batch: &Batch) -> Result<(), CodecError> {
        let events = batch.events.len();
        self.records.truncate(events);
        let blank =
            Record { id: EventId::from_raw(0), tag: 0, schema: 0, at: batch.at, body: Vec::new() };
        self.records.resize(events, blank);
        let mut cause = blake3::Hasher::new();
        cause.update(&batch.expected.get().to_le_bytes());
        cause.update(&batch.at.nanos().to_le_bytes());
        for (record, event) in self.records.iter_mut().zip(&batch.events) {
            (record.tag, record.schema) = codec::encode_into(event, &mut record.body)?;
            record.at = batch.at;
            cause.update(&record.tag.to_le_bytes());
            cause.update(&record.body);
        }
        let stream = alloc::string::ToString::to_string(&batch.stream);
        let cause = first_half(cause.finalize().as_bytes());
        for (record, ordinal) in self.records.iter_mut().zip(0_u32..) {
            record.id = EventId::of(&stream, cause, ordinal);
        }
        Ok(())
    }
}

fn first_half(digest: &[u8; 32]) -> u128 {
    digest.first_chunk().map_or(0, |first| u128::from_le_bytes(*first))
}
