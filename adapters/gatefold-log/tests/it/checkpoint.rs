//! Checkpoints that somebody made up, or that would be of another log than this one: they are not
//! left, and not gone on from; and the ids that a checkpoint keeps.

use gatefold_core::record::{AppendError, Log as _, Position, Version};
use gatefold_core::vocabulary::EventId;
use gatefold_log::{Anchor, EmbeddedLog, LogReader, OpenError, Options, Snapshots};
use gatefold_sim::disk::{Keep, SimDisk};

use crate::forged::{chain, frames};
use crate::kit::{Batch, append, assert_prefix, groups, history, options, short_history};
use crate::resume::{CHECKPOINT, SEGMENT, WIDE, killed, save};

/// A checkpoint of more bytes is not read.
const CHECKPOINT_BYTES_MAX: u64 = 536_870_912;
/// Where its footer begins, and the footer's first stream.
const FOOTER: usize = 160;
const STREAM: usize = FOOTER + 80;

/// A log that is opened from a checkpoint in its second segment.
fn in_a_later_segment(history: &[Batch], segment: Options) -> SimDisk {
    let resumed = |disk: &SimDisk| {
        let (_, report) = EmbeddedLog::open_on(disk.copy(), segment).unwrap();
        report.resumed && report.segments > 1
    };
    let mut disks =
        (8..history.len() - 2).map(|saved| killed(&history[..saved + 2], saved, segment));
    disks.find(resumed).unwrap()
}

#[test]
fn a_checkpoint_that_was_made_up_is_not_gone_on_from() {
    let (history, segment) = (history(40), options(24 * 4_096));
    let disk = in_a_later_segment(&history, segment);
    let (plain, _) = {
        let without = disk.copy();
        without.remove(CHECKPOINT);
        EmbeddedLog::open_on(without, segment).unwrap()
    };
    let another = Some("another log");
    let elsewhere = Some("another history");
    let cases: &[(&str, usize, i64, Option<&str>)] = &[
        ("its log", 8, 1, another),
        // It is of no segment that is written to.
        ("its segment's salt", 24, 1, None),
        ("where its segment begins", FOOTER + 8, -1, None),
        ("its group's place", 32, 4_096, elsewhere),
        ("its group's number", 40, 1, elsewhere),
        ("the position before it", 48, 1, elsewhere),
        ("the chain before it", 56, 1, elsewhere),
        ("the chain", 88, 1, elsewhere),
        ("the last position", FOOTER + 16, 1, elsewhere),
        ("a stream's name", STREAM + 48, 1, Some("name is impossible")),
    ];
    for (what, at, by, aside) in cases {
        let forged = disk.copy();
        forged.tamper(CHECKPOINT, |bytes| {
            let number = i64::from_le_bytes(bytes[*at..at + 8].try_into().unwrap());
            bytes[*at..at + 8].copy_from_slice(&number.wrapping_add(*by).to_le_bytes());
            let end = bytes.len() - 32;
            let sum = blake3::hash(&bytes[..end]);
            bytes[end..].copy_from_slice(sum.as_bytes());
        });
        let (log, report) = EmbeddedLog::open_on(forged, segment).unwrap();
        assert!(!report.resumed, "{what}");
        match (aside, &report.left_aside) {
            (None, None) => (),
            (Some(reason), Some(said)) => assert!(said.contains(reason), "{what}: {said}"),
            (expected, said) => panic!("{what}: {expected:?}, but {said:?}"),
        }
        assert_eq!(log.digest().0, plain.digest().0, "{what}");
        assert_prefix(&log, &history, 0, what);
    }
}

#[test]
fn a_checkpoint_longer_than_any_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let (log, _) = EmbeddedLog::open(folder.path(), options(WIDE)).unwrap();
    log.close().unwrap();
    let file = std::fs::File::create(folder.path().join(CHECKPOINT)).unwrap();
    file.set_len(CHECKPOINT_BYTES_MAX + 1).unwrap();
    let (_, report) = EmbeddedLog::open(folder.path(), options(WIDE)).unwrap();
    let said = report.left_aside.unwrap();
    assert!(said.contains("longer than any"), "{said}");
}

#[test]
fn a_checkpoint_that_was_left_is_there_after_a_loss_of_power() {
    let disk = killed(&history(12), 0, options(WIDE));
    // Somebody was interrupted at a longer one.
    disk.tamper("index/checkpoint.new", |bytes| bytes.resize(100_000, 7));
    save(&disk);
    for keep in [Keep::Nothing, Keep::Names, Keep::Contents] {
        let after = disk.copy().lost_power(keep);
        let (_, report) = EmbeddedLog::open_on(after, options(WIDE)).unwrap();
        assert!(report.resumed, "{keep:?}: {report:?}");
    }
}

#[test]
fn an_anchor_of_another_history_leaves_no_checkpoint() {
    let disk = killed(&history(12), 0, options(WIDE));
    let anchor = LogReader::open_on(disk.clone()).unwrap().anchor();
    let mut digest = anchor.digest;
    digest[5] ^= 1;
    let position = anchor.position.next();
    for wrong in [Anchor { digest, ..anchor }, Anchor { position, ..anchor }] {
        let snapshots = Snapshots::open_on(disk.clone()).unwrap();
        assert_eq!(snapshots.save(&wrong, &[]), Ok(vec![]));
        assert!(disk.bytes(CHECKPOINT).is_none(), "{wrong:?}");
    }
    save(&disk);
    assert!(disk.bytes(CHECKPOINT).is_some());
}

#[test]
fn a_checkpoint_hides_no_event_that_is_there_twice() {
    let disk = killed(&short_history(9), 0, options(WIDE));
    // In the sixth batch; its stream goes on behind it, and had events before.
    disk.tamper(SEGMENT, |bytes| {
        let found = frames(bytes, groups(bytes)[6]);
        assert_eq!(found.len(), 3);
        bytes.copy_within(found[0] + 32..found[0] + 48, found[2] + 32);
        chain(bytes);
    });
    save(&disk);
    let opened = EmbeddedLog::open_on(disk, options(WIDE));
    assert!(matches!(opened, Err(OpenError::Corrupt(_))), "{opened:?}");
}

/// The same batch with other ids.
fn renamed(batch: &Batch, expected: Version, id: impl Fn(EventId) -> u128) -> Batch {
    let mut batch = Batch { expected, ..batch.clone() };
    for record in &mut batch.records {
        record.id = EventId::from_raw(id(record.id));
    }
    batch
}

#[test]
fn two_events_before_a_checkpoint_whose_ids_end_alike_are_told_apart() {
    let mut history = history(12);
    let (first, second) = (history[3].clone(), &history[6]);
    assert_eq!((first.records.len(), second.records.len()), (1, 1));
    let alike = first.records[0].id.raw() | 1 << 100;
    history[6] = renamed(second, second.expected, |_| alike);
    let disk = killed(&history, 12, options(WIDE));
    let (mut log, report) = EmbeddedLog::open_on(disk, options(WIDE)).unwrap();
    assert!(report.resumed);
    for batch in &history {
        assert!(append(&mut log, batch).unwrap().already, "{batch:?}");
    }
    let third = renamed(&first, log.version(&first.stream), |id| id.raw() | 1 << 101);
    assert!(!append(&mut log, &third).unwrap().already, "it ends like both, and is neither");
}

#[test]
fn a_damaged_event_before_a_checkpoint_is_neither_there_nor_new() {
    let history = short_history(12);
    let disk = killed(&history, 12, options(WIDE));
    // The group of the epoch comes first.
    let (damaged, later) = (&history[6], &history[9]);
    let (offset, used) = groups(&disk.bytes(SEGMENT).unwrap())[7];
    disk.tamper(SEGMENT, |bytes| bytes[offset + used - 1] ^= 1);
    let (mut log, report) = EmbeddedLog::open_on(disk, options(WIDE)).unwrap();
    assert!(report.resumed);
    assert!(append(&mut log, later).unwrap().already, "it is sound");
    let fresh = renamed(later, log.version(&later.stream), |_| 2);
    let fresh = append(&mut log, &fresh).unwrap();
    assert!(!fresh.already && fresh.position > Position::ZERO, "what is damaged is not its matter");
    let refused = append(&mut log, damaged);
    assert!(matches!(refused, Err(AppendError::Poisoned { .. })), "{refused:?}");
}
