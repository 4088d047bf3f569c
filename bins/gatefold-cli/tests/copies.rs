//! The built `gatefold` backs a log up, restores it and archives its segments, and says by exit code
//! and text what it refuses.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use gatefold::core::record::{Append, Log, Record, Stream};
use gatefold::core::vocabulary::{EventId, Timestamp};
use gatefold::log::{EmbeddedLog, LogReader, Options, SEGMENT_BYTES_MIN};
use serde_json::Value;

/// A folder with a log of small segments in it.
struct Folder(tempfile::TempDir);

impl Folder {
    fn with_events(count: u64) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.append(count);
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn append(&self, count: u64) {
        let options = Options { segment_bytes: SEGMENT_BYTES_MIN, idle_seal: None };
        let (mut log, _) = EmbeddedLog::open(&self.path("LOG"), options).unwrap();
        for _ in 0..count {
            let expected = log.version(&Stream::System);
            let id = EventId::from_raw(u128::from(expected.get()) + 1);
            let record =
                Record { id, tag: 1, schema: 1, at: Timestamp::EPOCH, body: vec![7; 2_000] };
            let epoch = log.epoch();
            let records = &[record];
            log.append(&Append { stream: Stream::System, expected, epoch, records }).unwrap();
        }
        log.close().unwrap();
    }

    /// Words in capitals are paths in the folder.
    fn ask(&self, question: &str) -> Output {
        let words = question.split_whitespace().map(|word| {
            let is_path = word.len() > 1 && word.chars().all(|it| it.is_ascii_uppercase());
            if is_path { self.path(word) } else { PathBuf::from(word) }
        });
        Command::new(env!("CARGO_BIN_EXE_gatefold")).arg("log").args(words).output().unwrap()
    }

    /// The JSON of an answer that must be a yes.
    fn json(&self, question: &str) -> Value {
        let output = self.ask(&format!("{question} --json"));
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), err.as_str()), (Some(0), ""), "{question}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// The complaint of a command that must end with this code.
    fn refused(&self, question: &str, code: i32) -> String {
        let output = self.ask(question);
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{question}: {err}");
        err
    }
}

fn head(directory: &Path) -> u64 {
    LogReader::open(directory).unwrap().head().get()
}

#[test]
fn a_log_is_backed_up_archived_backed_up_again_and_restored() {
    let folder = Folder::with_events(40);
    let first = folder.json("backup --log LOG --to BACKUP");
    assert_eq!((&first["position"], &first["torn_tail"]), (&40.into(), &false.into()));
    let files = first["files"].as_u64().unwrap();
    let length = |list: &Value| u64::try_from(list.as_array().unwrap().len()).unwrap();
    assert_eq!(length(&first["copied"]) + 1, files, "all but FORMAT");

    folder.append(30);
    let archived = folder.json("archive --log LOG --keep 1");
    let archived = archived["archived"].as_array().unwrap();
    assert!(archived.len() >= 4, "{archived:?}");
    for segment in archived {
        assert!(segment["archive_bytes"].as_u64() < segment["plain_bytes"].as_u64(), "{segment}");
    }
    assert_eq!(head(&folder.path("LOG")), 70);

    let second = folder.json("backup --log LOG --to BACKUP --deep");
    assert_eq!((&second["position"], &second["renewed"]), (&70.into(), &Value::Array(vec![])));
    assert!(length(&second["copied"]) < second["files"].as_u64().unwrap() - 1);

    let restored = folder.json("restore BACKUP --to RESTORED --expect-head 70");
    assert_eq!((&restored["anchor"], &restored["already"]), (&second["anchor"], &false.into()));
    assert_eq!(head(&folder.path("RESTORED")), 70);
    let again = folder.ask("restore BACKUP --to RESTORED");
    let text = String::from_utf8(again.stdout).unwrap();
    assert!(text.contains("was there already, up to position 70"), "{text}");
    assert!(text.ends_with(&format!("{}\n", second["anchor"].as_str().unwrap())), "{text}");
}

#[test]
fn what_does_not_fit_is_refused_with_its_reason() {
    let folder = Folder::with_events(20);
    folder.json("backup --log LOG --to BACKUP");
    folder.json("restore BACKUP --to OLD");
    folder.append(5);
    folder.json("backup --log LOG --to BACKUP");
    let err = folder.refused("backup --log OLD --to BACKUP", 1);
    assert!(err.contains("rolled back") && err.contains("position 25"), "{err}");
    let err = folder.refused("backup --log LOG --to OLD", 1);
    assert!(err.contains("is no backup: name an empty or a new directory"), "{err}");
    let err = folder.refused("restore BACKUP --to THERE --expect-head 24", 1);
    assert!(err.contains("expected was position 24"), "{err}");
    assert!(!folder.path("THERE").join("FORMAT").exists());
    let err = folder.refused("restore BACKUP --to THERE --expect-head x", 2);
    assert!(err.contains("no position, and not an anchor"), "{err}");
    let err = folder.refused("restore BACKUP --to LOG", 1);
    assert!(err.contains("restore to an empty or a new directory"), "{err}");
    let err = folder.refused("restore LOG --to THERE", 2);
    assert!(err.contains("no finished backup"), "{err}");
    let err = folder.refused("backup --log NOWHERE --to OTHER", 2);
    assert!(err.contains("NOWHERE is no log"), "{err}");
    folder.refused("archive --log LOG", 2);
    let err = folder.refused("archive --log BACKUP --keep 0", 2);
    assert!(err.contains("it is a backup"), "{err}");

    let path = folder.path("BACKUP").join("log/00000000000000000001.gfl");
    let mut bytes = fs::read(&path).unwrap();
    bytes[5_000] ^= 1;
    fs::write(&path, bytes).unwrap();
    let err = folder.refused("restore BACKUP --to THERE", 1);
    assert!(err.contains("log/00000000000000000001.gfl at offset 4096"), "{err}");
    let renewed = folder.json("backup --log LOG --to BACKUP --deep");
    assert_eq!(renewed["renewed"][0], "log/00000000000000000001.gfl");
    folder.json("restore BACKUP --to THERE");
}

#[test]
fn links_are_made_where_they_are_asked_for() {
    let folder = Folder::with_events(40);
    let made = folder.json("backup --log LOG --to BACKUP --link");
    assert_eq!(made["position"], 40);
    let output = folder.ask("backup --log LOG --to BACKUP --link");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("up to position 40") && text.contains("linked or copied"), "{text}");
}
