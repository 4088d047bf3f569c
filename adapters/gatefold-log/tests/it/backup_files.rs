//! Backups of a log in a directory of the operating system: while a thread writes, and by links.

use std::ops::ControlFlow;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{fs, thread};

use gatefold_core::record::{Append, Log, Position, Record, Stream, Version};
use gatefold_core::vocabulary::{EventId, Timestamp};
use gatefold_log::{
    ArchiveWhich, BackupOptions, EmbeddedLog, LogReader, Options, SEGMENT_BYTES_MIN, archive,
    backup, hard_links, restore,
};

const SMALL: Options = Options { segment_bytes: SEGMENT_BYTES_MIN, ..Options::DEFAULT };

fn append_one(log: &mut EmbeddedLog, number: u64) {
    let record = Record {
        id: EventId::from_raw(u128::from(number) + 1),
        tag: 7,
        schema: 1,
        at: Timestamp::EPOCH,
        body: number.to_le_bytes().repeat(20),
    };
    let epoch = log.epoch();
    let expected = Version::new(number);
    let records = &[record];
    log.append(&Append { stream: Stream::System, expected, epoch, records }).unwrap();
}

/// The events of a log, which are the first of all that are ever appended.
fn assert_first(directory: &Path) -> u64 {
    let reader = LogReader::open(directory).unwrap();
    let mut next = 0_u64;
    let read = reader.read(Position::ZERO, &mut |entry| {
        assert_eq!(entry.body, next.to_le_bytes().repeat(20));
        next += 1;
        ControlFlow::Continue(())
    });
    read.unwrap();
    assert_eq!(next, reader.head().get());
    next
}

#[test]
fn backups_while_a_thread_appends_and_another_archives_are_prefixes_of_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let (dir, kept) = (folder.path().join("log"), folder.path().join("kept"));
    let (mut log, _) = EmbeddedLog::open(&dir, SMALL).unwrap();
    let done = AtomicBool::new(false);
    let mut heads = Vec::new();
    thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0..600 {
                append_one(&mut log, number);
            }
            done.store(true, Ordering::Release);
        });
        let mut turn = 0;
        while !done.load(Ordering::Acquire) || turn < 3 {
            let made = backup(&dir, &kept, &BackupOptions::default(), &mut |_| ()).unwrap();
            let to = folder.path().join(format!("restored-{turn}"));
            let restored = restore(&kept, &to, None, &mut |_| ()).unwrap();
            assert_eq!(restored.head, made.head);
            assert_eq!(assert_first(&to), made.head.position.get());
            heads.push(made.head.position.get());
            archive(&dir, ArchiveWhich::AllBut(2), &mut |_| ()).unwrap();
            turn += 1;
        }
    });
    drop(log);
    assert!(heads.is_sorted(), "{heads:?}");
    let made = backup(&dir, &kept, &BackupOptions::default(), &mut |_| ()).unwrap();
    assert_eq!(made.head.position.get(), 600);
    assert_eq!(assert_first(&kept), 600);
}

#[test]
fn links_take_no_space_and_are_never_made_of_the_segment_that_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let (dir, kept) = (folder.path().join("log"), folder.path().join("kept"));
    let (mut log, _) = EmbeddedLog::open(&dir, SMALL).unwrap();
    for number in 0..30 {
        append_one(&mut log, number);
    }
    let link = hard_links(&dir, &kept);
    let options = BackupOptions { deep: false, link: Some(&link) };
    backup(&dir, &kept, &options, &mut |_| ()).unwrap();
    let mut shared = Vec::new();
    for entry in fs::read_dir(dir.join("log")).unwrap() {
        let name = entry.unwrap().file_name();
        let inode = |of: &Path| fs::metadata(of.join("log").join(&name)).map(|it| it.ino()).ok();
        shared.push((name.clone(), inode(&dir) == inode(&kept)));
    }
    shared.sort();
    let (newest, finished) = shared.split_last().unwrap();
    assert!(finished.len() >= 3 && finished.iter().all(|(_, linked)| *linked), "{shared:?}");
    assert!(!newest.1, "{shared:?}");
    for number in 30..60 {
        append_one(&mut log, number);
    }
    drop(log);
    let to = folder.path().join("restored");
    restore(&kept, &to, None, &mut |_| ()).unwrap();
    let held = assert_first(&to);
    assert!(held >= 28, "what was written since is not in the backup: {held}");
    let (mut log, _) = EmbeddedLog::open(&to, SMALL).unwrap();
    for number in held..60 {
        append_one(&mut log, number);
    }
    drop(log);
    assert_eq!((assert_first(&to), assert_first(&dir)), (60, 60));
    assert_eq!(assert_first(&kept), held, "restoring makes copies");
}
