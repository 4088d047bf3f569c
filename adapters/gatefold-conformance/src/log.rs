//! What every log must do while it is open.

use std::ops::ControlFlow;

use gatefold_core::record::{
    Append, AppendError, Appended, BATCH_BYTES_MAX, BATCH_EVENTS_MAX, EVENT_BYTES_MAX, Epoch, Log,
    Position, Stream, Version,
};

use crate::draw::Draw;
use crate::events::{EPOCH, Model, account, append, event, events, read_after, stored};

/// Runs the whole contract of [`Log`]; each call of `open` must give a new, empty log.
///
/// # Panics
/// If the log breaks a promise, with the promise's name.
pub fn log_contract(open: &mut dyn FnMut() -> Box<dyn Log>) {
    let promises: [fn(&mut dyn Log); 13] = [
        an_empty_log_is_empty,
        events_come_back_in_order_and_whole,
        versions_are_counted_per_stream,
        a_reader_may_begin_anywhere_and_stop_anywhere,
        a_stale_writer_is_told_the_version,
        a_repeated_batch_is_recognized,
        a_repeated_batch_is_recognized_whatever_else_is_wrong,
        an_id_has_one_meaning,
        part_of_a_batch_is_not_a_batch,
        a_lower_epoch_is_fenced,
        a_refused_append_changes_nothing,
        bounds_are_kept_and_can_be_reached,
        any_history_equals_the_model,
    ];
    for promise in promises {
        promise(open().as_mut());
    }
}

fn an_empty_log_is_empty(log: &mut dyn Log) {
    assert_eq!(log.head(), Position::ZERO, "an empty log's head");
    assert_eq!(log.version(&Stream::System), Version::ZERO, "an empty stream's version");
    assert_eq!(read_after(log, 0), [], "an empty log's events");
}

fn events_come_back_in_order_and_whole(log: &mut dyn Log) {
    let mut model = Model::default();
    for (first, last, name) in [(1, 3, "large"), (4, 4, "tiny"), (5, 9, "large")] {
        let (stream, records) = (account(name), events(first..=last));
        let done = append(log, stream, model.version(stream), &records);
        assert_eq!(done.expect("an append"), model.push(stream, &records));
        model.assert_equals(log, "after an append");
    }
}

fn versions_are_counted_per_stream(log: &mut dyn Log) {
    let streams = [Stream::System, account("a"), account("b"), account("a.b-c_D9")];
    for (round, number) in (0..3_u64).zip((0..).step_by(streams.len())) {
        for (offset, stream) in (1..).zip(streams) {
            let done = append(log, stream, round, &[event(number + offset)]);
            assert_eq!(done.expect("an append"), stored(number + offset, round + 1));
        }
    }
    let unknown = account("never-written");
    assert_eq!(log.version(&unknown), Version::ZERO, "a stream that was never written");
}

fn a_reader_may_begin_anywhere_and_stop_anywhere(log: &mut dyn Log) {
    append(log, Stream::System, 0, &events(1..=4)).expect("an append");
    append(log, account("a"), 0, &events(5..=8)).expect("an append");
    let all = read_after(log, 0);
    for after in 0..=10_u64 {
        let skipped = usize::try_from(after).unwrap_or(0).min(all.len());
        assert_eq!(read_after(log, after), all[skipped..], "after position {after}");
    }
    for wanted in 1..=8 {
        let mut visited = 0;
        let read = log.read(Position::ZERO, &mut |_| {
            visited += 1;
            if visited == wanted { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        read.expect("a reading that was stopped");
        assert_eq!(visited, wanted, "a visitor is not called after it said stop");
    }
}

fn a_stale_writer_is_told_the_version(log: &mut dyn Log) {
    append(log, account("a"), 0, &events(1..=3)).expect("an append");
    for wrong in [0, 2, 4, u64::MAX] {
        match append(log, account("a"), wrong, &[event(9)]) {
            Err(AppendError::WrongExpected { stream, expected, actual }) => {
                assert_eq!(stream, account("a"));
                assert_eq!((expected, actual), (Version::new(wrong), Version::new(3)));
            }
            other => panic!("expected version {wrong} of 3 was answered by {other:?}"),
        }
    }
    let other = append(log, account("b"), 3, &[event(9)]);
    assert!(matches!(other, Err(AppendError::WrongExpected { .. })), "{other:?}");
}

fn a_repeated_batch_is_recognized(log: &mut dyn Log) {
    append(log, account("a"), 0, &events(1..=2)).expect("an append");
    append(log, account("b"), 0, &events(3..=3)).expect("an append");
    append(log, account("a"), 2, &events(4..=5)).expect("an append");
    let cases = [("a", 1..=2, 2, 2), ("b", 3..=3, 3, 1), ("a", 4..=5, 5, 4)];
    for (name, numbers, position, version) in cases {
        let again = append(log, account(name), 0, &events(numbers)).expect("a repetition");
        assert_eq!(again, Appended { already: true, ..stored(position, version) });
    }
    assert_eq!(log.head(), Position::new(5), "a repetition stores nothing");
}

fn a_repeated_batch_is_recognized_whatever_else_is_wrong(log: &mut dyn Log) {
    append(log, account("a"), 0, &events(1..=2)).expect("an append");
    append(log, account("a"), 2, &events(3..=3)).expect("an append");
    let records = events(1..=2);
    for (expected, epoch) in [(9, EPOCH), (0, Epoch::ZERO), (7, Epoch::ZERO)] {
        let expected = Version::new(expected);
        let append = Append { stream: account("a"), expected, epoch, records: &records };
        let again = log.append(&append).expect("a repetition by an old writer");
        assert_eq!(again, Appended { already: true, ..stored(2, 2) });
    }
}

fn an_id_has_one_meaning(log: &mut dyn Log) {
    append(log, account("a"), 0, &events(1..=2)).expect("an append");
    let mut altered = Vec::new();
    for field in 0..4 {
        let mut records = events(1..=2);
        match field {
            0 => records[1].tag += 1,
            1 => records[1].schema += 1,
            2 => records[1].at = records[0].at,
            _ => records[1].body = vec![0xff; records[1].body.len()],
        }
        altered.push((account("a"), 2, records));
    }
    altered.push((account("b"), 0, events(1..=2)));
    altered.push((account("a"), 2, vec![event(2), event(1)]));
    altered.push((account("a"), 2, vec![event(1), event(1)]));
    altered.push((account("a"), 2, vec![event(7), event(7)]));
    for (stream, expected, records) in altered {
        let answer = append(log, stream, expected, &records);
        assert!(matches!(answer, Err(AppendError::IdReused { .. })), "{records:?}: {answer:?}");
    }
    assert_eq!(log.head(), Position::new(2), "a reused id stores nothing");
}

fn part_of_a_batch_is_not_a_batch(log: &mut dyn Log) {
    append(log, account("a"), 0, &events(1..=3)).expect("an append");
    for numbers in [3..=4, 2..=5] {
        let answer = append(log, account("a"), 3, &events(numbers.clone()));
        assert!(matches!(answer, Err(AppendError::IdReused { .. })), "{numbers:?}: {answer:?}");
    }
    for numbers in [1..=1, 2..=3, 1..=2] {
        let answer = append(log, account("a"), 3, &events(numbers)).expect("a whole part");
        assert!(answer.already, "consecutive events that are all there are there already");
    }
}

fn a_lower_epoch_is_fenced(log: &mut dyn Log) {
    let at = |log: &mut dyn Log, epoch: u64, expected: u64, number: u64| {
        let (stream, expected) = (account("a"), Version::new(expected));
        let epoch = Epoch::new(EPOCH.get() + epoch);
        log.append(&Append { stream, expected, epoch, records: &[event(number)] })
    };
    at(log, 0, 0, 1).expect("the first writer");
    at(log, 5, 1, 2).expect("the writer that takes over");
    // A wrong version is not looked at: who is fenced may not even decide again.
    for (epoch, expected) in [(0, 2), (4, 2), (4, 0)] {
        match at(log, epoch, expected, 3) {
            Err(AppendError::Fenced { actual, .. }) => {
                assert_eq!(actual, Epoch::new(EPOCH.get() + 5), "the epoch in force");
            }
            other => panic!("epoch {epoch} was answered by {other:?}"),
        }
    }
    at(log, 5, 2, 3).expect("the writer in force");
}

fn a_refused_append_changes_nothing(log: &mut dyn Log) {
    let mut model = Model::default();
    append(log, account("a"), 0, &events(1..=3)).expect("an append");
    model.push(account("a"), &events(1..=3));
    let refused = [
        append(log, account("a"), 1, &events(4..=5)),
        append(log, account("b"), 0, &events(3..=4)),
        append(log, account("a"), 3, &[]),
    ];
    assert!(refused.iter().all(Result::is_err), "{refused:?}");
    model.assert_equals(log, "after refusals");
    append(log, account("a"), 3, &events(4..=5)).expect("an append after refusals");
    model.push(account("a"), &events(4..=5));
    model.assert_equals(log, "after an append after refusals");
}

fn bounds_are_kept_and_can_be_reached(log: &mut dyn Log) {
    let with_body = |number: u64, length: usize| {
        let mut record = event(number);
        record.body = vec![7; length];
        record
    };
    let events_max = u64::try_from(BATCH_EVENTS_MAX).unwrap_or(0);
    let full = BATCH_BYTES_MAX / EVENT_BYTES_MAX;
    let largest = |count: usize| -> Vec<_> {
        (1..).take(count).map(|number| with_body(number, EVENT_BYTES_MAX)).collect()
    };
    let one_more = [largest(full), vec![with_body(999, 1)]].concat();
    let refused =
        [Vec::new(), events(1..=events_max + 1), vec![with_body(1, EVENT_BYTES_MAX + 1)], one_more];
    for records in refused {
        let answer = append(log, account("a"), 0, &records);
        let count = records.len();
        assert!(matches!(answer, Err(AppendError::OutOfBounds { .. })), "{count}: {answer:?}");
    }
    let done = append(log, account("a"), 0, &largest(full)).expect("the largest batch in bytes");
    let sixteen = u64::try_from(full).unwrap_or(0);
    assert_eq!(done, stored(sixteen, sixteen));
    let many = events(1_001..=1_000 + events_max);
    append(log, account("b"), 0, &many).expect("the largest batch in events");
    assert_eq!(read_after(log, sixteen).len(), BATCH_EVENTS_MAX, "all of it is read");
    let empty = with_body(9_999, 0);
    append(log, Stream::System, 0, &[empty]).expect("an event without a body");
}

/// Two hundred appends drawn by a fixed generator, a third of them wrong or repeated.
fn any_history_equals_the_model(log: &mut dyn Log) {
    let streams = [Stream::System, account("a"), account("b")];
    let mut model = Model::default();
    let mut draw = Draw::new();
    for round in 0..200 {
        let stream = streams[usize::try_from(draw.below(3)).unwrap_or(0)];
        let version = model.version(stream);
        let first = 10_000 + round * 10;
        let records = events(first..=first + draw.below(4));
        match draw.below(6) {
            0 if version > 0 => {
                let answer = append(log, stream, version - 1, &records);
                assert!(matches!(answer, Err(AppendError::WrongExpected { .. })), "{answer:?}");
            }
            1 if !model.all.is_empty() => {
                let index = usize::try_from(draw.below(model.head())).unwrap_or(0);
                let old = model.all[index].clone();
                let again = append(log, old.stream, 0, &[old.record]).expect("a repetition");
                assert_eq!((again.position, again.version), (old.position, old.version));
                assert!(again.already);
            }
            _ => {
                let done = append(log, stream, version, &records).expect("an append");
                assert_eq!(done, model.push(stream, &records));
            }
        }
    }
    model.assert_equals(log, "after a long history");
}
