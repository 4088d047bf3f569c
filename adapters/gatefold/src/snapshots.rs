//! How a program starts from snapshots and leaves new ones is decided here.

use std::path::Path;

use gatefold_core::decide::Gates;
use gatefold_core::engine::Engine;
use gatefold_core::record::snapshot::SnapshotError;
use gatefold_core::record::{Log, Position, ReplayError, Stream, Version};
use gatefold_core::vocabulary::Calendar;
use gatefold_log::{
    LogReader, OpenError, RefusedSnapshot, SavedSnapshot, SnapshotSaveError, Snapshots,
};

use crate::config::Config;

/// An engine, level with its log.
#[derive(Debug)]
pub struct Started {
    /// The engine.
    pub engine: Engine,
    /// What comes after this position was folded; before it, snapshots were taken.
    pub folded_from: Position,
    /// Snapshots that were left aside.
    pub refused: Vec<RefusedSnapshot>,
}

/// Why no snapshots were written. The log is not concerned: the next start folds more of it.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotFault {
    /// **Handling:** as [`OpenError`] says.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// **Handling:** as [`SnapshotError`] says.
    #[error(transparent)]
    State(#[from] SnapshotError),
    /// **Handling:** as [`SnapshotSaveError`] says.
    #[error(transparent)]
    Save(#[from] SnapshotSaveError),
    /// **Handling:** none; somebody wrote to the log meanwhile, and will leave snapshots.
    #[error("{stream} is at version {log} in the log and at {folded} in the engine: not level")]
    NotLevel {
        /// The stream.
        stream: Stream,
        /// Its version in the log.
        log: Version,
        /// How many of its events are folded.
        folded: Version,
    },
}

/// The engine that a log makes, from the snapshots in the configured directory where they fit: the
/// same engine as [`open_engine`](crate::wiring::open_engine) makes.
///
/// # Errors
/// As [`ReplayError`] says; nothing is skipped.
pub fn start_engine(config: &Config, log: &dyn Log) -> Result<Started, ReplayError> {
    if !config.log.snapshots {
        let engine = crate::wiring::open_engine(config, log)?;
        return Ok(Started { engine, folded_from: Position::ZERO, refused: Vec::new() });
    }
    let mut store = match Snapshots::open(&config.log.dir) {
        Ok(store) => store,
        Err(error) => {
            let engine = crate::wiring::open_engine(config, log)?;
            let refused = RefusedSnapshot { file: "snap".to_owned(), reason: error.to_string() };
            return Ok(Started { engine, folded_from: Position::ZERO, refused: vec![refused] });
        }
    };
    let (gates, calendar) = (Gates::standard(), Calendar::nyse());
    let (engine, folded_from) =
        Engine::restore(log, &mut store, gates, calendar, config.settings())?;
    Ok(Started { engine, folded_from, refused: store.refused().to_vec() })
}

/// Writes snapshots of an engine that folded all that `reader` sees of the log in `dir`.
///
/// # Errors
/// As [`SnapshotFault`] says.
pub fn save(
    dir: &Path,
    reader: &LogReader,
    engine: &Engine,
) -> Result<Vec<SavedSnapshot>, SnapshotFault> {
    let accounts = engine.accounts().map(|it| (Stream::Account(it.id()), it.version()));
    let folded: Vec<_> =
        std::iter::once((Stream::System, engine.system().version())).chain(accounts).collect();
    for stream in reader.streams().chain(folded.iter().map(|(stream, _)| *stream)) {
        let own = folded.iter().find(|(it, _)| *it == stream);
        let (log, folded) = (reader.version(&stream), own.map_or(Version::ZERO, |it| it.1));
        if log != folded {
            return Err(SnapshotFault::NotLevel { stream, log, folded });
        }
    }
    let anchor = reader.anchor();
    let snapshots = engine.snapshots(anchor.position)?;
    Ok(Snapshots::open(dir)?.save(&anchor, &snapshots)?)
}
