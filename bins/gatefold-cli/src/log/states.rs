//! How it is told whether snapshots hold what the log makes is decided here: by folding it.

use std::ops::ControlFlow;
use std::path::Path;

use anyhow::Result;
use gatefold::core::decide::Gates;
use gatefold::core::engine::{Engine, Settings};
use gatefold::core::record::snapshot::Snapshot;
use gatefold::core::record::{Position, ReplayError, show_entry};
use gatefold::core::vocabulary::Calendar;
use gatefold::log::{LogReader, Snapshots};
use serde_json::{Value, json};

use crate::log::progress::Progress;

/// What became of one snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Checked {
    pub(crate) file: String,
    pub(crate) verdict: Verdict,
}

/// What became of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The log makes the same state, byte for byte.
    Equal,
    /// It does not fit the log or this build, and would not be used.
    LeftAside(String),
    /// It fits and holds another state: it would change answers.
    Different,
}

impl Checked {
    pub(crate) fn json(&self) -> Value {
        let (verdict, reason) = match &self.verdict {
            Verdict::Equal => ("equal", None),
            Verdict::LeftAside(reason) => ("left-aside", Some(reason)),
            Verdict::Different => ("different", None),
        };
        json!({ "file": self.file, "verdict": verdict, "reason": reason })
    }

    pub(crate) fn text(&self) -> String {
        match &self.verdict {
            Verdict::Equal => "is what the log makes".to_owned(),
            Verdict::LeftAside(reason) => format!("is left aside: {reason}"),
            Verdict::Different => {
                "fits the log and holds ANOTHER STATE: delete it, and report it".to_owned()
            }
        }
    }
}

/// Folds the log in `dir` and compares each snapshot with the state at its place.
pub(crate) fn compare(dir: &Path) -> Result<Vec<Checked>> {
    let reader = LogReader::open(dir)?;
    let mut checked = Vec::new();
    let mut wanted: Vec<(Snapshot, usize)> = Vec::new();
    for stored in Snapshots::open(dir)?.all()? {
        let fits = stored.found.and_then(|snapshot| {
            let fits = snapshot.check(reader.head());
            fits.map(|()| snapshot).map_err(|error| error.to_string())
        });
        // Different until it is seen to be equal.
        let verdict = match fits {
            Err(reason) => Verdict::LeftAside(reason),
            Ok(snapshot) => {
                wanted.push((snapshot, checked.len()));
                Verdict::Different
            }
        };
        checked.push(Checked { file: stored.file, verdict });
    }
    wanted.sort_by_key(|(snapshot, _)| snapshot.position);
    let mut engine = Engine::new(Gates::standard(), Calendar::nyse(), Settings::default());
    let mut failed: Option<ReplayError> = None;
    let mut rest = wanted.as_slice();
    rest = settle(&engine, Position::ZERO, rest, &mut checked)?;
    let progress = Progress::begin("folding", wanted.last().map_or(0, |it| it.0.position.get()));
    reader.read(Position::ZERO, &mut |entry| {
        if rest.is_empty() {
            return ControlFlow::Break(());
        }
        let folded = show_entry(entry, |event| engine.apply(entry, event));
        if let Err(error) = folded {
            failed = Some(error);
            return ControlFlow::Break(());
        }
        progress.at(entry.position.get());
        // A state that is too large to be kept was not kept.
        if let Ok(behind) = settle(&engine, entry.position, rest, &mut checked) {
            rest = behind;
        }
        ControlFlow::Continue(())
    })?;
    failed.map_or(Ok(checked), |error| Err(error.into()))
}

/// Compares the snapshots that were taken at `position`, and returns those behind it.
fn settle<'s>(
    engine: &Engine,
    position: Position,
    wanted: &'s [(Snapshot, usize)],
    checked: &mut [Checked],
) -> Result<&'s [(Snapshot, usize)]> {
    let count = wanted.iter().take_while(|(snapshot, _)| snapshot.position == position).count();
    let (here, behind) = wanted.split_at(count);
    if !here.is_empty() {
        let made = engine.snapshots(position)?;
        for (snapshot, index) in here {
            if made.contains(snapshot) {
                checked[*index].verdict = Verdict::Equal;
            }
        }
    }
    Ok(behind)
}
