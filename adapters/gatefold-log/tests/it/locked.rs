//! One writer at most, in a directory that is a log.

use std::fs;

use gatefold_log::{EmbeddedLog, LogReader, OpenError, Options};

#[test]
fn a_second_writer_is_told_who_writes() {
    let directory = tempfile::tempdir().unwrap();
    let (log, _) = EmbeddedLog::open(directory.path(), Options::default()).unwrap();
    match EmbeddedLog::open(directory.path(), Options::default()) {
        Err(OpenError::LockedByOther { directory: named, holder }) => {
            assert_eq!(named, directory.path().display().to_string());
            assert_eq!(holder, format!("process {}", std::process::id()));
        }
        other => panic!("{other:?}"),
    }
    drop(log);
    let (_, report) = EmbeddedLog::open(directory.path(), Options::default()).unwrap();
    assert!(report.clean && !report.created, "{report}");
}

#[test]
fn every_writer_takes_a_higher_epoch() {
    let directory = tempfile::tempdir().unwrap();
    for expected in 1..=3 {
        let (log, report) = EmbeddedLog::open(directory.path(), Options::default()).unwrap();
        assert_eq!((log.epoch(), log.epoch().get()), (report.epoch, expected));
    }
}

#[test]
fn a_directory_that_is_something_else_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("letters.txt"), "dear").unwrap();
    match EmbeddedLog::open(directory.path(), Options::default()) {
        Err(OpenError::NotALog { directory: named, detail }) => {
            assert_eq!(named, directory.path().display().to_string());
            assert!(detail.contains("letters.txt"), "{detail}");
        }
        other => panic!("{other:?}"),
    }
    let names: Vec<_> = fs::read_dir(directory.path()).unwrap().collect();
    assert_eq!(names.len(), 1, "nothing was written");
    let file = directory.path().join("letters.txt");
    assert!(EmbeddedLog::open(&file, Options::default()).is_err());
    assert!(matches!(LogReader::open(directory.path()), Err(OpenError::NotALog { .. })));
    let missing = directory.path().join("missing");
    assert!(matches!(LogReader::open(&missing), Err(OpenError::NotALog { .. })));
    assert!(!missing.exists(), "a reader makes nothing");
}

#[test]
fn a_new_log_is_small_on_the_disk() {
    use std::os::unix::fs::MetadataExt as _;
    let directory = tempfile::tempdir().unwrap();
    let nested = directory.path().join("a/b");
    let (_log, _) = EmbeddedLog::open(&nested, Options::default()).unwrap();
    let segment = nested.join("log/00000000000000000001.gfl");
    let blocks = fs::metadata(segment).unwrap().blocks();
    assert!(blocks * 512 < 3 * 1_048_576, "{blocks} blocks of 512 bytes");
}
