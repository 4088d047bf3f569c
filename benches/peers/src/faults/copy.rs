//! The bytes of a log that mean something, and copies of the log with one of them changed.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Files that a log makes again from the others, or that only keep others out.
const PASSING: [&str; 3] = ["LOCK", "lock", "events.db-shm"];

/// Neighbors that are farther apart are on different pages, and between them is something else.
const FAR: usize = 8_192;

/// One file of a log: its bytes up to the last that is not zero, and its length.
struct Original {
    path: PathBuf,
    live: Vec<u8>,
    length: u64,
    passing: bool,
}

/// A log as it was left behind.
pub(crate) struct Snapshot {
    files: Vec<Original>,
    folders: Vec<PathBuf>,
}

/// A byte of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    file: usize,
    offset: usize,
}

impl Snapshot {
    /// Reads a log that nobody has open.
    pub(crate) fn of(directory: &Path) -> Result<Snapshot> {
        let mut snapshot = Snapshot { files: Vec::new(), folders: Vec::new() };
        snapshot.take(directory, Path::new(""))?;
        snapshot.files.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(snapshot)
    }

    fn take(&mut self, root: &Path, below: &Path) -> Result<()> {
        self.folders.push(below.to_path_buf());
        for entry in fs::read_dir(root.join(below))? {
            let entry = entry?;
            let path = below.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                self.take(root, &path)?;
                continue;
            }
            let mut live = fs::read(entry.path())?;
            let length = u64::try_from(live.len())?;
            let end = live.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
            live.truncate(end);
            let passing = PASSING.iter().any(|name| entry.file_name() == *name);
            self.files.push(Original { path, live, length, passing });
        }
        Ok(())
    }

    /// How many bytes mean something.
    pub(crate) fn live_bytes(&self) -> usize {
        self.counted().map(|(_, file)| file.live.len()).sum()
    }

    /// The live byte of that number.
    pub(crate) fn place(&self, mut number: usize) -> Option<Place> {
        for (file, original) in self.counted() {
            if number < original.live.len() {
                return Some(Place { file, offset: number });
            }
            number -= original.live.len();
        }
        None
    }

    fn counted(&self) -> impl Iterator<Item = (usize, &Original)> {
        self.files.iter().enumerate().filter(|(_, file)| !file.passing)
    }

    /// Every place from the end of one event's first copy to the end of the next one's (the other
    /// way round where a page is filled from its end), but at least `least` places; from the
    /// middle of the largest file if the events are not found near each other.
    pub(crate) fn window(&self, one: &[u8], next: &[u8], least: usize) -> Vec<Place> {
        for (file, original) in self.counted() {
            let (Some(start), Some(end)) =
                (after(&original.live, one), after(&original.live, next))
            else {
                continue;
            };
            let (start, end) = (start.min(end), start.max(end));
            if end - start <= FAR {
                let end = end.max(start + least).min(original.live.len());
                return (start..end).map(|offset| Place { file, offset }).collect();
            }
        }
        let Some((file, largest)) = self.counted().max_by_key(|(_, file)| file.live.len()) else {
            return Vec::new();
        };
        let start = largest.live.len() / 2;
        let end = (start + least).min(largest.live.len());
        (start..end).map(|offset| Place { file, offset }).collect()
    }

    /// Writes the log to a directory that is replaced, with one bit of one byte changed.
    pub(crate) fn write(&self, to: &Path, flip: Option<(Place, u8)>) -> Result<()> {
        if to.exists() {
            fs::remove_dir_all(to)?;
        }
        for folder in &self.folders {
            fs::create_dir_all(to.join(folder))?;
        }
        for (number, original) in self.files.iter().enumerate() {
            let path = to.join(&original.path);
            let file = File::create(&path).with_context(|| path.display().to_string())?;
            file.write_all_at(&original.live, 0)?;
            file.set_len(original.length)?;
            if let Some((place, bit)) = flip.filter(|(place, _)| place.file == number) {
                let byte = original.live.get(place.offset).context("a place of this log")?;
                file.write_all_at(&[byte ^ (1 << (bit % 8))], u64::try_from(place.offset)?)?;
            }
        }
        Ok(())
    }

    /// A place as people read it.
    pub(crate) fn name(&self, place: Place) -> String {
        let path = self.files.get(place.file).map(|file| file.path.display().to_string());
        format!("{} {}", path.unwrap_or_default(), place.offset)
    }
}

/// Behind the first copy of `needle`.
fn after(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    let at = haystack.windows(needle.len()).position(|window| window == needle)?;
    Some(at + needle.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_differs_in_one_bit_and_keeps_its_length() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        fs::create_dir_all(from.join("sub")).unwrap();
        fs::write(from.join("LOCK"), b"7").unwrap();
        fs::write(from.join("sub/log"), b"abcdef\0\0").unwrap();
        let snapshot = Snapshot::of(&from).unwrap();
        assert_eq!(snapshot.live_bytes(), 6, "neither the lock nor the zeros");
        let place = snapshot.place(2).unwrap();
        assert_eq!(snapshot.name(place), "sub/log 2");
        snapshot.write(&to, Some((place, 9))).unwrap();
        assert_eq!(fs::read(to.join("sub/log")).unwrap(), b"abadef\0\0");
        assert_eq!(snapshot.place(6), None);
    }

    #[test]
    fn a_window_holds_the_whole_of_one_record() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("log"), b"..one..two..six..").unwrap();
        let snapshot = Snapshot::of(folder.path()).unwrap();
        let offsets = |window: Vec<Place>| -> Vec<usize> {
            window.iter().map(|place| place.offset).collect()
        };
        assert_eq!(offsets(snapshot.window(b"one", b"two", 1)), [5, 6, 7, 8, 9]);
        assert_eq!(offsets(snapshot.window(b"one", b"two", 7)).len(), 7);
        assert_eq!(offsets(snapshot.window(b"two", b"one", 1)), [5, 6, 7, 8, 9]);
        assert_eq!(offsets(snapshot.window(b"xxx", b"two", 2)), [8, 9]);
    }
}
