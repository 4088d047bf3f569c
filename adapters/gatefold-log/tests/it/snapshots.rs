//! Snapshots beside a log: what fits is offered, what does not is left aside by name, and nothing
//! that happens to them harms the log.

use gatefold_core::record::snapshot::{Reducer, Snapshot, SnapshotError, SnapshotStore};
use gatefold_core::record::{Position, Stream, Version};
use gatefold_core::vocabulary::AccountId;
use gatefold_log::{
    Anchor, EmbeddedLog, LogReader, Options, SnapshotSaveError, Snapshots, verify_on,
};
use gatefold_log::{Verdict, VerifyOptions};
use gatefold_sim::disk::{Faults, Keep, SimDisk};

use crate::kit::{
    Batch, ROOMY, SMALL, append, assert_goes_on, closed_after, history, killed_after,
};

fn streams() -> [Stream; 3] {
    let account = |name| Stream::Account(AccountId::new(name).unwrap());
    [Stream::System, account("large"), account("tiny")]
}

/// Snapshots of all streams where the log's reader is; the state is only marked.
fn taken(disk: &SimDisk, mark: u8) -> (Anchor, Vec<Snapshot>) {
    let reader = LogReader::open_on(disk.clone()).unwrap();
    let snapshot = |stream: Stream| Snapshot {
        stream,
        version: reader.version(&stream),
        position: reader.head(),
        reducer: Reducer { id: *b"test", version: 1 },
        bytes: vec![mark; 20],
    };
    (reader.anchor(), streams().map(snapshot).to_vec())
}

fn try_save(disk: &SimDisk, mark: u8) -> Result<usize, SnapshotSaveError> {
    let (anchor, snapshots) = taken(disk, mark);
    let saved = Snapshots::open_on(disk.clone()).unwrap().save(&anchor, &snapshots)?;
    Ok(saved.len())
}

fn save(disk: &SimDisk, mark: u8) {
    assert_eq!(try_save(disk, mark), Ok(3));
}

/// What is offered first, and the files and reasons of what is refused.
fn offered(disk: &SimDisk, stream: &Stream) -> (Option<Snapshot>, Vec<String>) {
    let mut store = Snapshots::open_on(disk.clone()).unwrap();
    let mut found = None;
    store.offer(stream, &mut |snapshot| {
        found = Some(snapshot.clone());
        Ok(())
    });
    (found, store.refused().iter().map(ToString::to_string).collect())
}

fn marks(disk: &SimDisk) -> Vec<Option<u8>> {
    let mark = |stream: &Stream| offered(disk, stream).0.map(|it| it.bytes[0]);
    streams().iter().map(mark).collect()
}

fn files(disk: &SimDisk) -> Vec<String> {
    disk.paths().into_iter().filter(|path| path.ends_with(".gfs")).collect()
}

/// Writes more batches to a log that was ended.
fn go_on(disk: &SimDisk, batches: &[Batch], options: Options) {
    let (mut log, _) = EmbeddedLog::open_on(disk.clone(), options).unwrap();
    for batch in batches {
        append(&mut log, batch).unwrap();
    }
    log.close().unwrap();
}

#[test]
fn what_was_kept_comes_back_whole() {
    let disk = closed_after(&history(6), SMALL);
    let (_, snapshots) = taken(&disk, 7);
    save(&disk, 7);
    for snapshot in snapshots {
        assert_eq!(offered(&disk, &snapshot.stream), (Some(snapshot), vec![]));
    }
    let unknown = Stream::Account(AccountId::new("nobody").unwrap());
    assert_eq!(offered(&disk, &unknown), (None, vec![]));
}

#[test]
fn the_two_newest_of_each_stream_are_kept_and_an_older_one_serves() {
    let history = history(30);
    let disk = closed_after(&history[..9], SMALL);
    for (mark, end) in (1..).zip([9, 15, 21, 30]) {
        go_on(&disk, &history[..end], SMALL);
        save(&disk, mark);
        assert_eq!(marks(&disk), vec![Some(mark); 3]);
        assert_eq!(files(&disk).len(), 3 * usize::from(mark.min(2)));
    }
    let newest = files(&disk).into_iter().rfind(|path| path.contains("large"));
    let newest = newest.unwrap();
    disk.tamper(&newest, |bytes| bytes[120] ^= 1);
    let (found, refused) = offered(&disk, &streams()[1]);
    assert_eq!(found.map(|it| it.bytes[0]), Some(3), "the one before");
    assert!(refused.len() == 1 && refused[0].contains(&newest), "{refused:?}");
    assert!(refused[0].contains("changed after they were written"), "{refused:?}");
}

#[test]
fn one_that_nobody_takes_gives_way_to_the_one_before() {
    let history = history(12);
    let disk = closed_after(&history[..6], SMALL);
    save(&disk, 1);
    go_on(&disk, &history, SMALL);
    save(&disk, 2);
    let mut store = Snapshots::open_on(disk).unwrap();
    let mut seen = Vec::new();
    store.offer(&Stream::System, &mut |snapshot| {
        seen.push(snapshot.bytes[0]);
        Err(SnapshotError::OtherReducer { found: snapshot.reducer })
    });
    assert_eq!(seen, [2, 1]);
    assert_eq!(store.refused().len(), 2);
    assert!(store.refused()[0].reason.contains("test version 1"));
}

/// At every moment of a history, over many segments, in a log that is closed or was killed.
#[test]
fn a_snapshot_of_any_moment_fits_the_log_that_went_on() {
    let history = history(24);
    for options in [SMALL, ROOMY] {
        for end in 0..=history.len() {
            for disk in
                [closed_after(&history[..end], options), killed_after(&history[..end], options)]
            {
                save(&disk, 1);
                assert_eq!(marks(&disk), vec![Some(1); 3], "at once, after {end}");
                go_on(&disk, &history, options);
                assert_eq!(marks(&disk), vec![Some(1); 3], "later, after {end}");
            }
        }
    }
}

#[test]
fn one_that_is_ahead_of_the_log_or_of_another_history_is_refused() {
    let history = history(24);
    let old = closed_after(&history[..12], SMALL);
    let disk = old.copy();
    go_on(&disk, &history, SMALL);
    save(&disk, 1);
    let restored = old.copy();
    for file in files(&disk) {
        put(&restored, &file, disk.bytes(&file).unwrap());
    }
    for stream in streams() {
        let (found, refused) = offered(&restored, &stream);
        assert_eq!(found, None);
        assert!(refused.len() == 1 && refused[0].contains("which the log has not"), "{refused:?}");
    }
    // The log goes on in another way, past the snapshot's place.
    let mut other = history.clone();
    for record in other[12..].iter_mut().flat_map(|batch| &mut batch.records) {
        record.body[0] ^= 0x80;
    }
    go_on(&restored, &other, SMALL);
    for stream in streams() {
        let (found, refused) = offered(&restored, &stream);
        assert_eq!(found, None);
        assert!(refused.len() == 1, "{refused:?}");
        let text = &refused[0];
        assert!(text.contains("another history") || text.contains("has not"), "{text}");
    }
    // A new one takes its place, and what was ahead is gone.
    let restored = old.copy();
    for file in files(&disk) {
        put(&restored, &file, disk.bytes(&file).unwrap());
    }
    save(&restored, 9);
    assert_eq!(marks(&restored), vec![Some(9); 3]);
    assert_eq!(files(&restored).len(), 3);
}

/// Puts a file on a disk as a copy would.
fn put(disk: &SimDisk, path: &str, bytes: Vec<u8>) {
    use gatefold_core::record::disk::Disk as _;
    disk.create_dir("snap").unwrap();
    let file = disk.create(path).unwrap();
    disk.write_at(&file, 0, &bytes).unwrap();
}

#[test]
fn one_of_another_log_is_refused() {
    let history = history(6);
    let (one, other) = (closed_after(&history, SMALL), closed_after(&history, SMALL));
    save(&one, 1);
    for file in files(&one) {
        put(&other, &file, one.bytes(&file).unwrap());
    }
    for stream in streams() {
        let (found, refused) = offered(&other, &stream);
        assert!(found.is_none() && refused[0].contains("another log"), "{refused:?}");
    }
}

#[test]
fn every_flipped_bit_and_every_cut_is_refused_and_another_name_too() {
    let disk = closed_after(&history(6), SMALL);
    save(&disk, 1);
    let path = files(&disk).into_iter().find(|path| path.contains("tiny")).unwrap();
    let (stream, bytes) = (streams()[2], disk.bytes(&path).unwrap());
    for bit in 0..bytes.len() * 8 {
        disk.tamper(&path, |bytes| bytes[bit / 8] ^= 1 << (bit % 8));
        let (found, refused) = offered(&disk, &stream);
        assert!(found.is_none() && refused.len() == 1, "bit {bit}");
        disk.tamper(&path, |bytes| bytes[bit / 8] ^= 1 << (bit % 8));
    }
    for len in 0..bytes.len() {
        disk.tamper(&path, |it| it.truncate(len));
        assert!(offered(&disk, &stream).0.is_none(), "{len} bytes");
        disk.tamper(&path, |it| it.clone_from(&bytes));
    }
    assert!(offered(&disk, &stream).0.is_some(), "as it was");
    let renamed = path.replace("tiny", "tony");
    put(&disk, &renamed, bytes);
    let tony = Stream::Account(AccountId::new("tony").unwrap());
    let (found, refused) = offered(&disk, &tony);
    assert!(found.is_none() && refused[0].contains("named as another"), "{refused:?}");
}

#[test]
fn snapshots_must_be_taken_where_the_anchor_is() {
    let disk = closed_after(&history(6), SMALL);
    let (anchor, snapshots) = taken(&disk, 1);
    let store = Snapshots::open_on(disk).unwrap();
    let other = Anchor { uuid: [1; 16], ..anchor };
    let moved = Anchor { position: Position::new(1), ..anchor };
    for anchor in [other, moved] {
        let answer = store.save(&anchor, &snapshots);
        assert!(matches!(answer, Err(SnapshotSaveError::Elsewhere { .. })), "{answer:?}");
    }
    assert!(store.save(&anchor, &snapshots).is_ok());
}

/// Rows 12 and 15 of the fault list: no space, a failed sync and a loss of power at every operation,
/// and a second attempt after it.
#[test]
fn whatever_happens_while_they_are_written_the_old_ones_or_the_new_ones_are_there() {
    let history = history(12);
    let before = closed_after(&history[..6], SMALL);
    save(&before, 1);
    go_on(&before, &history, SMALL);
    let rehearsal = before.copy();
    rehearsal.set_faults(Faults::default());
    save(&rehearsal, 2);
    let counts = rehearsal.counts();
    assert!(counts.changes > 6 && counts.syncs > 1 && counts.writes > 3, "{counts:?}");
    let crashes = (1..=counts.changes).map(|at| Faults { crash_at: Some(at), ..Faults::default() });
    let failed =
        (1..=counts.syncs).map(|at| Faults { sync_fails_at: Some(at), ..Faults::default() });
    let full = (1..=counts.writes).map(|at| Faults { no_space_at: Some(at), ..Faults::default() });
    let (mut old, mut new) = (0, 0);
    for (seed, faults) in (0_u64..).zip(crashes.chain(failed).chain(full)) {
        for keep in [Keep::Nothing, Keep::Everything, Keep::Some(seed)] {
            let disk = before.copy();
            let (anchor, snapshots) = taken(&disk, 2);
            let store = Snapshots::open_on(disk.clone()).unwrap();
            disk.set_faults(faults);
            let saved = store.save(&anchor, &snapshots);
            let disk = disk.lost_power(keep);
            for mark in marks(&disk) {
                match mark {
                    Some(1) => old += 1,
                    Some(2) => new += 1,
                    other => panic!("{other:?} after {faults:?}, {keep:?}"),
                }
            }
            if saved.is_ok() {
                assert_eq!(marks(&disk), vec![Some(2); 3], "{faults:?}, {keep:?}");
            }
            save(&disk, 3);
            assert_eq!(marks(&disk), vec![Some(3); 3], "{faults:?}, {keep:?}");
            let left = disk.paths().into_iter().filter(|path| path.ends_with(".new")).count();
            assert_eq!(left, 0, "nothing unfinished is left");
            assert_goes_on(&disk, &history, history.len(), "the log is as it was");
        }
    }
    assert!(old > 20 && new > 20, "{old} old, {new} new");
}

#[test]
fn two_do_not_write_at_once() {
    use gatefold_core::record::disk::Disk as _;
    let disk = closed_after(&history(6), SMALL);
    save(&disk, 1);
    let _lock = disk.lock("snap/LOCK").unwrap();
    assert!(matches!(try_save(&disk, 2), Err(SnapshotSaveError::Busy { .. })));
    assert_eq!(marks(&disk), vec![Some(1); 3]);
}

#[test]
fn all_files_are_listed_with_what_is_wrong_with_them() {
    let disk = closed_after(&history(6), SMALL);
    save(&disk, 1);
    let path = files(&disk).remove(0);
    disk.tamper(&path, |bytes| bytes.truncate(50));
    let all = Snapshots::open_on(disk.clone()).unwrap().all().unwrap();
    assert_eq!(all.len(), 3);
    let wrong: Vec<_> = all.iter().filter(|it| it.found.is_err()).map(|it| &it.file).collect();
    assert_eq!(wrong, [&path]);
    let sound = verify_on(&disk, &VerifyOptions::default(), &|_, _| ()).unwrap();
    assert_eq!(sound.verdict, Verdict::Sound, "the log does not mind");
}

#[test]
fn versions_and_positions_are_those_of_the_log() {
    let disk = closed_after(&history(6), SMALL);
    save(&disk, 1);
    let found = offered(&disk, &streams()[1]).0.unwrap();
    assert_eq!((found.version, found.position), (Version::new(2), Position::new(12)));
}
