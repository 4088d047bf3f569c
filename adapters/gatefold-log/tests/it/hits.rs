//! What a file of ids says is confirmed in its segment: what stands there and is not the event is
//! damage, and never taken for the event or for its absence.

use gatefold_core::record::{AppendError, Log as _, Version};
use gatefold_core::vocabulary::EventId;
use gatefold_sim::disk::SimDisk;

use crate::damage::{BLOCK, FIRST};
use crate::kit::{Batch, SMALL, append, closed_after, groups, open, short_history};
use crate::rejoined::relink;

fn path_of(disk: &SimDisk, end: &str, index: usize) -> String {
    let mut paths = disk.paths().into_iter().filter(|path| path.ends_with(end));
    paths.nth(index).unwrap()
}

/// Changes the entry of the event whose id ends with `key`, and makes the page's sum fit.
fn redirect(disk: &SimDisk, key: u64, place: (usize, usize)) {
    disk.tamper(&path_of(disk, ".gfi", 0), |bytes| {
        let salt: [u8; 8] = bytes[16..24].try_into().unwrap();
        let number = u64::try_from(bytes.len() / BLOCK - 1).unwrap();
        let table = bytes.len() - BLOCK;
        let page = &mut bytes[table..];
        let mut entries = page.chunks_exact_mut(16);
        let entry = entries.find(|entry| entry[..8] == key.to_le_bytes()).unwrap();
        entry[8..12].copy_from_slice(&u32::try_from(place.0).unwrap().to_le_bytes());
        entry[12..].copy_from_slice(&u32::try_from(place.1).unwrap().to_le_bytes());
        let sum = crc32c::crc32c(&[salt, number.to_le_bytes()].concat());
        let sum = crc32c::crc32c_append(sum, &page[..BLOCK - 4]);
        page[BLOCK - 4..].copy_from_slice(&sum.to_le_bytes());
    });
}

/// Done to a disk while a log on it is open.
type Change<'c> = dyn Fn(&SimDisk) + 'c;

#[test]
fn what_stands_at_a_hit_and_is_not_the_event_is_damage() {
    let history = short_history(14);
    let disk = closed_after(&history, SMALL);
    let found = groups(&disk.bytes(FIRST).unwrap());
    // Behind the epoch: the first batch, which declares its stream, and the fourth of one event.
    let (declaring, before, at, behind) = (found[1].0, found[3].0, found[4].0, found[5].0);
    let block = |path: &str, at: usize| disk.bytes(path).unwrap()[at..at + BLOCK].to_vec();
    let (same, later) = (block(FIRST, behind), block(&path_of(&disk, ".gfl", 1), at));
    assert_eq!(later[..4], *b"GRP1", "the next segment has a group there, too");
    let (batch, key) = (&history[3], 31);
    assert_eq!(batch.records[0].id.raw(), u128::from(key));
    let put = |disk: &SimDisk, block: &[u8]| {
        disk.tamper(FIRST, |bytes| bytes[at..at + BLOCK].copy_from_slice(block));
    };
    let cases: [(&str, &Change); 5] = [
        ("a group of the next segment", &|disk| put(disk, &later)),
        ("another group of the segment", &|disk| put(disk, &same)),
        ("behind the end of a group", &|disk| redirect(disk, key, (before, at - before))),
        ("a frame that is no event", &|disk| redirect(disk, key, (declaring, 0))),
        ("no frame", &|disk| redirect(disk, key, (at, 8))),
    ];
    let untouched = disk.copy();
    redirect(&untouched, key, (at, 0));
    let ids = path_of(&disk, ".gfi", 0);
    assert_eq!(untouched.bytes(&ids), disk.bytes(&ids), "it points there");
    for (what, change) in cases {
        let disk = disk.copy();
        let mut log = open(&disk).unwrap();
        change(&disk);
        let answer = append(&mut log, batch);
        assert!(matches!(answer, Err(AppendError::Poisoned { .. })), "{what}: {answer:?}");
    }
}

#[test]
fn a_segment_that_was_replaced_meanwhile_answers_nothing() {
    let history = short_history(8);
    let disk = closed_after(&history, SMALL);
    let mut log = open(&disk).unwrap();
    // Another time of the footer, and every sum made to fit.
    disk.tamper(FIRST, |bytes| {
        let (footer, _) = *groups(bytes).last().unwrap();
        bytes[footer + 56] ^= 1;
        relink(bytes);
    });
    disk.remove(&path_of(&disk, ".gfi", 0));
    let answer = append(&mut log, &history[1]);
    assert!(matches!(answer, Err(AppendError::Poisoned { .. })), "{answer:?}");
}

#[test]
fn a_file_of_ids_that_goes_away_meanwhile_is_not_missed() {
    let history = short_history(8);
    let closed = closed_after(&history, SMALL);
    for asked in [false, true] {
        let disk = closed.copy();
        let mut log = open(&disk).unwrap();
        if asked {
            assert!(append(&mut log, &history[7]).unwrap().already);
        }
        let ids = path_of(&disk, ".gfi", 0);
        disk.remove(&ids);
        for batch in &history {
            assert!(append(&mut log, batch).unwrap().already, "asked before: {asked}");
        }
        assert_eq!(disk.bytes(&ids).is_some(), !asked, "who asks first makes it again");
    }
}

#[test]
fn events_of_a_finished_segment_whose_ids_end_alike_are_told_apart() {
    let mut history = short_history(8);
    let with = |batch: &Batch, id: u128| {
        let mut batch = batch.clone();
        batch.records[0].id = EventId::from_raw(id);
        batch
    };
    // They end with zeros, as what is behind the last entry of a page does.
    for (index, id) in [(0, 1 << 64), (3, 1 << 65)] {
        assert_eq!(history[index].records.len(), 1);
        history[index] = with(&history[index], id);
    }
    let disk = closed_after(&history, SMALL);
    let mut log = open(&disk).unwrap();
    for batch in &history {
        assert!(append(&mut log, batch).unwrap().already, "{batch:?}");
    }
    let expected = log.version(&history[0].stream);
    assert!(expected > Version::ZERO);
    let third = Batch { expected, ..with(&history[0], 1 << 66) };
    assert!(!append(&mut log, &third).unwrap().already, "it ends like both, and is neither");
}
