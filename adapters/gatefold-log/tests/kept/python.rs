//! The reader in `tests/reader/gfl.py`, which was written from `docs/log-format.md`: it says the
//! same of a log as ours, and sees what was changed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::fixtures::kept;
use crate::making::{FORKING, KINDS, Made, copy};

/// Asks the other reader about a log.
fn ask(log: &Path) -> Output {
    let reader = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reader/gfl.py");
    let _alone = FORKING.lock();
    let output = Command::new("python3").arg("-B").arg(reader).arg(log).output();
    output.unwrap_or_else(|error| {
        panic!("python3 cannot be started ({error}): install Python 3.9 or newer to run this test")
    })
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[track_caller]
fn assert_says(log: &Path, expected: &str, torn: bool) {
    let output = ask(log);
    let errors = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{}: {errors}", log.display());
    let said = text(&output.stdout);
    for (line, wanted) in said.lines().zip(expected.lines()) {
        assert_eq!(line, wanted, "{}", log.display());
    }
    assert_eq!(said.lines().count(), expected.lines().count());
    assert_eq!(errors.contains("torn tail"), torn, "{errors}");
}

#[test]
fn another_reader_says_the_same_of_fresh_logs() {
    let made = Made::all();
    for kind in KINDS {
        assert_says(&made.log(kind), &made.expected(kind), kind == "torn");
    }
}

#[test]
fn another_reader_says_the_same_of_kept_logs() {
    for kept in kept() {
        let expected = fs::read_to_string(kept.join("expected.jsonl")).unwrap();
        assert_says(&kept.join("log"), &expected, kept.ends_with("v1-torn"));
    }
}

#[test]
fn another_reader_reads_the_example_of_the_document() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/log-format.md");
    let page = fs::read_to_string(page).unwrap();
    let (_, example) = page.split_once("```text\nFORMAT\n\n").unwrap();
    let (format, rest) = example.split_once("\n\n").unwrap();
    let (dump, behind) = rest.split_once("```").unwrap();
    let scratch = tempfile::tempdir().unwrap();
    fs::create_dir(scratch.path().join("log")).unwrap();
    fs::write(scratch.path().join("FORMAT"), format!("{format}\n")).unwrap();
    let mut segment = vec![0; 32_768];
    for line in dump.lines() {
        let mut words = line.split_whitespace();
        let Some(Ok(mut at)) = words.next().map(str::parse::<usize>) else { continue };
        for pair in words.collect::<String>().as_bytes().chunks(2) {
            segment[at] = u8::from_str_radix(&text(pair), 16).unwrap();
            at += 1;
        }
    }
    let digest: String = segment[4_160..4_192].iter().map(|it| format!("{it:02x}")).collect();
    fs::write(scratch.path().join("log/00000000000000000001.gfl"), segment).unwrap();
    let event = behind.split("```json\n").nth(1).and_then(|it| it.lines().next()).unwrap();
    let head = format!(r#"{{"head":{{"position":1,"group":1,"digest":"{digest}"}}}}"#);
    assert_says(scratch.path(), &format!("{event}\n{head}\n"), false);
}

/// The segments of a log, in order.
fn segments(log: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(log.join("log")).unwrap().map(|entry| entry.unwrap().path());
    let mut segments: Vec<PathBuf> = entries.collect();
    segments.sort();
    segments
}

/// What the other reader says of a copy of a log with one bit changed.
fn changed(log: &Path, file: &str, offset: usize) -> Output {
    let scratch = tempfile::tempdir().unwrap();
    copy(log, scratch.path());
    let path = scratch.path().join(file);
    let mut bytes = fs::read(&path).unwrap();
    bytes[offset] ^= 0x10;
    fs::write(path, bytes).unwrap();
    ask(scratch.path())
}

#[test]
fn another_reader_sees_a_changed_bit_wherever_it_is() {
    let made = Made::all();
    let (log, expected) = (made.log("rolled"), made.expected("rolled"));
    // The header, its reserved bytes and zeros; a group's header, digest and body; padding; a
    // later group; the last block, which is the footer's.
    let places = [0, 40, 70, 100, 115, 2_000, 4_100, 4_120, 4_170, 4_200, 6_000, 8_200, 12_500];
    for segment in segments(&log) {
        let length = usize::try_from(fs::metadata(&segment).unwrap().len()).unwrap();
        let last = segment == *segments(&log).last().unwrap();
        let name = format!("log/{}", segment.file_name().unwrap().to_str().unwrap());
        let in_footer = if last { None } else { Some(length - 4_000) };
        for offset in places.into_iter().filter(|it| !last || *it < 4_200).chain(in_footer) {
            let output = changed(&log, &name, offset);
            let (said, errors) = (text(&output.stdout), text(&output.stderr));
            assert_eq!(output.status.code(), Some(2), "{name} {offset}: {said}{errors}");
            assert!(errors.starts_with("Damage: ") || errors.starts_with("TooNew: "), "{errors}");
            assert!(expected.starts_with(&said), "{name} {offset}: what is printed is sound");
        }
    }
    for offset in [0, 20, 60] {
        assert_eq!(changed(&log, "FORMAT", offset).status.code(), Some(2), "FORMAT {offset}");
    }
}

#[test]
fn another_reader_sees_a_changed_bit_of_an_archive() {
    let made = Made::all();
    let log = made.log("archived");
    let names = fs::read_dir(log.join("archive")).unwrap().map(|entry| entry.unwrap());
    let [archive] = names.collect::<Vec<_>>().try_into().unwrap();
    let length = usize::try_from(archive.metadata().unwrap().len()).unwrap();
    let name = format!("archive/{}", archive.file_name().to_str().unwrap());
    for offset in [0, 40, 70, 100, 130, 133, 2_000, 5_000, 9_000, 12_300, length - 17, length - 1] {
        let output = changed(&log, &name, offset);
        let errors = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{name} {offset}: {errors}");
        assert_eq!(text(&output.stdout), "", "{name} {offset}");
    }
}

#[test]
fn another_reader_sees_a_missing_segment() {
    let made = Made::all();
    for index in 0..2 {
        let scratch = tempfile::tempdir().unwrap();
        copy(&made.log("rolled"), scratch.path());
        fs::remove_file(&segments(scratch.path())[index]).unwrap();
        assert_eq!(ask(scratch.path()).status.code(), Some(2), "segment {index}");
    }
}
