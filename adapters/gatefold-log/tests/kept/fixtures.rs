//! Logs of every version that was released, and of this one until it is: what they held is what is
//! read from them.

use std::fs;
use std::path::{Path, PathBuf};

use gatefold_core::record::{Append, Log, Position, Record, Stream};
use gatefold_core::vocabulary::{EventId, Timestamp};
use gatefold_log::{EmbeddedLog, LogReader, Options, Verdict, VerifyOptions, verify};

use crate::making::copy;
use crate::text;

/// Every log that is kept.
pub(crate) fn kept() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let entries = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path());
    let mut kept: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    kept.sort();
    assert!(kept.len() >= 6, "{kept:?}");
    kept
}

#[test]
fn every_kept_log_is_read_as_it_was_written() {
    for kept in kept() {
        let expected = fs::read_to_string(kept.join("expected.jsonl")).unwrap();
        assert_eq!(text::whole(&kept.join("log")), expected, "{}", kept.display());
        let verified = verify(&kept.join("log"), &VerifyOptions::default(), &|_, _| ()).unwrap();
        let torn = kept.ends_with("v1-torn");
        let verdict = if torn { Verdict::TornTail } else { Verdict::Sound };
        assert_eq!((verified.verdict, verified.damages), (verdict, Vec::new()));
    }
}

#[test]
fn every_kept_log_is_opened_and_goes_on() {
    for kept in kept() {
        let scratch = tempfile::tempdir().unwrap();
        copy(&kept.join("log"), scratch.path());
        let expected = fs::read_to_string(kept.join("expected.jsonl")).unwrap();
        let events = expected.lines().filter(|line| !line.starts_with(r#"{"head""#)).count();
        let (mut log, report) = EmbeddedLog::open(scratch.path(), Options::default()).unwrap();
        let named = |part: &str| kept.to_string_lossy().contains(part);
        assert_eq!(report.torn.is_some(), named("torn"), "{}", kept.display());
        assert_eq!(report.clean, !named("torn") && !named("unclean"), "{}", kept.display());
        assert_eq!(report.head, Position::new(u64::try_from(events).unwrap()));
        let record = Record {
            id: EventId::from_raw(u128::MAX),
            tag: 1,
            schema: 1,
            at: Timestamp::EPOCH,
            body: b"one more".to_vec(),
        };
        let (stream, epoch) = (Stream::System, log.epoch());
        let expected_version = log.version(&stream);
        let records = [record];
        let append = Append { stream, expected: expected_version, epoch, records: &records };
        assert_eq!(log.append(&append).unwrap().position, report.head.next());
        log.close().unwrap();
        let after = text::events(&LogReader::open(scratch.path()).unwrap());
        let before: Vec<&str> = expected.lines().take(events).collect();
        assert_eq!(after.lines().take(events).collect::<Vec<_>>(), before);
        assert_eq!(after.lines().count(), events + 1);
    }
}
