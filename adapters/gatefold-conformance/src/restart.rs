//! What every log must do across a restart of its process.

use gatefold_core::record::{Append, AppendError, Epoch, Log, Position, Stream, Version};

use crate::events::{EPOCH, Model, account, event, events};

/// Runs the contract of a log that outlives its process; each call of `open` must open the same
/// log again, which is empty at first. The handle from the call before has been dropped by then.
///
/// # Panics
/// If the log breaks a promise, with the promise's name.
pub fn log_restart_contract(open: &mut dyn FnMut() -> Box<dyn Log>) {
    let mut model = Model::default();
    let streams = [Stream::System, account("a"), account("b")];
    for restart in 0..6_u64 {
        let mut log = open();
        model.assert_equals(log.as_ref(), "after a restart");
        let epoch = Epoch::new(EPOCH.get() * (restart + 1));
        for (index, stream) in (0..).zip(streams) {
            let first = 1 + restart * 100 + index * 10;
            let records = events(first..=first + restart);
            let expected = Version::new(model.version(stream));
            let append = Append { stream, expected, epoch, records: &records };
            let done = log.append(&append).expect("an append after a restart");
            assert_eq!(done, model.push(stream, &records));
        }
        model.assert_equals(log.as_ref(), "before a restart");
    }
    what_was_known_is_known_after_a_restart(open().as_mut(), &model);
}

fn what_was_known_is_known_after_a_restart(log: &mut dyn Log, model: &Model) {
    for old in &model.all {
        let records = [old.record.clone()];
        let (stream, expected, epoch) = (old.stream, Version::ZERO, Epoch::ZERO);
        let again = log.append(&Append { stream, expected, epoch, records: &records });
        let again = again.expect("a repetition after a restart");
        assert!(again.already, "a repeated batch is recognized after a restart");
        assert_eq!((again.position, again.version), (old.position, old.version));
    }
    let mut changed = event(1);
    changed.body.push(1);
    let (stream, expected) = (Stream::System, log.version(&Stream::System));
    let highest = Epoch::new(EPOCH.get() * 100);
    let refused = log.append(&Append { stream, expected, epoch: highest, records: &[changed] });
    assert!(matches!(refused, Err(AppendError::IdReused { .. })), "{refused:?}");
    let records = [event(7_777)];
    let refused = log.append(&Append { stream, expected, epoch: EPOCH, records: &records });
    assert!(matches!(refused, Err(AppendError::Fenced { .. })), "epochs outlive: {refused:?}");
    assert_eq!(log.head(), Position::new(model.head()), "nothing of this was stored");
}
