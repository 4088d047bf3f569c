//! Verifying lists every damaged place, says whose events are affected, and changes nothing.

use gatefold_core::record::Position;
use gatefold_log::{
    Anchor, AnchorVerdict, Label, LogReader, Verdict, Verification, VerifyOptions, verify_on,
};
use gatefold_sim::disk::SimDisk;

use crate::kit::{ROOMY, SMALL, append, closed_after, groups, history, killed_after, open};

const FIRST: &str = "log/00000000000000000001.gfl";
const BLOCK: usize = 4_096;

fn verified(disk: &SimDisk) -> Verification {
    let options = VerifyOptions { deep: Some(&|_, _, _| Ok(())), ..VerifyOptions::default() };
    verify_on(disk, &options, &|done, total| assert!(done <= total)).unwrap()
}

fn segments(disk: &SimDisk) -> Vec<String> {
    disk.paths().into_iter().filter(|path| path.ends_with(".gfl")).collect()
}

/// Offset, label, first position and the position behind of every damage.
fn places(verification: &Verification) -> Vec<(u64, Label, u64, Option<u64>)> {
    let place = |it: &gatefold_log::Damage| {
        (it.offset, it.label, it.first.get(), it.until.map(Position::get))
    };
    verification.damages.iter().map(place).collect()
}

#[test]
fn a_sound_log_is_sound_however_it_ended_and_stays_as_it_is() {
    let batches = history(16);
    let events = batches.iter().map(|batch| batch.records.len() as u64).sum::<u64>();
    for disk in [killed_after(&batches, SMALL), closed_after(&batches, SMALL)] {
        let before: Vec<_> = disk.paths().iter().map(|path| disk.bytes(path)).collect();
        let found = verified(&disk);
        assert_eq!((found.verdict, found.events), (Verdict::Sound, events), "{found:?}");
        assert_eq!(found.segments, segments(&disk).len() as u64);
        let anchor = LogReader::open_on(disk.clone()).unwrap().anchor();
        assert_eq!((found.head, found.group), (anchor.position, anchor.group));
        assert_eq!((found.digest, found.uuid), (anchor.digest, anchor.uuid));
        let after: Vec<_> = disk.paths().iter().map(|path| disk.bytes(path)).collect();
        assert_eq!(before, after);
    }
}

#[test]
fn beside_a_writer_a_log_is_sound() {
    let disk = SimDisk::default();
    let mut log = open(&disk).unwrap();
    for batch in &history(12) {
        append(&mut log, batch).unwrap();
        let found = verified(&disk);
        assert_eq!((found.verdict, found.live), (Verdict::Sound, true), "{found:?}");
    }
}

#[test]
fn two_damages_are_both_listed_with_whose_events_are_affected() {
    let disk = closed_after(&history(6), ROOMY);
    let at = groups(&disk.bytes(FIRST).unwrap());
    // Batches of 1, 2, 3, 1, 2, 3 events: to large, tiny, the system, and again.
    disk.tamper(FIRST, |bytes| {
        bytes[at[2].0 + 120] ^= 4;
        bytes[at[5].0 + 30] ^= 4;
    });
    let found = verified(&disk);
    assert_eq!(found.verdict, Verdict::Damaged);
    let second = u64::try_from(at[2].0).unwrap();
    let fifth = u64::try_from(at[5].0).unwrap();
    let expected = [(second, Label::F, 2, Some(4)), (fifth, Label::F, 8, Some(10))];
    assert_eq!(places(&found), expected, "{found:?}");
    assert_eq!((found.events, found.head.get()), (12 - 4, 12));
    // Nothing of tiny comes later, so the gap cannot be seen in its versions.
    assert!(found.damages.iter().all(|it| !it.affected.complete), "{found:?}");
}

#[test]
fn a_gap_in_versions_says_exactly_what_is_missing() {
    let disk = closed_after(&history(6), ROOMY);
    let (at, _) = groups(&disk.bytes(FIRST).unwrap())[4];
    // The second batch to large, one event: it is missing between version 1 and nothing; but the
    // one before, to the system, has later events.
    let (system, _) = groups(&disk.bytes(FIRST).unwrap())[3];
    assert!(system < at);
    disk.tamper(FIRST, |bytes| bytes[system..system + BLOCK].fill(0xa5));
    let found = verified(&disk);
    let [damage] = found.damages.as_slice() else { panic!("{found:?}") };
    assert!(damage.affected.complete, "{damage}");
    let [affected] = damage.affected.streams.as_slice() else { panic!("{damage}") };
    // Its declaration is lost with its first batch.
    assert_eq!(affected.stream, "stream number 3");
    assert_eq!((affected.first.get(), affected.last.get()), (1, 3));
    let text = damage.to_string();
    assert!(text.contains("positions 4 to 6 are affected"), "{text}");
}

#[test]
fn every_flipped_bit_is_listed_at_its_group() {
    let disk = closed_after(&history(4), ROOMY);
    let bytes = disk.bytes(FIRST).unwrap();
    let found = groups(&bytes);
    let (last, len) = *found.last().unwrap();
    let end = last + len.next_multiple_of(BLOCK);
    for bit in (0..end * 8).step_by(151) {
        let at = bit / 8;
        let disk = disk.copy();
        disk.tamper(FIRST, |bytes| bytes[at] ^= 1 << (bit % 8));
        let verification = verified(&disk);
        let when = format!("bit {bit}: {verification:?}");
        if at >= last && at < last + 96 {
            assert_eq!(verification.verdict, Verdict::TornTail, "{when}");
            assert_eq!(verification.torn.map(|torn| torn.offset), Some(last as u64), "{when}");
            continue;
        }
        assert_eq!(verification.verdict, Verdict::Damaged, "{when}");
        let [damage] = verification.damages.as_slice() else { panic!("{when}") };
        let group = found.iter().rfind(|(start, _)| *start <= at).map_or(0, |(start, _)| *start);
        assert_eq!(damage.offset, group as u64, "{when}");
    }
}

#[test]
fn every_flipped_bit_of_a_log_of_several_segments_is_found() {
    let disk = killed_after(&history(14), SMALL);
    let paths = segments(&disk);
    assert!(paths.len() >= 3);
    for path in &paths[..paths.len() - 1] {
        for bit in (0..disk.bytes(path).unwrap().len() * 8).step_by(1_009) {
            let disk = disk.copy();
            disk.tamper(path, |bytes| bytes[bit / 8] ^= 1 << (bit % 8));
            let found = verified(&disk);
            assert_eq!(found.verdict, Verdict::Damaged, "{path} bit {bit}: {found:?}");
            assert!(found.damages.iter().all(|it| it.segment == *path), "{path} {bit}: {found:?}");
            assert_eq!(found.damages.len(), 1, "{path} bit {bit}: {found:?}");
            assert!(found.events >= 14 * 2 - 2 - 3, "the rest is read: {found:?}");
        }
    }
}

#[test]
fn a_torn_tail_alone_is_no_damage() {
    let disk = killed_after(&history(5), ROOMY);
    let (last, _) = *groups(&disk.bytes(FIRST).unwrap()).last().unwrap();
    disk.tamper(FIRST, |bytes| bytes[last + 200] ^= 1);
    let found = verified(&disk);
    assert_eq!((found.verdict, found.head.get()), (Verdict::TornTail, 7), "{found:?}");
    let torn = found.torn.unwrap();
    assert_eq!((torn.offset, torn.claimed_events), (last as u64, Some(2)));
}

#[test]
fn segments_that_are_missing_doubled_or_foreign_are_named() {
    let disk = closed_after(&history(16), SMALL);
    let other = closed_after(&history(16), SMALL);
    let paths = segments(&disk);
    assert!(paths.len() >= 4);
    for (index, path) in paths.iter().enumerate() {
        let newest = index + 1 == paths.len();
        let missing = disk.copy();
        missing.remove(path);
        let found = verified(&missing);
        assert_eq!(found.verdict, Verdict::Damaged, "{path} is missing: {found:?}");
        let named = paths.get(index + 1).unwrap_or_else(|| &paths[index - 1]);
        assert_eq!(found.damages[0].segment, *named, "{found:?}");
        let empty = disk.copy();
        empty.tamper(path, Vec::clear);
        assert!(newest || verified(&empty).verdict == Verdict::Damaged, "{path} is empty");
        let foreign = disk.copy();
        let bytes = other.bytes(path).unwrap();
        foreign.tamper(path, |own| *own = bytes);
        let found = verified(&foreign);
        assert!(found.damages.iter().any(|it| it.segment == *path), "{path}: {found:?}");
    }
}

#[test]
fn a_damaged_header_of_a_segment_hides_none_of_its_events() {
    let disk = closed_after(&history(16), SMALL);
    for path in segments(&disk) {
        let damaged = disk.copy();
        damaged.tamper(&path, |bytes| bytes[60] ^= 1);
        let found = verified(&damaged);
        assert_eq!((found.verdict, found.events), (Verdict::Damaged, 31), "{path}: {found:?}");
        let [damage] = found.damages.as_slice() else { panic!("{found:?}") };
        assert_eq!((&damage.segment, damage.label), (&path, Label::N));
        assert_eq!(damage.until, Some(damage.first), "no event is affected");
    }
}

#[test]
fn a_damaged_format_file_is_one_of_the_places() {
    let disk = closed_after(&history(4), ROOMY);
    let uuid = verified(&disk).uuid;
    let missing = disk.copy();
    missing.remove("FORMAT");
    disk.tamper("FORMAT", |bytes| bytes[20] ^= 1);
    for disk in [disk, missing] {
        let found = verified(&disk);
        assert_eq!((found.verdict, found.events, found.uuid), (Verdict::Damaged, 7, uuid));
        assert_eq!(found.damages.len(), 1, "{found:?}");
        assert_eq!(found.damages[0].segment, "FORMAT");
    }
}

#[test]
fn many_threads_see_what_one_sees() {
    let disk = closed_after(&history(40), SMALL);
    let paths = segments(&disk);
    disk.tamper(&paths[1], |bytes| bytes[BLOCK + 150] ^= 1);
    disk.tamper(&paths[4], |bytes| bytes[2 * BLOCK + 20] ^= 1);
    let with = |threads| {
        let options = VerifyOptions { threads, ..VerifyOptions::default() };
        verify_on(&disk, &options, &|_, _| {}).unwrap()
    };
    let one = with(1);
    assert_eq!(one.damages.len(), 2, "{one:?}");
    for threads in [0, 2, 3, 16] {
        assert_eq!(with(threads), one, "{threads} threads");
    }
}

#[test]
fn an_anchor_shows_a_rewritten_and_a_rolled_back_log() {
    let batches = history(8);
    let disk = SimDisk::default();
    let mut log = open(&disk).unwrap();
    for batch in &batches[..4] {
        append(&mut log, batch).unwrap();
    }
    log.close().unwrap();
    let old = disk.copy();
    let early = LogReader::open_on(disk.clone()).unwrap().anchor();
    let mut log = open(&disk).unwrap();
    for batch in &batches[4..] {
        append(&mut log, batch).unwrap();
    }
    log.close().unwrap();
    let late = LogReader::open_on(disk.clone()).unwrap().anchor();
    let against = |disk: &SimDisk, anchor: Anchor| {
        let options = VerifyOptions { anchor: Some(anchor), ..VerifyOptions::default() };
        let found = verify_on(disk, &options, &|_, _| {}).unwrap();
        (found.verdict, found.anchor.unwrap())
    };
    for anchor in [early, late] {
        assert_eq!(against(&disk, anchor), (Verdict::Sound, AnchorVerdict::Fits));
    }
    let behind = AnchorVerdict::Behind { group: early.group };
    assert_eq!(against(&old, late), (Verdict::Damaged, behind));
    let other = closed_after(&batches, SMALL);
    assert_eq!(against(&other, late), (Verdict::Damaged, AnchorVerdict::OtherLog));
    let forged = Anchor { digest: [7; 32], ..early };
    let (verdict, found) = against(&disk, forged);
    assert_eq!(verdict, Verdict::Damaged);
    let rewritten = AnchorVerdict::Rewritten { digest: early.digest, position: early.position };
    assert_eq!(found, rewritten);
    let start = Anchor { group: 0, position: Position::ZERO, ..early };
    assert_eq!(against(&disk, start).0, Verdict::Damaged, "the digest is not that of the start");
}

#[test]
fn deep_verifying_asks_about_every_body() {
    let disk = closed_after(&history(4), ROOMY);
    let check = |_: u16, _: u16, body: &[u8]| {
        if body.len() > 1_000 { Err("too long for this test".to_owned()) } else { Ok(()) }
    };
    let options = VerifyOptions { deep: Some(&check), ..VerifyOptions::default() };
    let found = verify_on(&disk, &options, &|_, _| {}).unwrap();
    let [damage] = found.damages.as_slice() else { panic!("{found:?}") };
    assert_eq!((damage.label, damage.first.get()), (Label::P, 1), "{damage}");
    assert!(damage.detail.contains("too long for this test"), "{damage}");
}
