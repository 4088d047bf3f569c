//! One flipped bit at a time in 1,000 acknowledged events, and what the log says on the next start.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::child::{self, Ended};
use crate::event::Event;
use crate::faults::STORED;
use crate::faults::copy::{Place, Snapshot};
use crate::peer::{Peer, durable};

/// The least bytes around the middle of the log that are flipped one after the other.
const WINDOW: usize = 264;
const APPEND_LIMIT: Duration = Duration::from_secs(120);

/// How much is flipped.
#[derive(Clone, Copy)]
pub(crate) struct Effort {
    /// Flips at evenly spaced live bytes.
    pub(crate) spaced: usize,
    /// Every how manieth byte of the window is flipped.
    pub(crate) stride: usize,
    /// A reading that takes longer hangs.
    pub(crate) limit: Duration,
}

impl Effort {
    pub(crate) fn full() -> Effort {
        Effort { spaced: 200, stride: 1, limit: Duration::from_secs(20) }
    }

    pub(crate) fn quick() -> Effort {
        Effort { spaced: 6, stride: 100, limit: Duration::from_secs(20) }
    }
}

/// What one flip did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Outcome {
    /// Everything read back, equal.
    Harmless,
    /// An error, a warning, or a panic with a message.
    Reported,
    /// `Ok`, but events are missing, altered or doubled.
    Silent,
    Hang,
    /// Ended by a signal.
    Crash,
}

/// One flip that went unreported, for whoever wants to look at it.
#[derive(Deserialize, Serialize)]
struct Unreported {
    place: String,
    bit: u8,
    outcome: Outcome,
    missing: u64,
    altered: u64,
}

/// Counts of outcomes over one set of places.
#[derive(Default, Deserialize, Serialize)]
pub(crate) struct Counts {
    pub(crate) flips: u64,
    pub(crate) silent: u64,
    pub(crate) reported: u64,
    pub(crate) harmless: u64,
    pub(crate) hang: u64,
    pub(crate) crash: u64,
    /// Of the silent flip that lost or altered the most.
    pub(crate) worst: u64,
}

/// One peer.
#[derive(Deserialize, Serialize)]
pub(crate) struct Flips {
    pub(crate) peer: String,
    live_bytes: usize,
    /// Evenly spaced over everything live.
    pub(crate) spaced: Counts,
    /// Every byte of one record.
    pub(crate) window: Counts,
    unreported: Vec<Unreported>,
    /// One of the reports, word for word.
    pub(crate) example: Option<String>,
}

/// Every durable peer in turn.
pub(crate) fn measure(scratch: &Path, effort: Effort) -> Result<Vec<Flips>> {
    let mut all = Vec::new();
    for peer in durable() {
        let flips = one(peer, scratch, effort).with_context(|| peer.name().to_owned())?;
        eprintln!("flips: {}", peer.name());
        all.push(flips);
    }
    Ok(all)
}

fn one(peer: &'static dyn Peer, scratch: &Path, effort: Effort) -> Result<Flips> {
    let original = scratch.join(format!("flip-{}", peer.name()));
    let at = original.to_str().context("the path is not UTF-8")?;
    let append = child::this(&["append", peer.name(), at, &STORED.to_string()])?;
    child::run(append, APPEND_LIMIT)?.success()?;
    let snapshot = Snapshot::of(&original)?;
    std::fs::remove_dir_all(&original)?;
    let mut bench = Bench {
        peer,
        copy: scratch.join("flipped"),
        limit: effort.limit,
        snapshot: &snapshot,
        unreported: Vec::new(),
        example: None,
    };
    let sound = bench.look(None)?;
    ensure!(judge(&sound) == (Outcome::Harmless, 0, 0), "an undamaged log: {}", sound.complaint());
    let live_bytes = snapshot.live_bytes();
    let spaced: Vec<Place> = (0..effort.spaced)
        .filter_map(|n| snapshot.place((live_bytes * n + live_bytes / 2) / effort.spaced))
        .collect();
    let (middle, next) = (Event::new(1, STORED / 2), Event::new(1, STORED / 2 + 1));
    let window = snapshot.window(&middle.bytes, &next.bytes, WINDOW);
    let window: Vec<Place> = window.into_iter().step_by(effort.stride).collect();
    let (spaced, window) = (bench.flip_all(&spaced)?, bench.flip_all(&window)?);
    let Bench { unreported, example, copy, .. } = bench;
    std::fs::remove_dir_all(&copy)?;
    Ok(Flips { peer: peer.name().to_owned(), live_bytes, spaced, window, unreported, example })
}

/// One peer's log on the bench.
struct Bench<'a> {
    peer: &'static dyn Peer,
    copy: std::path::PathBuf,
    limit: Duration,
    snapshot: &'a Snapshot,
    unreported: Vec<Unreported>,
    example: Option<String>,
}

impl Bench<'_> {
    fn flip_all(&mut self, places: &[Place]) -> Result<Counts> {
        let mut counts = Counts::default();
        for (number, place) in places.iter().enumerate() {
            let bit = u8::try_from(number % 8)?;
            let ended = self.look(Some((*place, bit)))?;
            let (outcome, missing, altered) = judge(&ended);
            counts.flips += 1;
            let count = match outcome {
                Outcome::Harmless => &mut counts.harmless,
                Outcome::Reported => &mut counts.reported,
                Outcome::Silent => &mut counts.silent,
                Outcome::Hang => &mut counts.hang,
                Outcome::Crash => &mut counts.crash,
            };
            *count += 1;
            counts.worst = counts.worst.max(missing + altered);
            if outcome == Outcome::Reported {
                let folder = self.copy.display().to_string();
                let example = || ended.complaint().replace(&folder, "LOG");
                self.example.get_or_insert_with(example);
            } else if outcome != Outcome::Harmless {
                let place = self.snapshot.name(*place);
                self.unreported.push(Unreported { place, bit, outcome, missing, altered });
            }
        }
        Ok(counts)
    }

    fn look(&self, flip: Option<(Place, u8)>) -> Result<Ended> {
        self.snapshot.write(&self.copy, flip)?;
        let at = self.copy.to_str().context("the path is not UTF-8")?;
        let read = child::this(&["read", self.peer.name(), at, &STORED.to_string()])?;
        child::run(read, self.limit)
    }
}

/// What a reading child's end means, with how many events were missing and altered or doubled.
fn judge(ended: &Ended) -> (Outcome, u64, u64) {
    match ended.status {
        None => (Outcome::Hang, 0, 0),
        Some(_) if ended.crashed() => (Outcome::Crash, 0, 0),
        Some(status) if !status.success() => (Outcome::Reported, 0, 0),
        Some(_) => {
            let counts: Vec<u64> =
                ended.said.split_whitespace().filter_map(|it| it.parse().ok()).collect();
            match counts.as_slice() {
                [0, 0, 0] => (Outcome::Harmless, 0, 0),
                [missing, altered, doubled] => (Outcome::Silent, *missing, altered + doubled),
                _ => (Outcome::Crash, 0, 0),
            }
        }
    }
}
