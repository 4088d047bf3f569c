//! Row 19: files of ids that are damaged, stale, missing or from the future change no answer.

use std::ops::ControlFlow;

use gatefold_core::record::{AppendError, Log, Position};
use gatefold_log::EmbeddedLog;
use gatefold_sim::disk::{Keep, SimDisk};

use crate::kit::{Batch, SMALL, append, closed_after, history};

fn id_files(disk: &SimDisk) -> Vec<String> {
    disk.paths().into_iter().filter(|path| path.ends_with(".gfi")).collect()
}

/// Everything that a log answers about a history: what is there, what was there, what is new.
fn answers(disk: &SimDisk, batches: &[Batch], when: &str) -> (Vec<String>, u64) {
    let (mut log, report) =
        EmbeddedLog::open_on(disk.clone(), SMALL).unwrap_or_else(|error| panic!("{when}: {error}"));
    let mut answers = Vec::new();
    for batch in batches {
        answers.push(format!("{:?}", append(&mut log, batch)));
        let mut changed = batch.clone();
        changed.records[0].body.push(9);
        let reused = append(&mut log, &changed);
        let is_reused = matches!(reused, Err(AppendError::IdReused { .. }));
        answers.push(format!("{is_reused}"));
        let mut new = batch.clone();
        for record in &mut new.records {
            record.id = gatefold_core::vocabulary::EventId::from_raw(record.id.raw() + (1 << 90));
        }
        answers.push(format!("{:?}", append(&mut log, &new).is_err()));
    }
    let mut read = Vec::new();
    log.read(Position::ZERO, &mut |entry| {
        read.push((entry.position, entry.id));
        ControlFlow::Continue(())
    })
    .unwrap();
    answers.push(format!("{read:?} {}", log.head()));
    (answers, report.rebuilt)
}

type Change = fn(&SimDisk, &[String], &[Vec<u8>]);

fn seal_first_page(page: &mut [u8]) {
    // The sum of a page covers the salt, the page's number, and its bytes.
    let place = [&page[16..24], &0_u64.to_le_bytes()].concat();
    let sum = crc32c::crc32c_append(crc32c::crc32c(&place), &page[..4_092]);
    page[4_092..4_096].copy_from_slice(&sum.to_le_bytes());
}

/// What is done to the files, and how many of three have to be made again.
const TABLE: &[(&str, u64, Change)] = &[
    ("as they are", 0, |_, _, _| ()),
    ("the first is missing", 1, |disk, paths, _| disk.remove(&paths[0])),
    ("all are missing", 3, |disk, paths, _| paths.iter().for_each(|path| disk.remove(path))),
    ("the first is empty", 1, |disk, paths, _| disk.tamper(&paths[0], Vec::clear)),
    ("the first is cut", 1, |disk, paths, _| {
        disk.tamper(&paths[0], |bytes| bytes.truncate(bytes.len() / 2));
    }),
    ("the first is cut within its last page", 1, |disk, paths, _| {
        disk.tamper(&paths[0], |bytes| bytes.truncate(bytes.len() - 1));
    }),
    ("the first goes on", 1, |disk, paths, _| {
        disk.tamper(&paths[0], |bytes| bytes.extend_from_slice(&[0; 4_096]));
    }),
    ("the first is zeros", 1, |disk, paths, _| {
        disk.tamper(&paths[0], |bytes| bytes.fill(0));
    }),
    ("the first is noise", 1, |disk, paths, _| {
        disk.tamper(&paths[0], |bytes| bytes.fill(0xa5));
    }),
    ("its filter is damaged", 1, |disk, paths, _| {
        disk.tamper(&paths[0], |bytes| bytes[4_096 + 5] ^= 1);
    }),
    ("its filter is emptied", 1, |disk, paths, _| {
        disk.tamper(&paths[0], |bytes| bytes[4_096..8_192].fill(0));
    }),
    ("its table is damaged", 0, |disk, paths, _| {
        disk.tamper(&paths[0], |bytes| {
            let at = bytes.len() - 4_096;
            bytes[at] ^= 1;
        });
    }),
    ("its table is emptied", 0, |disk, paths, _| {
        disk.tamper(&paths[0], |bytes| {
            let at = bytes.len() - 4_096;
            bytes[at..].fill(0);
        });
    }),
    ("two are exchanged", 2, |disk, paths, whole| {
        disk.tamper(&paths[0], |bytes| bytes.clone_from(&whole[1]));
        disk.tamper(&paths[1], |bytes| bytes.clone_from(&whole[0]));
    }),
    ("one page stands in another's place", 1, |disk, paths, _| {
        disk.tamper(&paths[0], |bytes| bytes.copy_within(4_096..8_192, 8_192));
    }),
    ("it names another end of the segment", 1, |disk, paths, _| {
        disk.tamper(&paths[0], |bytes| {
            bytes[24] ^= 1;
            seal_first_page(&mut bytes[..4_096]);
        });
    }),
    ("it claims more events than a segment can have", 1, |disk, paths, _| {
        disk.tamper(&paths[0], |bytes| {
            bytes[56..64].copy_from_slice(&u64::MAX.to_le_bytes());
            seal_first_page(&mut bytes[..4_096]);
        });
    }),
    ("a later version wrote it", 1, |disk, paths, _| {
        disk.tamper(&paths[0], |bytes| {
            bytes[7] = b'2';
            seal_first_page(&mut bytes[..4_096]);
        });
    }),
    ("one of a segment that is not there yet", 0, |disk, _, whole| {
        disk.tamper("index/00000000000000009999.gfi", |bytes| bytes.clone_from(&whole[0]));
    }),
    ("something else stands beside them", 0, |disk, _, _| {
        disk.tamper("index/notes.txt", |bytes| bytes.extend_from_slice(b"not ids"));
    }),
];

/// What opening cannot see: the file is made again when it is asked.
const LATER: [&str; 3] =
    ["its filter is damaged", "its filter is emptied", "one page stands in another's place"];

#[test]
fn row_19_files_of_ids_are_made_again_and_no_answer_changes() {
    let batches = history(14);
    let disk = closed_after(&batches, SMALL);
    let paths = id_files(&disk);
    let whole: Vec<_> = paths.iter().map(|path| disk.bytes(path).unwrap()).collect();
    assert_eq!(paths.len(), 3, "{paths:?}");
    let (expected, _) = answers(&disk.copy(), &batches, "as they are");
    for (when, rebuilt, change) in TABLE {
        let disk = disk.copy();
        change(&disk, &paths, &whole);
        let is_whole = |disk: &SimDisk| {
            let each = paths.iter().zip(&whole);
            each.map(|(path, whole)| disk.bytes(path).as_ref() == Some(whole)).collect::<Vec<_>>()
        };
        let before = is_whole(&disk);
        let (found, at_opening) = answers(&disk, &batches, when);
        assert_eq!(found, expected, "{when}");
        let after = is_whole(&disk);
        let made = before.iter().zip(&after).filter(|(before, after)| !**before && **after);
        assert_eq!(u64::try_from(made.count()).unwrap(), *rebuilt, "{when}");
        // Filters are looked at when an id is asked for.
        let later = u64::from(LATER.contains(when));
        assert_eq!(at_opening + later, *rebuilt, "{when}");
        // What was made again stays.
        let disk = disk.lost_power(Keep::Nothing);
        assert_eq!(is_whole(&disk), after, "{when}");
        let (found, made) = answers(&disk, &batches, when);
        assert_eq!((found, made), (expected.clone(), 0), "{when}, opened again");
    }
}

#[test]
fn row_19_files_of_ids_of_another_history_are_not_believed() {
    let batches = history(14);
    let (disk, other) = (closed_after(&batches, SMALL), closed_after(&history(20), SMALL));
    let (expected, _) = answers(&disk.copy(), &batches, "as they are");
    for path in id_files(&other) {
        let bytes = other.bytes(&path).unwrap();
        disk.tamper(&path, |of_this| *of_this = bytes);
    }
    let (found, rebuilt) = answers(&disk, &batches, "of another log");
    assert_eq!(found, expected);
    assert_eq!(rebuilt, 3);
}
