//! What a finished backup or restoring promises: it is there after a loss of power, and what
//! changed meanwhile is not called good.

use gatefold_core::record::Log as _;
use gatefold_core::record::disk::Disk as _;
use gatefold_log::{ArchiveWhich, Doing, RestoreError, archive_on, restore_on};
use gatefold_sim::disk::{Keep, SimDisk};

use crate::backup::{backup, restore};
use crate::damage::FIRST;
use crate::forged::{add, sum_header};
use crate::kit::{SMALL, assert_prefix, closed_after, history, open};

const KEEPS: [Keep; 6] =
    [Keep::Nothing, Keep::Names, Keep::Contents, Keep::Some(1), Keep::Some(2), Keep::Some(3)];

/// A closed log of more than one segment, plain or with its first segments archived.
fn log(archived: bool) -> SimDisk {
    let disk = closed_after(&history(30), SMALL);
    if archived {
        archive_on(disk.clone(), ArchiveWhich::AllBut(2), &mut |_| ()).unwrap();
    }
    disk
}

#[test]
fn a_finished_backup_is_there_after_a_loss_of_power() {
    for (archived, keep) in [false, true].into_iter().flat_map(|it| KEEPS.map(|keep| (it, keep))) {
        let kept = SimDisk::default();
        let made = backup(&log(archived), &kept).unwrap();
        let to = SimDisk::default();
        let restored = restore(&kept.lost_power(keep), &to);
        assert_eq!(restored.unwrap().head, made.head, "{archived}, {keep:?}");
    }
}

#[test]
fn a_restored_log_is_there_after_a_loss_of_power() {
    for (archived, keep) in [false, true].into_iter().flat_map(|it| KEEPS.map(|keep| (it, keep))) {
        let (kept, to) = (SimDisk::default(), SimDisk::default());
        backup(&log(archived), &kept).unwrap();
        restore(&kept, &to).unwrap();
        let log = open(&to.lost_power(keep)).unwrap();
        assert_eq!(assert_prefix(&log, &history(30), 30, "restored"), 30, "{archived}, {keep:?}");
        assert!(log.head().get() > 0);
    }
}

/// Restores, and changes something once this is done.
fn changed_when(kept: &SimDisk, to: &SimDisk, when: Doing, change: impl Fn()) -> RestoreError {
    let mut changed = false;
    let restored = restore_on(kept.clone(), to.clone(), None, &mut |progress| {
        if progress.doing == when && !changed {
            change();
            changed = true;
        }
    });
    assert!(changed);
    restored.unwrap_err()
}

fn flip(disk: &SimDisk) {
    disk.tamper(FIRST, |bytes| bytes[4_200] ^= 1);
}

/// When a segment was made is in no chain.
fn another_time(disk: &SimDisk) {
    disk.tamper(FIRST, |bytes| {
        add(bytes, 56, 1);
        sum_header(bytes);
    });
}

#[test]
fn a_backup_or_a_copy_that_changes_meanwhile_is_not_called_good() {
    let kept = SimDisk::default();
    backup(&log(false), &kept).unwrap();
    for (when, of_backup) in [(Doing::Checking, true), (Doing::Copying, true)] {
        let (kept, to) = (kept.copy(), SimDisk::default());
        let error = changed_when(&kept, &to, when, || flip(&kept));
        let damaged = matches!(error, RestoreError::Damaged { .. });
        assert_eq!(damaged, of_backup, "{when:?}: {error:?}");
        assert!(to.bytes("FORMAT").is_none(), "{when:?}");
        let begun = to.paths().iter().any(|path| path.ends_with(".gfl"));
        assert_eq!(begun, when == Doing::Copying, "what is damaged is not copied");
    }
    for change in [flip, another_time] {
        let to = SimDisk::default();
        let error = changed_when(&kept, &to, Doing::Verifying, || change(&to));
        let read_back = matches!(error, RestoreError::ReadBack { .. });
        assert!(read_back, "the backup is sound: {error:?}");
        assert!(to.bytes("FORMAT").is_none(), "it is no log yet");
    }
}

/// Refused as damaged, before anything is written; where the damage is.
fn assert_damaged(kept: &SimDisk, what: &str) -> String {
    let to = SimDisk::default();
    match restore(kept, &to) {
        Err(RestoreError::Damaged { damage, .. }) => {
            assert_eq!(to.paths(), Vec::<String>::new(), "{what}: something was written");
            damage.place
        }
        other => panic!("{what}: {other:?}"),
    }
}

/// Writes the manifest anew, of the files as they are, with its head changed.
fn made_up(kept: &SimDisk, head: impl Fn(&mut [String])) {
    let text = String::from_utf8(kept.bytes("BACKUP").unwrap()).unwrap();
    let mut body = String::new();
    for line in text.lines().filter(|line| !line.starts_with("blake3 ")) {
        let mut words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        match words[0].as_str() {
            "gatefold-anchor" => head(&mut words),
            "file" => {
                let bytes = kept.bytes(&words[4]).unwrap();
                let counted = words[2].parse().unwrap();
                words[1] = blake3::hash(&bytes[..counted]).to_hex().to_string();
            }
            _ => (),
        }
        body += &(words.join(" ") + "\n");
    }
    let sum = blake3::hash(body.as_bytes()).to_hex();
    kept.tamper("BACKUP", |bytes| *bytes = format!("{body}blake3 {sum}\n").into_bytes());
}

fn one_more(word: &mut String) {
    *word = (word.parse::<u64>().unwrap() + 1).to_string();
}

#[test]
fn what_a_made_up_manifest_says_is_held_against_the_files() {
    let kept = SimDisk::default();
    backup(&log(false), &kept).unwrap();
    let untouched = kept.copy();
    made_up(&untouched, |_| ());
    assert_eq!(untouched.bytes("BACKUP"), kept.bytes("BACKUP"), "it is made as ours is");
    for field in [3, 4] {
        let kept = kept.copy();
        made_up(&kept, |words| one_more(&mut words[field]));
        assert_damaged(&kept, &format!("the head, word {field}"));
    }
    let digest = kept.copy();
    made_up(&digest, |words| words[5] = "07".repeat(32));
    assert_damaged(&digest, "the head's digest");
    kept.tamper(FIRST, |bytes| bytes[4_200] ^= 1);
    made_up(&kept, |_| ());
    assert!(assert_damaged(&kept, "an event").contains(FIRST));
}

#[test]
fn a_backup_with_another_logs_format_is_refused_there() {
    let (kept, other) = (SimDisk::default(), SimDisk::default());
    backup(&log(false), &kept).unwrap();
    backup(&log(false), &other).unwrap();
    kept.tamper("FORMAT", |bytes| *bytes = other.bytes("FORMAT").unwrap());
    assert_eq!(assert_damaged(&kept, "another log's"), "FORMAT");
}

#[test]
fn what_changed_where_no_chain_covers_it_is_refused_by_its_digest() {
    let kept = SimDisk::default();
    backup(&log(false), &kept).unwrap();
    another_time(&kept);
    assert_eq!(assert_damaged(&kept, "another time"), FIRST);
}

#[test]
fn a_restored_log_that_changed_since_is_not_called_restored() {
    let kept = SimDisk::default();
    backup(&log(false), &kept).unwrap();
    let longer = |to: &SimDisk| to.tamper(FIRST, |bytes| bytes.push(0));
    let missing = |to: &SimDisk| to.remove(FIRST);
    let changes: [fn(&SimDisk); 4] = [longer, missing, flip, another_time];
    for (index, change) in changes.into_iter().enumerate() {
        let to = SimDisk::default();
        restore(&kept, &to).unwrap();
        change(&to);
        let again = restore(&kept, &to);
        assert!(matches!(again, Err(RestoreError::NotEmpty { .. })), "change {index}: {again:?}");
    }
}

#[test]
fn one_restores_at_a_time() {
    let (kept, to) = (SimDisk::default(), SimDisk::default());
    backup(&log(false), &kept).unwrap();
    let lock = to.lock("LOCK").unwrap();
    let second = restore(&kept, &to);
    assert!(matches!(second, Err(RestoreError::Io { .. })), "{second:?}");
    assert_eq!(to.paths(), ["LOCK"], "nothing was written");
    drop(lock);
    assert!(restore(&kept, &to).is_ok());
}
