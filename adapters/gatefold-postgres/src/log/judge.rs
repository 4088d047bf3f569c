//! What an append that was not taken as it is, is told: the checks of every log, in their order.

use std::collections::BTreeMap;

use gatefold_core::record::{AppendError, Appended, Epoch, Position, Record, Version};

use crate::log::batch::Batch;

/// One event as it stands in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) stream: i32,
    pub(crate) version: Version,
    pub(crate) position: Position,
    pub(crate) record: Record,
}

/// What the log knows of a batch.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    /// The events that have one of its ids.
    pub(crate) stored: Vec<Stored>,
    /// The version of its stream.
    pub(crate) version: Version,
    /// The highest epoch that wrote to its stream.
    pub(crate) written: Epoch,
    /// The epoch of the lease that it must be appended under, if there ever was one.
    pub(crate) leased: Option<Epoch>,
}

/// What to answer; `None` where nothing speaks against the batch any more.
pub(crate) fn judge(batch: &Batch, known: &Known) -> Option<Result<Appended, AppendError>> {
    let Batch { stream, expected, epoch, .. } = *batch;
    if let Some(done) = whole(batch, &known.stored) {
        return Some(Ok(done));
    }
    if let Some(reused) = known.stored.first() {
        return Some(Err(AppendError::IdReused { stream, id: reused.record.id }));
    }
    let (is_fenced, actual) = match known.leased {
        Some(leased) => (batch.target.lease.is_none() || epoch != leased, leased),
        None => (epoch < known.written, known.written),
    };
    if is_fenced {
        return Some(Err(AppendError::Fenced { stream, epoch, actual }));
    }
    let actual = known.version;
    (expected != actual).then_some(Err(AppendError::WrongExpected { stream, expected, actual }))
}

/// The batch as it stands in the log, if it does: all its events, in order and equal.
fn whole(batch: &Batch, stored: &[Stored]) -> Option<Appended> {
    let by_id: BTreeMap<_, _> = stored.iter().map(|it| (it.record.id, it)).collect();
    let mut last: Option<&Stored> = None;
    for record in &batch.records {
        let it = *by_id.get(&record.id)?;
        let follows = last.is_none_or(|last| last.version.next() == it.version);
        if !follows || it.stream != batch.target.stream || it.record != *record {
            return None;
        }
        last = Some(it);
    }
    let Stored { position, version, .. } = *last?;
    Some(Appended { position, version, already: true })
}
