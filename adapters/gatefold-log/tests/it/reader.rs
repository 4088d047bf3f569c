//! Reading without a lock, beside a writer and after one.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};

use gatefold_core::record::disk::Disk as _;
use gatefold_core::record::{Log, Position};
use gatefold_log::{LogReader, OpenError};
use gatefold_sim::disk::{Keep, SimDisk};

use crate::damage::{BLOCK, FIRST};
use crate::forged::{add, finished, seal, segments, sum_header};
use crate::kit::{
    ROOMY, SMALL, append, closed_after, history, killed_after, last_group_unsynced, open,
    read_only_head, short_history,
};
use crate::tricky::{Act, Tricky};

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

#[test]
fn what_a_killed_writer_left_is_synced_before_it_is_read() {
    let disk = killed_after(&history(12), SMALL);
    last_group_unsynced(&disk);
    let head = read_only_head(&disk);
    assert_eq!(head, history(12).iter().map(|it| it.records.len() as u64).sum::<u64>());
    assert_eq!(read_only_head(&disk.lost_power(Keep::Nothing)), head);
}

#[test]
fn a_writer_that_begins_while_a_reader_looks_is_noticed() {
    let batches = history(12);
    let disk = killed_after(&batches, ROOMY);
    let (of_disk, taken) = (disk.clone(), Arc::new(Mutex::new(None)));
    let kept = Arc::clone(&taken);
    let tricky = Tricky::new(&disk, move |act, path| {
        if act == Act::Read && path.ends_with(".gfl") {
            kept.lock().unwrap().get_or_insert_with(|| of_disk.lock("LOCK").unwrap());
        }
        Ok(())
    });
    let events: u64 = batches[..11].iter().map(|it| it.records.len() as u64).sum();
    let head = LogReader::open_on(tricky).unwrap().head();
    assert!(taken.lock().unwrap().is_some());
    assert_eq!(head.get(), events, "the last group may be that writer's");
}

/// Where a log is damaged for a reader that is opened now.
fn damaged(disk: &SimDisk, what: &str) -> String {
    match LogReader::open_on(disk.clone()) {
        Err(OpenError::Corrupt(found)) => found.segment,
        opened => panic!("{what}: {:?}", opened.map(|reader| reader.head())),
    }
}

#[test]
fn a_reader_takes_no_footer_at_its_word_that_the_next_segment_does_not_repeat() {
    let (disk, footer) = finished();
    disk.tamper(FIRST, |bytes| {
        bytes[footer.0 + 70] ^= 1;
        seal(bytes, footer, None);
    });
    assert_eq!(damaged(&disk, "another digest"), FIRST);
}

#[test]
fn a_reader_misses_the_newest_segment() {
    let (disk, _) = finished();
    let mut paths = segments(&disk);
    disk.remove(&paths.pop().unwrap());
    assert_eq!(damaged(&disk, "without the newest"), *paths.last().unwrap());
}

#[test]
fn a_reader_refuses_a_last_segment_of_another_length() {
    let disk = killed_after(&short_history(5), ROOMY);
    let changes: [fn(&mut Vec<u8>); 2] =
        [|bytes| bytes.extend([0; BLOCK]), |bytes| bytes.truncate(bytes.len() - BLOCK)];
    for change in changes {
        let disk = disk.copy();
        disk.tamper(FIRST, change);
        assert_eq!(damaged(&disk, "another length"), FIRST);
    }
}

#[test]
fn segments_that_do_not_continue_each_other_are_not_read() {
    let disk = closed_after(&history(24), SMALL);
    let reader = LogReader::open_on(disk.clone()).unwrap();
    let second = &segments(&disk)[1];
    for field in [16, 32, 48, 64] {
        let before = disk.bytes(second).unwrap();
        disk.tamper(second, |bytes| {
            add(bytes, field, 1);
            sum_header(bytes);
        });
        let read = reader.read(Position::ZERO, &mut |_| ControlFlow::Continue(()));
        assert!(read.is_err(), "another header, at {field}");
        disk.tamper(second, |bytes| *bytes = before);
    }
    reader.read(Position::ZERO, &mut |_| ControlFlow::Continue(())).unwrap();
}
