//! How a log is found, opened without a lock and folded is decided here.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::{Context, Result, bail};
use gatefold::config::{Config, LogKind};
use gatefold::core::decide::{Account, Gates};
use gatefold::core::engine::{Engine, Settings};
use gatefold::core::record::{Entry, Event, Position, ReplayError, codec, show_entry};
use gatefold::core::vocabulary::{AccountId, Calendar, Timestamp};
use gatefold::log::LogReader;
use gatefold::logs::{self, AnyReader};

use crate::answer::Answer;
use crate::args::Place;

/// A log that is open for reading.
pub(crate) struct Books {
    /// Where it is, in words.
    pub(crate) name: String,
    /// The configuration that named it, or that was named beside it.
    pub(crate) config: Option<Config>,
    reader: AnyReader,
}

/// Up to where a log is folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Until {
    /// Up to this event, itself included.
    Position(Position),
    /// Up to this time, events at it included.
    Time(Timestamp),
}

impl FromStr for Until {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(number) = text.parse::<u64>() {
            return Ok(Self::Position(Position::new(number)));
        }
        text.parse::<Timestamp>().map(Self::Time).map_err(|error| {
            format!("{error}; give a log position as 120 or a time as 2026-02-03T17:30:00Z")
        })
    }
}

impl Until {
    /// Whether an event comes after it.
    pub(crate) fn is_passed_by(self, entry: &Entry<'_>) -> bool {
        match self {
            Self::Position(position) => entry.position > position,
            Self::Time(time) => entry.at > time,
        }
    }
}

/// What folding a log gave.
pub(crate) struct Fold {
    /// The accounts.
    pub(crate) engine: Engine,
    /// Position and time of the last event folded; `None` where there was none.
    pub(crate) last: Option<(Position, Timestamp)>,
}

impl Fold {
    /// Position of the last event folded.
    pub(crate) fn position(&self) -> Position {
        self.last.map_or(Position::ZERO, |(position, _)| position)
    }

    /// The accounts asked for, or the answer that there is none of that name.
    pub(crate) fn accounts(&self, only: Option<&AccountId>) -> Result<Vec<&Account>, Answer> {
        let Some(only) = only else {
            return Ok(self.engine.accounts().collect());
        };
        match self.engine.account(only) {
            Some(account) => Ok(vec![account]),
            None => Err(self.no_account(only)),
        }
    }

    /// There is no account of that name.
    pub(crate) fn no_account(&self, id: &AccountId) -> Answer {
        let known: Vec<String> = self.engine.accounts().map(|it| it.id().to_string()).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        Answer::negative(format!("no account {id} in this log; its accounts: {known}"))
    }
}

impl Books {
    /// Opens the log that the arguments name.
    pub(crate) fn open(place: &Place) -> Result<Self> {
        let (reader, config) = open(place)?;
        let name = match (&place.log, &config) {
            (Some(dir), _) => dir.display().to_string(),
            (None, Some(config)) => logs::place(config),
            (None, None) => String::new(),
        };
        if let AnyReader::Directory(reader) = &reader
            && reader.has_torn_tail()
        {
            eprintln!(
                "note: the log ends in bytes that are no whole group; the next writer moves them \
                 to quarantine"
            );
        }
        Ok(Self { name, config, reader })
    }

    /// The log itself.
    pub(crate) fn reader(&self) -> &AnyReader {
        &self.reader
    }

    /// The log itself where it is in a directory, for what only files have.
    pub(crate) fn files(&self) -> Result<&LogReader> {
        match &self.reader {
            AnyReader::Directory(reader) => Ok(reader),
            AnyReader::Postgres(_) => bail!(IN_A_DATABASE),
        }
    }

    /// Folds the log from its beginning, showing every event to `watch` once it is folded.
    pub(crate) fn fold(
        &self,
        until: Option<Until>,
        watch: &mut dyn FnMut(&Entry<'_>, &Event),
    ) -> Result<Fold> {
        self.fold_beside(until, &mut |entry, event, _| watch(entry, event))
    }

    /// The same, showing the accounts with each event.
    pub(crate) fn fold_beside(
        &self,
        until: Option<Until>,
        watch: &mut dyn FnMut(&Entry<'_>, &Event, &Engine),
    ) -> Result<Fold> {
        let mut engine = Engine::new(Gates::standard(), Calendar::nyse(), Settings::default());
        let mut last = None;
        let mut failed: Option<ReplayError> = None;
        self.reader.read(Position::ZERO, &mut |entry| {
            if until.is_some_and(|until| until.is_passed_by(entry)) {
                return ControlFlow::Break(());
            }
            let folded = show_entry(entry, |event| {
                engine.apply(entry, event)?;
                watch(entry, event, &engine);
                Ok(())
            });
            last = Some((entry.position, entry.at));
            match folded {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    failed = Some(error);
                    ControlFlow::Break(())
                }
            }
        })?;
        match failed {
            Some(error) => Err(error.into()),
            None => Ok(Fold { engine, last }),
        }
    }
}

const IN_A_DATABASE: &str = "this log is in a database: its files are the server's, so back it up \
                             and restore it with the server's own tools";

/// The log that the arguments name, open for reading, and the configuration if one is named.
pub(crate) fn open(place: &Place) -> Result<(AnyReader, Option<Config>)> {
    let config = place.config.as_ref().map(Config::load).transpose()?;
    let reader = match (&place.log, &config) {
        (Some(dir), _) => AnyReader::Directory(Box::new(
            LogReader::open(dir)
                .with_context(|| format!("the log {} cannot be read", dir.display()))?,
        )),
        (None, Some(config)) => logs::read(config)
            .with_context(|| format!("the log {} cannot be read", logs::place(config)))?,
        (None, None) => bail!("name a log with --log DIR or --config FILE"),
    };
    Ok((reader, config))
}

/// The directory of the log that the arguments name, and the configuration if one is named.
pub(crate) fn directory(place: &Place) -> Result<(PathBuf, Option<Config>)> {
    let config = place.config.as_ref().map(Config::load).transpose()?;
    let dir = match (&place.log, &config) {
        (Some(dir), _) => dir.clone(),
        (None, Some(config)) if config.log.kind == LogKind::Postgres => bail!(IN_A_DATABASE),
        (None, Some(config)) => config.log.dir.clone(),
        (None, None) => bail!("name a log with --log DIR or --config FILE"),
    };
    Ok((dir, config))
}

/// The name of an event by its tag.
pub(crate) fn event_name(tag: u16) -> &'static str {
    let mut shapes = codec::SHAPES.iter();
    shapes.find(|(known, _, _)| *known == tag).map_or("?", |(_, _, name)| name)
}
