//! Reading without a lock, beside a writer and after one.

use std::ops::ControlFlow;

use gatefold_core::record::{Log, Position};
use gatefold_log::LogReader;
use gatefold_sim::disk::SimDisk;

use crate::kit::{ROOMY, SMALL, append, closed_after, history, killed_after, open, read_only_head};

#[test]
fn beside_a_writer_a_group_is_read_once_a_later_one_proves_it() {
    let disk = SimDisk::default();
    let mut log = open(&disk).unwrap();
    let mut proven = 0;
    for batch in &history(12) {
        assert_eq!(read_only_head(&disk), proven);
        proven = log.head().get();
        append(&mut log, batch).unwrap();
    }
    assert_eq!(read_only_head(&disk), proven);
    log.close().unwrap();
    assert_eq!(
        read_only_head(&disk),
        history(12).iter().map(|it| it.records.len() as u64).sum::<u64>()
    );
}

#[test]
fn after_a_writer_everything_is_read_however_it_ended() {
    let batches = history(12);
    let events = batches.iter().map(|batch| batch.records.len()).sum::<usize>();
    for disk in [killed_after(&batches, SMALL), closed_after(&batches, SMALL)] {
        let before: Vec<_> = disk.paths().iter().map(|path| disk.bytes(path)).collect();
        let reader = LogReader::open_on(disk.clone()).unwrap();
        assert!(!reader.has_torn_tail());
        assert_eq!(reader.version(&batches[0].stream).get(), 4);
        let mut positions = Vec::new();
        let read = reader.read(Position::new(2), &mut |entry| {
            positions.push(entry.position.get());
            ControlFlow::Continue(())
        });
        read.unwrap();
        let expected: Vec<u64> = (3..=u64::try_from(events).unwrap()).collect();
        assert_eq!(positions, expected);
        let after: Vec<_> = disk.paths().iter().map(|path| disk.bytes(path)).collect();
        assert_eq!(before, after, "a reader changes nothing");
    }
}

#[test]
fn a_torn_tail_is_no_end_for_a_reader_and_it_says_so() {
    let batches = history(5);
    let disk = killed_after(&batches, ROOMY);
    let path = "log/00000000000000000001.gfl";
    let bytes = disk.bytes(path).unwrap();
    let last = (0..bytes.len()).step_by(4_096).rfind(|at| bytes[*at..*at + 4] == *b"GRP1");
    disk.tamper(path, |bytes| bytes[last.unwrap() + 100] ^= 1);
    let reader = LogReader::open_on(disk).unwrap();
    assert!(reader.has_torn_tail());
    assert_eq!(reader.head().get(), 1 + 2 + 3 + 1);
}

#[test]
fn a_reader_sees_more_after_it_is_refreshed() {
    let batches = history(12);
    let disk = SimDisk::default();
    let mut log = open(&disk).unwrap();
    append(&mut log, &batches[0]).unwrap();
    let mut reader = LogReader::open_on(disk).unwrap();
    for batch in &batches[1..] {
        append(&mut log, batch).unwrap();
    }
    assert_eq!(reader.head(), Position::ZERO);
    reader.refresh().unwrap();
    let unproven = u64::try_from(batches[11].records.len()).unwrap();
    assert_eq!(reader.head().get(), log.head().get() - unproven);
}
