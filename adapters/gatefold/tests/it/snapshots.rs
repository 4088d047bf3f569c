//! Restarts from snapshots: the same engine as from the whole log, and whatever is wrong with a
//! snapshot costs time and a warning.

use std::fs;
use std::path::{Path, PathBuf};

use gatefold::config::Config;
use gatefold::core::engine::{Engine, Input};
use gatefold::core::record::{Position, Writer};
use gatefold::core::vocabulary::{Calendar, Timestamp};
use gatefold::snapshots::{SnapshotFault, Started, save, start_engine};
use gatefold::wiring::{open_engine, open_log, open_market, read_log};

use crate::config::GOOD;

/// A folder with a log in which limits were set so many times.
struct Day {
    folder: tempfile::TempDir,
}

impl Day {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("market")).unwrap();
        let quotes = "quoted_at,symbol,bid,bid_size,ask,ask_size\n\
                      2026-02-03T17:29:09Z,MSFT260320P00400000,5.98,100,6.00,100\n";
        fs::write(folder.path().join("market/quotes.csv"), quotes).unwrap();
        let day = Self { folder };
        day.set("5", true);
        day
    }

    fn set(&self, positions: &str, snapshots: bool) {
        let positions = format!("max_positions = {positions}");
        let log = format!("dir = \"data/log\"\nsnapshots = {snapshots}");
        let text = GOOD.replace("max_positions = 5", &positions);
        let text = text.replace("dir = \"data/log\"", &log);
        let second = text[text.find("[accounts.large]").unwrap()..].replace("large", "small");
        fs::write(self.folder.path().join("gatefold.toml"), text + "\n" + &second).unwrap();
    }

    fn config(&self) -> Config {
        Config::load(self.folder.path().join("gatefold.toml")).unwrap()
    }

    /// Starts as a program does, takes the configuration in, and stops.
    fn run(&self) -> Started {
        let config = self.config();
        let market = open_market(&config.market, &Calendar::nyse()).unwrap();
        let (mut log, _) = open_log(&config.log.dir).unwrap();
        let mut started = start_engine(&config, &log).unwrap();
        let mut writer = Writer::new(log.epoch());
        for opening in config.openings() {
            let input = Input::Open(opening);
            let step = started.engine.step(input, Timestamp::EPOCH, &market.market());
            for batch in step.batches {
                let _ = writer.commit(&mut log, batch).unwrap();
            }
        }
        drop(log);
        started
    }

    fn save(&self, engine: &Engine) {
        let dir = self.config().log.dir;
        let saved = save(&dir, &read_log(&dir).unwrap(), engine).unwrap();
        assert_eq!(saved.len(), 3, "the system stream and two accounts");
    }

    /// Starts with snapshots and without, and compares.
    fn start(&self) -> Started {
        let config = self.config();
        let (log, _) = open_log(&config.log.dir).unwrap();
        let started = start_engine(&config, &log).unwrap();
        let folded = open_engine(&config, &log).unwrap();
        same(&started.engine, &folded);
        started
    }

    fn files(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.config().log.dir.join("snap")).unwrap();
        let files = entries.map(|entry| entry.unwrap().path());
        let mut files: Vec<_> =
            files.filter(|it| it.extension().is_some_and(|it| it == "gfs")).collect();
        files.sort();
        files
    }
}

fn same(one: &Engine, other: &Engine) {
    assert_eq!(one.accounts().count(), 2);
    assert_eq!(one.accounts().collect::<Vec<_>>(), other.accounts().collect::<Vec<_>>());
    for (one, other) in one.accounts().zip(other.accounts()) {
        assert_eq!(one.state_hash(), other.state_hash());
    }
    assert_eq!((one.system(), one.last_at()), (other.system(), other.last_at()));
}

fn name(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

#[test]
fn a_start_from_snapshots_folds_what_comes_after_them_and_nothing_else() {
    let day = Day::new();
    let first = day.run();
    assert_eq!(first.folded_from, Position::ZERO, "a new log has none");
    day.save(&first.engine);
    let head = read_log(&day.config().log.dir).unwrap().head();
    let started = day.start();
    assert_eq!((started.folded_from, started.refused), (head, vec![]));

    day.set("6", true);
    let second = day.run();
    assert_eq!(second.folded_from, head);
    let third = day.start();
    assert_eq!(third.folded_from, head, "nobody left snapshots since");
    same(&third.engine, &second.engine);
    assert!(read_log(&day.config().log.dir).unwrap().head() > head, "limits were set");

    day.save(&second.engine);
    assert!(day.start().folded_from > head);
    assert_eq!(day.files().len(), 3 + 2, "two of each, of the system stream one: it is as it was");
    day.set("6", false);
    assert_eq!(day.start().folded_from, Position::ZERO, "not asked for");
}

#[test]
fn a_damaged_one_is_left_aside_by_name() {
    let day = Day::new();
    let first = day.run();
    day.save(&first.engine);
    for path in day.files() {
        let whole = fs::read(&path).unwrap();
        let mut damaged = whole.clone();
        damaged[130] ^= 4;
        fs::write(&path, damaged).unwrap();
        let started = day.start();
        assert_eq!(started.folded_from, Position::ZERO);
        let [refused] = started.refused.as_slice() else { panic!("{:?}", started.refused) };
        let text = refused.to_string();
        assert!(text.contains(name(&path)) && text.contains("changed after"), "{text}");
        fs::write(&path, whole).unwrap();
    }
    assert!(day.start().refused.is_empty(), "as it was");
    for path in day.files() {
        let whole = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        assert_eq!(day.start().folded_from, Position::ZERO);
        fs::write(&path, whole).unwrap();
    }
}

#[test]
fn those_of_another_log_and_of_a_log_that_was_restored_are_left_aside_by_name() {
    let (day, other) = (Day::new(), Day::new());
    let started = day.run();
    other.save(&other.run().engine);
    let snap = day.config().log.dir.join("snap");
    fs::create_dir(&snap).unwrap();
    for path in other.files() {
        fs::copy(&path, snap.join(name(&path))).unwrap();
    }
    let foreign = day.start();
    assert!(foreign.refused[0].to_string().contains("another log"), "{:?}", foreign.refused);
    day.save(&started.engine);
    assert!(day.start().refused.is_empty(), "its own are in their place");

    // A backup of the log is taken, the log goes on, and is then restored with the new snapshots.
    let (dir, backup) = (day.config().log.dir, day.folder.path().join("backup"));
    copy(&dir, &backup);
    day.set("7", true);
    day.save(&day.run().engine);
    copy(&dir.join("snap"), &backup.join("snap"));
    fs::remove_dir_all(&dir).unwrap();
    copy(&backup, &dir);
    let restored = day.start();
    let texts: Vec<String> = restored.refused.iter().map(ToString::to_string).collect();
    assert!(!texts.is_empty() && texts.iter().all(|it| it.contains("has not")), "{texts:?}");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (path, to) = (entry.as_ref().unwrap().path(), to.join(entry.unwrap().file_name()));
        if path.is_dir() {
            copy(&path, &to);
        } else {
            fs::copy(&path, &to).unwrap();
        }
    }
}

#[test]
fn an_engine_that_is_not_level_with_the_log_leaves_none() {
    let day = Day::new();
    let first = day.run();
    day.set("6", true);
    day.run();
    let dir = day.config().log.dir;
    let answer = save(&dir, &read_log(&dir).unwrap(), &first.engine);
    assert!(matches!(answer, Err(SnapshotFault::NotLevel { .. })), "{answer:?}");
    assert!(!dir.join("snap").exists());
}
