//! The log thread: makes batches durable in order, and stops at the first that cannot be.

use crossbeam_channel::{Receiver, Sender};
use gatefold_core::record::{Batch, CommitError, Durable, Log, Writer};

/// Commits until the engine thread is gone or a commit fails. Gives the log back.
pub(crate) fn run(
    mut log: Box<dyn Log>,
    batches: &Receiver<Batch>,
    durables: &Sender<Result<Durable, CommitError>>,
) -> Box<dyn Log> {
    let mut writer = Writer::new(log.epoch());
    for batch in batches {
        let committed = writer.commit(log.as_mut(), batch);
        let failed = committed.is_err();
        if durables.send(committed).is_err() || failed {
            break;
        }
    }
    log
}
