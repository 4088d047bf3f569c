//! Which files of a folder are market data, and which of them are read, is decided here.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use gatefold_core::vocabulary::{Calendar, Date, Instrument, Root, Span, Symbol};

use crate::market::{MarketError, Replay, load};

/// A folder of recorded market data.
///
/// | file | what it is |
/// |---|---|
/// | `equity/SYMBOL/DATE.quotes.csv` | minute bars of a stock's bid and ask |
/// | `options/ROOT/DATE.quotes.csv` | minute bars of the contracts of a root |
/// | `options/ROOT/DATE.hour_quotes.csv` | hourly bars, read where there are no minute bars |
/// | `options/ROOT/DATE.open_interest.csv` | open interest by contract |
/// | `quotes.csv` | quotes that were known at the very time they bear |
///
/// Each may be gzipped (`.gz`). Other files, such as trades and index values, are left alone.
#[derive(Clone, Debug)]
pub struct MarketFiles {
    dir: String,
    files: Vec<MarketFile>,
}

/// One file of a folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct MarketFile {
    /// The date in its name; `None` where each row has its own.
    pub(super) date: Option<Date>,
    pub(super) content: Content,
    pub(super) path: PathBuf,
}

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Content {
    /// Bars of one stock.
    Stock(Symbol),
    /// Bars of the contracts of one root, so long each.
    Chain(Root, Span),
    /// Open interest of the contracts of one root.
    OpenInterest(Root),
    /// Quotes of anything, as they came.
    Ticks,
}

/// What part of the data to load; by default all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MarketFilter {
    /// Only these dates (of New York).
    pub dates: Option<BTreeSet<Date>>,
    /// Only these instruments.
    pub instruments: Option<BTreeSet<Instrument>>,
}

impl MarketFilter {
    pub(super) fn has_date(&self, date: Option<Date>) -> bool {
        let Some(dates) = &self.dates else {
            return true;
        };
        date.is_some_and(|date| dates.contains(&date))
    }

    pub(super) fn has(&self, instrument: &Instrument) -> bool {
        self.instruments.as_ref().is_none_or(|wanted| wanted.contains(instrument))
    }

    fn wants(&self, file: &MarketFile) -> bool {
        let dated = file.date.is_none() || self.has_date(file.date);
        let Some(wanted) = &self.instruments else {
            return dated;
        };
        let of_root = |root: Root| {
            let mut contracts = wanted.iter().filter_map(Instrument::option);
            contracts.any(|contract| contract.root() == root)
        };
        dated
            && match file.content {
                Content::Stock(symbol) => {
                    wanted.iter().any(|it| !it.is_option() && it.underlying() == symbol)
                }
                Content::Chain(root, _) | Content::OpenInterest(root) => of_root(root),
                Content::Ticks => true,
            }
    }

    fn describe(&self) -> String {
        let list = |all: Vec<String>| {
            if all.is_empty() { "none".into() } else { all.join(", ") }
        };
        let dates = self.dates.as_ref().map(|it| list(it.iter().map(Date::to_string).collect()));
        let names = self.instruments.as_ref();
        let names = names.map(|it| list(it.iter().map(Instrument::to_string).collect()));
        let all = || "all".to_owned();
        format!("dates {}; instruments {}", dates.unwrap_or_else(all), names.unwrap_or_else(all))
    }
}

impl MarketFiles {
    /// Finds the market data in a folder, or takes one file of quotes as all there is. No file is
    /// read yet.
    ///
    /// # Errors
    /// [`MarketError::Unreadable`], [`MarketError::Name`] and [`MarketError::NoFiles`].
    pub fn open(dir: &Path) -> Result<Self, MarketError> {
        let mut files = Vec::new();
        if dir.is_file() {
            let (path, dir) = (dir.to_owned(), dir.display().to_string());
            let file = MarketFile { date: None, content: Content::Ticks, path };
            return Ok(Self { dir, files: vec![file] });
        }
        for path in entries(dir)? {
            if plain_name(&path) == Some("quotes.csv") {
                files.push(MarketFile { date: None, content: Content::Ticks, path });
            }
        }
        for folder in entries(&dir.join("equity"))?.iter().filter(|it| it.is_dir()) {
            let symbol: Symbol = parsed(folder)?;
            find(folder, &mut files, |kind| {
                (kind == "quotes.csv").then_some(Content::Stock(symbol))
            })?;
        }
        for folder in entries(&dir.join("options"))?.iter().filter(|it| it.is_dir()) {
            let root: Root = parsed(folder)?;
            find(folder, &mut files, |kind| match kind {
                "quotes.csv" => Some(Content::Chain(root, Span::minutes(1))),
                "hour_quotes.csv" => Some(Content::Chain(root, Span::hours(1))),
                "open_interest.csv" => Some(Content::OpenInterest(root)),
                _ => None,
            })?;
        }
        files.sort();
        let coarse: Vec<MarketFile> = files
            .iter()
            .filter(|file| is_coarse(file) && files.iter().any(|finer| is_finer(finer, file)))
            .cloned()
            .collect();
        files.retain(|file| !coarse.contains(file));
        let dir = dir.display().to_string();
        if files.is_empty() {
            return Err(MarketError::NoFiles { dir });
        }
        Ok(Self { dir, files })
    }

    /// The dates in the names of the files.
    #[must_use]
    pub fn dates(&self) -> BTreeSet<Date> {
        self.files.iter().filter_map(|file| file.date).collect()
    }

    /// Reads what the filter asks for and puts it in the order in which it became known.
    ///
    /// # Errors
    /// As [`MarketError`] says; the first thing that is wrong.
    pub fn load(&self, filter: &MarketFilter, calendar: &Calendar) -> Result<Replay, MarketError> {
        let mut loaded = load::Loaded::default();
        for file in self.files.iter().filter(|file| filter.wants(file)) {
            load::read(file, filter, calendar, &mut loaded)?;
        }
        if loaded.changes.is_empty() {
            let (dir, asked) = (self.dir.clone(), filter.describe());
            return Err(MarketError::NothingAskedFor { dir, asked });
        }
        Ok(Replay::new(loaded))
    }
}

fn is_coarse(file: &MarketFile) -> bool {
    matches!(file.content, Content::Chain(_, step) if step > Span::minutes(1))
}

/// Whether `finer` holds the minute bars of what `coarse` holds by the hour.
fn is_finer(finer: &MarketFile, coarse: &MarketFile) -> bool {
    match (finer.content, coarse.content) {
        (Content::Chain(root, step), Content::Chain(of, by)) => {
            finer.date == coarse.date && root == of && step < by
        }
        (Content::Stock(_) | Content::OpenInterest(_) | Content::Ticks | Content::Chain(..), _) => {
            false
        }
    }
}

/// What is in a folder, sorted; nothing if there is no such folder below one that is there.
fn entries(dir: &Path) -> Result<Vec<PathBuf>, MarketError> {
    let unreadable = |source| MarketError::Unreadable { path: dir.display().to_string(), source };
    let parent = dir.parent().is_some_and(Path::is_dir);
    let part = dir.ends_with("equity") || dir.ends_with("options");
    if part && parent && !dir.exists() {
        return Ok(Vec::new());
    }
    let listed = fs::read_dir(dir).map_err(unreadable)?;
    let paths: Result<Vec<_>, _> = listed.map(|entry| entry.map(|it| it.path())).collect();
    let mut paths = paths.map_err(unreadable)?;
    paths.sort();
    Ok(paths)
}

/// A file's name without `.gz`.
fn plain_name(path: &Path) -> Option<&str> {
    let name = path.file_name()?.to_str()?;
    Some(name.strip_suffix(".gz").unwrap_or(name))
}

/// A folder's name as the symbol or root that it is.
fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(folder: &Path) -> Result<T, MarketError> {
    let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.parse().map_err(|error: T::Err| MarketError::Name {
        path: folder.display().to_string(),
        reason: error.to_string(),
    })
}

/// Adds the files `DATE.kind` of a folder whose kind is known.
fn find(
    folder: &Path,
    files: &mut Vec<MarketFile>,
    content: impl Fn(&str) -> Option<Content>,
) -> Result<(), MarketError> {
    for path in entries(folder)? {
        let named = plain_name(&path).and_then(|name| name.split_once('.'));
        let Some((date, kind)) = named else { continue };
        let Some(content) = content(kind) else {
            continue;
        };
        let date: Date = date.parse().map_err(|error: gatefold_core::vocabulary::TimeError| {
            MarketError::Name { path: path.display().to_string(), reason: error.to_string() }
        })?;
        files.push(MarketFile { date: Some(date), content, path });
    }
    Ok(())
}
