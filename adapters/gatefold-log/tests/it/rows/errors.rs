//! Rows 11, 12 and 13: errors of the disk, at every call.

use std::ops::ControlFlow;

use gatefold_core::record::{AppendError, Log, Position, ReadError};
use gatefold_log::{EmbeddedLog, LogReader, OpenError};
use gatefold_sim::disk::{Faults, Keep, SimDisk};

use crate::kit::{
    Batch, append, append_while_possible, assert_goes_on, assert_prefix, closed_after, history,
    killed_after, open, options, short_history,
};

/// Appends a history on a failing disk; returns how many batches were acknowledged. After the first
/// answer that is not an acknowledgement the log may not take anything more.
fn append_on(disk: &SimDisk, batches: &[Batch], when: &str) -> usize {
    let mut log = match open(disk) {
        Ok(log) => log,
        Err(OpenError::Io { .. } | OpenError::Full { .. }) => return 0,
        Err(other) => panic!("{when}: {other}"),
    };
    for (index, batch) in batches.iter().enumerate() {
        match append(&mut log, batch) {
            Ok(done) => assert!(!done.already, "{when}"),
            Err(AppendError::Indeterminate { .. } | AppendError::Poisoned { .. }) => {
                for batch in &batches[index..] {
                    let answer = append(&mut log, batch);
                    assert!(matches!(answer, Err(AppendError::Poisoned { .. })), "{when}");
                }
                assert!(log.close().is_err(), "{when}: a poisoned log is not closed cleanly");
                return index;
            }
            Err(other) => panic!("{when}: {other}"),
        }
    }
    drop(log);
    batches.len()
}

#[test]
fn row_11_an_error_of_any_change_poisons_and_nothing_acknowledged_is_lost() {
    let batches = short_history(10);
    let rehearsal = SimDisk::default();
    append_while_possible(&rehearsal, &batches);
    for change in 1..=rehearsal.counts().changes {
        for forever in [false, true] {
            let disk = SimDisk::default();
            let change_fails_at = Some(change);
            disk.set_faults(Faults { change_fails_at, forever, ..Faults::default() });
            let when = format!("change {change} fails, forever: {forever}");
            let acknowledged = append_on(&disk, &batches, &when);
            // The process ends and another one opens; then the power is lost.
            for keep in [Keep::Nothing, Keep::Everything, Keep::Some(change)] {
                let disk = disk.copy();
                drop(open(&disk));
                let disk = disk.lost_power(keep);
                assert_goes_on(&disk, &batches, acknowledged, &format!("{when}, {keep:?}"));
            }
        }
    }
}

#[test]
fn row_11_an_error_of_any_look_at_the_disk_loses_nothing() {
    let batches = short_history(10);
    let rehearsal = SimDisk::default();
    append_while_possible(&rehearsal, &batches);
    let looks = rehearsal.counts().looks;
    assert!(looks > 5, "{looks}");
    for look in 1..=looks {
        let disk = SimDisk::default();
        disk.set_faults(Faults { look_fails_at: Some(look), ..Faults::default() });
        let when = format!("look {look} fails");
        let acknowledged = append_on(&disk, &batches, &when);
        assert_goes_on(&disk.lost_power(Keep::Some(look)), &batches, acknowledged, &when);
    }
    let closed = closed_after(&batches, options(8 * 4_096));
    let rehearsal = closed.copy();
    drop(open(&rehearsal).unwrap());
    for look in 1..=rehearsal.counts().looks {
        let disk = closed.copy();
        disk.set_faults(Faults { look_fails_at: Some(look), ..Faults::default() });
        let when = format!("look {look} fails when a log is opened again");
        match open(&disk) {
            Ok(log) => assert_eq!(assert_prefix(&log, &batches, batches.len(), &when), 10),
            Err(OpenError::Io { .. }) => (),
            Err(other) => panic!("{when}: {other}"),
        }
        assert_goes_on(&disk.killed(), &batches, batches.len(), &when);
    }
}

#[test]
fn row_12_space_that_ends_and_comes_back_costs_nothing() {
    let batches = history(12);
    let rehearsal = SimDisk::default();
    append_while_possible(&rehearsal, &batches);
    for write in 1..=rehearsal.counts().writes {
        let disk = SimDisk::default();
        let no_space_at = Some(write);
        disk.set_faults(Faults { no_space_at, forever: true, ..Faults::default() });
        let when = format!("full from write {write} on");
        let Ok(mut log) = open(&disk) else { continue };
        let stored = batches.iter().take_while(|batch| append(&mut log, batch).is_ok()).count();
        let refusal = batches.get(stored).map(|batch| append(&mut log, batch));
        // While there is no space the log is readable, for the writer and beside it.
        assert_eq!(assert_prefix(&log, &batches, stored, &when), stored, "nothing half-visible");
        let beside = LogReader::open_on(disk.clone()).map(|reader| reader.head());
        assert!(beside.is_ok_and(|head| head <= log.head()), "{when}");
        disk.set_faults(Faults::default());
        match refusal {
            Some(Err(AppendError::Full { .. })) => {
                for batch in &batches[stored..] {
                    let done = append(&mut log, batch);
                    assert!(!done.unwrap_or_else(|error| panic!("{when}: {error}")).already);
                }
                drop(log);
                assert_goes_on(&disk.killed(), &batches, batches.len(), &when);
            }
            Some(Err(AppendError::Indeterminate { .. } | AppendError::Poisoned { .. })) | None => {
                drop(log);
                assert_goes_on(&disk.killed(), &batches, stored, &when);
            }
            Some(other) => panic!("{when}: {other:?}"),
        }
    }
}

/// A roll begins for a batch that does not fit, finds no space, and shorter ones still fit.
#[test]
fn row_12_a_roll_without_space_stays_without_trace() {
    let large = |batches: &mut [Batch], at: usize| {
        batches[at].records[0].body = vec![9; 9_000];
    };
    let mut batches = short_history(24);
    large(&mut batches, 4);
    let (begun, small) = (4, options(8 * 4_096));
    for write in 1..=6 {
        // How many of the shorter batches come before the large one is tried again, and how the
        // process ends between them.
        for later in 1..=5 {
            for killed in [false, true] {
                let when = format!("write {write}, {later} shorter ones, killed: {killed}");
                let disk = SimDisk::default();
                let (mut log, _) = EmbeddedLog::open_on(disk.clone(), small).unwrap();
                for batch in &batches[..begun] {
                    append(&mut log, batch).unwrap();
                }
                disk.set_faults(Faults { no_space_at: Some(write), ..Faults::default() });
                let refused = append(&mut log, &batches[begun]);
                if !matches!(refused, Err(AppendError::Full { .. })) {
                    continue;
                }
                disk.set_faults(Faults::default());
                let mut history = batches[..begun].to_vec();
                let others = batches[begun + 1..].iter();
                let others = others.filter(|batch| batch.stream != batches[begun].stream);
                for batch in others.take(later) {
                    append(&mut log, batch).unwrap_or_else(|error| panic!("{when}: {error}"));
                    history.push(batch.clone());
                }
                let disk = if killed { disk.lost_power(Keep::Some(write)) } else { disk };
                drop(log);
                let copy = disk.copy();
                assert_goes_on(&copy, &history, history.len(), &when);
                let mut log = open(&disk).unwrap_or_else(|error| panic!("{when}: {error}"));
                let done = append(&mut log, &batches[begun]);
                assert!(!done.unwrap_or_else(|error| panic!("{when}: {error}")).already);
                history.push(batches[begun].clone());
                drop(log);
                assert_goes_on(&disk, &history, history.len(), &when);
            }
        }
    }
}

/// Reads everything; returns how many events were seen before the reading ended, and how.
fn events(reader: &LogReader<SimDisk>) -> (u64, Result<(), ReadError>) {
    let mut seen = 0;
    let ended = reader.read(Position::ZERO, &mut |_| {
        seen += 1;
        ControlFlow::Continue(())
    });
    (seen, ended)
}

#[test]
fn row_13_a_read_that_fails_or_ends_early_is_never_the_end_of_the_log() {
    let batches = history(12);
    let all = batches.iter().map(|batch| u64::try_from(batch.records.len()).unwrap()).sum::<u64>();
    let closed = closed_after(&batches, options(8 * 4_096));
    let rehearsal = closed.copy();
    let reader = LogReader::open_on(rehearsal.clone()).unwrap();
    assert_eq!(events(&reader).0, all);
    let reads = rehearsal.counts().reads;
    assert!(reads > 8, "{reads}");
    for read in 1..=reads {
        for forever in [false, true] {
            let error = Faults { read_fails_at: Some(read), forever, ..Faults::default() };
            let short = Faults { short_read_at: Some(read), forever, ..Faults::default() };
            for (faults, fails) in [(error, true), (short, false)] {
                let disk = closed.copy();
                disk.set_faults(faults);
                let when = format!("{faults:?}");
                match LogReader::open_on(disk.clone()) {
                    Err(OpenError::Io { .. }) => (),
                    Err(other) => assert!(!fails, "{when}: {other}"),
                    Ok(reader) => {
                        let (seen, ended) = events(&reader);
                        let complete = seen == all && !reader.has_torn_tail();
                        assert!(ended.is_err() || complete, "{when}: {seen} of {all} events");
                        let io = matches!(ended, Ok(()) | Err(ReadError::Io { .. }));
                        assert!(io || !fails, "{when}: {ended:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn row_13_a_read_that_ends_early_when_a_log_is_opened_cuts_nothing() {
    let batches = history(12);
    for whole in
        [closed_after(&batches, options(8 * 4_096)), killed_after(&batches, options(8 * 4_096))]
    {
        let rehearsal = whole.copy();
        drop(open(&rehearsal).unwrap());
        for read in 1..=rehearsal.counts().reads {
            let disk = whole.copy();
            disk.set_faults(Faults { short_read_at: Some(read), ..Faults::default() });
            drop(open(&disk));
            let when = format!("short read {read}");
            assert_goes_on(&disk.killed(), &batches, batches.len(), &when);
        }
    }
}
