//! Logs that somebody made up, sums and chain and all: they are refused where they contradict
//! themselves, by whoever opens them.

use std::ops::ControlFlow;

use gatefold_core::record::Position;
use gatefold_log::{Label, LogReader, OpenError, SEGMENT_BYTES_MIN};
use gatefold_sim::disk::SimDisk;

use crate::damage::FIRST;
use crate::kit::{ROOMY, groups, killed_after, open, options, short_history};
use crate::resume::save;

fn number(bytes: &[u8], at: usize) -> usize {
    usize::try_from(u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())).unwrap()
}

pub(crate) fn segments(disk: &SimDisk) -> Vec<String> {
    disk.paths().into_iter().filter(|path| path.ends_with(".gfl")).collect()
}

pub(crate) fn add(bytes: &mut [u8], at: usize, by: i64) {
    let number = u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
    bytes[at..at + 8].copy_from_slice(&number.wrapping_add_signed(by).to_le_bytes());
}

pub(crate) fn sum_header(bytes: &mut [u8]) {
    let sum = crc32c::crc32c(&bytes[..124]);
    bytes[124..128].copy_from_slice(&sum.to_le_bytes());
}

/// Makes the sums of a group fit, and its digest where the one before is given.
pub(crate) fn seal(
    bytes: &mut [u8],
    (at, len): (usize, usize),
    previous: Option<[u8; 32]>,
) -> [u8; 32] {
    let end = at + len;
    let sum = crc32c::crc32c(&bytes[at + 96..end]);
    bytes[at + 48..at + 52].copy_from_slice(&sum.to_le_bytes());
    if let Some(previous) = previous {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&previous).update(&bytes[at + 8..at + 64]).update(&bytes[at + 96..end]);
        bytes[at + 64..at + 96].copy_from_slice(hasher.finalize().as_bytes());
    }
    let sum = crc32c::crc32c(&bytes[at + 8..at + 96]);
    bytes[at + 4..at + 8].copy_from_slice(&sum.to_le_bytes());
    bytes[at + 64..at + 96].try_into().unwrap()
}

/// Where the frames of a group begin.
pub(crate) fn frames(bytes: &[u8], (at, len): (usize, usize)) -> Vec<usize> {
    let mut frames = Vec::new();
    let mut frame = at + 96;
    while frame < at + len {
        frames.push(frame);
        frame += number(bytes, frame);
    }
    frames
}

/// Makes all sums and the chain of a segment fit.
pub(crate) fn chain(bytes: &mut [u8]) {
    let mut digest = bytes[64..96].try_into().unwrap();
    for group in groups(bytes) {
        for frame in frames(bytes, group) {
            let end = frame + number(bytes, frame);
            let sum = crc32c::crc32c(&bytes[frame..frame + 4]);
            let sum = crc32c::crc32c_append(sum, &bytes[frame + 8..end]);
            bytes[frame + 4..frame + 8].copy_from_slice(&sum.to_le_bytes());
        }
        digest = seal(bytes, group, Some(digest));
    }
}

fn assert_refused(disk: &SimDisk, what: &str) {
    let read = LogReader::open_on(disk.clone()).map_err(|_| ()).and_then(|reader| {
        reader.read(Position::ZERO, &mut |_| ControlFlow::Continue(())).map_err(|_| ())
    });
    assert!(read.is_err(), "{what}: it is read");
    let opened = open(disk);
    assert!(matches!(opened, Err(OpenError::Corrupt(_))), "{what}: {opened:?}");
}

/// The third batch, of three events, with more behind it.
fn third(bytes: &[u8]) -> ((usize, usize), Vec<usize>) {
    let group = groups(bytes)[3];
    let events = frames(bytes, group).into_iter().filter(|at| bytes[at + 58] & 1 == 0);
    (group, events.collect())
}

#[test]
fn a_made_up_history_that_contradicts_itself_is_refused() {
    let disk = killed_after(&short_history(6), ROOMY);
    let forged = |change: &dyn Fn(&mut Vec<u8>)| {
        let disk = disk.copy();
        disk.tamper(FIRST, |bytes| {
            change(bytes);
            chain(bytes);
        });
        disk
    };
    let untouched = forged(&|_| ());
    assert_eq!(untouched.bytes(FIRST), disk.bytes(FIRST), "the chain is made as ours is");
    let in_frame = |field: usize| {
        forged(&|bytes| {
            let (_, events) = third(bytes);
            assert_eq!(events.len(), 3);
            add(bytes, events[1] + field, 1);
        })
    };
    let in_header = |field: usize| {
        forged(&|bytes| {
            let ((group, _), _) = third(bytes);
            bytes[group + field] += 1;
        })
    };
    for (what, disk) in [
        ("an event's position", in_frame(8)),
        ("an event's version", in_frame(16)),
        ("the number of a group", in_header(24)),
        ("the first position of a group", in_header(32)),
        ("how many events a group has", in_header(40)),
        ("a stream that was not declared", in_frame(24)),
    ] {
        assert_refused(&disk, what);
    }
    let doubled = forged(&|bytes| {
        let (_, events) = third(bytes);
        bytes.copy_within(events[0] + 32..events[0] + 48, events[2] + 32);
    });
    // Reading does not keep ids, appending has to rely on them.
    assert!(matches!(open(&doubled), Err(OpenError::Corrupt(_))), "an id is there twice");
    save(&doubled);
    assert!(matches!(open(&doubled), Err(OpenError::Corrupt(_))), "no checkpoint hides it");
}

/// A killed log whose first segment is finished and has its file of ids, and where its footer is.
pub(crate) fn finished() -> (SimDisk, (usize, usize)) {
    let disk = killed_after(&short_history(12), options(SEGMENT_BYTES_MIN));
    drop(open(&disk).unwrap());
    let disk = disk.killed();
    assert!(disk.paths().iter().any(|path| path.ends_with(".gfi")), "it is opened by its footer");
    let bytes = disk.bytes(FIRST).unwrap();
    let footer = *groups(&bytes).last().unwrap();
    assert_eq!(bytes[footer.0 + 96..footer.0 + 100], *b"GFFT");
    (disk, footer)
}

#[test]
fn a_footer_of_another_place_or_content_does_not_stand_for_its_segment() {
    let (disk, (at, len)) = finished();
    // In the body the first stream stands behind 80 bytes; its first place behind its name.
    let stream = at + 96 + 80;
    let name = usize::from(disk.bytes(FIRST).unwrap()[stream + 4]).next_multiple_of(8);
    let fields: &[(&str, &[usize])] = &[
        ("its salt", &[at + 8]),
        ("its offset", &[at + 16]),
        ("its number", &[at + 24]),
        ("the position of its group", &[at + 32]),
        ("its events", &[at + 40]),
        ("its length", &[at + 44]),
        ("its first position", &[at + 96 + 8]),
        ("its last position", &[at + 96 + 16]),
        ("its count of groups", &[at + 96 + 24]),
        ("a stream's number", &[stream]),
        ("a stream's name", &[stream + 48]),
        ("a stream's first version", &[stream + 8, stream + 48 + name]),
    ];
    for (what, places) in fields {
        let disk = disk.copy();
        disk.tamper(FIRST, |bytes| {
            places.iter().for_each(|place| add(bytes, *place, 1));
            // The digest stays: the next segment's header names it.
            seal(bytes, (at, len), None);
        });
        // It is damage at its place, unless it is the log before it that it contradicts.
        let against_the_log = matches!(*what, "a stream's name" | "a stream's first version");
        let label = if against_the_log { Label::P } else { Label::L };
        match open(&disk) {
            Err(OpenError::Corrupt(found)) => assert_eq!(found.label, label, "{what}"),
            opened => panic!("{what}: {opened:?}"),
        }
    }
    let kind = disk.copy();
    kind.tamper(FIRST, |bytes| {
        bytes[at + 52] = 1;
        seal(bytes, (at, len), None);
    });
    assert!(matches!(open(&kind), Err(OpenError::Corrupt(_))), "its kind");
}

#[test]
fn a_footer_with_any_byte_changed_does_not_stand_for_its_segment() {
    let (disk, (at, len)) = finished();
    for byte in at..at + len {
        let disk = disk.copy();
        disk.tamper(FIRST, |bytes| bytes[byte] ^= 2);
        let opened = open(&disk);
        assert!(matches!(opened, Err(OpenError::Corrupt(_))), "byte {}: {opened:?}", byte - at);
    }
}

#[test]
fn a_segments_header_of_another_place_is_refused() {
    let (disk, _) = finished();
    let paths = segments(&disk);
    assert!(paths.len() >= 3, "one in the middle, and the last: {paths:?}");
    for path in &paths[1..] {
        for (what, field) in [("log", 16), ("number", 32), ("first group", 48), ("chain", 64)] {
            let disk = disk.copy();
            disk.tamper(path, |bytes| {
                add(bytes, field, 1);
                sum_header(bytes);
            });
            assert_refused(&disk, &format!("{path} has another {what}"));
        }
    }
}

#[test]
fn a_second_footers_streams_are_those_of_the_first() {
    let (disk, _) = finished();
    let path = &segments(&disk)[1];
    let bytes = disk.bytes(path).unwrap();
    let footer = *groups(&bytes).last().unwrap();
    // Behind `account:` of the first stream's name.
    let letter = footer.0 + 96 + 80 + 48 + 8;
    assert_eq!(bytes[letter - 8..letter], *b"account:");
    disk.tamper(path, |bytes| {
        bytes[letter] += 1;
        seal(bytes, footer, None);
    });
    assert!(matches!(open(&disk), Err(OpenError::Corrupt(_))), "another account");
}

#[test]
fn a_hole_in_the_positions_is_refused_although_the_groups_agree_on_it() {
    let disk = killed_after(&short_history(6), ROOMY);
    disk.tamper(FIRST, |bytes| {
        let found = groups(bytes);
        bytes[found[3].0 + 40] += 1;
        for group in &found[4..] {
            add(bytes, group.0 + 32, 1);
            for frame in frames(bytes, *group) {
                let is_event = bytes[frame + 58] & 1 == 0;
                add(bytes, frame + 8, i64::from(is_event));
            }
        }
        chain(bytes);
    });
    assert_refused(&disk, "a group that says it has an event more");
}

#[test]
fn a_segment_without_a_footer_is_refused_although_the_next_one_goes_on() {
    let disk = (6..20)
        .map(|batches| killed_after(&short_history(batches), options(SEGMENT_BYTES_MIN)))
        .find(|disk| segments(disk).len() == 2)
        .unwrap();
    let mut digest = Vec::new();
    disk.tamper(FIRST, |bytes| {
        let found = groups(bytes);
        let (footer, before) = (found[found.len() - 1].0, found[found.len() - 2].0);
        digest = bytes[before + 64..before + 96].to_vec();
        bytes.truncate(footer);
        // As long as it was made: nothing but the footer is missing.
        bytes[108..112].copy_from_slice(&u32::try_from(footer).unwrap().to_le_bytes());
        sum_header(bytes);
    });
    disk.tamper(&segments(&disk)[1], |bytes| {
        add(bytes, 48, -1);
        bytes[64..96].copy_from_slice(&digest);
        sum_header(bytes);
        for (at, _) in groups(bytes) {
            add(bytes, at + 24, -1);
        }
        chain(bytes);
    });
    assert_refused(&disk, "a finished segment lost its footer");
}

#[test]
fn a_group_of_a_later_version_behind_damage_proves_it() {
    let disk = killed_after(&short_history(5), ROOMY);
    disk.tamper(FIRST, |bytes| {
        let found = groups(bytes);
        let (damaged, later) = (found[found.len() - 2], found[found.len() - 1]);
        bytes[damaged.0 + 100] ^= 1;
        bytes[later.0 + 52] = 9;
        seal(bytes, later, None);
    });
    let opened = open(&disk);
    assert!(matches!(opened, Err(OpenError::Corrupt(_))), "it is not a torn tail: {opened:?}");
}
