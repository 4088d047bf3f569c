//! Which verdicts are kept is decided here: a line for each mutant that was judged, so that a
//! campaign that was cut short goes on where it stopped.

use std::collections::HashMap;
use std::fmt;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::campaign::list::Mutant;

/// What the tests said about a mutation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "verdict")]
pub(super) enum Verdict {
    /// This test failed, and the second time again if `steady`.
    Noticed { by: String, steady: bool },
    /// Every test that calls the function passed; there are so many.
    Survives { tests: usize },
    /// It does not compile, which proves nothing.
    Broken,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Noticed { by, steady: true } => write!(f, "noticed by {by}"),
            Self::Noticed { by, steady: false } => write!(f, "noticed by {by}, not every time"),
            Self::Survives { tests: 0 } => f.write_str("SURVIVES: no test calls it"),
            Self::Survives { tests } => write!(f, "SURVIVES {tests} tests that call it"),
            Self::Broken => f.write_str("DOES NOT COMPILE"),
        }
    }
}

/// A verdict with what it is about.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Judged {
    pub(super) name: String,
    /// Of the sources and the mutation.
    key: u64,
    #[serde(flatten)]
    pub(super) verdict: Verdict,
    pub(super) seconds: f64,
}

/// The verdicts of this and earlier runs.
pub(super) struct Book {
    file: File,
    judged: HashMap<u64, Judged>,
    /// Who noticed a mutant last, at whatever sources.
    noticed_by: HashMap<String, String>,
    sources: u64,
}

impl Book {
    /// Opens the book; verdicts at other sources are there and do not count.
    pub(super) fn open(path: &Path, sources: u64) -> Result<Self> {
        let text = fs::read_to_string(path).unwrap_or_default();
        // The last line of a run that was killed may be half a line.
        let lines = text.lines().filter_map(|line| serde_json::from_str(line).ok());
        let (mut judged, mut noticed_by) = (HashMap::new(), HashMap::new());
        for it in lines {
            let it: Judged = it;
            if let Verdict::Noticed { by, .. } = &it.verdict {
                noticed_by.insert(it.name.clone(), by.clone());
            }
            judged.insert(it.key, it);
        }
        let mut file = File::options().append(true).create(true).open(path)?;
        if !text.is_empty() && !text.ends_with('\n') {
            file.write_all(b"\n")?;
        }
        Ok(Self { file, judged, noticed_by, sources })
    }

    /// Who noticed each mutant last: whoever did is likely to do so again, also at other sources.
    pub(super) fn noticed_by(&self) -> HashMap<String, String> {
        self.noticed_by.clone()
    }

    pub(super) fn verdict(&self, mutant: &Mutant) -> Option<&Judged> {
        self.judged.get(&self.key(mutant))
    }

    pub(super) fn write(&mut self, mutant: &Mutant, verdict: Verdict, seconds: f64) -> Result<()> {
        let key = self.key(mutant);
        let judged = Judged { name: mutant.name.to_owned(), key, verdict, seconds };
        let line = serde_json::to_string(&judged)? + "\n";
        self.file.write_all(line.as_bytes()).context("the verdict cannot be kept")?;
        self.judged.insert(key, judged);
        Ok(())
    }

    fn key(&self, mutant: &Mutant) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self.sources, mutant.file, mutant.find, mutant.replace).hash(&mut hasher);
        hasher.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static ONE: Mutant = Mutant::new("one", "f", "a", "b");
    static TWO: Mutant = Mutant::new("two", "f", "a", "c");

    #[test]
    fn what_was_judged_at_the_same_sources_is_known() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("book");
        let noticed = Verdict::Noticed { by: "t".to_owned(), steady: true };
        Book::open(&path, 1).unwrap().write(&ONE, noticed.clone(), 0.5).unwrap();
        let half = fs::read_to_string(&path).unwrap().replace("\"one\"", "\"two\"");
        fs::OpenOptions::new()
            .append(true)
            .open(&path)
            .and_then(|mut file| file.write_all(&half.as_bytes()[..20]))
            .unwrap();
        let mut again = Book::open(&path, 1).unwrap();
        assert_eq!(again.verdict(&ONE).unwrap().verdict, noticed);
        assert!(again.verdict(&TWO).is_none());
        again.write(&TWO, Verdict::Survives { tests: 3 }, 0.5).unwrap();
        let third = Book::open(&path, 1).unwrap();
        assert!(third.verdict(&TWO).is_some(), "behind half a line");
        let other = Book::open(&path, 2).unwrap();
        assert!(other.verdict(&ONE).is_none(), "the sources changed");
        assert_eq!(other.noticed_by()["one"], "t", "who noticed it is asked first");
    }
}
